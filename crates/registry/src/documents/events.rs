//! The events of a version's making, for catalogues of lineage: OpenLineage 2-0-2.

use redoubt_domain::Timestamp;
use serde_json::{Value, json};

use super::{time, uuid};
use crate::lineage::{Dossier, Lineage, LineageProduct, LineageStep};

const EVENT: &str = "https://openlineage.io/spec/2-0-2/OpenLineage.json#/$defs/RunEvent";
const PARENT: &str = "https://openlineage.io/spec/facets/1-0-1/ParentRunFacet.json#/$defs/ParentRunFacet";
const DATA_VERSION: &str =
    "https://openlineage.io/spec/facets/1-0-1/DatasetVersionDatasetFacet.json#/$defs/DatasetVersionDatasetFacet";

/// A START and a COMPLETE for the run of the pipeline and for each of its steps, in order: none if no pipeline made the
/// version. `namespace` is what a catalogue calls this installation. Steps have no times of their own: they begin with
/// the run and end with the registration.
pub fn events(dossier: &Dossier, namespace: &str) -> Vec<Value> {
    let Some(lineage) = &dossier.lineage else { return Vec::new() };
    let teller = Teller { dossier, lineage, namespace };
    let (began, ended) = (lineage.began(), dossier.version.created);
    let mut events = vec![teller.whole("START", began)];
    for step in &lineage.steps {
        events.push(teller.step("START", began, step));
        events.push(teller.step("COMPLETE", ended, step));
    }
    events.push(teller.whole("COMPLETE", ended));
    events
}

struct Teller<'a> {
    dossier: &'a Dossier,
    lineage: &'a Lineage,
    namespace: &'a str,
}

impl Teller<'_> {
    /// The URI of whoever tells it.
    fn producer(&self) -> String {
        format!("urn:redoubt:{}", self.dossier.program)
    }

    fn run_id(&self, of: &str) -> String {
        let Lineage { pipeline, run, began, .. } = self.lineage;
        uuid(&format!("{} {pipeline} {run} {began} {of}", self.namespace))
    }

    fn whole(&self, kind: &str, at: Timestamp) -> Value {
        let version = &self.dossier.version;
        let data = self.lineage.data.iter().map(|data| self.data(&data.name, &data.sha256));
        let model = version.digest.map(|digest| self.set(&format!("models/{}", version.name), &digest.to_string()));
        json!({
            "eventType": kind, "eventTime": time(at), "producer": self.producer(), "schemaURL": EVENT,
            "run": { "runId": self.run_id("") },
            "job": { "namespace": self.namespace, "name": self.lineage.pipeline },
            "inputs": data.collect::<Vec<_>>(),
            "outputs": model.into_iter().collect::<Vec<_>>(),
        })
    }

    fn step(&self, kind: &str, at: Timestamp, step: &LineageStep) -> Value {
        let sets = |products: &[LineageProduct]| -> Vec<Value> {
            products.iter().map(|product| self.data(&product.name, &product.sha256)).collect()
        };
        let parent = json!({
            "_producer": self.producer(), "_schemaURL": PARENT,
            "run": { "runId": self.run_id("") },
            "job": { "namespace": self.namespace, "name": self.lineage.pipeline },
        });
        json!({
            "eventType": kind, "eventTime": time(at), "producer": self.producer(), "schemaURL": EVENT,
            "run": { "runId": self.run_id(&step.name), "facets": { "parent": parent } },
            "job": { "namespace": self.namespace, "name": format!("{}.{}", self.lineage.pipeline, step.name) },
            "inputs": sets(&step.inputs),
            "outputs": sets(&step.outputs),
        })
    }

    fn data(&self, name: &str, sha256: &str) -> Value {
        self.set(&format!("pipelines/{}/{name}", self.lineage.pipeline), sha256)
    }

    /// A data set, with the digest as its version.
    fn set(&self, name: &str, sha256: &str) -> Value {
        let version = json!({
            "_producer": self.producer(), "_schemaURL": DATA_VERSION, "datasetVersion": format!("sha256:{sha256}"),
        });
        json!({ "namespace": self.namespace, "name": name, "facets": { "version": version } })
    }
}
