//! The in-toto statement (v1) with the predicate `https://model_signing/signature/v1.0`.

use std::collections::BTreeSet;

use redoubt_domain::Digest;
use serde::{Deserialize, Serialize};

use super::bundle::VerifyError;
use super::manifest::Manifest;
use crate::archive::is_outside;

pub(super) const STATEMENT_TYPE: &str = "https://in-toto.io/Statement/v1";
pub(super) const PREDICATE_TYPE: &str = "https://model_signing/signature/v1.0";
const METHOD: &str = "files";
const HASH: &str = "sha256";

#[derive(Deserialize, Serialize)]
pub(super) struct Statement {
    #[serde(rename = "_type")]
    kind: String,
    subject: Vec<Subject>,
    #[serde(rename = "predicateType")]
    predicate_type: String,
    predicate: Predicate,
}

#[derive(Deserialize, Serialize)]
struct Subject {
    name: String,
    digest: SubjectDigest,
}

#[derive(Deserialize, Serialize)]
struct SubjectDigest {
    sha256: String,
}

#[derive(Deserialize, Serialize)]
struct Predicate {
    serialization: Serialization,
    resources: Vec<Resource>,
}

#[derive(Deserialize, Serialize)]
struct Serialization {
    method: String,
    hash_type: String,
    // The tool's oldest signatures have a text here; nothing depends on it, since links are refused.
    #[serde(default)]
    allow_symlinks: serde_json::Value,
    #[serde(default)]
    ignore_paths: Vec<String>,
}

#[derive(Deserialize, Serialize)]
struct Resource {
    name: String,
    algorithm: String,
    digest: String,
}

impl Statement {
    pub(super) fn new(manifest: &Manifest, ignored: &[String]) -> Self {
        let resource = |(name, digest): (String, Digest)| Resource {
            name,
            algorithm: HASH.to_owned(),
            digest: digest.to_string(),
        };
        Self {
            kind: STATEMENT_TYPE.to_owned(),
            subject: vec![Subject {
                name: manifest.name.clone(),
                digest: SubjectDigest { sha256: manifest.digest().to_string() },
            }],
            predicate_type: PREDICATE_TYPE.to_owned(),
            predicate: Predicate {
                serialization: Serialization {
                    method: METHOD.to_owned(),
                    hash_type: HASH.to_owned(),
                    allow_symlinks: serde_json::Value::Bool(false),
                    ignore_paths: ignored.to_vec(),
                },
                resources: manifest.files().map(resource).collect(),
            },
        }
    }

    /// The manifest in it, and the paths that were left out of it.
    pub(super) fn into_manifest(self) -> Result<(Manifest, Vec<String>), VerifyError> {
        let Self { kind, subject, predicate_type, predicate } = self;
        let expect = |what, expected: &'static str, found: &str| {
            if found == expected { Ok(()) } else { Err(VerifyError::Other { what, expected, found: found.to_owned() }) }
        };
        expect("statement", STATEMENT_TYPE, &kind)?;
        expect("predicate", PREDICATE_TYPE, &predicate_type)?;
        let Predicate { serialization, resources } = predicate;
        let Serialization { method, hash_type, allow_symlinks: _, ignore_paths } = serialization;
        expect("way of hashing", METHOD, &method)?;
        expect("hash", HASH, &hash_type)?;
        let [Subject { name, digest: SubjectDigest { sha256 } }] = subject.as_slice() else {
            return Err(VerifyError::Statement(format!("it has {} subjects instead of one", subject.len())));
        };
        let mut files = Vec::new();
        let mut names = BTreeSet::new();
        for Resource { name, algorithm, digest } in resources {
            expect("hash", HASH, &algorithm)?;
            let digest = Digest::parse(&digest)
                .ok_or_else(|| VerifyError::Statement(format!("`{digest}` is not the digest of a file")))?;
            if is_outside(&name) || name.is_empty() {
                return Err(VerifyError::Statement(format!("it names `{name}`, which is no path within a model")));
            }
            if !names.insert(name.clone()) {
                return Err(VerifyError::Statement(format!("it names `{name}` twice")));
            }
            files.push((name, digest));
        }
        let manifest = Manifest::new(name.clone(), files);
        if manifest.digest().to_string() != *sha256 {
            return Err(VerifyError::Statement("its own digest is not that of the files it names".to_owned()));
        }
        Ok((manifest, ignore_paths))
    }
}
