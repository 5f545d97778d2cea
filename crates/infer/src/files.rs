//! The files of a folder: bounded, and digested together.

use std::fs::File;
use std::io::{ErrorKind, Read};
use std::path::Path;

use aws_lc_rs::digest::{Context, SHA256};
use redoubt_domain::ids::Digest;

use crate::error::LoadError;

/// A configuration of a model is a page.
const CONFIG_BYTES_MAX: u64 = 1 << 20;
/// The vocabularies of multilingual models are the largest, with about 17 MB.
const TOKENIZER_BYTES_MAX: u64 = 64 << 20;
/// Half a billion parameters of four bytes each. Anything larger is too slow to be asked on a processor.
const WEIGHTS_BYTES_MAX: u64 = 2 << 30;
/// A head is a layer or two.
const HEAD_BYTES_MAX: u64 = 64 << 20;

/// The bytes of a model.
pub(crate) struct Files {
    pub(crate) config: Vec<u8>,
    pub(crate) weights: Vec<u8>,
    pub(crate) tokenizer: Vec<u8>,
    pub(crate) head: Option<Vec<u8>>,
    /// What `sha256sum config.json head.safetensors model.safetensors tokenizer.json | sha256sum` says, without the head
    /// where there is none.
    pub(crate) digest: Digest,
}

pub(crate) const CONFIG: &str = "config.json";
pub(crate) const HEAD: &str = "head.safetensors";
pub(crate) const WEIGHTS: &str = "model.safetensors";
pub(crate) const TOKENIZER: &str = "tokenizer.json";

impl Files {
    pub(crate) fn read(folder: &Path) -> Result<Self, LoadError> {
        let config =
            needed(folder, CONFIG, CONFIG_BYTES_MAX, "`folder` must be that of a model in the layout of a hub")?;
        let head = read(folder, HEAD, HEAD_BYTES_MAX)?;
        let remedy = if folder.join("pytorch_model.bin").exists() {
            "`pytorch_model.bin` is pickled and is not read; save the model again with `safe_serialization=True`"
        } else {
            "it holds the weights; take the model's safetensors"
        };
        let weights = needed(folder, WEIGHTS, WEIGHTS_BYTES_MAX, remedy)?;
        let remedy = "save the tokenizer again in its fast form, which has one file";
        let tokenizer = needed(folder, TOKENIZER, TOKENIZER_BYTES_MAX, remedy)?;
        let named =
            [(CONFIG, Some(&config)), (HEAD, head.as_ref()), (WEIGHTS, Some(&weights)), (TOKENIZER, Some(&tokenizer))];
        let mut lines = String::new();
        for (name, bytes) in named {
            if let Some(bytes) = bytes {
                lines.push_str(&format!("{}  {name}\n", sha256(bytes)));
            }
        }
        let digest = sha256(lines.as_bytes());
        Ok(Self { config, weights, tokenizer, head, digest })
    }
}

fn needed(folder: &Path, name: &str, max: u64, remedy: &'static str) -> Result<Vec<u8>, LoadError> {
    let missing = || LoadError::Missing { file: folder.join(name).display().to_string(), remedy };
    read(folder, name, max)?.ok_or_else(missing)
}

/// The whole file, or none if it is not there.
fn read(folder: &Path, name: &str, max: u64) -> Result<Option<Vec<u8>>, LoadError> {
    let path = folder.join(name);
    let file = path.display().to_string();
    let failed = |source| LoadError::Read { file: file.clone(), source };
    let opened = match File::open(&path) {
        Ok(opened) => opened,
        Err(error) if error.kind() == ErrorKind::NotFound => return Ok(None),
        Err(error) => return Err(failed(error)),
    };
    let metadata = opened.metadata().map_err(failed)?;
    if !metadata.is_file() {
        return Err(LoadError::Malformed { file, reason: "it is no file".to_owned() });
    }
    // It may grow while it is read.
    let mut bytes = Vec::with_capacity(usize::try_from(metadata.len().min(max)).unwrap_or(0));
    opened.take(max + 1).read_to_end(&mut bytes).map_err(failed)?;
    let actual = metadata.len().max(bytes.len() as u64);
    if actual > max {
        return Err(LoadError::TooLarge { file, actual, max });
    }
    Ok(Some(bytes))
}

fn sha256(bytes: &[u8]) -> Digest {
    let mut context = Context::new(&SHA256);
    context.update(bytes);
    let mut digest = [0; 32];
    for (to, from) in digest.iter_mut().zip(context.finish().as_ref()) {
        *to = *from;
    }
    Digest::new(digest)
}
