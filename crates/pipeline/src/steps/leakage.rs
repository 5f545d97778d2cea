//! Whether rows to judge by are known already, or a column tells the answer.

use std::collections::BTreeMap;

use redoubt_domain::settings::Table as Settings;
use redoubt_learn::metrics::roc_auc;
use serde_json::{Map, json};

use super::similarity::Similarity;
use super::{Done, Kind, Need, Setting, StepError, Work, count, of, table};
use crate::product::{Kind as ProductKind, Product};
use crate::table::{Column, Table};

pub(super) const KIND: Kind = Kind {
    id: "leakage",
    about: "stops if rows to judge by are among those to learn from, or nearly, or if one column alone tells the target",
    revision: 1,
    read: |table| Box::new(Leakage::read(table)),
};

#[derive(Debug)]
struct Leakage {
    train: String,
    test: Vec<String>,
    similarity: Similarity,
    overlap_max: usize,
    target: Option<String>,
    association_max: f64,
    except: Vec<String>,
}

/// A column of text with more values than this is prose or a name, and its association with anything is high by chance.
const VALUES_MAX: usize = 100;
/// Values with fewer rows than this are taken together.
const VALUE_ROWS_MIN: usize = 5;
/// Rows of a report.
const SHOWN_MAX: usize = 100;

impl Leakage {
    fn read(table: &mut Settings<'_>) -> Self {
        let train = table.require("train", "the rows to learn from", String::new());
        let test: Vec<String> = table.or("test", "tables of rows to choose or judge by", Vec::new());
        let similarity = Similarity::read(table);
        let overlap_max = table.or("overlap_max", "the most rows of `test` that may be known", 0_usize);
        let target =
            table.get("target", "the column to learn; with it each other column of `train` is looked at by itself");
        let words = "the strongest association with the target that one column may have, 1 being that it tells it: for numbers \
                     Somers' D with two classes and else Pearson's correlation, for categories the share of the target's \
                     entropy (or variance) that they explain";
        let association_max = table.or("association_max", words, 0.98);
        if !(0.0..=1.0).contains(&association_max) {
            table.refuse("association_max", "expected a number from 0 to 1");
        }
        let except = table.or("except", "columns that are not looked at", Vec::new());
        if test.is_empty() && target.is_none() && table.has("train") {
            table.refuse("test", "there is nothing to check: give `test`, `target` or both");
        }
        Self { train, test, similarity, overlap_max, target, association_max, except }
    }

    /// How much each column tells of the target.
    fn associations(&self, rows: &Table, target: &str) -> Result<BTreeMap<String, f64>, StepError> {
        let answer = rows.column(target).map_err(of("train"))?;
        for name in &self.except {
            rows.column(name).map_err(of("train"))?;
        }
        let mut found = BTreeMap::new();
        for (name, column) in
            rows.iter().filter(|(name, _)| *name != target && !self.except.iter().any(|no| no == name))
        {
            found.extend(association(column, answer).map(|share| (name.to_owned(), share)));
        }
        Ok(found)
    }
}

/// None if there is nothing to compare, or too many values for a comparison to mean something.
fn association(column: &Column, answer: &Column) -> Option<f64> {
    let there: Vec<usize> =
        (0..column.len()).filter(|row| !column.is_missing(*row) && !answer.is_missing(*row)).collect();
    match (column, answer) {
        (Column::Number(cells), Column::Number(answers)) if distinct(answer, &there) > 2 => {
            let pairs: Vec<(f64, f64)> =
                there.iter().filter_map(|row| Some((*cells.get(*row)?, *answers.get(*row)?))).collect();
            correlation(&pairs)
        }
        (Column::Number(cells), _) if distinct(answer, &there) == 2 => {
            let first = answer.written(*there.first()?);
            let yes: Vec<bool> = there.iter().map(|row| answer.written(*row) != first).collect();
            let scores: Vec<f64> = there.iter().filter_map(|row| cells.get(*row).copied()).collect();
            roc_auc(&yes, &scores).ok().map(|area| (2.0 * area - 1.0).abs())
        }
        (Column::Number(_), _) => None,
        (Column::Text(cells), _) => {
            let mut sizes: BTreeMap<&str, usize> = BTreeMap::new();
            for cell in there.iter().filter_map(|row| cells.get(*row)) {
                *sizes.entry(cell).or_default() += 1;
            }
            if sizes.len() > VALUES_MAX {
                return None;
            }
            let value = |row: usize| cells.get(row).map_or("", String::as_str);
            let value =
                |row| if sizes.get(value(row)).is_some_and(|rows| *rows >= VALUE_ROWS_MIN) { value(row) } else { "" };
            match answer {
                Column::Number(answers) if distinct(answer, &there) > 2 => {
                    explained_variance(there.iter().filter_map(|row| Some((value(*row), *answers.get(*row)?))))
                }
                _ => explained_entropy(there.iter().map(|row| (value(*row), answer.written(*row)))),
            }
        }
    }
}

fn distinct(column: &Column, rows: &[usize]) -> usize {
    let mut values: Vec<String> = rows.iter().map(|row| column.written(*row)).collect();
    values.sort_unstable();
    values.dedup();
    values.len()
}

fn correlation(pairs: &[(f64, f64)]) -> Option<f64> {
    let rows = count(pairs.len().max(1));
    let (x, y) = pairs.iter().fold((0.0, 0.0), |(x, y), pair| (x + pair.0 / rows, y + pair.1 / rows));
    let (mut xx, mut xy, mut yy) = (0.0, 0.0, 0.0);
    for (one, other) in pairs {
        xx += (one - x).powi(2);
        yy += (other - y).powi(2);
        xy += (one - x) * (other - y);
    }
    let share = (xy / (xx * yy).sqrt()).abs();
    share.is_finite().then_some(share)
}

/// The correlation ratio (Pearson 1905), squared: the share of the variance that lies between values.
fn explained_variance<'a>(pairs: impl Iterator<Item = (&'a str, f64)>) -> Option<f64> {
    let mut groups: BTreeMap<&str, Vec<f64>> = BTreeMap::new();
    for (value, number) in pairs {
        groups.entry(value).or_default().push(number);
    }
    let mean = |numbers: &[f64]| numbers.iter().sum::<f64>() / count(numbers.len().max(1));
    let all: Vec<f64> = groups.values().flatten().copied().collect();
    let middle = mean(&all);
    let total: f64 = all.iter().map(|number| (number - middle).powi(2)).sum();
    let between: f64 = groups.values().map(|own| count(own.len()) * (mean(own) - middle).powi(2)).sum();
    (total > 0.0).then(|| (between / total).min(1.0))
}

/// The uncertainty coefficient (Theil 1970): mutual information over the entropy of the answer.
fn explained_entropy<'a>(pairs: impl Iterator<Item = (&'a str, String)>) -> Option<f64> {
    let (mut both, mut values, mut answers) = (BTreeMap::new(), BTreeMap::new(), BTreeMap::new());
    let mut rows = 0_usize;
    for (value, answer) in pairs {
        *values.entry(value).or_insert(0_usize) += 1;
        *answers.entry(answer.clone()).or_insert(0_usize) += 1;
        *both.entry((value, answer)).or_insert(0_usize) += 1;
        rows += 1;
    }
    let entropy = |counts: &mut dyn Iterator<Item = usize>| -> f64 {
        counts.map(|part| count(part) / count(rows.max(1))).map(|share| -share * share.ln()).sum()
    };
    let of_answer = entropy(&mut answers.values().copied());
    let mutual = of_answer + entropy(&mut values.values().copied()) - entropy(&mut both.values().copied());
    (of_answer > 0.0).then(|| (mutual / of_answer).clamp(0.0, 1.0))
}

impl Work for Leakage {
    fn needs(&self) -> Vec<Need> {
        let test = self.test.iter().enumerate();
        let test = test.map(|(item, other)| Need { item: Some(item), ..Need::table("test", other) });
        std::iter::once(Need::table("train", &self.train)).chain(test).collect()
    }

    fn makes(&self) -> Vec<(String, ProductKind)> {
        vec![("report".to_owned(), ProductKind::Report)]
    }

    fn names_count(&self) -> bool {
        true
    }

    fn is_random(&self) -> bool {
        self.similarity.is_random()
    }

    fn run(&self, inputs: &[(String, Product)], setting: &Setting) -> Result<Done, StepError> {
        let rows = table(inputs, "train")?;
        let mut known = self.similarity.known(setting.seed)?;
        known.look(rows, "train", Some(0))?;
        let (mut overlaps, mut tested, mut shown) = (0, 0, Map::new());
        let mut first = None;
        for need in self.needs().iter().skip(1) {
            let role = need.role();
            let test = table(inputs, &role)?;
            tested += test.rows();
            let mut pairs = Vec::new();
            for (row, found) in known.look(test, &role, None)?.into_iter().enumerate() {
                let Some(found) = found else { continue };
                overlaps += 1;
                first.get_or_insert_with(|| format!("row {} of `{}` is row {}", row + 1, need.reference, found.of + 1));
                if pairs.len() < SHOWN_MAX {
                    pairs.push(json!({ "row": row + 1, "train_row": found.of + 1, "similarity": found.similarity }));
                }
            }
            shown.insert(need.reference.clone(), json!(pairs));
        }
        if overlaps > self.overlap_max {
            let first = first.unwrap_or_default();
            let reason = format!(
                "{overlaps} of {tested} rows to judge by are known from `{}`, and `overlap_max` allows {}: {first}; leave them \
                 out by a step `deduplicate`, or split by `group`",
                self.train, self.overlap_max
            );
            return Err(StepError::Demand(reason));
        }
        let mut figures = BTreeMap::from([("overlapping_rows".to_owned(), count(overlaps))]);
        let mut associations = BTreeMap::new();
        if let Some(target) = &self.target {
            associations = self.associations(rows, target)?;
            let strongest = associations.iter().max_by(|one, other| one.1.total_cmp(other.1));
            figures.insert("association_max".to_owned(), strongest.map_or(0.0, |(_, share)| *share));
            if let Some((name, share)) = strongest.filter(|(_, share)| **share > self.association_max) {
                let reason = format!(
                    "`{name}` alone tells `{target}`: their association is {share:.4}, and `association_max` allows {}; drop the \
                     column, or name it in `except` if it is known when the model is asked",
                    self.association_max
                );
                return Err(StepError::Demand(reason));
            }
        }
        let report = json!({ "version": 1, "overlaps": shown, "associations": associations });
        Ok(Done { products: vec![("report".to_owned(), Product::Report(report))], figures })
    }
}
