//! Which products the inputs of an imported file name that nobody knows: they go in, and stand nowhere on the graph until
//! a row of products tells of them.

use std::collections::{BTreeMap, BTreeSet};

use crate::catalogue::Catalogue;
use crate::chain::{Facts, Graph};
use crate::definition::Definition;
use crate::engine::chains::{declared, products};
use crate::intake::Draft;
use crate::model::{Problem, ProblemCode};
use crate::normal::key;

/// So many of the unknown names are shown.
const SHOWN: usize = 5;

/// The names that a file asks of the graph, and those that it tells itself.
#[derive(Default)]
pub(in crate::engine) struct Mentioned {
    asked: BTreeMap<String, String>,
    told: BTreeSet<String>,
}

impl Mentioned {
    /// Takes a row that may go in.
    pub(in crate::engine) fn take(&mut self, kind: &str, draft: &Draft) {
        let cell = |column: &str| draft.cells.get(column).map(String::as_str);
        match kind {
            "product_input" => {
                let names = ["product", "input"].into_iter().filter_map(cell);
                self.asked.extend(names.map(|name| (key(name), name.trim().to_owned())));
            }
            "product" => {
                let listed =
                    cell("synonyms").into_iter().flat_map(|text| text.split(['、', '，', ',', '；', ';', '\n']));
                let own = ["title", "code"].into_iter().filter_map(cell);
                self.told.extend(own.chain(listed).map(key));
            }
            _ => {}
        }
    }

    /// Tells which of the names asked neither the file, nor what is stored, nor the declaration knows.
    pub(in crate::engine) fn problem(&self, definition: &Definition, catalogue: &Catalogue) -> Option<Problem> {
        if self.asked.is_empty() {
            return None;
        }
        let Facts { products, .. } = products::gather(catalogue, declared::facts(&definition.chains));
        let graph = Graph::build(products, &[]);
        let asked = self.asked.iter().filter(|(key, _)| !self.told.contains(*key));
        let unknown: Vec<&str> =
            asked.filter(|(_, name)| graph.find(name).is_none()).map(|(_, name)| name.as_str()).collect();
        let shown = unknown.iter().take(SHOWN).copied().collect::<Vec<&str>>().join("、");
        (!unknown.is_empty()).then(|| Problem {
            sheet: String::new(),
            row: 0,
            column: String::new(),
            value: shown,
            code: ProblemCode::UnknownProduct,
            message: format!("有 {} 个产品名称，产品表和自带的图谱里都没有；各行已收下，图谱里暂不用", unknown.len()),
            suggestion: "请在“产品”表里补上这些产品，或改成其中的名称、编码、同义名".to_owned(),
        })
    }
}
