//! Ciphertext in the place of a value, for whoever holds the key of the request.

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;

use crate::scope::Scope;
use crate::vault::{Sealer, Vault};

/// How a ciphertext begins in a text.
const PREFIX: &str = "enc:";

pub(super) fn encrypt(value: &str, vault: &mut Vault) -> String {
    match vault.encrypt(value) {
        Some(sealed) => format!("{PREFIX}{}", URL_SAFE_NO_PAD.encode(sealed)),
        None => super::REDACTED.to_owned(),
    }
}

/// The text with every ciphertext of this request opened. What does not open stays as it is.
pub fn decrypt(text: &str, scope: &Scope) -> String {
    let sealer = Sealer::new(scope.derive("encrypt"));
    let mut out = String::with_capacity(text.len());
    let mut rest = text;
    while let Some(at) = rest.find(PREFIX) {
        let (before, from) = rest.split_at(at);
        out.push_str(before);
        let encoded = from.get(PREFIX.len()..).unwrap_or_default();
        let length = encoded.bytes().take_while(|b| b.is_ascii_alphanumeric() || matches!(b, b'-' | b'_')).count();
        let (encoded, behind) = encoded.split_at(length);
        let opened = URL_SAFE_NO_PAD.decode(encoded).ok().and_then(|sealed| sealer.open(&sealed));
        match opened {
            Some(value) => out.push_str(&value),
            None => {
                out.push_str(PREFIX);
                out.push_str(encoded);
            }
        }
        rest = behind;
    }
    out.push_str(rest);
    out
}
