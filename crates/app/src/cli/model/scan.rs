//! `redoubt model scan`: every file of a model, by what its bytes are.

use std::path::{Path, PathBuf};
use std::process::ExitCode;

use clap::Args;
use redoubt_models::sign::{GIT_PATHS, Manifest, is_ignored};
use redoubt_models::{FileReport, Finding, Limits, Place, Report, Verdict, settle};
use serde_json::{Value, json};

use super::files::{Content, Found, Opened, What, walk};
use super::sign::{SIGNATURE, files as count_words, name_of};
use crate::cli::Failure;
use crate::output::{self, BAD, CHANGED, GOOD, TITLE, paint};

/// Look for what would run or reach out when a model is loaded.
#[derive(Debug, Args)]
#[command(after_help = after_help())]
pub(super) struct Scan {
    /// A file, or a folder with everything in it; links are not followed.
    #[arg(required = true, value_name = "PATH")]
    paths: Vec<PathBuf>,
    /// Print JSON.
    #[arg(long)]
    json: bool,
}

/// What the verdicts mean.
fn after_help() -> String {
    format!(
        "{}\n  \
         clean       everything that is looked for was looked for\n  \
         suspicious  does what no model needs, or names what is not known to be harmless\n  \
         malicious   runs code or reaches beyond its folder when it is loaded\n  \
         unreadable  could not be read to its end, or is of no kind that is known here\n\n\
         The exit code is 0 if every file is clean and 1 otherwise.",
        paint(TITLE, "Verdicts:"),
    )
}

impl Scan {
    /// Runs the command.
    pub(super) fn run(self) -> Result<ExitCode, Failure> {
        let reports = self.paths.iter().map(|path| scan(path)).collect::<Result<Vec<_>, _>>()?;
        let verdict = reports.iter().map(Report::verdict).max().unwrap_or(Verdict::Clean);
        if self.json {
            let models: Vec<Value> = reports.iter().map(Report::to_json).collect();
            output::json(&json!({ "v": 1, "verdict": verdict.name(), "models": models }));
        } else {
            reports.iter().for_each(show);
        }
        Ok(if verdict == Verdict::Clean { ExitCode::SUCCESS } else { ExitCode::from(1) })
    }
}

/// Looks at every file of the model at `root`.
pub(crate) fn scan(root: &Path) -> Result<Report, Failure> {
    let limits = Limits::default();
    let mut files: Vec<FileReport> = walk(root)?.into_iter().map(|found| file(found, root, &limits)).collect();
    settle(&mut files);
    let mut ignored: Vec<String> = GIT_PATHS.iter().map(|path| (*path).to_owned()).collect();
    ignored.push(SIGNATURE.to_owned());
    let signed = files.iter().filter(|file| !is_ignored(&file.path, &ignored));
    let digests: Option<Vec<_>> = signed.map(|file| Some((file.path.clone(), file.digest?))).collect();
    let manifest = digests.map(|digests| Manifest::new(name_of(root), digests));
    Ok(Report { name: root.display().to_string(), files, manifest })
}

fn file(found: Found, root: &Path, limits: &Limits) -> FileReport {
    let Found { path, what } = found;
    match what {
        What::Link => FileReport::link(path),
        What::Other => FileReport::not_a_file(path),
        What::Failed(reason) => FileReport::failed(path, reason),
        What::File(at, metadata) => {
            let opened = Opened::open(&at, &metadata).and_then(Opened::read);
            let (content, digest) = match opened {
                Ok(read) => read,
                Err(error) => return FileReport::failed(path, error.to_string()),
            };
            // A model that is one file has a name all the same, by which texts are known.
            let name = if path == "." { name_of(root) } else { path.clone() };
            let scanned = match &content {
                Content::Whole(bytes) => redoubt_models::scan(bytes, &name, limits),
                Content::Large(opened) => redoubt_models::scan(opened, &name, limits),
            };
            if let Content::Large(opened) = &content
                && let Err(error) = opened.check_unchanged()
            {
                return FileReport::failed(path, error.to_string());
            }
            FileReport { path, size: metadata.len(), digest: Some(digest), scanned }
        }
    }
}

pub(super) fn show(report: &Report) {
    let Report { name, files, manifest } = report;
    for file in files.iter().filter(|file| file.scanned.verdict != Verdict::Clean) {
        let FileReport { path, size: _, digest: _, scanned } = file;
        let verdict = paint(style(scanned.verdict), scanned.verdict.name());
        output::line(format!("{verdict}  {}", output::shown(path)));
        for Finding { code, place, words } in &scanned.findings {
            let place = place_words(place);
            let words = output::shown(words);
            let line = [words.as_str(), place.as_str()].into_iter().filter(|part| !part.is_empty());
            let line = line.collect::<Vec<_>>().join(", ");
            output::line(format!("    {}  {line}", code.name).trim_end());
        }
        if scanned.omitted > 0 {
            output::line(format!("    and {} more", scanned.omitted));
        }
    }
    let count = |verdict| files.iter().filter(|file| file.scanned.verdict == verdict).count();
    let counts: Vec<String> = Verdict::ALL
        .into_iter()
        .rev()
        .filter(|verdict| count(*verdict) > 0)
        .map(|verdict| paint(style(verdict), &format!("{} {}", count(verdict), verdict.name())))
        .collect();
    let counts = if counts.is_empty() { "nothing to look at".to_owned() } else { counts.join(", ") };
    output::line(format!("{}: {}, {counts}", output::shown(name), count_words(files.len())));
    if let Some(manifest) = manifest {
        output::line(format!("sha256 {}", manifest.digest()));
    }
}

fn style(verdict: Verdict) -> anstyle::Style {
    match verdict {
        Verdict::Clean => GOOD,
        Verdict::Unreadable | Verdict::Suspicious => CHANGED,
        Verdict::Malicious => BAD,
    }
}

/// Where something is, in words.
fn place_words(place: &Place) -> String {
    let Place { member, offset, path } = place;
    let mut parts: Vec<String> = Vec::new();
    parts.extend(path.as_ref().filter(|path| !path.is_empty()).map(|path| format!("at {}", output::shown(path))));
    parts.extend(offset.map(|offset| format!("at byte {offset}")));
    parts.extend(member.as_ref().map(|member| format!("in {}", output::shown(member))));
    parts.join(" ")
}
