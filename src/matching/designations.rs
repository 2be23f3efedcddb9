//! Whether two part numbers, grades or materials name the same thing, and which of two grades is the higher one.

use std::cmp::Ordering;

use crate::definition::Definition;

/// Says whether two codes name the same thing; a code with slashes names several.
pub(super) fn same_code(left: &str, right: &str) -> bool {
    left == right || alternatives(left).iter().any(|one| alternatives(right).contains(one))
}

/// Returns a code with everything by which it may be the same as another: the codes between its slashes, and the names of
/// the words that they mean in a text, since a material has several designations (304, 06Cr19Ni10, S30408).
pub(super) fn names<'a>(definition: &'a Definition, code: &'a str, text: &str) -> Vec<&'a str> {
    let mut names = vec![code];
    for one in alternatives(code) {
        names.push(one);
        names.extend(definition.words.meaning(one, text).map(|word| word.name.as_str()));
    }
    names
}

/// Splits `304/06cr19ni10`, but neither standards (`gb/t276`) nor tyres (`315/80r22.5`).
fn alternatives(code: &str) -> Vec<&str> {
    const PART_BYTES_MIN: usize = 3;
    let parts: Vec<&str> = code.split('/').collect();
    let is_list = parts.iter().all(|part| part.len() >= PART_BYTES_MIN) && !code.contains('.');
    if is_list { parts } else { vec![code] }
}

/// Says how an offered grade stands to one that is asked for, if they are of one declared scale or are degrees of
/// protection, of which each of both digits counts.
pub(super) fn grade_order(definition: &Definition, offer: &str, wish: &str) -> Option<Ordering> {
    if let (Some(offer), Some(wish)) = (protection(offer), protection(wish)) {
        return match (offer.0.cmp(&wish.0), offer.1.cmp(&wish.1)) {
            (Ordering::Less, _) | (_, Ordering::Less) => Some(Ordering::Less),
            (Ordering::Equal, Ordering::Equal) => Some(Ordering::Equal),
            _ => Some(Ordering::Greater),
        };
    }
    definition.grades.compare(offer, wish)
}

/// Says whether a code is a degree of protection or on a declared scale.
pub(super) fn is_grade(definition: &Definition, code: &str) -> bool {
    protection(code).is_some() || definition.grades.compare(code, code).is_some()
}

/// Reads the two digits of `ip67`.
fn protection(code: &str) -> Option<(u32, u32)> {
    let mut digits = code.strip_prefix("ip")?.chars();
    let both = (digits.next()?.to_digit(10)?, digits.next()?.to_digit(10)?);
    digits.next().is_none().then_some(both)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn codes_with_slashes_are_several_unless_they_are_one() {
        for (left, right, expected) in [
            ("304", "304/06cr19ni10", true),
            ("304/316l", "316l", true),
            ("315/80r22.5", "315", false),
            ("gb/t276", "gb/t307", false),
            ("6061-t6", "6061-t651", false),
        ] {
            assert_eq!(same_code(left, right), expected, "{left} {right}");
        }
    }
}
