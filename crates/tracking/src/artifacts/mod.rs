//! Artifacts: files below `HOME/artifacts/@TENANT`, written aside and renamed, so that nobody reads half of one.
//!
//! Each tenant has a folder of its own, and a path cannot lead out of it ([`ArtifactPath`]). Links are never made here
//! and never followed: each folder on the way is looked at, and what is opened is compared with what was looked at.

pub(crate) mod download;
mod path;
mod upload;

use std::fs::{self, File, Metadata};
use std::io::{self, ErrorKind};
use std::os::unix::fs::MetadataExt as _;
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicU64, Ordering};

use redoubt_domain::TenantId;
use tokio::task::spawn_blocking;

pub(crate) use path::{ArtifactPath, Owner};

use crate::limits::LISTING_MAX;
use crate::problem::{Code, Problem};
use crate::settings::Durability;

/// Where artifacts lie.
#[derive(Debug)]
pub(crate) struct Artifacts {
    root: PathBuf,
    bytes_max: u64,
    /// Whether an answered upload survives a power cut.
    is_synchronised: bool,
    /// So that two uploads at once have two names.
    uploads: AtomicU64,
}

/// Files on their way; not a tenant's, since those begin with `@`.
const INCOMING: &str = "incoming";

/// A file or folder in a folder.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Listed {
    pub(crate) name: String,
    /// Its size in bytes; none if it is a folder.
    pub(crate) size: Option<u64>,
}

impl Artifacts {
    /// Opens the folder, and removes what uploads left behind that were cut off.
    pub(crate) async fn open(root: PathBuf, bytes_max: usize, durability: Durability) -> Result<Self, io::Error> {
        let incoming = root.join(INCOMING);
        blocking(move || {
            match fs::remove_dir_all(&incoming) {
                Err(error) if error.kind() != ErrorKind::NotFound => return Err(error),
                _ => {}
            }
            fs::create_dir_all(&incoming)
        })
        .await?;
        let is_synchronised = durability == Durability::Power;
        Ok(Self { root, bytes_max: bytes_max as u64, is_synchronised, uploads: AtomicU64::new(0) })
    }

    fn tenant_root(&self, tenant: &TenantId) -> PathBuf {
        // A tenant may be called `..`; with the sign before it, that is a name like any other.
        self.root.join(format!("@{tenant}"))
    }

    fn aside(&self) -> PathBuf {
        let n = self.uploads.fetch_add(1, Ordering::Relaxed);
        self.root.join(INCOMING).join(format!("{}-{n}", std::process::id()))
    }

    /// What is in a folder, in the order of the names. Nothing, if it is a file or is not there: that is how clients
    /// tell files from folders.
    pub(crate) async fn list(&self, tenant: &TenantId, path: &ArtifactPath) -> Result<Vec<Listed>, Problem> {
        let (root, path) = (self.tenant_root(tenant), path.clone());
        let listed = blocking(move || {
            if !looked_at(&root, &path)?.is_some_and(|found| found.is_dir()) {
                return Ok(Vec::new());
            }
            let mut listed = Vec::new();
            for entry in fs::read_dir(path.within(&root))? {
                let entry = entry?;
                let (Ok(name), metadata) = (entry.file_name().into_string(), entry.metadata()?) else { continue };
                if metadata.is_dir() {
                    listed.push(Listed { name, size: None });
                } else if metadata.is_file() {
                    listed.push(Listed { name, size: Some(metadata.len()) });
                }
                if listed.len() > LISTING_MAX {
                    return Err(io::Error::new(ErrorKind::FileTooLarge, "the folder has too many entries"));
                }
            }
            listed.sort_by(|a, b| a.name.cmp(&b.name));
            Ok(listed)
        });
        listed.await.map_err(|error| match error.kind() {
            ErrorKind::FileTooLarge => {
                Problem::invalid(format!("the folder has more than {LISTING_MAX} entries, which is what is listed"))
            }
            _ => Problem::of_io("list artifacts", error),
        })
    }

    /// Deletes a file, or a folder with everything in it.
    pub(crate) async fn delete(&self, tenant: &TenantId, path: &ArtifactPath) -> Result<(), Problem> {
        let (root, aside, of) = (self.tenant_root(tenant), self.aside(), path.clone());
        let deleted = blocking(move || {
            let Some(metadata) = looked_at(&root, &of)? else { return Ok(false) };
            // Gone at once for everybody else; removing what is in it may take a while.
            fs::rename(of.within(&root), &aside)?;
            if metadata.is_dir() { fs::remove_dir_all(&aside) } else { fs::remove_file(&aside) }?;
            Ok(true)
        });
        match deleted.await {
            Ok(true) => Ok(()),
            Ok(false) => Err(no_artifact(path)),
            Err(error) => Err(Problem::of_io("delete artifacts", error)),
        }
    }

    /// Opens a file; none if there is none, or if it is a folder.
    pub(crate) async fn open_file(
        &self,
        tenant: &TenantId,
        path: &ArtifactPath,
    ) -> Result<Option<(File, u64)>, Problem> {
        let (root, path) = (self.tenant_root(tenant), path.clone());
        let opened = blocking(move || {
            let Some(found) = looked_at(&root, &path)?.filter(Metadata::is_file) else { return Ok(None) };
            let file = File::open(path.within(&root))?;
            let opened = file.metadata()?;
            if (opened.dev(), opened.ino()) != (found.dev(), found.ino()) {
                return Err(io::Error::other("it was replaced meanwhile"));
            }
            Ok(Some((file, opened.len())))
        });
        opened.await.map_err(|error| Problem::of_io("open the artifact", error))
    }

    /// Where a tenant's artifact lies on disk, if every folder on the way is one.
    pub(crate) async fn place(&self, tenant: &TenantId, path: &ArtifactPath) -> Result<Option<PathBuf>, Problem> {
        let (root, path) = (self.tenant_root(tenant), path.clone());
        let place = blocking(move || Ok(looked_at(&root, &path)?.map(|_| path.within(&root))));
        place.await.map_err(|error| Problem::of_io("look at the artifacts", error))
    }
}

/// That there is no such artifact.
pub(crate) fn no_artifact(path: &ArtifactPath) -> Problem {
    Problem::new(Code::Missing, format!("No such artifact: '{}'", path.as_str()))
}

/// What lies at `path`, none if nothing does. A link anywhere on the way is nothing.
fn looked_at(root: &Path, path: &ArtifactPath) -> io::Result<Option<Metadata>> {
    let mut place = root.to_owned();
    let mut found = None;
    for name in path.as_str().split('/') {
        place.push(name);
        let metadata = match fs::symlink_metadata(&place) {
            Ok(metadata) => metadata,
            Err(error) if matches!(error.kind(), ErrorKind::NotFound | ErrorKind::NotADirectory) => return Ok(None),
            Err(error) => return Err(error),
        };
        if metadata.is_symlink() {
            return Ok(None);
        }
        found = Some(metadata);
    }
    Ok(found)
}

async fn blocking<T: Send + 'static>(work: impl FnOnce() -> io::Result<T> + Send + 'static) -> io::Result<T> {
    spawn_blocking(work).await.map_err(io::Error::other)?
}
