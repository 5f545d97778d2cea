//! The 22 queries of TPC-H at scale factor 0.01, against answers that DuckDB gives too (`tests/peers/tpch.py`).

use std::path::Path;
use std::{env, fs};

#[path = "../tpch/mod.rs"]
mod data;

use redoubt_lake::{Lake, Limits, Output};

use crate::support::block_on;

#[test]
fn the_queries_of_tpch_give_the_reference_answers() {
    let folder = tempfile::tempdir().unwrap();
    data::generate(folder.path(), 0.01);
    let limits = Limits { folder: folder.path().join("spill"), ..Limits::of_columns(folder.path().to_owned()) };
    let mut lake = Lake::new(data::sources(folder.path()), None, None, limits).unwrap();
    let answers = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/tpch/answers");
    for (at, sql) in data::QUERIES.iter().enumerate() {
        let mut seen = Vec::new();
        block_on(async { lake.run(sql).await.unwrap().write(Output::Csv, &mut seen).await }).unwrap();
        let seen = String::from_utf8(seen).unwrap();
        let path = answers.join(format!("q{:02}.csv", at + 1));
        if env::var_os("UPDATE_GOLDEN").is_some() {
            fs::create_dir_all(&answers).unwrap();
            fs::write(&path, &seen).unwrap();
        }
        assert_eq!(sorted(&fs::read_to_string(&path).unwrap()), sorted(&seen), "query {}", at + 1);
    }
}

/// Rows that are equal in what they are ordered by may come in any order.
fn sorted(csv: &str) -> Vec<&str> {
    let mut lines: Vec<&str> = csv.lines().collect();
    lines.sort_unstable();
    lines
}
