//! `redoubt model attest` and `approve`: what is signed about a version.

use std::os::unix::fs::FileExt;
use std::path::PathBuf;
use std::process::ExitCode;

use clap::Args;
use redoubt_domain::Capability;
use redoubt_models::sign::PublicKey;
use redoubt_models::{FileReport, Limits, Report, Verdict, settle};
use redoubt_registry::content::{Content, SealedFile};
use redoubt_registry::{AttestationKind, Evidence, RegistryError, Version};
use serde_json::Value;

use super::room::{content_failed, evidence_json, failed, version, within};
use super::scan::show;
use super::sign::{KEY_BYTES_MAX, SIGNATURE_BYTES_MAX, read};
use crate::cli::{Context, Failure};
use crate::output::{self, BAD, GOOD, paint};
use crate::registry::{KEY_VARIABLE, Reference, Room, scan_said};

/// A report is summed up in evidence; details belong elsewhere.
const REPORT_BYTES_MAX: u64 = 1 << 20;

/// Sign evidence about a version: a scan, a report, a signature.
#[derive(Debug, Args)]
#[command(group = clap::ArgGroup::new("what").required(true).args(["scan", "kind", "signature"]))]
pub(super) struct Attest {
    /// The version, such as `lending/3`.
    #[arg(value_name = "VERSION")]
    reference: Reference,
    /// Scan the files as they lie in the registry.
    #[arg(long)]
    scan: bool,
    /// What the report is about: data-scan, poisoning-scan, evaluation or fairness.
    #[arg(long, value_name = "KIND", requires = "report", value_parser = kind)]
    kind: Option<AttestationKind>,
    /// The report, JSON, as a pipeline's step made it.
    #[arg(long, value_name = "FILE", requires = "kind")]
    report: Option<PathBuf>,
    /// Say that the report speaks against the version.
    #[arg(long, requires = "kind")]
    failed: bool,
    /// A signature that `redoubt model sign` or `model-signing` made of the same files.
    #[arg(long, value_name = "FILE", requires = "public_key")]
    signature: Option<PathBuf>,
    /// Public key in PEM of whoever must have signed.
    #[arg(long, value_name = "FILE", requires = "signature")]
    public_key: Option<PathBuf>,
    /// Print JSON.
    #[arg(long)]
    json: bool,
}

fn kind(text: &str) -> Result<AttestationKind, String> {
    use AttestationKind::{Approval, DataScan, Evaluation, Fairness, FileScan, PoisoningScan, Signature};
    match AttestationKind::parse(text) {
        Some(kind @ (DataScan | PoisoningScan | Evaluation | Fairness)) => Ok(kind),
        Some(FileScan) => Err("a scan of the files is made by `--scan`".to_owned()),
        Some(Signature) => Err("a signature is given by `--signature FILE --public-key FILE`".to_owned()),
        Some(Approval) => Err("an approval is given by `redoubt model approve`".to_owned()),
        None => Err("there are data-scan, poisoning-scan, evaluation and fairness".to_owned()),
    }
}

/// Agree to a version that somebody else registered, or reject it.
#[derive(Debug, Args)]
pub(super) struct Approve {
    /// The version, such as `lending/3`.
    #[arg(value_name = "VERSION")]
    reference: Reference,
    /// Reject it: no gate that asks for approvals opens until you agree.
    #[arg(long)]
    reject: bool,
    /// Why.
    #[arg(long, default_value = "", hide_default_value = true, value_name = "TEXT")]
    comment: String,
    /// Print JSON.
    #[arg(long)]
    json: bool,
}

impl Attest {
    /// Runs the command.
    pub(super) fn run(self, context: &Context) -> Result<ExitCode, Failure> {
        within(context, &[Capability::Register], false, async |room| {
            let found = version(&room, &self.reference).await?;
            let json = self.json;
            let evidence = self.evidence(&room, &found).await?;
            tell(&evidence, json);
            Ok(if evidence.passed { ExitCode::SUCCESS } else { ExitCode::from(1) })
        })
    }

    async fn evidence(self, room: &Room, found: &Version) -> Result<Evidence, Failure> {
        let Self { reference: _, scan, kind, report, failed: is_failed, signature, public_key, json } = self;
        let (registry, by) = (&room.registry, room.by());
        let (name, number) = (found.name.as_str(), found.version);
        let kept = if scan {
            let content = content(room, found).await?;
            let report = rescan(room, &content, found)?;
            if report.verdict() != Verdict::Clean && !json {
                show(&report);
            }
            let said = scan_said(&report);
            registry.attest(name, number, said.kind, said.passed, said.details, by).await
        } else if let (Some(signature), Some(key)) = (&signature, &public_key) {
            let key = PublicKey::from_pem(&read(key, KEY_BYTES_MAX)?)
                .map_err(|error| Failure::usage(format!("`{}`: {error}", key.display())))?;
            let bundle = String::from_utf8(read(signature, SIGNATURE_BYTES_MAX)?)
                .map_err(|_| Failure::usage(format!("`{}` is no text", signature.display())))?;
            let content = content(room, found).await?;
            registry.attest_signature(name, number, content.manifest(), &bundle, &key, by).await
        } else if let (Some(kind), Some(report)) = (kind, &report) {
            let details: Value = serde_json::from_slice(&read(report, REPORT_BYTES_MAX)?)
                .map_err(|error| Failure::usage(format!("`{}` is no JSON: {error}", report.display())))?;
            registry.attest(name, number, kind, !is_failed, details, by).await
        } else {
            return Err(Failure::usage(
                "say what to attest: `--scan`, `--kind KIND --report FILE` or `--signature FILE`",
            ));
        };
        match kept {
            Ok(evidence) => Ok(evidence),
            Err(error @ RegistryError::Invalid { .. }) => Err(Failure::check(error)),
            Err(error) => Err(failed(registry, error).await),
        }
    }
}

impl Approve {
    /// Runs the command.
    pub(super) fn run(self, context: &Context) -> Result<ExitCode, Failure> {
        let Self { reference, reject, comment, json } = self;
        within(context, &[Capability::Approve], false, async |room| {
            let found = version(&room, &reference).await?;
            let is_own = found.owner.as_deref().is_some_and(|owner| room.is(owner)) || found.creator == room.actor;
            if is_own && !reject {
                let words = format!(
                    "{} registered {}/{}, so somebody else must approve it",
                    found.who(),
                    found.name,
                    found.version
                );
                let next = format!(
                    "{KEY_VARIABLE}=rdt_… redoubt model approve {}/{}, with a key of somebody else, made by `redoubt key create \
                     --can approve --owner NAME`",
                    found.name, found.version
                );
                return Err(Failure::check(words).next(next));
            }
            match room.registry.approve(&found.name, found.version, !reject, &comment, room.by()).await {
                Ok(evidence) => tell(&evidence, json),
                Err(error) => return Err(failed(&room.registry, error).await),
            }
            Ok(ExitCode::SUCCESS)
        })
    }
}

fn tell(evidence: &Evidence, json: bool) {
    if json {
        output::json(&evidence_json(evidence));
        return;
    }
    let word = match (evidence.kind, evidence.passed) {
        (AttestationKind::Approval, true) => paint(GOOD, "approved"),
        (AttestationKind::Approval, false) => paint(BAD, "rejected"),
        (_, true) => paint(GOOD, "passed"),
        (_, false) => paint(BAD, "failed"),
    };
    let subject = output::shown(&evidence.subject);
    match evidence.kind {
        AttestationKind::Approval => output::line(format!("{subject} {word} by {}", output::shown(evidence.who()))),
        kind => output::line(format!("{subject} {word}: {}, signed for its digest", kind.name())),
    }
}

/// The content of a version, to look at and not to use: no gate stands before a scan.
async fn content(room: &Room, found: &Version) -> Result<Content, Failure> {
    let pass = match room.registry.look_at(&found.name, found.version).await {
        Ok(pass) => pass,
        Err(error) => return Err(failed(&room.registry, error).await),
    };
    match room.registry.content(&pass, &room.keys).await {
        Ok(content) => Ok(content),
        Err(error) => Err(content_failed(&room.registry, error).await),
    }
}

/// Looks at every file as it lies in the registry; its plain bytes are in memory alone.
fn rescan(room: &Room, content: &Content, found: &Version) -> Result<Report, Failure> {
    let limits = Limits::default();
    let mut files: Vec<FileReport> = Vec::new();
    for (number, path, entry, key) in content.files() {
        let sealed = room.vault.open(content.place(), number)?;
        let read = Box::new(move |at: u64, into: &mut [u8]| sealed.read_exact_at(into, at));
        let scanned = redoubt_models::scan(&SealedFile::new(key?, entry.size, read), path, &limits);
        files.push(FileReport { path: path.to_owned(), size: entry.size, digest: Some(entry.digest), scanned });
    }
    settle(&mut files);
    let name = format!("{}/{}", found.name, found.version);
    Ok(Report { name, files, manifest: None })
}
