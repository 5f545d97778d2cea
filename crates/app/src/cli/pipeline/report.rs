//! `redoubt pipeline report`: the last run as one page, which each run also leaves in the home.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::process::ExitCode;

use clap::Args;
use redoubt_domain::seams::Clock;
use redoubt_pipeline::report::{Page, page};
use redoubt_pipeline::{Made, Pipeline, Product, ProductKind, Shelf};
use serde_json::{Value, json};

use super::super::{Context, Failure};
use super::Stored;
use super::show::last;
use super::words::manifest;
use crate::home::SystemClock;
use crate::output;
use crate::shelf::{self, DiskShelf, read_if};

/// The longest report that is drawn, in bytes.
const REPORT_MAX: usize = 64 << 20;

#[derive(Debug, Args)]
pub(super) struct Report {
    #[command(flatten)]
    stored: Stored,
    /// Where to write the page.
    #[arg(long, value_name = "PATH")]
    out: PathBuf,
}

impl Report {
    pub(super) fn run(self, context: &Context) -> Result<ExitCode, Failure> {
        let Self { stored, out } = self;
        let pipeline = stored.file.load()?;
        let home = context.existing_home()?;
        let shelf = stored.shelf(home.path());
        let made = last(&pipeline, &shelf)?;
        if made.is_empty() {
            return Err(Failure::check(format!("no step of `{}` has run", pipeline.name))
                .next("`redoubt pipeline run FILE` runs them"));
        }
        let (time, seconds) = ran(home.path(), &pipeline.name)?;
        write(&out, &pipeline, &made, &shelf, &seconds, &time)?;
        if stored.file.json {
            output::json(&json!({ "pipeline": pipeline.name, "report": out.display().to_string() }));
        } else {
            output::line(format!("wrote {}", out.display()));
        }
        Ok(ExitCode::SUCCESS)
    }
}

/// Leaves the page of a run in the home, and how long its steps took; says where the page lies.
pub(super) fn leave(
    home: &Path,
    pipeline: &Pipeline,
    made: &[Made],
    shelf: &DiskShelf,
    took: BTreeMap<String, f64>,
) -> Result<PathBuf, Failure> {
    let (_, mut seconds) = ran(home, &pipeline.name)?;
    seconds.extend(took);
    seconds.retain(|step, _| pipeline.step(step).is_some());
    let time = SystemClock.now().to_string();
    let record = json!({ "version": 1, "time": time, "seconds": seconds });
    shelf::write(&record_path(home, &pipeline.name), format!("{record:#}\n").as_bytes())?;
    let path = home.join("pipelines").join("reports").join(format!("{}.html", pipeline.name));
    write(&path, pipeline, made, shelf, &seconds, &time)?;
    Ok(path)
}

fn record_path(home: &Path, pipeline: &str) -> PathBuf {
    home.join("pipelines").join("reports").join(format!("{pipeline}.json"))
}

/// When a pipeline ran last, and how long each step took when it last ran; nothing if that is not known.
fn ran(home: &Path, pipeline: &str) -> Result<(String, BTreeMap<String, f64>), Failure> {
    let bytes = read_if(&record_path(home, pipeline))?.unwrap_or_default();
    let record: Value = serde_json::from_slice(&bytes).unwrap_or_default();
    let time = record.get("time").and_then(Value::as_str).unwrap_or_default().to_owned();
    let seconds = record.get("seconds").and_then(Value::as_object).into_iter().flatten();
    Ok((time, seconds.filter_map(|(step, took)| Some((step.clone(), took.as_f64()?))).collect()))
}

fn write(
    path: &Path,
    pipeline: &Pipeline,
    made: &[Made],
    shelf: &DiskShelf,
    seconds: &BTreeMap<String, f64>,
    time: &str,
) -> Result<(), Failure> {
    let mut reports = Vec::new();
    for made in made {
        for kept in made.products.iter().filter(|kept| kept.kind == ProductKind::Report) {
            let bytes = shelf.fetch(&kept.digest).map_err(Failure::usage)?;
            let Some(bytes) = bytes.filter(|bytes| bytes.len() <= REPORT_MAX) else { continue };
            if let Ok(Product::Report(report)) = Product::from_bytes(kept.kind, &bytes) {
                reports.push((made.name.clone(), kept.name.clone(), report));
            }
        }
    }
    let digest = manifest(made);
    let program = concat!("redoubt ", env!("CARGO_PKG_VERSION"));
    let html = page(&Page { pipeline, made, seconds, reports: &reports, time, digest: digest.as_str(), program });
    Ok(shelf::write(path, html.as_bytes())?)
}
