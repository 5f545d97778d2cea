use std::collections::BTreeMap;

use redoubt_registry::{AttestationKind, Gate, Happening, NewVersion, Policy, RegistryError, Slot, Stage};
use serde_json::Value;

use crate::support::{Room, block_on, by};

const PRODUCTION: Slot = Slot::Stage(Stage::Production);

/// What is missing at the gate, by kind.
async fn missing(room: &Room, version: u64, slot: &Slot) -> Vec<&'static str> {
    match room.registry.admit("m", version, slot).await {
        Ok(_) => Vec::new(),
        Err(RegistryError::Refused(refusal)) => refusal.missing.iter().map(|missing| missing.kind.name()).collect(),
        Err(error) => panic!("{error}"),
    }
}

async fn attest(room: &Room, version: u64, kind: AttestationKind, passed: bool) {
    room.registry.attest("m", version, kind, passed, Value::Null, by("ann")).await.unwrap();
}

#[test]
fn production_asks_for_a_scan_and_for_somebody_else() {
    block_on(async {
        let room = Room::new(Policy::default());
        room.model("m", 2).await;
        assert_eq!(missing(&room, 1, &PRODUCTION).await, ["file-scan", "approval"]);
        assert_eq!(missing(&room, 1, &Slot::Stage(Stage::Staging)).await, [""; 0]);
        attest(&room, 1, AttestationKind::FileScan, true).await;
        assert_eq!(missing(&room, 1, &PRODUCTION).await, ["approval"]);
        room.registry.approve("m", 1, true, "mine", by("ann")).await.unwrap();
        assert_eq!(missing(&room, 1, &PRODUCTION).await, ["approval"]);
        room.registry.approve("m", 1, true, "seen", by("bob")).await.unwrap();
        assert_eq!(missing(&room, 1, &PRODUCTION).await, [""; 0]);
        room.registry.set_stage("m", 1, Stage::Production, true, by("ann")).await.unwrap();
        // It says nothing of the other version.
        assert_eq!(missing(&room, 2, &PRODUCTION).await, ["file-scan", "approval"]);
    });
}

#[test]
fn a_refusal_tells_what_is_missing_and_how_to_get_it() {
    block_on(async {
        let room = Room::new(Policy::default());
        room.model("m", 1).await;
        let refused = room.registry.set_stage("m", 1, Stage::Production, true, by("ann")).await.unwrap_err();
        assert_eq!(
            refused.to_string(),
            "stage `Production` of `m` stays shut for version 1\n  \
             file-scan: there is none for this digest\n    \
             redoubt model attest m/1 --scan\n  \
             approval: 1 needed by somebody other than ann, who registered it; 0 so far\n    \
             REDOUBT_KEY=… redoubt model approve m/1"
        );
        assert_eq!(room.registry.version("m", 1).await.unwrap().stage, Stage::None);
        let told = room.told();
        let (what, subject, detail) = told.last().unwrap();
        assert_eq!((*what, subject.as_str()), (Happening::Refused, "m/1"));
        assert_eq!(detail, "stage `Production`: file-scan, approval missing");
    });
}

#[test]
fn what_was_said_last_counts() {
    block_on(async {
        let room = Room::new(Policy::default());
        room.model("m", 1).await;
        attest(&room, 1, AttestationKind::FileScan, true).await;
        room.registry.approve("m", 1, true, "", by("bob")).await.unwrap();
        attest(&room, 1, AttestationKind::FileScan, false).await;
        assert_eq!(missing(&room, 1, &PRODUCTION).await, ["file-scan"]);
        attest(&room, 1, AttestationKind::FileScan, true).await;
        assert_eq!(missing(&room, 1, &PRODUCTION).await, [""; 0]);
        // One who rejects outweighs those who agree, until that one agrees.
        room.registry.approve("m", 1, false, "no", by("eve")).await.unwrap();
        assert_eq!(missing(&room, 1, &PRODUCTION).await, ["approval"]);
        room.registry.approve("m", 1, true, "now", by("eve")).await.unwrap();
        assert_eq!(missing(&room, 1, &PRODUCTION).await, [""; 0]);
    });
}

#[test]
fn an_alias_is_no_way_around_a_stage() {
    block_on(async {
        let room = Room::new(Policy::default());
        room.model("m", 1).await;
        for alias in ["champion", "Champion", "production", "PRODUCTION"] {
            let slot = Slot::Alias(alias.to_owned());
            assert_eq!(missing(&room, 1, &slot).await, ["file-scan", "approval"], "{alias}");
            assert!(room.registry.set_alias("m", alias, 1, by("ann")).await.is_err(), "{alias}");
        }
        room.registry.set_alias("m", "experiment", 1, by("ann")).await.unwrap();
    });
}

#[test]
fn several_approvals_are_of_several_people() {
    block_on(async {
        let requires = [AttestationKind::Approval, AttestationKind::Evaluation].into();
        let gate = Gate { requires, approvals: 2 };
        let policy = Policy::new([(Stage::Staging, gate)].into(), BTreeMap::new());
        let room = Room::new(policy);
        room.model("m", 1).await;
        let staging = Slot::Stage(Stage::Staging);
        attest(&room, 1, AttestationKind::Evaluation, true).await;
        for actor in ["bob", "bob", "ann"] {
            room.registry.approve("m", 1, true, "", by(actor)).await.unwrap();
            assert_eq!(missing(&room, 1, &staging).await, ["approval"], "{actor}");
        }
        room.registry.approve("m", 1, true, "", by("eve")).await.unwrap();
        assert_eq!(missing(&room, 1, &staging).await, [""; 0]);
    });
}

#[test]
fn a_version_without_content_passes_no_gate() {
    block_on(async {
        let room = Room::new(Policy::default());
        room.model("m", 0).await;
        room.registry.create_version("m", NewVersion::default(), by("ann")).await.unwrap();
        assert_eq!(missing(&room, 1, &PRODUCTION).await, ["file-scan", "approval"]);
        let attested = room.registry.attest("m", 1, AttestationKind::FileScan, true, Value::Null, by("ann")).await;
        assert!(matches!(attested, Err(RegistryError::NoContent { .. })));
    });
}

#[test]
fn what_was_let_through_once_is_looked_at_again() {
    block_on(async {
        let room = Room::new(Policy::default());
        room.model("m", 1).await;
        attest(&room, 1, AttestationKind::FileScan, true).await;
        room.registry.approve("m", 1, true, "", by("bob")).await.unwrap();
        room.registry.set_stage("m", 1, Stage::Production, true, by("ann")).await.unwrap();
        room.registry.set_alias("m", "blue", 1, by("ann")).await.unwrap();
        let blue = Slot::Alias("blue".to_owned());
        assert_eq!(room.registry.admit_holder("m", &PRODUCTION, by("ann")).await.unwrap().version().version, 1);
        assert_eq!(room.registry.admit_holder("m", &blue, by("ann")).await.unwrap().evidence().len(), 2);
        attest(&room, 1, AttestationKind::FileScan, false).await;
        assert!(room.registry.admit_holder("m", &PRODUCTION, by("ann")).await.is_err());
        // An alias without a gate leads into the stage all the same.
        assert!(room.registry.admit_holder("m", &blue, by("ann")).await.is_err());
    });
}
