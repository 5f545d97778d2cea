//! How what became of steps is told.

use std::collections::BTreeMap;

use redoubt_pipeline::{Digest, Fate, Kept, Made, Pipeline};
use serde_json::{Value, json};

use crate::output;
use crate::table::TextTable;

pub(super) fn as_json(pipeline: &Pipeline, made: &[Made]) -> Value {
    let steps: Vec<Value> = made
        .iter()
        .map(|made| {
            let (fate, why) = match &made.fate {
                Fate::Kept => ("kept", None),
                Fate::Runs(why) => ("runs", Some(why.to_string())),
                Fate::Skipped(reason) => ("skipped", Some(reason.clone())),
            };
            let products: Vec<Value> = made
                .products
                .iter()
                .map(|kept| json!({ "name": kept.name, "kind": kept.kind.word(), "digest": kept.digest.as_str() }))
                .collect();
            let digest = (!made.products.is_empty()).then(|| digest(&made.products));
            json!({
                "name": made.name,
                "kind": made.kind,
                "fate": fate,
                "why": why,
                "digest": digest.as_ref().map(Digest::as_str),
                "products": products,
                "figures": made.figures,
            })
        })
        .collect();
    json!({ "pipeline": pipeline.name, "steps": steps })
}

/// One digest for all that a run made, whether it was made now or kept.
pub(super) fn manifest(made: &[Made]) -> Digest {
    let line = |made: &Made| match made.products.as_slice() {
        [] => format!("{} skipped\n", made.name),
        products => format!("{} {}\n", made.name, digest(products)),
    };
    Digest::of(made.iter().map(line).collect::<String>().as_bytes())
}

/// One digest for all products of a step.
fn digest(products: &[Kept]) -> Digest {
    let lines: Vec<String> = products.iter().map(|kept| format!("{} {}\n", kept.name, kept.digest)).collect();
    Digest::of(lines.concat().as_bytes())
}

pub(super) fn table(made: &[Made]) -> TextTable {
    let mut table = TextTable::new(&[("step", 24), ("kind", 12), ("", 8), ("digest", 12), ("figures", 60)]);
    for made in made {
        let (fate, why) = match &made.fate {
            Fate::Kept if made.kind == "data" => ("read", String::new()),
            Fate::Kept => ("kept", String::new()),
            Fate::Runs(why) if made.key.is_none() => ("runs", why.to_string()),
            Fate::Runs(_) => ("run", String::new()),
            Fate::Skipped(reason) => ("skipped", reason.clone()),
        };
        let short = |digest: Digest| digest.hex().chars().take(12).collect();
        let digest = if made.products.is_empty() { String::new() } else { short(digest(&made.products)) };
        let figures = figures(&made.figures);
        let figures = std::iter::once(why).filter(|why| !why.is_empty()).chain(figures).collect::<Vec<_>>().join(", ");
        table.row(vec![made.name.clone(), made.kind.to_owned(), fate.to_owned(), digest, figures]);
    }
    table
}

/// Each figure with its bounds, where it has any.
fn figures(figures: &BTreeMap<String, f64>) -> Vec<String> {
    let bound = |name: &str, end: &str| figures.get(&format!("{name}_{end}")).map(|bound| output::figure(*bound));
    let is_bound = |name: &str| {
        let of = name.strip_suffix("_low").or_else(|| name.strip_suffix("_high"));
        of.is_some_and(|of| figures.contains_key(of))
    };
    let points = figures.iter().filter(|(name, _)| !is_bound(name));
    points
        .map(|(name, figure)| match (bound(name, "low"), bound(name, "high")) {
            (Some(low), Some(high)) => format!("{name} {} ({low} to {high})", output::figure(*figure)),
            _ => format!("{name} {}", output::figure(*figure)),
        })
        .collect()
}
