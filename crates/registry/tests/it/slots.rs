use std::collections::BTreeMap;

use redoubt_registry::{Happening, Policy, Slot, Stage};

use crate::support::{Room, block_on, by, words};

fn open() -> Policy {
    Policy::new(BTreeMap::new(), BTreeMap::new())
}

#[test]
fn aliases_lead_to_versions_and_have_rules() {
    block_on(async {
        let room = Room::new(open());
        let registry = &room.registry;
        room.model("m", 2).await;
        registry.set_alias("m", "blue", 1, by("ann")).await.unwrap();
        registry.set_alias("m", "green", 1, by("ann")).await.unwrap();
        assert_eq!(registry.version("m", 1).await.unwrap().aliases, ["blue", "green"]);
        registry.set_alias("m", "blue", 2, by("ann")).await.unwrap();
        assert_eq!(registry.version_by_alias("m", "blue").await.unwrap().version, 2);
        assert_eq!(words(registry.version_by_alias("m", "red").await), "model `m` has no alias `red`");
        registry.delete_alias("m", "green", by("ann")).await.unwrap();
        registry.delete_alias("m", "green", by("ann")).await.unwrap();
        assert!(registry.version("m", 1).await.unwrap().aliases.is_empty());
        assert!(registry.set_alias("m", "blue", 3, by("ann")).await.is_err());
        for alias in ["", "latest", "Latest", "v1", "V20", "a b", "a.b", "a@b", &"x".repeat(256)] {
            assert!(registry.set_alias("m", alias, 1, by("ann")).await.is_err(), "{alias:?}");
        }
        for alias in ["v", "v1a", "a-b_c", "größe", &"x".repeat(255)] {
            registry.set_alias("m", alias, 1, by("ann")).await.unwrap();
        }
        registry.delete_version("m", 2, by("ann")).await.unwrap();
        assert!(registry.version_by_alias("m", "blue").await.is_err());
    });
}

#[test]
fn stages_are_held_by_several_or_archived() {
    block_on(async {
        let room = Room::new(open());
        let registry = &room.registry;
        room.model("m", 4).await;
        let latest = async |stages: &[Stage]| -> Vec<u64> {
            registry.latest_versions("m", stages).await.unwrap().iter().map(|version| version.version).collect()
        };
        assert_eq!(latest(&Stage::ALL).await, [4]);
        registry.set_stage("m", 1, Stage::Production, false, by("ann")).await.unwrap();
        registry.set_stage("m", 2, Stage::Production, false, by("ann")).await.unwrap();
        assert_eq!(latest(&[Stage::Production]).await, [2]);
        assert_eq!(registry.version("m", 1).await.unwrap().stage, Stage::Production);
        registry.set_stage("m", 3, Stage::Production, true, by("ann")).await.unwrap();
        assert_eq!(registry.version("m", 1).await.unwrap().stage, Stage::Archived);
        assert_eq!(registry.version("m", 2).await.unwrap().stage, Stage::Archived);
        assert_eq!(latest(&[Stage::None, Stage::Production, Stage::Staging]).await, [4, 3]);
        registry.set_stage("m", 3, Stage::None, false, by("ann")).await.unwrap();
        assert_eq!(
            words(registry.holder("m", &Slot::Stage(Stage::Production)).await),
            "model `m` has no version in stage `Production`"
        );
    });
}

#[test]
fn a_rollback_goes_back_one_at_a_time() {
    block_on(async {
        let room = Room::new(open());
        let registry = &room.registry;
        room.model("m", 4).await;
        let production = Slot::Stage(Stage::Production);
        let nothing = registry.roll_back("m", &production, by("ann")).await;
        assert!(words(nothing).starts_with("no earlier version of `m` held stage `Production`"));
        for version in 1..=4 {
            registry.set_stage("m", version, Stage::Production, true, by("ann")).await.unwrap();
        }
        registry.delete_version("m", 2, by("ann")).await.unwrap();
        assert_eq!(registry.roll_back("m", &production, by("bob")).await.unwrap().version, 3);
        assert_eq!(registry.version("m", 4).await.unwrap().stage, Stage::Archived);
        assert_eq!(registry.roll_back("m", &production, by("bob")).await.unwrap().version, 1);
        assert!(registry.roll_back("m", &production, by("bob")).await.is_err());
        assert_eq!(registry.holder("m", &production).await.unwrap().version, 1);
        let moves = registry.model("m").await.unwrap().moves;
        assert_eq!(moves.last().map(|last| (last.actor.as_str(), last.how.as_str())), Some(("bob", "rolled back")));
        let told = room.told();
        assert_eq!(told.iter().filter(|(what, ..)| *what == Happening::RolledBack).count(), 2);

        // An alias goes back as well, and a version that left its stage can return.
        for version in [1, 3, 4] {
            registry.set_alias("m", "champion", version, by("ann")).await.unwrap();
        }
        let champion = Slot::Alias("champion".to_owned());
        assert_eq!(registry.roll_back("m", &champion, by("ann")).await.unwrap().version, 3);
        registry.delete_alias("m", "champion", by("ann")).await.unwrap();
        assert_eq!(registry.roll_back("m", &champion, by("ann")).await.unwrap().version, 3);
        registry.set_stage("m", 1, Stage::Archived, false, by("ann")).await.unwrap();
        assert_eq!(registry.roll_back("m", &production, by("ann")).await.unwrap().version, 1);
    });
}
