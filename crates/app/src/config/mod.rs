//! The configuration file: found, read, checked as a whole.

mod datasets;
mod document;
mod excerpt;
mod report;
mod schema;

use std::io::ErrorKind;
use std::path::{Path, PathBuf};

use anstream::adapter::strip_str;
use redoubt_domain::settings::{self, Mistake, Node, Table};
use redoubt_gateway::Settings;
use redoubt_registry::Policy as Gates;
use redoubt_tracking::TrackingSettings;
use thiserror::Error;

#[cfg(feature = "lake")]
pub(crate) use datasets::{Dataset, Role, Store};
pub(crate) use document::Environment;
pub(crate) use report::{Placed, place, report, summary};
pub(crate) use schema::schema;

/// A configuration file is small; a larger one is something else.
const BYTES_MAX: u64 = 1 << 20;

/// Why there is no configuration.
#[derive(Debug, Error)]
pub(crate) enum ConfigError {
    /// There is no file.
    #[error("there is no `{}`; `redoubt init` writes one", path.display())]
    Missing {
        /// Where it should be.
        path: PathBuf,
    },
    /// A directory, a socket or the like.
    #[error("`{}` is not a file", path.display())]
    NotAFile {
        /// The path.
        path: PathBuf,
    },
    /// The file cannot be read.
    #[error("cannot read the configuration `{}`", path.display())]
    Read {
        /// The file.
        path: PathBuf,
        /// What the system said.
        #[source]
        source: std::io::Error,
    },
    /// The file cannot be written.
    #[error("cannot write the configuration `{}`", path.display())]
    Write {
        /// The file.
        path: PathBuf,
        /// What the system said.
        #[source]
        source: std::io::Error,
    },
    /// The file is not text.
    #[error("{}:{line}: this is not UTF-8 text: byte {byte:#04x} is not part of any character", path.display())]
    NotText {
        /// The file.
        path: PathBuf,
        /// The line that holds the first bad byte.
        line: usize,
        /// The first bad byte.
        byte: u8,
    },
    /// The file is too large to be a configuration.
    #[error("`{}` has {actual} bytes, a configuration has at most {BYTES_MAX}", path.display())]
    TooLarge {
        /// The file.
        path: PathBuf,
        /// Its size in bytes.
        actual: u64,
    },
    /// The file has mistakes.
    #[error("{}\n\n{}", report::summary(name, mistakes.len()), strip_str(&report::report(name, source_text, mistakes)))]
    Mistakes {
        /// The file's name as the user wrote it.
        name: String,
        /// The whole text.
        source_text: String,
        /// Every mistake, in order of position.
        mistakes: Vec<Mistake>,
    },
}

/// Reads and checks the configuration at `path`.
pub(crate) fn load(path: &Path) -> Result<Configuration, ConfigError> {
    load_as(path, read_for_build)
}

/// The gates before models, as the configuration at `path` has them; none if there is no file.
pub(crate) fn load_gates(path: &Path) -> Result<Option<Gates>, ConfigError> {
    match load_as(path, |table| read_all(table).gates) {
        Err(ConfigError::Missing { .. }) => Ok(None),
        read => read.map(Some),
    }
}

/// Reads and checks the configuration at `path` for its data sets, and the store of those that are in one.
#[cfg(feature = "lake")]
pub(crate) fn load_datasets(path: &Path) -> Result<(Vec<datasets::Dataset>, datasets::Store), ConfigError> {
    let Configuration { datasets, store, .. } = load(path)?;
    Ok((datasets, store))
}

/// Everything that a configuration says.
#[derive(Clone, Debug)]
pub(crate) struct Configuration {
    /// Both planes, providers, routes and limits.
    pub(crate) gateway: Settings,
    /// Which evidence is asked for before models are promoted.
    pub(crate) gates: Gates,
    /// Experiments and artifacts.
    pub(crate) tracking: TrackingSettings,
    /// What queries may name.
    #[cfg_attr(not(feature = "lake"), expect(dead_code, reason = "read so that the schema is that of every build"))]
    pub(crate) datasets: Vec<datasets::Dataset>,
    /// The store of those at `s3://`.
    #[cfg_attr(not(feature = "lake"), expect(dead_code, reason = "read so that the schema is that of every build"))]
    pub(crate) store: datasets::Store,
}

/// Reads every table.
pub(crate) fn read_all(table: &mut Table<'_>) -> Configuration {
    let gateway = Settings::read(table);
    let words = "which evidence is asked for before a stage or an alias leads to a model";
    let gates = table.table("registry", words, Gates::read);
    let words = "experiments, runs and artifacts on the admin plane, as `mlflow` speaks";
    let tracking = table.table("tracking", words, TrackingSettings::read);
    Configuration { gateway, gates, tracking, datasets: datasets::read(table), store: datasets::store(table) }
}

/// As [`read_all`], as far as this build can put it to work.
fn read_for_build(table: &mut Table<'_>) -> Configuration {
    let settings = read_all(table);
    if !cfg!(feature = "infer") && table.has("transformer") {
        let reason =
            "this build has no local models; build it with `cargo build --release -p redoubt --features infer`";
        table.refuse("transformer", reason);
    }
    settings
}

/// Reads and checks the file at `path` as whatever `reader` reads: the whole configuration or a policy.
pub(crate) fn load_as<T>(path: &Path, reader: impl FnOnce(&mut Table<'_>) -> T) -> Result<T, ConfigError> {
    load_document(path, |root| settings::read(root, reader))
}

/// Reads the file at `path` and checks its document as `reader` does.
pub(crate) fn load_document<T>(
    path: &Path,
    reader: impl FnOnce(&Node) -> Result<T, Vec<Mistake>>,
) -> Result<T, ConfigError> {
    let read_error = |source: std::io::Error| match source.kind() {
        ErrorKind::NotFound => ConfigError::Missing { path: path.to_owned() },
        _ => ConfigError::Read { path: path.to_owned(), source },
    };
    let metadata = std::fs::metadata(path).map_err(read_error)?;
    if !metadata.is_file() {
        return Err(ConfigError::NotAFile { path: path.to_owned() });
    }
    let actual = metadata.len();
    if actual > BYTES_MAX {
        return Err(ConfigError::TooLarge { path: path.to_owned(), actual });
    }
    let source = String::from_utf8(std::fs::read(path).map_err(read_error)?).map_err(|error| {
        let (good, bad) = error.as_bytes().split_at(error.utf8_error().valid_up_to());
        let line = good.iter().filter(|&&byte| byte == b'\n').count() + 1;
        ConfigError::NotText { path: path.to_owned(), line, byte: bad.first().copied().unwrap_or_default() }
    })?;
    parse_document(&path.display().to_string(), source, &process_environment, reader)
}

/// Checks `source`, a configuration called `name`.
pub(crate) fn parse(name: &str, source: String) -> Result<Configuration, ConfigError> {
    parse_as(name, source, &process_environment, read_for_build)
}

/// Checks `source` in an environment that the caller makes up.
pub(crate) fn parse_as<T>(
    name: &str,
    source: String,
    environment: Environment<'_>,
    reader: impl FnOnce(&mut Table<'_>) -> T,
) -> Result<T, ConfigError> {
    parse_document(name, source, environment, |root| settings::read(root, reader))
}

fn parse_document<T>(
    name: &str,
    source: String,
    environment: Environment<'_>,
    reader: impl FnOnce(&Node) -> Result<T, Vec<Mistake>>,
) -> Result<T, ConfigError> {
    let (root, mut mistakes) = document::parse(&source, environment);
    let settings = reader(&root);
    match settings {
        Ok(settings) if mistakes.is_empty() => Ok(settings),
        Ok(_) => Err(ConfigError::Mistakes { name: name.to_owned(), source_text: source, mistakes }),
        Err(more) => {
            mistakes.extend(more);
            mistakes.sort_by_key(|mistake| mistake.span.start);
            Err(ConfigError::Mistakes { name: name.to_owned(), source_text: source, mistakes })
        }
    }
}

fn process_environment(name: &str) -> Option<String> {
    std::env::var(name).ok()
}

/// The configuration that the environment alone implies: a bare `OPENAI_API_KEY` (with
/// `OPENAI_BASE_URL`), or `ANTHROPIC_API_KEY`, is enough to serve every model of that vendor.
pub(crate) fn from_environment() -> Option<String> {
    let has = |name: &str| std::env::var(name).is_ok_and(|value| !value.is_empty());
    let mut text = String::new();
    if has("OPENAI_API_KEY") || has("OPENAI_BASE_URL") {
        text.push_str("[providers.openai]\nkind = \"openai\"\n");
        if has("OPENAI_BASE_URL") {
            text.push_str("base_url = \"${OPENAI_BASE_URL}\"\n");
        }
        if has("OPENAI_API_KEY") {
            text.push_str("api_key = \"${OPENAI_API_KEY}\"\n");
        }
    }
    let openai = !text.is_empty();
    if has("ANTHROPIC_API_KEY") {
        text.push_str("[providers.anthropic]\nkind = \"anthropic\"\napi_key = \"${ANTHROPIC_API_KEY}\"\n");
        if has("ANTHROPIC_BASE_URL") {
            text.push_str("base_url = \"${ANTHROPIC_BASE_URL}\"\n");
        }
        text.push_str("[models.\"claude-*\"]\ntargets = [{ provider = \"anthropic\", model = \"claude-*\" }]\n");
    }
    if openai {
        text.push_str("[models.\"*\"]\ntargets = [{ provider = \"openai\", model = \"*\" }]\n");
    }
    (!text.is_empty()).then_some(text)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn report_of(source: &str) -> String {
        match parse("redoubt.toml", source.to_owned()) {
            Ok(_) => String::new(),
            Err(error) => error.to_string(),
        }
    }

    #[test]
    fn five_mistakes_are_five_paragraphs_with_line_column_and_nearest_key() {
        let source = "\
listn = \"127.0.0.1:9000\"

[providers.openai]
kind = \"opena\"

[models.gpt]
targets = [{ provider = \"opnai\" }]

[audit]
durability = \"never\"

[bounds]
body = 1.5
";
        let report = report_of(source);
        for expected in [
            "redoubt.toml:1:1: unknown key `listn` at the top level; did you mean `listen`?",
            "redoubt.toml:4:8: `opena` is not one of",
            "redoubt.toml:7:25: provider `opnai` is not defined, there are `openai`; did you mean `openai`?",
            "redoubt.toml:10:14: `never` is not one of `request`, `answer`",
            "redoubt.toml:13:",
        ] {
            assert!(report.contains(expected), "{expected} is not in\n{report}");
        }
        assert_eq!(report.matches("redoubt.toml:").count(), 5, "{report}");
        assert!(report.starts_with("5 mistakes in `redoubt.toml`"), "{report}");
    }

    #[test]
    fn a_model_needs_a_build_that_has_models_and_a_route_that_asks_it() {
        let model = "[transformer]\nfolder = \"model\"\n";
        let asks = "[routes.a.guard.second_opinion]\n";
        let report = report_of(&format!("{model}{asks}"));
        assert_eq!(report.is_empty(), cfg!(feature = "infer"), "{report}");
        assert!(report.is_empty() || report.contains("redoubt.toml:1:1: this build has no local models"), "{report}");
        assert!(report.is_empty() || report.contains("--features infer"), "{report}");
        let report = report_of(model);
        assert!(report.contains("no route asks the model"), "{report}");
        let report = report_of(asks);
        assert!(report.contains("add a table `[transformer]`"), "{report}");
        let report = report_of(&format!("{model}{asks}margn_to = 1.0\non_failure = \"pass\"\nmargin_from = 3\n"));
        for expected in
            ["did you mean `margin_to`?", "`refuse`, `unsafely_trust_classifier`", "must be below `margin_to`"]
        {
            assert!(report.contains(expected), "{expected} is not in\n{report}");
        }
        let report = report_of(&format!("[transformer]\ndeadline = \"0s\"\nthreads = 0\ndigest = \"ab\"\n{asks}"));
        for expected in ["`folder` is missing", "a time from 1ms", "a number from 1 to 256", "64 hexadecimal digits"] {
            assert!(report.contains(expected), "{expected} is not in\n{report}");
        }
    }

    #[test]
    fn a_report_does_not_show_values_since_they_may_be_secrets() {
        let report = report_of("[providers.openai]\nkind = \"openai\"\napi_kee = \"sk-live-123\"\n");
        assert!(report.contains("did you mean `api_key`?"), "{report}");
        assert!(!report.contains("sk-live-123"), "{report}");
    }
}
