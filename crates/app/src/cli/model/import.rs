//! `redoubt model import`: scanned, sealed, registered, or nothing of it.

use std::collections::BTreeMap;
use std::fs::File;
use std::io::{BufReader, Read};
use std::path::{Path, PathBuf};
use std::process::ExitCode;

use clap::Args;
use redoubt_domain::Capability;
use redoubt_models::sign::{GIT_PATHS, PublicKey, is_ignored};
use redoubt_models::{Report, Verdict};
use redoubt_registry::{Entry, Manifest, NewVersion, Version};

use super::room::{as_json, failed, within};
use super::scan::{scan, show};
use super::sign::{KEY_BYTES_MAX, SIGNATURE, SIGNATURE_BYTES_MAX, default_signature, files, name_of, read};
use crate::cli::{Context, Failure};
use crate::output::{self, GOOD, paint};
use crate::registry::{KeepError, Room, scan_said};

/// Scan a model and register it, encrypted, as the next version.
#[derive(Debug, Args)]
pub(super) struct Import {
    /// The model: a folder, or a file.
    #[arg(value_name = "PATH")]
    path: PathBuf,
    /// What it is registered as; the model is made if it is not there.
    #[arg(long, value_name = "NAME")]
    name: String,
    /// What is new in this version.
    #[arg(long, default_value = "", hide_default_value = true, value_name = "TEXT")]
    description: String,
    /// A tag of the version; may be given several times.
    #[arg(long = "tag", value_name = "KEY=VALUE", value_parser = tag)]
    tags: Vec<(String, String)>,
    /// Public key in PEM of whoever signed the model, if it has a signature (`model.sig`).
    #[arg(long, value_name = "FILE")]
    public_key: Option<PathBuf>,
    /// Register a signed model as if it were not.
    #[arg(long, conflicts_with = "public_key")]
    without_signature: bool,
    /// Register what the scanner finds suspicious; no gate opens for it that asks for a scan.
    #[arg(long)]
    suspicious: bool,
    /// Print JSON.
    #[arg(long)]
    json: bool,
}

fn tag(text: &str) -> Result<(String, String), String> {
    let (key, value) = text.split_once('=').ok_or("write KEY=VALUE")?;
    Ok((key.to_owned(), value.to_owned()))
}

impl Import {
    /// Runs the command.
    pub(super) fn run(self, context: &Context) -> Result<ExitCode, Failure> {
        let report = looked_at(&self.path)?;
        if !self.allows(report.verdict()) {
            if !self.json {
                show(&report);
            }
            return Err(self.refusal(&report));
        }
        within(context, &[Capability::Register], true, async |room| self.register(&room, &report).await)
    }

    const fn allows(&self, verdict: Verdict) -> bool {
        match verdict {
            Verdict::Clean => true,
            Verdict::Suspicious => self.suspicious,
            Verdict::Malicious | Verdict::Unreadable => false,
        }
    }

    fn refusal(&self, report: &Report) -> Failure {
        let words = format!("`{}` is {}; nothing was registered", self.path.display(), report.verdict().name());
        let next = match report.verdict() {
            Verdict::Suspicious => {
                "look at the findings; `--suspicious` registers it, and no gate that asks for a scan opens"
            }
            Verdict::Malicious => "do not load it; ask whoever made it for safetensors",
            Verdict::Unreadable | Verdict::Clean => {
                "take out what is no part of the model, or get the file again; links are copied by `cp -RL`"
            }
        };
        Failure::check(words).next(next)
    }

    async fn register(self, room: &Room, report: &Report) -> Result<ExitCode, Failure> {
        let Self { path, name, description, tags, public_key, without_signature, suspicious: _, json } = self;
        let registry = &room.registry;
        let (manifest, sources) = manifest(&path, report, room)?;
        let mut said = vec![scan_said(report)];
        let signature = default_signature(&path);
        match public_key {
            Some(key) => {
                let key = PublicKey::from_pem(&read(&key, KEY_BYTES_MAX)?)
                    .map_err(|error| Failure::usage(format!("`{}`: {error}", key.display())))?;
                let bundle = String::from_utf8(read(&signature, SIGNATURE_BYTES_MAX)?)
                    .map_err(|_| Failure::usage(format!("`{}` is no text", signature.display())))?;
                match registry.say_signature(&manifest, &bundle, &key) {
                    Ok(signed) => said.push(signed),
                    Err(error) => return Err(Failure::check(error).next("nothing was registered; sign it anew")),
                }
            }
            None if !without_signature && signature.exists() => {
                let words = format!("`{}` is signed, and nobody says whose signature it must be", path.display());
                return Err(Failure::usage(words)
                    .next("name the signer's key with `--public-key FILE`, or say `--without-signature`"));
            }
            None => {}
        }
        room.vault.sweep(registry).await?;
        let digest = manifest.digest();
        match registry.version_of_digest(&name, digest).await {
            Ok(Some(version)) => {
                tell(&version, &manifest, true, json);
                return Ok(ExitCode::SUCCESS);
            }
            Ok(None) | Err(redoubt_registry::RegistryError::ModelMissing { .. }) => {}
            Err(error) => return Err(failed(registry, error).await),
        }
        let new = NewVersion { description, tags: tags.into_iter().collect(), ..NewVersion::default() };
        let open = |path: &str| -> std::io::Result<Box<dyn Read>> {
            let source = sources.get(path).ok_or(std::io::ErrorKind::NotFound)?;
            Ok(Box::new(BufReader::new(File::open(source)?)))
        };
        let version = match room.keep(&name, &manifest, &open, new, &said, None).await {
            Ok(version) => version,
            Err(KeepError::Registry(error)) => return Err(failed(registry, error).await),
            Err(error) => {
                return Err(Failure::check(error).next("nothing was registered; try again when that is mended"));
            }
        };
        tell(&version, &manifest, false, json);
        Ok(ExitCode::SUCCESS)
    }
}

/// What the scanner says of the files that belong to the model: without Git's own, and without a signature.
fn looked_at(path: &Path) -> Result<Report, Failure> {
    let mut report = scan(path)?;
    let mut ignored: Vec<String> = GIT_PATHS.iter().map(|path| (*path).to_owned()).collect();
    ignored.push(SIGNATURE.to_owned());
    report.files.retain(|file| !is_ignored(&file.path, &ignored));
    Ok(report)
}

/// The manifest of what was looked at, and where each file lies.
fn manifest(path: &Path, report: &Report, room: &Room) -> Result<(Manifest, BTreeMap<String, PathBuf>), Failure> {
    let (mut entries, mut sources) = (Vec::new(), BTreeMap::new());
    for file in &report.files {
        let (name, source) = if file.path == "." {
            (name_of(path), path.to_owned())
        } else {
            (file.path.clone(), path.join(&file.path))
        };
        let digest = file.digest.ok_or_else(|| Failure::usage(format!("`{}` could not be read", source.display())))?;
        entries.push((name.clone(), Entry { size: file.size, digest }));
        sources.insert(name, source);
    }
    let manifest = Manifest::new(entries, &room.registry.limits)
        .map_err(|error| Failure::usage(format!("`{}`: {error}", path.display())))?;
    Ok((manifest, sources))
}

fn tell(version: &Version, manifest: &Manifest, is_old: bool, json: bool) {
    let count = manifest.files().count();
    if json {
        let mut value = as_json(version);
        if let Some(members) = value.as_object_mut() {
            members.insert("files".to_owned(), count.into());
            members.insert("bytes".to_owned(), manifest.bytes().into());
            members.insert("existed".to_owned(), is_old.into());
        }
        output::json(&value);
        return;
    }
    let reference = output::shown(&format!("{}/{}", version.name, version.version));
    if is_old {
        output::line(format!("{}: {reference} has exactly these files", paint(GOOD, "there already")));
    } else {
        output::line(format!("{} as {reference}: {}, scanned and sealed", paint(GOOD, "registered"), files(count)));
    }
    output::line(format!("sha256 {}", manifest.digest()));
}
