//! From members to a rate.

use crate::chain::fraction::Fraction;
use crate::chain::model::Evidence;
use crate::chain::rate::{Formula, Member, Note, Rate, Value, Verdict};
use crate::chain::scope::Scope;

/// What a rate is of.
pub(super) struct Subject {
    /// A chain's code, a tier, a firm.
    pub id: String,
    /// How it is called.
    pub label: String,
}

/// Adds up members. A rate without members, or whose members weigh nothing, has no value.
pub(super) fn tally(
    formula: Formula,
    subject: Subject,
    scope: &Scope<'_>,
    evidence: Option<Evidence>,
    mut members: Vec<Member>,
) -> Rate {
    members.sort_unstable();
    let sum = |verdict: Verdict| -> i128 {
        members.iter().filter(|member| member.verdict == verdict).map(|member| member.amount).sum()
    };
    let (yes, no, unknown) = (sum(Verdict::Yes), sum(Verdict::No), sum(Verdict::Unknown));
    Rate {
        formula,
        subject: subject.id,
        label: subject.label,
        value: value(yes, no, unknown),
        numerator: yes,
        denominator: yes + no,
        unknown,
        as_of: scope.as_of,
        region: scope.area.clone(),
        basis: scope.basis,
        evidence,
        parameters: Vec::new(),
        members,
        target: None,
        notes: Vec::new(),
    }
}

/// The bounds and the point; `None` where all is 0. The parts are not negative.
pub(super) fn value(yes: i128, no: i128, unknown: i128) -> Option<Value> {
    let all = yes + no + unknown;
    Some(Value {
        low: Fraction::new(yes, all)?,
        point: Fraction::new(yes, yes + no),
        high: Fraction::new(yes + unknown, all)?,
    })
}

/// Builds a note.
pub(super) fn note(code: &'static str, words: String) -> Note {
    Note { code, words }
}

/// Where one member stands.
pub(super) fn member(id: String, label: &str, verdict: Verdict, amount: i128, reason: impl Into<String>) -> Member {
    Member { id, label: label.to_owned(), verdict, amount, reason: reason.into() }
}
