//! What a step's rows must have gone through before.

use redoubt_domain::settings::{Mistake, Node};

use super::place::{mistake, place};
use super::{Pipeline, Step};

/// The kind of step that parts rows to learn from and rows to judge by.
const SPLIT: &str = "split";
/// Its product with rows to learn from.
const TRAIN: &str = "train";

/// Refuses steps that make changed copies of rows from rows that were not split, from those to judge by, or before a split: a
/// copy of a row that it is judged by is learned by heart.
pub(super) fn check(pipeline: &Pipeline, root: &Node, mistakes: &mut Vec<Mistake>) {
    for step in &pipeline.steps {
        let Some(key) = step.work.makes_copies_of() else { continue };
        let path = format!("steps.{}.{key}", step.name);
        let span = place(root, &step.name, key);
        let origins = origins(pipeline, step, key);
        let reason = match origins.iter().find(|(_, output)| output != TRAIN) {
            Some((split, output)) => {
                format!("its rows are `{split}.{output}`, which are to judge by; augment `{split}.{TRAIN}`")
            }
            None if origins.is_empty() => {
                "its rows were not split: a changed copy of a row to judge by would be learned by \
                                           heart; augment the part to learn from of a step `split`"
                    .to_owned()
            }
            None => String::new(),
        };
        if !reason.is_empty() {
            mistakes.push(mistake(span, path, reason));
        }
    }
    for step in pipeline.steps.iter().filter(|step| step.kind.id == SPLIT) {
        let before = ancestors(pipeline, step);
        if let Some(copies) = before.iter().find(|step| step.work.makes_copies_of().is_some()) {
            let path = format!("steps.{}.input", step.name);
            let reason =
                format!("`{}` made changed copies of rows, which this would part from their originals", copies.name);
            mistakes.push(mistake(place(root, &step.name, "input"), path, reason));
        }
    }
}

/// The splits from which the rows of a need come, each with the part.
fn origins(pipeline: &Pipeline, step: &Step, key: &str) -> Vec<(String, String)> {
    let mut found = Vec::new();
    let mut open: Vec<(&str, &str)> = Vec::new();
    open.extend(step.needs.iter().filter(|need| need.role == key).map(|need| (need.of.as_str(), need.output.as_str())));
    let mut seen: Vec<&str> = Vec::new();
    while let Some((of, output)) = open.pop() {
        let Some(from) = pipeline.step(of) else { continue };
        if from.kind.id == SPLIT {
            found.push((of.to_owned(), output.to_owned()));
        } else if !seen.contains(&of) {
            seen.push(of);
            open.extend(
                from.needs
                    .iter()
                    .filter(|need| from.work.rows_of(output) == need.role)
                    .map(|need| (need.of.as_str(), need.output.as_str())),
            );
        }
    }
    found.sort();
    found.dedup();
    found
}

fn ancestors<'p>(pipeline: &'p Pipeline, step: &'p Step) -> Vec<&'p Step> {
    let mut found: Vec<&Step> = Vec::new();
    let mut open: Vec<&str> = step.needs.iter().map(|need| need.of.as_str()).collect();
    while let Some(of) = open.pop() {
        let Some(from) = pipeline.step(of) else { continue };
        if found.iter().all(|known| known.name != from.name) {
            found.push(from);
            open.extend(from.needs.iter().map(|need| need.of.as_str()));
        }
    }
    found
}
