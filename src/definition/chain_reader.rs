//! Checks the declared chains as a whole and builds [`Chains`]. Every refusal names the file and the line; what one
//! file says of products and links of another is checked when all have been read.

use std::collections::{BTreeMap, BTreeSet};

use jiff::civil::Date;
use toml::Spanned;

use crate::definition::chain_file::{ChainFile, HeadFile, InputFile, LinkFile, ProductFile};
use crate::definition::chains::{Chain, ChainInput, ChainLink, ChainProduct, Chains, Need, circles};
use crate::definition::source::bad;
use crate::definition::{Certificates, Kind, Regions};
use crate::error::{Error, Result};
use crate::normal::key;

/// A link of a chain that is no draft makes so many products at least.
const PRODUCTS_MIN: usize = 3;

/// One file with its text, by which lines are counted.
pub(super) struct ChainSource<'a> {
    /// The path under `index/`.
    pub path: &'a str,
    /// The whole text.
    pub text: &'a str,
    /// What it says.
    pub file: ChainFile,
}

/// What the chains are checked against.
pub(super) struct Known<'a> {
    /// The kinds, whose columns declare levels and positions.
    pub kinds: &'a BTreeMap<String, Kind>,
    /// The places.
    pub regions: &'a Regions,
    /// The certificates.
    pub certificates: &'a Certificates,
}

impl ChainSource<'_> {
    /// Builds the error about what stands at a place of the file.
    fn refuse<T>(&self, at: &Spanned<T>, reason: &str) -> Error {
        let before = self.text.get(..at.span().start).unwrap_or("");
        bad(self.path, &format!("第 {} 行：{reason}", before.matches('\n').count() + 1))
    }

    fn date(&self, written: &Spanned<String>) -> Result<Date> {
        let read = written.get_ref().parse();
        read.map_err(|_| self.refuse(written, &format!("“{}”不是 2022-01-01 这样的日期", written.get_ref())))
    }

    fn optional_date(&self, written: Option<&Spanned<String>>) -> Result<Option<Date>> {
        written.map(|written| self.date(written)).transpose()
    }

    /// Refuses a text that is no option of a column.
    fn option(&self, written: &Spanned<String>, kind: &str, column: &str, known: &Known<'_>) -> Result<String> {
        let column = known.kinds.get(kind).and_then(|kind| kind.column(column));
        let mut options = column.into_iter().flat_map(|column| &column.options);
        if options.any(|option| option.name == *written.get_ref()) {
            return Ok(written.get_ref().clone());
        }
        let label = column.map_or("", |column| column.label.as_str());
        Err(self.refuse(written, &format!("{label}没有“{}”这个选项", written.get_ref())))
    }
}

/// Checks all files and puts them together.
pub(super) fn read_chains(sources: &[ChainSource<'_>], known: &Known<'_>) -> Result<Chains> {
    let mut chains = Chains::default();
    for source in sources {
        add_chain(&mut chains, source, known)?;
    }
    for source in sources {
        for product in &source.file.product {
            add_product(&mut chains, source, product)?;
        }
    }
    for source in sources {
        check_links(&chains, source)?;
        for product in &source.file.product {
            let inputs = read_inputs(&chains, source, product)?;
            if let Some(product) = chains.products.get_mut(product.title.get_ref()) {
                product.inputs = inputs;
            }
        }
    }
    check_kinds(&chains, sources)?;
    chains.notices = circular_inputs(&chains);
    Ok(chains)
}

fn add_chain(chains: &mut Chains, source: &ChainSource<'_>, known: &Known<'_>) -> Result<()> {
    let ChainFile { chain: head, link: links, .. } = &source.file;
    if links.is_empty() {
        return Err(source.refuse(&head.code, "产业链没有环节"));
    }
    let code = head.code.get_ref().clone();
    for form in [&head.code, &head.title].into_iter().chain(&head.aliases) {
        if chains.chain_forms.insert(key(form.get_ref()), code.clone()).is_some() {
            return Err(source.refuse(form, &format!("产业链编码或名称“{}”重复", form.get_ref())));
        }
    }
    let chain = read_head(source, head, known)?;
    check_groups(source, links)?;
    let mut titles = BTreeSet::new();
    for (place, link) in links.iter().enumerate() {
        if !titles.insert(key(link.title.get_ref())) {
            return Err(source.refuse(&link.title, &format!("环节名称“{}”重复", link.title.get_ref())));
        }
        let place = (code.clone(), place);
        if chains.link_places.insert(link.code.get_ref().clone(), place).is_some() {
            return Err(source.refuse(&link.code, &format!("编码“{}”重复", link.code.get_ref())));
        }
    }
    chains.chains.insert(code, chain);
    Ok(())
}

/// Reads the chain and its links, each by itself.
fn read_head(source: &ChainSource<'_>, head: &HeadFile, known: &Known<'_>) -> Result<Chain> {
    let ChainFile { drafted, source: origin, draft, link: links, .. } = &source.file;
    if origin.get_ref().trim().is_empty() {
        return Err(source.refuse(origin, "source 为空；写明来源"));
    }
    let (valid_from, valid_until) =
        (source.optional_date(head.valid_from.as_ref())?, source.optional_date(head.valid_until.as_ref())?);
    if let (Some(from), Some(until), Some(written)) = (valid_from, valid_until, &head.valid_until)
        && until < from
    {
        return Err(source.refuse(written, &format!("退出日期 {until} 早于列入日期 {from}")));
    }
    if !known.regions.knows(head.region.get_ref()) {
        return Err(source.refuse(&head.region, &format!("地区代码“{}”不存在", head.region.get_ref())));
    }
    Ok(Chain {
        code: head.code.get_ref().clone(),
        title: head.title.get_ref().clone(),
        aliases: texts(&head.aliases),
        level: source.option(&head.level, "chain", "level", known)?,
        region: head.region.get_ref().clone(),
        sector: head.sector.clone(),
        is_key: head.key,
        valid_from,
        valid_until,
        drafted: source.date(drafted)?,
        source: origin.get_ref().clone(),
        is_draft: *draft,
        links: links.iter().map(|link| read_link(source, link, known)).collect::<Result<_>>()?,
    })
}

fn read_link(source: &ChainSource<'_>, link: &LinkFile, known: &Known<'_>) -> Result<ChainLink> {
    let weight = link.weight.as_ref().map_or(1.0, |weight| *weight.get_ref());
    if let Some(written) = &link.weight
        && !(weight.is_finite() && weight > 0.0)
    {
        return Err(source.refuse(written, "weight 应是正数"));
    }
    let mut required_certificates = Vec::new();
    for written in &link.required_certificates {
        let certificate = known.certificates.find(written.get_ref());
        let certificate =
            certificate.ok_or_else(|| source.refuse(written, &format!("未登记的资质“{}”", written.get_ref())))?;
        required_certificates.push(certificate.name.clone());
    }
    Ok(ChainLink {
        code: link.code.get_ref().clone(),
        title: link.title.get_ref().clone(),
        position: source.option(&link.position, "chain_link", "position", known)?,
        is_essential: link.essential,
        weight,
        or_group: link.or_group.as_ref().map(|group| group.get_ref().clone()),
        required_certificates,
    })
}

/// Refuses a group of alternatives that has one link only.
fn check_groups(source: &ChainSource<'_>, links: &[LinkFile]) -> Result<()> {
    let mut groups: BTreeMap<&str, Vec<&Spanned<String>>> = BTreeMap::new();
    for group in links.iter().filter_map(|link| link.or_group.as_ref()) {
        groups.entry(group.get_ref()).or_default().push(group);
    }
    match groups.values().find_map(|group| (group.len() == 1).then(|| group.first())?) {
        Some(single) => Err(source.refuse(single, &format!("替代组“{}”只有一个环节", single.get_ref()))),
        None => Ok(()),
    }
}

fn add_product(chains: &mut Chains, source: &ChainSource<'_>, product: &ProductFile) -> Result<()> {
    let title = product.title.get_ref().clone();
    for form in [&product.title].into_iter().chain(&product.synonyms) {
        if let Some(other) = chains.product_forms.insert(key(form.get_ref()), title.clone()) {
            return Err(source.refuse(form, &format!("“{}”也是产品“{other}”的名称", form.get_ref())));
        }
    }
    let is_near = |form: &&Spanned<String>| product.near.iter().any(|near| near.get_ref() == form.get_ref());
    if let Some(form) = product.synonyms.iter().chain(&product.narrower).find(is_near) {
        return Err(source.refuse(form, &format!("“{}”不能既是同义名或下位名又是近义名", form.get_ref())));
    }
    if product.links.is_empty() {
        return Err(source.refuse(&product.title, &format!("产品“{title}”没有所属环节")));
    }
    let mut links = BTreeSet::new();
    for link in &product.links {
        if !chains.link_places.contains_key(link.get_ref()) {
            return Err(source.refuse(link, &format!("环节“{}”不存在", link.get_ref())));
        }
        if !links.insert(link.get_ref()) {
            return Err(source.refuse(link, &format!("环节“{}”重复", link.get_ref())));
        }
        let made = chains.made_in.entry(link.get_ref().clone()).or_default();
        let place = made.partition_point(|other| *other < title);
        made.insert(place, title.clone());
    }
    let product = ChainProduct {
        title: title.clone(),
        chain: source.file.chain.code.get_ref().clone(),
        links: texts(&product.links),
        synonyms: texts(&product.synonyms),
        narrower: texts(&product.narrower),
        near: texts(&product.near),
        grades: product.grades.clone(),
        is_final: product.is_final,
        inputs: Vec::new(),
    };
    chains.products.insert(title, product);
    Ok(())
}

/// Refuses links that make too little.
fn check_links(chains: &Chains, source: &ChainSource<'_>) -> Result<()> {
    let least = if source.file.draft { 1 } else { PRODUCTS_MIN };
    for link in &source.file.link {
        let n_products = chains.made_in(link.code.get_ref()).count();
        if n_products < least {
            let title = link.title.get_ref();
            let reason = format!("环节“{title}”有 {n_products} 种产品，至少应有 {least} 种");
            return Err(source.refuse(&link.code, &reason));
        }
    }
    Ok(())
}

/// Reads what a product is made of; every name is the title of a product.
fn read_inputs(chains: &Chains, source: &ChainSource<'_>, product: &ProductFile) -> Result<Vec<ChainInput>> {
    let (mut inputs, mut seen, mut groups) = (Vec::new(), BTreeSet::new(), BTreeSet::new());
    for written in &product.inputs {
        let (names, need) = match written.get_ref() {
            InputFile::Required(name) => (std::slice::from_ref(name), Need::Required),
            InputFile::Any(any) => (any.any.as_slice(), Need::OneOf(any.group.clone())),
            InputFile::Optional(optional) => (std::slice::from_ref(&optional.optional), Need::Optional),
        };
        if let Need::OneOf(group) = &need
            && (names.len() < 2 || !groups.insert(group.clone()))
        {
            return Err(source.refuse(written, &format!("替代组“{group}”只有一种投入，或组名重复")));
        }
        for name in names {
            if !chains.products.contains_key(name) {
                return Err(source.refuse(written, &format!("投入“{name}”不是任何产业链的产品")));
            }
            if name == product.title.get_ref() {
                return Err(source.refuse(written, &format!("“{name}”不能是自己的投入")));
            }
            if !seen.insert(name) {
                return Err(source.refuse(written, &format!("投入“{name}”重复")));
            }
            inputs.push(ChainInput { product: name.clone(), need: need.clone() });
        }
    }
    Ok(inputs)
}

/// Refuses a product that is a kind of itself, near or far, or that is called a kind by a synonym.
fn check_kinds(chains: &Chains, sources: &[ChainSource<'_>]) -> Result<()> {
    let mut kinds: BTreeMap<&str, BTreeSet<&str>> = BTreeMap::new();
    for (source, product) in sources.iter().flat_map(|source| source.file.product.iter().map(move |p| (source, p))) {
        for narrower in &product.narrower {
            let Some(other) = chains.find_product(narrower.get_ref()) else { continue };
            if other.title != *narrower.get_ref() {
                let reason = format!("下位名“{}”是产品“{}”的同义名；写它的名称", narrower.get_ref(), other.title);
                return Err(source.refuse(narrower, &reason));
            }
            kinds.entry(product.title.get_ref()).or_default().insert(&other.title);
        }
    }
    let Some(circle) = circles(&kinds).into_iter().next() else { return Ok(()) };
    let first = sources.iter().find_map(|source| {
        let product = source.file.product.iter().find(|product| circle.contains(&product.title.get_ref().as_str()))?;
        Some(source.refuse(&product.title, &format!("上下位关系成环：{}", around(&circle))))
    });
    first.map_or(Ok(()), Err)
}

/// Tells of products that are made of each other, as recycling makes them.
fn circular_inputs(chains: &Chains) -> Vec<String> {
    let inputs = chains.products.values().map(|product| {
        let inputs = product.inputs.iter().map(|input| input.product.as_str()).collect();
        (product.title.as_str(), inputs)
    });
    let circles = circles(&inputs.collect());
    circles.iter().map(|circle| format!("投入成环（如循环利用）：{}", around(circle))).collect()
}

/// Writes a circle from its first member around to it.
fn around(circle: &[&str]) -> String {
    let names: Vec<&str> = circle.iter().chain(circle.first()).copied().collect();
    names.join(" ← ")
}

fn texts(written: &[Spanned<String>]) -> Vec<String> {
    written.iter().map(|text| text.get_ref().clone()).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::definition::Definition;

    const HEAD: &str = r#"version = "1"
drafted = "2026-01-02"
source = "自拟"
draft = false
[chain]
code = "A"
title = "轴承产业链"
aliases = ["轴承"]
level = "province"
region = "370000"
valid_from = "2022-01-01"
[[link]]
code = "A-1"
title = "钢球"
position = "upstream"
or_group = "滚动体"
[[link]]
code = "A-2"
title = "滚子"
position = "upstream"
or_group = "滚动体"
weight = 2
required_certificates = ["IATF 16949"]
[[link]]
code = "A-3"
title = "整机"
position = "downstream"
essential = false
"#;

    const PRODUCTS: &str = r#"
[[product]]
title = "钢球"
links = ["A-1"]
synonyms = ["滚珠"]
[[product]]
title = "圆柱滚子"
links = ["A-2"]
inputs = [{ optional = "旧轴承" }]
[[product]]
title = "滚动轴承"
links = ["A-3"]
narrower = ["微型轴承", "深沟球轴承"]
final = true
inputs = [
    { any = ["钢球", "圆柱滚子"], group = "滚动体" },
]
[[product]]
title = "深沟球轴承"
links = ["A-3"]
inputs = ["钢球"]
[[product]]
title = "旧轴承"
links = ["A-3", "A-2"]
inputs = ["滚动轴承"]
"#;

    fn read(texts: &[&str]) -> Result<Chains> {
        let definition = Definition::compiled()?;
        let known =
            Known { kinds: &definition.kinds, regions: &definition.regions, certificates: &definition.certificates };
        let source =
            |text| ChainSource { path: "chains/example.toml", text, file: toml::from_str(text).expect("of the shape") };
        read_chains(&texts.iter().map(|text| source(*text)).collect::<Vec<_>>(), &known)
    }

    fn draft() -> String {
        format!("{HEAD}{PRODUCTS}").replace("draft = false", "draft = true")
    }

    #[test]
    fn a_chain_is_read_with_its_links_products_and_feeds() {
        let chains = read(&[&draft()]).expect("valid");
        let chain = chains.find("轴 承").expect("by its alias");
        assert_eq!((chain.code.as_str(), chain.is_draft, chain.links.len()), ("A", true, 3));
        let (_, rollers) = chains.link("A-2").expect("declared");
        assert_eq!((rollers.weight, rollers.or_group.as_deref()), (2.0, Some("滚动体")));
        assert_eq!(rollers.required_certificates, ["IATF16949"], "by the declared name");
        assert!(rollers.is_essential && !chains.link("A-3").expect("declared").1.is_essential);
        assert_eq!(chains.find_product("滚珠").map(|product| product.title.as_str()), Some("钢球"));
        let made: Vec<&str> = chains.made_in("A-2").map(|product| product.title.as_str()).collect();
        assert_eq!(made, ["圆柱滚子", "旧轴承"]);
        let choice = || Need::OneOf("滚动体".to_owned());
        assert_eq!(
            chains.products["滚动轴承"].inputs,
            [("钢球", choice()), ("圆柱滚子", choice())]
                .map(|(product, need)| ChainInput { product: product.to_owned(), need })
        );
        let feeds: Vec<_> = chains.feeds(chain).into_iter().map(|feed| (feed.from, feed.to, feed.need)).collect();
        assert_eq!(
            feeds,
            [(0, 2, Need::Required), (1, 2, choice()), (2, 1, Need::Required)],
            "the strongest need goes first"
        );
        assert_eq!(chains.counts(), [1, 1, 3, 5, 5]);
    }

    #[test]
    fn a_chain_is_valid_within_its_dates() {
        let until = draft().replace("valid_from", "valid_until = \"2023-12-31\"\nvalid_from");
        let chains = read(&[&until]).expect("valid");
        let is_valid = |day: &str| chains.chains["A"].is_valid_on(day.parse().expect("a date"));
        let days = ["2021-12-31", "2022-01-01", "2023-12-31", "2024-01-01"];
        assert_eq!(days.map(is_valid), [false, true, true, false]);
    }

    #[test]
    fn a_circle_of_inputs_is_told_and_a_circle_of_kinds_refused() {
        let chains = read(&[&draft()]).expect("valid");
        assert_eq!(chains.notices, ["投入成环（如循环利用）：圆柱滚子 ← 旧轴承 ← 滚动轴承 ← 圆柱滚子"]);
        let circular = draft()
            .replace("synonyms = [\"滚珠\"]", "narrower = [\"滚动轴承\"]")
            .replace("title = \"深沟球轴承\"", "title = \"深沟球轴承\"\nnarrower = [\"钢球\"]");
        assert!(refused(&circular, 31).contains("成环"));
    }

    /// Returns the reason of a refusal at a line.
    fn refused(text: &str, line: usize) -> String {
        let reason = read(&[text]).expect_err("a mistake").to_string();
        assert!(reason.contains("chains/example.toml") && reason.contains(&format!("第 {line} 行")), "{reason}");
        reason
    }

    #[test]
    fn every_mistake_is_refused_at_its_line() {
        let cases = [
            ("\"2026-01-02\"", "\"2026-02-30\"", 2, "2026-02-30"),
            ("\"自拟\"", "\" \"", 3, "source"),
            ("aliases = [\"轴承\"]", "aliases = [\"A\"]", 8, "重复"),
            ("\"province\"", "\"world\"", 9, "world"),
            ("\"370000\"", "\"379900\"", 10, "379900"),
            ("valid_from = \"2022-01-01\"", "valid_from = \"2022-01-01\"\nvalid_until = \"2021-01-01\"", 12, "早于"),
            ("\"A-2\"\ntitle = \"滚子\"", "\"A-1\"\ntitle = \"滚子\"", 18, "A-1"),
            ("title = \"滚子\"", "title = \"钢球\"", 19, "钢球"),
            ("\"downstream\"", "\"sideways\"", 27, "sideways"),
            ("weight = 2", "weight = 0", 22, "正数"),
            ("\"IATF 16949\"", "\"IATF 1\"", 23, "IATF 1"),
            ("or_group = \"滚动体\"\nweight", "weight", 16, "只有一个环节"),
            ("links = [\"A-1\"]", "links = [\"A-9\"]", 32, "A-9"),
            ("links = [\"A-3\", \"A-2\"]", "links = [\"A-3\", \"A-3\"]", 52, "重复"),
            ("links = [\"A-3\", \"A-2\"]", "links = []", 51, "没有所属环节"),
            ("title = \"旧轴承\"", "title = \"滚珠\"", 51, "钢球"),
            ("synonyms = [\"滚珠\"]", "synonyms = [\"滚珠\"]\nnear = [\"滚珠\"]", 33, "近义名"),
            ("\"微型轴承\"", "\"滚珠\"", 41, "同义名"),
            ("inputs = [\"钢球\"]", "inputs = [\"钢求\"]", 49, "钢求"),
            ("inputs = [\"钢球\"]", "inputs = [\"深沟球轴承\"]", 49, "自己"),
            ("inputs = [\"钢球\"]", "inputs = [\"钢球\", { optional = \"钢球\" }]", 49, "重复"),
            ("any = [\"钢球\", \"圆柱滚子\"]", "any = [\"钢球\"]", 44, "只有一种"),
        ];
        let text = draft();
        read(&[&text]).expect("valid before the change");
        for (from, to, line, what) in cases {
            assert!(text.contains(from), "{from}");
            let reason = refused(&text.replacen(from, to, 1), line);
            assert!(reason.contains(what), "{to}: {reason}");
        }
        let twice = read(&[&text, &text]).expect_err("doubled").to_string();
        assert!(twice.contains("第 6 行") && twice.contains("“A”重复"), "{twice}");
    }

    #[test]
    fn only_a_draft_may_have_links_that_make_little() {
        let full = format!("{HEAD}{PRODUCTS}");
        assert!(refused(&full, 13).contains("至少应有 3 种"));
        let empty = draft().replace("links = [\"A-1\"]", "links = [\"A-3\"]");
        assert!(refused(&empty, 13).contains("有 0 种产品"));
    }

    #[test]
    fn unknown_keys_are_refused_even_inside_inputs() {
        let shape = |text: &str| toml::from_str::<ChainFile>(text).err().map(|error| error.to_string());
        assert_eq!(shape(&draft()), None);
        assert!(shape(&draft().replace("group = \"滚动体\" }", "group = \"滚动体\", note = 1 }")).is_some());
        assert!(shape(&draft().replace("optional = \"旧轴承\"", "optional = \"旧轴承\", note = 1")).is_some());
        assert!(shape(&draft().replace("final = true", "last = true")).expect("refused").contains("last"));
        let input = shape(&draft().replace("group = \"滚动体\" }", "grup = \"滚动体\" }")).expect("refused");
        assert!(input.contains("any = [") && input.contains("line 43"), "{input}");
    }

    #[test]
    fn the_declared_chains_are_many_and_the_deep_ones_deep() {
        let chains = Definition::compiled().expect("valid").chains;
        for chain in chains.chains.values().filter(|chain| !chain.is_draft) {
            let n_products = chains.products.values().filter(|product| product.chain == chain.code).count();
            assert!(chain.links.len() >= 12 && n_products >= 60, "{}: {n_products} products", chain.code);
            assert!(chains.products.values().any(|product| product.chain == chain.code && product.is_final));
            for link in &chain.links {
                let has_inputs = chains.made_in(&link.code).any(|product| !product.inputs.is_empty());
                assert!(has_inputs, "{} {}", link.code, link.title);
            }
        }
        let [n_chains, drafts, ..] = chains.counts();
        assert!(n_chains >= 11 && n_chains - drafts >= 3, "{n_chains} chains, {drafts} drafts");
    }
}
