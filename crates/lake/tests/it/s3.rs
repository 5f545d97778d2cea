//! Tables in a store that speaks S3, asked over HTTP with signatures that it checks.

use std::fs;
use std::path::Path;

use hyper_util::rt::{TokioExecutor, TokioIo};
use hyper_util::server::conn::auto::Builder;
use redoubt_lake::{Lake, Location, Policy, S3Key, S3Settings};
use s3s::auth::SimpleAuth;
use s3s::service::S3ServiceBuilder;
use s3s_fs::FileSystem;
use tempfile::TempDir;
use tokio::net::TcpListener;
use tokio::runtime::Runtime;

use crate::support::{Bench, block_on};

const ID: &str = "reader";
const SECRET: &str = "hush-hush-hush-hush";

/// A store with the bucket `sales`, as long as this lives.
struct Store {
    folder: TempDir,
    endpoint: String,
    _runtime: Runtime,
}

impl Store {
    fn start() -> Self {
        let folder = tempfile::tempdir().unwrap();
        fs::create_dir(folder.path().join("sales")).unwrap();
        let mut service = S3ServiceBuilder::new(FileSystem::new(folder.path()).unwrap());
        service.set_auth(SimpleAuth::from_single(ID, SECRET));
        let service = service.build();
        let runtime = Runtime::new().unwrap();
        let listener = runtime.block_on(TcpListener::bind("127.0.0.1:0")).unwrap();
        let endpoint = format!("http://{}", listener.local_addr().unwrap());
        runtime.spawn(async move {
            while let Ok((socket, _)) = listener.accept().await {
                let service = service.clone();
                tokio::spawn(async move {
                    let _ = Builder::new(TokioExecutor::new()).serve_connection(TokioIo::new(socket), service).await;
                });
            }
        });
        Self { folder, endpoint, _runtime: runtime }
    }

    fn put(&self, key: &str, content: &str) {
        let path = self.folder.path().join("sales").join(key);
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        fs::write(path, content).unwrap();
    }

    /// A bench whose table `t` is at a location of this store.
    fn bench(&self, location: &str) -> Bench {
        self.bench_as(location, SECRET)
    }

    fn bench_as(&self, location: &str, secret: &str) -> Bench {
        let settings = S3Settings { endpoint: Some(self.endpoint.clone()), ..S3Settings::default() };
        let key = S3Key { id: ID.to_owned(), secret: secret.to_owned(), token: None };
        Bench { store: Some((settings, key)), ..Bench::new() }.located("t", at(location))
    }
}

fn at(location: &str) -> Location {
    Location::parse(location, Path::new("")).unwrap()
}

fn digest(lake: &mut Lake) -> String {
    block_on(lake.table("t")).unwrap().digest
}

#[test]
fn an_object_is_a_table_and_so_are_those_below_a_key() {
    let store = Store::start();
    store.put("2024/a.csv", "city,amount\nOslo,1\n");
    store.put("2024/b.csv", "city,amount\nRome,2.5\n");
    store.put("2024/within/c.csv", "city,amount\nBonn,9\n");
    store.put("2024/.hidden.csv", "x\n1\n");
    store.put("2024/read.me", "no table");
    store.put("odd name ü.csv", "x\n7\n");
    let all = "SELECT * FROM t ORDER BY city";
    store.bench("s3://sales/2024/a.csv").check(all, "city,amount\nOslo,1");
    store.bench("s3://sales/2024/").check(all, "city,amount\nOslo,1.0\nRome,2.5");
    store.bench("s3://sales/2024").check(all, "city,amount\nOslo,1.0\nRome,2.5");
    store.bench("s3://sales/odd name ü.csv").check("SELECT x FROM t", "x\n7");
    store.bench("s3://sales").check("SELECT x FROM t", "x\n7");
    // The digest is that of the same files in a folder.
    let here = Bench::new();
    for (name, content) in [("a.csv", "city,amount\nOslo,1\n"), ("b.csv", "city,amount\nRome,2.5\n")] {
        fs::create_dir_all(here.path().join("t")).unwrap();
        fs::write(here.path().join("t").join(name), content).unwrap();
    }
    let here = here.table("t", "t");
    assert_eq!(digest(&mut store.bench("s3://sales/2024").lake()), digest(&mut here.lake()));
}

#[test]
fn a_list_of_many_objects_is_read_to_its_end() {
    let store = Store::start();
    for n in 0..1_205 {
        store.put(&format!("many/{n:04}.csv"), &format!("n\n{n}\n"));
    }
    store.bench("s3://sales/many/").check("SELECT count(*) c, sum(n) s FROM t", "c,s\n1205,725410");
}

#[test]
fn a_query_sees_what_the_store_holds_now() {
    let store = Store::start();
    store.put("a.csv", "x\n1\n");
    let bench = store.bench("s3://sales/a.csv");
    let mut lake = bench.lake();
    let mut ask = || {
        let rows = block_on(async { lake.run("SELECT x FROM t").await.unwrap().rows(9).await.unwrap() });
        rows.cells.concat()
    };
    assert_eq!(ask(), [Some("1".to_owned())]);
    store.put("a.csv", "x\n22\n");
    assert_eq!(ask(), [Some("22".to_owned())]);
}

#[test]
fn what_a_store_refuses_is_told() {
    let store = Store::start();
    store.put("a.csv", "x\n1\n");
    store.put("b.csv", "x,y\n1\n");
    store.put("deep/readme.txt", "no");
    let check = |bench: Bench, expected: &str| {
        let error = bench.csv("SELECT * FROM t");
        assert!(error.starts_with("error: the table `t`: ") && error.contains(expected), "{error}");
        assert!(!error.contains(SECRET) && !error.contains("X-Amz"), "{error}");
    };
    check(store.bench("s3://sales/no.csv"), "there is no object `s3://sales/no.csv`, and none below it");
    check(store.bench("s3://other/a.csv"), "there is no bucket `other`");
    check(store.bench("s3://sales/deep/"), "has no object whose ending is that of a format");
    check(store.bench_as("s3://sales/a.csv", "wrong"), "does not know the access key or its secret");
    check(store.bench("s3://sales/b.csv"), "line 2 of `s3://sales/b.csv` has 1 cells for 2 columns");
    check(Bench { spill: 3, ..store.bench("s3://sales/a.csv") }, "has 4 bytes, and at most 3 are copied");
    check(store.bench("s3://sales/a.csv").digest("sha256:00"), "and sha256:00 is asked for");
    check(Bench { store: None, ..store.bench("s3://sales/a.csv") }, "no store of objects is known");
    let mut gone = store.bench("s3://sales/a.csv");
    if let Some((settings, _)) = &mut gone.store {
        settings.endpoint = Some("http://127.0.0.1:9".to_owned());
    }
    check(gone, "`http://127.0.0.1:9/` cannot be reached");
}

#[test]
fn policies_hold_for_objects_whatever_names_them() {
    let store = Store::start();
    store.put("people/a.csv", "name,ssn\nAda,1\nBob,2\n");
    let policy = Policy { deny: vec!["ssn".to_owned()], rows: Some("name = 'Ada'".to_owned()), ..Policy::default() };
    let bench = store.bench("s3://sales/people/").role("analyst", policy).with_role("analyst");
    bench.check("SELECT * FROM t", "name\nAda");
    for location in ["s3://sales/people/a.csv", "s3://sales/people", "s3://sales/"] {
        let policy = Policy { deny: vec!["ssn".to_owned()], ..Policy::default() };
        let bench = store.bench("s3://sales/people/").role("analyst", policy).located("again", at(location));
        let error = bench.csv("SELECT * FROM again");
        assert!(error.contains("belongs to the data set `t`, which has policies"), "{location}: {error}");
    }
}
