//! Evidence: in-toto Statements (v1) in DSSE envelopes, signed with the installation's Ed25519 key (RFC 8032).

use std::fmt;

use aws_lc_rs::signature::{ED25519, Ed25519KeyPair, KeyPair as _, UnparsedPublicKey};
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD as BASE64;
use redoubt_domain::{Digest, Secret, Timestamp};
use redoubt_models::sign::dsse::{Envelope, PAYLOAD_TYPE, Signature, encoded};
use redoubt_models::sign::sha256;
use serde::{Deserialize, Serialize};
use serde_json::Value;
use thiserror::Error;

use crate::policy::AttestationKind;

const STATEMENT_TYPE: &str = "https://in-toto.io/Statement/v1";

/// Why evidence is none, or cannot be made.
#[derive(Debug, Error)]
pub enum AttestationError {
    /// The seed makes no key.
    #[error("the seed makes no Ed25519 key")]
    Key,
    /// It is too large.
    #[error("the evidence has {actual} bytes, and {max} are the most; leave details out")]
    TooLarge {
        /// Its size.
        actual: usize,
        /// The most.
        max: usize,
    },
    /// There is too much of it.
    #[error("there are {max} pieces of evidence for this digest, and no more are kept")]
    TooMany {
        /// The most.
        max: usize,
    },
    /// The envelope has another form.
    #[error("the envelope is not one of an in-toto statement with one signature")]
    Envelope,
    /// The signature is wrong, or another installation's.
    #[error("the signature is not one of this installation over this statement")]
    Signature,
    /// The files were signed by a key that the policy does not name.
    #[error("the files are signed by key {key}, which `signers` does not name")]
    Untrusted {
        /// The key.
        key: Digest,
    },
    /// What was signed is no statement of this form.
    #[error("the signed statement is of another form")]
    Statement,
    /// It is about other content.
    #[error("the statement is about {found} and not about {wanted}")]
    Subject {
        /// What it is about.
        found: String,
        /// What it should be about.
        wanted: Digest,
    },
}

/// The installation's key for evidence.
pub struct AttestationKey {
    pair: Ed25519KeyPair,
    public: [u8; 32],
}

impl AttestationKey {
    /// The key of a secret seed.
    ///
    /// # Errors
    /// [`AttestationError::Key`] if the cryptography refuses.
    pub fn from_seed(seed: &Secret<[u8; 32]>) -> Result<Self, AttestationError> {
        let pair = Ed25519KeyPair::from_seed_unchecked(seed.expose()).map_err(|_| AttestationError::Key)?;
        let public = pair.public_key().as_ref().try_into().map_err(|_| AttestationError::Key)?;
        Ok(Self { pair, public })
    }

    /// The public half, 32 bytes.
    pub fn public(&self) -> &[u8; 32] {
        &self.public
    }

    /// What envelopes call the key: SHA-256 of the public half.
    pub fn id(&self) -> Digest {
        sha256(&self.public)
    }

    /// Signs a statement.
    pub(crate) fn sign(&self, statement: &Evidence) -> Result<Envelope, AttestationError> {
        let payload = serde_json::to_vec(&statement.to_statement()).map_err(|_| AttestationError::Statement)?;
        let signature = self.pair.sign(&encoded(&payload));
        Ok(Envelope::new(&payload, signature.as_ref(), self.id().to_string()))
    }

    /// The evidence in an envelope, if this key signed it and it is about `subject`.
    ///
    /// # Errors
    /// [`AttestationError`] says what is wrong.
    pub fn verify(&self, envelope: &Envelope, subject: Digest) -> Result<Evidence, AttestationError> {
        let Envelope { payload, payload_type, signatures } = envelope;
        let [Signature { sig, keyid: _ }] = signatures.as_slice() else { return Err(AttestationError::Envelope) };
        if payload_type != PAYLOAD_TYPE {
            return Err(AttestationError::Envelope);
        }
        let payload = BASE64.decode(payload).map_err(|_| AttestationError::Envelope)?;
        let sig = BASE64.decode(sig).map_err(|_| AttestationError::Envelope)?;
        let key = UnparsedPublicKey::new(&ED25519, &self.public);
        key.verify(&encoded(&payload), &sig).map_err(|_| AttestationError::Signature)?;
        let statement: Statement = serde_json::from_slice(&payload).map_err(|_| AttestationError::Statement)?;
        Evidence::from_statement(statement, subject)
    }
}

impl fmt::Debug for AttestationKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "AttestationKey({})", self.id())
    }
}

/// What somebody says about the content of a version.
#[derive(Clone, Debug, PartialEq)]
pub struct Evidence {
    /// What kind of thing it says.
    pub kind: AttestationKind,
    /// The digest of the content it is about.
    pub digest: Digest,
    /// The model and version for which it was made, as they were called.
    pub subject: String,
    /// The id of that model.
    pub model: String,
    /// That version.
    pub version: u64,
    /// Whether it speaks for the content.
    pub passed: bool,
    /// Who says so.
    pub actor: String,
    /// The person behind the actor, if that is known.
    pub owner: Option<String>,
    /// When.
    pub at: Timestamp,
    /// What was found, in the form of whoever found it.
    pub details: Value,
}

#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct Statement {
    #[serde(rename = "_type")]
    kind: String,
    subject: Vec<Subject>,
    #[serde(rename = "predicateType")]
    predicate_type: String,
    predicate: Predicate,
}

#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct Subject {
    name: String,
    digest: SubjectDigest,
}

#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct SubjectDigest {
    sha256: String,
}

#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct Predicate {
    passed: bool,
    actor: String,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    owner: Option<String>,
    model: String,
    version: u64,
    /// RFC 3339, for people.
    time: String,
    /// The same, exactly.
    time_micros: u64,
    details: Value,
}

impl Evidence {
    /// Who says so: the person, or the key if nobody is known behind it.
    pub fn who(&self) -> &str {
        self.owner.as_ref().unwrap_or(&self.actor)
    }

    fn to_statement(&self) -> Statement {
        let Self { kind, digest, subject, model, version, passed, actor, owner, at, details } = self;
        Statement {
            kind: STATEMENT_TYPE.to_owned(),
            subject: vec![Subject { name: subject.clone(), digest: SubjectDigest { sha256: digest.to_string() } }],
            predicate_type: kind.predicate_type(),
            predicate: Predicate {
                passed: *passed,
                actor: actor.clone(),
                owner: owner.clone(),
                model: model.clone(),
                version: *version,
                time: at.to_string(),
                time_micros: at.micros(),
                details: details.clone(),
            },
        }
    }

    fn from_statement(statement: Statement, wanted: Digest) -> Result<Self, AttestationError> {
        let Statement { kind, subject, predicate_type, predicate } = statement;
        let kind = Some(kind).filter(|kind| kind == STATEMENT_TYPE);
        let kind = kind.and_then(|_| AttestationKind::of_predicate_type(&predicate_type));
        let kind = kind.ok_or(AttestationError::Statement)?;
        let Ok([Subject { name, digest: SubjectDigest { sha256 } }]) = <[Subject; 1]>::try_from(subject) else {
            return Err(AttestationError::Statement);
        };
        if Digest::parse(&sha256) != Some(wanted) {
            return Err(AttestationError::Subject { found: sha256, wanted });
        }
        let Predicate { passed, actor, owner, model, version, time: _, time_micros, details } = predicate;
        let at = Timestamp::from_micros(time_micros);
        Ok(Self { kind, digest: wanted, subject: name, model, version, passed, actor, owner, at, details })
    }
}
