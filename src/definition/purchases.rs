//! What firms pay for that is neither goods nor processing (utilities, land, finance), and by which names it is known.

use std::collections::BTreeMap;

use serde::Deserialize;

use crate::normal::{key, suffixes};

/// `index/purchases.toml`: what is left out of purchases.
#[derive(Debug, Clone, Default, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct PurchasesFile {
    /// The version of the file shape; only "1" is known.
    pub version: String,
    /// What stands before a name and does not change what it is.
    #[serde(default)]
    pub before: Vec<String>,
    /// What stands behind it.
    #[serde(default)]
    pub behind: Vec<String>,
    /// What is left out; nothing where the list is empty.
    #[serde(default)]
    pub left_out: Vec<LeftOutFile>,
}

/// One sort of what is left out.
#[derive(Debug, Clone, Default, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct LeftOutFile {
    /// The English name, an option of the column `category` of supplies.
    pub name: String,
    /// The Chinese label.
    pub label: String,
    /// Whole names.
    #[serde(default)]
    pub names: Vec<String>,
    /// How names end.
    #[serde(default)]
    pub ends: Vec<String>,
    /// Names end as well in one of these,
    #[serde(default)]
    pub of: Vec<String>,
    /// with one of these behind it.
    #[serde(default)]
    pub deals: Vec<String>,
}

/// What is left out of purchases.
#[derive(Debug, Clone, Default)]
pub struct LeftOut {
    labels: BTreeMap<String, String>,
    names: BTreeMap<String, String>,
    ends: BTreeMap<String, String>,
    end_chars_max: usize,
    /// Longest first.
    before: Vec<String>,
    behind: Vec<String>,
}

impl LeftOut {
    /// Reads the file; a sort or a name that is told twice is refused.
    pub(super) fn build(file: &PurchasesFile) -> Result<Self, String> {
        let mut all = Self::default();
        for sort in &file.left_out {
            if all.labels.insert(sort.name.clone(), sort.label.clone()).is_some() {
                return Err(format!("“{}”写了两次", sort.name));
            }
            let deals = sort.of.iter().flat_map(|of| sort.deals.iter().map(move |deal| format!("{of}{deal}")));
            let ends: Vec<String> = sort.ends.iter().cloned().chain(deals).collect();
            for (told, forms) in [(&sort.names, &mut all.names), (&ends, &mut all.ends)] {
                for form in told {
                    if key(form).is_empty() || forms.insert(key(form), sort.label.clone()).is_some() {
                        return Err(format!("“{form}”是空的，或写了两次"));
                    }
                }
            }
        }
        (all.before, all.behind) = (longest_first(&file.before), longest_first(&file.behind));
        all.end_chars_max = all.ends.keys().map(|end| end.chars().count()).max().unwrap_or(0);
        Ok(all)
    }

    /// Returns the label of a sort by its English name.
    pub fn label(&self, name: &str) -> Option<&str> {
        self.labels.get(name).map(String::as_str)
    }

    /// Returns the label of what a product's name means, if it is neither goods nor processing.
    ///
    /// # Complexity
    /// O(words around names x words taken off).
    pub fn find(&self, name: &str) -> Option<&str> {
        let name = key(&without_brackets(name));
        let mut form = bare(&name);
        while !form.is_empty() {
            let end = || suffixes(form, self.end_chars_max).find_map(|end| self.ends.get(end));
            if let Some(label) = self.names.get(form).or_else(end) {
                return Some(label);
            }
            let behind = self.behind.iter().find_map(|word| form.strip_suffix(word.as_str()));
            form = bare(behind.or_else(|| self.before.iter().find_map(|word| form.strip_prefix(word.as_str())))?);
        }
        None
    }
}

fn longest_first(words: &[String]) -> Vec<String> {
    let mut keys: Vec<String> = words.iter().map(|word| key(word)).filter(|word| !word.is_empty()).collect();
    keys.sort_by_key(|word| std::cmp::Reverse(word.len()));
    keys
}

/// Takes numbers, and what joins them, off both ends.
fn bare(name: &str) -> &str {
    name.trim_matches(|c: char| c.is_ascii_digit() || matches!(c, '.' | ',' | '~' | '/' | '、' | '至' | '的'))
}

/// Leaves out what stands in brackets.
fn without_brackets(name: &str) -> String {
    let mut depth = 0_usize;
    let is_outside = |c: &char| {
        let is_bracket = matches!(c, '(' | ')' | '\u{ff08}' | '\u{ff09}' | '[' | ']' | '【' | '】');
        match c {
            '(' | '\u{ff08}' | '[' | '【' => depth += 1,
            ')' | '\u{ff09}' | ']' | '】' => depth = depth.saturating_sub(1),
            _ => {}
        }
        depth == 0 && !is_bracket
    };
    name.chars().filter(is_outside).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::definition::Definition;

    const UTILITIES: &str = "电力 3月电费 年度天然气 年度工业用电 天然气（管道） 电力（外购） 电费（2025年） \
        工业污水处理 2025年1-3月水费 生产用水 外购蒸汽款 一季度电费 城东厂区电费 动力电 峰谷电费 \
        35kV供电 高压蒸汽 水 电费充值";
    const LAND: &str = "厂房租赁 标准厂房租赁费 3号仓库租金 办公室租赁费 工业用地 物业管理费 房租";
    const FINANCE: &str = "流动资金贷款利息 银行手续费 汽车保险 产品责任险 财产保险费 设备融资租赁 承兑汇票手续费 \
        担保服务费 手续费 保函费 开证费 汇兑损失";
    const GOODS: &str = "电力电缆 水泵 热力膨胀阀 燃气轮机 保险杠 保险丝 土地整平机 轮胎 设备租赁费 叉车租赁费 \
        模具租赁费 塔吊租赁费 设备租赁 车辆租赁 设备租金 检测手续费 加工手续费 加工费 饮用水 \
        注射用水 纯水 供热设备 煤气罐 蒸汽发生器 天然气压缩机 金融机具 钢结构厂房 生产服务 \
        电缆（电力） 天然气管道 煤气管道 电商业 清洁能源 绿色能源 蒸汽管道 燃气管道";

    #[test]
    fn what_is_no_goods_is_known_by_its_name_or_its_end() {
        let left_out = Definition::compiled().expect("valid").left_out;
        for (label, names) in [("水电气热", UTILITIES), ("土地房产", LAND), ("金融", FINANCE)] {
            for name in names.split_whitespace() {
                assert_eq!(left_out.find(name), Some(label), "{name}");
            }
        }
        for name in GOODS.split_whitespace().chain([""]) {
            assert_eq!(left_out.find(name), None, "{name}");
        }
    }

    #[test]
    fn no_product_of_a_declared_chain_is_left_out() {
        let definition = Definition::compiled().expect("valid");
        for product in definition.chains.products.values() {
            for name in [&product.title].into_iter().chain(&product.synonyms) {
                assert_eq!(definition.left_out.find(name), None, "{name}");
            }
        }
    }

    #[test]
    fn a_name_of_two_sorts_is_refused() {
        let sort = |name: &str| LeftOutFile {
            name: name.to_owned(),
            names: vec!["电力".to_owned()],
            ..LeftOutFile::default()
        };
        let file =
            |left_out| PurchasesFile { version: "1".to_owned(), before: Vec::new(), behind: Vec::new(), left_out };
        assert!(LeftOut::build(&file(vec![sort("a")])).is_ok());
        assert!(LeftOut::build(&file(vec![sort("a"), sort("b")])).is_err());
        assert!(LeftOut::build(&file(vec![sort("a"), LeftOutFile { names: Vec::new(), ..sort("a") }])).is_err());
    }
}
