//! `redoubt init`: a configuration to begin with.

use std::fs::OpenOptions;
use std::io::Write;
use std::process::ExitCode;

use clap::Args;

use super::{Context, Failure};
use crate::config::ConfigError;
use crate::output::{self, TITLE, TYPED, paint};

/// Write a commented configuration for a real upstream.
#[derive(Debug, Args)]
pub(super) struct Init {
    /// Replace a file that is already there.
    #[arg(long)]
    force: bool,
}

/// What is written. It must be a valid configuration as it stands.
const TEMPLATE: &str = include_str!("init.toml");

/// What leads from the file to the first answer, and whether the file is read for it.
const NEXT: [(&str, bool, &str); 4] = [
    ("export OPENAI_API_KEY=…", false, "the upstream's key; the file names it, and does not hold it"),
    ("redoubt config check", true, "is the file right?"),
    ("redoubt key create", false, "a key for a caller, shown once"),
    ("redoubt serve", true, "callers reach the models at http://127.0.0.1:8080/v1"),
];

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
                ConfigError::Write { path: path.clone(), source: error }.into()
            }
        })?;
        file.write_all(TEMPLATE.as_bytes()).map_err(|source| ConfigError::Write { path: path.clone(), source })?;
        output::line(format!("wrote {}\n\n{}", path.display(), paint(TITLE, "next:")));
        let is_usual = path.as_os_str() == "redoubt.toml";
        let redoubt = if is_usual { "redoubt".to_owned() } else { format!("redoubt --config {}", path.display()) };
        let width = redoubt.len() + " config check".len();
        let width = width.max(NEXT.iter().map(|(command, ..)| command.chars().count()).max().unwrap_or(0));
        for (command, reads_file, words) in NEXT {
            let command = if reads_file { command.replacen("redoubt", &redoubt, 1) } else { command.to_owned() };
            // Padded before it is painted: the sequences have no width.
            output::line(format!("  {}  {words}", paint(TYPED, &format!("{command:width$}"))));
        }
        Ok(ExitCode::SUCCESS)
    }
}

#[cfg(test)]
mod tests {
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
            if let Err(error) = config::parse_as("redoubt.toml", source, &environment, config::read_all) {
                panic!("{error}");
            }
        }
    }
}
