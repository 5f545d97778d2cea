//! No sequence of calls reaches a gated stage or alias without the evidence.

use proptest::collection::vec;
use proptest::prelude::*;
use redoubt_registry::{AttestationKind, Policy, Slot, Stage};
use serde_json::Value;

use crate::support::{Room, block_on, by};

#[derive(Clone, Debug)]
enum Call {
    Scan(u64, bool),
    Approve(u64, &'static str, bool),
    Stage(u64, Stage, bool),
    Alias(u64, &'static str),
    DeleteAlias(&'static str),
    RollBack(Slot),
    Delete(u64),
    Rename,
}

fn call() -> impl Strategy<Value = Call> {
    let version = 1..4_u64;
    let alias = prop_oneof![Just("champion"), Just("production"), Just("blue")];
    let stage = proptest::sample::select(Stage::ALL.to_vec());
    let actor = prop_oneof![Just("ann"), Just("bob"), Just("eve")];
    let slot = prop_oneof![
        stage.clone().prop_map(Slot::Stage),
        alias.clone().prop_map(|alias: &str| Slot::Alias(alias.to_owned())),
    ];
    prop_oneof![
        3 => (version.clone(), any::<bool>()).prop_map(|(version, passed)| Call::Scan(version, passed)),
        3 => (version.clone(), actor, any::<bool>()).prop_map(|(version, actor, passed)| Call::Approve(version, actor, passed)),
        4 => (version.clone(), stage, any::<bool>()).prop_map(|(version, stage, all)| Call::Stage(version, stage, all)),
        3 => (version.clone(), alias.clone()).prop_map(|(version, alias)| Call::Alias(version, alias)),
        1 => alias.prop_map(Call::DeleteAlias),
        3 => slot.prop_map(Call::RollBack),
        1 => version.prop_map(Call::Delete),
        1 => Just(Call::Rename),
    ]
}

/// What a version has, kept beside the registry.
#[derive(Clone, Default)]
struct Facts {
    scan: bool,
    said: std::collections::BTreeMap<&'static str, bool>,
}

impl Facts {
    fn suffice(&self) -> bool {
        let agree = self.said.iter().any(|(actor, passed)| *actor != "ann" && *passed);
        self.scan && agree && self.said.values().all(|passed| *passed)
    }
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 96, ..ProptestConfig::default() })]

    #[test]
    fn gated_slots_are_reached_by_evidence_alone(calls in vec(call(), 1..60)) {
        block_on(async {
            let room = Room::new(Policy::default());
            room.model("m", 3).await;
            let registry = &room.registry;
            let mut facts = vec![Facts::default(); 4];
            let mut name = "m".to_owned();
            for call in calls {
                let before = registry.model(&name).await.unwrap();
                match call.clone() {
                    Call::Scan(version, passed) => {
                        let done = registry
                            .attest(&name, version, AttestationKind::FileScan, passed, Value::Null, by("ann"))
                            .await;
                        if done.is_ok() {
                            facts[version as usize].scan = passed;
                        }
                    }
                    Call::Approve(version, actor, passed) => {
                        if registry.approve(&name, version, passed, "", by(actor)).await.is_ok() {
                            facts[version as usize].said.insert(actor, passed);
                        }
                    }
                    Call::Stage(version, stage, all) => {
                        _ = registry.set_stage(&name, version, stage, all, by("bob")).await;
                    }
                    Call::Alias(version, alias) => _ = registry.set_alias(&name, alias, version, by("bob")).await,
                    Call::DeleteAlias(alias) => registry.delete_alias(&name, alias, by("bob")).await.unwrap(),
                    Call::RollBack(slot) => _ = registry.roll_back(&name, &slot, by("bob")).await,
                    Call::Delete(version) => _ = registry.delete_version(&name, version, by("bob")).await,
                    Call::Rename => {
                        let new = format!("{name}'");
                        registry.rename_model(&name, &new, by("bob")).await.unwrap();
                        name = new;
                    }
                }
                let after = registry.model(&name).await.unwrap();
                // Whoever holds a gated slot now and did not before has what it asks for.
                for (version, stage) in &after.stages {
                    let is_new = before.stages.get(version) != Some(stage);
                    if *stage == Stage::Production && is_new {
                        assert!(facts[*version as usize].suffice(), "{call:?}: {version} in {stage:?}");
                    }
                }
                for (alias, version) in after.aliases.iter().filter(|(alias, _)| *alias != "blue") {
                    if before.aliases.get(alias) != Some(version) {
                        assert!(facts[*version as usize].suffice(), "{call:?}: {alias} leads to {version}");
                    }
                }
                // And nothing is used without it, whenever it was put there.
                for slot in [Slot::Stage(Stage::Production), Slot::Alias("champion".to_owned())] {
                    if let Ok(pass) = registry.admit_holder(&name, &slot, by("ann")).await {
                        assert!(facts[pass.version().version as usize].suffice(), "{call:?}: {slot}");
                    }
                }
            }
        });
    }
}
