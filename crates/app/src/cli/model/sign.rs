//! `redoubt model sign`, `verify` and `key`: who vouches for a model's files.

use std::fs::{self, OpenOptions};
use std::io::{Read, Write};
use std::os::unix::fs::{OpenOptionsExt, PermissionsExt};
use std::path::{Path, PathBuf};
use std::process::ExitCode;

use aws_lc_rs::rand::SystemRandom;
use clap::Args;
use redoubt_domain::Secret;
use redoubt_models::sign::{self, Curve, Difference, GIT_PATHS, Manifest, PublicKey, SigningKey, is_ignored};
use serde_json::json;

use super::files::{Found, Opened, What, walk};
use crate::cli::Failure;
use crate::output::{self, BAD, GOOD, paint};
use crate::table::TextTable;

/// The signature's name in a model's folder, if nobody says otherwise.
pub(super) const SIGNATURE: &str = "model.sig";
/// A signature of a hundred thousand files has 20 MB.
pub(super) const SIGNATURE_BYTES_MAX: u64 = 256 << 20;
pub(super) const KEY_BYTES_MAX: u64 = 1 << 16;

/// Sign every file of a model.
#[derive(Debug, Args)]
pub(super) struct Sign {
    /// The model: a folder, or a file.
    #[arg(value_name = "PATH")]
    model: PathBuf,
    /// Private key in PEM: P-256, P-384 or P-521; `redoubt model key` makes one.
    #[arg(long, value_name = "FILE")]
    key: PathBuf,
    /// Where to write the signature [default: model.sig in the folder, or FILE.sig].
    #[arg(long, value_name = "FILE")]
    signature: Option<PathBuf>,
    /// Leave out a file or folder of the model; may be given several times. Git's own are left out anyhow.
    #[arg(long, value_name = "PATH")]
    ignore: Vec<PathBuf>,
    /// Print JSON.
    #[arg(long)]
    json: bool,
}

/// Verify a signature, and name every file that is changed, missing or added.
#[derive(Debug, Args)]
pub(super) struct Verify {
    /// The model: a folder, or a file.
    #[arg(value_name = "PATH")]
    model: PathBuf,
    /// Public key in PEM of whoever must have signed it.
    #[arg(long, value_name = "FILE")]
    public_key: PathBuf,
    /// The signature [default: model.sig in the folder, or FILE.sig].
    #[arg(long, value_name = "FILE")]
    signature: Option<PathBuf>,
    /// Print JSON.
    #[arg(long)]
    json: bool,
}

/// Make a key to sign with, and print its public half.
#[derive(Debug, Args)]
pub(super) struct Key {
    /// Where to write the private key, which is not printed; the file must not be there yet.
    #[arg(long, value_name = "FILE")]
    out: PathBuf,
    /// The curve.
    #[arg(long, value_name = "NAME", default_value = "p256", value_parser = ["p256", "p384", "p521"])]
    curve: String,
}

impl Sign {
    /// Runs the command.
    pub(super) fn run(self) -> Result<ExitCode, Failure> {
        let Self { model, key, signature, ignore, json } = self;
        let signature = signature.unwrap_or_else(|| default_signature(&model));
        let key = private_key(&key)?;
        let mut ignored: Vec<String> = GIT_PATHS.iter().map(|path| (*path).to_owned()).collect();
        ignored.extend(within(&model, &signature));
        for path in ignore {
            let named = path.to_string_lossy().trim_start_matches("./").trim_end_matches('/').to_owned();
            if path.is_absolute() || named.is_empty() || named.split('/').any(|part| part == "..") {
                let words =
                    format!("`{}` is no path within the model; name it as it lies in the folder", path.display());
                return Err(Failure::usage(words));
            }
            ignored.push(named);
        }
        let manifest = hash(&model, |path| is_ignored(path, &ignored))?;
        let text = sign::sign(&manifest, &ignored, &key, &SystemRandom::new())
            .map_err(|error| Failure::usage(error).next("name the folder that holds the model's files"))?;
        fs::write(&signature, text).map_err(|error| unwritable(&signature, error))?;
        let count = manifest.files().count();
        if json {
            output::json(&json!({
                "v": 1, "signature": signature.display().to_string(), "files": count,
                "sha256": manifest.digest().to_string(), "key": key.public().hint().to_string(),
            }));
        } else {
            output::line(format!("{} signed, in {}", files(count), output::shown(&signature.display().to_string())));
            output::line(format!("sha256 {}", manifest.digest()));
        }
        Ok(ExitCode::SUCCESS)
    }
}

impl Verify {
    /// Runs the command.
    pub(super) fn run(self) -> Result<ExitCode, Failure> {
        let Self { model, public_key, signature, json } = self;
        let signature = signature.unwrap_or_else(|| default_signature(&model));
        let key = PublicKey::from_pem(&read(&public_key, KEY_BYTES_MAX)?)
            .map_err(|error| Failure::usage(format!("`{}`: {error}", public_key.display())))?;
        let signed = sign::verify(&read(&signature, SIGNATURE_BYTES_MAX)?, &key).map_err(Failure::check)?;
        let mut ignored: Vec<String> = GIT_PATHS.iter().map(|path| (*path).to_owned()).collect();
        ignored.extend(within(&model, &signature));
        ignored.extend(signed.ignored().iter().cloned());
        // What was signed is compared whatever is left out otherwise.
        let actual = hash(&model, |path| is_ignored(path, &ignored) && !signed.manifest().contains(path))?;
        let differences = signed.differences(&actual);
        if json {
            let named = |wanted: fn(&Difference) -> Option<&String>| -> Vec<&String> {
                differences.iter().filter_map(wanted).collect()
            };
            output::json(&json!({
                "v": 1, "verified": differences.is_empty(), "model": signed.manifest().name,
                "sha256": signed.manifest().digest().to_string(), "key": key.hint().to_string(),
                "changed": named(|found| if let Difference::Changed(path) = found { Some(path) } else { None }),
                "missing": named(|found| if let Difference::Missing(path) = found { Some(path) } else { None }),
                "added": named(|found| if let Difference::Added(path) = found { Some(path) } else { None }),
            }));
        } else {
            show(&signed, &differences);
        }
        Ok(if differences.is_empty() { ExitCode::SUCCESS } else { ExitCode::from(1) })
    }
}

impl Key {
    /// Runs the command.
    pub(super) fn run(self) -> Result<ExitCode, Failure> {
        let Self { out, curve } = self;
        let curve = match curve.as_str() {
            "p384" => Curve::P384,
            "p521" => Curve::P521,
            _ => Curve::P256,
        };
        let (key, pem) = SigningKey::generate(curve, &SystemRandom::new())?;
        let mut file = OpenOptions::new()
            .write(true)
            .create_new(true)
            .mode(0o600)
            .open(&out)
            .map_err(|error| unwritable(&out, error).next("name a file that is not there yet"))?;
        file.write_all(pem.expose()).and_then(|()| file.sync_all()).map_err(|error| unwritable(&out, error))?;
        output::line(key.public().to_pem().trim_end());
        output::note(format!(
            "the private key is in `{}`, for its owner alone; the public key above is for everybody who verifies",
            out.display()
        ));
        Ok(ExitCode::SUCCESS)
    }
}

fn show(signed: &sign::SignedManifest, differences: &[Difference]) {
    let manifest = signed.manifest();
    if differences.is_empty() {
        let count = files(manifest.files().count());
        output::line(format!("{}: {count}, all as signed", paint(GOOD, "verified")));
        output::line(format!("sha256 {}", manifest.digest()));
        return;
    }
    let mut table = TextTable::new(&[("file", 80), ("is", 10)]);
    for difference in differences {
        let (path, word) = match difference {
            Difference::Changed(path) => (path, "changed"),
            Difference::Missing(path) => (path, "missing"),
            Difference::Added(path) => (path, "added"),
        };
        table.row(vec![path.clone(), word.to_owned()]);
    }
    output::line(table.render(output::width()));
    output::line(format!("{}: the signature is good, the files are others", paint(BAD, "not verified")));
}

/// So many files, in words.
pub(super) fn files(count: usize) -> String {
    if count == 1 { "1 file".to_owned() } else { format!("{count} files") }
}

/// Every file of the model with its digest, without those that are left out. Whatever is neither a file nor a folder
/// is refused, even where it is left out: the tool does so as well.
fn hash(model: &Path, is_left_out: impl Fn(&str) -> bool) -> Result<Manifest, Failure> {
    let mut files = Vec::new();
    for Found { path, what } in walk(model)? {
        let full = if path == "." { model.to_owned() } else { model.join(&path) };
        let (at, metadata) = match what {
            What::File(at, metadata) => (at, metadata),
            What::Link => {
                let words = format!("`{}` is a link; a signature covers files alone", full.display());
                return Err(Failure::usage(words).next("copy the files into the folder, as `cp -RL` does"));
            }
            What::Other => return Err(Failure::usage(format!("`{}` is neither a file nor a folder", full.display()))),
            What::Failed(reason) => return Err(Failure::usage(format!("`{}`: {reason}", full.display()))),
        };
        if is_left_out(&path) {
            continue;
        }
        let digest = Opened::open(&at, &metadata)
            .and_then(|opened| {
                let digest = opened.digest()?;
                opened.check_unchanged()?;
                Ok(digest)
            })
            .map_err(|error| Failure::usage(format!("`{}`: {error}", full.display())))?;
        files.push((path, digest));
    }
    Ok(Manifest::new(name_of(model), files))
}

/// The last part of a model's path, or of where it leads if that is `.` or `..`.
pub(super) fn name_of(model: &Path) -> String {
    let name = model.file_name().map(ToOwned::to_owned);
    let name = name.or_else(|| model.canonicalize().ok()?.file_name().map(ToOwned::to_owned));
    name.map(|name| name.to_string_lossy().into_owned()).unwrap_or_default()
}

pub(super) fn default_signature(model: &Path) -> PathBuf {
    if model.is_dir() {
        return model.join(SIGNATURE);
    }
    let mut name = model.as_os_str().to_owned();
    name.push(".sig");
    name.into()
}

/// Where `file` lies in the model's folder, if it does.
fn within(model: &Path, file: &Path) -> Option<String> {
    let folder = model.canonicalize().ok()?;
    let parent = match file.parent() {
        Some(parent) if !parent.as_os_str().is_empty() => parent,
        _ => Path::new("."),
    };
    let path = parent.canonicalize().ok()?.join(file.file_name()?);
    let path = path.strip_prefix(folder).ok()?.to_str()?.to_owned();
    (!path.is_empty()).then_some(path)
}

fn private_key(path: &Path) -> Result<SigningKey, Failure> {
    let pem = Secret::new(read(path, KEY_BYTES_MAX)?);
    let key = SigningKey::from_pem(&pem).map_err(|error| Failure::usage(format!("`{}`: {error}", path.display())))?;
    let mode = fs::metadata(path)?.permissions().mode() & 0o777;
    if mode & 0o077 != 0 {
        output::note(format!("`{}` can be read by others (mode {mode:o}); run `chmod 600` on it", path.display()));
    }
    Ok(key)
}

/// A small file.
pub(super) fn read(path: &Path, bytes_max: u64) -> Result<Vec<u8>, Failure> {
    let failed = |error: std::io::Error| Failure::usage(format!("cannot read `{}`: {error}", path.display()));
    let file = fs::File::open(path).map_err(failed)?;
    let mut bytes = Vec::new();
    file.take(bytes_max + 1).read_to_end(&mut bytes).map_err(failed)?;
    if bytes.len() as u64 > bytes_max {
        return Err(Failure::usage(format!("`{}` has more than {bytes_max} bytes", path.display())));
    }
    Ok(bytes)
}

fn unwritable(path: &Path, error: std::io::Error) -> Failure {
    Failure::usage(format!("cannot write `{}`: {error}", path.display()))
}
