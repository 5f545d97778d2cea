//! `redoubt pipeline show`: what the last run made.

use std::path::PathBuf;
use std::process::ExitCode;

use clap::Args;
use redoubt_pipeline::{Fate, Made, Pipeline, ProductKind, Shelf, split_reference};

use super::super::{Context, Failure};
use super::Stored;
use super::words::{as_json, table};
use crate::output;
use crate::shelf::{self, DiskShelf};
use crate::signature;

#[derive(Debug, Args)]
pub(super) struct Show {
    #[command(flatten)]
    stored: Stored,
    /// A product, as `STEP` or `STEP.PRODUCT`.
    #[arg(value_name = "PRODUCT")]
    product: Option<String>,
    /// Where to write it; to the standard output, if left out.
    #[arg(long, value_name = "PATH", requires = "product")]
    out: Option<PathBuf>,
}

impl Show {
    pub(super) fn run(self, context: &Context) -> Result<ExitCode, Failure> {
        let Self { stored, product, out } = self;
        let pipeline = stored.file.load()?;
        let shelf = stored.shelf(context.existing_home()?.path());
        let all = last(&pipeline, &shelf)?;
        let Some(product) = product else {
            if stored.file.json {
                output::json(&as_json(&pipeline, &all));
            } else {
                output::line(table(&all).render(output::width()).trim_end());
            }
            return Ok(ExitCode::SUCCESS);
        };
        let (step, name) = split_reference(&product);
        let made = all.iter().find(|made| made.name == step).ok_or_else(|| {
            Failure::check(format!("no step `{step}` has run"))
                .next("`redoubt pipeline show FILE` lists those that did")
        })?;
        let found = match name {
            Some(name) => made.products.iter().find(|kept| kept.name == name),
            None => made.products.first(),
        };
        let kept = found.ok_or_else(|| {
            let names: Vec<&str> = made.products.iter().map(|kept| kept.name.as_str()).collect();
            Failure::check(format!("`{step}` made {}", names.join(", ")))
        })?;
        let bytes = shelf.fetch(&kept.digest).map_err(Failure::usage)?;
        let bytes = bytes.ok_or_else(|| {
            Failure::check(format!("`{product}` is gone or was changed")).next("`redoubt pipeline run` makes it again")
        })?;
        match out {
            Some(path) => {
                shelf::write(&path, &bytes)?;
                // What later rows are judged by must not be changed by whoever would like to pass.
                if made.kind == "baseline" && kept.kind == ProductKind::Report {
                    let signature = signature::sign(&context.existing_home()?, &path, &bytes)?;
                    output::note(format!("its signature is in {}", signature.display()));
                }
            }
            None if kept.kind == ProductKind::Model => {
                return Err(Failure::usage("a model is bytes; say where to write them with `--out`"));
            }
            None => output::line(String::from_utf8_lossy(&bytes).trim_end()),
        }
        Ok(ExitCode::SUCCESS)
    }
}

/// What each step made when it last ran.
pub(super) fn last(pipeline: &Pipeline, shelf: &DiskShelf) -> Result<Vec<Made>, Failure> {
    let mut all = Vec::new();
    for step in &pipeline.steps {
        let record = shelf.last(&pipeline.name, &step.name).map_err(Failure::usage)?;
        all.extend(record.map(|record| Made {
            name: record.step,
            kind: step.kind.id,
            fate: Fate::Kept,
            key: Some(record.given.key()),
            products: record.products,
            figures: record.figures,
        }));
    }
    Ok(all)
}
