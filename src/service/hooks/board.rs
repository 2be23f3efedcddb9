//! Whose turn it is: which webhook is delivered to next. Few are delivered to at once, so those that take long, and those
//! of one party, may take up only some of the places; of the others, whoever has waited longest comes first.

use std::collections::BTreeMap;
use std::time::{Duration, Instant};

use crate::model::{HookId, PartyId};
use crate::service::limits::{HOOK_SLOW, HOOKS_OF_A_PARTY_MAX, SLOW_HOOKS_MAX, TRIALS_PAUSE};

/// All webhooks, as far as turns are concerned.
#[derive(Default)]
pub(super) struct Board {
    lanes: BTreeMap<HookId, Lane>,
    n_turns: u64,
}

struct Lane {
    party: PartyId,
    wish: Wish,
    is_paused: bool,
    /// Nothing is tried before.
    due: Instant,
    /// No trial is made before.
    free: Instant,
    is_busy: bool,
    /// Whether the last turn took long, or failed.
    is_slow: bool,
    /// The number of its last turn.
    turn: u64,
}

/// What a webhook waits for, the more urgent last.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
enum Wish {
    /// Nothing.
    Nothing,
    /// A turn when it is due, for there may be something to deliver.
    News,
    /// A turn soon, even while it is paused.
    Turn,
}

/// What a webhook's row says of its turns.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Standing {
    /// Whose it is.
    pub party: PartyId,
    /// Whether nothing is sent to it any more.
    pub is_paused: bool,
    /// Whether the last attempt failed.
    pub is_failing: bool,
    /// How long the next attempt waits.
    pub wait: Duration,
}

/// Who comes next.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Next {
    /// This one.
    Turn(HookId),
    /// Nobody before this.
    At(Instant),
    /// Nobody, as things stand.
    Nobody,
}

impl Board {
    /// Adds a webhook, or calls it for a turn: something is new about it.
    pub(super) fn call(&mut self, id: HookId, standing: Standing, now: Instant) {
        let lane = self.lanes.entry(id).or_insert_with(|| Lane {
            party: standing.party,
            wish: Wish::Turn,
            is_paused: standing.is_paused,
            due: now + standing.wait,
            free: now,
            is_busy: false,
            is_slow: standing.is_failing,
            turn: 0,
        });
        lane.wish = Wish::Turn;
    }

    /// Forgets a webhook.
    pub(super) fn remove(&mut self, id: HookId) {
        self.lanes.remove(&id);
    }

    /// Notes that there may be something to deliver to the webhooks of some parties.
    pub(super) fn tell(&mut self, is_told: impl Fn(PartyId) -> bool) {
        self.lanes
            .values_mut()
            .filter(|lane| is_told(lane.party))
            .for_each(|lane| lane.wish = lane.wish.max(Wish::News));
    }

    /// Gives a turn to whoever is next. O(webhooks).
    pub(super) fn next(&mut self, now: Instant) -> Next {
        // How many places are taken: by slow ones; by each party, slow ones apart.
        let (mut n_slow, mut of_parties) = (0, BTreeMap::<(PartyId, bool), usize>::new());
        for lane in self.lanes.values().filter(|lane| lane.is_busy) {
            n_slow += usize::from(lane.is_slow);
            *of_parties.entry((lane.party, lane.is_slow)).or_default() += 1;
        }
        let has_place = |lane: &Lane| {
            let n_of_party = of_parties.get(&(lane.party, lane.is_slow)).copied().unwrap_or_default();
            n_of_party < HOOKS_OF_A_PARTY_MAX && (n_slow < SLOW_HOOKS_MAX || !lane.is_slow)
        };
        let wants = |lane: &Lane| match lane.wish {
            Wish::Nothing => false,
            Wish::News => !lane.is_paused,
            Wish::Turn => true,
        };
        // Those without a place come when somebody leaves one.
        let waiting = self.lanes.iter().filter(|(_, lane)| !lane.is_busy && wants(lane) && has_place(lane));
        let when = |lane: &Lane| if lane.wish == Wish::Turn { lane.free.max(now) } else { lane.due.max(now) };
        let Some((id, lane)) = waiting.min_by_key(|(id, lane)| (when(lane), lane.turn, **id)) else {
            return Next::Nobody;
        };
        let (id, at) = (*id, when(lane));
        if at > now {
            return Next::At(at);
        }
        self.n_turns += 1;
        if let Some(lane) = self.lanes.get_mut(&id) {
            (lane.is_busy, lane.wish, lane.turn) = (true, Wish::Nothing, self.n_turns);
        }
        Next::Turn(id)
    }

    /// Ends a turn that took so long: how the webhook stands now, and whether there is more to deliver.
    pub(super) fn end(&mut self, id: HookId, standing: Standing, has_more: bool, took: Duration, now: Instant) {
        // It may have been removed meanwhile.
        let Some(lane) = self.lanes.get_mut(&id) else { return };
        lane.is_busy = false;
        let more = if has_more { Wish::News } else { Wish::Nothing };
        lane.wish = lane.wish.max(more);
        lane.is_paused = standing.is_paused;
        lane.is_slow = standing.is_failing || took > HOOK_SLOW;
        lane.due = now + standing.wait;
        // Who may ask for trials must not be able to hammer on somebody's door with them.
        lane.free = now + TRIALS_PAUSE;
    }

    /// Ends a turn of which nothing could be noted: it comes again, not before an instant.
    pub(super) fn delay(&mut self, id: HookId, until: Instant) {
        if let Some(lane) = self.lanes.get_mut(&id) {
            (lane.is_busy, lane.is_slow, lane.due) = (false, true, until);
            lane.wish = lane.wish.max(Wish::News);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn standing(party: u64) -> Standing {
        Standing { party: PartyId(party), is_paused: false, is_failing: false, wait: Duration::ZERO }
    }

    /// A board of webhooks, each of a party of its own, that have nothing to deliver.
    fn board(n: u64, now: Instant) -> Board {
        let mut board = Board::default();
        for number in 0..n {
            board.call(HookId(number), standing(number), now);
        }
        while let Next::Turn(id) = board.next(now) {
            board.end(id, standing(id.0), false, Duration::ZERO, now);
        }
        board
    }

    #[test]
    fn turns_go_round_among_those_that_have_something() {
        let now = Instant::now();
        let mut board = board(3, now);
        assert_eq!(board.next(now), Next::Nobody);
        board.tell(|party| party.0 != 1);
        for expected in [0, 2, 0, 2] {
            assert_eq!(board.next(now), Next::Turn(HookId(expected)));
            board.end(HookId(expected), standing(expected), true, Duration::ZERO, now);
        }
        let waiting = Standing { wait: Duration::from_secs(5), ..standing(0) };
        assert_eq!(board.next(now), Next::Turn(HookId(0)));
        board.end(HookId(0), waiting, true, Duration::ZERO, now);
        assert_eq!(board.next(now), Next::Turn(HookId(2)));
        board.end(HookId(2), standing(2), false, Duration::ZERO, now);
        assert_eq!(board.next(now), Next::At(now + Duration::from_secs(5)));
        assert_eq!(board.next(now + Duration::from_secs(5)), Next::Turn(HookId(0)));
        let paused = Standing { is_paused: true, ..standing(0) };
        board.end(HookId(0), paused, true, Duration::ZERO, now);
        assert_eq!(board.next(now + Duration::from_secs(9)), Next::Nobody);
        board.call(HookId(0), paused, now);
        assert_eq!(board.next(now), Next::At(now + TRIALS_PAUSE));
        assert_eq!(board.next(now + TRIALS_PAUSE), Next::Turn(HookId(0)), "a trial is made though it is paused");
    }

    #[test]
    fn what_is_slow_leaves_places_to_the_others() {
        let now = Instant::now();
        let n = SLOW_HOOKS_MAX as u64 + 2;
        let mut board = board(n, now);
        board.tell(|party| party.0 + 1 < n);
        while let Next::Turn(id) = board.next(now) {
            board.end(id, standing(id.0), false, HOOK_SLOW * 2, now);
        }
        board.tell(|_| true);
        let turns: Vec<Next> = (0..n).map(|_| board.next(now)).collect();
        let n_slow = turns.iter().filter(|next| matches!(next, Next::Turn(id) if id.0 + 1 < n)).count();
        assert_eq!(n_slow, SLOW_HOOKS_MAX, "{turns:?}");
        assert!(turns.contains(&Next::Turn(HookId(n - 1))), "{turns:?}");
        assert_eq!(turns.last(), Some(&Next::Nobody));
    }

    #[test]
    fn one_party_takes_up_few_places() {
        let now = Instant::now();
        let mut board = Board::default();
        for number in 0..5 {
            board.call(HookId(number), standing(1), now);
        }
        board.call(HookId(9), standing(2), now);
        let turns: Vec<Next> = (0..6).map(|_| board.next(now)).collect();
        let n_of_one = turns.iter().filter(|next| matches!(next, Next::Turn(id) if id.0 < 5)).count();
        assert_eq!((n_of_one, turns.contains(&Next::Turn(HookId(9)))), (HOOKS_OF_A_PARTY_MAX, true), "{turns:?}");
    }

    #[test]
    fn what_is_new_during_a_turn_is_not_forgotten() {
        let now = Instant::now();
        let mut board = board(1, now);
        board.tell(|_| true);
        assert_eq!(board.next(now), Next::Turn(HookId(0)));
        board.tell(|_| true);
        board.end(HookId(0), standing(0), false, Duration::ZERO, now);
        assert_eq!(board.next(now), Next::Turn(HookId(0)));
        board.remove(HookId(0));
        board.end(HookId(0), standing(0), true, Duration::ZERO, now);
        assert_eq!(board.next(now), Next::Nobody);
    }
}
