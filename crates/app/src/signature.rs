//! Detached signatures of the installation under what it wrote: `PATH.sig` beside `PATH`.

use std::path::{Path, PathBuf};

use aws_lc_rs::signature::{ED25519, Ed25519KeyPair, KeyPair, UnparsedPublicKey};
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use redoubt_pipeline::Digest;
use serde_json::{Value, json};

use crate::home::{Home, HomeError};
use crate::shelf::{FileError, read_if, write};

/// What is signed begins with this, so that a signature of one kind of file is none of another.
const BASELINE: &str = "redoubt baseline 1";

/// Why something is not signed as it should be.
#[derive(Debug, thiserror::Error)]
pub(crate) enum SignatureError {
    /// The home cannot be used.
    #[error(transparent)]
    Home(#[from] HomeError),
    /// A file cannot be read or written.
    #[error(transparent)]
    File(#[from] FileError),
    /// The key is none.
    #[error("the signing key of the installation is damaged")]
    Key,
    /// The file beside it is no signature.
    #[error("`{}` is no signature; write the baseline again, or remove the file if you trust the baseline without it", .0.display())]
    Damaged(PathBuf),
    /// Another installation signed it.
    #[error("`{}` was signed by another installation (key {key})", path.display())]
    Stranger {
        /// The file.
        path: PathBuf,
        /// The first characters of that key.
        key: String,
    },
    /// What was signed is something else.
    #[error("`{}` was changed after it was signed; take it from where it was written, or make a new one", .0.display())]
    Changed(PathBuf),
    /// There is no signature where one is asked for.
    #[error("`{}` is not signed; `redoubt data profile FILE --out PATH --sign` writes a signed one", .0.display())]
    Missing(PathBuf),
}

fn beside(path: &Path) -> PathBuf {
    let mut name = path.as_os_str().to_owned();
    name.push(".sig");
    PathBuf::from(name)
}

/// Whether there is a signature.
pub(crate) fn is_beside(path: &Path) -> bool {
    beside(path).exists()
}

fn message(bytes: &[u8]) -> Vec<u8> {
    format!("{BASELINE}\n{}\n", Digest::of(bytes)).into_bytes()
}

fn key(home: &Home) -> Result<Ed25519KeyPair, SignatureError> {
    Ed25519KeyPair::from_seed_unchecked(home.signing_seed()?.expose()).map_err(|_| SignatureError::Key)
}

/// Signs what was written at `path`.
pub(crate) fn sign(home: &Home, path: &Path, bytes: &[u8]) -> Result<PathBuf, SignatureError> {
    let key = key(home)?;
    let written = json!({
        "version": 1,
        "digest": Digest::of(bytes).as_str(),
        "key": STANDARD.encode(key.public_key()),
        "signature": STANDARD.encode(key.sign(&message(bytes))),
    });
    let path = beside(path);
    write(&path, format!("{written:#}\n").as_bytes())?;
    Ok(path)
}

/// Whether the file beside `path` is the installation's signature of `bytes`; false if there is none.
///
/// # Errors
/// If there is one, and it is another's, or of something else.
pub(crate) fn verify(home: &Home, path: &Path, bytes: &[u8]) -> Result<bool, SignatureError> {
    let sig = beside(path);
    let Some(written) = read_if(&sig)? else { return Ok(false) };
    let damaged = || SignatureError::Damaged(sig.clone());
    let written: Value = serde_json::from_slice(&written).map_err(|_| damaged())?;
    let decoded = |key: &str| STANDARD.decode(written.get(key)?.as_str()?).ok();
    let (public, signature) = decoded("key").zip(decoded("signature")).ok_or_else(damaged)?;
    if written.get("version").and_then(Value::as_u64) != Some(1) {
        return Err(damaged());
    }
    let own = key(home)?;
    if public != own.public_key().as_ref() {
        let key = STANDARD.encode(&public).chars().take(12).collect();
        return Err(SignatureError::Stranger { path: path.to_owned(), key });
    }
    let valid = UnparsedPublicKey::new(&ED25519, public).verify(&message(bytes), &signature);
    valid.map(|()| true).map_err(|_| SignatureError::Changed(path.to_owned()))
}
