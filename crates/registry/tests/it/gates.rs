use std::collections::BTreeMap;
use std::sync::Arc;

use redoubt_registry::{AttestationKind, Gate, Happening, NewVersion, Policy, RegistryError, Slot, Stage};
use serde_json::Value;

use crate::support::{Room, block_on, by, owned};

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

#[test]
fn one_person_with_two_keys_is_one_person() {
    block_on(async {
        let requires = [AttestationKind::Approval].into();
        let gate = Gate { requires, approvals: 2 };
        let room = Room::new(Policy::new([(Stage::Production, gate)].into(), BTreeMap::new()));
        let registry = &room.registry;
        let new = |n: u8| NewVersion { digest: Some(crate::support::digest(n)), ..NewVersion::default() };
        registry.create_model("m", "", BTreeMap::new(), by("ann")).await.unwrap();
        registry.create_version("m", new(1), owned("key_1", Some("Ann"))).await.unwrap();
        let approve =
            async |version, actor, owner| registry.approve("m", version, true, "", owned(actor, owner)).await.map(drop);
        let reason = async |version| match registry.admit("m", version, &PRODUCTION).await.map(drop) {
            Ok(()) => String::new(),
            Err(RegistryError::Refused(refusal)) => refusal.missing[0].reason.clone(),
            Err(error) => panic!("{error}"),
        };
        approve(1, "key_2", Some("ann")).await.unwrap();
        assert_eq!(
            reason(1).await,
            "2 needed by somebody other than Ann, who registered it; only that one's own so far"
        );
        let nobody = approve(1, "key_3", None).await.unwrap_err().to_string();
        assert!(nobody.starts_with("`key_3` has no owner, so nobody knows who agrees"), "{nobody}");
        for key in ["key_4", "key_5"] {
            approve(1, key, Some("bob")).await.unwrap();
            assert!(reason(1).await.ends_with("; 1 so far"), "{key}");
        }
        approve(1, "key_6", Some("eve")).await.unwrap();
        assert_eq!(reason(1).await, "");
        // A key of nobody may still reject, and by another key of theirs a person takes back what was said.
        registry.approve("m", 1, false, "", owned("key_3", None)).await.unwrap();
        assert_eq!(reason(1).await, "key_3 rejects it");
        registry.create_version("m", new(2), owned("key_3", None)).await.unwrap();
        for owner in ["bob", "eve"] {
            approve(2, "key", Some(owner)).await.unwrap();
        }
        let unknown = reason(2).await;
        assert!(unknown.starts_with("key_3 registered it and has no owner"), "{unknown}");
    });
}

#[test]
fn nothing_is_used_that_did_not_pass_a_scan_whatever_leads_to_it() {
    block_on(async {
        let room = Room::new(Policy::default());
        let registry = &room.registry;
        room.model("m", 1).await;
        registry.set_stage("m", 1, Stage::Staging, false, by("ann")).await.unwrap();
        registry.set_alias("m", "blue", 1, by("ann")).await.unwrap();
        let (staging, blue) = (Slot::Stage(Stage::Staging), Slot::Alias("blue".to_owned()));
        let uses = async || {
            [
                registry.admit_version("m", 1, by("ann")).await.map(drop),
                registry.admit_holder("m", &staging, by("ann")).await.map(drop),
                registry.admit_holder("m", &blue, by("ann")).await.map(drop),
                registry.admit_however("m", 1, by("ann")).await.map(drop),
            ]
        };
        for refused in uses().await {
            let words = refused.unwrap_err().to_string();
            assert!(words.starts_with("export of `m` stays shut for version 1\n  file-scan: "), "{words}");
        }
        let told = room.told();
        assert_eq!(told.last().unwrap().2, "export: file-scan missing");
        assert_eq!(told.iter().filter(|(what, ..)| *what == Happening::Refused).count(), 4);
        // To look at it is no use.
        registry.look_at("m", 1).await.unwrap();
        attest(&room, 1, AttestationKind::FileScan, true).await;
        assert!(uses().await.iter().all(Result::is_ok));
        let strict = Gate { requires: [AttestationKind::Approval].into(), approvals: 1 };
        let policy = Arc::new(Policy::default().with_export(strict));
        let strict = redoubt_registry::Registry { policy, ..registry.clone() };
        assert!(strict.admit_version("m", 1, by("ann")).await.is_err());
        assert!(strict.admit_holder("m", &staging, by("ann")).await.is_err());
        registry.approve("m", 1, true, "", by("bob")).await.unwrap();
        strict.admit_holder("m", &staging, by("ann")).await.unwrap();
    });
}
