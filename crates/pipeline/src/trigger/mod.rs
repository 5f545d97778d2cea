//! When a pipeline runs by itself: `[triggers.NAME]`. What is so is told from outside, so that what fires is a function.

mod cron;

use redoubt_domain::settings::Table as Settings;
use redoubt_learn::drift::DriftSettings;
use serde_json::{Value, json};

pub use self::cron::Schedule;

/// The most triggers of a pipeline.
pub const TRIGGERS_MAX: usize = 64;

/// A reason to run.
#[derive(Clone, Debug, PartialEq)]
pub struct Trigger {
    /// Its name in the file.
    pub name: String,
    /// What it waits for.
    pub on: On,
}

/// What a trigger waits for.
#[derive(Clone, Debug, PartialEq)]
pub enum On {
    /// A time.
    Schedule(Schedule),
    /// A data set whose bytes are others than before.
    NewData {
        /// Which.
        data: String,
    },
    /// A data set that has drifted from what a step noted.
    Drift {
        /// The step, of kind `baseline`.
        baseline: String,
        /// The data set.
        data: String,
        /// What counts as drift.
        settings: DriftSettings,
    },
    /// Rows that came in since the last time.
    Feedback {
        /// The data set that grows.
        data: String,
        /// How many are enough.
        rows_min: u64,
    },
}

/// What is known of a trigger from the last time that it was looked at or fired.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Memory {
    /// When it was looked at, in seconds since 1970.
    pub seen: Option<u64>,
    /// The digest of the data set when it fired.
    pub digest: Option<String>,
    /// The rows of the data set when it fired.
    pub rows: Option<u64>,
}

/// How things are now, as far as a trigger asks.
#[derive(Clone, Debug, PartialEq)]
pub struct Facts {
    /// The time, in seconds since 1970.
    pub now: u64,
    /// The digest of its data set.
    pub digest: Option<String>,
    /// The rows of its data set.
    pub rows: Option<u64>,
    /// The columns that have drifted.
    pub drifted: Vec<String>,
}

impl Trigger {
    pub(crate) fn read(name: &str, table: &mut Settings<'_>) -> Option<Self> {
        let schedule = table.get::<String>("schedule", "a time that comes again, as cron writes it, in UTC");
        let schedule = schedule.and_then(|text| match Schedule::parse(&text) {
            Ok(schedule) => Some(On::Schedule(schedule)),
            Err(reason) => {
                table.refuse("schedule", reason);
                None
            }
        });
        let new_data = table.get("new_data", "a data set whose bytes change").map(|data| On::NewData { data });
        let drift = table.table_if("drift", "a data set that drifts from a baseline", |table| {
            let defaults = DriftSettings::default();
            On::Drift {
                baseline: table.require("baseline", "the step that made the baseline", String::new()),
                data: table.require("data", "the data set that is compared with it", String::new()),
                settings: DriftSettings {
                    false_discovery_rate: table.or(
                        "false_discovery_rate",
                        "the share of false alarms among the columns that are named",
                        defaults.false_discovery_rate,
                    ),
                    effect_min: table.or("effect_min", "the least effect that matters", defaults.effect_min),
                    ..defaults
                },
            }
        });
        let feedback = table.table_if("feedback", "rows that come in", |table| On::Feedback {
            data: table.require("data", "the data set that grows", String::new()),
            rows_min: table.or("rows_min", "how many new rows are enough", 100),
        });
        let is_refused = ["schedule", "new_data", "drift", "feedback"].iter().any(|key| table.has(key));
        let mut all = [schedule, new_data, drift, feedback].into_iter().flatten();
        let first = all.next();
        if all.next().is_some() {
            table.refuse("schedule", format!("`{name}` waits for one thing; write a trigger for each"));
        }
        if first.is_none() && !is_refused {
            table.refuse(
                "schedule",
                format!("`{name}` waits for nothing: `schedule`, `new_data`, `drift` or `feedback`"),
            );
        }
        first.map(|on| Self { name: name.to_owned(), on })
    }

    /// The data set that it looks at.
    #[must_use]
    pub fn data(&self) -> Option<&str> {
        match &self.on {
            On::Schedule(_) => None,
            On::NewData { data } | On::Drift { data, .. } | On::Feedback { data, .. } => Some(data),
        }
    }

    /// Why it fires; none if it does not. A time that was missed counts once, and what fired once does not again until
    /// something changes.
    #[must_use]
    pub fn fires(&self, facts: &Facts, memory: &Memory) -> Option<String> {
        let is_new = facts.digest.is_some() && facts.digest != memory.digest;
        match &self.on {
            On::Schedule(schedule) => {
                let due = schedule.next(memory.seen?)?;
                (due <= facts.now).then(|| format!("its time came {} s ago", facts.now - due))
            }
            On::NewData { data } if is_new => Some(match memory.digest {
                None => format!("`{data}` was not seen before"),
                Some(_) => format!("`{data}` has changed"),
            }),
            On::Drift { data, .. } if is_new && !facts.drifted.is_empty() => {
                Some(format!("`{data}` has drifted in {}", facts.drifted.join(", ")))
            }
            On::Feedback { data, rows_min } => {
                let new = facts.rows?.saturating_sub(memory.rows.unwrap_or(0));
                (new >= *rows_min).then(|| format!("`{data}` has {new} new rows"))
            }
            On::NewData { .. } | On::Drift { .. } => None,
        }
    }

    /// What is to be remembered after it was looked at, and fired or not.
    #[must_use]
    pub fn remember(&self, facts: &Facts, memory: &Memory, has_fired: bool) -> Memory {
        let kept = Memory { seen: Some(facts.now), ..memory.clone() };
        if !has_fired {
            return kept;
        }
        Memory { seen: Some(facts.now), digest: facts.digest.clone(), rows: facts.rows }
    }
}

impl Memory {
    /// As JSON.
    #[must_use]
    pub fn to_json(&self) -> Value {
        json!({ "seen": self.seen, "digest": self.digest, "rows": self.rows })
    }

    /// Reads what [`Memory::to_json`] gives; what cannot be read is forgotten.
    #[must_use]
    pub fn from_json(value: &Value) -> Self {
        Self {
            seen: value.get("seen").and_then(Value::as_u64),
            digest: value.get("digest").and_then(Value::as_str).map(str::to_owned),
            rows: value.get("rows").and_then(Value::as_u64),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_trigger_fires_once_for_each_reason() {
        let check = |on: On, steps: &[(u64, &str, u64, &[&str], bool)]| {
            let trigger = Trigger { name: "x".to_owned(), on };
            let mut memory = Memory::default();
            for (at, (now, digest, rows, drifted, expected)) in steps.iter().enumerate() {
                let facts = Facts {
                    now: *now,
                    digest: Some((*digest).to_owned()),
                    rows: Some(*rows),
                    drifted: drifted.iter().map(|name| (*name).to_owned()).collect(),
                };
                let fires = trigger.fires(&facts, &memory).is_some();
                assert_eq!(fires, *expected, "{:?} at step {at}", trigger.on);
                memory = Memory::from_json(&trigger.remember(&facts, &memory, fires).to_json());
            }
        };
        let hourly = On::Schedule(Schedule::parse("0 * * * *").unwrap());
        check(
            hourly,
            &[
                (1_000, "", 0, &[], false),
                (3_599, "", 0, &[], false),
                (3_600, "", 0, &[], true),
                (3_660, "", 0, &[], false),
                // Three were missed, and one run makes up for them.
                (14_500, "", 0, &[], true),
                (14_501, "", 0, &[], false),
            ],
        );
        check(
            On::NewData { data: "d".to_owned() },
            &[(1, "a", 0, &[], true), (2, "a", 0, &[], false), (3, "b", 0, &[], true), (4, "b", 0, &[], false)],
        );
        check(
            On::Feedback { data: "d".to_owned(), rows_min: 10 },
            &[(1, "a", 9, &[], false), (2, "b", 10, &[], true), (3, "c", 19, &[], false), (4, "d", 20, &[], true)],
        );
        let drift = On::Drift { baseline: "b".to_owned(), data: "d".to_owned(), settings: DriftSettings::default() };
        check(
            drift,
            &[
                (1, "a", 0, &[], false),
                (2, "b", 0, &["age"], true),
                (3, "b", 0, &["age"], false),
                (4, "c", 0, &["age"], true),
            ],
        );
    }
}
