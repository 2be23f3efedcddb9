//! The declared chains as facts.

use std::collections::BTreeMap;

use crate::chain::{Chain, Facts, Input, Link, LinkName, Product, Span};
use crate::definition::{self, Chains, Need};
use crate::engine::chains::{cells, products};

/// A link counts this much for each whole of its declared weight.
const PER_THOUSAND: f64 = 1_000.0;

/// Builds the facts of the declared chains.
pub(super) fn facts(declared: &Chains) -> Facts {
    let mut facts = Facts::default();
    for chain in declared.chains.values() {
        facts.chains.push(self::chain(chain));
        facts.links.extend(chain.links.iter().map(|link| self::link(&chain.code, link)));
    }
    // Links are named with their chain: a user's link of the same code is another one.
    let of_link = |chain: &definition::Chain| -> Vec<(String, String)> {
        chain.links.iter().map(|link| (link.code.clone(), chain.code.clone())).collect()
    };
    let chains: BTreeMap<String, String> = declared.chains.values().flat_map(of_link).collect();
    for product in declared.products.values() {
        facts.products.push(Product {
            title: product.title.clone(),
            code: None,
            links: product
                .links
                .iter()
                .map(|link| LinkName { chain: chains.get(link).cloned(), link: link.clone() })
                .collect(),
            synonyms: product.synonyms.clone(),
            narrower: product.narrower.clone(),
            near: product.near.clone(),
            grades: product.grades.clone(),
            is_final: product.is_final,
        });
        facts.inputs.extend(product.inputs.iter().map(|input| Input {
            product: product.title.clone(),
            input: input.product.clone(),
            or_group: match &input.need {
                Need::OneOf(group) => Some(group.clone()),
                Need::Required | Need::Optional => None,
            },
            is_optional: input.need == Need::Optional,
            span: Span::ALWAYS,
        }));
    }
    facts
}

fn chain(chain: &definition::Chain) -> Chain {
    Chain {
        code: chain.code.clone(),
        title: chain.title.clone(),
        aliases: chain.aliases.clone(),
        level: products::level(&chain.level),
        region: Some(chain.region.clone()),
        is_key: chain.is_key,
        span: Span { from: chain.valid_from, until: chain.valid_until },
        is_draft: chain.is_draft,
    }
}

fn link(chain: &str, link: &definition::ChainLink) -> Link {
    let weight = cells::whole(link.weight, PER_THOUSAND).and_then(|weight| u32::try_from(weight).ok());
    Link {
        chain: chain.to_owned(),
        code: link.code.clone(),
        title: link.title.clone(),
        position: products::position(&link.position),
        is_essential: link.is_essential,
        weight_thousandths: weight.unwrap_or(products::WEIGHT_THOUSANDTHS),
        or_group: link.or_group.clone(),
        demand: None,
        level_min: None,
        required_certificates: link.required_certificates.clone(),
        span: Span::ALWAYS,
    }
}
