//! Whose product each need is.

use redoubt_domain::settings::{Mistake, Node, nearest};

use super::place::place;
use super::{Pipeline, Resolved, split_reference};
use crate::product::Kind as ProductKind;
use crate::steps::Need;

/// Finds for each need the product that it names.
pub(super) fn resolve(pipeline: &mut Pipeline, root: &Node, mistakes: &mut Vec<Mistake>) {
    let mut all = Vec::new();
    for step in &pipeline.steps {
        let mut resolved = Vec::new();
        for need in step.work.needs() {
            let path = format!("steps.{}.{}", step.name, need.key);
            let span = place(root, &step.name, need.key);
            match product(pipeline, &need) {
                Ok(found) => resolved.push(found),
                Err((reason, suggestion)) => mistakes.push(Mistake { span, path, reason, suggestion }),
            }
        }
        if let Some(when) = &step.when
            && pipeline.step(&when.step).is_none()
        {
            let suggestion = nearest(&when.step, pipeline.steps.iter().map(|step| step.name.as_str()));
            mistakes.push(Mistake {
                span: place(root, &step.name, "when"),
                path: format!("steps.{}.when", step.name),
                reason: format!("there is no step `{}`", when.step),
                suggestion: suggestion.map(str::to_owned),
            });
        }
        all.push(resolved);
    }
    for (step, needs) in pipeline.steps.iter_mut().zip(all) {
        step.needs = needs;
    }
}

type Refusal = (String, Option<String>);

fn product(pipeline: &Pipeline, need: &Need) -> Result<Resolved, Refusal> {
    let (of, wanted) = split_reference(&need.reference);
    let resolved = |output: &str| Resolved { role: need.role(), of: of.to_owned(), output: output.to_owned() };
    let kind_is = |kind: ProductKind, output: &str| {
        if kind == need.kind {
            Ok(resolved(output))
        } else {
            Err((format!("`{}` is a {}, and a {} is needed", need.reference, kind.word(), need.kind.word()), None))
        }
    };
    if pipeline.data.iter().any(|source| source.name == of) {
        return match wanted {
            None => kind_is(ProductKind::Table, "table"),
            Some(_) => Err((format!("`{of}` is a data set, which has no parts"), Some(of.to_owned()))),
        };
    }
    let Some(step) = pipeline.step(of) else {
        let steps = pipeline.steps.iter().map(|step| step.name.as_str());
        let suggestion = nearest(of, pipeline.data.iter().map(|source| source.name.as_str()).chain(steps));
        return Err((format!("there is no step or data set `{of}`"), suggestion.map(str::to_owned)));
    };
    let makes = step.work.makes();
    let found = match wanted {
        Some(output) => makes.iter().find(|(name, _)| name == output),
        // The first of the kind that is needed.
        None => makes.iter().find(|(_, kind)| *kind == need.kind).or(makes.first()),
    };
    match found {
        Some((output, kind)) => kind_is(*kind, output),
        None => {
            let names: Vec<&str> = makes.iter().map(|(name, _)| name.as_str()).collect();
            let suggestion = wanted.and_then(|output| nearest(output, names.iter().copied()));
            let suggestion = suggestion.map(|output| format!("{of}.{output}"));
            Err((format!("`{of}` makes {}, not `{}`", quoted(&names), wanted.unwrap_or_default()), suggestion))
        }
    }
}

fn quoted(names: &[&str]) -> String {
    names.iter().map(|name| format!("`{name}`")).collect::<Vec<_>>().join(", ")
}
