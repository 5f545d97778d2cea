//! The folder in which a program runs, and what it leaves there.

use std::fs::{self, DirBuilder, File, OpenOptions};
use std::io::{self, Read, Write};
use std::os::unix::fs::{DirBuilderExt, OpenOptionsExt, chown};
use std::path::{Path, PathBuf};

use redoubt_pipeline::TaskError;
use rustix::fs::{CWD, Mode, OFlags, ResolveFlags, openat2};

/// Whom a program runs as if we are the system's root: limits do not hold for that one.
pub(super) const NOBODY: u32 = 65_534;
/// The deepest tree that a program may leave.
const DEPTH_MAX: usize = 32;
/// The most entries of it.
const ENTRIES_MAX: usize = 100_000;

/// A fresh folder, gone with this value.
#[derive(Debug)]
pub(super) struct Folder {
    path: PathBuf,
    owner: Option<u32>,
}

impl Folder {
    /// Makes one, for another user if one is given.
    pub(super) fn new(owner: Option<u32>) -> io::Result<Self> {
        let mut name = [0_u8; 8];
        getrandom::fill(&mut name).map_err(io::Error::other)?;
        let path = std::env::temp_dir().join(format!("redoubt-{:016x}", u64::from_le_bytes(name)));
        DirBuilder::new().mode(if owner.is_some() { 0o711 } else { 0o700 }).create(&path)?;
        let folder = Self { path, owner };
        for name in ["root", "work", "work/.tmp"] {
            folder.make(Path::new(name))?;
        }
        Ok(folder)
    }

    pub(super) fn path(&self) -> &Path {
        &self.path
    }

    pub(super) fn work(&self) -> PathBuf {
        self.path.join("work")
    }

    fn make(&self, name: &Path) -> io::Result<()> {
        let path = self.path.join(name);
        DirBuilder::new().mode(0o700).create(&path)?;
        self.own(&path)
    }

    fn own(&self, path: &Path) -> io::Result<()> {
        match self.owner {
            Some(owner) => chown(path, Some(owner), Some(owner)),
            None => Ok(()),
        }
    }

    /// Writes a file beside what the program sees, or below `work`, with the folders above it.
    pub(super) fn put(&self, name: &str, bytes: &[u8], mode: u32) -> io::Result<()> {
        let mut above = PathBuf::new();
        for part in Path::new(name).parent().into_iter().flat_map(Path::components) {
            above.push(part);
            if !self.path.join(&above).is_dir() {
                self.make(&above)?;
            }
        }
        let path = self.path.join(name);
        let mut file = OpenOptions::new().write(true).create_new(true).mode(mode).open(&path)?;
        file.write_all(bytes)?;
        self.own(&path)
    }

    /// What the program left in a file: a plain one, in its folder, reached by no link.
    pub(super) fn take(&self, name: &str, bytes_max: u64) -> Result<Vec<u8>, TaskError> {
        let wrong = |reason: String| TaskError::Output(format!("the output `{name}` {reason}"));
        let work = openat2(CWD, self.work(), OFlags::PATH | OFlags::DIRECTORY, Mode::empty(), ResolveFlags::empty());
        let work = work.map_err(|error| wrong(format!("cannot be read: {error}")))?;
        let flags = OFlags::RDONLY | OFlags::NOFOLLOW | OFlags::NONBLOCK | OFlags::CLOEXEC;
        let within = ResolveFlags::BENEATH | ResolveFlags::NO_SYMLINKS | ResolveFlags::NO_MAGICLINKS;
        let file = match openat2(&work, name, flags, Mode::empty(), within) {
            Ok(file) => File::from(file),
            Err(rustix::io::Errno::NOENT) => return Err(wrong("is not there".to_owned())),
            Err(rustix::io::Errno::LOOP | rustix::io::Errno::XDEV) => {
                return Err(wrong("is a link, or lies behind one; write the file itself".to_owned()));
            }
            Err(error) => return Err(wrong(format!("cannot be read: {error}"))),
        };
        let metadata = file.metadata().map_err(|error| wrong(format!("cannot be read: {error}")))?;
        if !metadata.is_file() {
            return Err(wrong("is not a plain file".to_owned()));
        }
        if metadata.len() > bytes_max {
            return Err(wrong(format!("has {} bytes, and {bytes_max} are the most", metadata.len())));
        }
        let mut bytes = Vec::new();
        file.take(bytes_max).read_to_end(&mut bytes).map_err(|error| wrong(format!("cannot be read: {error}")))?;
        Ok(bytes)
    }

    /// How many bytes lie in the folder; more than there may be if it is deeper or fuller than is looked at.
    pub(super) fn size(&self) -> u64 {
        let (mut sum, mut left) = (0_u64, ENTRIES_MAX);
        let mut folders = vec![(self.work(), 0)];
        while let Some((folder, depth)) = folders.pop() {
            let Ok(entries) = fs::read_dir(folder) else { continue };
            for entry in entries.flatten() {
                left = left.saturating_sub(1);
                if left == 0 || depth == DEPTH_MAX {
                    return u64::MAX;
                }
                match entry.metadata() {
                    Ok(metadata) if metadata.is_dir() => folders.push((entry.path(), depth + 1)),
                    Ok(metadata) => sum = sum.saturating_add(metadata.len()),
                    Err(_) => {}
                }
            }
        }
        sum
    }
}

impl Drop for Folder {
    fn drop(&mut self) {
        // What a program made unreadable stays behind; it is in the folder for temporary files.
        _ = fs::remove_dir_all(&self.path);
    }
}
