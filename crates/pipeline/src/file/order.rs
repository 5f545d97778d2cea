//! Which step stands behind which.

use redoubt_domain::settings::{Mistake, Node};

use super::place::{mistake, place};
use super::{Pipeline, Step};

/// Puts each step behind what it needs; steps that need nothing of each other stay as they are written.
pub(super) fn order(pipeline: &mut Pipeline, root: &Node, mistakes: &mut Vec<Mistake>) {
    let mut left = std::mem::take(&mut pipeline.steps);
    while !left.is_empty() {
        let waits = |step: &Step| -> Option<String> {
            step.stands_behind().find(|of| left.iter().any(|other| other.name == **of)).map(str::to_owned)
        };
        match left.iter().position(|step| waits(step).is_none()) {
            Some(ready) => pipeline.steps.push(left.remove(ready)),
            None => {
                // Whoever follows what is waited for comes to a step that it has seen.
                let mut chain: Vec<String> = Vec::new();
                let mut at = left.first().map(|step| step.name.clone()).unwrap_or_default();
                while !chain.contains(&at) {
                    chain.push(at.clone());
                    at = left.iter().find(|step| step.name == at).and_then(waits).unwrap_or_default();
                }
                let circle = chain.iter().skip_while(|name| **name != at).map(String::as_str);
                let circle: Vec<&str> = circle.chain([at.as_str()]).collect();
                let first = circle.first().copied().unwrap_or_default();
                let reason = format!("the steps wait for each other: {}", circle.join(" needs "));
                let span = place(root, first, "kind");
                mistakes.push(mistake(span, format!("steps.{first}"), reason));
                return;
            }
        }
    }
}
