//! Leaving out rows that are there already.

use std::collections::BTreeMap;

use redoubt_domain::settings::Table as Settings;
use serde_json::{Value, json};

use super::similarity::Similarity;
use super::{Done, Kind, Need, Setting, StepError, Work, count, of, rows_and_quarantine, table};
use crate::product::{Kind as ProductKind, Product};
use crate::table::Column;

pub(super) const KIND: Kind = Kind {
    id: "deduplicate",
    about: "keeps the first of rows that are the same, or whose texts nearly are; the others go to quarantine with the row that \
            they repeat",
    revision: 1,
    read: |table| Box::new(Deduplicate::read(table)),
};

#[derive(Debug)]
struct Deduplicate {
    input: String,
    against: Vec<String>,
    similarity: Similarity,
    share_max: f64,
}

/// The most clusters in a report.
const CLUSTERS_MAX: usize = 1_000;

impl Deduplicate {
    fn read(table: &mut Settings<'_>) -> Self {
        let input = table.require("input", "the rows", String::new());
        let words = "tables whose rows count as there already, such as those to judge by";
        let against = table.or("against", words, Vec::new());
        let similarity = Similarity::read(table);
        let words = "the largest share of rows that may go; more stop the pipeline";
        let share_max = table.or("removed_share_max", words, 1.0);
        if !(0.0..=1.0).contains(&share_max) {
            table.refuse("removed_share_max", "expected a share from 0 to 1");
        }
        Self { input, against, similarity, share_max }
    }
}

impl Work for Deduplicate {
    fn needs(&self) -> Vec<Need> {
        let against = self.against.iter().enumerate();
        let against = against.map(|(item, other)| Need { item: Some(item), ..Need::table("against", other) });
        std::iter::once(Need::table("input", &self.input)).chain(against).collect()
    }

    fn makes(&self) -> Vec<(String, ProductKind)> {
        rows_and_quarantine()
    }

    fn names_count(&self) -> bool {
        true
    }

    fn is_random(&self) -> bool {
        self.similarity.is_random()
    }

    fn run(&self, inputs: &[(String, Product)], setting: &Setting) -> Result<Done, StepError> {
        let rows = table(inputs, "input")?;
        let mut known = self.similarity.known(setting.seed)?;
        // Numbers from `starts[table]` on are rows of that table, and below all of them those of `input`.
        let mut starts = Vec::new();
        let mut next = rows.rows();
        for need in self.needs().iter().skip(1) {
            let role = need.role();
            let other = table(inputs, &role)?;
            known.look(other, &role, Some(next))?;
            starts.push((next, need.reference.clone()));
            next += other.rows();
        }
        let found = known.look(rows, "input", Some(0))?;
        let mut clusters: BTreeMap<usize, Vec<(usize, f64)>> = BTreeMap::new();
        let (mut kept, mut gone, mut reasons) = (Vec::new(), Vec::new(), Vec::new());
        let place = |number: usize| match starts.iter().rev().find(|(start, _)| number >= *start) {
            Some((start, name)) => format!("row {} of `{name}`", number - start + 1),
            None => format!("row {}", number + 1),
        };
        for (row, found) in found.iter().enumerate() {
            match found {
                None => kept.push(row),
                Some(found) => {
                    gone.push(row);
                    let share = found.similarity;
                    let how =
                        if share >= 1.0 { "the same as".to_owned() } else { format!("{:.0} % of", share * 100.0) };
                    reasons.push(format!("{how} {}", place(found.of)));
                    clusters.entry(found.of).or_default().push((row + 1, share));
                }
            }
        }
        let share = count(gone.len()) / count(rows.rows().max(1));
        if share > self.share_max {
            let first = gone.first().zip(reasons.first());
            let first = first.map(|(row, reason)| format!("; row {} is {reason}", row + 1)).unwrap_or_default();
            let most = self.share_max * 100.0;
            let reason = format!(
                "{} of {} rows are there already, and `removed_share_max` allows {most} %{first}",
                gone.len(),
                rows.rows()
            );
            return Err(StepError::Demand(reason));
        }
        let mut quarantine = rows.take(&gone);
        quarantine.set("reasons", Column::Text(reasons)).map_err(of("input"))?;
        let mut by_size: Vec<(&usize, &Vec<(usize, f64)>)> = clusters.iter().collect();
        by_size.sort_by(|one, other| other.1.len().cmp(&one.1.len()).then(one.0.cmp(other.0)));
        let shown: Vec<Value> = by_size
            .iter()
            .take(CLUSTERS_MAX)
            .map(|(first, repeats)| json!({ "kept": place(**first), "repeated_by_rows": repeats }))
            .collect();
        let report = json!({
            "version": 1, "rows": rows.rows(), "kept": kept.len(), "removed": gone.len(),
            "clusters": clusters.len(), "largest": shown,
        });
        let largest = by_size.first().map_or(0, |(_, repeats)| repeats.len() + 1);
        Ok(Done {
            figures: BTreeMap::from([
                ("rows".to_owned(), count(kept.len())),
                ("removed".to_owned(), count(gone.len())),
                ("removed_share".to_owned(), share),
                ("clusters".to_owned(), count(clusters.len())),
                ("largest_cluster".to_owned(), count(largest)),
            ]),
            products: vec![
                ("table".to_owned(), Product::Table(rows.take(&kept))),
                ("quarantine".to_owned(), Product::Table(quarantine)),
                ("report".to_owned(), Product::Report(report)),
            ],
        })
    }
}
