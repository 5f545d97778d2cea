//! Uploads: a stream of bytes becomes a file in one step, in constant memory.

use std::fs::{self, File};
use std::io::{ErrorKind, Write as _};
use std::path::{Path, PathBuf};

use axum::body::Body;
use bytes::{Bytes, BytesMut};
use http_body_util::BodyExt as _;
use redoubt_domain::TenantId;
use tokio::time::timeout;

use super::{ArtifactPath, Artifacts, blocking, looked_at};
use crate::limits::BODY_TIMEOUT;
use crate::problem::{Code, Problem};

/// What is gathered before it is written: one message to another thread for each.
const PIECE_BYTES: usize = 1 << 20;

impl Artifacts {
    /// Writes what comes to `path`, in the place of what was there.
    pub(crate) async fn upload(&self, tenant: &TenantId, path: &ArtifactPath, mut body: Body) -> Result<(), Problem> {
        let announced = http_body::Body::size_hint(&body).lower();
        self.check_size(announced)?;
        let mut written = Aside { path: self.aside(), file: None, is_synchronised: self.is_synchronised };
        let mut total = 0_u64;
        loop {
            let (piece, is_last) = piece(&mut body).await?;
            total += piece.len() as u64;
            self.check_size(total)?;
            let (root, path) = (self.tenant_root(tenant), path.clone());
            let work = blocking(move || {
                written.write(&piece)?;
                if is_last {
                    written.finish(&root, &path)?;
                }
                Ok(written)
            });
            written = work.await.map_err(|error| match error.kind() {
                ErrorKind::IsADirectory | ErrorKind::NotADirectory | ErrorKind::AlreadyExists => {
                    Problem::invalid("a file cannot take the place of a folder, nor a folder that of a file")
                }
                _ => Problem::of_io("write the artifact", error),
            })?;
            if is_last {
                return Ok(());
            }
        }
    }

    fn check_size(&self, bytes: u64) -> Result<(), Problem> {
        if bytes <= self.bytes_max {
            return Ok(());
        }
        let message = format!("an artifact has at most {} bytes here, see `artifact_bytes`", self.bytes_max);
        Err(Problem::new(Code::TooLarge, message))
    }
}

/// The next bytes of a body, about [`PIECE_BYTES`] of them, and whether they are the last.
async fn piece(body: &mut Body) -> Result<(Bytes, bool), Problem> {
    let mut many = BytesMut::new();
    let mut one: Option<Bytes> = None;
    while many.len() < PIECE_BYTES {
        let frame = timeout(BODY_TIMEOUT, body.frame()).await;
        let frame = frame.map_err(|_| Problem::invalid("the artifact did not come in time"))?;
        let Some(frame) = frame else {
            let whole = one.unwrap_or_else(|| many.freeze());
            return Ok((whole, true));
        };
        let frame = frame.map_err(|_| Problem::invalid("the artifact ended early"))?;
        let Ok(data) = frame.into_data() else { continue };
        match (one.take(), many.is_empty()) {
            // Most artifacts come in one piece, which need not be copied.
            (None, true) if data.len() < PIECE_BYTES => one = Some(data),
            (first, _) => {
                many.extend_from_slice(&first.unwrap_or_default());
                many.extend_from_slice(&data);
            }
        }
    }
    Ok((many.freeze(), false))
}

/// A file that nobody sees yet; removed if it comes to nothing.
struct Aside {
    path: PathBuf,
    file: Option<File>,
    is_synchronised: bool,
}

impl Aside {
    fn write(&mut self, piece: &[u8]) -> std::io::Result<()> {
        let file = match &mut self.file {
            Some(file) => file,
            None => self.file.insert(File::options().write(true).create_new(true).open(&self.path)?),
        };
        file.write_all(piece)
    }

    fn finish(&mut self, root: &Path, path: &ArtifactPath) -> std::io::Result<()> {
        let place = path.within(root);
        let folder = place.parent().unwrap_or(root);
        fs::create_dir_all(folder)?;
        if let Some((folder, _)) = path.as_str().rsplit_once('/') {
            let folder = ArtifactPath::parse(folder).map_err(std::io::Error::other)?;
            if looked_at(root, &folder)?.is_none() {
                return Err(std::io::Error::other("a folder on the way is a link"));
            }
        }
        if let Some(file) = self.file.as_ref().filter(|_| self.is_synchronised) {
            file.sync_all()?;
        }
        fs::rename(&self.path, &place)?;
        self.file = None;
        if self.is_synchronised {
            // The names of the file and of the folders on the way, each in the folder above it.
            for folder in folder.ancestors() {
                File::open(folder)?.sync_all()?;
                if root.parent() == Some(folder) {
                    break;
                }
            }
        }
        Ok(())
    }
}

impl Drop for Aside {
    fn drop(&mut self) {
        if self.file.is_some() {
            let _ = fs::remove_file(&self.path);
        }
    }
}
