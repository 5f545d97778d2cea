//! The audit log as the command line reads it: what is published, and what still waits in the journal.

use std::path::PathBuf;
use std::sync::Arc;

use bytes::Bytes;
use redoubt_audit::tile::TileId;
use redoubt_audit::{
    CompletionEntry, Entry, EntryError, Fault, FetchError, MasterKey, Payload, PayloadError, ProofError, ReadError,
    Report, RequestEntry, Side, VerifierKey, WrappedKey, read,
};
use redoubt_domain::seams::{BlobError, Blobs, Change, FileError, Files, Log, LogError, RecordError, Records};
use redoubt_domain::{Digest, RequestId, Secret};
use redoubt_gateway::PAYLOAD_KEY_KIND;
use redoubt_store::{Directory, Journal, JournalError, OpenError, Stores};
use serde_json::{Value, json};
use thiserror::Error;
use tokio::runtime::Handle;
use tokio::task::block_in_place;

use crate::home::{Home, HomeError};
use crate::output::{self, BAD, GOOD, paint};

/// Why the log cannot be read.
#[derive(Debug, Error)]
pub(crate) enum AuditLogError {
    /// The home cannot be used.
    #[error(transparent)]
    Home(#[from] HomeError),
    /// A published file cannot be read.
    #[error("cannot read the published log")]
    Read(#[from] ReadError),
    /// The journal cannot be read.
    #[error("cannot read the journal")]
    Journal(#[from] LogError),
    /// The journal of another process cannot be read.
    #[error("cannot read the journal")]
    JournalFiles(#[from] JournalError),
    /// A part of the home cannot be opened.
    #[error(transparent)]
    Open(#[from] OpenError),
    /// The published log cannot be opened.
    #[error("cannot open the published log")]
    Files(#[source] std::io::Error),
    /// A published file cannot be had.
    #[error(transparent)]
    File(#[from] FileError),
    /// An entry is not one.
    #[error("entry {index} cannot be read")]
    Entry {
        /// Which.
        index: u64,
        /// Why.
        #[source]
        source: EntryError,
    },
    /// A payload's key cannot be had.
    #[error("cannot read the keys of payloads")]
    Keys(#[from] RecordError),
    /// A payload cannot be had.
    #[error("cannot read a payload")]
    Blob(#[from] BlobError),
    /// A payload cannot be opened.
    #[error("cannot open a payload")]
    Payload(#[from] PayloadError),
    /// A proof does not hold.
    #[error("the proof does not hold")]
    Proof(#[from] ProofError),
}

/// How many entries are read at once.
const PAGE: usize = 4_096;

/// The log of one installation.
pub(crate) struct AuditLog {
    files: Arc<dyn Files>,
    journal: Waiting,
    records: Arc<dyn Records>,
    blobs: Arc<dyn Blobs>,
    key: VerifierKey,
    master: Secret<[u8; 32]>,
}

/// Where entries wait that are not published yet.
enum Waiting {
    /// In the log that this process writes.
    Open(Arc<dyn Log>),
    /// In the files of a process that may be writing them.
    Files(PathBuf),
}

/// What the log holds of one request.
#[derive(Default)]
pub(crate) struct Found {
    /// Its beginning, with its index.
    pub request: Option<(u64, RequestEntry)>,
    /// Its end, with its index.
    pub completion: Option<(u64, CompletionEntry)>,
    /// Whether it was cut off by a crash.
    pub interrupted: bool,
}

/// What was said, opened.
#[derive(Default)]
pub(crate) struct Opened {
    /// The request.
    pub request: Option<Payload>,
    /// The answer.
    pub answer: Option<Payload>,
}

impl Found {
    /// Whether the request was let through to a model.
    pub(crate) fn was_sent(&self) -> bool {
        self.request.as_ref().is_some_and(|(_, entry)| entry.decision.action.passes())
    }
}

impl AuditLog {
    /// The log of `home`, which another process may be writing.
    pub(crate) async fn beside(home: &Home) -> Result<Self, AuditLogError> {
        let path = home.path();
        let files = Directory::open(&redoubt_store::audit_path(path)).map_err(AuditLogError::Files)?;
        Ok(Self {
            files: Arc::new(files),
            journal: Waiting::Files(redoubt_store::journal_path(path)),
            records: redoubt_store::open_records(path).await?,
            blobs: redoubt_store::open_blobs(path).await?,
            key: home.signing_key()?.verifier().clone(),
            master: home.master()?,
        })
    }

    /// The log in these stores, which this process writes.
    pub(crate) fn of(home: &Home, stores: &Stores) -> Result<Self, HomeError> {
        Ok(Self {
            files: Arc::clone(&stores.files),
            journal: Waiting::Open(Arc::clone(&stores.log)),
            records: Arc::clone(&stores.records),
            blobs: Arc::clone(&stores.blobs),
            key: home.signing_key()?.verifier().clone(),
            master: home.master()?,
        })
    }

    /// The key that checks its checkpoints.
    pub(crate) fn key(&self) -> &VerifierKey {
        &self.key
    }

    /// The published files.
    pub(crate) fn files(&self) -> &dyn Files {
        self.files.as_ref()
    }

    /// Fetches a published file. The verifier is plain code, so this thread waits.
    pub(crate) fn fetch(&self, path: &str) -> Result<Option<Bytes>, FetchError> {
        block_in_place(|| Handle::current().block_on(self.files.get(path))).map_err(Into::into)
    }

    /// Checks everything: signatures, tiles, entries, and what waits in the journal.
    pub(crate) async fn verify(&self) -> Result<Report, AuditLogError> {
        let waiting = self.waiting(0).await?;
        let mut report = redoubt_audit::verify(&self.key, &mut |path| self.fetch(path), &mut waiting.into_iter(), None);
        if report.fault.is_none()
            && let Some(checkpoint) = &report.checkpoint
        {
            report.fault = self.superseded_fault(checkpoint.size).await?;
        }
        Ok(report)
    }

    /// What is wrong with the narrower tiles that are kept for readers of older checkpoints.
    async fn superseded_fault(&self, size: u64) -> Result<Option<Fault>, AuditLogError> {
        for tile in TileId::partial(size) {
            let Some(current) = self.files.get(&tile.to_string()).await? else { continue };
            for path in self.files.list(&tile.partials_prefix()).await? {
                // A server that runs may have published wider ones by now.
                let is_older = path
                    .rsplit('/')
                    .next()
                    .and_then(|width| width.parse().ok())
                    .is_some_and(|width: u16| width < tile.width);
                let Some(older) = self.files.get(&path).await? else { continue };
                if is_older && let Some(fault) = redoubt_audit::verify_superseded(&path, &older, tile, &current) {
                    return Ok(Some(fault));
                }
            }
        }
        Ok(None)
    }

    /// Proves the entry at `index`, in the text form of C2SP tlog-proof, and checks the proof.
    pub(crate) fn prove(&self, index: u64) -> Result<String, AuditLogError> {
        let text = redoubt_audit::prove(index, &self.key, &mut |path| self.fetch(path))?.to_text();
        redoubt_audit::verify_proof(&text, &self.key, None)?;
        Ok(text)
    }

    /// How many entries there are, published or waiting.
    pub(crate) async fn size(&self) -> Result<u64, AuditLogError> {
        let published = self.published()?;
        let waiting = self.waiting(published).await?;
        Ok(waiting.last().map_or(published, |(index, _)| index + 1))
    }

    /// Entries from `from` on, as they are stored, in order.
    pub(crate) async fn entries(&self, from: u64) -> Result<Vec<(u64, Bytes)>, AuditLogError> {
        let published = self.published()?;
        let mut entries = Vec::new();
        let mut next = from;
        while next < published {
            let page = read::entries(&mut |path| self.fetch(path), published, next, PAGE)?;
            if page.is_empty() {
                break;
            }
            for entry in page {
                entries.push((next, entry));
                next += 1;
            }
        }
        entries.extend(self.waiting(next).await?.into_iter().filter(|(index, _)| *index >= next));
        Ok(entries)
    }

    /// What the log holds of `request`. The newest entries are looked at first.
    pub(crate) async fn find(&self, request: RequestId) -> Result<Option<Found>, AuditLogError> {
        let mut found = Found::default();
        let mut end = self.size().await?;
        while end > 0 && found.request.is_none() {
            let start = end.saturating_sub(PAGE as u64);
            for (index, bytes) in self.entries(start).await?.into_iter().filter(|(index, _)| *index < end) {
                let entry = Entry::from_bytes(&bytes).map_err(|source| AuditLogError::Entry { index, source })?;
                if entry.request() != Some(request) {
                    continue;
                }
                match entry {
                    Entry::Request(entry) => found.request = Some((index, entry)),
                    Entry::Completion(entry) => found.completion = Some((index, entry)),
                    Entry::Interrupted(_) => found.interrupted = true,
                    Entry::Event(_) => {}
                }
            }
            end = start;
        }
        Ok(found.request.is_some().then_some(found))
    }

    /// What was said in a request. None if it was not kept, is not written yet, or has been erased.
    pub(crate) async fn payload(&self, found: &Found) -> Result<Option<Opened>, AuditLogError> {
        let Some((_, request)) = &found.request else { return Ok(None) };
        let id = request.request;
        let Some(wrapped) = self.records.get(PAYLOAD_KEY_KIND, &id.to_string()).await? else { return Ok(None) };
        let tenant = MasterKey::new(self.master.clone()).tenant(&request.tenant)?;
        let key = tenant.unwrap(id, &WrappedKey::from_bytes(wrapped.value))?;
        let open = async |side, digest: Option<Digest>| -> Result<Option<Payload>, AuditLogError> {
            let Some(digest) = digest else { return Ok(None) };
            let Some(sealed) = self.blobs.get(digest).await? else { return Ok(None) };
            let Payload { received, sent } = key.open(side, &sealed)?;
            // What was not changed was sent as it came.
            let sent = sent.or_else(|| Some(received.clone()));
            Ok(Some(Payload { received, sent }))
        };
        let of_request = open(Side::Request, request.body.payload).await?;
        let answer = found.completion.as_ref().and_then(|(_, entry)| entry.body.as_ref()?.payload);
        let opened = Opened { request: of_request, answer: open(Side::Answer, answer).await? };
        Ok(opened.request.is_some().then_some(opened))
    }

    /// Destroys the key of a request's payloads: what was said becomes noise, the log verifies as before.
    /// Returns whether there was a key.
    pub(crate) async fn erase(&self, request: RequestId, told: Change) -> Result<bool, AuditLogError> {
        let id = request.to_string();
        let Some(wrapped) = self.records.get(PAYLOAD_KEY_KIND, &id).await? else { return Ok(false) };
        self.records.apply(vec![Change::delete(PAYLOAD_KEY_KIND, id, wrapped.version), told]).await?;
        if let Some(found) = self.find(request).await? {
            let of_request = found.request.and_then(|(_, entry)| entry.body.payload);
            let of_answer = found.completion.and_then(|(_, entry)| entry.body?.payload);
            for digest in of_request.into_iter().chain(of_answer) {
                self.blobs.delete(digest).await?;
            }
        }
        Ok(true)
    }

    fn published(&self) -> Result<u64, AuditLogError> {
        let checkpoint = read::checkpoint(&mut |path| self.fetch(path), &self.key)?;
        Ok(checkpoint.map_or(0, |(checkpoint, _)| checkpoint.size))
    }

    /// Entries in the journal from `from` on; those published and let go are not among them.
    async fn waiting(&self, from: u64) -> Result<Vec<(u64, Bytes)>, AuditLogError> {
        match &self.journal {
            Waiting::Open(log) => open(log.as_ref(), from).await,
            Waiting::Files(path) => {
                let entries = block_in_place(|| Journal::entries(path))?;
                Ok(entries.into_iter().filter(|(index, _)| *index >= from).collect())
            }
        }
    }
}

async fn open(log: &dyn Log, from: u64) -> Result<Vec<(u64, Bytes)>, AuditLogError> {
    let size = log.size().await?;
    let mut waiting = Vec::new();
    let mut next = from;
    while next < size {
        match log.read(next, PAGE).await {
            Ok(page) if page.is_empty() => break,
            Ok(page) => {
                for entry in page {
                    waiting.push((next, entry));
                    next += 1;
                }
            }
            // What is published may be let go at any moment.
            Err(LogError::Released { first, .. }) => next = first,
            Err(error) => return Err(error.into()),
        }
    }
    Ok(waiting)
}

/// A report in one line for people.
pub(crate) fn words(report: &Report) -> String {
    let Report { checkpoint, entries, unpublished, open, fault } = report;
    if let Some(fault) = fault {
        return format!("audit log: {}: {}", paint(BAD, "NOT sound"), output::shown(&fault.to_string()));
    }
    let signed = checkpoint.as_ref().map_or(0, |checkpoint| checkpoint.size);
    let mut words =
        format!("audit log: {}, {entries} entries, {signed} under a signed checkpoint", paint(GOOD, "sound"));
    if *unpublished > 0 {
        words.push_str(&format!(", {unpublished} durable and waiting for the next"));
    }
    if !open.is_empty() {
        words.push_str(&format!(", {} being answered", open.len()));
    }
    words
}

/// A report for machines.
pub(crate) fn summary(report: &Report) -> Value {
    let Report { checkpoint, entries, unpublished, open, fault } = report;
    json!({
        "ok": fault.is_none(), "entries": entries, "unpublished": unpublished,
        "checkpoint": checkpoint.as_ref().map(|checkpoint| json!({
            "size": checkpoint.size, "root": checkpoint.root.to_string(),
        })),
        "open": open.iter().map(ToString::to_string).collect::<Vec<_>>(),
        "fault": fault.as_ref().map(|fault| json!({
            "entry": fault.entry, "last": fault.last, "path": fault.path, "reason": fault.reason,
        })),
    })
}
