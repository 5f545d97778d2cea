//! Running a pipeline, or saying what would run and why.

mod effect;
mod error;
mod fate;
mod outside;
mod record;
mod shelf;
mod turn;

use std::collections::BTreeMap;
use std::num::NonZeroUsize;

use self::turn::Turn;
use crate::digest::Digest;
use crate::file::{Format, Pipeline, Source};
use crate::product::{Kind as ProductKind, Product};
use crate::table::Table;

pub use self::error::RunError;
pub use self::fate::{Change, Fate, Made, Why};
pub use self::outside::{Clearing, Ended, Guard, Outside, Said, Task, TaskError, TaskLimits};
pub use self::record::{Given, Kept, Record};
pub use self::shelf::{Shelf, ShelfError};

/// Runs what is not on the shelf yet, in order. Without `threads` nothing runs: it only says what would.
///
/// # Errors
/// At the first step that fails. What the steps before it made stays on the shelf, so the next run goes on there.
pub fn run(
    pipeline: &Pipeline,
    shelf: &dyn Shelf,
    threads: Option<NonZeroUsize>,
    mut tell: impl FnMut(Change<'_>),
) -> Result<Vec<Made>, RunError> {
    let mut all: Vec<Made> = Vec::new();
    for source in &pipeline.data {
        let made = begin(source, shelf)?;
        tell(Change::Ends(&made));
        all.push(made);
    }
    for step in &pipeline.steps {
        let made = Turn { pipeline, shelf, step, before: &all }.take(threads, &mut tell)?;
        tell(Change::Ends(&made));
        all.push(made);
    }
    Ok(all)
}

/// Runs one step alone, whose ancestors have run before: on another machine, which shares the shelf. Neither data sets
/// nor steps that it does not hang on are looked at. What it gives are those that it hangs on, and the step itself.
///
/// # Errors
/// If there is no such step, if one that it hangs on would have to run first, and as [`run`].
pub fn run_one(
    pipeline: &Pipeline,
    shelf: &dyn Shelf,
    name: &str,
    threads: NonZeroUsize,
    mut tell: impl FnMut(Change<'_>),
) -> Result<Vec<Made>, RunError> {
    let Some(step) = pipeline.step(name) else {
        let steps = pipeline.steps.iter().map(|step| step.name.as_str());
        let nearest = redoubt_domain::settings::nearest(name, steps).map(str::to_owned);
        return Err(RunError::NoStep { name: name.to_owned(), nearest });
    };
    let hangs_on = pipeline.hangs_on(step);
    let mut all: Vec<Made> = Vec::new();
    for source in pipeline.data.iter().filter(|source| hangs_on.contains(source.name.as_str())) {
        all.push(begin(source, shelf)?);
    }
    for other in pipeline.steps.iter().filter(|other| hangs_on.contains(other.name.as_str())) {
        let made = Turn { pipeline, shelf, step: other, before: &all }.take(None, &mut tell)?;
        if let Fate::Runs(why) = made.fate {
            return Err(RunError::Before { name: name.to_owned(), step: made.name, why });
        }
        all.push(made);
    }
    let made = Turn { pipeline, shelf, step, before: &all }.take(Some(threads), &mut tell)?;
    tell(Change::Ends(&made));
    all.push(made);
    Ok(all)
}

fn begin(source: &Source, shelf: &dyn Shelf) -> Result<Made, RunError> {
    let (name, path) = (source.name.clone(), source.path.clone());
    let failed = |source| RunError::Source { name: name.clone(), path: path.clone(), source };
    let bytes = shelf.source(source).map_err(failed)?;
    let found = Digest::of(&bytes);
    if let Some(wanted) = source.digest.clone().filter(|wanted| *wanted != found) {
        return Err(RunError::Digest { name, path, found, wanted });
    }
    let table = match source.format {
        Format::Csv => Table::from_csv(&bytes, &source.reading),
        Format::JsonLines => Table::from_json_lines(&bytes, &source.reading),
    };
    let table =
        table.map_err(|source| RunError::Table { name: name.clone(), path: path.clone(), source: Box::new(source) })?;
    let bytes = Product::Table(table).to_bytes();
    let digest = Digest::of(&bytes);
    if shelf.fetch(&digest).map_err(failed)?.is_none() {
        shelf.keep(&digest, &bytes).map_err(failed)?;
    }
    let products = vec![Kept { name: "table".to_owned(), kind: ProductKind::Table, digest }];
    Ok(Made { name, kind: "data", fate: Fate::Kept, key: Some(found), products, figures: BTreeMap::new() })
}
