//! The vocabulary of an invented province: how many parties its cities have, how parties, products and cells are
//! named. It says nothing about real offices, and no table that people bring is read with it.

use std::collections::{BTreeMap, BTreeSet};

use crate::definition::file::{SyntheticChainFile, SyntheticFile, SyntheticKindFile, SyntheticRoleFile};
use crate::definition::kinds::{ColumnType, Kind};
use crate::definition::templates::{Piece, Template};
use crate::definition::{Industries, Regions};

/// What every invented name begins with, so that nobody takes it for a real one.
const FICTIONAL: &str = "示例";

/// One type of party.
#[derive(Debug, Clone)]
pub struct SyntheticRole {
    /// The type as the table of parties writes it.
    pub label: String,
    /// How many there are beside the others.
    pub share: u32,
    /// How names begin; no two parties may have the same.
    pub names: Vec<Template>,
    /// How names end.
    pub forms: Vec<Template>,
}

/// One industry chain.
#[derive(Debug, Clone)]
pub struct SyntheticChain {
    /// The chain as tables write it.
    pub label: String,
    /// Codes of its industries; at least one.
    pub industries: Vec<String>,
}

/// How one kind of table is written.
#[derive(Debug, Clone, Default)]
pub struct SyntheticKind {
    /// The type of party to which its rows belong, by its place among the roles; any if none.
    pub role: Option<usize>,
    /// Ways to write a column, by its English name; each column has at least one.
    pub cells: BTreeMap<String, Vec<Template>>,
}

/// A list of ways to write.
#[derive(Debug, Clone)]
enum List {
    Shared(Vec<Template>),
    ByChain(Vec<Vec<Template>>),
}

/// The validated vocabulary.
#[derive(Debug, Clone)]
pub struct Synthetic {
    /// Region codes of cities with how many parties each has beside the others; never empty.
    pub cities: Vec<(String, u32)>,
    /// Types of parties; never empty.
    pub roles: Vec<SyntheticRole>,
    /// Industry chains; never empty.
    pub chains: Vec<SyntheticChain>,
    /// How products are named, common forms first; they are made of words only.
    pub products: Vec<Template>,
    kinds: BTreeMap<String, SyntheticKind>,
    lists: Vec<List>,
}

impl Synthetic {
    /// Validates the declared vocabulary; on failure returns what is wrong, in Chinese.
    pub(super) fn build(
        file: SyntheticFile,
        kinds: &BTreeMap<String, Kind>,
        regions: &Regions,
        industries: &Industries,
    ) -> Result<Self, String> {
        if let Some((city, _)) = file.cities.iter().find(|(code, share)| !regions.knows(code) || **share == 0) {
            return Err(format!("cities 中的 {city} 不是地区代码，或份量为 0"));
        }
        if file.cities.is_empty() || file.role.is_empty() || file.chain.is_empty() || file.products.is_empty() {
            return Err("cities、role、chain、products 都不能为空".to_owned());
        }
        let names = list_names(&file.lists, &file.chain)?;
        let number = |name: &str| names.binary_search(&name).ok();
        let read = |texts: &[String]| read_all(texts, number);
        let mut lists = Vec::new();
        for name in &names {
            lists.push(match file.lists.get(*name) {
                Some(texts) => List::Shared(read(texts)?),
                None => {
                    let own = file.chain.iter().filter_map(|chain| chain.lists.get(*name));
                    List::ByChain(own.map(|texts| read(texts)).collect::<Result<_, _>>()?)
                }
            });
        }
        check_ends(&lists, &names)?;
        let roles = file.role.iter().map(|role| build_role(role, number)).collect::<Result<Vec<_>, _>>()?;
        let labels: Vec<&str> = roles.iter().map(|role| role.label.as_str()).collect();
        let mut written = BTreeMap::new();
        for kind in &file.kind {
            if written.insert(kind.kind.clone(), build_kind(kind, kinds, &labels, number)?).is_some() {
                return Err(format!("kind“{}”重复", kind.kind));
            }
        }
        let synthetic = Self {
            chains: file.chain.iter().map(|chain| build_chain(chain, industries)).collect::<Result<_, _>>()?,
            products: read(&file.products)?,
            cities: file.cities.into_iter().collect(),
            roles,
            kinds: written,
            lists,
        };
        if !synthetic.products.iter().all(|product| synthetic.is_words_only(product)) {
            return Err("products 只能由词组成，不能有数和 {product}".to_owned());
        }
        Ok(synthetic)
    }

    /// Returns how a kind of table is written; what the file does not mention is written by its columns' types.
    pub fn kind(&self, name: &str) -> Option<&SyntheticKind> {
        self.kinds.get(name)
    }

    /// Returns the ways to write in a list, as the chain with the given place words it.
    pub fn list(&self, list: usize, chain: usize) -> &[Template] {
        match self.lists.get(list) {
            Some(List::Shared(templates)) => templates,
            Some(List::ByChain(chains)) => chains.get(chain).map_or(&[], Vec::as_slice),
            None => &[],
        }
    }

    fn is_words_only(&self, template: &Template) -> bool {
        template.pieces.iter().all(|piece| match piece {
            Piece::Text(_) => true,
            Piece::Word(list) => match self.lists.get(*list) {
                Some(List::Shared(templates)) => templates.iter().all(|inner| self.is_words_only(inner)),
                Some(List::ByChain(chains)) => chains.iter().flatten().all(|inner| self.is_words_only(inner)),
                None => false,
            },
            Piece::Number(..) | Piece::Fact(_) => false,
        })
    }
}

/// Lists the names of all lists, ascending: each is shared, or every chain has its own.
fn list_names<'a>(
    shared: &'a BTreeMap<String, Vec<String>>,
    chains: &'a [SyntheticChainFile],
) -> Result<Vec<&'a str>, String> {
    let of_chains: BTreeSet<&str> = chains.iter().flat_map(|chain| chain.lists.keys()).map(String::as_str).collect();
    for name in &of_chains {
        if let Some(chain) = chains.iter().find(|chain| !chain.lists.contains_key(*name)) {
            return Err(format!("产业链“{}”没有词表 {name}，别的产业链有", chain.label));
        }
    }
    let all: BTreeSet<&str> = shared.keys().map(String::as_str).chain(of_chains.iter().copied()).collect();
    match shared.keys().find(|name| of_chains.contains(name.as_str())) {
        Some(name) => Err(format!("词表 {name} 既在 lists 中，又在产业链中")),
        None => Ok(all.into_iter().collect()),
    }
}

fn read_all(texts: &[String], number: impl Fn(&str) -> Option<usize> + Copy) -> Result<Vec<Template>, String> {
    if texts.is_empty() {
        return Err("写法和词表都不能为空".to_owned());
    }
    texts.iter().map(|text| Template::parse(text, number)).collect()
}

/// Refuses lists that lead back to themselves, and `{any}` in lists, which have no column.
fn check_ends(lists: &[List], names: &[&str]) -> Result<(), String> {
    let templates = |list: &List| match list {
        List::Shared(templates) => templates.clone(),
        List::ByChain(chains) => chains.concat(),
    };
    let mut waiting: BTreeMap<usize, Vec<Template>> = lists.iter().map(templates).enumerate().collect();
    let name = |list: usize| names.get(list).copied().unwrap_or_default();
    if let Some((list, _)) = waiting.iter().find(|(_, templates)| templates.iter().any(Template::is_any)) {
        return Err(format!("词表 {} 中不能写 {{any}}", name(*list)));
    }
    loop {
        let ends =
            |templates: &[Template]| templates.iter().flat_map(Template::lists).all(|l| !waiting.contains_key(&l));
        let ended: Vec<usize> = waiting.iter().filter(|(_, t)| ends(t)).map(|(list, _)| *list).collect();
        if ended.is_empty() {
            break;
        }
        waiting.retain(|list, _| !ended.contains(list));
    }
    match waiting.keys().next() {
        Some(list) => Err(format!("词表 {} 绕回到自己", name(*list))),
        None => Ok(()),
    }
}

fn build_role(
    file: &SyntheticRoleFile,
    number: impl Fn(&str) -> Option<usize> + Copy,
) -> Result<SyntheticRole, String> {
    if file.share == 0 || !file.name.iter().all(|name| name.starts_with(FICTIONAL)) {
        return Err(format!("role“{}”的 share 应大于 0，name 应以“{FICTIONAL}”开头", file.label));
    }
    let (names, forms) = (read_all(&file.name, number)?, read_all(&file.form, number)?);
    Ok(SyntheticRole { label: file.label.clone(), share: file.share, names, forms })
}

fn build_chain(file: &SyntheticChainFile, industries: &Industries) -> Result<SyntheticChain, String> {
    let is_known = |code: &String| industries.iter().any(|(known, _)| known == code);
    if file.industries.is_empty() || !file.industries.iter().all(is_known) {
        return Err(format!("产业链“{}”的 industries 为空或有未知的代码", file.label));
    }
    Ok(SyntheticChain { label: file.label.clone(), industries: file.industries.clone() })
}

fn build_kind(
    file: &SyntheticKindFile,
    kinds: &BTreeMap<String, Kind>,
    roles: &[&str],
    number: impl Fn(&str) -> Option<usize> + Copy,
) -> Result<SyntheticKind, String> {
    let kind = kinds.get(&file.kind).ok_or_else(|| format!("kind“{}”不存在", file.kind))?;
    let role = match &file.role {
        None => None,
        Some(label) => Some(
            roles
                .iter()
                .position(|role| role == label)
                .ok_or_else(|| format!("{} 的 role“{label}”不存在", file.kind))?,
        ),
    };
    let mut cells = BTreeMap::new();
    for (name, texts) in &file.cells {
        let column = kind.column(name).ok_or_else(|| format!("{} 没有列 {name}", file.kind))?;
        let templates = read_all(texts, number).map_err(|reason| format!("{} 的列 {name}：{reason}", file.kind))?;
        if templates.iter().any(Template::is_any) && !has_any(column.column_type) {
            return Err(format!("{} 的列 {name} 这种类型不能写 {{any}}", file.kind));
        }
        cells.insert(name.clone(), templates);
    }
    Ok(SyntheticKind { role, cells })
}

/// Says whether values of a type can be made up without saying how.
fn has_any(column_type: ColumnType) -> bool {
    matches!(
        column_type,
        ColumnType::Choice
            | ColumnType::ChoiceList
            | ColumnType::Flag
            | ColumnType::Date
            | ColumnType::Deadline
            | ColumnType::Region
            | ColumnType::Origin
            | ColumnType::RegionList
            | ColumnType::Industry
            | ColumnType::PartyRef
    )
}
