use bytes::Bytes;

use super::join::join_all;
use crate::ids::Digest;
use crate::seams::Blobs;

/// What [`Blobs`] promise. `digest` computes SHA-256.
pub async fn blobs(blobs: &dyn Blobs, digest: fn(&[u8]) -> Digest) {
    let contents = [Bytes::new(), Bytes::from_static(b"one"), Bytes::from(vec![7; 3 << 20])];
    for content in &contents {
        let name = digest(content);
        assert_eq!(blobs.get(name).await.unwrap(), None);
        blobs.put(name, content.clone()).await.unwrap();
        blobs.put(name, content.clone()).await.unwrap();
        assert_eq!(blobs.get(name).await.unwrap().as_ref(), Some(content));
    }
    let several: Vec<_> = (0..40_u8).map(|n| Bytes::from(vec![n; usize::from(n) * 20_000])).collect();
    blobs.put_all(several.iter().map(|content| (digest(content), content.clone())).collect()).await.unwrap();
    for content in &several {
        assert_eq!(blobs.get(digest(content)).await.unwrap().as_ref(), Some(content));
    }
    let shared = Bytes::from_static(b"put by many at once");
    let name = digest(&shared);
    let results = join_all((0..16).map(|_| blobs.put(name, shared.clone()))).await;
    assert!(results.iter().all(Result::is_ok), "{results:?}");
    assert_eq!(blobs.get(name).await.unwrap(), Some(shared));

    let [empty, one, ..] = &contents;
    blobs.delete(digest(one)).await.unwrap();
    blobs.delete(digest(one)).await.unwrap();
    assert_eq!(blobs.get(digest(one)).await.unwrap(), None);
    assert_eq!(blobs.get(digest(empty)).await.unwrap().as_ref(), Some(empty));
    blobs.put(digest(one), one.clone()).await.unwrap();
    assert_eq!(blobs.get(digest(one)).await.unwrap().as_ref(), Some(one));
}
