//! Memory, time, and what is left on disk.

use std::fs;
use std::os::unix::fs::PermissionsExt;
use std::time::Duration;

use redoubt_lake::LakeError;

use crate::support::{Bench, block_on};

fn numbers(rows: u32) -> Bench {
    let mut text = String::from("id,name\n");
    for row in 0..rows {
        text.push_str(&format!("{},{:032x}\n", u64::from(row) * 7_919 % 1_000_003, row));
    }
    Bench::new().file("t.csv", text)
}

#[test]
fn what_does_not_fit_into_memory_goes_to_disk_and_is_gone_afterwards() {
    let mut bench = numbers(200_000);
    bench.memory = 24 << 20;
    bench.threads = 1;
    let spill = bench.path().join("spill");
    block_on(async {
        let mut lake = bench.lake();
        let answer = lake.run("SELECT id, name FROM t ORDER BY name DESC, id").await.unwrap();
        let folders: Vec<_> = fs::read_dir(&spill).unwrap().map(|entry| entry.unwrap()).collect();
        assert_eq!(folders.len(), 1);
        assert_eq!(folders[0].metadata().unwrap().permissions().mode() & 0o777, 0o700);
        let rows = answer.rows(1).await.unwrap();
        assert_eq!(rows.count, 200_000);
        assert_eq!(rows.cells[0][1].as_deref(), Some(format!("{:032x}", 199_999).as_str()));
    });
    assert_eq!(fs::read_dir(&spill).unwrap().count(), 0);
}

#[test]
fn a_query_that_needs_more_than_its_memory_says_so() {
    let mut bench = numbers(200_000);
    bench.memory = 1 << 20;
    let error = bench.rows("SELECT array_agg(name) FROM t").unwrap_err();
    assert!(matches!(error, LakeError::Memory { limit } if limit == 1 << 20), "{error}");
}

#[test]
fn a_query_ends_at_its_deadline() {
    let mut bench = numbers(20_000);
    bench.timeout = Duration::from_millis(300);
    let error = bench.rows("SELECT count(*) FROM t a, t b, t c WHERE a.id + b.id + c.id = 1").unwrap_err();
    assert!(matches!(error, LakeError::Timeout(_)), "{error}");
}

#[test]
fn what_a_dead_process_left_is_removed() {
    let bench = numbers(1);
    let spill = bench.path().join("spill");
    let (dead, foreign) = (spill.join("query-4194304-abc"), spill.join("something"));
    fs::create_dir_all(&dead).unwrap();
    fs::create_dir_all(&foreign).unwrap();
    bench.rows("SELECT 1").unwrap();
    assert!(!dead.exists() && foreign.exists());
}
