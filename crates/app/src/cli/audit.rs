//! `redoubt audit`: what happened, and the proof of it.

use std::io::Read;
use std::path::{Path, PathBuf};
use std::process::ExitCode;
use std::time::Duration;

use clap::{Args, Subcommand};
use redoubt_audit::{CHECKPOINT_PATH, DecisionEntry, Entry, EventEntry, EventKind, Outcome, Payload};
use redoubt_domain::{Digest, Limits, RequestId};
use redoubt_gateway::{RequestKeys, outbox};
use redoubt_guard::second_opinion::{self, Recorded};
use redoubt_guard::{Engine, Policy, Profile, Scope};
use serde_json::{Value, json};

use super::serve::Stop;
use super::{Context, Failure};
use crate::audit_log::{self, AuditLog, Found, Opened};
use crate::config;
use crate::home::{Home, SystemEntropy};
use crate::output::{self, BAD, FAINT, GOOD, TITLE, paint};

/// Read, verify and prove the audit log.
#[derive(Debug, Args)]
pub(super) struct Audit {
    #[command(subcommand)]
    action: Action,
}

#[derive(Debug, Subcommand)]
enum Action {
    /// Show the newest entries.
    Tail {
        /// How many.
        #[arg(short = 'n', long, default_value_t = 20)]
        lines: u64,
        /// Go on with new ones as they come.
        #[arg(short, long)]
        follow: bool,
        /// Print the entries as JSON lines.
        #[arg(long)]
        json: bool,
    },
    /// Show everything about one request.
    Show {
        /// The request's id, as in the header `x-redoubt-request-id`.
        id: String,
        /// Open what was said as well.
        #[arg(long)]
        payload: bool,
        /// Print JSON.
        #[arg(long)]
        json: bool,
    },
    /// Check every signature, tile and entry; name the first bad one.
    Verify {
        /// Print JSON.
        #[arg(long)]
        json: bool,
    },
    /// Prove that an entry is in the log, in the text form of C2SP tlog-proof.
    Prove {
        /// The index of an entry, or the id of a request.
        id: String,
    },
    /// Derive the decision on a request again and compare.
    Replay {
        /// The request's id.
        id: String,
        /// Print JSON.
        #[arg(long)]
        json: bool,
    },
    /// Open the values that the transform `encrypt` put into a text: the text in, the text out.
    Decrypt {
        /// The id of the request that the text belongs to.
        id: String,
    },
    /// Copy the published log to a directory, for somebody else to verify.
    Export {
        /// The directory, which must not be there yet.
        to: PathBuf,
    },
    /// Destroy the key of what was said in a request; the log verifies as before.
    Erase {
        /// The request's id.
        id: String,
    },
    /// Print the key that verifies the log's checkpoints.
    Key,
}

impl Audit {
    /// Runs the command.
    pub(super) fn run(self, context: &Context) -> Result<ExitCode, Failure> {
        let home = context.existing_home()?;
        super::runtime()?.block_on(async {
            let log = AuditLog::beside(&home).await?;
            match self.action {
                Action::Tail { lines, follow, json } => tail(&log, lines, follow, json).await,
                Action::Show { id, payload, json } => show(&log, context, parse(&id)?, payload, json).await,
                Action::Verify { json } => verify(&log, json).await,
                Action::Prove { id } => prove(&log, &id).await,
                Action::Replay { id, json } => replay(&log, context, parse(&id)?, json).await,
                Action::Decrypt { id } => decrypt(&log, &home, context, parse(&id)?).await,
                Action::Export { to } => export(&log, &to).await,
                Action::Erase { id } => erase(&log, context, parse(&id)?).await,
                Action::Key => {
                    output::line(log.key().to_string());
                    Ok(ExitCode::SUCCESS)
                }
            }
        })
    }
}

fn parse(id: &str) -> Result<RequestId, Failure> {
    RequestId::parse(id).ok_or_else(|| {
        Failure::usage(format!("`{id}` is not the id of a request"))
            .next("each answer carries its id in `x-redoubt-request-id`; `redoubt audit tail` shows the newest")
    })
}

async fn found(log: &AuditLog, id: RequestId) -> Result<Found, Failure> {
    log.find(id).await?.ok_or_else(|| {
        Failure::check(format!("the log holds no request `{id}`")).next(
            "`redoubt audit tail` shows the newest; a request refused at the door, for its key, say, has no entry",
        )
    })
}

async fn tail(log: &AuditLog, lines: u64, follow: bool, as_json: bool) -> Result<ExitCode, Failure> {
    /// How often the log is looked at for new entries.
    const INTERVAL: Duration = Duration::from_millis(500);
    let mut next = log.size().await?.saturating_sub(lines);
    let mut stop = Stop::listen()?;
    loop {
        for (index, bytes) in log.entries(next).await? {
            next = index + 1;
            output::line(if as_json { String::from_utf8_lossy(&bytes).into_owned() } else { line(index, &bytes) });
        }
        if !follow {
            return Ok(ExitCode::SUCCESS);
        }
        tokio::select! {
            () = tokio::time::sleep(INTERVAL) => {}
            () = stop.wait() => return Ok(ExitCode::SUCCESS),
        }
    }
}

/// An entry in one line.
fn line(index: u64, bytes: &[u8]) -> String {
    let Ok(entry) = Entry::from_bytes(bytes) else {
        return format!("{index:>6}  {}", paint(BAD, "cannot be read; run `redoubt audit verify`"));
    };
    let (what, about, words) = match &entry {
        Entry::Request(entry) => {
            let (surface, decision) = (entry.surface.name(), decision_words(&entry.decision));
            let words = format!("{} {surface} {}: {decision}", entry.tenant, output::shown(entry.model.as_str()));
            ("asked", entry.request.to_string(), words)
        }
        Entry::Completion(entry) => {
            let took = format!("in {}, {} of them here", time(entry.duration_us), time(entry.overhead_us));
            let decision = entry.decision.as_ref().map(|decision| format!(": {}", decision_words(decision)));
            (outcome(entry.outcome), entry.request.to_string(), took + &decision.unwrap_or_default())
        }
        Entry::Interrupted(entry) => ("interrupted", entry.request.to_string(), "by a crash".to_owned()),
        Entry::Event(EventEntry { kind, time: _, actor, subject, detail }) => {
            let detail = if detail.is_empty() { String::new() } else { format!(", {}", output::shown(detail)) };
            let subject = if subject.is_empty() { String::new() } else { format!("{} ", output::shown(subject)) };
            let by = format!("{subject}by {}{detail}", output::shown(actor));
            return format!("{index:>6}  {}  {} {by}", entry.time(), paint(TITLE, event(*kind)));
        }
    };
    format!("{index:>6}  {}  {}  {what:11} {words}", entry.time(), paint(FAINT, &about))
}

/// What an event is called; the same words as in the entry, with spaces.
const fn event(kind: EventKind) -> &'static str {
    match kind {
        EventKind::Started => "started",
        EventKind::Stopped => "stopped",
        EventKind::ConfigurationLoaded => "configuration loaded",
        EventKind::ConfigurationRefused => "configuration refused",
        EventKind::KeyCreated => "key created",
        EventKind::KeyRotated => "key rotated",
        EventKind::KeyRevoked => "key revoked",
        EventKind::Erased => "erased",
        EventKind::PayloadRead => "payload read",
        EventKind::JournalRecovered => "journal recovered",
        EventKind::LogResumed => "log resumed",
        EventKind::PipelineRun => "pipeline run",
        EventKind::ModelRegistered => "model registered",
        EventKind::ModelChanged => "model changed",
        EventKind::ModelDeleted => "model deleted",
        EventKind::ModelPromoted => "model promoted",
        EventKind::ModelRolledBack => "model rolled back",
        EventKind::ModelAttested => "model attested",
        EventKind::ModelRefused => "model refused",
        EventKind::ModelExported => "model exported",
        EventKind::GatesChanged => "gates changed",
        EventKind::TrackingDeleted => "deleted",
        EventKind::TrackingRestored => "restored",
        EventKind::Query => "query",
    }
}

/// What an outcome is called.
const fn outcome(outcome: Outcome) -> &'static str {
    match outcome {
        Outcome::Answered => "answered",
        Outcome::Blocked => "blocked",
        Outcome::Refused => "refused",
        Outcome::UpstreamError => "failed",
        Outcome::Cancelled => "cancelled",
    }
}

/// A time in the unit that people would choose.
fn time(micros: u64) -> String {
    match micros {
        0..10_000 => format!("{micros} µs"),
        10_000..10_000_000 => format!("{} ms", micros / 1_000),
        _ => format!("{} s", micros / 1_000_000),
    }
}

fn decision_words(decision: &DecisionEntry) -> String {
    let mut labels: Vec<&str> = decision.findings.iter().map(|finding| finding.label.as_str()).collect();
    let mut seen = Vec::new();
    labels.retain(|label| {
        !seen.contains(label) && {
            seen.push(*label);
            true
        }
    });
    let action = decision.action.name();
    let action = paint(output::of_decision(action), action);
    if labels.is_empty() { action } else { format!("{action} ({})", labels.join(", ")) }
}

async fn show(
    log: &AuditLog,
    context: &Context,
    id: RequestId,
    with_payload: bool,
    as_json: bool,
) -> Result<ExitCode, Failure> {
    let found = found(log, id).await?;
    let opened = if with_payload { opened(log, &found).await? } else { None };
    if opened.is_some() {
        super::record(context, EventKind::PayloadRead, &id.to_string()).await?;
    }
    if as_json {
        output::json(&to_json(&found, opened.as_ref()));
        return Ok(ExitCode::SUCCESS);
    }
    if let Some((index, entry)) = &found.request {
        let stream = if entry.stream { ", streamed" } else { "" };
        rows(
            &format!("request, entry {index}"),
            &decision_words(&entry.decision),
            &[
                ("time", entry.time.to_string()),
                ("tenant, key", format!("{}, {}", entry.tenant, entry.key)),
                ("asked for", format!("{} on {}{stream}", entry.model, entry.surface.name())),
            ],
        );
        findings(&entry.decision);
    }
    match &found.completion {
        Some((index, entry)) => {
            let decision = entry.decision.as_ref().map(decision_words).unwrap_or_default();
            let provider = entry.provider.as_ref().map(|provider| format!(" by {provider}")).unwrap_or_default();
            let status = entry.status.map(|status| format!(", HTTP {status}")).unwrap_or_default();
            let (all, upstream, here) = (time(entry.duration_us), time(entry.upstream_us), time(entry.overhead_us));
            rows(
                &format!("answer, entry {index}"),
                &decision,
                &[
                    ("outcome", format!("{}{provider}{status}", outcome(entry.outcome))),
                    ("took", format!("{all}: {upstream} upstream, {here} here")),
                    ("cost", entry.cost.to_string()),
                ],
            );
            entry.decision.iter().for_each(findings);
        }
        None if found.interrupted => rows("answer", "interrupted by a crash", &[]),
        None => rows("answer", "still on its way", &[]),
    }
    if let Some(Opened { request, answer }) = opened {
        for (name, payload) in [("request", request), ("answer", answer)] {
            if let Some(Payload { received, sent }) = payload {
                let sent = sent.filter(|sent| *sent != received);
                let unchanged = if sent.is_none() { ", and as it went on" } else { "" };
                said(&format!("{name} as it came{unchanged}"), &received);
                if let Some(sent) = sent {
                    said(&format!("{name} as it went on"), &sent);
                }
            }
        }
    } else if with_payload {
        output::note("nothing of what was said is kept, or it has been erased");
    }
    Ok(ExitCode::SUCCESS)
}

/// A heading with what matters most, and what there is to say under it.
fn rows(title: &str, words: &str, rows: &[(&str, String)]) {
    output::line(format!("{}  {words}", paint(TITLE, &format!("{title:20}"))));
    for (name, words) in rows {
        output::line(format!("  {name:18}  {}", output::shown(words)));
    }
}

/// Text that others wrote, under a heading.
fn said(title: &str, text: &[u8]) {
    output::line(format!("\n{}\n{}", paint(TITLE, title), output::shown(&String::from_utf8_lossy(text))));
}

fn findings(decision: &DecisionEntry) {
    for finding in &decision.findings {
        let via =
            if finding.via.is_empty() { String::new() } else { format!(", seen through {}", finding.via.join(" ")) };
        let transform = finding.transform.as_ref().map(|name| format!(" by {name}")).unwrap_or_default();
        // Names of a schema are among it, which a caller wrote.
        let detail = finding.detail.as_ref().map(|detail| format!(" ({})", output::shown(detail))).unwrap_or_default();
        output::line(format!(
            "  {:18}  {}{detail} at bytes {}..{} of segment {}{via}, {}, score {}: {}{transform}",
            "finding",
            finding.label,
            finding.start,
            finding.end,
            finding.segment,
            finding.severity.name(),
            f64::from(finding.score_permille) / 1_000.0,
            finding.action.name()
        ));
    }
}

/// The payload may still be on its way when its record is there.
async fn opened(log: &AuditLog, found: &Found) -> Result<Option<Opened>, Failure> {
    const TRIES: u32 = 20;
    for _ in 0..TRIES {
        if let Some(opened) = log.payload(found).await? {
            return Ok(Some(opened));
        }
        tokio::time::sleep(Duration::from_millis(25)).await;
    }
    Ok(None)
}

fn to_json(found: &Found, opened: Option<&Opened>) -> Value {
    let entry = |index: u64, entry: &Entry| {
        let mut value: Value = serde_json::from_slice(&entry.to_bytes()).unwrap_or_default();
        if let Some(members) = value.as_object_mut() {
            members.insert("index".into(), json!(index));
        }
        value
    };
    let text = |payload: &Payload| {
        let text = |bytes: &bytes::Bytes| String::from_utf8_lossy(bytes).into_owned();
        json!({ "received": text(&payload.received), "sent": payload.sent.as_ref().map(text) })
    };
    let with = |mut value: Value, payload: Option<&Payload>| {
        if let (Some(members), Some(payload)) = (value.as_object_mut(), payload) {
            members.insert("payload".into(), text(payload));
        }
        value
    };
    let request = found.request.as_ref().map(|(index, request)| {
        with(entry(*index, &Entry::Request(request.clone())), opened.and_then(|opened| opened.request.as_ref()))
    });
    let completion = found.completion.as_ref().map(|(index, completion)| {
        with(entry(*index, &Entry::Completion(completion.clone())), opened.and_then(|opened| opened.answer.as_ref()))
    });
    json!({ "request": request, "completion": completion, "interrupted": found.interrupted })
}

async fn verify(log: &AuditLog, as_json: bool) -> Result<ExitCode, Failure> {
    let report = log.verify().await?;
    if as_json {
        output::json(&audit_log::summary(&report));
    } else {
        output::line(audit_log::words(&report));
    }
    Ok(if report.is_sound() { ExitCode::SUCCESS } else { ExitCode::from(1) })
}

async fn prove(log: &AuditLog, id: &str) -> Result<ExitCode, Failure> {
    let index = match id.parse() {
        Ok(index) => index,
        Err(_) => found(log, parse(id)?).await?.request.map(|(index, _)| index).unwrap_or_default(),
    };
    output::line(log.prove(index)?.trim_end());
    Ok(ExitCode::SUCCESS)
}

async fn replay(log: &AuditLog, context: &Context, id: RequestId, as_json: bool) -> Result<ExitCode, Failure> {
    let found = found(log, id).await?;
    let Some((_, recorded)) = &found.request else { return Ok(ExitCode::from(1)) };
    let Some(payload) = opened(log, &found).await?.and_then(|opened| opened.request) else {
        return Err(Failure::check("what was said is not kept or has been erased, so there is nothing to decide on"));
    };
    let policy = policy(recorded.decision.policy, context)?;
    let limits = Limits::default();
    let exchange = redoubt_wire::decode_request(recorded.surface, payload.received, &limits).map_err(Failure::check)?;
    let scope = Scope {
        tenant: recorded.tenant.clone(),
        request: id,
        // Placeholders depend on the key of the request, decisions do not: any will do.
        key: redoubt_domain::Secret::new([0; 32]),
    };
    let engine = Engine::new(policy, limits)?;
    let opened = engine.open(exchange);
    // What a model said at that time is in the record; it is not asked again.
    let opinions = engine.recall(&opened, &second_opinions(&recorded.decision));
    let again = DecisionEntry::from(&engine.close(opened, opinions, &scope).decision);
    let same = again == recorded.decision;
    if as_json {
        output::json(
            &json!({ "same": same, "recorded": recorded.decision.action.name(), "derived": again.action.name() }),
        );
    } else if same {
        output::line(format!("the {} decision again: {}", paint(GOOD, "same"), decision_words(&again)));
    } else {
        output::line(format!(
            "{} the same: recorded {}, derived {}",
            paint(BAD, "NOT"),
            decision_words(&recorded.decision),
            decision_words(&again)
        ));
    }
    Ok(if same { ExitCode::SUCCESS } else { ExitCode::from(1) })
}

/// The second opinions of a record.
fn second_opinions(decision: &DecisionEntry) -> Vec<Recorded> {
    let of_model = decision.findings.iter().filter(|finding| finding.detector == second_opinion::ID);
    let place = |place: u64| usize::try_from(place).unwrap_or(usize::MAX);
    let recorded = of_model.map(|finding| Recorded {
        segment: place(finding.segment),
        start: place(finding.start),
        end: place(finding.end),
        via: finding.via.clone(),
        rule: finding.rule.clone().unwrap_or_default(),
        score_permille: finding.score_permille,
        detail: finding.detail.clone().unwrap_or_default(),
    });
    recorded.collect()
}

/// The policy with this digest: a profile, or one of the configuration's. The file is read only if no profile
/// fits, so that a mistake in it stops nobody who does not need it.
fn policy(digest: Digest, context: &Context) -> Result<Policy, Failure> {
    let profiles = [Profile::Default, Profile::Strict, Profile::Observe].map(Policy::profile);
    if let Some(policy) = profiles.into_iter().find(|policy| policy.digest() == digest) {
        return Ok(policy);
    }
    let file = context.config.display();
    let routes = if context.config.exists() {
        config::load_as(&context.config, config::read_all)?.gateway.routes
    } else {
        Vec::new()
    };
    let mut policies = routes.into_iter().map(|(_, route)| route.guard);
    policies.find(|policy| policy.digest() == digest).ok_or_else(|| {
        Failure::check(format!("the policy that decided is neither a profile nor in `{file}`"))
            .next(format!("give the configuration of that time with `--config`; the policy's digest is {digest}"))
    })
}

async fn decrypt(log: &AuditLog, home: &Home, context: &Context, id: RequestId) -> Result<ExitCode, Failure> {
    /// A text is small; a larger one is something else.
    const TEXT_BYTES_MAX: u64 = 64 << 20;
    let found = found(log, id).await?;
    let Some((_, recorded)) = found.request else { return Ok(ExitCode::from(1)) };
    let mut text = String::new();
    std::io::stdin().take(TEXT_BYTES_MAX).read_to_string(&mut text)?;
    let key = RequestKeys::new(&home.master()?).of(id);
    super::record(context, EventKind::PayloadRead, &id.to_string()).await?;
    let scope = Scope { tenant: recorded.tenant, request: id, key };
    output::line(redoubt_guard::transforms::decrypt(text.trim_end_matches('\n'), &scope));
    Ok(ExitCode::SUCCESS)
}

async fn export(log: &AuditLog, to: &Path) -> Result<ExitCode, Failure> {
    if to.exists() {
        return Err(Failure::usage(format!("`{}` is already there; name a directory that is not", to.display())));
    }
    // The checkpoint first: every tile it needs is there by now, and later ones do no harm.
    let checkpoint = log.fetch(CHECKPOINT_PATH).map_err(Failure::check)?;
    let Some(checkpoint) = checkpoint else { return Err(Failure::check("nothing is published yet")) };
    let mut count = 0_u64;
    for path in log.files().list("tile/").await? {
        if let Some(content) = log.files().get(&path).await? {
            write(to, &path, &content)?;
            count += 1;
        }
    }
    write(to, CHECKPOINT_PATH, &checkpoint)?;
    write(to, "verifier-key", format!("{}\n", log.key()).as_bytes())?;
    output::line(format!("{count} tiles, a checkpoint and the key that verifies it are in `{}`", to.display()));
    Ok(ExitCode::SUCCESS)
}

fn write(folder: &Path, path: &str, content: &[u8]) -> Result<(), std::io::Error> {
    let path = folder.join(path);
    if let Some(parent) = path.parent() {
        std::fs::create_dir_all(parent)?;
    }
    std::fs::write(path, content)
}

async fn erase(log: &AuditLog, context: &Context, id: RequestId) -> Result<ExitCode, Failure> {
    found(log, id).await?;
    let told = outbox::change(super::event(EventKind::Erased, &id.to_string(), ""), &SystemEntropy);
    if !log.erase(id, told).await? {
        return Err(Failure::check(format!("nothing of what was said in {id} is kept")));
    }
    super::deliver(&context.open_home()?).await?;
    output::line(format!("what was said in {id} can no longer be read; the log verifies as before"));
    Ok(ExitCode::SUCCESS)
}
