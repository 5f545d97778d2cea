//! Thresholds of groups, so that groups are treated more alike.

use std::collections::BTreeMap;

use redoubt_domain::settings::Table as Settings;
use redoubt_learn::error::Error as Unmeasured;
use redoubt_learn::fairness::{Against, Assessment, Constraint, Criterion, Groups, MINIMUM_ROWS, group_thresholds};
use serde_json::{Map, Value, json};

use super::finish::{ByGroup, groups};
use super::{StepError, count};
use crate::table::Table;

/// What the thresholds must bring close, and for whom.
#[derive(Debug)]
pub(super) struct Mitigation {
    columns: Vec<String>,
    constraint: Constraint,
    tolerance: f64,
    rows_min: usize,
}

/// The criteria that are told before and after.
const CRITERIA: [(&str, Criterion); 3] = [
    ("demographic_parity", Criterion::DemographicParity),
    ("equal_opportunity", Criterion::EqualOpportunity),
    ("equalized_odds", Criterion::EqualizedOdds),
];

impl Mitigation {
    pub(super) fn read(table: &mut Settings<'_>) -> Option<Self> {
        let words = "a threshold for each group, so that groups are treated more alike; whoever decides needs to know the group, \
                     and the law may forbid to look at it";
        table.table_if("fairness", words, |table| {
            let words = "columns of protected attributes, whose values together are the group";
            let columns: Vec<String> = table.require("groups", words, Vec::new());
            if columns.is_empty() && table.has("groups") {
                table.refuse("groups", "name at least one column");
            }
            let constraints = [
                ("demographic_parity", Constraint::DemographicParity),
                ("equal_opportunity", Constraint::EqualOpportunity),
                ("equalized_odds", Constraint::EqualizedOdds),
            ];
            let words = "what is brought close: the shares that get a yes, those among whoever should get it, or these and those \
                         among whoever should not";
            let first = Constraint::EqualOpportunity;
            let constraint = table.choose("constraint", words, &constraints, first, "equal_opportunity");
            let tolerance = table.or("tolerance", "what may be left of the difference", 0.02);
            if !(0.005..=1.0).contains(&tolerance) {
                table.refuse("tolerance", "expected a number from 0.005 to 1");
            }
            let rows_min = table.or("group_rows_min", "the fewest rows of a group; with fewer the step fails", MINIMUM_ROWS);
            Self { columns, constraint, tolerance, rows_min }
        })
    }

    /// The thresholds with the most rows right that keep the constraint (Hardt, Price and Srebro 2016), with the figures of
    /// one `threshold` for all and of theirs.
    pub(super) fn find(
        &self,
        rows: &Table,
        actual: &[bool],
        chances: &[f64],
        threshold: f64,
        figures: &mut BTreeMap<String, f64>,
    ) -> Result<(ByGroup, Value), StepError> {
        let unmeasured = |error: Unmeasured| StepError::Data(format!("`fairness`: {error}"));
        let names = groups(rows, &self.columns, "input")?;
        let groups = Groups::new(&names).map_err(unmeasured)?;
        let found = group_thresholds(actual, chances, &groups, self.constraint, self.tolerance, self.rows_min);
        let found = found.map_err(unmeasured)?;
        let thresholds: BTreeMap<String, f64> = found.thresholds.into_iter().collect();
        let one = |_: &String| threshold;
        let own = |group: &String| thresholds.get(group).copied().unwrap_or(threshold);
        let mut report = Map::new();
        for (suffix, of) in [("_before", &one as &dyn Fn(&String) -> f64), ("", &own)] {
            let said: Vec<bool> = chances.iter().zip(&names).map(|(chance, group)| *chance >= of(group)).collect();
            let right = actual.iter().zip(&said).filter(|(actual, said)| actual == said).count();
            let assessment = Assessment::new(actual, &said, &groups, self.rows_min).map_err(unmeasured)?;
            let mut told = BTreeMap::from([("accuracy".to_owned(), count(right) / count(actual.len().max(1)))]);
            for (name, criterion) in CRITERIA {
                let difference = assessment.difference(criterion, Against::EachOther).ok();
                told.extend(difference.map(|difference| (format!("{name}_difference"), difference)));
            }
            figures.extend(told.iter().map(|(name, figure)| (format!("{name}{suffix}"), *figure)));
            let moment = if suffix.is_empty() { "after" } else { "before" };
            report.insert(moment.to_owned(), json!(told));
        }
        report.insert("thresholds".to_owned(), json!(thresholds));
        Ok((ByGroup { columns: self.columns.clone(), thresholds }, Value::Object(report)))
    }
}
