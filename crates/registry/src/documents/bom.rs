//! The bill of materials of a version: CycloneDX 1.6, with its model card.

use serde_json::{Map, Value, json};

use super::figures::{groups, last, learner, measured, undefined};
use super::{time, uuid};
use crate::lineage::{Dossier, LineageData};
use crate::names::Stage;
use crate::policy::AttestationKind;

/// The bill of materials: the model with its digest and card, its files, the data it learned from. The same version with
/// the same evidence has the same.
pub fn bom(dossier: &Dossier) -> Value {
    let version = &dossier.version;
    let reference = format!("model:{}", version.name);
    let data = dossier.lineage.iter().flat_map(|lineage| &lineage.data);
    let data: Vec<(String, Value)> = data.map(data_component).collect();
    let mut components: Vec<Value> = data.iter().map(|(_, component)| component.clone()).collect();
    let mut depends: Vec<String> = data.into_iter().map(|(reference, _)| reference).collect();
    for (path, entry) in dossier.manifest.iter().flat_map(|manifest| manifest.files()) {
        let reference = format!("file:{path}");
        components.push(json!({
            "type": "file", "bom-ref": reference, "name": path, "hashes": hashes(&entry.digest.to_string()),
            "properties": [property("redoubt:bytes", &entry.size.to_string())],
        }));
        depends.push(reference);
    }
    let content = version.digest.map(|digest| digest.to_string()).unwrap_or_default();
    json!({
        "$schema": "http://cyclonedx.org/schema/bom-1.6.schema.json",
        "bomFormat": "CycloneDX",
        "specVersion": "1.6",
        "serialNumber": format!("urn:uuid:{}", uuid(&format!("{reference}/{} {content}", version.version))),
        "version": 1,
        "metadata": {
            "timestamp": time(version.updated),
            "tools": { "components": [{ "type": "application", "name": "redoubt", "version": dossier.program }] },
            "component": model_component(dossier, &reference),
        },
        "components": components,
        "dependencies": [{ "ref": reference, "dependsOn": depends }],
    })
}

fn model_component(dossier: &Dossier, reference: &str) -> Value {
    let version = &dossier.version;
    let mut component = Map::new();
    component.insert("type".to_owned(), json!("machine-learning-model"));
    component.insert("bom-ref".to_owned(), json!(reference));
    component.insert("name".to_owned(), json!(version.name));
    component.insert("version".to_owned(), json!(version.version.to_string()));
    let description = if version.description.is_empty() { &dossier.model.description } else { &version.description };
    if !description.is_empty() {
        component.insert("description".to_owned(), json!(description));
    }
    if let Some(digest) = version.digest {
        component.insert("hashes".to_owned(), hashes(&digest.to_string()));
    }
    component.insert("modelCard".to_owned(), model_card(dossier));
    let mut properties = Vec::new();
    if version.stage != Stage::None {
        properties.push(property("redoubt:stage", version.stage.name()));
    }
    properties.extend(version.aliases.iter().map(|alias| property("redoubt:alias", alias)));
    properties.push(property("redoubt:registered-by", version.who()));
    for evidence in &dossier.evidence {
        let said = format!("{} by {} at {}", word(evidence.passed), evidence.who(), evidence.at);
        properties.push(property(&format!("redoubt:evidence:{}", evidence.kind.name()), &said));
    }
    if let Some(lineage) = &dossier.lineage {
        properties.push(property("redoubt:pipeline", &lineage.pipeline));
        properties.push(property("redoubt:pipeline-run", &format!("sha256:{}", lineage.run)));
    }
    component.insert("properties".to_owned(), Value::Array(properties));
    Value::Object(component)
}

fn model_card(dossier: &Dossier) -> Value {
    let mut parameters = Map::new();
    if let Some(learner) = learner(dossier) {
        parameters.insert("approach".to_owned(), json!({ "type": "supervised" }));
        parameters.insert("modelArchitecture".to_owned(), json!(learner));
    }
    let data: Vec<Value> = dossier
        .lineage
        .iter()
        .flat_map(|lineage| &lineage.data)
        .map(|data| json!({ "ref": format!("data:{}", data.name) }))
        .collect();
    if !data.is_empty() {
        parameters.insert("datasets".to_owned(), Value::Array(data));
    }
    let metrics: Vec<Value> = measured(dossier)
        .into_iter()
        .map(|figure| {
            let mut metric = Map::new();
            metric.insert("type".to_owned(), json!(figure.name));
            metric.insert("value".to_owned(), json!(figure.value.to_string()));
            if let Some((low, high)) = figure.interval {
                let interval = json!({ "lowerBound": low.to_string(), "upperBound": high.to_string() });
                metric.insert("confidenceInterval".to_owned(), interval);
            }
            Value::Object(metric)
        })
        .collect();
    let mut card = Map::new();
    card.insert("bom-ref".to_owned(), json!(format!("card:{}", dossier.version.name)));
    card.insert("modelParameters".to_owned(), Value::Object(parameters));
    card.insert("quantitativeAnalysis".to_owned(), json!({ "performanceMetrics": metrics }));
    card.insert("considerations".to_owned(), considerations(dossier));
    Value::Object(card)
}

/// What is to be considered: what was not measured or failed, and the groups that were compared.
fn considerations(dossier: &Dossier) -> Value {
    let mut limitations: Vec<String> =
        undefined(dossier).into_iter().map(|(name, reason)| format!("{name} was not measured: {reason}")).collect();
    for kind in AttestationKind::ALL {
        match last(dossier, kind) {
            Some(evidence) if !evidence.passed => limitations.push(format!("{} failed", kind.name())),
            None if matches!(kind, AttestationKind::Evaluation | AttestationKind::Fairness) => {
                limitations.push(format!("there is no evidence of {}", kind.name()));
            }
            _ => {}
        }
    }
    let assessments: Vec<Value> = groups(dossier)
        .into_iter()
        .flat_map(|(attribute, groups)| {
            groups.into_iter().map(move |group| {
                let name = group.get("group").map(ToString::to_string).unwrap_or_default();
                let rate = group.get("selection_rate").map(ToString::to_string).unwrap_or_default();
                json!({
                    "groupAtRisk": format!("{attribute}: {}", name.trim_matches('"')),
                    "harms": format!("chosen at a rate of {rate}"),
                })
            })
        })
        .collect();
    json!({ "technicalLimitations": limitations, "fairnessAssessments": assessments })
}

fn data_component(data: &LineageData) -> (String, Value) {
    let LineageData { name, path, sha256 } = data;
    let reference = format!("data:{name}");
    let component = json!({
        "type": "data", "bom-ref": reference, "name": name, "hashes": hashes(sha256),
        "data": [{ "type": "dataset", "name": name }],
        "properties": [property("redoubt:path", path)],
    });
    (reference, component)
}

fn hashes(sha256: &str) -> Value {
    json!([{ "alg": "SHA-256", "content": sha256 }])
}

fn property(name: &str, value: &str) -> Value {
    json!({ "name": name, "value": value })
}

const fn word(passed: bool) -> &'static str {
    if passed { "passed" } else { "failed" }
}
