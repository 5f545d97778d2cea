//! What becomes of a model's answers when its inputs are disturbed.

use redoubt_domain::settings::Table as Settings;
use redoubt_learn::augment::TextChange;
use redoubt_learn::error::Error as Unmeasured;
use redoubt_learn::random::Random;
use serde_json::{Map, Value, json};

use super::evaluate::Measured;
use super::fit::Card;
use super::judged::Judged;
use super::{Setting, StepError, count, predict};
use crate::product::Product;
use crate::table::{Column, Table};

/// How inputs are disturbed, each way by itself.
#[derive(Debug)]
pub(super) struct Robustness {
    ways: Vec<(Way, f64)>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Way {
    Noise,
    Missing,
    Text(TextChange),
}

impl Way {
    fn word(self) -> &'static str {
        match self {
            Self::Noise => "noise",
            Self::Missing => "missing",
            Self::Text(change) => change.word(),
        }
    }
}

/// The most strengths of a way; each costs one prediction of all rows.
const STRENGTHS_MAX: usize = 16;

impl Robustness {
    pub(super) fn read(table: &mut Settings<'_>) -> Self {
        let words = "how far the figures fall when what the model looks at is disturbed";
        let ways = table.table("robustness", words, |table| {
            let mut ways = Vec::new();
            let mut add = |table: &mut Settings<'_>, key, words, most, way| {
                let strengths: Vec<f64> = table.or(key, words, Vec::new());
                if strengths.len() > STRENGTHS_MAX {
                    table.refuse(key, format!("more than {STRENGTHS_MAX} strengths"));
                }
                for (item, strength) in strengths.iter().enumerate() {
                    if !(*strength > 0.0 && *strength <= most) {
                        table.refuse_item(key, item, format!("expected a number above 0 and up to {most}"), None);
                    }
                }
                ways.extend(strengths.into_iter().map(|strength| (way, strength)));
            };
            add(
                table,
                "noise",
                "normal noise on numbers, in units of each column's standard deviation",
                10.0,
                Way::Noise,
            );
            add(table, "missing", "shares of cells that go missing", 1.0, Way::Missing);
            let words = "shares of letters of texts that are mistyped";
            add(table, "typos", words, 1.0, Way::Text(TextChange::Typos));
            let words = "shares of letters of texts that become ones that look alike";
            add(table, "homoglyphs", words, 1.0, Way::Text(TextChange::Homoglyphs));
            add(table, "leet", "shares of letters of texts that become digits", 1.0, Way::Text(TextChange::Leet));
            let words = "shares of words of texts whose case changes";
            add(table, "case", words, 1.0, Way::Text(TextChange::Case));
            ways
        });
        Self { ways }
    }

    /// The figures of disturbed rows: `accuracy_noise_0_5` is the accuracy under noise of half a standard deviation. Of more
    /// classes and of two it is the accuracy, of numbers the root of the mean square error.
    pub(super) fn measure(
        &self,
        (inputs, rows): (&[(String, Product)], &Table),
        card: &Card,
        judge: impl Fn(&Card, &redoubt_learn::learners::Scores) -> Result<Judged, StepError>,
        setting: &Setting,
        measured: &mut Measured,
    ) -> Result<(), StepError> {
        let all: Vec<usize> = (0..rows.rows()).collect();
        let mut report = Map::new();
        for (at, (way, strength)) in self.ways.iter().enumerate() {
            let mut random = Random::new(setting.seed.wrapping_add(at as u64 + 1));
            let disturbed = disturbed(rows, card, *way, *strength, &mut random)?;
            let name = format!("{}_{}", way.word(), strength.to_string().replace('.', "_"));
            match predict(inputs, "model", &disturbed, "input", setting) {
                Ok((card, scores)) => {
                    let judged = judge(&card, &scores)?;
                    let headline = judged.headline();
                    let metric = judged.metrics().find(|metric| metric.id == headline);
                    let undefined = Unmeasured::Undefined { what: "the metric", why: "the target is of another kind" };
                    let value = metric.map_or(Err(undefined), |metric| metric.value(&judged, &all));
                    report.insert(name.clone(), json!(value.as_ref().ok()));
                    measured.figure(&format!("{headline}_{name}"), value);
                }
                // A learner that cannot do without a cell is not robust: that is said, and `require` will not find the figure.
                Err(StepError::Learner(reason)) => _ = report.insert(name, json!({ "refused": reason })),
                Err(other) => return Err(other),
            }
        }
        if !report.is_empty() {
            measured.report.insert("robustness".to_owned(), Value::Object(report));
        }
        Ok(())
    }
}

fn disturbed(rows: &Table, card: &Card, way: Way, strength: f64, random: &mut Random) -> Result<Table, StepError> {
    let mut table = rows.clone();
    let mut touched = false;
    for name in &card.features {
        let column = rows.column(name).map_err(super::of("input"))?;
        let column = match (way, column) {
            (Way::Noise, Column::Number(cells)) => {
                let deviation = deviation(cells);
                Column::Number(cells.iter().map(|cell| cell + strength * deviation * random.normal()).collect())
            }
            (Way::Missing, Column::Number(cells)) => {
                let gone = |cell: &f64| if random.uniform() < strength { f64::NAN } else { *cell };
                Column::Number(cells.iter().map(gone).collect())
            }
            (Way::Missing, Column::Text(cells)) => {
                let gone = |cell: &String| if random.uniform() < strength { String::new() } else { cell.clone() };
                Column::Text(cells.iter().map(gone).collect())
            }
            (Way::Text(change), Column::Text(cells)) => {
                Column::Text(cells.iter().map(|cell| change.apply(cell, strength, random)).collect())
            }
            _ => continue,
        };
        touched = true;
        table.set(name, column).map_err(super::of("input"))?;
    }
    if touched {
        return Ok(table);
    }
    let kind = if card.is_text { "text, not numbers" } else { "numbers, not text" };
    Err(StepError::Data(format!("`robustness.{}` has nothing to disturb: the model looks at {kind}", way.word())))
}

/// The standard deviation of the cells that are there.
fn deviation(cells: &[f64]) -> f64 {
    let there: Vec<f64> = cells.iter().copied().filter(|cell| !cell.is_nan()).collect();
    let rows = count(there.len().max(1));
    let mean = there.iter().sum::<f64>() / rows;
    (there.iter().map(|cell| (cell - mean).powi(2)).sum::<f64>() / rows).sqrt()
}
