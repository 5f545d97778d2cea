//! Whether the evidence suffices: a function of the gate, the version and what is signed about it.

use std::collections::BTreeMap;
use std::fmt;

use crate::attestation::Evidence;
use crate::names::Slot;
use crate::policy::{AttestationKind, Gate};

/// A gate stayed shut.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub struct Refusal {
    /// The model.
    pub name: String,
    /// The version.
    pub version: u64,
    /// What was to lead to it; none if the gate is the one that stands before every export.
    pub slot: Option<Slot>,
    /// What is missing, in the order of the kinds; at least one.
    pub missing: Vec<Missing>,
}

/// A piece of evidence that is missing.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Missing {
    /// The kind.
    pub kind: AttestationKind,
    /// What is wrong, in words.
    pub reason: String,
    /// The command that supplies it.
    pub command: String,
}

impl Refusal {
    /// What stays shut, in words.
    pub(crate) fn door(&self) -> String {
        self.slot.as_ref().map_or_else(|| "export".to_owned(), Slot::to_string)
    }
}

impl fmt::Display for Refusal {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { name, version, slot: _, missing } = self;
        write!(f, "{} of `{name}` stays shut for version {version}", self.door())?;
        for Missing { kind, reason, command } in missing {
            write!(f, "\n  {}: {reason}\n    {command}", kind.name())?;
        }
        Ok(())
    }
}

/// The version at a gate.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Candidate<'a> {
    pub(crate) name: &'a str,
    pub(crate) model: &'a str,
    pub(crate) version: u64,
    /// Who registered it, and so cannot approve it.
    pub(crate) creator: &'a str,
    /// The person behind the creator, if that is known.
    pub(crate) owner: Option<&'a str>,
    pub(crate) has_content: bool,
    /// What is signed about its digest.
    pub(crate) evidence: &'a [Evidence],
    /// Why pieces of evidence could not be verified.
    pub(crate) broken: &'a [String],
}

/// What is missing at the gates; nothing if they open.
pub(crate) fn judge(gates: &[&Gate], candidate: &Candidate<'_>) -> Vec<Missing> {
    let mut missing = Vec::new();
    let required = |kind| gates.iter().any(|gate| gate.requires.contains(&kind));
    let approvals = gates.iter().filter(|gate| gate.requires.contains(&AttestationKind::Approval));
    let approvals = approvals.map(|gate| gate.approvals.max(1)).max();
    for kind in AttestationKind::ALL {
        let reason = match kind {
            AttestationKind::Approval => approvals.and_then(|wanted| unapproved(wanted, candidate)),
            // A signature that is there must be good even where none is asked for, at every gate.
            AttestationKind::Signature if !gates.is_empty() && has(kind, candidate) => unproven(kind, candidate),
            _ if required(kind) => unproven(kind, candidate),
            _ => None,
        };
        missing.extend(reason.map(|reason| Missing { kind, reason, command: command(kind, candidate) }));
    }
    // Evidence that was tampered with may have been evidence against.
    if let (Some(reason), Some(gate)) = (candidate.broken.first(), gates.first())
        && let Some(kind) = gate.requires.first()
        && missing.is_empty()
    {
        let reason = format!("a piece of evidence for this digest cannot be trusted: {reason}");
        missing.push(Missing { kind: *kind, reason, command: show(candidate) });
    }
    missing
}

fn has(kind: AttestationKind, candidate: &Candidate<'_>) -> bool {
    candidate.evidence.iter().any(|evidence| evidence.kind == kind)
}

/// Why the last evidence of a kind does not speak for the version. What was said last counts; of two at one time, no.
fn unproven(kind: AttestationKind, candidate: &Candidate<'_>) -> Option<String> {
    if !candidate.has_content {
        return Some("the version has no content yet".to_owned());
    }
    let of_kind = candidate.evidence.iter().filter(|evidence| evidence.kind == kind);
    match of_kind.max_by_key(|evidence| (evidence.at, !evidence.passed)) {
        None => Some("there is none for this digest".to_owned()),
        Some(evidence) if evidence.passed => None,
        Some(evidence) => Some(format!("it failed, says {}", evidence.who())),
    }
}

/// Why too few agree. An approval is of one version of one model, and counts for the person behind the key: one who has
/// two keys cannot agree twice, nor to what the other one registered. Nobody is behind a key without an owner.
fn unapproved(wanted: u64, candidate: &Candidate<'_>) -> Option<String> {
    if !candidate.has_content {
        return Some("the version has no content yet".to_owned());
    }
    let mut last: BTreeMap<String, &Evidence> = BTreeMap::new();
    let of_this = |evidence: &&Evidence| {
        evidence.kind == AttestationKind::Approval
            && evidence.model == candidate.model
            && evidence.version == candidate.version
    };
    for evidence in candidate.evidence.iter().filter(of_this) {
        let held = last.entry(person(evidence.owner.as_deref(), &evidence.actor)).or_insert(evidence);
        if (held.at, !held.passed) < (evidence.at, !evidence.passed) {
            *held = evidence;
        }
    }
    if let Some(evidence) = last.values().find(|evidence| !evidence.passed) {
        return Some(format!("{} rejects it", evidence.who()));
    }
    let Some(owner) = candidate.owner else {
        return Some(format!(
            "{} registered it and has no owner, so nobody can be told from whoever did; register it by a key that \
             `redoubt key create --can register --owner NAME` makes",
            candidate.creator
        ));
    };
    let creator = person(Some(owner), candidate.creator);
    let counts = |(who, evidence): &(&String, &&Evidence)| evidence.owner.is_some() && **who != creator;
    let count = u64::try_from(last.iter().filter(counts).count()).unwrap_or(u64::MAX);
    (count < wanted).then(|| {
        let by = format!("by somebody other than {owner}, who registered it");
        let have = match count {
            0 if last.contains_key(&creator) => "only that one's own so far".to_owned(),
            0 if !last.is_empty() => "only by keys without an owner so far".to_owned(),
            count => format!("{count} so far"),
        };
        format!("{wanted} needed {by}; {have}")
    })
}

/// Whom an act counts for: a person, in any case of letters, or a key that has none.
fn person(owner: Option<&str>, actor: &str) -> String {
    owner.map_or_else(|| format!("key:{actor}"), |owner| format!("person:{}", owner.to_lowercase()))
}

fn show(candidate: &Candidate<'_>) -> String {
    format!("redoubt model show {}", reference(candidate.name, candidate.version))
}

/// The command that supplies a kind of evidence.
fn command(kind: AttestationKind, candidate: &Candidate<'_>) -> String {
    let reference = reference(candidate.name, candidate.version);
    match kind {
        AttestationKind::FileScan => format!("redoubt model attest {reference} --scan"),
        AttestationKind::Approval => format!("REDOUBT_KEY=… redoubt model approve {reference}"),
        AttestationKind::Signature => {
            format!("redoubt model attest {reference} --signature model.sig --public-key FILE")
        }
        AttestationKind::DataScan
        | AttestationKind::PoisoningScan
        | AttestationKind::Evaluation
        | AttestationKind::Fairness => {
            format!("redoubt model attest {reference} --kind {} --report FILE", kind.name())
        }
    }
}

/// `NAME/VERSION`, quoted if a shell would take it apart.
fn reference(name: &str, version: u64) -> String {
    let text = format!("{name}/{version}");
    let is_plain = |letter: char| letter.is_alphanumeric() || matches!(letter, '/' | '-' | '_' | '.' | '@' | '+');
    if text.chars().all(is_plain) { text } else { format!("'{}'", text.replace('\'', "'\\''")) }
}
