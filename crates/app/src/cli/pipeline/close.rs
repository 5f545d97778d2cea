//! `redoubt pipeline close`: the end of a run whose steps ran one by one, on whatever machines.

use std::collections::BTreeMap;
use std::process::ExitCode;

use clap::Args;
use redoubt_pipeline::{Fate, run};

use super::super::{Context, Failure};
use super::words::{as_json, table};
use super::{Stored, end, registrar, stopped, with};
use crate::output;

#[derive(Debug, Args)]
pub(super) struct Close {
    #[command(flatten)]
    stored: Stored,
}

impl Close {
    pub(super) fn run(self, context: &Context) -> Result<ExitCode, Failure> {
        let Self { stored } = self;
        let pipeline = stored.file.load()?;
        let home = context.open_home()?;
        let shelf = stored.shelf(home.path());
        let registrar = registrar(context, &home, &pipeline, &shelf)?;
        let made = run(&pipeline, with(registrar.as_ref(), &shelf), None, |_| ()).map_err(stopped)?;
        let waits = made.iter().find_map(|made| match &made.fate {
            Fate::Runs(why) => Some(format!("step `{}` has not run ({why})", made.name)),
            Fate::Kept | Fate::Skipped(_) => None,
        });
        if let Some(reason) = waits {
            return Err(Failure::check(reason).next("`redoubt pipeline run FILE` runs what is missing"));
        }
        end(context, &home, &pipeline, &made, &shelf, BTreeMap::new())?;
        if stored.file.json {
            output::json(&as_json(&pipeline, &made));
        } else {
            output::line(table(&made).render(output::width()).trim_end());
        }
        Ok(ExitCode::SUCCESS)
    }
}
