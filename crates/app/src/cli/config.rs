//! `redoubt config`: is the file right, and what may it say?

use std::process::ExitCode;

use clap::{Args, Subcommand};
use redoubt_domain::settings;
use redoubt_gateway::{Gateway, Settings};
use redoubt_guard::detectors::Kind;
use serde_json::json;

use super::{Context, Failure};
use crate::config::{self, ConfigError};
use crate::output::{self, BAD, GOOD, paint};
use crate::{serve, telemetry};

/// Check the configuration, or print its JSON Schema.
#[derive(Debug, Args)]
pub(super) struct Config {
    #[command(subcommand)]
    action: Action,
}

#[derive(Debug, Subcommand)]
enum Action {
    /// Print every mistake with its line, column and nearest key.
    Check {
        /// Print JSON.
        #[arg(long)]
        json: bool,
    },
    /// Print the JSON Schema of the configuration, for editors.
    Schema,
    /// Print every detector with its labels, for rules.
    Detectors,
}

impl Config {
    /// Runs the command.
    pub(super) fn run(self, context: &Context) -> Result<ExitCode, Failure> {
        match self.action {
            Action::Check { json } => check(context, json),
            Action::Schema => {
                output::json(&config::schema(&settings::describe(config::read_settings)));
                Ok(ExitCode::SUCCESS)
            }
            Action::Detectors => {
                output::line(detectors());
                Ok(ExitCode::SUCCESS)
            }
        }
    }
}

/// The table of detectors, as the reference page shows it.
fn detectors() -> String {
    let mut page = String::from(
        "# Detectors\n\nWhat rules may name in `detectors` and `labels`.\n\n| detector | looks for | labels |\n|---|---|---|\n",
    );
    for Kind { id, summary, labels } in redoubt_guard::detectors::kinds() {
        let labels: Vec<String> = labels.iter().map(|label| format!("`{label}`")).collect();
        page.push_str(&format!("| `{id}` | {summary} | {} |\n", labels.join(" ")));
    }
    page.trim_end().to_owned()
}

/// Whether the settings can be put to work as well: that is more than each of them alone being right.
fn works(settings: Settings) -> Result<(), Failure> {
    telemetry::filter(&settings.telemetry)?;
    if let Some(transformer) = &settings.transformer {
        serve::transformer(transformer)?;
    }
    Gateway::prepare(settings)?;
    Ok(())
}

fn check(context: &Context, as_json: bool) -> Result<ExitCode, Failure> {
    let name = context.config.display().to_string();
    match config::load(&context.config) {
        Ok(settings) => {
            if let Err(error) = works(settings) {
                if !as_json {
                    return Err(Failure { code: 1, ..error });
                }
                // It concerns the file as a whole, so it has no place in it.
                let mistake = json!({
                    "line": null, "column": null, "path": "", "reason": error.words(), "suggestion": null,
                });
                output::json(&json!({ "file": name, "ok": false, "mistakes": [mistake] }));
                return Ok(ExitCode::from(1));
            }
        }
        Err(ConfigError::Mistakes { source_text, mistakes, .. }) if as_json => {
            let placed = config::place(&source_text, &mistakes);
            let mistakes: Vec<_> = placed
                .iter()
                .map(|config::Placed { line, column, length: _, reason, suggestion, path }| {
                    json!({ "line": line, "column": column, "path": path, "reason": reason, "suggestion": suggestion })
                })
                .collect();
            output::json(&json!({ "file": name, "ok": false, "mistakes": mistakes }));
            return Ok(ExitCode::from(1));
        }
        Err(ConfigError::Mistakes { name, source_text, mistakes }) => {
            output::line(config::report(&name, &source_text, &mistakes));
            output::note(format!("\n{} {}", paint(BAD, "error:"), config::summary(&name, mistakes.len())));
            return Ok(ExitCode::from(1));
        }
        Err(error) => return Err(Failure::usage(error)),
    }
    if as_json {
        output::json(&json!({ "file": name, "ok": true, "mistakes": [] }));
    } else {
        output::line(format!("{name} is {}", paint(GOOD, "right")));
    }
    Ok(ExitCode::SUCCESS)
}
