//! The Sigstore bundle (v0.3) around a DSSE envelope (v1.0.0).

use aws_lc_rs::rand::SecureRandom;
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD as BASE64;
use redoubt_domain::Digest;
use serde::{Deserialize, Serialize};
use thiserror::Error;

use super::dsse::{Envelope, PAYLOAD_TYPE, Signature, encoded};
use super::key::{PublicKey, SigningKey};
use super::manifest::{Difference, Manifest};
use super::statement::Statement;

const MEDIA_TYPE: &str = "application/vnd.dev.sigstore.bundle.v0.3+json";

/// Why a model could not be signed.
#[derive(Clone, Copy, Debug, Error, PartialEq, Eq)]
pub enum SignError {
    /// There is nothing to sign.
    #[error("there is no file to sign")]
    Empty,
    /// The cryptography failed.
    #[error("the signature could not be made")]
    Failed,
}

/// Why a signature is not one of the model by the key.
#[derive(Debug, Error)]
pub enum VerifyError {
    /// It is no bundle.
    #[error("the signature is no Sigstore bundle")]
    Bundle(#[source] serde_json::Error),
    /// A part of it is no base64.
    #[error("the {0} of the signature is not base64")]
    Base64(&'static str),
    /// It is of a kind that is not verified here.
    #[error("the {what} is `{found}`; only `{expected}` is verified here")]
    Other {
        /// Which part.
        what: &'static str,
        /// What it should be.
        expected: &'static str,
        /// What it is.
        found: String,
    },
    /// It was not made with a plain key.
    #[error("the signature was made with a certificate or without a key, which is not verified here")]
    NoKey,
    /// There is not exactly one signature.
    #[error("the envelope has {0} signatures instead of one")]
    Signatures(usize),
    /// The bundle says it is another key's.
    #[error("the signature is by another key: it names {named}, this one is {given}")]
    OtherKey {
        /// The key in the bundle.
        named: String,
        /// The key that was given.
        given: Digest,
    },
    /// The signature is wrong.
    #[error("the signature is not this key's over this statement")]
    Signature,
    /// What was signed contradicts itself.
    #[error("the signed statement is wrong: {0}")]
    Statement(String),
}

/// The manifest of a signature that has been verified; only [`verify`] makes one.
#[derive(Clone, Debug)]
pub struct SignedManifest {
    manifest: Manifest,
    ignored: Vec<String>,
}

impl SignedManifest {
    /// What was signed.
    pub fn manifest(&self) -> &Manifest {
        &self.manifest
    }

    /// Paths that were left out when it was signed, as the signature says.
    pub fn ignored(&self) -> &[String] {
        &self.ignored
    }

    /// What differs in the files that are there.
    pub fn differences(&self, actual: &Manifest) -> Vec<Difference> {
        self.manifest.differences(actual)
    }
}

#[derive(Deserialize, Serialize)]
#[serde(rename_all = "camelCase")]
struct Bundle {
    media_type: String,
    verification_material: Material,
    dsse_envelope: Envelope,
}

#[derive(Deserialize, Serialize)]
#[serde(rename_all = "camelCase")]
struct Material {
    #[serde(default)]
    public_key: Option<KeyIdentifier>,
    #[serde(default)]
    tlog_entries: Vec<serde_json::Value>,
}

#[derive(Deserialize, Serialize)]
struct KeyIdentifier {
    #[serde(default)]
    hint: Option<String>,
}

/// The text of a signature file for these files. `ignored` are the paths that were left out, and are told in it.
/// `random` is for the signature's nonce; the cryptography library may take its own.
///
/// # Errors
/// [`SignError`] if there are no files, or the cryptography fails.
pub fn sign(
    manifest: &Manifest,
    ignored: &[String],
    key: &SigningKey,
    random: &dyn SecureRandom,
) -> Result<String, SignError> {
    if manifest.files().next().is_none() {
        return Err(SignError::Empty);
    }
    let payload = serde_json::to_vec(&Statement::new(manifest, ignored)).map_err(|_| SignError::Failed)?;
    let signature = key.sign(&encoded(&payload), random).ok_or(SignError::Failed)?;
    let bundle = Bundle {
        media_type: MEDIA_TYPE.to_owned(),
        verification_material: Material {
            public_key: Some(KeyIdentifier { hint: Some(key.public().hint().to_string()) }),
            tlog_entries: Vec::new(),
        },
        dsse_envelope: Envelope::new(&payload, &signature, String::new()),
    };
    serde_json::to_string(&bundle).map_err(|_| SignError::Failed)
}

/// Checks that the text of a signature file was signed with `key`.
///
/// # Errors
/// [`VerifyError`] says what is wrong, or of a kind that is not verified here.
pub fn verify(signature: &[u8], key: &PublicKey) -> Result<SignedManifest, VerifyError> {
    let Bundle { media_type, verification_material, dsse_envelope } =
        serde_json::from_slice(signature).map_err(VerifyError::Bundle)?;
    let expect = |what, expected: &'static str, found: String| {
        if found == expected { Ok(()) } else { Err(VerifyError::Other { what, expected, found }) }
    };
    expect("kind of bundle", MEDIA_TYPE, media_type)?;
    let Material { public_key, tlog_entries: _ } = verification_material;
    let KeyIdentifier { hint } = public_key.ok_or(VerifyError::NoKey)?;
    // Older signatures have none; the signature itself decides anyhow.
    if let Some(named) = hint.filter(|hint| !hint.is_empty())
        && named != key.hint().to_string()
    {
        return Err(VerifyError::OtherKey { named, given: key.hint() });
    }
    let Envelope { payload, payload_type, signatures } = dsse_envelope;
    expect("kind of payload", PAYLOAD_TYPE, payload_type)?;
    let [Signature { sig, keyid: _ }] = signatures.as_slice() else {
        return Err(VerifyError::Signatures(signatures.len()));
    };
    let payload = BASE64.decode(payload).map_err(|_| VerifyError::Base64("payload"))?;
    let sig = BASE64.decode(sig).map_err(|_| VerifyError::Base64("signature"))?;
    if !key.verifies(&encoded(&payload), &sig) {
        return Err(VerifyError::Signature);
    }
    let statement: Statement =
        serde_json::from_slice(&payload).map_err(|error| VerifyError::Statement(error.to_string()))?;
    let (manifest, ignored) = statement.into_manifest()?;
    Ok(SignedManifest { manifest, ignored })
}
