//! `require = ["roc_auc_low >= 0.7"]`: what a step demands of its own figures.

use std::collections::BTreeMap;

use redoubt_domain::settings::Table as Settings;

use super::StepError;
use crate::condition::Condition;

/// Reads the conditions.
pub(super) fn read(table: &mut Settings<'_>, words: &'static str) -> Vec<Condition> {
    let texts: Vec<String> = table.or("require", words, Vec::new());
    let mut require = Vec::new();
    for (item, text) in texts.iter().enumerate() {
        match Condition::parse(text) {
            Ok(condition) if condition.step.is_empty() => require.push(condition),
            Ok(_) => {
                let reason = "only the step's own figures; `when` asks for those of others";
                table.refuse_item("require", item, reason, None);
            }
            Err(reason) => table.refuse_item("require", item, reason, None),
        }
    }
    require
}

/// Whether all are met; the error names the first that is not.
pub(super) fn check(require: &[Condition], figures: &BTreeMap<String, f64>) -> Result<(), StepError> {
    for condition in require {
        match figures.get(&condition.figure) {
            Some(figure) if condition.holds(*figure) => {}
            Some(figure) => return Err(StepError::Demand(format!("`{condition}` is required, and it is {figure}"))),
            None => {
                let known: Vec<&str> = figures.keys().map(String::as_str).collect();
                let known = known.join(", ");
                let reason = format!("`{condition}` is required, and there is no such figure; there are {known}");
                return Err(StepError::Demand(reason));
            }
        }
    }
    Ok(())
}
