//! Where the boxes of a layered picture stand: columns from left to right along the edges, few crossings, short and
//! straight ways. An edge over several columns gets a stop in each of them, so that nothing is drawn through a box;
//! edges from one box share their stops. Published layout libraries either choose the layers themselves or draw with
//! fonts of their own, so this is the usual method in small: longest ways, barycentres, least squares in order.
//! All of it is deterministic.

use std::collections::BTreeMap;

/// How often the order of the columns is improved, once in each direction.
const SWEEPS: usize = 24;
/// How often heights are evened out.
const ROUNDS: usize = 40;
/// How much room a stop takes.
const STOP_HEIGHT: f64 = 4.0;
/// The distance between two boxes, between a box and a stop, and between two stops.
const GAPS: (f64, f64, f64) = (15.0, 9.0, 4.0);

/// A place that edges go through.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) struct Point {
    /// The column, from 0.
    pub column: usize,
    /// How much room it takes from top to bottom.
    pub height: f64,
    /// The middle, from 0 at the top of the picture.
    pub middle: f64,
    /// Whether it is a box, and no stop on the way of an edge.
    pub is_box: bool,
}

/// A part of a way from one column to the next.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Stretch {
    /// The point on the left.
    pub left: usize,
    /// The point on the right.
    pub right: usize,
    /// Whether its edges lead from the right to the left.
    pub is_back: bool,
    /// The edges that go here, ascending.
    pub edges: Vec<usize>,
}

/// A finished layout.
#[derive(Debug, Clone, Default)]
pub(super) struct Layout {
    /// The boxes in the given order, then the stops.
    pub points: Vec<Point>,
    /// All parts of all ways, by their points.
    pub stretches: Vec<Stretch>,
    /// How many columns there are.
    pub n_columns: usize,
}

/// Gives every box a column: layers follow each other, and inside a layer a box stands as far to the right as the boxes
/// that it leads to in the same layer let it. Edges that lead back along a circle are ignored.
pub(super) fn columns(layers: &[usize], edges: &[(usize, usize)]) -> Vec<usize> {
    let mut next: Vec<Vec<usize>> = vec![Vec::new(); layers.len()];
    for (from, to) in edges.iter().filter(|(from, to)| layers.get(*from) == layers.get(*to)) {
        if let Some(next) = next.get_mut(*from) {
            next.push(*to);
        }
    }
    let mut depths: Vec<Option<usize>> = vec![None; layers.len()];
    for start in 0..layers.len() {
        depth(start, &next, &mut depths, &mut Vec::new());
    }
    let n_layers = layers.iter().max().map_or(0, |last| last + 1);
    let mut widths = vec![0; n_layers];
    for (layer, depth) in layers.iter().zip(&depths) {
        if let Some(width) = widths.get_mut(*layer) {
            *width = usize::max(*width, depth.unwrap_or(0) + 1);
        }
    }
    let ends: Vec<usize> = widths
        .iter()
        .scan(0, |end, width| {
            *end += width;
            Some(*end)
        })
        .collect();
    let column =
        |(layer, depth): (&usize, &Option<usize>)| ends.get(*layer).map_or(0, |end| end - 1 - depth.unwrap_or(0));
    layers.iter().zip(&depths).map(column).collect()
}

/// Counts the steps of the longest way from a box; `way` holds the boxes that lead here.
fn depth(here: usize, next: &[Vec<usize>], depths: &mut Vec<Option<usize>>, way: &mut Vec<usize>) -> usize {
    if let Some(known) = depths.get(here).copied().flatten() {
        return known;
    }
    way.push(here);
    let mut longest = 0;
    for to in next.get(here).into_iter().flatten() {
        if !way.contains(to) {
            longest = usize::max(longest, depth(*to, next, depths, way) + 1);
        }
    }
    way.pop();
    if let Some(depth) = depths.get_mut(here) {
        *depth = Some(longest);
    }
    longest
}

/// Places boxes of given columns and heights. Edges join boxes of different columns; others are left out.
/// O(sweeps x stretches^2).
pub(super) fn place(boxes: &[(usize, f64)], edges: &[(usize, usize)]) -> Layout {
    let point = |(column, height): &(usize, f64)| Point { column: *column, height: *height, middle: 0.0, is_box: true };
    let points: Vec<Point> = boxes.iter().map(point).collect();
    let n_columns = points.iter().map(|point| point.column + 1).max().unwrap_or(0);
    let mut layout = Layout { points, stretches: Vec::new(), n_columns };
    lay_ways(&mut layout, edges);
    let order = best_order(&layout);
    even_out(&mut layout, &order);
    layout
}

/// Adds the stops and stretches of all edges.
fn lay_ways(layout: &mut Layout, edges: &[(usize, usize)]) {
    // By where the way begins and whether it leads back: the stop in each column.
    let mut stops: BTreeMap<(usize, bool, usize), usize> = BTreeMap::new();
    let mut stretches: BTreeMap<(usize, usize, bool), Vec<usize>> = BTreeMap::new();
    for (edge, (from, to)) in edges.iter().enumerate() {
        let (Some(start), Some(end)) = (layout.points.get(*from).copied(), layout.points.get(*to).copied()) else {
            continue;
        };
        let is_back = end.column < start.column;
        let (left, right) = if is_back { (*to, *from) } else { (*from, *to) };
        let between = start.column.min(end.column) + 1..start.column.max(end.column);
        if start.column == end.column {
            continue;
        }
        let mut way = vec![left];
        for column in between {
            let points = &mut layout.points;
            way.push(*stops.entry((*from, is_back, column)).or_insert_with(|| {
                points.push(Point { column, height: STOP_HEIGHT, middle: 0.0, is_box: false });
                points.len() - 1
            }));
        }
        way.push(right);
        for (left, right) in way.iter().zip(way.iter().skip(1)) {
            stretches.entry((*left, *right, is_back)).or_default().push(edge);
        }
    }
    let stretch = |((left, right, is_back), edges)| Stretch { left, right, is_back, edges };
    layout.stretches = stretches.into_iter().map(stretch).collect();
}

/// The points of each column, from top to bottom.
type Order = Vec<Vec<usize>>;

/// Finds the order with the fewest crossings that sweeping to and fro meets.
fn best_order(layout: &Layout) -> Order {
    let mut order: Order = vec![Vec::new(); layout.n_columns];
    for (idx, point) in layout.points.iter().enumerate() {
        if let Some(column) = order.get_mut(point.column) {
            column.push(idx);
        }
    }
    let mut best = (crossings(layout, &order), order.clone());
    for sweep in 0..SWEEPS {
        let to_the_right = sweep % 2 == 0;
        for step in 1..layout.n_columns {
            let column = if to_the_right { step } else { layout.n_columns - 1 - step };
            sort_column(layout, &mut order, column, to_the_right);
        }
        let n_crossings = crossings(layout, &order);
        if n_crossings < best.0 {
            best = (n_crossings, order.clone());
        }
    }
    best.1
}

/// Sorts a column by the mean places of its neighbours on one side; points without any stay about where they are.
fn sort_column(layout: &Layout, order: &mut Order, column: usize, by_the_left: bool) {
    let places = places(layout, order);
    let place = |idx: usize| places.get(idx).copied().unwrap_or(0.0);
    let mut means: BTreeMap<usize, (f64, f64)> = BTreeMap::new();
    for stretch in &layout.stretches {
        let (here, there) = if by_the_left { (stretch.right, stretch.left) } else { (stretch.left, stretch.right) };
        let mean = means.entry(here).or_default();
        *mean = (mean.0 + place(there), mean.1 + 1.0);
    }
    let wish = |idx: &usize| means.get(idx).map_or_else(|| place(*idx), |(sum, n)| sum / n);
    if let Some(points) = order.get_mut(column) {
        points.sort_by(|a, b| wish(a).total_cmp(&wish(b)));
    }
}

/// Returns the place of every point in its column, from 0 at the top to 1 at the bottom.
fn places(layout: &Layout, order: &Order) -> Vec<f64> {
    let mut places = vec![0.0; layout.points.len()];
    for column in order {
        let step = 1.0 / f64::from(u32::try_from(column.len()).unwrap_or(u32::MAX));
        for (idx, place) in column.iter().zip(0_u32..) {
            if let Some(known) = places.get_mut(*idx) {
                *known = (f64::from(place) + 0.5) * step;
            }
        }
    }
    places
}

fn crossings(layout: &Layout, order: &Order) -> usize {
    let places = places(layout, order);
    let place = |idx: usize| places.get(idx).copied().unwrap_or(0.0);
    let column = |stretch: &Stretch| layout.points.get(stretch.left).map(|point| point.column);
    let mut n_crossings = 0;
    for (i, one) in layout.stretches.iter().enumerate() {
        for other in layout.stretches.iter().skip(i + 1).filter(|other| column(other) == column(one)) {
            let (left, right) = (place(one.left) - place(other.left), place(one.right) - place(other.right));
            n_crossings += usize::from(left * right < 0.0);
        }
    }
    n_crossings
}

/// Moves the points of each column towards their neighbours, in their order and without touching.
fn even_out(layout: &mut Layout, order: &Order) {
    let mut neighbours: Vec<Vec<usize>> = vec![Vec::new(); layout.points.len()];
    for stretch in &layout.stretches {
        for (here, there) in [(stretch.left, stretch.right), (stretch.right, stretch.left)] {
            if let Some(list) = neighbours.get_mut(here) {
                list.push(there);
            }
        }
    }
    for column in order {
        settle(layout, column, |_| 0.0);
    }
    for round in 0..ROUNDS {
        let middles: Vec<f64> = layout.points.iter().map(|point| point.middle).collect();
        let middle = |idx: usize| middles.get(idx).copied().unwrap_or(0.0);
        let wish = |idx: usize| {
            let around = neighbours.get(idx).map(Vec::as_slice).unwrap_or_default();
            let n = f64::from(u32::try_from(around.len()).unwrap_or(u32::MAX));
            // Half of the way at a time, so that columns do not swing against each other.
            let mean = if around.is_empty() { middle(idx) } else { around.iter().map(|i| middle(*i)).sum::<f64>() / n };
            f64::midpoint(mean, middle(idx))
        };
        let all = order.iter().enumerate();
        let every_other = |(column, _): &(usize, &Vec<usize>)| column % 2 == round % 2;
        let wishes: Vec<f64> = (0..layout.points.len()).map(wish).collect();
        for (_, column) in all.filter(every_other) {
            settle(layout, column, |idx| wishes.get(idx).copied().unwrap_or(0.0));
        }
    }
    let top = layout.points.iter().map(|point| point.middle - point.height / 2.0).fold(f64::INFINITY, f64::min);
    for point in &mut layout.points {
        point.middle -= top;
    }
}

/// Puts the points of a column as near to where they wish to be as their order and distances allow, by least squares:
/// less the room above each point, the places must not fall, so neighbours that would are pooled at their mean.
fn settle(layout: &mut Layout, column: &[usize], wish: impl Fn(usize) -> f64) {
    let mut room = 0.0;
    let mut above: Option<Point> = None;
    let mut rooms = Vec::new();
    // Pools of neighbours: the sum of their wishes and how many they are.
    let mut pools: Vec<(f64, u32)> = Vec::new();
    for idx in column {
        let Some(point) = layout.points.get(*idx).copied() else { continue };
        if let Some(above) = above {
            room += f64::midpoint(above.height, point.height) + gap(above, point);
        }
        above = Some(point);
        rooms.push(room);
        pools.push((wish(*idx) - room, 1));
        while let [.., before, last] = pools.as_mut_slice()
            && before.0 / f64::from(before.1) > last.0 / f64::from(last.1)
        {
            *before = (before.0 + last.0, before.1 + last.1);
            pools.pop();
        }
    }
    let settled = pools.iter().flat_map(|(sum, n)| (0..*n).map(move |_| sum / f64::from(*n)));
    for ((idx, room), place) in column.iter().zip(rooms).zip(settled) {
        if let Some(point) = layout.points.get_mut(*idx) {
            point.middle = place + room;
        }
    }
}

fn gap(above: Point, below: Point) -> f64 {
    match (above.is_box, below.is_box) {
        (true, true) => GAPS.0,
        (false, false) => GAPS.2,
        _ => GAPS.1,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn columns_follow_layers_and_edges_and_ignore_ways_back() {
        // 0 -> 1 -> 2 in one layer, 3 alone in it; 4 in the next one, which leads back to 0.
        let edges = [(0, 1), (1, 2), (2, 4), (3, 4), (4, 0), (2, 0)];
        assert_eq!(columns(&[0, 0, 0, 0, 1], &edges), [0, 1, 2, 2, 3]);
        assert_eq!(columns(&[], &[]), Vec::<usize>::new());
    }

    #[test]
    fn nothing_touches_and_ways_have_a_stop_in_every_column() {
        let boxes = [(0, 50.0), (0, 50.0), (1, 50.0), (1, 50.0), (2, 50.0), (0, 50.0)];
        let edges = [(0, 4), (1, 4), (0, 2), (1, 3), (4, 5), (2, 4)];
        let layout = place(&boxes, &edges);
        assert_eq!(layout.points.len(), boxes.len() + 3, "stops of 0 to 4, of 1 to 4, and of the way back 4 to 5");
        for (i, one) in layout.points.iter().enumerate() {
            for other in layout.points.iter().skip(i + 1).filter(|other| other.column == one.column) {
                let apart = (one.middle - other.middle).abs() - f64::midpoint(one.height, other.height);
                assert!(apart > 3.9, "{one:?} {other:?}");
            }
        }
        for stretch in &layout.stretches {
            assert_eq!(layout.points[stretch.left].column + 1, layout.points[stretch.right].column);
        }
        let back: Vec<_> = layout.stretches.iter().filter(|stretch| stretch.edges.contains(&4)).collect();
        assert_eq!((back.len(), back[0].left, back[1].right), (2, 5, 4));
        assert!(layout.points.iter().all(|point| point.middle >= 0.0));
    }

    #[test]
    fn crossed_pairs_are_uncrossed() {
        let boxes = [(0, 50.0), (0, 50.0), (1, 50.0), (1, 50.0)];
        let layout = place(&boxes, &[(0, 3), (1, 2)]);
        let middle = |idx: usize| layout.points[idx].middle;
        assert_eq!(middle(0) < middle(1), middle(3) < middle(2));
    }
}
