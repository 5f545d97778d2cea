//! The log against an independent implementation, and against damage.

#![expect(clippy::unwrap_used, clippy::indexing_slicing, clippy::panic, reason = "tests")]

mod damage;
mod erasure;
mod hostile;
mod independent;
mod laws;
mod published;
mod rfc6962;

use std::collections::BTreeMap;

use bytes::Bytes;
use redoubt_audit::{
    CHECKPOINT_PATH, CompletionEntry, Entry, EventEntry, EventKind, FetchError, InterruptedEntry, Outcome, Publisher,
    SigningKey,
};
use redoubt_domain::{Money, RequestId, Secret, Timestamp};

/// The files of a published log.
#[derive(Clone, Default)]
struct Published(BTreeMap<String, Bytes>);

impl Published {
    fn fetch(&self, path: &str) -> Result<Option<Bytes>, FetchError> {
        Ok(self.0.get(path).cloned())
    }

    /// Publishes what the publisher has, as a rim would.
    fn publish(&mut self, publisher: &mut Publisher) {
        let Some(publication) = publisher.publish(&signing_key()) else { return };
        for (path, content) in publication.tiles {
            assert!(!content.is_empty(), "{path} is empty");
            self.0.insert(path, content);
        }
        self.0.insert(CHECKPOINT_PATH.to_owned(), publication.checkpoint);
        publisher.published(publication.size);
        for prefix in publication.superseded {
            self.0.retain(|path, _| !path.starts_with(&prefix));
        }
    }

    /// A log with these entries, published at each of these sizes.
    fn with(entries: &[Bytes], sizes: &[usize]) -> Self {
        let mut files = Self::default();
        let mut publisher = Publisher::default();
        let mut from = 0;
        for &size in sizes {
            publisher.append(&entries[from..size]).unwrap();
            files.publish(&mut publisher);
            from = size;
        }
        files
    }
}

fn signing_key() -> SigningKey {
    SigningKey::from_seed("example.com/audit", &Secret::new([3; 32])).unwrap()
}

fn request_id(n: usize) -> RequestId {
    let n = u32::try_from(n).unwrap().to_be_bytes();
    RequestId::new(Timestamp::from_micros(5_000_000), [0, 0, 0, 0, 0, 0, n[0], n[1], n[2], n[3]])
}

/// Entries that differ in size: events.
fn events(count: usize) -> Vec<Bytes> {
    let event = |n: usize| EventEntry {
        kind: EventKind::Started,
        time: Timestamp::from_micros(u64::try_from(n).unwrap()),
        actor: "redoubt".to_owned(),
        subject: String::new(),
        detail: "x".repeat(n % 7),
    };
    (0..count).map(|n| Entry::Event(event(n)).to_bytes()).collect()
}

fn interrupted(n: usize) -> Bytes {
    Entry::Interrupted(InterruptedEntry { request: request_id(n), time: Timestamp::from_micros(9) }).to_bytes()
}

fn completion(n: usize) -> Bytes {
    Entry::Completion(CompletionEntry {
        request: request_id(n),
        time: Timestamp::from_micros(9),
        outcome: Outcome::Answered,
        decision: None,
        status: Some(200),
        body: None,
        provider: None,
        upstream_model: None,
        usage: None,
        cost: Money::ZERO,
        duration_us: 1,
        upstream_us: 1,
        overhead_us: 1,
    })
    .to_bytes()
}

fn request(n: usize) -> Bytes {
    use redoubt_audit::{BodyEntry, DecisionEntry, RequestEntry, sha256};
    use redoubt_domain::{Action, KeyId, ModelName, Surface, TenantId};
    Entry::Request(RequestEntry {
        request: request_id(n),
        time: Timestamp::from_micros(8),
        tenant: TenantId::parse("acme").unwrap(),
        key: KeyId::parse("k1").unwrap(),
        user: None,
        surface: Surface::ChatCompletions,
        model: ModelName::parse("gpt-5").unwrap(),
        route: None,
        address: None,
        stream: false,
        decision: DecisionEntry {
            action: Action::Allow,
            policy: sha256(b"policy"),
            findings: vec![],
            findings_omitted: 0,
            unscanned: vec![],
            unscanned_omitted: 0,
        },
        body: BodyEntry { bytes: 0, received: sha256(b""), sent: None, payload: None },
        provider: None,
        upstream_model: None,
        estimate: None,
        estimate_cost: None,
    })
    .to_bytes()
}
