//! The upstream of the bench, in a process of its own: it answers at once or after a delay, whole or in
//! pieces, as the model's name says, and repeats to whom it was asked to write.

use std::convert::Infallible;
use std::pin::Pin;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::task::{Context, Poll, ready};
use std::time::Duration;

use bytes::Bytes;
use http_body_util::combinators::BoxBody;
use http_body_util::{BodyExt as _, Full};
use hyper::body::{Body, Frame, Incoming};
use hyper::header::{CONTENT_TYPE, HeaderValue};
use hyper::server::conn::http1;
use hyper::service::service_fn;
use hyper::{Request, Response};
use hyper_util::rt::TokioIo;
use memchr::memmem;
use tokio::net::TcpListener;
use tokio::time::{Sleep, sleep};

use super::role::announce;
use super::words::{ADDRESS, BEHAVIOURS, Behaviour, PLACEHOLDER, answer_parts, piece};
use crate::Outcome;

/// A behaviour with its answer ready.
struct Ready {
    behaviour: Behaviour,
    before: Vec<u8>,
    after: Vec<u8>,
}

/// What the mock has seen.
struct Mock {
    models: Vec<Ready>,
    requests: AtomicU64,
    /// Requests in which the personal data itself could be read.
    exposed: AtomicU64,
}

/// Serves until it is killed.
pub(super) fn serve() -> Outcome {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build();
    runtime.map_err(|error| error.to_string())?.block_on(async {
        let listener = TcpListener::bind("127.0.0.1:0").await.map_err(|error| error.to_string())?;
        announce(&listener)?;
        let models = BEHAVIOURS.iter().map(|behaviour| {
            let (before, after) = answer_parts(behaviour);
            Ready { behaviour: *behaviour, before: before.into_bytes(), after: after.into_bytes() }
        });
        let mock = Arc::new(Mock { models: models.collect(), requests: AtomicU64::new(0), exposed: AtomicU64::new(0) });
        loop {
            let (stream, _) = listener.accept().await.map_err(|error| error.to_string())?;
            let _ = stream.set_nodelay(true);
            let mock = Arc::clone(&mock);
            tokio::spawn(async move {
                let service = service_fn(move |request| answer(Arc::clone(&mock), request));
                let _ = http1::Builder::new().serve_connection(TokioIo::new(stream), service).await;
            });
        }
    })
}

type Reply = Response<BoxBody<Bytes, Infallible>>;

async fn answer(mock: Arc<Mock>, request: Request<Incoming>) -> Result<Reply, hyper::Error> {
    if request.uri().path() == "/seen" {
        let (requests, exposed) = (mock.requests.load(Ordering::Relaxed), mock.exposed.load(Ordering::Relaxed));
        return Ok(json(serde_json::json!({"requests": requests, "exposed": exposed}).to_string().into()));
    }
    let body = request.into_body().collect().await?.to_bytes();
    mock.requests.fetch_add(1, Ordering::Relaxed);
    let is_exposed = memmem::find(&body, ADDRESS.as_bytes()).is_some();
    mock.exposed.fetch_add(u64::from(is_exposed), Ordering::Relaxed);
    let asked = mock.models.iter().find(|ready| memmem::find(&body, ready.behaviour.model.as_bytes()).is_some());
    let Some(Ready { behaviour, before, after }) = asked else {
        let mut reply = json(Bytes::from_static(b"{\"error\":{\"message\":\"no such model\"}}"));
        *reply.status_mut() = hyper::StatusCode::NOT_FOUND;
        return Ok(reply);
    };
    if behaviour.delay_ms > 0 {
        sleep(Duration::from_millis(behaviour.delay_ms)).await;
    }
    if behaviour.chunks > 0 {
        let mut reply = Response::new(Pieces { behaviour: *behaviour, next: 0, pause: None }.boxed());
        reply.headers_mut().insert(CONTENT_TYPE, HeaderValue::from_static("text/event-stream"));
        return Ok(reply);
    }
    let name = named(&body);
    let mut whole = Vec::with_capacity(before.len() + name.len() + after.len());
    whole.extend_from_slice(before);
    whole.extend_from_slice(name);
    whole.extend_from_slice(after);
    Ok(json(whole.into()))
}

/// Who is named in a request: the address, or what stands for it.
fn named(body: &[u8]) -> &[u8] {
    if let Some(start) = memmem::find(body, PLACEHOLDER) {
        let rest = body.get(start..).unwrap_or_default();
        let end = memchr::memchr(b']', rest).map_or(0, |end| end + 1);
        return rest.get(..end).unwrap_or_default();
    }
    if memmem::find(body, ADDRESS.as_bytes()).is_some() { ADDRESS.as_bytes() } else { b"reader" }
}

fn json(body: Bytes) -> Reply {
    let mut reply = Response::new(Full::new(body).boxed());
    reply.headers_mut().insert(CONTENT_TYPE, HeaderValue::from_static("application/json"));
    reply
}

/// The pieces of a streamed answer, each as an HTTP chunk of its own.
struct Pieces {
    behaviour: Behaviour,
    next: usize,
    pause: Option<Pin<Box<Sleep>>>,
}

impl Body for Pieces {
    type Data = Bytes;
    type Error = Infallible;

    fn poll_frame(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Option<Result<Frame<Bytes>, Infallible>>> {
        let Behaviour { model, chunks, pause_ms, .. } = self.behaviour;
        if self.next >= chunks {
            return Poll::Ready(None);
        }
        if let Some(pause) = &mut self.pause {
            ready!(pause.as_mut().poll(cx));
        }
        self.pause = (pause_ms > 0).then(|| Box::pin(sleep(Duration::from_millis(pause_ms))));
        let mut out = Vec::with_capacity(256);
        piece(model, self.next, chunks, &mut out);
        self.next += 1;
        Poll::Ready(Some(Ok(Frame::data(out.into()))))
    }
}
