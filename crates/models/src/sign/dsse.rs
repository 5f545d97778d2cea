//! The envelope of signed statements: DSSE v1.0.0 around in-toto.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD as BASE64;
use serde::{Deserialize, Serialize};

/// What every payload here is.
pub const PAYLOAD_TYPE: &str = "application/vnd.in-toto+json";

/// A payload and who signed it, as JSON.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Envelope {
    /// The statement, in base64.
    pub payload: String,
    /// [`PAYLOAD_TYPE`].
    pub payload_type: String,
    /// One for each signer.
    pub signatures: Vec<Signature>,
}

/// One signature of an envelope.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize, Serialize)]
pub struct Signature {
    /// The signature over [`encoded`], in base64.
    pub sig: String,
    /// A hint which key it was; nothing may depend on it.
    #[serde(default)]
    pub keyid: String,
}

impl Envelope {
    /// An envelope with one signature over [`encoded`] of the payload.
    pub fn new(payload: &[u8], signature: &[u8], keyid: String) -> Self {
        Self {
            payload: BASE64.encode(payload),
            payload_type: PAYLOAD_TYPE.to_owned(),
            signatures: vec![Signature { sig: BASE64.encode(signature), keyid }],
        }
    }
}

/// The pre-authentication encoding of a payload, which is what is signed: it binds the type to the bytes.
pub fn encoded(payload: &[u8]) -> Vec<u8> {
    let mut bytes = format!("DSSEv1 {} {PAYLOAD_TYPE} {} ", PAYLOAD_TYPE.len(), payload.len()).into_bytes();
    bytes.extend_from_slice(payload);
    bytes
}
