//! `redoubt query`: SQL over files and data sets.

#[cfg(feature = "lake")]
mod ask;
#[cfg(feature = "lake")]
mod prompt;

use std::path::PathBuf;
use std::process::ExitCode;
use std::time::Duration;

use clap::{Args, ValueEnum};
use redoubt_domain::settings::{Bytes, Field, Node, Value};

use super::{Context, Failure};
use crate::output::{TITLE, TYPED, paint};

/// Query tables by SQL: CSV, JSON lines, Parquet and Arrow, read only.
#[derive(Debug, Args)]
#[command(after_help = after_help())]
pub(super) struct Query {
    /// The query; without it and `--file`, queries are read from the standard input, each up to its `;`.
    #[arg(value_name = "SQL", conflicts_with = "file")]
    sql: Option<String>,
    /// A file with the query.
    #[arg(long, value_name = "FILE")]
    file: Option<PathBuf>,
    /// A table: a file, or a folder of files of one format, or `s3://BUCKET/KEY`. May be given more than once.
    #[arg(long = "data", value_name = "NAME=PATH", value_parser = table)]
    data: Vec<(String, String)>,
    /// Who asks, where data sets have policies.
    #[arg(long, value_name = "NAME")]
    role: Option<String>,
    /// List the tables with their columns and digests.
    #[arg(long, conflicts_with_all = ["sql", "file", "format", "out"])]
    datasets: bool,
    /// How the answer is written.
    #[arg(long, value_name = "FORMAT", default_value = "table")]
    format: Format,
    /// Print JSON, as `--format json`.
    #[arg(long, conflicts_with = "format")]
    json: bool,
    /// Where the answer is written; to the standard output, if left out.
    #[arg(long, value_name = "PATH")]
    out: Option<PathBuf>,
    /// The most memory for rows in work; more goes to a folder in the home.
    #[arg(long, value_name = "SIZE", default_value = "2GiB", value_parser = size)]
    memory: usize,
    /// The most time for a query.
    #[arg(long, value_name = "TIME", default_value = "1h", value_parser = time)]
    timeout: Duration,
    /// The most threads; as many as there are processors, if left out.
    #[arg(long, value_name = "N")]
    threads: Option<std::num::NonZeroUsize>,
}

/// How an answer is written.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
enum Format {
    /// Columns for people, a thousand rows at most.
    Table,
    /// Comma-separated values.
    Csv,
    /// A list of objects.
    Json,
    /// An object on each line.
    Jsonl,
    /// Apache Parquet; needs `--out`.
    Parquet,
}

fn after_help() -> String {
    let mut text = format!("{}\n", paint(TITLE, "Examples:"));
    for line in [
        "redoubt query \"SELECT city, count(*) FROM people GROUP BY city\" --data people=people.csv",
        "redoubt query --data sales=sales/ --format parquet --out best.parquet --file best.sql",
        "redoubt query --data people=people.csv",
    ] {
        text.push_str(&format!("  {}\n", paint(TYPED, line)));
    }
    text.push_str("\nThe last one asks for queries; `\\d` lists tables, `\\d TABLE` columns, `\\q` ends.");
    text
}

fn table(text: &str) -> Result<(String, String), String> {
    let (name, path) = text.split_once('=').ok_or("write NAME=PATH")?;
    Ok((name.to_owned(), path.to_owned()))
}

fn node(text: &str) -> Node {
    Node { span: 0..0, value: Value::String(text.to_owned()) }
}

/// A size as in the configuration, and with the decimal units that people write.
fn size(text: &str) -> Result<usize, String> {
    const LEAST: usize = 16 << 20;
    let decimal =
        [("KB", 1_000), ("MB", 1_000_000), ("GB", 1_000_000_000_usize)].into_iter().find_map(|(unit, size)| {
            let amount: usize = text.strip_suffix(unit)?.trim().parse().ok()?;
            amount.checked_mul(size)
        });
    let size = decimal.map_or_else(|| Bytes::read(&node(text)).map(|bytes| bytes.0), Ok)?;
    if size < LEAST { Err("at least 16MiB".to_owned()) } else { Ok(size) }
}

fn time(text: &str) -> Result<Duration, String> {
    let time = Duration::read(&node(text))?;
    let most = Duration::from_secs(86_400 * 7);
    if time.is_zero() || time > most { Err("a time from 1ms to 7d".to_owned()) } else { Ok(time) }
}

impl Query {
    /// Runs the command.
    #[cfg(feature = "lake")]
    pub(super) fn run(self, context: &Context) -> Result<ExitCode, Failure> {
        ask::run(self, context)
    }

    /// Says that this build cannot.
    #[cfg(not(feature = "lake"))]
    pub(super) fn run(self, _: &Context) -> Result<ExitCode, Failure> {
        Err(Failure::usage("this build has no SQL")
            .next("`cargo build --release -p redoubt --features lake` makes one"))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn sizes_and_times_are_read_as_people_write_them() {
        let sizes = [
            ("1GB", Some(1_000_000_000)),
            ("512MiB", Some(512 << 20)),
            ("20000000", Some(20_000_000)),
            ("1KB", None),
            ("99999999999GB", None),
            ("much", None),
        ];
        for (text, expected) in sizes {
            assert_eq!(size(text).ok(), expected, "{text}");
        }
        assert_eq!(time("90s").ok(), Some(Duration::from_secs(90)));
        assert!(time("0s").is_err() && time("8d").is_err() && time("soon").is_err());
    }
}
