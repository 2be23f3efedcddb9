//! What rules and features answer.

use std::borrow::Cow;

use crate::model::{Evidence, Share, Verdict};

/// What a rule says about a pair.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Ruling {
    /// Met, unmet or unknown.
    pub verdict: Verdict,
    /// Why, in Chinese.
    pub detail: Cow<'static, str>,
}

/// Answers a rule.
pub(super) fn ruling(verdict: Verdict, detail: impl Into<Cow<'static, str>>) -> Option<Ruling> {
    Some(Ruling { verdict, detail: detail.into() })
}

/// What a feature says about a pair.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Finding {
    /// The value; `None` where it is unknown.
    pub share: Option<Share>,
    /// Why, in Chinese.
    pub reason: Cow<'static, str>,
    /// What in the records speaks for the match.
    pub evidence: Evidence,
    /// Whether the graph knows the product that is asked for, and another one is offered.
    pub is_other_product: bool,
}

/// Answers a feature with a value.
pub(super) fn known(share: Share, reason: impl Into<Cow<'static, str>>) -> Finding {
    Finding { share: Some(share), reason: reason.into(), evidence: Evidence::default(), is_other_product: false }
}

/// Answers a feature whose value the records do not tell.
pub(super) fn unknown(reason: impl Into<Cow<'static, str>>) -> Finding {
    Finding { share: None, reason: reason.into(), evidence: Evidence::default(), is_other_product: false }
}
