use std::sync::Arc;

use redoubt_registry::{NewVersion, Policy, Stage, Status};

use crate::support::{Room, block_on, by, digest, words};

#[test]
fn numbers_begin_at_one_and_are_never_used_again() {
    block_on(async {
        let room = Room::new(Policy::default());
        let registry = &room.registry;
        room.model("m", 3).await;
        registry.delete_version("m", 3, by("ann")).await.unwrap();
        registry.delete_version("m", 1, by("ann")).await.unwrap();
        let next = registry.create_version("m", NewVersion::default(), by("ann")).await.unwrap();
        assert_eq!(next.version, 4);
        let numbers: Vec<u64> =
            registry.versions("m", None, 10).await.unwrap().items.iter().map(|version| version.version).collect();
        assert_eq!(numbers, [2, 4]);
        assert_eq!(words(registry.version("m", 3).await), "model `m` has no version 3");
        assert_eq!(words(registry.delete_version("m", 3, by("ann")).await), "model `m` has no version 3");
    });
}

#[test]
fn many_who_register_at_once_get_a_number_each() {
    let room = Room::new(Policy::default());
    block_on(room.model("m", 0));
    let registry = Arc::new(room.registry.clone());
    let threads: Vec<_> = (0..8)
        .map(|_| {
            let registry = Arc::clone(&registry);
            std::thread::spawn(move || {
                let one = || block_on(registry.create_version("m", NewVersion::default(), by("ann"))).unwrap().version;
                (0..10).map(|_| one()).collect::<Vec<u64>>()
            })
        })
        .collect();
    let mut numbers: Vec<u64> = threads.into_iter().flat_map(|thread| thread.join().unwrap()).collect();
    numbers.sort_unstable();
    assert_eq!(numbers, (1..=80).collect::<Vec<_>>());
}

#[test]
fn a_version_keeps_what_it_was_given() {
    block_on(async {
        let room = Room::new(Policy::default());
        let registry = &room.registry;
        room.model("m", 0).await;
        let new = NewVersion {
            source: Some("models:/m-1f".to_owned()),
            run_id: Some("4ac0".to_owned()),
            description: "first".to_owned(),
            tags: [("a".to_owned(), "b".to_owned())].into(),
            digest: None,
            is_pending: true,
        };
        let made = registry.create_version("m", new, by("ann")).await.unwrap();
        assert_eq!((made.status, made.stage, made.creator.as_str()), (Status::Pending, Stage::None, "ann"));
        assert_eq!(registry.version("m", 1).await.unwrap(), made);
        let settled = registry.settle("m", 1, digest(1), by("ann")).await.unwrap();
        assert_eq!((settled.digest, settled.status), (Some(digest(1)), Status::Ready));
        registry.settle("m", 1, digest(1), by("ann")).await.unwrap();
        let other = words(registry.settle("m", 1, digest(2), by("ann")).await);
        assert!(other.starts_with("version 1 of `m` has the digest 0101"), "{other}");
        let failed = registry.set_status("m", 1, Status::Failed, "no room", by("ann")).await.unwrap();
        assert_eq!((failed.status, failed.status_message.as_str()), (Status::Failed, "no room"));
        assert_eq!(registry.version_of_digest("m", digest(1)).await.unwrap().unwrap().version, 1);
        assert_eq!(registry.version_of_digest("m", digest(2)).await.unwrap(), None);
    });
}

#[test]
fn versions_come_in_pages_by_number() {
    block_on(async {
        let room = Room::new(Policy::default());
        let registry = &room.registry;
        room.model("a", 12).await;
        room.model("b", 3).await;
        for limit in [1, 4, 12, 15, 100] {
            let (mut one, mut all) = (Vec::new(), Vec::new());
            let mut after = None::<String>;
            loop {
                let page = registry.versions("a", after.as_deref(), limit).await.unwrap();
                one.extend(page.items.iter().map(|version| version.version));
                after = page.next;
                if after.is_none() {
                    break;
                }
            }
            loop {
                let page = registry.all_versions(after.as_deref(), limit).await.unwrap();
                all.extend(page.items.iter().map(|version| (version.name.clone(), version.version)));
                after = page.next;
                if after.is_none() {
                    break;
                }
            }
            assert_eq!(one, (1..=12).collect::<Vec<_>>(), "{limit}");
            all.sort();
            all.dedup();
            assert_eq!(all.len(), 15, "{limit}");
        }
    });
}

#[test]
fn values_beyond_their_bounds_are_refused() {
    block_on(async {
        let room = Room::new(Policy::default());
        let registry = &room.registry;
        room.model("m", 0).await;
        let check = async |new: NewVersion| {
            assert!(registry.create_version("m", new.clone(), by("ann")).await.is_err(), "{new:?}");
        };
        check(NewVersion { source: Some("x".repeat(2_049)), ..NewVersion::default() }).await;
        check(NewVersion { run_id: Some("x".repeat(257)), ..NewVersion::default() }).await;
        check(NewVersion { description: "x".repeat(100_001), ..NewVersion::default() }).await;
        check(NewVersion { tags: [("k".repeat(251), String::new())].into(), ..NewVersion::default() }).await;
        check(NewVersion { tags: (0..201).map(|n| (n.to_string(), String::new())).collect(), ..NewVersion::default() })
            .await;
        let long = "a".repeat(257);
        assert!(registry.create_version("m", NewVersion::default(), by(&long)).await.is_err());
        // What was refused took no number.
        assert_eq!(registry.create_version("m", NewVersion::default(), by("ann")).await.unwrap().version, 1);
    });
}
