//! Ways to write a cell of an invented table: literal text with words from lists, numbers and facts in braces
//! (`{process}车间{50..900/50}平方米`). Here they are read; what they give is decided by whoever writes them out.

/// What the writer of a row knows and a template may ask for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Fact {
    /// The row's product.
    Product,
    /// The city of the row's own party.
    City,
    /// The label of the row's industry chain.
    Chain,
    /// Any value that the column's type allows; stands alone in its template.
    Any,
}

impl Fact {
    const NAMES: [(Self, &'static str); 4] =
        [(Self::Product, "product"), (Self::City, "city"), (Self::Chain, "chain"), (Self::Any, "any")];

    /// Finds the fact that a name in braces means.
    pub(super) fn parse(name: &str) -> Option<Self> {
        Self::NAMES.iter().find(|(_, n)| *n == name).map(|(fact, _)| *fact)
    }
}

/// One piece of a template.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Piece {
    /// Text as it stands.
    Text(String),
    /// A way to write taken from a list, by the list's number.
    Word(usize),
    /// A whole number from the first to the second (not below the first) in steps of the third (not 0).
    Number(u32, u32, u32),
    /// What the row knows.
    Fact(Fact),
}

/// One way to write a cell; none of its pieces is a cell left empty.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Template {
    /// What is written, in order.
    pub pieces: Vec<Piece>,
}

impl Template {
    /// Reads a template; `list` finds a list's number by its name. On failure returns what is wrong, in Chinese.
    pub(super) fn parse(text: &str, list: impl Fn(&str) -> Option<usize>) -> Result<Self, String> {
        let mut pieces = Vec::new();
        let mut rest = text;
        while let Some((before, behind)) = rest.split_once('{') {
            let (inside, after) = behind.split_once('}').ok_or_else(|| format!("“{text}”缺少右括号"))?;
            if !before.is_empty() {
                pieces.push(Piece::Text(before.to_owned()));
            }
            let piece = match inside.split_once("..") {
                Some((from, to)) => {
                    number(from, to).ok_or_else(|| format!("“{text}”中的 {{{inside}}} 不是数的范围"))?
                }
                None => match Fact::parse(inside) {
                    Some(fact) => Piece::Fact(fact),
                    None => Piece::Word(list(inside).ok_or_else(|| format!("“{text}”中的词表 {inside} 不存在"))?),
                },
            };
            pieces.push(piece);
            rest = after;
        }
        if !rest.is_empty() {
            pieces.push(Piece::Text(rest.to_owned()));
        }
        let is_any = |piece: &Piece| *piece == Piece::Fact(Fact::Any);
        if pieces.len() > 1 && pieces.iter().any(is_any) {
            return Err(format!("“{text}”中的 {{any}} 应单独写"));
        }
        Ok(Self { pieces })
    }

    /// Says whether it only asks for any value of the column's type.
    pub fn is_any(&self) -> bool {
        self.pieces == [Piece::Fact(Fact::Any)]
    }

    /// Lists the numbers of the lists that it names.
    pub(super) fn lists(&self) -> impl Iterator<Item = usize> {
        self.pieces.iter().filter_map(|piece| match piece {
            Piece::Word(list) => Some(*list),
            Piece::Text(_) | Piece::Number(..) | Piece::Fact(_) => None,
        })
    }
}

fn number(from: &str, to: &str) -> Option<Piece> {
    let (to, step) = to.split_once('/').unwrap_or((to, "1"));
    let (from, to, step): (u32, u32, u32) = (from.parse().ok()?, to.parse().ok()?, step.parse().ok()?);
    (from <= to && step > 0).then_some(Piece::Number(from, to, step))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn parse(text: &str) -> Result<Template, String> {
        Template::parse(text, |name| (name == "process").then_some(7))
    }

    #[test]
    fn pieces_are_read_in_order() {
        let pieces = parse("新{process}{100..450/50}平方米，{product}").expect("a template").pieces;
        let expected = [
            Piece::Text("新".to_owned()),
            Piece::Word(7),
            Piece::Number(100, 450, 50),
            Piece::Text("平方米，".to_owned()),
            Piece::Fact(Fact::Product),
        ];
        assert_eq!(pieces, expected);
        assert!(parse("").is_ok_and(|empty| empty.pieces.is_empty()));
        assert!(parse("{any}").is_ok_and(|any| any.is_any()));
    }

    #[test]
    fn mistakes_are_refused() {
        for text in ["{process", "{colour}", "{9..2}", "{1..x}", "{1..2/0}", "{1..4294967296}", "约{any}"] {
            assert!(parse(text).is_err(), "{text}");
        }
    }
}
