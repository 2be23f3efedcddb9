//! Makes a plan of an event and of who takes part: programme, pitches, presence, limits, and the pairs with what the
//! organiser wants of them. What contradicts itself is told with the line of the event file.

use std::cmp::Reverse;
use std::collections::{BTreeMap, BTreeSet};

use jiff::civil::Date;

use crate::agenda::{IdleRule, Party, Problem, Resource, Role, Slot, SlotSet, lock_clashes};
use crate::error::Result;
use crate::event::file::Audience;
use crate::event::plan::{Item, Plan, Topic};
use crate::event::reasons::clash_in_words;
use crate::event::roster::{Attendee, Candidate, Lookup, Roster};
use crate::event::settings::{Event, EventStaff, Named, Pitches, Wish};
use crate::event::timetable::{Span, TimeSlot};
use crate::event::wanted;

impl Plan {
    /// Makes the plan of an event; `as_of` is the day at which the matches were read.
    ///
    /// # Errors
    /// [`Error::Event`](crate::error::Error::Event) names the line of a wish that cannot be, or contradicts another.
    pub fn new(event: &Event, roster: Roster, as_of: Date) -> Result<Self> {
        let Roster { known, attendees, candidates } = roster;
        let lookup = Lookup::new(event, &known, &attendees);
        let absences = absences(&lookup, attendees.len())?;
        let mut programme = programme(&lookup)?;
        if let Some(pitches) = &event.pitches {
            let busy = busy(&absences, &programme);
            programme.extend(pitch_items(&lookup, pitches, &attendees, &candidates, &busy)?);
        }
        programme.sort_by(|left, right| left.span.cmp(&right.span).then_with(|| left.title.cmp(&right.title)));
        let parties = parties(&lookup, &attendees, &programme, &absences)?;
        let mut problem = Problem {
            slots: slots(event),
            parties,
            pairs: Vec::new(),
            resources: resources(event),
            idle: IdleRule::Present,
        };
        let (wanted, notes) = wanted::pairs(&lookup, candidates, &problem)?;
        problem.pairs = wanted;
        let plan = Self {
            name: event.name.clone(),
            place: event.place.clone(),
            host: event.host.clone(),
            as_of,
            revision: 0,
            spans: event.slots.iter().map(|slot| slot.span).collect(),
            programme,
            parties: attendees.into_iter().map(|attendee| attendee.who).collect(),
            pairs: notes,
            problem,
        };
        plan.check_locks(&lookup)?;
        Ok(plan)
    }

    /// Refuses the first lock that cannot be kept beside the others.
    fn check_locks(&self, lookup: &Lookup<'_>) -> Result<()> {
        if lookup.event.locks.is_empty() {
            return Ok(());
        }
        for clash in lock_clashes(&self.problem) {
            let sides = self.problem.pairs.get(clash.pair).filter(|pair| pair.lock.is_some());
            let sides = sides.map(|pair| (pair.buyer, pair.sme));
            for lock in &lookup.event.locks {
                if Some((lookup.place(&lock.buyer)?, lookup.place(&lock.sme)?)) == sides {
                    return Err(lookup.event.bad(lock.buyer.at, clash_in_words(self, &clash)));
                }
            }
        }
        Ok(())
    }
}

/// Lists when each party is not there.
fn absences(lookup: &Lookup<'_>, n_parties: usize) -> Result<Vec<Vec<Span>>> {
    let mut absences = vec![Vec::new(); n_parties];
    for wish in &lookup.event.wishes {
        if let Some(absent) = absences.get_mut(lookup.place(&wish.party)?) {
            absent.extend(wish.absent.iter().copied());
        }
    }
    Ok(absences)
}

/// Reads the programme; nobody can be at two parts of it at once.
fn programme(lookup: &Lookup<'_>) -> Result<Vec<Item>> {
    let mut items = Vec::new();
    let mut busy: BTreeMap<usize, Vec<Span>> = BTreeMap::new();
    for item in &lookup.event.programme {
        let mut take = |named: &Named| {
            let place = lookup.place(named)?;
            let others = busy.entry(place).or_default();
            if let Some(other) = others.iter().find(|other| other.overlaps(item.span)) {
                let what = format!("“{}”同时在 {} 的另一项安排里", named.text, other.clock());
                return Err(lookup.event.bad(named.at, what));
            }
            others.push(item.span);
            Ok(place)
        };
        let parties =
            item.parties.as_ref().map(|parties| parties.iter().map(&mut take).collect::<Result<Vec<usize>>>());
        let parties = parties.transpose()?;
        items.push(Item { title: item.title.clone(), span: item.span, parties, speaker: None });
    }
    Ok(items)
}

/// Lists when each party is not there or takes part in something else.
fn busy(absences: &[Vec<Span>], programme: &[Item]) -> Vec<Vec<Span>> {
    let mut busy = absences.to_vec();
    for item in programme {
        for place in item.parties.iter().flatten() {
            if let Some(busy) = busy.get_mut(*place) {
                busy.push(item.span);
            }
        }
    }
    busy
}

/// What else those have to do who might pitch.
struct Diaries<'a> {
    event: &'a Event,
    /// When each is not there or takes part in something else.
    busy: &'a [Vec<Span>],
    /// When each has a locked meeting.
    locked: BTreeMap<usize, Vec<Span>>,
    /// How many meetings each must have.
    min: Vec<u32>,
}

impl<'a> Diaries<'a> {
    fn new(lookup: &Lookup<'a>, attendees: &[Attendee], busy: &'a [Vec<Span>]) -> Result<Self> {
        let event = lookup.event;
        let mut locked: BTreeMap<usize, Vec<Span>> = BTreeMap::new();
        for lock in &event.locks {
            for named in [&lock.buyer, &lock.sme] {
                let span = event.slots.get(lock.slot).map(|slot| slot.span);
                locked.entry(lookup.place(named)?).or_default().extend(span);
            }
        }
        let of_group = |attendee: &Attendee| event.groups.get(attendee.group).map_or(0, |group| group.min);
        let mut min: Vec<u32> = attendees.iter().map(of_group).collect();
        for wish in &event.wishes {
            if let (Some(min), Some(own)) = (min.get_mut(lookup.place(&wish.party)?), wish.min) {
                *min = own;
            }
        }
        Ok(Self { event, busy, locked, min })
    }

    fn is_there(&self, place: usize, span: Span) -> bool {
        !self.busy.get(place).into_iter().flatten().any(|own| own.overlaps(span))
    }

    /// Says whether a pitch would keep a party neither from a locked meeting nor from as many as it must have.
    fn may_pitch(&self, place: usize, span: Span) -> bool {
        let is_locked = self.locked.get(&place).into_iter().flatten().any(|own| own.overlaps(span));
        let slots = self.event.slots.iter().filter(|slot| !slot.is_block && self.is_there(place, slot.span));
        let (before, left) = slots.fold((0, 0), |(n, left), slot| (n + 1, left + u32::from(!slot.span.overlaps(span))));
        let least = self.min.get(place).copied().unwrap_or(0).max(1);
        self.is_there(place, span) && !is_locked && (left == before || left >= least)
    }
}

/// Chooses who pitches: those that the file names, then the SMEs whose matches are worth most in all, as long as they are
/// there when their turn comes and have nothing else to do. `busy` says when each is not there or takes part in something
/// else.
fn pitch_items(
    lookup: &Lookup<'_>,
    pitches: &Pitches,
    attendees: &[Attendee],
    candidates: &[Candidate],
    busy: &[Vec<Span>],
) -> Result<Vec<Item>> {
    let mut worth: BTreeMap<usize, (u64, &Topic)> = BTreeMap::new();
    for candidate in candidates {
        let (sum, best) = worth.entry(candidate.sme).or_insert((0, &candidate.topic));
        *sum += u64::from(candidate.topic.score);
        if candidate.topic.score > best.score {
            *best = &candidate.topic;
        }
    }
    let mut named = Vec::new();
    for party in &pitches.parties {
        let place = lookup.place(party)?;
        if named.contains(&place) {
            return Err(lookup.event.bad(party.at, format!("“{}”写了两次", party.text)));
        }
        named.push(place);
    }
    let mut waiting: Vec<usize> = worth.keys().copied().filter(|place| !named.contains(place)).collect();
    waiting.sort_by_key(|place| (Reverse(worth.get(place).map(|(sum, _)| *sum)), *place));
    let diaries = Diaries::new(lookup, attendees, busy)?;
    let mut items = Vec::new();
    for (turn, span) in pitches.spans.iter().enumerate() {
        let speaker = match (named.get(turn), pitches.parties.get(turn)) {
            (Some(place), Some(party)) if !diaries.is_there(*place, *span) => {
                return Err(lookup
                    .event
                    .bad(party.at, format!("“{}”在 {} 不在场或另有安排", party.text, span.clock())));
            }
            (Some(place), _) => *place,
            (None, _) => match waiting.iter().position(|place| diaries.may_pitch(*place, *span)) {
                Some(at) => waiting.remove(at),
                None => continue,
            },
        };
        let parties = (pitches.audience == Audience::Speakers).then(|| vec![speaker]);
        let subject = worth.get(&speaker).map(|(_, topic)| own_title(attendees, speaker, topic));
        let title = match subject {
            Some(subject) => format!("{}：{subject}", pitches.title),
            None => pitches.title.clone(),
        };
        items.push(Item { title, span: *span, parties, speaker: Some(speaker) });
    }
    Ok(items)
}

/// Returns the title of the posting of a match that is a party's own.
fn own_title<'a>(attendees: &[Attendee], party: usize, topic: &'a Topic) -> &'a str {
    let id = attendees.get(party).map(|attendee| attendee.who.id);
    if topic.demand.id.party() == id { &topic.demand.title } else { &topic.supply.title }
}

fn parties(
    lookup: &Lookup<'_>,
    attendees: &[Attendee],
    programme: &[Item],
    absences: &[Vec<Span>],
) -> Result<Vec<Party>> {
    let mut wishes: BTreeMap<usize, &Wish> = BTreeMap::new();
    for wish in &lookup.event.wishes {
        if wishes.insert(lookup.place(&wish.party)?, wish).is_some() {
            return Err(lookup.event.bad(wish.party.at, format!("“{}”的 [[party]] 写了两次", wish.party.text)));
        }
    }
    let mut parties = Vec::new();
    for ((place, attendee), busy) in (0..).zip(attendees).zip(&busy(absences, programme)) {
        parties.push(party(lookup.event, attendee, wishes.get(&place).copied(), busy)?);
    }
    check_tables(lookup, &wishes)?;
    Ok(parties)
}

fn party(event: &Event, attendee: &Attendee, wish: Option<&Wish>, busy: &[Span]) -> Result<Party> {
    let group = event.groups.get(attendee.group);
    let slots = || event.slots.iter().enumerate();
    let unavailable: SlotSet =
        slots().filter(|(_, slot)| busy.iter().any(|span| span.overlaps(slot.span))).map(|(idx, _)| idx).collect();
    let n_present = slots().filter(|(idx, slot)| !slot.is_block && !unavailable.contains(*idx)).count();
    let desks = wish.map_or(1, |wish| wish.representatives);
    let most = u32::try_from(n_present).unwrap_or(u32::MAX).saturating_mul(desks);
    let min = wish.and_then(|wish| wish.min).or(group.map(|group| group.min)).unwrap_or(0);
    let max = wish.and_then(|wish| wish.max).or(group.and_then(|group| group.max)).unwrap_or(most.max(min));
    if min > max {
        let at = wish.map_or(group.map_or(0, |group| group.at), |wish| wish.party.at);
        return Err(event.bad(at, format!("“{}”的 min 是 {min}，大于 max {max}", attendee.who.name)));
    }
    let tables = wish.map(|wish| wish.tables.iter().map(|number| number - 1).collect()).unwrap_or_default();
    Ok(Party {
        id: attendee.who.id.to_string(),
        role: group.map_or(Role::Sme, |group| group.role),
        min,
        max,
        unavailable,
        desks,
        tables,
        row_max: wish.and_then(|wish| wish.row_max).or(event.row_max),
    })
}

/// Tables of one's own are enough for all one's representatives, and shared wholly or not at all.
fn check_tables(lookup: &Lookup<'_>, wishes: &BTreeMap<usize, &Wish>) -> Result<()> {
    let mut taken: BTreeMap<u32, &Wish> = BTreeMap::new();
    for wish in wishes.values() {
        let n_tables = u32::try_from(wish.tables.len()).unwrap_or(u32::MAX);
        if n_tables > 0 && n_tables < wish.representatives {
            let what = format!("{} 组代表同时洽谈，tables 也要有这么多张", wish.representatives);
            return Err(lookup.event.bad(wish.party.at, what));
        }
        for table in &wish.tables {
            if let Some(other) = taken.insert(*table, wish)
                && other.tables != wish.tables
            {
                let what = format!("{table} 号桌也是“{}”的固定桌位；要共用须写同样的 tables", other.party.text);
                return Err(lookup.event.bad(wish.party.at, what));
            }
        }
    }
    Ok(())
}

fn slots(event: &Event) -> Vec<Slot> {
    let closed = |span: Span| -> BTreeSet<u32> {
        let closed = event.closed.iter().filter(|(_, when)| when.overlaps(span));
        closed.flat_map(|(tables, _)| tables.iter().map(|number| number - 1)).collect()
    };
    let slot = |slot: &TimeSlot| Slot {
        tables: if slot.is_block { 0 } else { event.tables },
        closed: if slot.is_block { BTreeSet::new() } else { closed(slot.span) },
        session: slot.session,
        is_block: slot.is_block,
    };
    event.slots.iter().map(slot).collect()
}

fn resources(event: &Event) -> Vec<Resource> {
    let resource =
        |staff: &EventStaff| Resource { id: staff.name.clone(), units: vec![staff.count; event.slots.len()] };
    event.staff.iter().map(resource).collect()
}
