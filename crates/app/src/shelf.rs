//! Where pipelines keep what their steps made: files under the home, named by their digests.
//!
//! ```text
//! HOME/pipelines/objects/ab/cdef…      bytes, by their SHA-256
//!                steps/KEY.json        what a step made, by what it was given
//!                last/PIPELINE/STEP.json   the same, the last time
//! ```
//!
//! Each file is written beside its place, synchronised and renamed, and a step is noted after what it made: whenever
//! the process dies, a step is either noted with all its products or not at all.

use std::fs::{self, File, OpenOptions};
use std::io::{self, ErrorKind, Read, Write};
use std::os::unix::fs::OpenOptionsExt;
use std::path::{Path, PathBuf};

use crate::sandbox::DiskOutside;

use redoubt_pipeline::{Digest, Outside, Record, Shelf, ShelfError, Source};

/// The largest data set or product that is read.
const BYTES_MAX: u64 = 4 * 1024 * 1024 * 1024;

/// What goes wrong with the files.
#[derive(Debug, thiserror::Error)]
pub(crate) enum FileError {
    /// The system says so.
    #[error("cannot {operation} `{}`", path.display())]
    System {
        /// What was tried.
        operation: &'static str,
        /// With what.
        path: PathBuf,
        /// Why not.
        source: io::Error,
    },
    /// There is nothing.
    #[error("there is no file `{}`", .0.display())]
    Missing(PathBuf),
    /// It is a directory, a device or a pipe.
    #[error("`{}` is not a plain file", .0.display())]
    NotAFile(PathBuf),
    /// It is too large.
    #[error("`{}` has {actual} bytes, and {BYTES_MAX} are the most", path.display())]
    TooLarge {
        /// Which.
        path: PathBuf,
        /// Its size.
        actual: u64,
    },
}

/// Files under a directory.
#[derive(Debug)]
pub(crate) struct DiskShelf {
    root: PathBuf,
    /// From where data sets are named.
    base: PathBuf,
    outside: DiskOutside,
}

impl DiskShelf {
    /// Those of the installation at `home`; paths of data sets start from `base`.
    pub(crate) fn new(home: &Path, base: &Path) -> Self {
        let outside = DiskOutside::new(base, false);
        Self { root: home.join("pipelines"), base: base.to_owned(), outside }
    }

    /// What steps made lies in `store`, which several machines may share, in the place of the home.
    pub(crate) fn at(self, store: &Path) -> Self {
        Self { root: store.to_owned(), ..self }
    }

    /// Programs without walls may be run, where the file says so too.
    pub(crate) fn allow_unsandboxed(self) -> Self {
        Self { outside: DiskOutside::new(&self.base, true), ..self }
    }

    fn object(&self, digest: &Digest) -> PathBuf {
        let (first, rest) = digest.hex().split_at_checked(2).unwrap_or(("", digest.hex()));
        self.root.join("objects").join(first).join(rest)
    }

    fn step(&self, key: &Digest) -> PathBuf {
        self.root.join("steps").join(format!("{}.json", key.hex()))
    }

    fn latest(&self, pipeline: &str, step: &str) -> PathBuf {
        self.root.join("last").join(pipeline).join(format!("{step}.json"))
    }

    /// A record that cannot be read is as good as none: the step runs again.
    fn record(path: &Path) -> Result<Option<Record>, FileError> {
        let Some(bytes) = read_if(path)? else { return Ok(None) };
        let value = serde_json::from_slice(&bytes).ok();
        Ok(value.as_ref().and_then(Record::from_json))
    }
}

impl Shelf for DiskShelf {
    fn source(&self, source: &Source) -> Result<Vec<u8>, ShelfError> {
        let path = self.base.join(&source.path);
        Ok(read_if(&path)?.ok_or(FileError::Missing(path))?)
    }

    fn keep(&self, digest: &Digest, bytes: &[u8]) -> Result<(), ShelfError> {
        Ok(write(&self.object(digest), bytes)?)
    }

    fn fetch(&self, digest: &Digest) -> Result<Option<Vec<u8>>, ShelfError> {
        Ok(read_if(&self.object(digest))?.filter(|bytes| Digest::of(bytes) == *digest))
    }

    fn note(&self, key: &Digest, record: &Record) -> Result<(), ShelfError> {
        let bytes = format!("{:#}\n", record.to_json()).into_bytes();
        write(&self.step(key), &bytes)?;
        Ok(write(&self.latest(&record.pipeline, &record.step), &bytes)?)
    }

    fn noted(&self, key: &Digest) -> Result<Option<Record>, ShelfError> {
        Ok(Self::record(&self.step(key))?)
    }

    fn outside(&self) -> Option<&dyn Outside> {
        Some(&self.outside)
    }

    fn last(&self, pipeline: &str, step: &str) -> Result<Option<Record>, ShelfError> {
        Ok(Self::record(&self.latest(pipeline, step))?)
    }
}

fn failed(operation: &'static str, path: &Path) -> impl FnOnce(io::Error) -> FileError {
    let path = path.to_owned();
    move |source| FileError::System { operation, path, source }
}

/// The bytes of a file; none if it is not there.
pub(crate) fn read_if(path: &Path) -> Result<Option<Vec<u8>>, FileError> {
    let file = match File::open(path) {
        Ok(file) => file,
        Err(error) if error.kind() == ErrorKind::NotFound => return Ok(None),
        Err(error) => return Err(failed("open", path)(error)),
    };
    let metadata = file.metadata().map_err(failed("read", path))?;
    if !metadata.is_file() {
        return Err(FileError::NotAFile(path.to_owned()));
    }
    if metadata.len() > BYTES_MAX {
        return Err(FileError::TooLarge { path: path.to_owned(), actual: metadata.len() });
    }
    let mut bytes = Vec::new();
    file.take(BYTES_MAX).read_to_end(&mut bytes).map_err(failed("read", path))?;
    Ok(Some(bytes))
}

/// Puts a file in its place, whole or not at all, and there after a crash.
pub(crate) fn write(path: &Path, bytes: &[u8]) -> Result<(), FileError> {
    let folder = path.parent().filter(|folder| !folder.as_os_str().is_empty()).unwrap_or(Path::new("."));
    fs::create_dir_all(folder).map_err(failed("create", folder))?;
    // Whoever else writes it at the same time, on whatever machine, has another name.
    let mut chance = [0_u8; 8];
    let drawn = getrandom::fill(&mut chance).map_err(io::Error::other);
    drawn.map_err(failed("name a file beside", path))?;
    let mut beside = path.as_os_str().to_owned();
    beside.push(format!(".{:016x}.part", u64::from_le_bytes(chance)));
    let beside = PathBuf::from(beside);
    let written = OpenOptions::new()
        .write(true)
        .create_new(true)
        .mode(0o600)
        .open(&beside)
        .and_then(|mut file| file.write_all(bytes).and_then(|()| file.sync_all()));
    let placed = written.and_then(|()| fs::rename(&beside, path)).and_then(|()| File::open(folder)?.sync_all());
    placed.map_err(|error| {
        // Half a file must not take the room that the next try needs.
        _ = fs::remove_file(&beside);
        failed("write", path)(error)
    })
}
