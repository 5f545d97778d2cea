//! The home directory: the installation's secrets and state.

use std::cell::RefCell;
use std::fs::{self, File, OpenOptions};
use std::io::{self, Read, Write};
use std::os::unix::fs::{OpenOptionsExt, PermissionsExt};
use std::path::{Path, PathBuf};
use std::thread::{self, JoinHandle};

use aws_lc_rs::rand::{SecureRandom, SystemRandom};
use redoubt_audit::{KeyError, SigningKey};
use redoubt_domain::Secret;
use redoubt_domain::seams::{Clock, Entropy};
use redoubt_domain::time::Timestamp;
use redoubt_registry::{AttestationError, AttestationKey};
use thiserror::Error;
use zeroize::Zeroize as _;

/// Why the home cannot be used.
#[derive(Debug, Error)]
pub(crate) enum HomeError {
    /// Something else has its name.
    #[error("`{}` is not a directory, so it cannot be a home", path.display())]
    NotADirectory {
        /// What is there.
        path: PathBuf,
    },
    /// There is none.
    #[error(
        "there is no installation in `{}`; go where `redoubt serve` runs, or name its home with `--home`",
        path.display()
    )]
    Missing {
        /// Where it should be.
        path: PathBuf,
    },
    /// The system refused.
    #[error("cannot {operation} `{}`", path.display())]
    System {
        /// What was tried.
        operation: &'static str,
        /// On which path.
        path: PathBuf,
        /// What the system said.
        #[source]
        source: io::Error,
    },
    /// A secret can be read by others.
    #[error("`{}` can be read by others (mode {mode:o}); run `chmod 600 {}`", path.display(), path.display())]
    Exposed {
        /// The secret's file.
        path: PathBuf,
        /// Its permissions.
        mode: u32,
    },
    /// The seed does not make a key.
    #[error("cannot make the key of the audit log")]
    SigningKey(#[from] KeyError),
    /// The seed does not make a key for evidence.
    #[error("cannot make the key of evidence about models")]
    AttestationKey(#[from] AttestationError),
    /// A secret does not have the length of one.
    #[error("`{}` holds {actual} bytes, a key has 32; restore it from a backup", path.display())]
    Damaged {
        /// The secret's file.
        path: PathBuf,
        /// Its size.
        actual: usize,
    },
}

/// The directory under which an installation keeps everything.
#[derive(Clone, Debug)]
pub(crate) struct Home {
    path: PathBuf,
}

impl Home {
    /// Opens the home, making it (readable for its owner alone) if it is not there.
    pub(crate) fn open(path: &Path) -> Result<Self, HomeError> {
        if !path.exists() {
            let failed = |source| HomeError::System { operation: "create", path: path.to_owned(), source };
            fs::create_dir_all(path).map_err(failed)?;
            fs::set_permissions(path, fs::Permissions::from_mode(0o700)).map_err(failed)?;
        }
        Self::existing(path)
    }

    /// Opens a home that must be there already.
    pub(crate) fn existing(path: &Path) -> Result<Self, HomeError> {
        let path = path.to_owned();
        match path.metadata() {
            Ok(found) if found.is_dir() => Ok(Self { path }),
            Ok(_) => Err(HomeError::NotADirectory { path }),
            Err(error) if error.kind() == io::ErrorKind::NotFound => Err(HomeError::Missing { path }),
            Err(source) => Err(HomeError::System { operation: "open", path, source }),
        }
    }

    /// Where it is.
    pub(crate) fn path(&self) -> &Path {
        &self.path
    }

    /// The secret from which virtual keys are hashed and payload keys wrapped.
    pub(crate) fn master(&self) -> Result<Secret<[u8; 32]>, HomeError> {
        self.secret("master.key")
    }

    /// The key that signs the audit log's checkpoints.
    pub(crate) fn signing_key(&self) -> Result<SigningKey, HomeError> {
        Ok(SigningKey::from_seed(AUDIT_ORIGIN, &self.signing_seed()?)?)
    }

    /// The key that signs evidence about models: the same as the log's, whose checkpoints never look like evidence.
    pub(crate) fn attestation_key(&self) -> Result<AttestationKey, HomeError> {
        Ok(AttestationKey::from_seed(&self.signing_seed()?)?)
    }

    /// The seed of the installation's one signing key. What it signs begins with what it is (a checkpoint, evidence, a
    /// baseline), so that a signature under one is none under another.
    pub(crate) fn signing_seed(&self) -> Result<Secret<[u8; 32]>, HomeError> {
        self.secret("audit.key")
    }

    /// Thirty-two bytes kept in a file that only its owner can read; made at the first use.
    fn secret(&self, name: &str) -> Result<Secret<[u8; 32]>, HomeError> {
        let path = self.path.join(name);
        let failed = |operation| {
            let path = path.clone();
            move |source| HomeError::System { operation, path, source }
        };
        match File::open(&path) {
            Ok(mut file) => {
                let mode = file.metadata().map_err(failed("read"))?.permissions().mode() & 0o777;
                if mode & 0o077 != 0 {
                    return Err(HomeError::Exposed { path, mode });
                }
                let mut bytes = Vec::new();
                Read::by_ref(&mut file).take(64).read_to_end(&mut bytes).map_err(failed("read"))?;
                let key: [u8; 32] =
                    bytes.as_slice().try_into().map_err(|_| HomeError::Damaged { path, actual: bytes.len() })?;
                Ok(Secret::new(key))
            }
            Err(error) if error.kind() == io::ErrorKind::NotFound => {
                let mut key = [0; 32];
                SystemEntropy.fill(&mut key);
                let mut file = OpenOptions::new()
                    .write(true)
                    .create_new(true)
                    .mode(0o600)
                    .open(&path)
                    .map_err(failed("create"))?;
                file.write_all(&key).and_then(|()| file.sync_all()).map_err(failed("write"))?;
                Ok(Secret::new(key))
            }
            Err(error) => Err(failed("read")(error)),
        }
    }
}

/// The name of the log in its checkpoints (C2SP tlog-checkpoint "origin").
const AUDIT_ORIGIN: &str = "redoubt.local/audit";

/// The operating system's clock.
#[derive(Debug, Default)]
pub(crate) struct SystemClock;

impl Clock for SystemClock {
    fn now(&self) -> Timestamp {
        let since = std::time::SystemTime::now().duration_since(std::time::UNIX_EPOCH).unwrap_or_default();
        Timestamp::from_micros(u64::try_from(since.as_micros()).unwrap_or(u64::MAX))
    }
}

/// The operating system's randomness, as it is: the kernel's generator is seeded and needs no second one. The
/// cryptography library's own takes a tenth of a second of a processor before its first byte, and asks the
/// kernel at each call besides.
///
/// A request needs a few dozen bytes in several places. Each thread asks for some of them ahead; what has been given
/// out is wiped.
#[derive(Debug, Default)]
pub(crate) struct SystemEntropy;

/// Randomness asked for ahead.
struct Ahead {
    bytes: [u8; AHEAD],
    /// How many of the first are still to be given out.
    left: usize,
}

const AHEAD: usize = 512;

thread_local! {
    static HERE: RefCell<Ahead> = const { RefCell::new(Ahead { bytes: [0; AHEAD], left: 0 }) };
}

impl Ahead {
    fn take(&mut self, buffer: &mut [u8]) {
        if self.left < buffer.len() {
            ask(&mut self.bytes);
            self.left = AHEAD;
        }
        let from = self.left.saturating_sub(buffer.len());
        match self.bytes.get_mut(from..self.left) {
            Some(given) if given.len() == buffer.len() => {
                buffer.copy_from_slice(given);
                given.zeroize();
            }
            _ => ask(buffer),
        }
        self.left = from;
    }
}

#[expect(clippy::expect_used, reason = "without randomness no key is safe, and going on would hide it")]
fn ask(buffer: &mut [u8]) {
    getrandom::fill(buffer).expect("the operating system gives random bytes");
}

impl Entropy for SystemEntropy {
    fn fill(&self, buffer: &mut [u8]) {
        let is_small = buffer.len() <= AHEAD / 8;
        // A thread that is ending has no store any more.
        if !is_small || HERE.try_with(|here| here.borrow_mut().take(buffer)).is_err() {
            ask(buffer);
        }
    }
}

/// Has the cryptography library gather its own randomness, which TLS needs: done ahead and aside, the first
/// connection to an upstream does not wait for it.
///
/// Dropping this waits until it is done. The library frees its locks when the process ends, and a thread that took one
/// afterwards would abort: a server that is stopped right after its start must not end so.
#[derive(Debug)]
pub(crate) struct WarmCryptography(Option<JoinHandle<()>>);

impl WarmCryptography {
    pub(crate) fn begin() -> Self {
        Self(Some(thread::spawn(|| {
            // If it fails now, the handshake that needs it says so.
            let _ = SystemRandom::new().fill(&mut [0; 1]);
        })))
    }
}

impl Drop for WarmCryptography {
    fn drop(&mut self) {
        let _ = self.0.take().map(JoinHandle::join);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_secret_is_made_once_and_for_its_owner_alone() {
        let directory = tempfile::tempdir().unwrap();
        let home = Home::open(&directory.path().join("home")).unwrap();
        let first = *home.master().unwrap().expose();
        assert_eq!(first, *home.master().unwrap().expose());
        assert_ne!(first, [0; 32]);

        let path = home.path().join("master.key");
        assert_eq!(fs::metadata(&path).unwrap().permissions().mode() & 0o777, 0o600);
        fs::set_permissions(&path, fs::Permissions::from_mode(0o644)).unwrap();
        assert!(matches!(home.master(), Err(HomeError::Exposed { mode: 0o644, .. })));
    }

    #[test]
    fn what_was_asked_for_ahead_is_given_out_once() {
        let mut ahead = Ahead { bytes: [0; AHEAD], left: 0 };
        let mut seen = std::collections::HashSet::new();
        for length in (8..=AHEAD / 8).cycle().take(1_000) {
            let mut bytes = [0; AHEAD / 8];
            let buffer = &mut bytes[..length];
            ahead.take(buffer);
            assert!(buffer.windows(8).all(|window| seen.insert(window.to_vec())), "seen before");
            assert!(ahead.bytes[ahead.left..].iter().all(|byte| *byte == 0), "still there");
        }
        let mut long = vec![0; 4 * AHEAD];
        SystemEntropy.fill(&mut long);
        assert!(long.chunks(8).all(|chunk| seen.insert(chunk.to_vec())));
    }

    #[test]
    fn a_cut_secret_is_refused_rather_than_replaced() {
        let directory = tempfile::tempdir().unwrap();
        let home = Home::open(directory.path()).unwrap();
        home.master().unwrap();
        fs::write(home.path().join("master.key"), b"short").unwrap();
        assert!(matches!(home.master(), Err(HomeError::Damaged { actual: 5, .. })));
    }
}
