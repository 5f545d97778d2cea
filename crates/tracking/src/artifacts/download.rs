//! Downloads: a file as a stream of bytes, in constant memory, compared on its way with what it should be.

use std::fs::File;
use std::io::{self, Read as _};
use std::pin::Pin;
use std::task::{Context, Poll};

use axum::body::Body;
use bytes::Bytes;
use http_body::{Frame, SizeHint};
use redoubt_domain::Digest;
use redoubt_models::sign::Hasher;
use tokio::sync::mpsc;
use tokio::task::spawn_blocking;

/// What is read at once.
const PIECE_BYTES: usize = 256 << 10;

/// A file as the body of an answer. If `expected` is given and the file is another, the last piece is held back and the
/// connection cut, so that the client knows that it has not got it.
pub(crate) fn body(file: File, length: u64, expected: Option<Digest>) -> Body {
    let (pieces, receiver) = mpsc::channel(2);
    spawn_blocking(move || {
        if let Err(error) = send(file, length, expected, &pieces) {
            tracing::error!(error = &error as &dyn std::error::Error, "a download was cut off");
            let _ = pieces.blocking_send(Err(error));
        }
    });
    Body::new(Download { pieces: receiver, left: length })
}

fn send(
    mut file: File,
    length: u64,
    expected: Option<Digest>,
    pieces: &mpsc::Sender<io::Result<Bytes>>,
) -> io::Result<()> {
    let mut hasher = expected.map(|_| Hasher::default());
    let mut left = length;
    while left > 0 {
        let size = usize::try_from(left).unwrap_or(PIECE_BYTES).min(PIECE_BYTES);
        let mut piece = vec![0; size];
        // An error if the file is shorter than it was when it was opened.
        file.read_exact(&mut piece)?;
        left -= size as u64;
        if let Some(hasher) = &mut hasher {
            hasher.update(&piece);
        }
        if left == 0 && hasher.take().map(Hasher::finish) != expected {
            return Err(io::Error::other("a registered file is not what it was when it was scanned"));
        }
        if pieces.blocking_send(Ok(piece.into())).is_err() {
            // The client went away.
            return Ok(());
        }
    }
    Ok(())
}

struct Download {
    pieces: mpsc::Receiver<io::Result<Bytes>>,
    left: u64,
}

impl http_body::Body for Download {
    type Data = Bytes;
    type Error = io::Error;

    fn poll_frame(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<Option<io::Result<Frame<Bytes>>>> {
        self.pieces.poll_recv(context).map(|piece| {
            let piece = piece?;
            if let Ok(bytes) = &piece {
                self.left = self.left.saturating_sub(bytes.len() as u64);
            }
            Some(piece.map(Frame::data))
        })
    }

    fn size_hint(&self) -> SizeHint {
        SizeHint::with_exact(self.left)
    }
}
