//! Connections to a plain HTTP/1.1 upstream that are driven by whoever uses them.
//!
//! The pooled client of hyper gives each connection a task of its own, which is woken for each request and wakes the
//! request for each piece of the answer. Here the task of the request reads and writes the socket itself: nobody is
//! woken but by the socket, and the pieces of an answer that have come together are taken together.

use std::future::poll_fn;
use std::pin::{Pin, pin};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError, Weak};
use std::task::{Context, Poll, Waker};
use std::time::Duration;

use bytes::Bytes;
use http::header::{HOST, HeaderValue};
use http::{Request, Response, Uri};
use http_body::{Body as _, Frame};
use http_body_util::Full;
use hyper::body::Incoming;
use hyper::client::conn::http1::{self, Connection, SendRequest};
use hyper::service::Service as _;
use hyper_util::client::legacy::connect::HttpConnector;
use hyper_util::rt::TokioIo;
use hyper_util::service::TowerToHyperService;
use tokio::net::TcpStream;
use tokio::time::{Instant, sleep};

use super::failure::Failure;
use crate::server::lanes::PerLane;

/// Connections kept for later on each thread. More than these at once are opened and closed again.
const IDLE_MAX: usize = 1_024;

/// A connection, and the way to ask on it.
struct Link {
    sender: SendRequest<Full<Bytes>>,
    /// None once it is closed.
    connection: Option<Connection<TokioIo<TcpStream>, Full<Bytes>>>,
}

impl Link {
    /// Lets the connection read and write as far as it can.
    fn drive(&mut self, context: &mut Context<'_>) {
        let connection = self.connection.as_mut().map(Pin::new);
        if connection.is_some_and(|connection| connection.poll(context).is_ready()) {
            // What went wrong, if anything did, is told to whoever waits for the answer or its body.
            self.connection = None;
        }
    }

    /// Whether another request can be sent.
    fn is_idle(&self) -> bool {
        self.connection.is_some() && self.sender.is_ready()
    }
}

/// The connections to one upstream.
#[derive(Clone)]
pub(super) struct Links(Arc<Inner>);

struct Inner {
    connector: HttpConnector,
    upstream: Uri,
    host: HeaderValue,
    idle_kept: Duration,
    /// Of each thread that serves: a connection wakes the thread that has opened it.
    idle: PerLane<Mutex<Idle>>,
}

#[derive(Default)]
struct Idle {
    /// With the time since when each is idle, the last used last.
    links: Vec<(Box<Link>, Instant)>,
    /// Whether somebody looks after them.
    is_swept: bool,
}

impl std::fmt::Debug for Links {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Links").field("upstream", &self.0.upstream).finish_non_exhaustive()
    }
}

impl Links {
    /// Connections to the host of `upstream`; none if that is not plain HTTP. With TLS, HTTP/2 may be spoken, whose
    /// connections many requests share.
    pub(super) fn new(connector: HttpConnector, upstream: &Uri, idle_kept: Duration) -> Option<Self> {
        let (Some("http"), Some(host)) = (upstream.scheme_str(), upstream.host()) else { return None };
        let host = match upstream.port_u16() {
            None | Some(80) => HeaderValue::from_str(host),
            Some(port) => HeaderValue::from_str(&format!("{host}:{port}")),
        };
        let inner =
            Inner { connector, upstream: upstream.clone(), host: host.ok()?, idle_kept, idle: PerLane::default() };
        Some(Self(Arc::new(inner)))
    }

    /// Sends a request and returns the head of its answer. Dropping the future, or the body before its end, closes
    /// the connection.
    pub(super) async fn send(&self, mut request: Request<Full<Bytes>>) -> Result<Response<DrivenBody>, Failure> {
        if let Some(path) = request.uri().path_and_query() {
            *request.uri_mut() = path.clone().into();
        }
        request.headers_mut().insert(HOST, self.0.host.clone());
        loop {
            let kept = self.0.idle().links.pop();
            let is_kept = kept.is_some();
            let mut link = match kept {
                Some((link, _)) => link,
                None => self.connect().await?,
            };
            let mut answer = pin!(link.sender.try_send_request(request));
            let connection = &mut link.connection;
            let answered = poll_fn(|context| {
                let is_open = connection.as_mut().is_some_and(|open| Pin::new(open).poll(context).is_pending());
                if !is_open {
                    // What it owes, it tells when it is dropped.
                    *connection = None;
                }
                // The answer comes from nowhere but the connection, so nothing else need wake us.
                match answer.as_mut().poll(&mut Context::from_waker(Waker::noop())) {
                    Poll::Ready(answered) => Poll::Ready(Some(answered)),
                    Poll::Pending if is_open => Poll::Pending,
                    Poll::Pending => Poll::Ready(None),
                }
            })
            .await;
            match answered {
                Some(Ok(answer)) => {
                    return Ok(answer.map(|body| DrivenBody { body, link: Some(link), home: self.clone() }));
                }
                Some(Err(mut error)) => match error.take_message() {
                    // It had been closed while it was idle: nothing of the request has been sent.
                    Some(unsent) if is_kept => request = unsent,
                    _ => return Err(Failure::Broken(Box::new(error.into_error()))),
                },
                None => return Err(Failure::Broken("the connection ended without a word".into())),
            }
        }
    }

    async fn connect(&self) -> Result<Box<Link>, Failure> {
        let connector = TowerToHyperService::new(self.0.connector.clone());
        let stream =
            connector.call(self.0.upstream.clone()).await.map_err(|error| Failure::Connect(Box::new(error)))?;
        let (sender, connection) = http1::handshake(stream).await.map_err(|error| Failure::Broken(Box::new(error)))?;
        Ok(Box::new(Link { sender, connection: Some(connection) }))
    }

    /// Keeps a connection for the next request, if it can serve one.
    fn keep(&self, link: Box<Link>) {
        if !link.is_idle() {
            return;
        }
        let mut idle = self.0.idle();
        if idle.links.len() >= IDLE_MAX {
            return;
        }
        idle.links.push((link, Instant::now()));
        if !std::mem::replace(&mut idle.is_swept, true) {
            tokio::spawn(sweep(Arc::downgrade(&self.0), self.0.idle_kept));
        }
    }
}

impl Inner {
    /// Those that the thread which asks may use.
    fn idle(&self) -> MutexGuard<'_, Idle> {
        self.idle.here().lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// Closes what has been idle for long, and what the other side has closed: nobody else looks at an idle connection.
async fn sweep(links: Weak<Inner>, idle_kept: Duration) {
    loop {
        sleep(idle_kept / 4).await;
        let Some(links) = links.upgrade() else { return };
        let mut idle = links.idle();
        let now = Instant::now();
        idle.links.retain_mut(|(link, since)| {
            link.drive(&mut Context::from_waker(Waker::noop()));
            link.is_idle() && now.saturating_duration_since(*since) < idle_kept
        });
        if idle.links.is_empty() {
            idle.is_swept = false;
            return;
        }
    }
}

/// The body of an answer, which drives the connection that it comes on. At its end the connection goes back to where
/// it is kept; dropped before, it is closed, which tells the upstream to stop.
pub(super) struct DrivenBody {
    body: Incoming,
    /// None once the end has come.
    link: Option<Box<Link>>,
    home: Links,
}

impl DrivenBody {
    /// The next piece; none at the end.
    pub(super) fn poll_frame(&mut self, context: &mut Context<'_>) -> Poll<Option<Result<Frame<Bytes>, hyper::Error>>> {
        let Some(link) = &mut self.link else { return Poll::Ready(None) };
        let mut tries = 0;
        let frame = loop {
            // Pieces come from nowhere but the connection, so nothing else need wake us.
            match Pin::new(&mut self.body).poll_frame(&mut Context::from_waker(Waker::noop())) {
                Poll::Ready(frame) => break frame,
                // What is asked for may let the connection go on, once.
                Poll::Pending if tries == 2 => return Poll::Pending,
                Poll::Pending => link.drive(context),
            }
            tries += 1;
        };
        if matches!(frame, None | Some(Err(_)))
            && let Some(mut link) = self.link.take()
            && frame.is_none()
        {
            if !link.is_idle() {
                link.drive(&mut Context::from_waker(Waker::noop()));
            }
            self.home.keep(link);
        }
        Poll::Ready(frame)
    }
}
