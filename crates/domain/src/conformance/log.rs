use std::collections::BTreeSet;
use std::pin::Pin;

use bytes::Bytes;

use super::join::join_all;
use crate::seams::{Haste, LOG_ENTRY_BYTES_MAX, Log, LogError, appended};

/// What a [`Log`] promises.
pub async fn log(log: &dyn Log) {
    an_empty_log_is_empty(log).await;
    entries_come_back_in_order(log).await;
    overlapping_appends_share_no_index(log).await;
    what_may_wait_is_written_too(log).await;
    sizes_are_bounded(log).await;
    released_entries_are_gone_and_no_others(log).await;
}

async fn an_empty_log_is_empty(log: &dyn Log) {
    assert_eq!(log.size().await.unwrap(), 0);
    assert_eq!(log.first().await.unwrap(), 0);
    assert!(log.read(0, 10).await.unwrap().is_empty());
    log.release(0).await.unwrap();
}

async fn entries_come_back_in_order(log: &dyn Log) {
    let entries: Vec<Bytes> = (0..20_u8).map(|n| vec![n; usize::from(n)].into()).collect();
    for (index, entry) in (0..).zip(&entries) {
        assert_eq!(log.append(entry.clone()).await.unwrap(), index);
        assert_eq!(log.size().await.unwrap(), index + 1);
    }
    assert_eq!(log.read(0, 100).await.unwrap(), entries);
    assert_eq!(log.read(5, 3).await.unwrap().as_slice(), entries.get(5..8).unwrap());
    assert!(log.read(20, 5).await.unwrap().is_empty());
    assert!(log.read(1_000, 5).await.unwrap().is_empty());
    assert!(log.read(0, 0).await.unwrap().is_empty());
}

async fn overlapping_appends_share_no_index(log: &dyn Log) {
    let before = log.size().await.unwrap();
    let entry = |n: u64| Bytes::from(format!("overlapping {n}"));
    let indices = join_all((0..300).map(|n| log.append(entry(n)))).await;
    let indices: Vec<u64> = indices.into_iter().map(|index| index.unwrap()).collect();
    assert_eq!(indices.iter().collect::<BTreeSet<_>>().len(), 300);
    assert!(indices.is_sorted(), "indices follow the order in which the appends were first polled");
    for (n, index) in (0..).zip(indices) {
        assert_eq!(log.read(index, 1).await.unwrap(), [entry(n)]);
    }
    assert_eq!(log.size().await.unwrap(), before + 300);
}

async fn what_may_wait_is_written_too(log: &dyn Log) {
    let before = log.size().await.unwrap();
    // Alone, among its like, and beside one that may not wait.
    assert_eq!(appended(log, Bytes::from_static(b"alone"), Haste::Soon).await.unwrap(), before);
    type Numbered<'a> = Pin<Box<dyn Future<Output = (u64, u64)> + Send + 'a>>;
    let entry = |n: u64| Bytes::from(format!("soon {n}"));
    let soon =
        |n: u64| -> Numbered<'_> { Box::pin(async move { (n, appended(log, entry(n), Haste::Soon).await.unwrap()) }) };
    let now: Numbered<'_> = Box::pin(async { (20, log.append(entry(20)).await.unwrap()) });
    let indices = join_all((0..20).map(soon).chain([now])).await;
    assert_eq!(indices.iter().map(|(_, index)| index).collect::<BTreeSet<_>>().len(), 21);
    for (n, index) in indices {
        assert_eq!(log.read(index, 1).await.unwrap(), [entry(n)]);
    }
    assert_eq!(log.size().await.unwrap(), before + 22);
    let largest = Bytes::from(vec![b'x'; LOG_ENTRY_BYTES_MAX + 1]);
    assert!(matches!(appended(log, largest, Haste::Soon).await, Err(LogError::TooLarge { .. })));
}

async fn sizes_are_bounded(log: &dyn Log) {
    let before = log.size().await.unwrap();
    let largest = Bytes::from(vec![b'x'; LOG_ENTRY_BYTES_MAX]);
    assert_eq!(log.append(largest.clone()).await.unwrap(), before);
    assert_eq!(log.read(before, 1).await.unwrap(), [largest]);
    match log.append(Bytes::from(vec![b'x'; LOG_ENTRY_BYTES_MAX + 1])).await {
        Err(LogError::TooLarge { actual, max }) => {
            assert_eq!((actual, max), (LOG_ENTRY_BYTES_MAX + 1, LOG_ENTRY_BYTES_MAX))
        }
        other => panic!("an entry that is too large was answered with {other:?}"),
    }
    assert_eq!(log.append(Bytes::from_static(b"next")).await.unwrap(), before + 1);
}

async fn released_entries_are_gone_and_no_others(log: &dyn Log) {
    let size = log.size().await.unwrap();
    let kept = log.read(100, 1_000).await.unwrap();
    log.release(100).await.unwrap();
    let first = log.first().await.unwrap();
    assert!(first <= 100, "entry 100 was not to be released");
    assert_eq!(log.read(100, 1_000).await.unwrap(), kept);
    if let Some(gone) = first.checked_sub(1) {
        match log.read(gone, 1).await {
            Err(LogError::Released { from, first: now }) => assert_eq!((from, now), (gone, first)),
            other => panic!("a released entry was answered with {other:?}"),
        }
    }
    // Backwards, and beyond the end: neither loses a durable index.
    log.release(50).await.unwrap();
    log.release(size).await.unwrap();
    assert_eq!(log.size().await.unwrap(), size);
    assert_eq!(log.append(Bytes::from_static(b"after")).await.unwrap(), size);
    assert_eq!(log.read(size, 5).await.unwrap(), [Bytes::from_static(b"after")]);
}
