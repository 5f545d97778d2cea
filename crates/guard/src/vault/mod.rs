//! One table of placeholders for each request.
//!
//! A value that the model must not see becomes a placeholder such as `[EMAIL_ADDRESS_1_k7q2xm]`. Its last
//! six characters are a keyed check over the label and the number, so a placeholder that the model or a
//! user makes up restores nothing. The same value has the same placeholder in every message.
//!
//! Where a rule asks for one it becomes a surrogate instead, another value that looks like it; which is the request's
//! own is known by the whole of it.
//!
//! Values lie encrypted and are opened one at a time, where they go back into the answer.

mod disguised;
mod restore;
mod seal;
mod surrogates;

use std::collections::{HashMap, HashSet};

use redoubt_domain::exchange::{Origin, SegmentKind};
use redoubt_domain::finding::Label;
use redoubt_domain::secret::Secret;

pub(crate) use restore::Around;
pub(crate) use seal::Sealer;
use surrogates::Surrogates;

use crate::scope::Scope;

/// Thirty-two characters that no word is made of and no eye confuses.
const ALPHABET: &[u8; 32] = b"0123456789abcdefghjkmnpqrstvwxyz";

/// Thirty bits: one guess in a billion passes, and a conversation has no billion guesses.
const CHECK_CHARACTERS: usize = 6;

/// Placeholders and sealed values of one request.
pub(crate) struct Vault {
    check_key: Secret<[u8; 32]>,
    value_key: Secret<[u8; 32]>,
    sealer: Sealer,
    encrypter: Sealer,
    entries: Vec<Entry>,
    by_value: HashMap<[u8; 32], usize>,
    by_token: HashMap<String, usize>,
    counts: HashMap<Label, u32>,
    known: HashSet<[u8; 32]>,
    surrogates: Surrogates,
    /// Who speaks the text that is being changed, for [`Entry::may_show`].
    speaker: Origin,
}

struct Entry {
    token: String,
    sealed: Vec<u8>,
    may_show: bool,
}

impl Vault {
    pub(crate) fn new(scope: &Scope) -> Self {
        Self {
            check_key: scope.derive("placeholder"),
            value_key: scope.derive("value"),
            sealer: Sealer::new(scope.derive("vault")),
            encrypter: Sealer::new(scope.derive("encrypt")),
            entries: Vec::new(),
            by_value: HashMap::new(),
            by_token: HashMap::new(),
            counts: HashMap::new(),
            known: HashSet::new(),
            surrogates: Surrogates::new(scope.derive("surrogate")),
            speaker: Origin::User,
        }
    }

    /// Says who speaks the values that follow.
    pub(crate) fn set_speaker(&mut self, origin: Origin) {
        self.speaker = origin;
    }

    /// The placeholder of a value.
    pub(crate) fn token(&mut self, value: &str, label: &Label) -> String {
        let may_show = self.may_show(label);
        let digest = self.digest(&[label.as_str().as_bytes(), value.as_bytes()]);
        if let Some(entry) = self.by_value.get(&digest).and_then(|&index| self.entries.get_mut(index)) {
            entry.may_show |= may_show;
            return entry.token.clone();
        }
        let Some(sealed) = self.sealer.seal(value) else { return crate::transforms::REDACTED.to_owned() };
        let (token, normal) = self.fresh(label);
        let index = self.entries.len();
        self.entries.push(Entry { token: token.clone(), sealed, may_show });
        self.by_value.insert(digest, index);
        self.by_token.insert(normal, index);
        token
    }

    fn fresh(&mut self, label: &Label) -> (String, String) {
        loop {
            let count = self.counts.entry(label.clone()).or_insert(0);
            *count += 1;
            let number = *count;
            let name: String = label
                .as_str()
                .chars()
                .map(|c| if c.is_ascii_alphanumeric() { c.to_ascii_uppercase() } else { '_' })
                .collect();
            let token = format!("[{name}_{number}_{}]", self.check(&name, number));
            let normal = restore::normal(&token);
            if !self.by_token.contains_key(&normal) {
                return (token, normal);
            }
        }
    }

    fn check(&self, name: &str, number: u32) -> String {
        let mut hasher = blake3::Hasher::new_keyed(self.check_key.expose());
        hasher.update(name.as_bytes()).update(&[0]).update(&number.to_le_bytes());
        let digest = hasher.finalize();
        let characters = digest.as_bytes().iter().take(CHECK_CHARACTERS);
        characters.filter_map(|byte| ALPHABET.get(usize::from(byte & 31))).map(|&c| char::from(c)).collect()
    }

    /// Whether the inside of a pair of brackets is a placeholder of this request.
    pub(crate) fn owns(&self, inner: &str) -> bool {
        self.by_token.contains_key(&restore::normal(inner))
    }

    /// A keyed hash of a value, as sixteen hexadecimal digits.
    pub(crate) fn hash(&self, value: &str) -> String {
        let digest = self.digest(&[b"hash", value.as_bytes()]);
        digest.iter().take(8).map(|byte| format!("{byte:02x}")).collect()
    }

    pub(crate) fn encrypt(&mut self, value: &str) -> Option<Vec<u8>> {
        self.encrypter.seal(value)
    }

    /// Notes that a value was said in this conversation, so that repeating it tells nobody anything new.
    pub(crate) fn remember(&mut self, value: &str, label: &Label) {
        if self.may_show(label) {
            let digest = self.spelled(value);
            self.known.insert(digest);
        }
    }

    /// Whether a value was said in this conversation, however it was spaced.
    pub(crate) fn knows(&self, value: &str) -> bool {
        !self.known.is_empty() && self.known.contains(&self.spelled(value))
    }

    /// Whether the caller may be shown the value: a secret of the operator's own prompt goes back into the
    /// arguments of tools, where it is used, and not into words, where it is read.
    fn may_show(&self, label: &Label) -> bool {
        label.as_str() != "SECRET" || !matches!(self.speaker, Origin::System | Origin::Developer)
    }

    fn spelled(&self, value: &str) -> [u8; 32] {
        let letters: String = if value.is_ascii() {
            let letters = value.bytes().filter(u8::is_ascii_alphanumeric);
            letters.map(|byte| char::from(byte.to_ascii_lowercase())).collect()
        } else {
            value.chars().filter(|c| c.is_alphanumeric()).flat_map(char::to_lowercase).collect()
        };
        self.digest(&[b"spelled", letters.as_bytes()])
    }

    fn digest(&self, parts: &[&[u8]]) -> [u8; 32] {
        // Most values are short, and hashed in one go.
        let mut bytes = zeroize::Zeroizing::new(Vec::with_capacity(parts.iter().map(|part| part.len() + 8).sum()));
        for part in parts {
            bytes.extend_from_slice(&(part.len() as u64).to_le_bytes());
            bytes.extend_from_slice(part);
        }
        *blake3::keyed_hash(self.value_key.expose(), &bytes).as_bytes()
    }

    /// The value behind a placeholder in normal form, if it may appear in such a segment.
    fn open(&self, normal: &str, kind: SegmentKind) -> Option<zeroize::Zeroizing<String>> {
        let entry = self.entries.get(*self.by_token.get(normal)?)?;
        if !entry.may_show && kind != SegmentKind::ToolArguments {
            return None;
        }
        self.sealer.open(&entry.sealed)
    }

    /// Whether some placeholder of this request begins so.
    fn has_prefix(&self, normal: &str) -> bool {
        self.by_token.keys().any(|token| token.starts_with(normal))
    }

    pub(crate) fn is_empty(&self) -> bool {
        self.entries.is_empty() && self.surrogates.is_empty()
    }
}
