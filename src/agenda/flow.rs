//! Circulations of least cost by the network simplex method, with strongly feasible trees and block search. Supplies are
//! zero everywhere, so that nothing flows at first; costs may be negative. When costs change, work goes on from the last
//! circulation.

use crate::agenda::column::Column;

/// The state of an arc outside the tree, by which its reduced cost is multiplied; an arc of the tree is neither.
const EMPTY: i64 = 1;
const TREE: i64 = 0;
const FULL: i64 = -1;
/// No node.
const NONE: usize = usize::MAX;
/// An arc without a limit.
pub(super) const UNLIMITED: i64 = i64::MAX / 4;

#[derive(Debug, Clone, Copy)]
struct Arc {
    from: usize,
    to: usize,
    cost: i64,
    limit: i64,
    flow: i64,
    state: i64,
}

/// A node of the spanning tree.
#[derive(Debug, Clone, Copy)]
struct Node {
    parent: usize,
    /// The arc to the parent.
    arc: usize,
    /// 1 if that arc leads to the parent, -1 if it comes from there.
    direction: i64,
    /// The next node in an order in which every subtree stands together.
    next: usize,
    previous: usize,
    /// How many nodes the subtree has.
    size: usize,
    /// The last node of the subtree in that order.
    last: usize,
    potential: i64,
}

/// A network with its circulation.
#[derive(Debug, Clone)]
pub(super) struct Network {
    arcs: Column<Arc>,
    nodes: Column<Node>,
    n_arcs: usize,
    root: usize,
    block: usize,
    next_arc: usize,
    dirty: Column<usize>,
    /// How many times the tree was changed, for budgets of work.
    pub n_pivots: u64,
}

/// What one change of the tree is about.
struct Pivot {
    entering: usize,
    join: usize,
    /// The end of the entering arc whose subtree is hung elsewhere, and the other end.
    inner: usize,
    outer: usize,
    /// The top of that subtree; its arc leaves the tree. `NONE` if the entering arc itself fills up first.
    cut: usize,
    amount: i64,
}

/// The arcs of a network before it is built.
#[derive(Debug, Clone, Default)]
pub(super) struct Arcs(Column<Arc>);

impl Arcs {
    /// Adds an arc and returns its place. `limit` must not be negative.
    pub(super) fn add(&mut self, from: usize, to: usize, limit: i64, cost: i64) -> usize {
        self.0.push(Arc { from, to, cost, limit, flow: 0, state: EMPTY })
    }
}

impl Network {
    /// Builds a network of nodes 0..`n_nodes` in which nothing flows yet.
    pub(super) fn new(n_nodes: usize, arcs: Arcs) -> Self {
        let mut arcs = arcs.0;
        let (n_arcs, root) = (arcs.len(), n_nodes);
        for node in 0..n_nodes {
            arcs.push(Arc { from: node, to: root, cost: 0, limit: UNLIMITED, flow: 0, state: TREE });
        }
        let leaf = |node: usize| Node {
            parent: root,
            arc: n_arcs + node,
            direction: 1,
            next: node + 1,
            previous: node.checked_sub(1).unwrap_or(root),
            size: 1,
            last: node,
            potential: 0,
        };
        let mut nodes: Column<Node> = (0..n_nodes).map(leaf).collect();
        nodes.push(Node {
            parent: NONE,
            arc: NONE,
            direction: 0,
            next: if n_nodes == 0 { root } else { 0 },
            previous: n_nodes.checked_sub(1).unwrap_or(root),
            size: n_nodes + 1,
            last: n_nodes.checked_sub(1).unwrap_or(root),
            potential: 0,
        });
        let block = n_arcs.isqrt().max(10);
        Self { arcs, nodes, n_arcs, root, block, next_arc: 0, dirty: Column::default(), n_pivots: 0 }
    }

    /// Returns what flows along an arc.
    pub(super) fn flow(&self, arc: usize) -> i64 {
        self.arcs[arc].flow
    }

    /// Returns by how much the cost would rise, at least, with one more unit along an arc (one less if it is full); never
    /// negative once solved.
    pub(super) fn reduced_cost(&self, arc: usize) -> i64 {
        let arc = &self.arcs[arc];
        arc.cost + self.nodes[arc.from].potential - self.nodes[arc.to].potential
    }

    /// Returns the cost of the circulation.
    pub(super) fn cost(&self) -> i128 {
        self.arcs.iter().map(|arc| i128::from(arc.cost) * i128::from(arc.flow)).sum()
    }

    /// Changes the cost of an arc; takes effect with [`reprice`](Self::reprice).
    pub(super) fn set_cost(&mut self, arc: usize, cost: i64) {
        self.arcs[arc].cost = cost;
    }

    /// Adds to the cost of an arc.
    pub(super) fn add_cost(&mut self, arc: usize, cost: i64) {
        self.arcs[arc].cost += cost;
    }

    /// Changes the limit of an arc in which nothing flows.
    pub(super) fn set_limit(&mut self, arc: usize, limit: i64) {
        let arc = &mut self.arcs[arc];
        debug_assert!(arc.flow == 0, "the arc is in use");
        arc.limit = limit;
        // One without room is full as well as empty.
        if arc.state == FULL {
            arc.state = EMPTY;
        }
    }

    /// Begins the search for arcs elsewhere, by which another of several best circulations may be found.
    pub(super) fn begin_at(&mut self, arc: usize) {
        self.next_arc = arc;
    }

    /// Works potentials out again after costs have changed.
    pub(super) fn reprice(&mut self) {
        let mut node = self.nodes[self.root].next;
        while node != self.root {
            let Node { parent, arc, direction, next, .. } = self.nodes[node];
            self.nodes[node].potential = self.nodes[parent].potential - direction * self.arcs[arc].cost;
            node = next;
        }
    }

    /// Changes the circulation until its cost is least.
    ///
    /// # Complexity
    /// Exponential at worst, as every simplex method; in practice some arcs x nodes^0.5.
    pub(super) fn solve(&mut self) {
        while let Some(entering) = self.entering() {
            let pivot = self.pivot(entering);
            self.push_flow(&pivot);
            if pivot.cut != NONE {
                self.rehang(&pivot);
                self.raise(&pivot);
            }
            self.n_pivots += 1;
        }
    }

    /// Looks at blocks of arcs in turn and returns the most promising one of the first block that has any.
    fn entering(&mut self) -> Option<usize> {
        let (mut best, mut found) = (0, None);
        let mut left = self.block;
        for _ in 0..self.n_arcs {
            if self.next_arc >= self.n_arcs {
                self.next_arc = 0;
            }
            let arc = &self.arcs[self.next_arc];
            let gain = arc.state * (arc.cost + self.nodes[arc.from].potential - self.nodes[arc.to].potential);
            if gain < best {
                (best, found) = (gain, Some(self.next_arc));
            }
            self.next_arc += 1;
            left -= 1;
            if left == 0 {
                if found.is_some() {
                    return found;
                }
                left = self.block;
            }
        }
        found
    }

    /// Finds the cycle that the entering arc closes, how much can flow around it, and which arc limits that.
    fn pivot(&self, entering: usize) -> Pivot {
        let arc = self.arcs[entering];
        let (mut u, mut v) = (arc.from, arc.to);
        while u != v {
            if self.nodes[u].size < self.nodes[v].size {
                u = self.nodes[u].parent;
            } else {
                v = self.nodes[v].parent;
            }
        }
        let join = u;
        let (first, second) = if arc.state == EMPTY { (arc.from, arc.to) } else { (arc.to, arc.from) };
        let mut pivot = Pivot { entering, join, inner: second, outer: first, cut: NONE, amount: arc.limit };
        let mut node = first;
        while node != join {
            let Node { parent, arc, direction, .. } = self.nodes[node];
            let arc = &self.arcs[arc];
            let room = if direction > 0 { arc.flow } else { arc.limit - arc.flow };
            if room < pivot.amount {
                pivot = Pivot { cut: node, amount: room, inner: first, outer: second, ..pivot };
            }
            node = parent;
        }
        node = second;
        while node != join {
            let Node { parent, arc, direction, .. } = self.nodes[node];
            let arc = &self.arcs[arc];
            let room = if direction > 0 { arc.limit - arc.flow } else { arc.flow };
            // The last of several limiting arcs leaves, which keeps trees strongly feasible, so that work ends.
            if room <= pivot.amount {
                pivot = Pivot { cut: node, amount: room, inner: second, outer: first, ..pivot };
            }
            node = parent;
        }
        pivot
    }

    fn push_flow(&mut self, pivot: &Pivot) {
        let entering = self.arcs[pivot.entering];
        if pivot.amount > 0 {
            let amount = entering.state * pivot.amount;
            self.arcs[pivot.entering].flow += amount;
            for (start, amount) in [(entering.from, -amount), (entering.to, amount)] {
                let mut node = start;
                while node != pivot.join {
                    let Node { parent, arc, direction, .. } = self.nodes[node];
                    self.arcs[arc].flow += direction * amount;
                    node = parent;
                }
            }
        }
        if pivot.cut == NONE {
            self.arcs[pivot.entering].state = -entering.state;
        } else {
            self.arcs[pivot.entering].state = TREE;
            let leaving = &mut self.arcs[self.nodes[pivot.cut].arc];
            leaving.state = if leaving.flow == 0 { EMPTY } else { FULL };
        }
    }

    /// Hangs the subtree of `cut` below the outer end of the entering arc, its inner end on top.
    fn rehang(&mut self, pivot: &Pivot) {
        let Pivot { cut, inner, outer, join, .. } = *pivot;
        let Node { previous: old_previous, size: old_size, last: old_last, parent: old_parent, .. } = self.nodes[cut];
        if inner == cut {
            self.move_whole(pivot, old_previous, old_last);
        } else {
            self.turn_stem(pivot, old_previous, old_last);
            self.renumber_stem(pivot, old_size);
        }
        let limit = if self.nodes[join].last == outer { join } else { NONE };
        let new_last = self.nodes[cut].last;
        let mut node = outer;
        while node != NONE && self.nodes[node].last == outer {
            self.nodes[node].last = new_last;
            node = self.nodes[node].parent;
        }
        let replacement = if join != old_previous && outer != old_previous { old_previous } else { new_last };
        if replacement != old_last {
            let mut node = old_parent;
            while node != limit && node != NONE && self.nodes[node].last == old_last {
                self.nodes[node].last = replacement;
                node = self.nodes[node].parent;
            }
        }
        let mut node = outer;
        while node != join {
            self.nodes[node].size += old_size;
            node = self.nodes[node].parent;
        }
        node = old_parent;
        while node != join {
            self.nodes[node].size -= old_size;
            node = self.nodes[node].parent;
        }
    }

    fn direction_of(&self, node: usize, arc: usize) -> i64 {
        if self.arcs[arc].from == node { 1 } else { -1 }
    }

    /// Moves a subtree that keeps its shape.
    fn move_whole(&mut self, pivot: &Pivot, old_previous: usize, old_last: usize) {
        let Pivot { entering, inner, outer, .. } = *pivot;
        let direction = self.direction_of(inner, entering);
        let node = &mut self.nodes[inner];
        (node.parent, node.arc, node.direction) = (outer, entering, direction);
        if self.nodes[outer].next != inner {
            let after = self.nodes[old_last].next;
            self.link(old_previous, after);
            let after = self.nodes[outer].next;
            self.link(outer, inner);
            self.link(old_last, after);
        }
    }

    fn link(&mut self, before: usize, after: usize) {
        self.nodes[before].next = after;
        self.nodes[after].previous = before;
    }

    /// Turns the path from the inner end up to the cut around, and threads the nodes below it anew.
    fn turn_stem(&mut self, pivot: &Pivot, old_previous: usize, old_last: usize) {
        let Pivot { cut, inner, outer, .. } = *pivot;
        let go_on = if old_previous == outer { self.nodes[old_last].next } else { self.nodes[outer].next };
        let (mut stem, mut above) = (inner, outer);
        let mut last = self.nodes[inner].last;
        let mut after = self.nodes[last].next;
        self.nodes[outer].next = inner;
        self.dirty.clear();
        self.dirty.push(outer);
        while stem != cut {
            let next_stem = self.nodes[stem].parent;
            self.nodes[last].next = next_stem;
            self.dirty.push(last);
            let before = self.nodes[stem].previous;
            self.link(before, after);
            self.nodes[stem].parent = above;
            (above, stem) = (stem, next_stem);
            let is_end = self.nodes[stem].last == self.nodes[above].last;
            last = if is_end { self.nodes[above].previous } else { self.nodes[stem].last };
            after = self.nodes[last].next;
        }
        self.nodes[cut].parent = above;
        self.link(last, go_on);
        self.nodes[cut].last = last;
        if old_previous != outer {
            self.link(old_previous, after);
        }
        for i in 0..self.dirty.len() {
            let node = self.dirty[i];
            let next = self.nodes[node].next;
            self.nodes[next].previous = node;
        }
    }

    /// Corrects arcs, sizes and last nodes along the turned path.
    fn renumber_stem(&mut self, pivot: &Pivot, old_size: usize) {
        let Pivot { entering, cut, inner, .. } = *pivot;
        let last = self.nodes[cut].last;
        let (mut node, mut size) = (cut, 0);
        while node != inner {
            let parent = self.nodes[node].parent;
            let Node { arc, direction, size: parent_size, .. } = self.nodes[parent];
            size += self.nodes[node].size - parent_size;
            let turned = &mut self.nodes[node];
            (turned.arc, turned.direction, turned.size) = (arc, -direction, size);
            self.nodes[parent].last = last;
            node = parent;
        }
        let direction = self.direction_of(inner, entering);
        let top = &mut self.nodes[inner];
        (top.arc, top.direction, top.size) = (entering, direction, old_size);
    }

    /// Shifts the potentials of the subtree that was hung elsewhere.
    fn raise(&mut self, pivot: &Pivot) {
        let Node { potential, direction, last, .. } = self.nodes[pivot.inner];
        let shift = self.nodes[pivot.outer].potential - potential - direction * self.arcs[pivot.entering].cost;
        let end = self.nodes[last].next;
        let mut node = pivot.inner;
        loop {
            self.nodes[node].potential += shift;
            node = self.nodes[node].next;
            if node == end {
                break;
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    /// Tries every circulation of a small network of arcs of one unit, and returns the least cost.
    fn exhaustive(n_nodes: usize, arcs: &[(usize, usize, i64)]) -> i64 {
        let mut least = 0;
        for used in 0..1_u32 << arcs.len() {
            let mut balance = vec![0; n_nodes];
            let mut cost = 0;
            for (_, (from, to, arc_cost)) in arcs.iter().enumerate().filter(|(i, _)| used >> i & 1 == 1) {
                balance[*from] -= 1;
                balance[*to] += 1;
                cost += arc_cost;
            }
            if balance.iter().all(|left| *left == 0) {
                least = least.min(cost);
            }
        }
        least
    }

    proptest! {
        #[test]
        fn circulations_cost_the_least(
            arcs in prop::collection::vec((0_usize..5, 0_usize..5, -9_i64..6), 0..11), changed in 0_usize..11,
        ) {
            let mut arcs: Vec<(usize, usize, i64)> = arcs.into_iter().filter(|(from, to, _)| from != to).collect();
            let mut network = Arcs::default();
            for (from, to, cost) in &arcs {
                network.add(*from, *to, 1, *cost);
            }
            let mut network = Network::new(5, network);
            network.solve();
            prop_assert_eq!(network.cost(), i128::from(exhaustive(5, &arcs)));
            // Goes on from there when a cost changes.
            if let Some((_, _, cost)) = arcs.get_mut(changed) {
                *cost -= 7;
                network.set_cost(changed, *cost);
                network.reprice();
                network.solve();
                prop_assert_eq!(network.cost(), i128::from(exhaustive(5, &arcs)));
            }
        }
    }
}
