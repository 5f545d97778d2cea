//! What an upstream answers, with its time limits.

use std::pin::Pin;
use std::task::{Context, Poll, ready};
use std::time::Duration;

use bytes::{Bytes, BytesMut};
use http::HeaderMap;
use http::header::CONTENT_TYPE;
use http_body::{Body as _, Frame};
use hyper::body::Incoming;
use tokio::time::{Instant, Sleep, sleep_until};

use super::failure::{Failure, Stage};
use super::link::DrivenBody;
use crate::providers::demo::Script;
use crate::server::owned;

/// A successful answer: its head, and its body still to come.
pub struct Answer {
    /// Its headers.
    pub headers: HeaderMap,
    /// Its body.
    pub body: AnswerBody,
}

impl Answer {
    /// Whether the body is a stream of server-sent events. An upstream that does not say is believed to
    /// have done what it was asked.
    pub fn is_event_stream(&self) -> bool {
        let kind = self.headers.get(CONTENT_TYPE).and_then(|kind| kind.to_str().ok());
        kind.is_none_or(|kind| kind.trim_start().to_ascii_lowercase().starts_with("text/event-stream"))
    }
}

/// Where the pieces of an answer come from.
pub(super) enum Source {
    /// A connection that has a task of its own.
    Wire(Incoming),
    /// A connection that has none.
    Driven(DrivenBody),
    /// This process.
    Demo(Script),
}

impl Source {
    fn poll_frame(&mut self, context: &mut Context<'_>) -> Poll<Option<Result<Frame<Bytes>, Failure>>> {
        let broken = |error| Failure::Broken(Box::new(error));
        match self {
            Self::Wire(body) => Pin::new(body).poll_frame(context).map_err(broken),
            Self::Driven(body) => body.poll_frame(context).map_err(broken),
            Self::Demo(script) => script.poll_next(context).map(|piece| piece.map(|piece| Ok(Frame::data(piece)))),
        }
    }
}

/// The body of an answer. Dropping it before its end closes the connection, which tells the upstream to
/// stop.
pub struct AnswerBody {
    source: Source,
    idle: Duration,
    deadline: Instant,
    last: Instant,
    /// Fires when nothing has come for long enough that the time is worth looking at.
    alarm: Option<Pin<Box<Sleep>>>,
}

impl AnswerBody {
    pub(super) fn new(source: Source, idle: Duration, deadline: Instant) -> Self {
        Self { source, idle, deadline, last: Instant::now(), alarm: None }
    }

    pub(crate) fn demo(script: Script, idle: Duration, deadline: Instant) -> Self {
        Self::new(Source::Demo(script), idle, deadline)
    }

    /// The next piece; none at the end.
    pub(crate) fn poll_next(&mut self, context: &mut Context<'_>) -> Poll<Option<Result<Bytes, Failure>>> {
        match self.poll_source(context) {
            Poll::Ready(piece) => {
                // A timer is moved only when it fires: a stream of many small pieces costs no timer work.
                self.last = Instant::now();
                Poll::Ready(piece)
            }
            Poll::Pending => self.poll_alarm(context).map(|failure| Some(Err(failure))),
        }
    }

    fn poll_source(&mut self, context: &mut Context<'_>) -> Poll<Option<Result<Bytes, Failure>>> {
        loop {
            match ready!(self.source.poll_frame(context)).transpose()? {
                None => return Poll::Ready(None),
                Some(frame) => match frame.into_data() {
                    Ok(data) if data.is_empty() => {}
                    Ok(data) => return Poll::Ready(Some(Ok(data))),
                    Err(_trailers) => {}
                },
            }
        }
    }

    fn poll_alarm(&mut self, context: &mut Context<'_>) -> Poll<Failure> {
        loop {
            let due = (self.last + self.idle).min(self.deadline);
            let alarm = self.alarm.get_or_insert_with(|| Box::pin(sleep_until(due)));
            ready!(alarm.as_mut().poll(context));
            let now = Instant::now();
            if now >= self.deadline {
                return Poll::Ready(Failure::Timeout { stage: Stage::Total });
            }
            if now >= due {
                return Poll::Ready(Failure::Timeout { stage: Stage::Idle });
            }
            alarm.as_mut().reset(due);
        }
    }

    /// The whole body, if it has at most `max` bytes.
    pub(crate) async fn collect(mut self, max: usize) -> Result<Bytes, Failure> {
        let Some(first) = self.next().await.transpose()? else { return Ok(Bytes::new()) };
        let Some(second) = self.next().await.transpose()? else {
            return if first.len() > max { Err(Failure::TooLarge { max }) } else { Ok(owned(first)) };
        };
        let mut whole = BytesMut::from(first);
        let mut piece = Some(second);
        while let Some(bytes) = piece {
            if whole.len() + bytes.len() > max {
                return Err(Failure::TooLarge { max });
            }
            whole.extend_from_slice(&bytes);
            piece = self.next().await.transpose()?;
        }
        Ok(whole.freeze())
    }

    async fn next(&mut self) -> Option<Result<Bytes, Failure>> {
        std::future::poll_fn(|context| self.poll_next(context)).await
    }
}
