//! The figures that evidence tells.

use std::collections::BTreeMap;

use serde_json::Value;

use crate::attestation::Evidence;
use crate::lineage::Dossier;
use crate::policy::AttestationKind;

/// A figure with its interval, where it has one.
pub(super) struct Figure {
    pub(super) name: String,
    pub(super) value: f64,
    pub(super) interval: Option<(f64, f64)>,
}

/// The last evidence of a kind.
pub(super) fn last(dossier: &Dossier, kind: AttestationKind) -> Option<&Evidence> {
    dossier.evidence.iter().rev().find(|evidence| evidence.kind == kind)
}

/// The figures of the last evaluation; `NAME_low` and `NAME_high` are the bounds of `NAME`.
pub(super) fn measured(dossier: &Dossier) -> Vec<Figure> {
    let Some(evidence) = last(dossier, AttestationKind::Evaluation) else { return Vec::new() };
    let figures = evidence.details.get("figures").and_then(Value::as_object);
    let all: BTreeMap<&str, f64> =
        figures.into_iter().flatten().filter_map(|(name, value)| Some((name.as_str(), value.as_f64()?))).collect();
    let bound = |name: &str, end: &str| all.get(format!("{name}{end}").as_str()).copied();
    let is_bound = |name: &str| {
        let of = name.strip_suffix("_low").or_else(|| name.strip_suffix("_high"));
        of.is_some_and(|of| all.contains_key(of))
    };
    let shown = all.iter().filter(|(name, _)| !is_bound(name));
    shown
        .map(|(name, value)| Figure {
            name: (*name).to_owned(),
            value: *value,
            interval: bound(name, "_low").zip(bound(name, "_high")),
        })
        .collect()
}

/// The protected attributes whose groups were compared, each with its groups.
pub(super) fn groups(dossier: &Dossier) -> Vec<(String, Vec<Value>)> {
    let evidence = last(dossier, AttestationKind::Fairness);
    let groups = evidence.and_then(|evidence| evidence.details.get("groups")).and_then(Value::as_object);
    let rows = |value: &Value| value.as_array().cloned().unwrap_or_default();
    groups.into_iter().flatten().map(|(name, value)| (name.clone(), rows(value))).collect()
}

/// What could not be measured, and why.
pub(super) fn undefined(dossier: &Dossier) -> Vec<(String, String)> {
    let evidence = last(dossier, AttestationKind::Evaluation);
    let undefined = evidence.and_then(|evidence| evidence.details.get("undefined")).and_then(Value::as_object);
    let one = |(name, reason): (&String, &Value)| Some((name.clone(), reason.as_str()?.to_owned()));
    undefined.into_iter().flatten().filter_map(one).collect()
}

/// What learned it, as the evaluation says.
pub(super) fn learner(dossier: &Dossier) -> Option<&str> {
    last(dossier, AttestationKind::Evaluation)?.details.get("learner")?.as_str()
}
