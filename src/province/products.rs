//! Products by popularity: every name that the vocabulary composes, in the order of how many sell it. A few are sold by
//! thousands, most by one or two, as in any province's catalogue (a law of Zipf and Mandelbrot).

use crate::chance::{Chance, Weighted};
use crate::definition::{Piece, Synthetic, Template};

/// So many of the names are sold at all.
const PRODUCTS_MAX: usize = 12_000;
/// The weight of the product of rank `r`, from 0, is proportional to 1 / (r + 5); whole numbers stay the same anywhere.
const RANK_SHIFT: u64 = 5;
const WEIGHT_UNIT: u64 = 1_000_000_000_000;

/// A product.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Product {
    /// What it is called.
    pub name: String,
    /// Its chain, by place.
    pub chain: usize,
}

/// All products, the most popular first.
pub(super) struct Products {
    products: Vec<Product>,
    popularity: Weighted,
    by_chain: Vec<Vec<usize>>,
}

impl Products {
    /// Composes the products and brings each form's names into a random order; common forms go first.
    pub(super) fn new(synthetic: &Synthetic, chance: &mut Chance) -> Self {
        let mut products: Vec<Product> = Vec::new();
        let mut known = std::collections::BTreeSet::new();
        for form in &synthetic.products {
            let mut group = Vec::new();
            for chain in 0..synthetic.chains.len() {
                let names = spell_out(synthetic, form, chain);
                group.extend(names.into_iter().map(|name| Product { name, chain }));
            }
            // A word of two chains is one product.
            group.retain(|product| known.insert(product.name.clone()));
            chance.shuffle(&mut group);
            products.extend(group);
        }
        products.truncate(PRODUCTS_MAX);
        let ranks = (0..).take(products.len());
        let popularity = Weighted::new(ranks.map(|rank: u64| WEIGHT_UNIT / (rank + RANK_SHIFT)));
        let mut by_chain = vec![Vec::new(); synthetic.chains.len()];
        for (i, product) in products.iter().enumerate() {
            if let Some(own) = by_chain.get_mut(product.chain) {
                own.push(i);
            }
        }
        Self { products, popularity, by_chain }
    }

    /// Draws a product by popularity; the empty vocabulary has none. O(log n).
    pub(super) fn draw(&self, chance: &mut Chance) -> Option<&Product> {
        self.products.get(self.popularity.draw(chance))
    }

    /// Draws a product of a chain, all alike.
    pub(super) fn draw_of(&self, chain: usize, chance: &mut Chance) -> Option<&Product> {
        let own = self.by_chain.get(chain)?;
        self.products.get(*chance.pick(own)?)
    }
}

/// Lists everything that a template of words can say in a chain.
fn spell_out(synthetic: &Synthetic, template: &Template, chain: usize) -> Vec<String> {
    let mut said = vec![String::new()];
    for piece in &template.pieces {
        let ends: Vec<String> = match piece {
            Piece::Text(text) => vec![text.clone()],
            Piece::Word(list) => {
                let inner = synthetic.list(*list, chain).iter();
                inner.flat_map(|template| spell_out(synthetic, template, chain)).collect()
            }
            // The declaration refuses others.
            Piece::Number(..) | Piece::Fact(_) => Vec::new(),
        };
        said = said.iter().flat_map(|start| ends.iter().map(move |end| format!("{start}{end}"))).collect();
    }
    said
}
