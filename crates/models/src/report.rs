//! What a scan of a folder says, in the form that is written down.

use redoubt_domain::{Digest, Severity};
use serde::Serialize;

use crate::finding::{Code, Finding, LINK, NOT_A_FILE, READ_FAILED, UNKNOWN, Verdict};
use crate::kind::Kind;
use crate::limits::Limits;
use crate::scan::{Scan, Scanned};
use crate::sign::Manifest;

/// One file of a model.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct FileReport {
    /// Its path within the model, with `/`; `.` if the model is one file.
    pub path: String,
    /// Its size in bytes.
    pub size: u64,
    /// SHA-256 of its bytes, if they could be read.
    pub digest: Option<Digest>,
    /// What was found.
    pub scanned: Scanned,
}

impl FileReport {
    /// A link, which is not followed.
    pub fn link(path: String) -> Self {
        Self::unread(path, LINK, String::new())
    }

    /// A device, a socket or the like.
    pub fn not_a_file(path: String) -> Self {
        Self::unread(path, NOT_A_FILE, String::new())
    }

    /// A file or folder that could not be read, for that reason.
    pub fn failed(path: String, reason: String) -> Self {
        Self::unread(path, READ_FAILED, reason)
    }

    fn unread(path: String, code: &'static Code, words: String) -> Self {
        let limits = Limits::default();
        let mut scan = Scan::new(&limits);
        scan.found(code, words);
        Self { path, size: 0, digest: None, scanned: scan.finish(Kind::Unknown) }
    }
}

/// One model: a folder, or one file.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Report {
    /// The model as it was named.
    pub name: String,
    /// Every file, in the order of their paths.
    pub files: Vec<FileReport>,
    /// The digests of the files as they would be signed; nothing if one could not be read.
    pub manifest: Option<Manifest>,
}

impl Report {
    /// The worst verdict of its files.
    pub fn verdict(&self) -> Verdict {
        self.files.iter().map(|file| file.scanned.verdict).max().unwrap_or(Verdict::Clean)
    }

    /// The form that is written down, version 1: an attestation can be made of it, since it holds the digest of every
    /// file and the one that a signature of the model has as its subject.
    pub fn to_json(&self) -> serde_json::Value {
        serde_json::to_value(self.written()).unwrap_or_default()
    }

    fn written(&self) -> WrittenReport<'_> {
        let Self { name, files, manifest } = self;
        WrittenReport {
            v: 1,
            model: name,
            verdict: self.verdict().name(),
            sha256: manifest.as_ref().map(|manifest| manifest.digest().to_string()),
            files: files.iter().map(WrittenFile::of).collect(),
        }
    }
}

/// Files that another file names as its weights are raw elements of tensors: not knowing their kind is no finding.
pub fn settle(files: &mut [FileReport]) {
    let mut named: Vec<String> = Vec::new();
    for file in files.iter() {
        let folder = file.path.rsplit_once('/').map(|(folder, _)| folder);
        named.extend(file.scanned.data_files.iter().map(|name| match folder {
            Some(folder) => format!("{folder}/{name}"),
            None => name.clone(),
        }));
    }
    named.sort_unstable();
    for file in files {
        let Scanned { kind, verdict, findings, omitted, data_files: _ } = &mut file.scanned;
        let is_only_unknown = *omitted == 0 && findings.iter().all(|finding| finding.code == UNKNOWN);
        if *kind == Kind::Unknown && is_only_unknown && named.binary_search(&file.path).is_ok() {
            findings.clear();
            *verdict = Verdict::Clean;
        }
    }
}

#[derive(Serialize)]
struct WrittenReport<'r> {
    v: u32,
    model: &'r str,
    verdict: &'static str,
    sha256: Option<String>,
    files: Vec<WrittenFile<'r>>,
}

#[derive(Serialize)]
struct WrittenFile<'r> {
    path: &'r str,
    size: u64,
    sha256: Option<String>,
    kind: &'static str,
    verdict: &'static str,
    findings: Vec<WrittenFinding<'r>>,
    #[serde(skip_serializing_if = "is_zero")]
    findings_omitted: u64,
}

#[derive(Serialize)]
struct WrittenFinding<'r> {
    code: &'static str,
    verdict: &'static str,
    severity: &'static str,
    about: &'static str,
    words: &'r str,
    #[serde(skip_serializing_if = "Option::is_none")]
    member: Option<&'r str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    offset: Option<u64>,
    #[serde(skip_serializing_if = "Option::is_none")]
    path: Option<&'r str>,
}

#[expect(clippy::trivially_copy_pass_by_ref, reason = "serde hands references")]
fn is_zero(count: &u64) -> bool {
    *count == 0
}

impl<'r> WrittenFile<'r> {
    fn of(file: &'r FileReport) -> Self {
        let FileReport { path, size, digest, scanned } = file;
        let Scanned { kind, verdict, findings, omitted, data_files: _ } = scanned;
        Self {
            path,
            size: *size,
            sha256: digest.map(|digest| digest.to_string()),
            kind: kind.name(),
            verdict: verdict.name(),
            findings: findings.iter().map(WrittenFinding::of).collect(),
            findings_omitted: *omitted,
        }
    }
}

impl<'r> WrittenFinding<'r> {
    fn of(finding: &'r Finding) -> Self {
        let Finding { code, place, words } = finding;
        Self {
            code: code.name,
            verdict: code.verdict.name(),
            severity: Severity::name(code.severity),
            about: code.about,
            words,
            member: place.member.as_deref(),
            offset: place.offset,
            path: place.path.as_deref().filter(|path| !path.is_empty()),
        }
    }
}
