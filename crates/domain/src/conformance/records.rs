use bytes::Bytes;

use super::join::join_all;
use crate::seams::{Change, Record, RecordError, Records};

/// What [`Records`] promise.
pub async fn records(records: &dyn Records) {
    a_record_is_written_once_per_version(records).await;
    kinds_do_not_meet(records).await;
    a_removed_record_can_be_made_again(records).await;
    scans_are_bytewise_and_paged(records).await;
    of_many_writers_one_wins(records).await;
    changes_are_made_together_or_not_at_all(records).await;
}

fn is_conflict<T: std::fmt::Debug>(result: Result<T, RecordError>, kind: &str, id: &str) {
    match result {
        Err(RecordError::Conflict { kind: found_kind, id: found_id }) => {
            assert_eq!((found_kind.as_str(), found_id.as_str()), (kind, id));
        }
        other => panic!("expected a conflict over `{kind}/{id}`, not {other:?}"),
    }
}

fn value(text: &'static str) -> Bytes {
    Bytes::from_static(text.as_bytes())
}

async fn a_record_is_written_once_per_version(records: &dyn Records) {
    assert_eq!(records.get("key", "a").await.unwrap(), None);
    is_conflict(records.put_if("key", "a", Some(1), value("no")).await, "key", "a");
    assert_eq!(records.put_if("key", "a", None, value("one")).await.unwrap(), 1);
    is_conflict(records.put_if("key", "a", None, value("no")).await, "key", "a");
    assert_eq!(records.put_if("key", "a", Some(1), value("two")).await.unwrap(), 2);
    is_conflict(records.put_if("key", "a", Some(1), value("no")).await, "key", "a");
    is_conflict(records.put_if("key", "a", Some(3), value("no")).await, "key", "a");
    let expected = Record { id: "a".to_owned(), version: 2, value: value("two") };
    assert_eq!(records.get("key", "a").await.unwrap(), Some(expected));
}

async fn kinds_do_not_meet(records: &dyn Records) {
    assert_eq!(records.put_if("policy", "a", None, Bytes::new()).await.unwrap(), 1);
    assert_eq!(records.get("policy", "a").await.unwrap().unwrap().value, Bytes::new());
    assert_eq!(records.get("key", "a").await.unwrap().unwrap().value, value("two"));
    assert!(records.scan("nothing", None, 10).await.unwrap().is_empty());
    assert_eq!(records.scan("policy", None, 10).await.unwrap().len(), 1);
}

async fn a_removed_record_can_be_made_again(records: &dyn Records) {
    is_conflict(records.delete_if("key", "a", 1).await, "key", "a");
    records.delete_if("key", "a", 2).await.unwrap();
    is_conflict(records.delete_if("key", "a", 2).await, "key", "a");
    assert_eq!(records.get("key", "a").await.unwrap(), None);
    assert_eq!(records.put_if("key", "a", None, value("again")).await.unwrap(), 1);
}

async fn scans_are_bytewise_and_paged(records: &dyn Records) {
    let mut ids = ["B", "a", "b", "", "a/b", "a b", "\u{e9}", "\u{1f600}", "\u{ffff}", "aa", "%", "_"];
    for id in ids {
        records.put_if("scan", id, None, value("v")).await.unwrap();
    }
    ids.sort_unstable();
    let found = |page: Vec<Record>| page.into_iter().map(|record| record.id).collect::<Vec<_>>();
    assert_eq!(found(records.scan("scan", None, 100).await.unwrap()), ids);
    let mut paged = found(records.scan("scan", None, 5).await.unwrap());
    assert_eq!(paged.len(), 5);
    while let Some(last) = paged.last().cloned() {
        let page = found(records.scan("scan", Some(&last), 5).await.unwrap());
        if page.is_empty() {
            break;
        }
        paged.extend(page);
    }
    assert_eq!(paged, ids);
    assert!(records.scan("scan", None, 0).await.unwrap().is_empty());
}

async fn of_many_writers_one_wins(records: &dyn Records) {
    records.put_if("race", "r", None, value("start")).await.unwrap();
    let results = join_all((0..16).map(|_| records.put_if("race", "r", Some(1), value("won")))).await;
    assert_eq!(results.iter().filter(|result| result.is_ok()).count(), 1);
    for result in results.into_iter().filter(Result::is_err) {
        is_conflict(result, "race", "r");
    }
    assert_eq!(records.get("race", "r").await.unwrap().unwrap().version, 2);
}

async fn changes_are_made_together_or_not_at_all(records: &dyn Records) {
    let held = async |id: &str| records.get("together", id).await.unwrap().map(|record| (record.version, record.value));
    let put = |id: &str, expected, text| Change::put("together", id, expected, value(text));
    records.apply(Vec::new()).await.unwrap();
    records.apply(vec![put("a", None, "one"), put("b", None, "one"), put("c", None, "one")]).await.unwrap();
    records.apply(vec![put("a", Some(1), "two"), Change::delete("together", "b", 1)]).await.unwrap();
    let now = [Some((2, value("two"))), None, Some((1, value("one")))];
    assert_eq!([held("a").await, held("b").await, held("c").await], now);
    // Whichever of them does not fit, none is made.
    let fitting = || vec![put("a", Some(2), "three"), put("b", None, "three"), Change::delete("together", "c", 1)];
    let others = [
        put("a", Some(1), "no"),
        put("a", None, "no"),
        put("d", Some(1), "no"),
        Change::delete("together", "d", 1),
        Change::delete("together", "a", 7),
        Change { value: None, ..put("a", None, "no") },
    ];
    for other in others {
        for at in 0..=3 {
            let (mut changes, id) = (fitting(), other.id.clone());
            changes.insert(at, other.clone());
            is_conflict(records.apply(changes).await, "together", &id);
            assert_eq!([held("a").await, held("b").await, held("c").await], now, "{other:?} at {at}");
            assert_eq!(held("d").await, None);
        }
    }
    // One after the other: each sees what those before it did.
    let twice = vec![put("e", None, "one"), put("e", Some(1), "two"), Change::delete("together", "e", 2)];
    records.apply(twice).await.unwrap();
    assert_eq!(held("e").await, None);
    // That nothing is there can be asked for as well.
    let absent = |id: &str| Change { value: None, ..put(id, None, "") };
    records.apply(vec![absent("f"), put("g", None, "one")]).await.unwrap();
    is_conflict(records.apply(vec![put("h", None, "one"), absent("g")]).await, "together", "g");
    assert_eq!(held("h").await, None);
    let race = (0..8).map(|n| {
        let mine = Change::put("together", format!("mine {n}"), None, value("won"));
        records.apply(vec![mine, put("g", Some(1), "won")])
    });
    let won: Vec<bool> = join_all(race).await.iter().map(Result::is_ok).collect();
    assert_eq!(won.iter().filter(|won| **won).count(), 1);
    for (n, won) in won.into_iter().enumerate() {
        assert_eq!(held(&format!("mine {n}")).await.is_some(), won);
    }
}
