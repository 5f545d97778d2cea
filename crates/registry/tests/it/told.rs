//! Each change is told of, and nothing is told that did not happen, whenever the process dies.

use std::collections::BTreeMap;
use std::sync::Arc;
use std::sync::atomic::AtomicUsize;

use redoubt_domain::seams::Records;
use redoubt_registry::{AttestationKind, NewVersion, Policy, Registry, RegistryError, Slot, Stage, Status};
use serde_json::Value;

use crate::content::Dying;
use crate::support::{DIARY, Room, block_on, by, digest};

/// Every change that there is, by name.
const CHANGES: &[&str] = &[
    "create",
    "version",
    "rename",
    "describe",
    "tag",
    "tag version",
    "settle",
    "status",
    "attest",
    "approve",
    "alias",
    "no alias",
    "stage",
    "roll back",
    "delete version",
    "delete",
];

async fn make(registry: &Registry, change: &str) -> Result<(), RegistryError> {
    let who = by("ann");
    match change {
        "create" => registry.create_model("n", "", BTreeMap::new(), who).await.map(drop),
        "version" => registry.create_version("m", NewVersion::default(), who).await.map(drop),
        "rename" => registry.rename_model("m", "n", who).await.map(drop),
        "describe" => registry.describe_model("m", "x", who).await.map(drop),
        "tag" => registry.tag_model("m", "k", Some("v"), who).await.map(drop),
        "tag version" => registry.tag_version("m", 1, "k", Some("v"), who).await.map(drop),
        "settle" => registry.settle("m", 3, digest(9), who).await.map(drop),
        "status" => registry.set_status("m", 1, Status::Failed, "", who).await.map(drop),
        "attest" => registry.attest("m", 1, AttestationKind::Fairness, true, Value::Null, who).await.map(drop),
        "approve" => registry.approve("m", 1, true, "", who).await.map(drop),
        "alias" => registry.set_alias("m", "green", 1, who).await.map(drop),
        "no alias" => registry.delete_alias("m", "blue", who).await,
        "stage" => registry.set_stage("m", 1, Stage::Production, true, who).await.map(drop),
        "roll back" => registry.roll_back("m", &Slot::Stage(Stage::Production), who).await.map(drop),
        "delete version" => registry.delete_version("m", 2, who).await,
        _ => registry.delete_model("m", who).await,
    }
}

/// Every record but those that tell.
async fn state(records: &dyn Records) -> Vec<redoubt_domain::seams::Record> {
    let mut state = Vec::new();
    for kind in ["name", "model", "version", "attestation", "content", "lineage"] {
        state.extend(records.scan(&format!("registry_{kind}"), None, 1_000).await.unwrap());
    }
    state
}

#[test]
fn a_change_is_made_and_told_or_neither() {
    for change in CHANGES {
        let mut outcomes = [0, 0];
        for writes in 0..3 {
            block_on(async {
                let records = redoubt_store::backends::memory::stores().records;
                let room = Room::over(Arc::clone(&records), Policy::new(BTreeMap::new(), BTreeMap::new()));
                room.model("m", 2).await;
                room.registry.create_version("m", NewVersion::default(), by("ann")).await.unwrap();
                room.registry.set_alias("m", "blue", 1, by("ann")).await.unwrap();
                for version in [1, 2] {
                    room.registry.set_stage("m", version, Stage::Production, true, by("ann")).await.unwrap();
                }
                let (before, told) = (state(records.as_ref()).await, records.scan(DIARY, None, 100).await.unwrap());
                let dying = Dying { records: Arc::clone(&records), left: AtomicUsize::new(writes) };
                let registry = Registry { records: Arc::new(dying), ..room.registry.clone() };
                let made = make(&registry, change).await;
                let is_changed = state(records.as_ref()).await != before;
                let more = records.scan(DIARY, None, 100).await.unwrap().len() - told.len();
                assert_eq!((is_changed, more), (made.is_ok(), usize::from(made.is_ok())), "{change} {writes} {made:?}");
                outcomes[usize::from(made.is_ok())] += 1;
                // Made again it changes nothing, and nothing is told.
                let is_repeatable = ["describe", "tag", "tag version", "settle", "status", "alias", "no alias"];
                if made.is_ok() && is_repeatable.contains(change) {
                    let now = state(records.as_ref()).await;
                    make(&room.registry, change).await.unwrap();
                    assert_eq!(state(records.as_ref()).await, now, "{change}");
                    assert_eq!(records.scan(DIARY, None, 100).await.unwrap().len(), told.len() + 1, "{change}");
                }
            });
        }
        assert_eq!(outcomes, [1, 2], "{change} is one commit");
    }
}
