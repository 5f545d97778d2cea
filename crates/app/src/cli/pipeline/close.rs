//! `redoubt pipeline close`: the end of a run whose steps ran one by one, on whatever machines.

use std::collections::BTreeMap;
use std::process::ExitCode;

use clap::Args;
use redoubt_pipeline::{Fate, run};

use super::super::{Context, Failure};
use super::words::{as_json, table};
use super::{File, end, registrar, stopped, with};
use crate::output;

#[derive(Debug, Args)]
pub(super) struct Close {
    #[command(flatten)]
    file: File,
}

impl Close {
    pub(super) fn run(self, context: &Context) -> Result<ExitCode, Failure> {
        let Self { file } = self;
        let pipeline = file.load()?;
        let home = context.open_home()?;
        let shelf = file.shelf(home.path());
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
        if file.json {
            output::json(&as_json(&pipeline, &made));
        } else {
            output::line(table(&made).render(output::width()).trim_end());
        }
        Ok(ExitCode::SUCCESS)
    }
}
