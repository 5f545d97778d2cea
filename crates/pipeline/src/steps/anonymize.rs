//! Taking out of rows who they are about.

use std::collections::BTreeMap;

use redoubt_domain::settings::Table as Settings;
use serde_json::{Value, json};

use super::generalize::{Hierarchy, generalize};
use super::{Done, Kind, Need, Setting, StepError, Work, count, of, rows_and_quarantine, table};
use crate::privacy::Privacy;
use crate::product::{Kind as ProductKind, Product};
use crate::run::{Clearing, Guard, Outside};
use crate::table::{Column, Table};

pub(super) const KIND: Kind = Kind {
    id: "anonymize",
    about: "drops identifiers, lets the guard take personal data out of texts, and makes quasi-identifiers coarser until each row is \
            like `k` - 1 others; what may not pass goes to quarantine",
    revision: 1,
    read: |table| Box::new(Anonymize::read(table)),
};

#[derive(Debug)]
struct Anonymize {
    input: String,
    drop: Vec<String>,
    texts: Vec<String>,
    policy: Option<String>,
    quasi: Vec<Hierarchy>,
    k: usize,
    left_out_max: f64,
    sensitive: Vec<String>,
    l_min: usize,
    t_max: f64,
    quarantine_max: f64,
}

impl Anonymize {
    fn read(table: &mut Settings<'_>) -> Self {
        let input = table.require("input", "the rows", String::new());
        let drop = table.or("drop", "columns that go, such as names and numbers of customers", Vec::new());
        let texts: Vec<String> = table.or("texts", "columns of text that the guard looks at", Vec::new());
        let policy: Option<String> =
            table.get("policy", "the file of the guard's policy; its default profile, if left out");
        if policy.is_some() && texts.is_empty() {
            table.refuse("policy", "only `texts` are looked at by the guard");
        }
        let words = "columns that together tell who somebody is, such as age and zip code, each with its steps; one without \
                     steps is left as it is or hidden";
        let quasi: Vec<Hierarchy> =
            table.named("quasi", words, Hierarchy::read).into_iter().map(|(_, own)| own).collect();
        let k = table.or("k", "the fewest rows that must be alike in all of these", 5_usize);
        if k < 2 {
            table.refuse("k", "expected at least 2: each row is like itself");
        }
        let words = "the largest share of rows that are left out rather than making columns coarser still";
        let left_out_max = table.or("left_out_max", words, 0.05);
        let sensitive: Vec<String> =
            table.or("sensitive", "columns that must not be learned about somebody", Vec::new());
        let l_min =
            table.or("l_min", "the fewest different sensitive values of a group of rows that are alike", 1_usize);
        let words = "how far the sensitive values of a group may be from those of all (earth mover's distance)";
        let t_max = table.or("t_max", words, 1.0);
        let quarantine_max = table.or("quarantine_max", "the largest share of rows that the guard may refuse", 0.1);
        for (key, share) in [("left_out_max", left_out_max), ("t_max", t_max), ("quarantine_max", quarantine_max)] {
            if !(0.0..=1.0).contains(&share) {
                table.refuse(key, "expected a number from 0 to 1");
            }
        }
        if !sensitive.is_empty() && quasi.is_empty() {
            table.refuse("sensitive", "without `quasi` there are no groups to learn from");
        }
        for (item, name) in sensitive.iter().enumerate() {
            if quasi.iter().any(|own| own.column() == name) {
                table.refuse_item("sensitive", item, format!("`{name}` is in `quasi` as well"), None);
            }
        }
        if drop.is_empty() && texts.is_empty() && quasi.is_empty() && table.has("input") {
            table.refuse("input", "there is nothing to do: give `drop`, `texts` or `quasi`");
        }
        Self { input, drop, texts, policy, quasi, k, left_out_max, sensitive, l_min, t_max, quarantine_max }
    }

    /// The table with cleared texts, for each row that the guard refuses why, and what was found.
    fn clear(&self, rows: &Table, guard: &dyn Guard) -> Result<Cleared, StepError> {
        let mut cleared = Cleared { table: rows.clone(), refused: BTreeMap::new(), found: BTreeMap::new() };
        for name in &self.texts {
            let mut cells = Vec::with_capacity(rows.rows());
            for (row, text) in rows.texts(name).map_err(of("input"))?.iter().enumerate() {
                match guard.clear(text) {
                    Clearing::Text { text, found } => {
                        for (label, times) in found {
                            *cleared.found.entry(label).or_default() += times;
                        }
                        cells.push(text);
                    }
                    Clearing::Refused(reason) => {
                        cleared.refused.entry(row).or_insert_with(|| format!("{name}: {reason}"));
                        cells.push(String::new());
                    }
                }
            }
            cleared.table.set(name, Column::Text(cells)).map_err(of("input"))?;
        }
        Ok(cleared)
    }

    fn privacy(&self, rows: &Table) -> Result<Privacy, StepError> {
        let quasi: Vec<String> = self.quasi.iter().map(|own| own.column().to_owned()).collect();
        Privacy::new(rows, &quasi, &self.sensitive).map_err(|error| StepError::Data(error.to_string()))
    }

    /// Whether the groups tell too much.
    fn hold(&self, privacy: &Privacy) -> Result<(), StepError> {
        for (name, disclosure) in &privacy.sensitive {
            if disclosure.distinct_l < self.l_min {
                return Err(StepError::Demand(format!(
                    "a group of rows that are alike has {} different values of `{name}`, and `l_min` asks for {}; make `quasi` \
                     coarser or raise `k`",
                    disclosure.distinct_l, self.l_min
                )));
            }
            if disclosure.t > self.t_max {
                return Err(StepError::Demand(format!(
                    "the values of `{name}` in a group are {:.4} from those of all rows, and `t_max` allows {}; make `quasi` \
                     coarser or raise `k`",
                    disclosure.t, self.t_max
                )));
            }
        }
        Ok(())
    }
}

struct Cleared {
    table: Table,
    refused: BTreeMap<usize, String>,
    found: BTreeMap<String, usize>,
}

impl Work for Anonymize {
    fn needs(&self) -> Vec<Need> {
        vec![Need::table("input", &self.input)]
    }

    fn makes(&self) -> Vec<(String, ProductKind)> {
        rows_and_quarantine()
    }

    fn asks_guard(&self) -> Option<Option<String>> {
        (!self.texts.is_empty()).then(|| self.policy.clone())
    }

    fn run(&self, inputs: &[(String, Product)], setting: &Setting) -> Result<Done, StepError> {
        self.act(inputs, setting, None)
    }

    fn act(&self, inputs: &[(String, Product)], _: &Setting, outside: Option<&dyn Outside>) -> Result<Done, StepError> {
        let rows = table(inputs, "input")?;
        for name in &self.drop {
            rows.column(name).map_err(of("input"))?;
        }
        let rows = rows.without(&self.drop);
        let mut cleared = Cleared { table: rows.clone(), refused: BTreeMap::new(), found: BTreeMap::new() };
        if !self.texts.is_empty() {
            let guard = match outside.map(|outside| outside.guard(self.policy.as_deref())) {
                Some(Ok(Some(guard))) => guard,
                Some(Err(error)) => return Err(StepError::Data(format!("the guard cannot be asked: {error}"))),
                // Texts that nobody looked at are not anonymous.
                _ => return Err(StepError::Data("`texts` need the guard, which is not here".to_owned())),
            };
            cleared = self.clear(&rows, guard.as_ref())?;
        }
        let share = count(cleared.refused.len()) / count(rows.rows().max(1));
        if share > self.quarantine_max {
            let first = cleared.refused.iter().next();
            let first = first.map(|(row, why)| format!("; the first is row {}: {why}", row + 1)).unwrap_or_default();
            let reason = format!(
                "the guard refuses {} of {} rows, and `quarantine_max` allows {} %{first}",
                cleared.refused.len(),
                rows.rows(),
                self.quarantine_max * 100.0
            );
            return Err(StepError::Demand(reason));
        }
        let passed: Vec<usize> = (0..rows.rows()).filter(|row| !cleared.refused.contains_key(row)).collect();
        let mut safe = cleared.table.take(&passed);
        let mut reasons: BTreeMap<usize, String> = cleared.refused;
        let mut report = json!({ "version": 1, "rows": rows.rows(), "found": cleared.found });
        let mut figures = BTreeMap::from([
            ("refused".to_owned(), count(reasons.len())),
            ("taken_out".to_owned(), count(cleared.found.values().sum())),
        ]);
        if !self.quasi.is_empty() && safe.rows() > 0 {
            let before = self.privacy(&safe)?;
            let coarser = generalize(&safe, &self.quasi, self.k, self.left_out_max)?;
            if count(coarser.left.len()) > self.left_out_max * count(safe.rows()) {
                let reason = format!(
                    "{} of {} rows are like fewer than {} even with every column of `quasi` hidden, and `left_out_max` allows \
                     {} %: there are too few rows for this `k`",
                    coarser.left.len(),
                    safe.rows(),
                    self.k,
                    self.left_out_max * 100.0
                );
                return Err(StepError::Demand(reason));
            }
            for row in coarser.left.iter().filter_map(|left| passed.get(*left)) {
                reasons.insert(*row, format!("fewer than {} rows are like it", self.k));
            }
            let stays: Vec<usize> = (0..safe.rows()).filter(|row| coarser.left.binary_search(row).is_err()).collect();
            safe = coarser.table.take(&stays);
            let after = self.privacy(&safe)?;
            self.hold(&after)?;
            figures.insert("k".to_owned(), count(after.anonymity.k));
            figures.insert("groups".to_owned(), count(after.anonymity.groups.len()));
            figures.insert("left_out".to_owned(), count(coarser.left.len()));
            for (name, disclosure) in &after.sensitive {
                figures.insert(format!("{name}_distinct_l"), count(disclosure.distinct_l));
                figures.insert(format!("{name}_entropy_l"), disclosure.entropy_l);
                figures.insert(format!("{name}_t"), disclosure.t);
            }
            let levels: Vec<Value> = coarser
                .levels
                .iter()
                .map(|(name, taken, all)| json!({ "column": name, "steps_taken": taken, "steps": all }))
                .collect();
            if let Value::Object(report) = &mut report {
                report.insert("levels".to_owned(), json!(levels));
                // The groups before hold cells that were to go.
                report.insert("k_before".to_owned(), json!(before.anonymity.k));
                report.insert("after".to_owned(), after.to_json());
            }
        }
        figures.insert("rows".to_owned(), count(safe.rows()));
        let bad: Vec<usize> = reasons.keys().copied().collect();
        let mut quarantine = rows.take(&bad);
        quarantine.set("reasons", Column::Text(reasons.into_values().collect())).map_err(of("input"))?;
        Ok(Done {
            products: vec![
                ("table".to_owned(), Product::Table(safe)),
                ("quarantine".to_owned(), Product::Table(quarantine)),
                ("report".to_owned(), Product::Report(report)),
            ],
            figures,
        })
    }
}
