//! Virtual keys: 256 random bits, shown once, stored as a keyed hash.

use std::collections::HashMap;

use base64::Engine as _;
use base64::engine::general_purpose::{STANDARD, URL_SAFE_NO_PAD};
use bytes::Bytes;
use http::HeaderMap;
use http::header::AUTHORIZATION;
use redoubt_audit::{EventEntry, EventKind};
use redoubt_domain::seams::{Change, Entropy, RecordError, Records};
use redoubt_domain::{Capabilities, Capability, KeyId, Secret, TenantId, Timestamp, UserId};
use serde::{Deserialize, Serialize};

use super::{Allowance, Caller};
use crate::outbox;
use crate::settings::Pattern;

const KIND: &str = "key";
pub(super) const PREFIX: &str = "rdt_";
const PAGE: usize = 1_000;

/// A record whose version grows with each change of any key, so that a server sees in one read whether
/// its snapshot is old.
const GENERATION: (&str, &str) = ("generation", "key");

/// The keyed BLAKE3 hash of a key's text.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct KeyHash([u8; 32]);

/// The key under which virtual keys are hashed, derived from the installation's secret once and not at each
/// request.
pub(super) struct HashKey(Secret<[u8; 32]>);

impl HashKey {
    pub(super) fn new(master: &Secret<[u8; 32]>) -> Self {
        Self(Secret::new(blake3::derive_key("redoubt 2026-11 virtual keys", master.expose())))
    }

    pub(super) fn hash(&self, text: &str) -> KeyHash {
        KeyHash(*blake3::keyed_hash(self.0.expose(), text.as_bytes()).as_bytes())
    }
}

impl KeyHash {
    /// The hash of `text` under a key derived from the installation's secret.
    pub fn of(master: &Secret<[u8; 32]>, text: &str) -> Self {
        HashKey::new(master).hash(text)
    }

    fn to_hex(self) -> String {
        blake3::Hash::from_bytes(self.0).to_hex().to_string()
    }
}

/// A key as it is stored.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct KeyRecord {
    /// The version of this shape.
    pub v: u16,
    /// Whose it is.
    pub tenant: String,
    /// What people call it.
    #[serde(default)]
    pub name: String,
    /// The keyed hash of its text, hexadecimal.
    pub hash: String,
    /// When it was made, in seconds since the Unix epoch.
    #[serde(default)]
    pub created: u64,
    /// From when it is no longer valid, likewise.
    #[serde(default)]
    pub expires: Option<u64>,
    /// The models it may name; every one, if empty.
    #[serde(default)]
    pub models: Vec<String>,
    /// What it may use.
    #[serde(default)]
    pub allowance: Allowance,
    /// What it may do, as [`Capability::name`]s; nothing but inference, if empty, as every key from before there were
    /// others.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub can: Vec<String>,
    /// The person it was made for, whose acts are those of one person whatever key is used.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub owner: Option<String>,
}

impl KeyRecord {
    /// What the key may do. A name that is not known here allows nothing.
    pub fn capabilities(&self) -> Capabilities {
        if self.can.is_empty() {
            return Capabilities::default();
        }
        self.can.iter().filter_map(|name| Capability::parse(name)).collect()
    }
}

/// What a new key is to be.
#[derive(Clone, Debug)]
pub struct KeyTerms {
    /// Whose it is.
    pub tenant: TenantId,
    /// What people call it.
    pub name: String,
    /// From when it is no longer valid.
    pub expires: Option<Timestamp>,
    /// The models it may name; every one, if empty.
    pub models: Vec<String>,
    /// What it may use.
    pub allowance: Allowance,
    /// What it may do.
    pub capabilities: Capabilities,
    /// The person it is made for.
    pub owner: Option<UserId>,
}

/// A key that was just made.
pub struct NewKey {
    /// Its public part.
    pub id: KeyId,
    /// Its text, which cannot be had again.
    pub text: Secret<String>,
}

/// The keys of an installation, for whoever administers them. Each change is made in one commit with the event that
/// tells the audit log of it.
pub struct Keyring<'a> {
    /// Where they are kept.
    pub records: &'a dyn Records,
    /// Randomness fit for keys.
    pub entropy: &'a dyn Entropy,
    /// The installation's secret.
    pub master: &'a Secret<[u8; 32]>,
    /// Who administers them, as the audit log calls it.
    pub actor: &'a str,
}

impl Keyring<'_> {
    /// Makes a key and stores its hash.
    pub async fn create(&self, terms: KeyTerms, now: Timestamp) -> Result<NewKey, RecordError> {
        let mut name = [0; 8];
        self.entropy.fill(&mut name);
        let id = name.iter().fold(String::from("key_"), |id, byte| format!("{id}{byte:02x}"));
        let text = self.new_text();
        let KeyTerms { tenant, name, expires, models, allowance, capabilities, owner } = terms;
        // Left out where it says nothing new, so that an older program still reads the key.
        let is_plain = capabilities == Capabilities::default();
        let can = capabilities.iter().filter(|_| !is_plain).map(|can| can.name().to_owned()).collect();
        let record = KeyRecord {
            v: 1,
            tenant: tenant.to_string(),
            name,
            hash: KeyHash::of(self.master, text.expose()).to_hex(),
            created: now.seconds(),
            expires: expires.map(Timestamp::seconds),
            models,
            allowance,
            can,
            owner: owner.map(|owner| owner.to_string()),
        };
        self.commit(Change::put(KIND, &*id, None, encode(&record)?), EventKind::KeyCreated, now).await?;
        let id = KeyId::parse(&id).map_err(|error| failed("name a key", error))?;
        Ok(NewKey { id, text })
    }

    /// Gives the key another text; the old one is no longer valid. None if there is no such key.
    pub async fn rotate(&self, id: &str, now: Timestamp) -> Result<Option<NewKey>, RecordError> {
        let Some(stored) = self.records.get(KIND, id).await? else { return Ok(None) };
        let mut record = decode(&stored.value)?;
        let text = self.new_text();
        record.hash = KeyHash::of(self.master, text.expose()).to_hex();
        let change = Change::put(KIND, id, Some(stored.version), encode(&record)?);
        self.commit(change, EventKind::KeyRotated, now).await?;
        let id = KeyId::parse(id).map_err(|error| failed("name a key", error))?;
        Ok(Some(NewKey { id, text }))
    }

    /// Makes the key invalid for ever. Returns whether there was one.
    pub async fn revoke(&self, id: &str, now: Timestamp) -> Result<bool, RecordError> {
        let Some(stored) = self.records.get(KIND, id).await? else { return Ok(false) };
        self.commit(Change::delete(KIND, id, stored.version), EventKind::KeyRevoked, now).await?;
        Ok(true)
    }

    /// Every key, in order of id.
    pub async fn list(&self) -> Result<Vec<(String, KeyRecord)>, RecordError> {
        let mut keys = Vec::new();
        let mut after: Option<String> = None;
        loop {
            let page = self.records.scan(KIND, after.as_deref(), PAGE).await?;
            for record in &page {
                keys.push((record.id.clone(), decode(&record.value)?));
            }
            match page.last() {
                Some(last) => after = Some(last.id.clone()),
                None => return Ok(keys),
            }
        }
    }

    fn new_text(&self) -> Secret<String> {
        let mut secret = [0; 32];
        self.entropy.fill(&mut secret);
        Secret::new(format!("{PREFIX}{}", URL_SAFE_NO_PAD.encode(secret)))
    }

    /// Makes a change of a key, announces it to servers that run, and leaves an event of it for the audit log.
    async fn commit(&self, change: Change, kind: EventKind, now: Timestamp) -> Result<(), RecordError> {
        let (actor, subject) = (self.actor.to_owned(), change.id.clone());
        let event = EventEntry { kind, time: now, actor, subject, detail: String::new() };
        let told = outbox::change(event, self.entropy);
        let (generation, id) = GENERATION;
        loop {
            let version = self.records.get(generation, id).await?.map(|record| record.version);
            let announced = Change::put(generation, id, version, Bytes::new());
            match self.records.apply(vec![change.clone(), announced, told.clone()]).await {
                // Another key was changed meanwhile.
                Err(RecordError::Conflict { kind, .. }) if kind == generation => {}
                done => return done,
            }
        }
    }
}

/// How often any key has been changed.
pub(super) async fn generation(records: &dyn Records) -> Result<u64, RecordError> {
    let (kind, id) = GENERATION;
    Ok(records.get(kind, id).await?.map_or(0, |record| record.version))
}

/// Every key, by its hash. A record that cannot be read is left out: its key is not valid.
pub(super) async fn read_all(records: &dyn Records) -> Result<HashMap<KeyHash, Caller>, RecordError> {
    let mut keys = HashMap::new();
    let mut after: Option<String> = None;
    loop {
        let page = records.scan(KIND, after.as_deref(), PAGE).await?;
        for record in &page {
            if let Some((hash, caller)) = parse(&record.id, &record.value) {
                keys.insert(hash, caller);
            } else {
                tracing::warn!(key = record.id, "a stored key cannot be read and is not valid");
            }
        }
        match page.last() {
            Some(last) => after = Some(last.id.clone()),
            None => return Ok(keys),
        }
    }
}

fn parse(id: &str, value: &[u8]) -> Option<(KeyHash, Caller)> {
    let record: KeyRecord = serde_json::from_slice(value).ok()?;
    let capabilities = record.capabilities();
    let KeyRecord { v, tenant, name: _, hash, created: _, expires, models, allowance, can: _, owner } = record;
    let hash = blake3::Hash::from_hex(&hash).ok()?;
    let caller = Caller {
        tenant: TenantId::parse(&tenant).ok()?,
        key: KeyId::parse(id).ok()?,
        allowance,
        models: models.iter().map(|model| Pattern::new(model)).collect(),
        capabilities,
        expires,
        // An owner that is none makes the key invalid, rather than one of nobody.
        owner: owner.map(|owner| UserId::parse(&owner)).transpose().ok()?,
    };
    (v == 1).then_some((KeyHash(*hash.as_bytes()), caller))
}

fn encode(record: &KeyRecord) -> Result<Bytes, RecordError> {
    serde_json::to_vec(record).map(Bytes::from).map_err(|error| failed("encode a key", error))
}

fn decode(value: &[u8]) -> Result<KeyRecord, RecordError> {
    serde_json::from_slice(value).map_err(|error| failed("read a key", error))
}

fn failed(operation: &'static str, error: impl std::error::Error + Send + Sync + 'static) -> RecordError {
    RecordError::Store { operation, source: Box::new(error) }
}

/// The key that a request of the admin plane shows: as on the data plane, or as the password of HTTP's basic scheme
/// (RFC 7617), whose user name says nothing. Clients of MLflow send either.
pub(super) fn presented_to_admin(headers: &HeaderMap) -> Option<String> {
    let basic = headers.get(AUTHORIZATION).and_then(|value| value.to_str().ok()).and_then(|value| {
        let (scheme, pair) = value.split_once(' ')?;
        let pair = scheme.eq_ignore_ascii_case("basic").then(|| STANDARD.decode(pair.trim()).ok())??;
        let (_, password) = std::str::from_utf8(&pair).ok()?.split_once(':')?;
        Some(password.to_owned())
    });
    basic.or_else(|| presented(headers).map(str::to_owned))
}

/// The key that a request shows, if it shows one.
pub(super) fn presented(headers: &HeaderMap) -> Option<&str> {
    let bearer = headers.get(AUTHORIZATION).and_then(|value| value.to_str().ok()).and_then(|value| {
        let (scheme, key) = value.split_once(' ')?;
        scheme.eq_ignore_ascii_case("bearer").then(|| key.trim())
    });
    bearer.or_else(|| headers.get("x-api-key")?.to_str().ok())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_key_may_come_in_either_header() {
        let cases = [
            (vec![("authorization", "Bearer rdt_a")], Some("rdt_a")),
            (vec![("authorization", "bearer  rdt_a ")], Some("rdt_a")),
            (vec![("x-api-key", "rdt_b")], Some("rdt_b")),
            (vec![("authorization", "Basic eDp5"), ("x-api-key", "rdt_b")], Some("rdt_b")),
            (vec![], None),
        ];
        for (pairs, expected) in cases {
            let mut headers = HeaderMap::new();
            for (name, value) in &pairs {
                headers.insert(*name, value.parse().unwrap());
            }
            assert_eq!(presented(&headers), expected, "{pairs:?}");
        }
    }

    #[test]
    fn the_admin_plane_takes_a_key_as_a_password_too() {
        let cases = [
            ("Basic dXNlcjpyZHRfYQ==", Some("rdt_a")),
            ("basic OnJkdF9hOmI=", Some("rdt_a:b")),
            ("Bearer rdt_c", Some("rdt_c")),
            ("Basic !!!", None),
            ("Basic cmR0X2E=", None),
            ("Digest x", None),
        ];
        for (value, expected) in cases {
            let headers = HeaderMap::from_iter([(AUTHORIZATION, value.parse().unwrap())]);
            assert_eq!(presented_to_admin(&headers).as_deref(), expected, "{value}");
        }
    }

    #[test]
    fn a_key_of_which_nothing_is_said_may_ask_models_alone() {
        let stored = |can: &str| {
            let text = format!(r#"{{"v":1,"tenant":"a","hash":"{}"{can}}}"#, "0".repeat(64));
            parse("key_1", text.as_bytes()).map(|(_, caller)| caller.capabilities.iter().collect::<Vec<_>>())
        };
        assert_eq!(stored(""), Some(vec![Capability::Inference]));
        assert_eq!(stored(r#","can":["track","register"]"#), Some(vec![Capability::Track, Capability::Register]));
        assert_eq!(stored(r#","can":["fly"]"#), Some(vec![]), "what a later version knows allows nothing here");
    }
}
