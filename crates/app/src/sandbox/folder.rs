//! The folder in which a program runs, and what it leaves there.

use std::fs::{self, DirBuilder, File, OpenOptions};
use std::io::{self, Read, Write};
use std::os::unix::fs::{DirBuilderExt, MetadataExt, OpenOptionsExt, chown};
use std::path::{Path, PathBuf};

use redoubt_pipeline::TaskError;
use rustix::fs::{CWD, Mode, OFlags, ResolveFlags, openat2};
use rustix::process::geteuid;

/// Whom a program runs as if we are the system's root: limits do not hold for that one.
pub(super) const NOBODY: u32 = 65_534;
/// The deepest tree that a program may leave.
const DEPTH_MAX: usize = 32;
/// The most entries of it.
const ENTRIES_MAX: usize = 100_000;

/// How folders are called, before sixteen digits of chance.
const PREFIX: &str = "redoubt-";
/// How they are called until they are locked.
const NEW: &str = "new-redoubt-";
/// The file that is locked as long as somebody uses the folder.
const LOCK: &str = "lock";

/// A fresh folder, gone with this value. If this process is killed, the next one removes it.
#[derive(Debug)]
pub(super) struct Folder {
    path: PathBuf,
    owner: Option<u32>,
    /// Held for others to see that somebody is at it.
    _lock: File,
}

impl Folder {
    /// Makes one, for another user if one is given.
    pub(super) fn new(owner: Option<u32>) -> io::Result<Self> {
        let above = std::env::temp_dir();
        sweep(&above);
        let mut name = [0_u8; 8];
        getrandom::fill(&mut name).map_err(io::Error::other)?;
        let name = format!("{:016x}", u64::from_le_bytes(name));
        // Nobody may see it without its lock.
        let (new, path) = (above.join(format!("{NEW}{name}")), above.join(format!("{PREFIX}{name}")));
        DirBuilder::new().mode(if owner.is_some() { 0o711 } else { 0o700 }).create(&new)?;
        let lock = OpenOptions::new().write(true).create_new(true).mode(0o600).open(new.join(LOCK))?;
        lock.lock()?;
        fs::rename(&new, &path)?;
        let folder = Self { path, owner, _lock: lock };
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

/// Removes the folders that processes left which were killed: those of this user that nobody holds locked. What cannot be
/// removed stays, since a program has no use for our troubles.
fn sweep(above: &Path) {
    let own = geteuid().as_raw();
    for entry in fs::read_dir(above).into_iter().flatten().flatten().take(ENTRIES_MAX) {
        let name = entry.file_name();
        let digits = name.to_str().and_then(|name| name.strip_prefix(PREFIX)).unwrap_or_default();
        let is_ours = digits.len() == 16 && digits.bytes().all(|byte| byte.is_ascii_hexdigit());
        // Not through a link: whoever else may write there must not choose what goes.
        let is_folder = || entry.metadata().is_ok_and(|it| it.is_dir() && it.uid() == own);
        if !is_ours || !is_folder() {
            continue;
        }
        let lock = OpenOptions::new()
            .write(true)
            .custom_flags(OFlags::NOFOLLOW.bits().cast_signed())
            .open(entry.path().join(LOCK));
        if lock.is_ok_and(|lock| lock.try_lock().is_ok()) {
            _ = fs::remove_dir_all(entry.path());
        }
    }
}

impl Drop for Folder {
    fn drop(&mut self) {
        // What a program made unreadable stays behind; it is in the folder for temporary files.
        _ = fs::remove_dir_all(&self.path);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_a_killed_process_left_goes_and_what_is_used_stays() {
        let above = tempfile::tempdir().unwrap();
        let make = |name: &str, has_lock: bool| {
            let folder = above.path().join(name);
            fs::create_dir_all(folder.join("work")).unwrap();
            if has_lock { Some(File::create(folder.join(LOCK)).unwrap()) } else { None }
        };
        make("redoubt-0123456789abcdef", true);
        let held = make("redoubt-00000000000000aa", true).unwrap();
        held.lock().unwrap();
        make("redoubt-00000000000000bb", false);
        make("redoubt-notes", true);
        std::os::unix::fs::symlink(above.path().join("redoubt-notes"), above.path().join("redoubt-00000000000000cc"))
            .unwrap();
        sweep(above.path());
        let mut left: Vec<String> = fs::read_dir(above.path())
            .unwrap()
            .map(|entry| entry.unwrap().file_name().into_string().unwrap())
            .collect();
        left.sort();
        let expected =
            ["redoubt-00000000000000aa", "redoubt-00000000000000bb", "redoubt-00000000000000cc", "redoubt-notes"];
        assert_eq!(left, expected);
    }
}
