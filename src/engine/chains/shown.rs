//! What a viewer may see of what is computed about chains. Who supplies whom is public; for how much is not: a rate of
//! money, or a share of one, is for those who may see what its subject, or every one of its members, has.

use crate::chain::{Rate, Unit};
use crate::engine::Engine;
use crate::engine::chains::book::ChainBook;
use crate::engine::chains::rates::{ChainRates, RateRequest};
use crate::error::{Error, Result};
use crate::model::{PartyId, Reach, Viewer};

impl Engine {
    /// Computes rates for a viewer; of those that it may not see only the names are told.
    ///
    /// # Errors
    /// As [`ChainBook::rates`]; [`Error::Request`] for a least share from a viewer who may not see everybody's revenue:
    /// with one share after the other it could be found out.
    pub fn rates_for(&self, book: &ChainBook<'_>, request: &RateRequest, viewer: &Viewer) -> Result<ChainRates> {
        if request.share_min.numerator() > 0 && viewer.reach != Reach::All {
            return Err(Error::Request("min_share 只有管理员和不限地区的组织方可用".to_owned()));
        }
        let mut answer = book.rates(request)?;
        let knows = |party| self.knows_of(viewer, party);
        let (shown, hidden): (Vec<Rate>, Vec<Rate>) =
            answer.rates.into_iter().partition(|rate| is_shown(rate, viewer, &knows));
        answer.withheld = hidden.iter().map(|rate| rate.formula.name).collect();
        // What a mean or a spread of few firms tells is what each of them has.
        if !answer.goals.is_empty() && viewer.reach != Reach::All {
            answer.withheld.push("goals");
            answer.goals.clear();
        }
        answer.withheld.sort_unstable();
        answer.withheld.dedup();
        answer.rates = shown;
        answer.concentrations.retain(|found| knows(found.leader));
        answer.purchases.retain(|found| knows(found.leader));
        Ok(answer)
    }

    /// Says whether a viewer may know for how much a party buys and sells.
    pub fn knows_of(&self, viewer: &Viewer, party: PartyId) -> bool {
        self.reaches(&self.snapshot().catalogue, Some(party), viewer)
    }
}

fn is_shown(rate: &Rate, viewer: &Viewer, knows: &dyn Fn(PartyId) -> bool) -> bool {
    if rate.formula.unit != Unit::Fen || viewer.reach == Reach::All {
        return true;
    }
    match PartyId::parse(&rate.subject) {
        Some(subject) => knows(subject),
        None => {
            let mut members = rate.members.iter().map(|member| PartyId::parse(&member.id));
            !rate.members.is_empty() && members.all(|member| member.is_some_and(knows))
        }
    }
}
