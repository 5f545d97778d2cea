use std::collections::BTreeMap;

use redoubt_domain::TenantId;
use redoubt_registry::{Happening, Policy, Registry};

use crate::support::{Room, block_on, by, words};

#[test]
fn a_model_is_made_once_and_found_by_its_name() {
    block_on(async {
        let room = Room::new(Policy::default());
        let registry = &room.registry;
        let tags: BTreeMap<String, String> = [("team".to_owned(), "risk".to_owned())].into();
        let made = registry.create_model("lending", "who pays back", tags.clone(), by("ann")).await.unwrap();
        assert_eq!((made.name.as_str(), made.description.as_str(), &made.tags), ("lending", "who pays back", &tags));
        assert_eq!(registry.model("lending").await.unwrap(), made);
        let again = registry.create_model("lending", "", BTreeMap::new(), by("bob")).await;
        assert_eq!(words(again), "there is a model called `lending` already");
        assert_eq!(words(registry.model("Lending").await), "there is no model called `Lending`");
        assert_eq!(room.told(), [(Happening::Registered, "lending".to_owned(), String::new())]);
    });
}

#[test]
fn names_that_a_path_or_terminal_would_trip_over_are_refused() {
    block_on(async {
        let registry = Room::new(Policy::default()).registry;
        let check = async |name: &str, is_right: bool| {
            let made = registry.create_model(name, "", BTreeMap::new(), by("ann")).await;
            assert_eq!(made.is_ok(), is_right, "{name:?}: {made:?}");
        };
        for name in ["a", "two words", "größe", "a@b", "..", &"x".repeat(256), "v1", "%", "a\u{301}"] {
            check(name, true).await;
        }
        for name in ["", " ", "a/b", "a:b", "a\nb", "a\0", &"x".repeat(257), "\u{1b}[2J"] {
            check(name, false).await;
        }
    });
}

#[test]
fn models_are_listed_in_pages_in_the_order_of_their_names() {
    block_on(async {
        let registry = Room::new(Policy::default()).registry;
        let mut names: Vec<String> = (0..23).map(|n| format!("model {n}")).collect();
        for name in &names {
            registry.create_model(name, "", BTreeMap::new(), by("ann")).await.unwrap();
        }
        names.sort();
        for limit in [1, 5, 22, 23, 24, 1_000] {
            let (mut found, mut after) = (Vec::new(), None::<String>);
            loop {
                let page = registry.models(after.as_deref(), limit).await.unwrap();
                assert!(page.items.len() <= limit);
                found.extend(page.items.into_iter().map(|model| model.name));
                match page.next {
                    Some(next) => after = Some(next),
                    None => break,
                }
            }
            assert_eq!(found, names, "{limit}");
        }
    });
}

#[test]
fn a_rename_takes_everything_along() {
    block_on(async {
        let room = Room::new(Policy::default());
        let registry = &room.registry;
        room.model("old", 3).await;
        registry.create_model("taken", "", BTreeMap::new(), by("ann")).await.unwrap();
        registry.set_alias("old", "blue", 2, by("ann")).await.unwrap();
        assert_eq!(
            words(registry.rename_model("old", "taken", by("ann")).await),
            "there is a model called `taken` already"
        );
        let renamed = registry.rename_model("old", "new", by("ann")).await.unwrap();
        assert_eq!((renamed.name.as_str(), renamed.aliases["blue"]), ("new", 2));
        assert!(registry.model("old").await.is_err());
        assert_eq!(registry.version("new", 3).await.unwrap().name, "new");
        // The old name is free, and means nothing old.
        registry.create_model("old", "", BTreeMap::new(), by("bob")).await.unwrap();
        assert!(registry.version("old", 1).await.is_err());
        assert_eq!(registry.rename_model("new", "new", by("ann")).await.unwrap().name, "new");
    });
}

#[test]
fn a_deleted_model_leaves_nothing_and_its_name_begins_anew() {
    block_on(async {
        let room = Room::new(Policy::default());
        let registry = &room.registry;
        room.model("m", 2).await;
        registry.delete_model("m", by("ann")).await.unwrap();
        assert_eq!(words(registry.delete_model("m", by("ann")).await), "there is no model called `m`");
        assert!(registry.all_versions(None, 100).await.unwrap().items.is_empty());
        room.model("m", 1).await;
        assert_eq!(registry.versions("m", None, 10).await.unwrap().items.len(), 1);
    });
}

#[test]
fn tags_and_descriptions_change_and_have_bounds() {
    block_on(async {
        let room = Room::new(Policy::default());
        let registry = &room.registry;
        room.model("m", 1).await;
        registry.tag_model("m", "k", Some("v"), by("ann")).await.unwrap();
        assert_eq!(registry.tag_model("m", "k", Some("w"), by("ann")).await.unwrap().tags["k"], "w");
        assert!(registry.tag_model("m", "k", None, by("ann")).await.unwrap().tags.is_empty());
        assert_eq!(registry.describe_model("m", "x", by("ann")).await.unwrap().description, "x");
        assert!(registry.tag_model("m", "", Some("v"), by("ann")).await.is_err());
        assert!(registry.tag_model("m", &"k".repeat(251), Some("v"), by("ann")).await.is_err());
        assert!(registry.tag_model("m", "k", Some(&"v".repeat(100_001)), by("ann")).await.is_err());
        registry.tag_model("m", &"k".repeat(250), Some(&"v".repeat(100_000)), by("ann")).await.unwrap();
        for n in 0..199 {
            registry.tag_version("m", 1, &n.to_string(), Some(""), by("ann")).await.unwrap();
        }
        registry.tag_version("m", 1, "199", Some(""), by("ann")).await.unwrap();
        assert_eq!(
            words(registry.tag_version("m", 1, "200", Some(""), by("ann")).await),
            "tags: there are more than 200"
        );
    });
}

#[test]
fn tenants_do_not_meet() {
    block_on(async {
        let room = Room::new(Policy::default());
        room.model("m", 1).await;
        let other = Registry { tenant: TenantId::parse("acme2").unwrap(), ..room.registry.clone() };
        assert!(other.model("m").await.is_err());
        assert!(other.models(None, 10).await.unwrap().items.is_empty());
        assert!(other.all_versions(None, 10).await.unwrap().items.is_empty());
        other.create_model("m", "", BTreeMap::new(), by("eve")).await.unwrap();
        other.delete_model("m", by("eve")).await.unwrap();
        assert_eq!(room.registry.version("m", 1).await.unwrap().version, 1);
    });
}
