//! Finding who takes part in an event, and who suits whom: the parties that the event file names, those that its groups
//! describe, and the best match between any two of them.

use std::collections::{BTreeMap, BTreeSet};

use jiff::civil::Date;
use rayon::prelude::*;

use crate::agenda;
use crate::catalogue::Catalogue;
use crate::definition::{Lane, Role, Tier};
use crate::engine::Engine;
use crate::error::{Error, Result};
use crate::event::{
    ATTENDEES_MAX, Attendee, Candidate, Event, Group, Participant, Plan, Posting, Reason, Roster, Topic,
};
use crate::matching::{Chains, Context, explain_pair, partners, score_among};
use crate::model::{Match, Moment, PartyId, Record, RecordId, Score, State, Value, Verdict};
use crate::text::strip_personal;

/// The best match found between two parties: lane, score, demand, supply.
type Best<'a> = (usize, Score, &'a Record, &'a Record);

/// A choice of those who take part.
struct Choice<'a> {
    context: Context<'a>,
    event: &'a Event,
    known: &'a BTreeMap<String, PartyId>,
    lanes: Vec<&'a Lane>,
    /// Who belongs to the chains that groups name, by the place of the group.
    of_chain: BTreeMap<usize, BTreeSet<PartyId>>,
    /// The group of each who takes part.
    groups: BTreeMap<PartyId, usize>,
}

/// So many pairs of a demand and a supply are compared at most; each takes some ten microseconds of a processor.
const COMPARED_MAX: usize = 10_000_000;

impl Engine {
    /// Makes the plan of an event: who takes part, who suits whom, and what the organiser wants.
    ///
    /// # Errors
    /// [`Error::Event`] names the line of what cannot be.
    ///
    /// # Complexity
    /// That of [`roster`](Self::roster).
    pub fn event_plan(&self, event: &Event, moment: &Moment) -> Result<Plan> {
        Plan::new(event, self.roster(event, moment)?, moment.as_of)
    }

    /// Finds who takes part in an event, and the best match between any two of them.
    ///
    /// # Errors
    /// [`Error::Event`] names the line of a party that is unknown, unclear, or on both sides, of an unknown chain, and of
    /// groups of more parties or postings than can be compared.
    ///
    /// # Complexity
    /// O(demands x supplies x features) of those who take part, on all cores; beside that, for a group with `top`, one
    /// match for each posting of the other side.
    pub fn roster(&self, event: &Event, moment: &Moment) -> Result<Roster> {
        let snapshot = self.snapshot();
        let lanes: Vec<&Lane> = event.lanes.iter().filter_map(|lane| self.definition.lanes.get(&lane.name)).collect();
        let market = self.market(&snapshot, &lanes, moment.as_of);
        let chains = Chains::new(&market, &self.definition.titles);
        let context = self.context(&snapshot, &chains, moment);
        let known = self.known(event)?;
        let of_chain = self.of_chain(event, &lanes, moment)?;
        let mut choice = Choice { context, event, known: &known, lanes, of_chain, groups: BTreeMap::new() };
        choice.listed()?;
        // Those of a group with `top` are chosen by the other side, which must be there first.
        for (place, group) in event.groups.iter().enumerate().filter(|(_, group)| group.parties.is_none()) {
            if group.top.is_none() {
                choice.described(place, group)?;
            }
        }
        choice.check_size()?;
        for (place, group) in event.groups.iter().enumerate() {
            if let Some(top) = group.top {
                choice.best(place, group, top)?;
            }
        }
        choice.check_size()?;
        let mut chosen: Vec<(PartyId, usize)> = choice.groups.iter().map(|(id, group)| (*id, *group)).collect();
        if chosen.is_empty() {
            let at = event.groups.first().map_or(0, |group| group.at);
            return Err(event.bad(at, "没有一个单位符合条件；请放宽条件，或先导入信息"));
        }
        chosen.sort_by_key(|(id, group)| (event.groups.get(*group).map(|group| group.role), *group, *id));
        let attendees: Vec<Attendee> =
            chosen.into_iter().map(|(id, group)| Attendee { who: choice.participant(id, group), group }).collect();
        let candidates = choice.candidates(&attendees)?;
        Ok(Roster { known, attendees, candidates })
    }

    /// Lists those of a plan who ask for something: all on a side that only asks, in whatever lane; of one that also
    /// offers, those with an open demand.
    pub fn askers<'p>(&self, event: &Event, plan: &'p Plan, moment: &Moment) -> Vec<&'p Participant> {
        let lanes: Vec<&Lane> = event.lanes.iter().filter_map(|lane| self.definition.lanes.get(&lane.name)).collect();
        let catalogue = self.snapshot().catalogue;
        let is_open = |record: &Record| record.is_listed() && record.state(moment.as_of) == State::Open;
        let asks = |(at, who): &(usize, &Participant)| {
            let role = plan.role_of(*at);
            let (asking, offering): (Vec<&Lane>, Vec<&Lane>) =
                lanes.iter().partition(|lane| role_in(lane, role) == Role::Demand);
            let has_demand = |lane: &&Lane| catalogue.facts(who.id, &lane.demand).any(is_open);
            offering.is_empty() || asking.iter().any(has_demand)
        };
        plan.parties.iter().enumerate().filter(asks).map(|(_, who)| who).collect()
    }

    /// Finds every party that the event file names.
    fn known(&self, event: &Event) -> Result<BTreeMap<String, PartyId>> {
        let parties = self.snapshot().catalogue;
        let mut known = BTreeMap::new();
        for named in event.named() {
            if known.contains_key(&named.text) {
                continue;
            }
            let found = self.find_party(&named.text).map_err(|error| match error {
                Error::NotFound(_) => event.bad(named.at, format!("查不到单位“{}”", named.text)),
                Error::Ambiguous { candidates, .. } => {
                    event.bad(named.at, format!("“{}”可指 {}；请写编号", named.text, candidates.join("、")))
                }
                other => other,
            })?;
            known.insert(named.text.clone(), parties.parties().canonical(found));
        }
        Ok(known)
    }

    /// Finds who belongs to the chains that groups name, or has a posting in one of the lanes that names it.
    fn of_chain(&self, event: &Event, lanes: &[&Lane], moment: &Moment) -> Result<BTreeMap<usize, BTreeSet<PartyId>>> {
        let mut of_chain = BTreeMap::new();
        let named = event.groups.iter().enumerate().filter_map(|(place, group)| Some((place, group.chain.as_ref()?)));
        for (place, named) in named {
            let book = self.chain_book(moment);
            let chain = book.find_chain(&named.text).map_err(|error| match error {
                Error::Request(reason) => event.bad(named.at, reason),
                other => other,
            })?;
            let mut members = book.members(chain);
            let catalogue = self.snapshot().catalogue;
            let kinds = lanes.iter().flat_map(|lane| lane.supply.iter().chain([&lane.demand]));
            let kinds: BTreeSet<&str> = kinds.map(String::as_str).chain(["party"]).collect();
            let records = kinds.into_iter().flat_map(|kind| catalogue.records_of_kind(kind));
            let naming = records.filter(|record| record.withdrawn.is_none() && book.is_named(chain, record));
            members.extend(naming.filter_map(|record| catalogue.party_of(record)));
            of_chain.insert(place, members);
        }
        Ok(of_chain)
    }
}

impl<'a> Choice<'a> {
    /// Takes in the parties that are listed.
    fn listed(&mut self) -> Result<()> {
        for (place, group) in self.event.groups.iter().enumerate() {
            for named in group.parties.iter().flatten() {
                let Some(id) = self.known.get(&named.text) else { continue };
                if self.groups.insert(*id, place).is_some() {
                    return Err(self.event.bad(named.at, format!("“{}”在名单里写了两次", named.text)));
                }
            }
        }
        Ok(())
    }

    /// Refuses more parties than an agenda can have.
    fn check_size(&self) -> Result<()> {
        let n_parties = self.groups.len();
        if n_parties <= ATTENDEES_MAX {
            return Ok(());
        }
        let at = self.event.groups.first().map_or(0, |group| group.at);
        Err(self.event.bad(at, format!("参会单位有 {n_parties} 个，最多 {ATTENDEES_MAX} 个；请收紧条件")))
    }

    /// Takes in everybody whom a group describes.
    fn described(&mut self, place: usize, group: &Group) -> Result<()> {
        let mut found = BTreeSet::new();
        for lane in group.lanes.iter().filter_map(|lane| self.lanes.get(*lane)) {
            for kind in lane.kinds(role_in(lane, group.role)) {
                let open = self.context.catalogue.records_of_kind(kind).filter(|record| self.is_open(record));
                found.extend(open.filter_map(|record| self.context.catalogue.party_of(record)));
            }
        }
        // All are taken, whoever fits.
        let n_fit = found.into_iter().filter(|id| self.take(*id, place, group)).count();
        self.check_fit(n_fit, group)
    }

    /// Refuses a group that nobody fits.
    fn check_fit(&self, n_fit: usize, group: &Group) -> Result<()> {
        match n_fit {
            0 => Err(self.event.bad(group.at, "这一组没有一个单位符合条件；请放宽条件，或先导入信息")),
            _ => Ok(()),
        }
    }

    /// Takes in, for each party of the other side and each lane, the best so many whom a group describes.
    fn best(&mut self, place: usize, group: &Group, top: usize) -> Result<()> {
        let other = opposite(group.role);
        let others: Vec<PartyId> = self.of_role(other).collect();
        let mut n_fit = 0;
        for lane in group.lanes.iter().filter_map(|lane| self.lanes.get(*lane)).copied().collect::<Vec<&Lane>>() {
            for party in &others {
                let own = self.postings(*party, lane, other);
                let ranked: Vec<Vec<PartyId>> =
                    own.par_iter().map(|posting| partners(self.context, lane, posting)).collect();
                // The first of each posting, then the second: no posting takes the places of another.
                let longest = ranked.iter().map(Vec::len).max().unwrap_or(0);
                let in_turn = (0..longest).flat_map(|rank| ranked.iter().filter_map(move |list| list.get(rank)));
                let mut seen = BTreeSet::new();
                for id in in_turn {
                    if seen.len() == top {
                        break;
                    }
                    if !seen.contains(id) && self.take(*id, place, group) {
                        seen.insert(*id);
                    }
                }
                n_fit += seen.len();
            }
        }
        self.check_fit(n_fit, group)
    }

    /// Takes a party into a group if it fits; says whether it takes part on that side.
    fn take(&mut self, id: PartyId, place: usize, group: &Group) -> bool {
        if let Some(former) = self.groups.get(&id) {
            return self.event.groups.get(*former).is_some_and(|former| former.role == group.role);
        }
        let fits = self.fits(id, place, group);
        if fits {
            self.groups.insert(id, place);
        }
        fits
    }

    fn fits(&self, id: PartyId, place: usize, group: &Group) -> bool {
        let Context { catalogue, definition, as_of, .. } = self.context;
        let is_inside = |region: &String| {
            let place = catalogue.region(id);
            place.is_some_and(|place| place == region || definition.regions.within(place, region))
        };
        let tier = || catalogue.tier(id, as_of, definition);
        group.region.as_ref().is_none_or(is_inside)
            && (group.tiers.is_empty() || tier().is_some_and(|tier| group.tiers.contains(&tier)))
            && self.of_chain.get(&place).is_none_or(|members| members.contains(&id))
    }

    /// Returns what people know of a party.
    fn participant(&self, id: PartyId, group: usize) -> Participant {
        let Context { catalogue, definition, as_of, .. } = self.context;
        let region = catalogue.region(id).map(|code| definition.regions.full_name(code));
        let role = self.event.groups.get(group).map_or(agenda::Role::Sme, |group| group.role);
        Participant {
            id,
            name: catalogue.parties().name(id),
            region: region.unwrap_or_default(),
            tier: catalogue.tier(id, as_of, definition).map_or("", Tier::label).to_owned(),
            postings: self.lanes.iter().map(|lane| self.postings(id, lane, role).len()).sum(),
        }
    }

    fn of_role(&self, role: agenda::Role) -> impl Iterator<Item = PartyId> {
        let is_of = move |group: &usize| self.event.groups.get(*group).is_some_and(|group| group.role == role);
        self.groups.iter().filter(move |(_, group)| is_of(group)).map(|(id, _)| *id)
    }

    /// Lists a party's open postings on its side of a lane.
    fn postings(&self, id: PartyId, lane: &Lane, role: agenda::Role) -> Vec<&'a Record> {
        let catalogue: &'a Catalogue = self.context.catalogue;
        let kinds = lane.kinds(role_in(lane, role)).iter();
        let postings = kinds.flat_map(|kind| catalogue.facts(id, kind)).filter(|record| self.is_open(record));
        postings.collect()
    }

    fn is_open(&self, record: &Record) -> bool {
        record.is_listed() && record.state(self.context.as_of) == State::Open
    }

    /// Finds the best match between any two who take part.
    fn candidates(&self, attendees: &[Attendee]) -> Result<Vec<Candidate>> {
        let places: BTreeMap<PartyId, usize> =
            attendees.iter().enumerate().map(|(place, attendee)| (attendee.who.id, place)).collect();
        let mut best: BTreeMap<(usize, usize), Best<'a>> = BTreeMap::new();
        let mut n_compared = 0;
        for (place, lane) in self.lanes.iter().enumerate() {
            let of_role = |role| -> Vec<(usize, &'a Record)> {
                let parties = self.of_role(role).filter_map(|id| Some((id, *places.get(&id)?)));
                let postings =
                    parties.flat_map(|(id, at)| self.postings(id, lane, role).into_iter().map(move |r| (at, r)));
                postings.collect()
            };
            let (buyers, smes) = (of_role(agenda::Role::Buyer), of_role(agenda::Role::Sme));
            let buyers_ask = role_in(lane, agenda::Role::Buyer) == Role::Demand;
            let (demands, supplies) = if buyers_ask { (buyers, smes) } else { (smes, buyers) };
            n_compared += demands.len() * supplies.len();
            self.check_compared(n_compared)?;
            let records = |side: &[(usize, &'a Record)]| side.iter().map(|(_, record)| *record).collect::<Vec<_>>();
            for scored in score_among(self.context, lane, &records(&demands), &records(&supplies)) {
                if scored.score.0 < self.event.score_min {
                    continue;
                }
                let (Some((asker, demand)), Some((offerer, supply))) =
                    (demands.get(scored.demand), supplies.get(scored.supply))
                else {
                    continue;
                };
                let both = if buyers_ask { (*asker, *offerer) } else { (*offerer, *asker) };
                // Of equal ones the first lane, demand and supply.
                if best.get(&both).is_none_or(|(_, score, ..)| scored.score > *score) {
                    best.insert(both, (place, scored.score, demand, supply));
                }
            }
        }
        let met = self.met();
        let explain = |((buyer, sme), (lane, _, demand, supply)): (&(usize, usize), &Best<'a>)| {
            let declared = self.lanes.get(*lane)?;
            let explained = explain_pair(self.context, declared, demand, supply);
            let ids = (attendees.get(*buyer)?.who.id, attendees.get(*sme)?.who.id);
            Some(Candidate {
                buyer: *buyer,
                sme: *sme,
                lane: *lane,
                topic: topic(declared, demand, &explained),
                met_before: met.contains(&ids) || met.contains(&(ids.1, ids.0)),
            })
        };
        let best: Vec<(&(usize, usize), &Best<'a>)> = best.iter().collect();
        Ok(best.into_par_iter().filter_map(explain).collect())
    }

    /// Refuses to compare for many minutes.
    fn check_compared(&self, n_compared: usize) -> Result<()> {
        if n_compared <= COMPARED_MAX {
            return Ok(());
        }
        let widest = self.event.groups.iter().find(|group| group.parties.is_none()).or(self.event.groups.first());
        let what = format!(
            "要逐对比较的需求和供给超过 {COMPARED_MAX} 对，时间太长；请用 region、tier、chain 收紧条件，或写 top 只请每家最合适的几家"
        );
        Err(self.event.bad(widest.map_or(0, |group| group.at), what))
    }

    /// Lists who has met, or agreed to, since the day that the event names.
    fn met(&self) -> BTreeSet<(PartyId, PartyId)> {
        let Some((since, _)) = self.event.met_before else { return BTreeSet::new() };
        let catalogue = self.context.catalogue;
        let party = |name: &str| catalogue.parties().only(name);
        let records = ["outcome", "intent"].into_iter().flat_map(|kind| catalogue.records_of_kind(kind));
        let met = records.filter(|record| record.withdrawn.is_none() && has_met(record, since));
        met.filter_map(|record| Some((party(record.raw("demander"))?, party(record.raw("supplier"))?))).collect()
    }
}

/// Says whether a record between two parties tells of a meeting on or after a day, or that both wanted one.
fn has_met(record: &Record, since: Date) -> bool {
    let is_recent = matches!(record.value("date"), Some(Value::Date(date)) if *date >= since);
    let happened = match record.kind.as_str() {
        "intent" => matches!(record.value("answer"), Some(Value::Choice(answer)) if answer == "agreed"),
        _ => !matches!(record.value("met"), Some(Value::Flag(false))),
    };
    is_recent && happened
}

/// Returns the side of a lane on which those of a role post: an SME's is the one that the lane serves.
fn role_in(lane: &Lane, role: agenda::Role) -> Role {
    match (role, lane.served_side) {
        (agenda::Role::Sme, served) => served,
        (agenda::Role::Buyer, Role::Demand) => Role::Supply,
        (agenda::Role::Buyer, _) => Role::Demand,
    }
}

fn opposite(role: agenda::Role) -> agenda::Role {
    match role {
        agenda::Role::Buyer => agenda::Role::Sme,
        agenda::Role::Sme => agenda::Role::Buyer,
    }
}

/// Takes out of an explained match what is printed; `explained` is seen from the demand.
fn topic(lane: &Lane, demand: &Record, explained: &Match) -> Topic {
    let posting = |id: &RecordId, title: String| Posting { id: id.clone(), title };
    // What is not known speaks for nothing, though it has points.
    let parts = explained.contributions.iter().filter(|part| part.value.is_some() && part.points > 0);
    let parts = parts.filter(|part| !part.reason.is_empty());
    let mut reasons: Vec<Reason> = parts
        .map(|part| Reason { label: part.label.clone(), points: part.points, text: part.reason.clone() })
        .collect();
    // Stable: equal ones stay in the lane's order.
    reasons.sort_by_key(|reason| std::cmp::Reverse(reason.points));
    let open = explained.rules.iter().filter(|rule| rule.verdict == Verdict::Unknown);
    Topic {
        lane: lane.name.clone(),
        lane_label: lane.label.clone(),
        demand: posting(&demand.id, strip_personal(demand.title())),
        supply: posting(&explained.id, explained.title.clone()),
        score: explained.score.0,
        reasons,
        open: open.map(|rule| format!("{}：{}", rule.label, rule.detail)).collect(),
    }
}
