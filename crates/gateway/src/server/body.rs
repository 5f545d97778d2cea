//! Bodies: what comes in, bounded in size and time, and what goes out.

use std::pin::Pin;
use std::task::{Context, Poll};

use bytes::{Bytes, BytesMut};
use http_body::{Body, Frame, SizeHint};
use http_body_util::BodyExt as _;
use hyper::body::Incoming;
use redoubt_domain::Limits;
use thiserror::Error;
use tokio::time::timeout;

use crate::stream::AnswerStream;

/// Why a request's body could not be had.
#[derive(Debug, Error, PartialEq, Eq)]
pub(crate) enum BodyError {
    #[error("the request has more than {max} bytes")]
    TooLarge { max: usize },
    #[error("the request's body did not come in time")]
    Slow,
    #[error("the request's body ended early")]
    Broken,
}

/// Reads a request's body, if it is small enough and comes in time.
pub(crate) async fn read_body(mut body: Incoming, limits: &Limits) -> Result<Bytes, BodyError> {
    let max = limits.body_bytes_max;
    // What is announced too large is refused unread.
    if body.size_hint().lower() > max as u64 {
        return Err(BodyError::TooLarge { max });
    }
    let read = async {
        let mut whole = Pieces::None;
        while let Some(frame) = body.frame().await {
            let Ok(data) = frame.map_err(|_| BodyError::Broken)?.into_data() else { continue };
            if whole.len() + data.len() > max {
                return Err(BodyError::TooLarge { max });
            }
            whole = whole.with(data);
        }
        Ok(whole.join())
    };
    timeout(limits.body_read_timeout, read).await.unwrap_or(Err(BodyError::Slow))
}

/// Most bodies come in one piece, which need not be put together.
enum Pieces {
    None,
    One(Bytes),
    Many(BytesMut),
}

impl Pieces {
    fn len(&self) -> usize {
        match self {
            Self::None => 0,
            Self::One(bytes) => bytes.len(),
            Self::Many(bytes) => bytes.len(),
        }
    }

    fn with(self, data: Bytes) -> Self {
        match self {
            Self::None => Self::One(data),
            Self::One(first) => {
                let mut many = BytesMut::with_capacity((first.len() + data.len()) * 2);
                many.extend_from_slice(&first);
                many.extend_from_slice(&data);
                Self::Many(many)
            }
            Self::Many(mut many) => {
                many.extend_from_slice(&data);
                Self::Many(many)
            }
        }
    }

    fn join(self) -> Bytes {
        match self {
            Self::None => Bytes::new(),
            Self::One(bytes) => owned(bytes),
            Self::Many(bytes) => bytes.freeze(),
        }
    }
}

/// The same bytes, and if they are few not as a part of a connection's buffer: while anything holds that, the
/// connection needs another for its next message, which is many times as large as most bodies are.
pub(crate) fn owned(bytes: Bytes) -> Bytes {
    const COPIED_BYTES_MAX: usize = 4 << 10;
    if bytes.len() <= COPIED_BYTES_MAX { Bytes::copy_from_slice(&bytes) } else { bytes }
}

/// What leaves as the body of an answer.
pub(crate) enum Outgoing {
    /// Everything at once; none once it has left.
    Whole(Option<Bytes>),
    /// A streamed answer.
    Stream(Box<AnswerStream>),
    /// An answer of the admin plane.
    Admin(axum::body::Body),
}

impl Outgoing {
    pub(crate) const fn whole(bytes: Bytes) -> Self {
        Self::Whole(Some(bytes))
    }
}

/// A body that was cut off: the connection breaks, so that the client knows it has not seen the end.
pub(crate) type BodyCut = Box<dyn std::error::Error + Send + Sync>;

impl Body for Outgoing {
    type Data = Bytes;
    type Error = BodyCut;

    fn poll_frame(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Option<Result<Frame<Bytes>, BodyCut>>> {
        match &mut *self {
            Self::Whole(bytes) => Poll::Ready(bytes.take().filter(|b| !b.is_empty()).map(|b| Ok(Frame::data(b)))),
            Self::Stream(stream) => stream.poll_next(cx).map(|piece| piece.map(|bytes| bytes.map(Frame::data))),
            Self::Admin(body) => Pin::new(body).poll_frame(cx).map_err(Into::into),
        }
    }

    fn is_end_stream(&self) -> bool {
        match self {
            Self::Whole(bytes) => bytes.as_ref().is_none_or(Bytes::is_empty),
            Self::Stream(_) => false,
            Self::Admin(body) => body.is_end_stream(),
        }
    }

    fn size_hint(&self) -> SizeHint {
        match self {
            Self::Whole(bytes) => SizeHint::with_exact(bytes.as_ref().map_or(0, Bytes::len) as u64),
            Self::Stream(_) => SizeHint::default(),
            Self::Admin(body) => body.size_hint(),
        }
    }
}
