use bytes::Bytes;

use crate::seams::Files;

/// What [`Files`] promise.
pub async fn files(files: &dyn Files) {
    files_are_replaced_and_removed(files).await;
    lists_are_by_prefix_and_in_order(files).await;
    paths_that_lead_elsewhere_are_refused(files).await;
}

async fn files_are_replaced_and_removed(files: &dyn Files) {
    assert_eq!(files.get("checkpoint").await.unwrap(), None);
    files.delete("checkpoint").await.unwrap();
    for content in [Bytes::from_static(b"one"), Bytes::new(), Bytes::from(vec![1; 100_000])] {
        files.put("checkpoint", content.clone()).await.unwrap();
        assert_eq!(files.get("checkpoint").await.unwrap(), Some(content));
        files.sync().await.unwrap();
    }
    files.delete("checkpoint").await.unwrap();
    assert_eq!(files.get("checkpoint").await.unwrap(), None);
    files.sync().await.unwrap();
}

async fn lists_are_by_prefix_and_in_order(files: &dyn Files) {
    let paths =
        ["tile/0/000.p/1", "tile/0/000.p/12", "tile/0/000.p/2", "tile/0/001", "tile/0/x001/000", "tile/entries/000"];
    for path in paths {
        files.put(path, Bytes::from_static(b"x")).await.unwrap();
    }
    // A file and a directory whose name begins like it live side by side.
    files.put("tile/0/000", Bytes::from_static(b"x")).await.unwrap();
    files.sync().await.unwrap();
    assert_eq!(files.list("tile/0/000.p/").await.unwrap(), ["tile/0/000.p/1", "tile/0/000.p/12", "tile/0/000.p/2"]);
    assert_eq!(files.list("tile/0/000.p/1").await.unwrap(), ["tile/0/000.p/1", "tile/0/000.p/12"]);
    assert_eq!(files.list("tile/0/000").await.unwrap().len(), 4);
    assert!(files.list("nothing/").await.unwrap().is_empty());
    let all = files.list("tile/").await.unwrap();
    assert_eq!(all.len(), 7);
    assert!(all.is_sorted());
    for path in files.list("tile/0/000.p/").await.unwrap() {
        files.delete(&path).await.unwrap();
    }
    assert_eq!(files.list("tile/0/000").await.unwrap(), ["tile/0/000"]);
    files.sync().await.unwrap();
    files.put("tile/0/000.p/3", Bytes::from_static(b"y")).await.unwrap();
    assert_eq!(files.get("tile/0/000.p/3").await.unwrap().unwrap(), "y");
}

async fn paths_that_lead_elsewhere_are_refused(files: &dyn Files) {
    for path in ["", "/etc/passwd", "../x", "a/../../x", "a//b", "a/./b", "a/", "a\0b"] {
        assert!(files.put(path, Bytes::new()).await.is_err(), "{path:?}");
        assert!(files.get(path).await.is_err(), "{path:?}");
        assert!(files.delete(path).await.is_err(), "{path:?}");
    }
}
