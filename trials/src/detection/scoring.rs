//! What the guard says of each text.

use redoubt_domain::exchange::{Direction, Origin};
use redoubt_guard::Engine;

use super::row::Row;
use super::sets::{Set, Task};
use super::statistics::{Share, Threshold};

/// A text and what the default profile's engine made of it.
pub(super) struct Scored {
    pub(super) row: Row,
    pub(super) scores: Scores,
}

#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub(super) struct Scores {
    attack: f32,
    toxicity: f32,
    harm: f32,
    /// Whether the default profile lets the text through, changed or not.
    pub(super) passes: bool,
}

impl Scores {
    pub(super) fn of(engine: &Engine, text: &str, origin: Origin) -> Self {
        let scan = engine.scan(text, origin, Direction::Input);
        Self {
            attack: scan.scores.prompt_injection.max(scan.scores.jailbreak),
            toxicity: scan.scores.toxicity,
            harm: scan.categories.iter().map(|(_, score)| *score).fold(0.0, f32::max),
            passes: scan.action.passes(),
        }
    }

    /// The score that counts for a task.
    pub(super) fn of_task(&self, task: Task) -> f32 {
        match task {
            // What is only learned from is an ordinary text to everybody else.
            Task::Attack | Task::Background => self.attack,
            Task::Toxicity => self.toxicity,
            Task::Harm => self.harm,
        }
    }
}

/// A set with what the guard said of it.
pub(super) struct ScoredSet {
    pub(super) set: &'static Set,
    pub(super) rows: Vec<Scored>,
}

impl ScoredSet {
    pub(super) fn new(engine: &Engine, set: &'static Set, rows: Vec<Row>) -> Self {
        let one = |row: Row| Scored { scores: Scores::of(engine, &row.text, row.origin), row };
        Self { set, rows: rows.into_iter().map(one).collect() }
    }

    pub(super) fn with_label(&self, is_positive: bool) -> impl Iterator<Item = &Scored> {
        self.rows.iter().filter(move |scored| scored.row.is_positive == is_positive)
    }

    pub(super) fn scores(&self, is_positive: bool) -> Vec<f32> {
        self.with_label(is_positive).map(|scored| scored.scores.of_task(self.set.task)).collect()
    }
}

/// On which side of the model a text stands. Instructions are a user's right, and in data they are an attack: one
/// threshold for both would be wrong for both.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Side {
    Asked,
    Read,
}

impl Side {
    pub(super) const ALL: [Self; 2] = [Self::Asked, Self::Read];

    pub(super) fn of(origin: Origin) -> Self {
        match origin {
            Origin::Tool | Origin::Retrieved => Self::Read,
            Origin::System | Origin::Developer | Origin::User | Origin::Assistant => Self::Asked,
        }
    }

    pub(super) fn name(self) -> &'static str {
        match self {
            Self::Asked => "user",
            Self::Read => "tool and retrieved",
        }
    }
}

/// The harmless rows of one side together, and the thresholds on them.
pub(super) struct Point {
    pub(super) task: Task,
    pub(super) side: Side,
    /// The scores of the pool.
    pub(super) pool: Vec<f32>,
    /// At one false positive in a hundred.
    pub(super) hundredth: Option<Threshold>,
    /// At one in a thousand.
    pub(super) thousandth: Option<Threshold>,
}

impl Point {
    pub(super) fn new(task: Task, side: Side, sets: &[ScoredSet]) -> Self {
        // Toxic and harmful texts are told from the same ordinary ones as attacks are.
        let pool: Vec<f32> = harmless(sets, side).map(|scored| scored.scores.of_task(task)).collect();
        let (hundredth, thousandth) = (Threshold::at(&pool, 0.01), Threshold::at(&pool, 0.001));
        Self { task, side, pool, hundredth, thousandth }
    }

    /// The point for a task and a side.
    pub(super) fn find(points: &[Self], task: Task, side: Side) -> Option<&Self> {
        points.iter().find(|point| point.task == task && point.side == side)
    }
}

/// The harmless rows of the attack sets on one side.
pub(super) fn harmless(sets: &[ScoredSet], side: Side) -> impl Iterator<Item = &Scored> {
    let attack_sets = sets.iter().filter(|scored| scored.set.task == Task::Attack);
    attack_sets.flat_map(|scored| scored.with_label(false)).filter(move |scored| Side::of(scored.row.origin) == side)
}

/// How many score above a threshold.
pub(super) fn flagged<'a>(
    rows: impl IntoIterator<Item = &'a Scored>,
    task: Task,
    threshold: Option<Threshold>,
) -> Option<Share> {
    let threshold = threshold?;
    Some(Share::count(rows, |scored| threshold.flags(scored.scores.of_task(task))))
}

/// How many the default profile stops.
pub(super) fn stopped<'a>(rows: impl IntoIterator<Item = &'a Scored>) -> Share {
    Share::count(rows, |scored| !scored.scores.passes)
}
