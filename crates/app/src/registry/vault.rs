//! Where the sealed files of versions lie.
//!
//! ```text
//! HOME/models/PLACE/.lock      held while the place is being filled
//!                   0, 1, …    the files, sealed, in the order of the manifest
//! ```
//!
//! A place is filled once. It counts when a version in the registry has it, which is written after all of it is
//! durable; whatever was left behind by a process that died is removed by the next import.

use std::fs::{self, File, OpenOptions};
use std::io::{self, ErrorKind};
use std::os::unix::fs::{DirBuilderExt, OpenOptionsExt};
use std::path::{Path, PathBuf};

use redoubt_registry::{Registry, RegistryError};

use crate::shelf::FileError;

const LOCK: &str = ".lock";

/// The sealed files of all versions.
#[derive(Debug)]
pub(crate) struct Vault {
    root: PathBuf,
}

/// A place that is being filled. While it lives, nobody takes it for a leftover.
#[derive(Debug)]
pub(crate) struct Filling {
    folder: PathBuf,
    _lock: File,
}

impl Vault {
    /// That of the installation at `home`.
    pub(crate) fn new(home: &Path) -> Self {
        Self { root: home.join("models") }
    }

    /// Begins to fill a place.
    pub(crate) fn fill(&self, place: &str) -> Result<Filling, FileError> {
        let folder = self.root.join(place);
        let made = fs::DirBuilder::new().recursive(true).mode(0o700).create(&self.root);
        made.map_err(failed("create", &self.root))?;
        fs::DirBuilder::new().mode(0o700).create(&folder).map_err(failed("create", &folder))?;
        let lock = lock_file(&folder).and_then(|lock| lock.lock().map(|()| lock));
        let lock = lock.map_err(failed("lock", &folder))?;
        Ok(Filling { folder, _lock: lock })
    }

    /// The sealed file with this number.
    pub(crate) fn open(&self, place: &str, number: usize) -> Result<File, FileError> {
        let path = self.root.join(place).join(number.to_string());
        File::open(&path).map_err(failed("open", &path))
    }

    /// Removes what no version has: leftovers of imports that died, and files of versions that were deleted.
    pub(crate) async fn sweep(&self, registry: &Registry) -> Result<(), SweepError> {
        for place in registry.unused(self.places()?).await? {
            let folder = self.root.join(&place);
            let lock = match lock_file(&folder) {
                Ok(lock) => lock,
                Err(error) if error.kind() == ErrorKind::NotFound => continue,
                Err(error) => return Err(failed("lock", &folder)(error).into()),
            };
            // Somebody is at it.
            if lock.try_lock().is_err() {
                continue;
            }
            // Whoever held the lock until now may have registered it.
            if registry.is_used(&place).await? {
                continue;
            }
            registry.forget(&place).await?;
            match fs::remove_dir_all(&folder) {
                Err(error) if error.kind() != ErrorKind::NotFound => {
                    return Err(failed("remove", &folder)(error).into());
                }
                _ => {}
            }
        }
        Ok(())
    }

    fn places(&self) -> Result<Vec<String>, FileError> {
        let entries = match fs::read_dir(&self.root) {
            Ok(entries) => entries,
            Err(error) if error.kind() == ErrorKind::NotFound => return Ok(Vec::new()),
            Err(error) => return Err(failed("list", &self.root)(error)),
        };
        let mut places = Vec::new();
        for entry in entries {
            let entry = entry.map_err(failed("list", &self.root))?;
            places.extend(entry.file_name().into_string().ok());
        }
        places.sort();
        Ok(places)
    }
}

impl Filling {
    /// A new file for what is sealed under this number.
    pub(crate) fn file(&self, number: usize) -> Result<File, FileError> {
        let path = self.folder.join(number.to_string());
        OpenOptions::new().write(true).create_new(true).mode(0o600).open(&path).map_err(failed("create", &path))
    }

    /// Makes the names of the files durable; each file was synchronised by whoever wrote it.
    pub(crate) fn sync(&self) -> Result<(), FileError> {
        let sync = |path: &Path| File::open(path)?.sync_all();
        let above = self.folder.parent().unwrap_or(&self.folder);
        sync(&self.folder).and_then(|()| sync(above)).map_err(failed("synchronise", &self.folder))
    }
}

/// Why leftovers were not removed.
#[derive(Debug, thiserror::Error)]
pub(crate) enum SweepError {
    /// The files failed.
    #[error(transparent)]
    File(#[from] FileError),
    /// The registry failed.
    #[error(transparent)]
    Registry(#[from] RegistryError),
}

fn lock_file(folder: &Path) -> io::Result<File> {
    OpenOptions::new().write(true).create(true).truncate(false).mode(0o600).open(folder.join(LOCK))
}

fn failed(operation: &'static str, path: &Path) -> impl FnOnce(io::Error) -> FileError {
    let path = path.to_owned();
    move |source| FileError::System { operation, path, source }
}
