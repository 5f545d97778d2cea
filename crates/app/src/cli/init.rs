//! `redoubt init`: a configuration to begin with.

use std::fs::OpenOptions;
use std::io::Write;
use std::process::ExitCode;

use clap::Args;

use super::{Context, Failure};
use crate::output;

/// Write a commented configuration for a real upstream.
#[derive(Debug, Args)]
pub(super) struct Init {
    /// Replace a file that is already there.
    #[arg(long)]
    force: bool,
}

/// What is written. It must be a valid configuration as it stands.
const TEMPLATE: &str = include_str!("init.toml");

impl Init {
    /// Runs the command.
    pub(super) fn run(self, context: &Context) -> Result<ExitCode, Failure> {
        let path = &context.config;
        let mut options = OpenOptions::new();
        options.write(true);
        if self.force {
            options.create(true).truncate(true)
        } else {
            options.create_new(true)
        };
        let mut file = options.open(path).map_err(|error| {
            if error.kind() == std::io::ErrorKind::AlreadyExists {
                Failure::usage(format!("`{}` is already there; `--force` replaces it", path.display()))
            } else {
                Failure::usage(format!("cannot write `{}`: {error}", path.display()))
            }
        })?;
        file.write_all(TEMPLATE.as_bytes())?;
        output::line(format!(
            "wrote {}\n\nnext:\n  export OPENAI_API_KEY=…      the upstream's key; the file refers to it by name\n  \
             redoubt config check         is the file right?\n  redoubt key create           a key for a caller, shown once\n  \
             redoubt serve                serve on 127.0.0.1:8080",
            path.display()
        ));
        Ok(ExitCode::SUCCESS)
    }
}

#[cfg(test)]
mod tests {
    use redoubt_gateway::Settings;

    use super::*;
    use crate::config;

    #[test]
    fn the_template_is_right_as_it_stands_and_with_every_comment_opened() {
        let environment = |_: &str| Some("secret".to_owned());
        let opened: String = TEMPLATE
            .lines()
            .map(|line| line.strip_prefix("#:").map_or(line, str::trim_start))
            .map(|line| format!("{line}\n"))
            .collect();
        for source in [TEMPLATE.to_owned(), opened] {
            if let Err(error) = config::parse_as("redoubt.toml", source, &environment, Settings::read) {
                panic!("{error}");
            }
        }
    }
}
