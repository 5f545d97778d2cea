use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use aws_lc_rs::rand::SystemRandom;
use redoubt_domain::Secret;
use redoubt_models::sign::{self, Curve, SigningKey};
use redoubt_registry::{
    AttestationKey, AttestationKind, Entry, Gate, Limits, Manifest, ManifestError, NewVersion, Policy, Registry, Slot,
    Stage,
};
use serde_json::{Value, json};

use crate::support::{Room, block_on, by, digest, manifest, words};

#[test]
fn evidence_that_was_changed_is_none_and_shuts_the_gate() {
    block_on(async {
        let room = Room::new(Policy::default());
        let registry = &room.registry;
        room.model("m", 1).await;
        registry.attest("m", 1, AttestationKind::FileScan, true, json!({ "files": 1 }), by("ann")).await.unwrap();
        registry.approve("m", 1, true, "", by("bob")).await.unwrap();
        let production = Slot::Stage(Stage::Production);
        registry.admit("m", 1, &production).await.unwrap();

        let records = &registry.records;
        let rows = records.scan("registry_attestation", None, 10).await.unwrap();
        assert_eq!(rows.len(), 2);
        let text = String::from_utf8(rows[0].value.to_vec()).unwrap();
        let changed = text.replacen("\"sig\":\"", "\"sig\":\"AAAA", 1);
        let version = records.put_if("registry_attestation", &rows[0].id, Some(1), changed.into()).await.unwrap();
        assert!(registry.admit("m", 1, &production).await.is_err());
        assert!(registry.attestations("m", 1).await.unwrap().last().unwrap().evidence.is_err());
        records.put_if("registry_attestation", &rows[0].id, Some(version), text.into()).await.unwrap();
        registry.admit("m", 1, &production).await.unwrap();

        // Evidence is of a digest: moved to another it counts for nothing.
        let new = NewVersion { digest: Some(digest(9)), ..NewVersion::default() };
        registry.create_version("m", new, by("ann")).await.unwrap();
        for row in rows {
            let id = format!("acme/{}/{}", digest(9), row.id.rsplit('/').next().unwrap());
            records.put_if("registry_attestation", &id, None, row.value).await.unwrap();
        }
        assert!(registry.admit("m", 2, &production).await.is_err());

        // Nor is what another installation signed.
        let key = Arc::new(AttestationKey::from_seed(&Secret::new([8; 32])).unwrap());
        let other = Registry { key, ..registry.clone() };
        assert!(other.admit("m", 1, &production).await.is_err());
    });
}

#[test]
fn a_signature_is_verified_when_given_and_each_time_after() {
    block_on(async {
        let (key, _) = SigningKey::generate(Curve::P256, &SystemRandom::new()).unwrap();
        let (stranger, _) = SigningKey::generate(Curve::P256, &SystemRandom::new()).unwrap();
        let gate = Gate { requires: [AttestationKind::Signature].into(), approvals: 1 };
        let signers: BTreeSet<_> = [key.public().hint()].into();
        let policy = Policy::new([(Stage::Production, gate)].into(), BTreeMap::new()).with_signers(signers);
        let room = Room::new(policy);
        let registry = &room.registry;
        room.model("m", 2).await;
        let (first, second) = (manifest("m 0"), manifest("m 1"));
        let bundle = |manifest: &Manifest, key: &SigningKey| {
            sign::sign(&manifest.signed("folder"), &[], key, &SystemRandom::new()).unwrap()
        };
        let good = bundle(&first, &key);
        let attest = async |version, manifest: &Manifest, bundle: &str, key: &SigningKey| {
            registry.attest_signature("m", version, manifest, bundle, key.public(), by("ann")).await
        };
        assert_eq!(words(attest(1, &second, &good, &key).await), "manifest: it is not the one of this version");
        let other = words(attest(2, &second, &good, &key).await);
        assert_eq!(other, "signature: it is good, and about other files than this version has");
        let untrusted = words(attest(1, &first, &bundle(&first, &stranger), &stranger).await);
        assert!(untrusted.starts_with("signature: the policy does not trust key"), "{untrusted}");
        assert!(attest(1, &first, "{}", &key).await.is_err());
        assert!(registry.set_stage("m", 1, Stage::Production, true, by("ann")).await.is_err());
        attest(1, &first, &good, &key).await.unwrap();
        registry.set_stage("m", 1, Stage::Production, true, by("ann")).await.unwrap();
        // A key that is trusted no more takes its models with it.
        let policy = (*registry.policy).clone().with_signers([digest(1)].into());
        let later = Registry { policy: Arc::new(policy), ..registry.clone() };
        assert!(later.admit_holder("m", &Slot::Stage(Stage::Production), by("ann")).await.is_err());
    });
}

#[test]
fn evidence_has_a_size() {
    block_on(async {
        let room = Room::new(Policy::default());
        room.model("m", 1).await;
        let large = Value::String("x".repeat(4 << 20));
        let refused = room.registry.attest("m", 1, AttestationKind::Evaluation, true, large, by("ann")).await;
        assert!(words(refused).contains("are the most"));
    });
}

#[test]
fn a_manifest_names_files_within_a_folder() {
    let entry = Entry { size: 1, digest: digest(1) };
    let make = |paths: &[&str]| Manifest::new(paths.iter().map(|path| ((*path).to_owned(), entry)), &Limits::default());
    for paths in [&["a"][..], &["a/b", "a/c", "d"], &["größe/x y"]] {
        let made = make(paths).unwrap();
        assert_eq!(Manifest::from_text(&made.to_text(), &Limits::default()).unwrap(), made);
    }
    for path in ["", "/a", "a/", "a//b", "../a", "a/..", "./a", "a\\b", "a\0b", &"x".repeat(5_000)] {
        assert!(matches!(make(&[path]), Err(ManifestError::Path(_))), "{path:?}");
    }
    assert_eq!(make(&[]), Err(ManifestError::Empty));
    assert_eq!(make(&["a", "a"]), Err(ManifestError::Twice("a".to_owned())));
    assert_eq!(make(&["a/b", "a"]), Err(ManifestError::Twice("a".to_owned())));
    // The same bytes under other names are another version.
    assert_ne!(make(&["a"]).unwrap().digest(), make(&["b"]).unwrap().digest());
    for text in ["", "{}", r#"{"v":2,"files":[]}"#, r#"{"v":1,"files":[{"path":"a","size":1,"sha256":"00"}]}"#] {
        assert!(Manifest::from_text(text, &Limits::default()).is_err(), "{text}");
    }
}
