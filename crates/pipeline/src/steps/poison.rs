//! Rows that somebody may have planted.

use std::collections::BTreeMap;

use redoubt_domain::settings::Table as Settings;

use super::{Done, Kind, Need, Setting, StepError, Work, count, of, rows_and_quarantine, table};
use crate::poison;
use crate::product::{Kind as ProductKind, Product};
use crate::table::Column;

pub(super) const KIND: Kind = Kind {
    id: "poison",
    about: "looks for planted rows, by words that decide a class and by what trusted rows say; what is suspected goes to \
            quarantine with its reasons, and an alarm stops the pipeline",
    revision: 1,
    read: |table| Box::new(Poison::read(table)),
};

#[derive(Debug)]
struct Poison {
    input: String,
    target: String,
    text: Option<String>,
    trusted: Option<String>,
    stops: bool,
    quarantine_max: f64,
}

impl Poison {
    fn read(table: &mut Settings<'_>) -> Self {
        let input = table.require("input", "the rows to learn from", String::new());
        let target = table.require("target", "the column with the class", String::new());
        let text = table.get("text", "a column of text, in which to look for words that decide the class");
        let words = "rows that are known to be good, of every class: a hundred or more; without `text` each row is compared with \
                     the nearest of them by its columns of numbers, with `text` words that stand there are left out";
        let trusted = table.get("trusted", words);
        if text.is_none() && trusted.is_none() && table.has("input") {
            table.refuse("input", "there is nothing to go by: give `text`, `trusted` or both");
        }
        let ways = [("stop", true), ("go_on", false)];
        let stops = table.choose("on_alarm", "what an alarm does", &ways, true, "stop");
        let quarantine_max = table.or("quarantine_max", "the largest share of rows that may go to quarantine", 0.2);
        if !(0.0..=1.0).contains(&quarantine_max) {
            table.refuse("quarantine_max", "expected a share from 0 to 1");
        }
        Self { input, target, text, trusted, stops, quarantine_max }
    }
}

impl Work for Poison {
    fn needs(&self) -> Vec<Need> {
        let trusted = self.trusted.iter().map(|reference| Need::table("trusted", reference));
        std::iter::once(Need::table("input", &self.input)).chain(trusted).collect()
    }

    fn makes(&self) -> Vec<(String, ProductKind)> {
        rows_and_quarantine()
    }

    fn is_random(&self) -> bool {
        true
    }

    fn run(&self, inputs: &[(String, Product)], setting: &Setting) -> Result<Done, StepError> {
        let rows = table(inputs, "input")?;
        let trusted = self.trusted.as_ref().map(|_| table(inputs, "trusted")).transpose()?;
        let found = poison::check(rows, &self.target, self.text.as_deref(), trusted, setting.seed);
        let found = found.map_err(|error| StepError::Data(error.to_string()))?;
        let said = || found.suspected.iter().next().map(|(row, why)| format!("; the first is row {}: {why}", row + 1));
        let first = said().unwrap_or_default();
        if found.is_alarm && self.stops {
            let reason = format!(
                "signs of planted rows ({} of {}){first}; look at them, and if learning without them is right, say `on_alarm = \
                 \"go_on\"`",
                found.suspected.len(),
                rows.rows()
            );
            return Err(StepError::Demand(reason));
        }
        let share = count(found.suspected.len()) / count(rows.rows().max(1));
        if share > self.quarantine_max {
            let reason = format!(
                "{} of {} rows are suspected, and `quarantine_max` allows {} %{first}",
                found.suspected.len(),
                rows.rows(),
                self.quarantine_max * 100.0
            );
            return Err(StepError::Demand(reason));
        }
        let kept: Vec<usize> = (0..rows.rows()).filter(|row| !found.suspected.contains_key(row)).collect();
        let bad: Vec<usize> = found.suspected.keys().copied().collect();
        let mut quarantine = rows.take(&bad);
        let reasons = Column::Text(found.suspected.values().cloned().collect());
        quarantine.set("reasons", reasons).map_err(of("input"))?;
        Ok(Done {
            figures: BTreeMap::from([
                ("rows".to_owned(), count(kept.len())),
                ("suspected".to_owned(), count(bad.len())),
                ("suspected_share".to_owned(), share),
                ("alarm".to_owned(), if found.is_alarm { 1.0 } else { 0.0 }),
            ]),
            products: vec![
                ("table".to_owned(), Product::Table(rows.take(&kept))),
                ("quarantine".to_owned(), Product::Table(quarantine)),
                ("report".to_owned(), Product::Report(found.to_json())),
            ],
        })
    }
}
