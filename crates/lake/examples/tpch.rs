//! Makes the data of TPC-H and runs its queries, for `tests/peers/tpch.py`.
//!
//! ```text
//! tpch generate FOLDER SCALE
//! tpch run FOLDER THREADS MEMORY_BYTES ANSWERS     # a line of JSON for each query; its rows in ANSWERS/qNN.csv
//! tpch check ANSWERS                               # whether those of scale factor 1 are the ones that come with dbgen
//! ```

#![allow(
    clippy::unwrap_used,
    clippy::panic,
    clippy::print_stdout,
    clippy::indexing_slicing,
    missing_docs,
    unreachable_pub,
    reason = "a tool for measuring stops where it cannot go on"
)]

#[path = "../tests/tpch/mod.rs"]
mod tpch;

use std::fs::{self, File};
use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};

use redoubt_lake::{Lake, Limits, Output};
use tpchgen::q_and_a::QueryAndAnswer;

fn main() {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let arguments: Vec<&str> = arguments.iter().map(String::as_str).collect();
    match arguments.as_slice() {
        ["generate", folder, scale] => tpch::generate(Path::new(folder), scale.parse().unwrap()),
        ["run", folder, threads, memory, answers] => {
            run(Path::new(folder), threads.parse().unwrap(), memory.parse().unwrap(), Path::new(answers));
        }
        ["check", answers] => check(Path::new(answers)),
        _ => panic!("tpch generate FOLDER SCALE | tpch run FOLDER THREADS MEMORY_BYTES ANSWERS | tpch check ANSWERS"),
    }
}

fn run(folder: &Path, threads: usize, memory: usize, answers: &Path) {
    fs::create_dir_all(answers).unwrap();
    let spill: PathBuf = answers.join("spill");
    let limits = Limits { memory, spill: 64 << 30, timeout: Duration::from_secs(3_600), threads, folder: spill };
    let runtime = tokio::runtime::Builder::new_multi_thread().worker_threads(threads).enable_all().build().unwrap();
    let mut lake = Lake::new(tpch::sources(folder), None, None, limits).unwrap();
    // Digests are taken when a table is opened; that is no part of a query's time.
    runtime.block_on(lake.tables());
    for (at, sql) in tpch::QUERIES.iter().enumerate() {
        let path = answers.join(format!("q{:02}.csv", at + 1));
        let mut file = File::create(path).unwrap();
        let begun = Instant::now();
        let written = runtime.block_on(async { lake.run(sql).await?.write(Output::Csv, &mut file).await });
        let seconds = begun.elapsed().as_secs_f64();
        match written {
            Ok(rows) => println!("{{\"query\": {}, \"seconds\": {seconds:.4}, \"rows\": {rows}}}", at + 1),
            Err(error) => {
                println!("{{\"query\": {}, \"seconds\": {seconds:.4}, \"error\": {:?}}}", at + 1, error.to_string())
            }
        }
    }
}

/// Compares answers with those of the specification, which round to cents.
fn check(answers: &Path) {
    let mut wrong = Vec::new();
    for number in 1..=22 {
        let seen = fs::read_to_string(answers.join(format!("q{number:02}.csv"))).unwrap();
        let seen: Vec<Vec<String>> = seen.lines().skip(1).map(|line| cells(&comma_separated(line))).collect();
        let expected = QueryAndAnswer::new(number, 1.0).unwrap();
        let expected = expected.answer().trim().lines().skip(1);
        let expected = expected.map(|line| cells(&line.split('|').map(str::to_owned).collect::<Vec<_>>())).collect();
        if !is_same(seen, expected) {
            wrong.push(number);
        }
    }
    println!("22 answers against those of dbgen, different: {wrong:?}");
    assert!(wrong.is_empty());
}

fn comma_separated(line: &str) -> Vec<String> {
    let mut cells = vec![String::new()];
    let mut is_quoted = false;
    for letter in line.chars() {
        match letter {
            '"' => is_quoted = !is_quoted,
            ',' if !is_quoted => cells.push(String::new()),
            _ => cells.last_mut().unwrap().push(letter),
        }
    }
    cells
}

fn cells(row: &[String]) -> Vec<String> {
    let cell = |cell: &String| match cell.trim().parse::<f64>() {
        Ok(number) => format!("{number:.2}"),
        Err(_) => cell.trim().to_owned(),
    };
    row.iter().map(cell).collect()
}

fn is_same(mut one: Vec<Vec<String>>, mut other: Vec<Vec<String>>) -> bool {
    one.sort();
    other.sort();
    let close = |(one, other): (&String, &String)| match (one.parse::<f64>(), other.parse::<f64>()) {
        (Ok(one), Ok(other)) => (one - other).abs() <= 0.011,
        _ => one == other,
    };
    one.len() == other.len()
        && one.iter().zip(&other).all(|(one, other)| one.len() == other.len() && one.iter().zip(other).all(close))
}
