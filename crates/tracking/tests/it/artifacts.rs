//! Artifacts: listing, uploading, downloading and deleting.

use axum::body::Body;
use redoubt_tracking::TrackingSettings;
use serde_json::{Value, json};

use crate::world::{World, artifact, everybody};

async fn list(world: &World, path: &str) -> Value {
    world.ask("GET", &format!("/api/2.0/mlflow-artifacts/artifacts?path={path}"), Value::Null).await.ok()
}

#[tokio::test]
async fn files_come_back_as_they_went() {
    let world = World::new().await;
    let run = world.run().await;
    let root = format!("0/{run}/artifacts");
    let answer = world.put(&format!("{root}/dir/hello%20world.txt"), "hello world").await;
    assert!(answer.status.is_success() && answer.bytes.is_empty());
    world.put(&format!("{root}/empty.bin"), "").await;
    let large: Vec<u8> = (0..3_000_000_u32).map(|n| (n % 251) as u8).collect();
    world.put(&format!("{root}/large.bin"), large.clone()).await;
    assert_eq!(
        list(&world, &root).await,
        json!({ "files": [
            { "path": "dir", "is_dir": true }, { "path": "empty.bin", "is_dir": false },
            { "path": "large.bin", "is_dir": false, "file_size": 3_000_000 },
        ] })
    );
    assert_eq!(
        list(&world, &format!("{root}/dir")).await,
        json!({ "files": [{ "path": "hello world.txt", "is_dir": false, "file_size": 11 }] })
    );
    for nothing in ["/large.bin", "/missing", "/large.bin/x"] {
        assert_eq!(list(&world, &format!("{root}{nothing}")).await, json!({}), "{nothing}");
    }
    let get = async |path: &str| world.ask("GET", &artifact(&format!("{root}{path}")), Value::Null).await;
    assert_eq!(get("/dir/hello%20world.txt").await.bytes, "hello world");
    assert_eq!(get("/large.bin").await.bytes, large);
    assert_eq!(get("/empty.bin").await.bytes, "");
    let (status, code, message) = get("/dir").await.problem();
    assert_eq!((status, code.as_str()), (404, "RESOURCE_DOES_NOT_EXIST"));
    assert_eq!(message, format!("No such artifact: '{root}/dir'"));
    let by_run = world.get(&format!("artifacts/list?run_id={run}&path=dir")).await.ok();
    assert_eq!(by_run["files"][0]["path"], "dir/hello world.txt");
    assert_eq!(by_run["root_uri"], format!("mlflow-artifacts:/{root}"));
    // Written again, it is another.
    world.put(&format!("{root}/large.bin"), "small").await;
    assert_eq!(get("/large.bin").await.bytes, "small");
}

#[tokio::test]
async fn no_path_leads_out_of_what_is_known() {
    let world = World::new().await;
    let run = world.run().await;
    std::fs::write(world.folder.path().join("secret"), "s").unwrap();
    let base = format!("0/{run}/artifacts");
    let cases = [
        (format!("{base}/../../../../secret"), 400),
        (format!("{base}/%2e%2e/%2e%2e/%2e%2e/%2e%2e/secret"), 400),
        (format!("{base}/..%2f..%2f..%2f..%2fsecret"), 400),
        (format!("{base}/%252e%252e/secret"), 404),
        ("%2fetc/passwd".to_owned(), 400),
        (format!("{base}/a%00b"), 400),
        (format!("{base}/a%5c..%5cb"), 400),
        (format!("{base}//a"), 400),
        ("9/none/artifacts/a".to_owned(), 404),
        (format!("1/{run}/artifacts/a"), 404),
        (format!("0/{run}/other/a"), 404),
        ("tracking.sqlite".to_owned(), 404),
    ];
    for (path, expected) in cases {
        let got = world.ask("GET", &artifact(&path), Value::Null).await;
        assert_eq!(got.status.as_u16(), expected, "GET {path}: {:?}", got.bytes);
        // A name that is only odd may be written.
        if !path.contains("252e") {
            let put = world.put(&path, "x").await;
            assert_eq!(put.status.as_u16(), expected, "PUT {path}: {:?}", put.bytes);
        }
    }
    for folder in [base.clone(), format!("{base}/")] {
        assert_eq!(world.put(&folder, "x").await.status, 400, "{folder}");
    }
    assert_eq!(std::fs::read(world.folder.path().join("secret")).unwrap(), b"s");
}

#[tokio::test]
async fn links_are_not_followed() {
    let world = World::new().await;
    let run = world.run().await;
    let root = format!("0/{run}/artifacts");
    world.put(&format!("{root}/a.txt"), "a").await;
    let folder = world.folder.path().join(format!("artifacts/@acme/{root}"));
    let outside = world.folder.path().join("outside");
    std::fs::create_dir(&outside).unwrap();
    std::fs::write(outside.join("secret"), "s").unwrap();
    std::os::unix::fs::symlink(&outside, folder.join("link")).unwrap();
    std::os::unix::fs::symlink(outside.join("secret"), folder.join("file")).unwrap();
    for path in ["link/secret", "file"] {
        let got = world.ask("GET", &artifact(&format!("{root}/{path}")), Value::Null).await;
        assert_eq!(got.status, 404, "{path}");
    }
    assert!(!world.put(&format!("{root}/link/new"), "x").await.status.is_success());
    assert!(!outside.join("new").exists());
    assert_eq!(list(&world, &format!("{root}/link")).await, json!({}));
    assert_eq!(world.ask("DELETE", &artifact(&format!("{root}/link")), Value::Null).await.status, 404);
    assert!(outside.join("secret").exists());
}

#[tokio::test]
async fn files_and_folders_are_deleted_and_that_is_noted() {
    let world = World::new().await;
    let run = world.run().await;
    let root = format!("0/{run}/artifacts");
    for name in ["a.txt", "dir/b.txt", "dir/deep/c.txt"] {
        world.put(&format!("{root}/{name}"), "x").await;
    }
    world.noted.take();
    for path in ["a.txt", "dir"] {
        assert_eq!(world.ask("DELETE", &artifact(&format!("{root}/{path}")), Value::Null).await.ok(), json!({}));
    }
    assert_eq!(
        world.noted.take(),
        [format!("Deleted artifact {root}/a.txt by key_a"), format!("Deleted artifact {root}/dir by key_a"),]
    );
    assert_eq!(list(&world, &root).await, json!({}));
    assert_eq!(world.ask("DELETE", &artifact(&format!("{root}/dir")), Value::Null).await.problem().0, 404);
}

#[tokio::test]
async fn an_artifact_that_is_too_large_leaves_nothing() {
    let world = World::with(TrackingSettings { artifact_bytes_max: 2_000_000, ..TrackingSettings::default() }).await;
    let run = world.run().await;
    let path = format!("0/{run}/artifacts/a.bin");
    let (status, code, message) = world.put(&path, vec![0; 2_000_001]).await.problem();
    assert_eq!((status, code.as_str()), (413, "INVALID_PARAMETER_VALUE"));
    assert!(message.contains("at most 2000000 bytes"), "{message}");
    // One that does not say how long it is.
    let pieces = Endless(3);
    let who = Some(everybody("acme", "key_a"));
    let answer = world.send(who, "PUT", &artifact(&path), Body::new(pieces)).await;
    assert_eq!(answer.status, 413);
    assert_eq!(std::fs::read_dir(world.folder.path().join("artifacts/incoming")).unwrap().count(), 0);
    assert_eq!(world.ask("GET", &artifact(&path), Value::Null).await.status, 404);
    assert_eq!(world.put(&path, vec![0; 2_000_000]).await.status, 200);
    let (status, _, message) = world.put(&format!("{path}/below"), "x").await.problem();
    assert_eq!(status, 400);
    assert!(message.contains("cannot take the place"), "{message}");
}

/// A body of unknown length, a megabyte at a time.
struct Endless(usize);

impl http_body::Body for Endless {
    type Data = bytes::Bytes;
    type Error = std::io::Error;

    fn poll_frame(
        mut self: std::pin::Pin<&mut Self>,
        _: &mut std::task::Context<'_>,
    ) -> std::task::Poll<Option<Result<http_body::Frame<bytes::Bytes>, std::io::Error>>> {
        if self.0 == 0 {
            return std::task::Poll::Ready(None);
        }
        self.0 -= 1;
        std::task::Poll::Ready(Some(Ok(http_body::Frame::data(vec![0; 1_000_000].into()))))
    }
}
