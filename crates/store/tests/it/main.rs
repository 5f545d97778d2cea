//! Every backend passes the suites of the seams.

#![expect(clippy::unwrap_used, reason = "tests")]

use std::path::Path;

use aws_lc_rs::digest;
use bytes::Bytes;
use redoubt_domain::seams::{BlobError, Quota};
use redoubt_domain::{Digest, Timestamp, conformance};
use redoubt_store::{JournalError, OpenError, Stores, open, open_blobs, open_location, open_records};

fn sha256(bytes: &[u8]) -> Digest {
    Digest::new(digest::digest(&digest::SHA256, bytes).as_ref().try_into().unwrap())
}

async fn conform(stores: Stores) {
    conformance::records(stores.records.as_ref()).await;
    conformance::blobs(stores.blobs.as_ref(), sha256).await;
    conformance::files(stores.files.as_ref()).await;
    conformance::counters(stores.counters.as_ref()).await;
    conformance::log(stores.log.as_ref()).await;
}

#[tokio::test]
async fn memory_conforms() {
    conform(open_location("memory:").await.unwrap()).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn embedded_conforms() {
    let home = tempfile::tempdir().unwrap();
    conform(open(home.path()).await.unwrap()).await;
    let home = tempfile::tempdir().unwrap();
    conform(open_location(&format!("file:{}", home.path().display())).await.unwrap()).await;
}

#[tokio::test]
async fn an_unknown_backend_is_refused_by_name() {
    let error = open_location("tape:/dev/st0").await.err().unwrap();
    assert_eq!(error.to_string(), "no storage backend is called `tape`; there are `file` and `memory`");
}

#[tokio::test]
async fn a_home_that_cannot_be_written_is_named_with_the_reason() {
    let folder = tempfile::tempdir().unwrap();
    let home = folder.path().join("file/home");
    std::fs::write(folder.path().join("file"), b"in the way").unwrap();
    let error = open(&home).await.err().unwrap();
    assert_eq!(error.to_string(), format!("cannot write to `{}`", home.display()));
    assert!(std::error::Error::source(&error).is_some_and(|source| source.to_string().contains("Not a directory")));

    let home = folder.path().join("good");
    drop(open(&home).await.unwrap());
    let left = std::fs::read_dir(&home).unwrap().flatten();
    assert_eq!(left.filter(|file| file.file_name().to_string_lossy().starts_with(".writable")).count(), 0);
}

#[tokio::test]
async fn everything_is_there_again_after_a_restart() {
    let home = tempfile::tempdir().unwrap();
    let home = home.path().join("made/on/the/way");
    let content = Bytes::from_static(b"content");
    let month = Quota { amount: 100, period: std::time::Duration::from_secs(2_592_000) };
    let now = Timestamp::from_micros(1_700_000_000_000_000);
    {
        let stores = open(&home).await.unwrap();
        stores.records.put_if("key", "k1", None, content.clone()).await.unwrap();
        stores.blobs.put(sha256(&content), content.clone()).await.unwrap();
        stores.files.put("tile/0/000", content.clone()).await.unwrap();
        stores.files.sync().await.unwrap();
        stores.counters.reserve("budget", month, 60, now).await.unwrap();
        stores.log.append(content.clone()).await.unwrap();
    }
    let stores = open(&home).await.unwrap();
    assert_eq!(stores.recovery.size, 1);
    assert_eq!(stores.records.get("key", "k1").await.unwrap().unwrap().value, content);
    assert_eq!(stores.blobs.get(sha256(&content)).await.unwrap(), Some(content.clone()));
    assert_eq!(stores.files.get("tile/0/000").await.unwrap(), Some(content.clone()));
    assert_eq!(stores.files.list("").await.unwrap(), ["tile/0/000"], "the journal is none of the files");
    assert_eq!(stores.counters.reserve("budget", month, 0, now).await.unwrap().remaining, 40);
    assert_eq!(stores.log.read(0, 10).await.unwrap(), [content]);
}

#[tokio::test]
async fn a_home_has_one_writer_and_its_records_have_many() {
    let home = tempfile::tempdir().unwrap();
    let stores = open(home.path()).await.unwrap();
    let second = open(home.path()).await.err().unwrap();
    assert!(matches!(second, OpenError::Journal(JournalError::Locked { .. })), "{second:?}");

    let beside = open_records(home.path()).await.unwrap();
    beside.put_if("key", "k1", None, Bytes::from_static(b"made beside")).await.unwrap();
    assert_eq!(stores.records.get("key", "k1").await.unwrap().unwrap().value, "made beside");

    let content = Bytes::from_static(b"content");
    stores.blobs.put(sha256(&content), content.clone()).await.unwrap();
    open_blobs(home.path()).await.unwrap().delete(sha256(&content)).await.unwrap();
    assert_eq!(stores.blobs.get(sha256(&content)).await.unwrap(), None);
}

#[tokio::test]
async fn a_damaged_blob_is_not_handed_out() {
    let home = tempfile::tempdir().unwrap();
    let stores = open(home.path()).await.unwrap();
    let other = sha256(b"another content");
    stores.blobs.put(other, Bytes::from_static(b"damage!")).await.unwrap();
    assert!(matches!(stores.blobs.get(other).await, Err(BlobError::Damaged { digest }) if digest == other));

    // Large enough for a file of its own.
    let content = Bytes::from(vec![7; 200 << 10]);
    let name = sha256(&content);
    stores.blobs.put(name, content.clone()).await.unwrap();
    let path = home.path().join(format!("blobs/{}/{name}", &name.to_string()[..2]));
    std::fs::write(&path, b"damage!").unwrap();
    assert!(matches!(stores.blobs.get(name).await, Err(BlobError::Damaged { digest }) if digest == name));
    std::fs::write(&path, b"short").unwrap();
    stores.blobs.put(name, content.clone()).await.unwrap();
    assert_eq!(stores.blobs.get(name).await.unwrap(), Some(content));
}

/// Whether any file under `path` holds `needle`.
fn holds(path: &Path, needle: &[u8]) -> bool {
    std::fs::read_dir(path).unwrap().any(|entry| {
        let path = entry.unwrap().path();
        if path.is_dir() {
            holds(&path, needle)
        } else {
            std::fs::read(&path).unwrap().windows(needle.len()).any(|w| w == needle)
        }
    })
}

#[tokio::test]
async fn a_deleted_record_is_gone_from_the_disk() {
    let home = tempfile::tempdir().unwrap();
    let stores = open(home.path()).await.unwrap();
    let wrapped = Bytes::from_static(b"a-wrapped-payload-key-that-must-go");
    stores.records.put_if("payload_key", "r1", None, wrapped.clone()).await.unwrap();
    assert!(holds(home.path(), &wrapped));
    stores.records.delete_if("payload_key", "r1", 1).await.unwrap();
    assert!(!holds(home.path(), &wrapped), "to destroy a key is to erase a payload, so it must not linger");
}

#[tokio::test]
async fn unfinished_files_of_a_crash_are_forgotten() {
    let home = tempfile::tempdir().unwrap();
    drop(open(home.path()).await.unwrap());
    let unfinished = home.path().join("audit/.unfinished/1-1");
    std::fs::write(&unfinished, b"half").unwrap();
    let stores = open(home.path()).await.unwrap();
    assert!(!unfinished.exists());
    assert!(stores.files.list("").await.unwrap().is_empty());
}
