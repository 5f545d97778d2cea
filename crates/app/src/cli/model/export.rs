//! `redoubt model export`: out of the registry, verified again.

use std::fs::{self, File, OpenOptions};
use std::io::{self, BufReader, Write};
use std::path::{Path, PathBuf};
use std::process::ExitCode;

use clap::Args;
use redoubt_domain::Capability;
use redoubt_registry::content::{Content, open};
use redoubt_registry::{Admitted, AttestationKind, Version};
use serde_json::json;

use super::room::{as_json, content_failed, failed, version, within};
use super::sign::{SIGNATURE, files};
use crate::cli::{Context, Failure};
use crate::output::{self, GOOD, paint};
use crate::registry::{Reference, Room};

/// Write the files of a version out, if its gates open and every digest agrees.
#[derive(Debug, Args)]
pub(super) struct Export {
    /// The version, such as `lending/3` or `lending@champion`.
    #[arg(value_name = "VERSION")]
    reference: Reference,
    /// The folder to make; it must not be there yet.
    #[arg(long, value_name = "DIR")]
    out: PathBuf,
    /// Print JSON.
    #[arg(long)]
    json: bool,
}

impl Export {
    /// Runs the command.
    pub(super) fn run(self, context: &Context) -> Result<ExitCode, Failure> {
        let Self { reference, out, json } = self;
        if out.symlink_metadata().is_ok() {
            let words = format!("`{}` is there already", out.display());
            return Err(Failure::usage(words).next("name a folder that is not there yet"));
        }
        within(context, &[Capability::Register], false, async |room| {
            let pass = admit(&room, &reference).await?;
            let content = match room.registry.content(&pass, &room.keys).await {
                Ok(content) => content,
                Err(error) => return Err(content_failed(&room.registry, error).await),
            };
            let part = write_aside(&room, &pass, &content, &out)?;
            // Recorded first: what is not never leaves.
            if let Err(error) = room.registry.exported(&pass, room.by()).await {
                _ = fs::remove_dir_all(&part);
                return Err(failed(&room.registry, error).await);
            }
            if let Err(error) = fs::rename(&part, &out) {
                _ = fs::remove_dir_all(&part);
                return Err(unwritable(&out, &error));
            }
            let count = content.manifest().files().count();
            tell(pass.version(), &content, count, &out, json);
            Ok(ExitCode::SUCCESS)
        })
    }
}

/// Lets the version be used that a reference means, or says why not.
async fn admit(room: &Room, reference: &Reference) -> Result<Admitted, Failure> {
    let admitted = match reference {
        Reference::Slot { name, slot } => room.registry.admit_holder(name, slot, room.by()).await,
        _ => {
            let found = version(room, reference).await?;
            room.registry.admit_version(&found.name, found.version, room.by()).await
        }
    };
    match admitted {
        Ok(admitted) => Ok(admitted),
        Err(error) => Err(failed(&room.registry, error).await),
    }
}

fn unwritable(path: &Path, error: &io::Error) -> Failure {
    Failure::usage(format!("cannot write `{}`: {error}", path.display()))
}

/// Opens every file into a folder beside its place, and says which.
fn write_aside(room: &Room, pass: &Admitted, content: &Content, out: &Path) -> Result<PathBuf, Failure> {
    let unwritable = |path: &Path, error: io::Error| unwritable(path, &error);
    let above = out.parent().filter(|above| !above.as_os_str().is_empty()).unwrap_or(Path::new("."));
    let name = out.file_name().map(|name| name.to_string_lossy().into_owned()).unwrap_or_default();
    let part = above.join(format!(".{name}.{}.part", std::process::id()));
    fs::create_dir(&part).map_err(|error| unwritable(&part, error))?;
    let written = (|| {
        for (number, path, _, key) in content.files() {
            let place = part.join(path);
            if let Some(folder) = place.parent() {
                fs::create_dir_all(folder).map_err(|error| unwritable(folder, error))?;
            }
            let mut plain = create(&place).map_err(|error| unwritable(&place, error))?;
            let mut sealed = BufReader::new(room.vault.open(content.place(), number)?);
            open(&key?, &mut sealed, &mut plain)
                .map_err(|error| Failure::check(format!("`{path}` is damaged in the registry: {error}")))?;
        }
        // The signature goes along, so that others can verify it by themselves.
        let signature = pass.evidence().iter().rev().find(|evidence| evidence.kind == AttestationKind::Signature);
        let bundle = signature.and_then(|evidence| evidence.details.get("bundle")?.as_str());
        if let Some(bundle) = bundle {
            let place = part.join(SIGNATURE);
            let kept = create(&place).and_then(|mut file| file.write_all(bundle.as_bytes()));
            kept.map_err(|error| unwritable(&place, error))?;
        }
        Ok(())
    })();
    match written {
        Ok(()) => Ok(part),
        Err(failure) => {
            _ = fs::remove_dir_all(&part);
            Err(failure)
        }
    }
}

fn create(path: &Path) -> io::Result<File> {
    OpenOptions::new().write(true).create_new(true).open(path)
}

fn tell(version: &Version, content: &Content, count: usize, out: &Path, json: bool) {
    if json {
        let value = json!({
            "version": as_json(version), "out": out.display().to_string(), "files": count,
            "bytes": content.manifest().bytes(),
        });
        output::json(&value);
        return;
    }
    let reference = output::shown(&format!("{}/{}", version.name, version.version));
    let out = output::shown(&out.display().to_string());
    output::line(format!(
        "{} {reference}, in {out}: {}, every digest as registered",
        paint(GOOD, "exported"),
        files(count)
    ));
}
