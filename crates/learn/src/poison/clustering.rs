//! Activation clustering.

use super::{by_class, principal};
use crate::error::Result;
use crate::matrix::{Matrix, square_distance};
use crate::random::Random;

const STARTS: usize = 10;
const ROUNDS_MAX: usize = 100;
/// Rows of which the silhouette is computed; more would take a minute.
const SILHOUETTE_ROWS: usize = 2000;

/// The two clusters of a label.
#[derive(Debug, Clone, PartialEq)]
pub struct Clusters {
    /// The label.
    pub class: usize,
    /// The rows of the smaller cluster.
    pub smaller: Vec<usize>,
    /// Its share of the label's rows, at most one half: poison makes it small.
    pub share: f64,
    /// How well the clusters are apart, `-1..=1` (Rousseeuw 1987); for reporting alone.
    pub silhouette: f64,
}

/// Each label's rows, on their first `components` principal axes, in two clusters by k-means (Chen et al. 2018). Below about a
/// third of poison the smaller cluster is seldom the poison: report it, do not act on it. Labels with fewer than four rows
/// are left out.
///
/// # Errors
/// If the lengths differ, a label is not below `classes`, or the axes cannot be found.
pub fn activation_clustering(
    rows: &Matrix,
    labels: &[usize],
    classes: usize,
    components: usize,
    random: &mut Random,
) -> Result<Vec<Clusters>> {
    let mut found = Vec::new();
    for (class, own) in by_class(rows, labels, classes)?.into_iter().enumerate().filter(|(_, own)| own.len() >= 4) {
        let reduced = principal(&rows.select(&own)?, components.min(rows.columns()))?;
        let is_second = two_means(&reduced, random);
        let second = is_second.iter().filter(|is| **is).count();
        let smaller_is_second = second * 2 <= own.len();
        let smaller: Vec<usize> =
            own.iter().zip(&is_second).filter(|(_, is)| **is == smaller_is_second).map(|(row, _)| *row).collect();
        let share = smaller.len() as f64 / own.len() as f64;
        found.push(Clusters { class, share, silhouette: silhouette(&reduced, &is_second), smaller });
    }
    Ok(found)
}

/// The best of several starts of Lloyd's algorithm, seeded by k-means++ (Arthur and Vassilvitskii 2007).
fn two_means(rows: &Matrix, random: &mut Random) -> Vec<bool> {
    let mut best = (f64::INFINITY, vec![false; rows.rows()]);
    for _ in 0..STARTS {
        let first = rows.row(random.below(rows.rows())).to_vec();
        let far: Vec<f64> = rows.iter().map(|row| square_distance(row, &first)).collect();
        let mut left = random.uniform() * far.iter().sum::<f64>();
        let second = far.iter().position(|distance| {
            left -= distance;
            left < 0.0
        });
        let mut centres = [first, rows.row(second.unwrap_or(0)).to_vec()];
        let mut sides = vec![false; rows.rows()];
        let mut inertia = f64::INFINITY;
        for _ in 0..ROUNDS_MAX {
            let mut now = 0.0;
            for (row, side) in rows.iter().zip(&mut sides) {
                let [to_first, to_second] =
                    [0, 1].map(|at: usize| centres.get(at).map_or(0.0, |own| square_distance(row, own)));
                *side = to_second < to_first;
                now += to_first.min(to_second);
            }
            for (at, centre) in centres.iter_mut().enumerate() {
                let mut count = 0.0;
                let mut sum = vec![0.0; centre.len()];
                for (row, _) in rows.iter().zip(&sides).filter(|(_, side)| **side == (at == 1)) {
                    count += 1.0;
                    sum.iter_mut().zip(row).for_each(|(sum, value)| *sum += value);
                }
                if count > 0.0 {
                    centre.iter_mut().zip(sum).for_each(|(own, sum)| *own = sum / count);
                }
            }
            if now >= inertia {
                break;
            }
            inertia = now;
        }
        if inertia < best.0 {
            best = (inertia, sides);
        }
    }
    best.1
}

fn silhouette(rows: &Matrix, sides: &[bool]) -> f64 {
    let rows: Vec<(&[f64], bool)> = rows.iter().zip(sides.iter().copied()).take(SILHOUETTE_ROWS).collect();
    let mut sum = 0.0;
    for (at, (row, side)) in rows.iter().enumerate() {
        let (mut own, mut other, mut of_own, mut of_other) = (0.0, 0.0, 0.0, 0.0);
        for (_, (point, theirs)) in rows.iter().enumerate().filter(|(place, _)| *place != at) {
            let distance = square_distance(row, point).sqrt();
            if theirs == side {
                own += distance;
                of_own += 1.0;
            } else {
                other += distance;
                of_other += 1.0;
            }
        }
        if of_own > 0.0 && of_other > 0.0 {
            let (within, between) = (own / of_own, other / of_other);
            sum += (between - within) / within.max(between).max(f64::MIN_POSITIVE);
        }
    }
    sum / rows.len().max(1) as f64
}
