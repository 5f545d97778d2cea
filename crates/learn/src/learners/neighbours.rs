//! Nearest neighbours (Fix and Hodges 1951), exact: by a tree of boxes in few columns, by all distances in many.

mod boxes;
mod nearest;
mod panels;

use std::num::NonZeroUsize;

use self::boxes::Boxes;
use self::nearest::Nearest;
use self::panels::Panels;
use super::examples::table_of;
use super::file::{FileError, Reader, Writer};
use super::linear::Design;
use super::parameters::{Checked, Parameter};
use super::{
    CLASSES_MAX, Examples, ExamplesError, InputKind, Inputs, Learner, Model, Scores, Setting, Spec, Task, parallel,
};
use crate::learners::table::{COLUMNS_MAX, ROWS_MAX};

const ID: &str = "k_nearest_neighbors";

/// So many rows are scored by one thread at a time.
const ROWS_IN_PART: usize = 64;

pub(super) const SPEC: Spec = Spec {
    id: ID,
    about: "the mean of the nearest examples; nothing to tune, but it keeps all of them and answers slowly",
    revision: 1,
    inputs: InputKind::Table,
    tasks: &[Task::Classification, Task::Regression],
    parameters: &[
        Parameter::integer("neighbors", 5, 1, 1000, "how many neighbours are asked"),
        Parameter::choice("metric", "euclidean", &["euclidean", "cosine"], "what is near"),
        Parameter::choice("weights", "uniform", &["uniform", "distance"], "whether nearer neighbours count for more"),
        Parameter::boolean(
            "standardize",
            true,
            "whether columns have mean 0 and deviation 1 where distances are taken",
        ),
    ],
    make: |parameters| Box::new(NearestNeighbors::new(parameters)),
    load: |file| Ok(Box::new(Neighbors::read(file)?)),
};

#[derive(Debug)]
struct NearestNeighbors {
    neighbors: usize,
    is_cosine: bool,
    by_distance: bool,
    standardize: bool,
}

impl NearestNeighbors {
    fn new(parameters: &Checked) -> Self {
        Self {
            neighbors: parameters.whole("neighbors"),
            is_cosine: parameters.word("metric") == "cosine",
            by_distance: parameters.word("weights") == "distance",
            standardize: parameters.boolean("standardize"),
        }
    }
}

impl Learner for NearestNeighbors {
    fn id(&self) -> &'static str {
        ID
    }

    fn fit(&self, training: &Examples<'_>, _: &Setting<'_>) -> Result<Box<dyn Model>, ExamplesError> {
        let design = Design::new(training.table(ID)?, training, self.standardize);
        let kept: Vec<usize> = (0..design.rows).filter(|row| training.weight(*row) > 0.0).collect();
        let mut points = Vec::with_capacity(kept.len() * design.columns);
        for row in &kept {
            points.extend_from_slice(design.row(*row));
        }
        if self.is_cosine {
            points.chunks_exact_mut(design.columns).for_each(normalize);
        }
        if !points.iter().chain(&design.means).chain(&design.scales).all(|number| number.is_finite()) {
            return Err(ExamplesError::NotFinite(ID));
        }
        Ok(Box::new(Neighbors {
            neighbors: self.neighbors,
            is_cosine: self.is_cosine,
            by_distance: self.by_distance,
            classes: training.classes(),
            targets: kept.iter().map(|row| training.number(*row)).collect(),
            weights: kept.iter().map(|row| training.weight(*row)).collect(),
            points: Points::new(points, design.columns),
            means: design.means,
            shifts: design.shifts,
            scales: design.scales,
        }))
    }
}

/// Makes the length one: then the nearest by Euclid are the nearest by angle.
fn normalize(row: &mut [f64]) {
    let length = super::linear::dot(row, row).sqrt();
    if length > 0.0 {
        row.iter_mut().for_each(|value| *value /= length);
    }
}

/// Up to so many columns boxes spare more than they cost.
const COLUMNS_IN_BOXES_MAX: usize = 12;

/// Points that can be searched.
#[derive(Debug)]
enum Points {
    Boxes(Boxes),
    Panels(Panels),
}

impl Points {
    fn new(points: Vec<f64>, columns: usize) -> Self {
        if columns <= COLUMNS_IN_BOXES_MAX {
            Self::Boxes(Boxes::new(points, columns))
        } else {
            Self::Panels(Panels::new(points, columns))
        }
    }

    /// The points in the order in which they were given.
    fn given(&self) -> Vec<f64> {
        match self {
            Self::Boxes(boxes) => boxes.points(),
            Self::Panels(panels) => panels.points().to_vec(),
        }
    }

    /// The nearest of each question.
    fn search(&self, questions: &[f64], columns: usize, neighbors: usize) -> Vec<Nearest> {
        let mut nearest: Vec<Nearest> = questions.chunks_exact(columns).map(|_| Nearest::new(neighbors)).collect();
        match self {
            Self::Panels(panels) => panels.search(questions, &mut nearest),
            Self::Boxes(boxes) => {
                let mut open = Vec::new();
                for (question, nearest) in questions.chunks_exact(columns).zip(&mut nearest) {
                    boxes.search(question, nearest, &mut open);
                }
            }
        }
        nearest
    }
}

#[derive(Debug)]
struct Neighbors {
    neighbors: usize,
    is_cosine: bool,
    by_distance: bool,
    classes: Option<usize>,
    targets: Vec<f64>,
    weights: Vec<f64>,
    points: Points,
    means: Vec<f64>,
    shifts: Vec<f64>,
    scales: Vec<f64>,
}

impl Neighbors {
    fn read(file: &Reader<'_>) -> Result<Self, FileError> {
        let columns = file.count("columns", 1, COLUMNS_MAX)?;
        let rows = file.count("rows", 1, ROWS_MAX)?;
        let classes = match file.count("classes", 0, CLASSES_MAX)? {
            0 => None,
            classes => Some(classes),
        };
        let length = rows.checked_mul(columns).ok_or(FileError::Damaged("rows"))?;
        let points = file.f64s_of("point", length)?;
        let targets = file.f64s_of("target", rows)?;
        if let Some(classes) = classes
            && !targets.iter().all(|target| (0.0..classes as f64).contains(target))
        {
            return Err(FileError::Damaged("target"));
        }
        let weights = file.f64s_of("weight", rows)?;
        let scales = file.f64s_of("scale", columns)?;
        if !weights.iter().chain(&scales).all(|number| *number > 0.0) {
            return Err(FileError::Damaged("weight"));
        }
        Ok(Self {
            neighbors: file.count("neighbors", 1, 1000)?,
            is_cosine: file.word("metric")? == "cosine",
            by_distance: file.word("weights")? == "distance",
            classes,
            targets,
            weights,
            points: Points::new(points, columns),
            means: file.f64s_of("mean", columns)?,
            shifts: file.f64s_of("shift", columns)?,
            scales,
        })
    }

    /// What the neighbours say, by squared distance and row.
    fn vote(&self, found: &[(f64, u32)], scores: &mut [f64]) {
        let is_exact = found.iter().any(|(square, _)| *square == 0.0);
        let mut total = 0.0;
        scores.fill(0.0);
        for (square, row) in found {
            let row = *row as usize;
            let nearness = match (self.by_distance, is_exact) {
                (false, _) => 1.0,
                // Who is in the very place has the say.
                (true, true) => f64::from(u8::from(*square == 0.0)),
                (true, false) => 1.0 / square.sqrt(),
            };
            let weight = nearness * self.weights.get(row).copied().unwrap_or(0.0);
            let target = self.targets.get(row).copied().unwrap_or(0.0);
            total += weight;
            #[expect(clippy::cast_sign_loss, clippy::cast_possible_truncation, reason = "a class")]
            let (place, value) = if self.classes.is_some() { (target as usize, 1.0) } else { (0, target) };
            if let Some(score) = scores.get_mut(place) {
                *score += weight * value;
            }
        }
        scores.iter_mut().for_each(|score| *score /= total);
    }
}

impl Model for Neighbors {
    fn learner(&self) -> &'static str {
        ID
    }

    fn outputs(&self) -> usize {
        self.classes.unwrap_or(1)
    }

    fn predict(&self, inputs: &Inputs<'_>, threads: NonZeroUsize) -> Result<Scores, ExamplesError> {
        let columns = self.means.len();
        let table = table_of(ID, inputs, columns)?;
        let outputs = self.outputs();
        let mut scores = vec![0.0; table.rows() * outputs];
        parallel::fill(threads, &mut scores, ROWS_IN_PART * outputs, |part, scores| {
            let rows = table.values().get(part * ROWS_IN_PART * columns..).unwrap_or_default().chunks_exact(columns);
            let mut questions = Vec::with_capacity(ROWS_IN_PART * columns);
            for row in rows.take(ROWS_IN_PART) {
                let places = row.iter().zip(&self.means).zip(self.shifts.iter().zip(&self.scales));
                questions.extend(places.map(|((value, mean), (shift, scale))| {
                    ((if value.is_nan() { *mean } else { *value }) - shift) / scale
                }));
            }
            if self.is_cosine {
                questions.chunks_exact_mut(columns).for_each(normalize);
            }
            let nearest = self.points.search(&questions, columns, self.neighbors);
            for (nearest, scores) in nearest.iter().zip(scores.chunks_exact_mut(outputs)) {
                self.vote(nearest.found(), scores);
            }
        });
        Ok(Scores::new(scores, outputs))
    }

    fn importance(&self) -> Option<Vec<f64>> {
        None
    }

    fn to_bytes(&self) -> Vec<u8> {
        Writer::new(ID)
            .word("columns", self.means.len())
            .word("rows", self.targets.len())
            .word("classes", self.classes.unwrap_or(0))
            .word("neighbors", self.neighbors)
            .word("metric", if self.is_cosine { "cosine" } else { "euclidean" })
            .word("weights", if self.by_distance { "distance" } else { "uniform" })
            .f64s("point", &self.points.given())
            .f64s("target", &self.targets)
            .f64s("weight", &self.weights)
            .f64s("mean", &self.means)
            .f64s("shift", &self.shifts)
            .f64s("scale", &self.scales)
            .finish()
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::{Boxes, Panels, Points};

    proptest! {
        #[test]
        fn both_ways_find_what_looking_at_all_finds(
            columns in 1_usize..20,
            values in prop::collection::vec(-3_i8..3, 20..1200),
            neighbors in 1_usize..20,
            scale in prop::sample::select(vec![1.0, 1e-30, 0.3, 1e18, 1e30, 1e150]),
        ) {
            let count = values.len() / columns;
            let points: Vec<f64> = values[..count * columns].iter().map(|value| f64::from(*value) * scale).collect();
            let questions = &points[..count.min(7) * columns];
            for tree in [
                Points::Boxes(Boxes::new(points.clone(), columns)),
                Points::Panels(Panels::new(points.clone(), columns)),
            ] {
                prop_assert_eq!(&tree.given(), &points);
                let found = tree.search(questions, columns, neighbors);
                for (question, nearest) in questions.chunks_exact(columns).zip(&found) {
                    let square = |other: &[f64]| other.iter().zip(question).map(|(a, b)| (a - b) * (a - b)).sum::<f64>();
                    let mut all: Vec<f64> = points.chunks_exact(columns).map(square).collect();
                    all.sort_by(f64::total_cmp);
                    prop_assert_eq!(nearest.found().len(), neighbors.min(count));
                    for ((found, row), expected) in nearest.found().iter().zip(all) {
                        prop_assert!((found - expected).abs() <= 1e-12 * expected, "{} {}", found, expected);
                        let point = &points[*row as usize * columns..][..columns];
                        prop_assert!((square(point) - expected).abs() <= 1e-12 * expected);
                    }
                }
            }
        }
    }
}
