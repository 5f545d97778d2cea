//! An upstream that does what a test tells it.

use std::convert::Infallible;
use std::net::SocketAddr;
use std::pin::Pin;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex};
use std::task::{Context, Poll};
use std::time::Duration;

use bytes::Bytes;
use http::{HeaderMap, Request, Response};
use http_body::{Body, Frame};
use http_body_util::BodyExt as _;
use hyper::body::Incoming;
use hyper::server::conn::http1;
use hyper::service::service_fn;
use hyper_util::rt::TokioIo;
use serde_json::{Value, json};
use tokio::net::TcpListener;
use tokio::time::{Sleep, sleep};

/// What the upstream does with one call.
#[derive(Clone, Debug)]
pub(crate) enum Act {
    /// Answers with a status, headers and JSON.
    Say(u16, Vec<(&'static str, &'static str)>, Value),
    /// Streams these pieces, each after a pause, and then does this.
    Stream(Vec<String>, Duration, Then),
    /// Says nothing for this long, then closes.
    Hang(Duration),
}

/// How a stream ends.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Then {
    End,
    Break,
    Hang,
}

/// An upstream, and what it saw.
pub(crate) struct Upstream {
    pub(crate) address: SocketAddr,
    pub(crate) calls: Arc<Mutex<Vec<(String, HeaderMap, Value)>>>,
    /// Connections that were opened.
    pub(crate) connections: Arc<AtomicUsize>,
    /// Bodies that were dropped before their end.
    pub(crate) dropped: Arc<AtomicUsize>,
}

impl Upstream {
    /// Plays `acts` in order, the last for ever.
    pub(crate) async fn start(acts: Vec<Act>) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let address = listener.local_addr().unwrap();
        let calls: Arc<Mutex<Vec<(String, HeaderMap, Value)>>> = Arc::default();
        let dropped: Arc<AtomicUsize> = Arc::default();
        let connections: Arc<AtomicUsize> = Arc::default();
        let opened = Arc::clone(&connections);
        let (seen, gone) = (Arc::clone(&calls), Arc::clone(&dropped));
        tokio::spawn(async move {
            loop {
                let (stream, _) = listener.accept().await.unwrap();
                opened.fetch_add(1, Ordering::SeqCst);
                let (seen, gone, acts) = (Arc::clone(&seen), Arc::clone(&gone), acts.clone());
                let service = service_fn(move |request: Request<Incoming>| {
                    answer(request, acts.clone(), Arc::clone(&seen), Arc::clone(&gone))
                });
                tokio::spawn(http1::Builder::new().serve_connection(TokioIo::new(stream), service));
            }
        });
        Self { address, calls, connections, dropped }
    }

    pub(crate) fn url(&self) -> String {
        format!("http://{}/v1", self.address)
    }

    pub(crate) fn count(&self) -> usize {
        self.calls.lock().unwrap().len()
    }

    pub(crate) fn dropped(&self) -> usize {
        self.dropped.load(Ordering::SeqCst)
    }
}

async fn answer(
    request: Request<Incoming>,
    acts: Vec<Act>,
    seen: Arc<Mutex<Vec<(String, HeaderMap, Value)>>>,
    gone: Arc<AtomicUsize>,
) -> Result<Response<Play>, Infallible> {
    let (head, body) = request.into_parts();
    let body = body.collect().await.unwrap().to_bytes();
    let body = serde_json::from_slice(&body).unwrap_or_default();
    let number = {
        let mut seen = seen.lock().unwrap();
        seen.push((head.uri.to_string(), head.headers, body));
        seen.len() - 1
    };
    let act = acts.get(number).or(acts.last()).unwrap().clone();
    let alarm = Alarm { gone, is_over: false };
    let mut response =
        Response::new(Play { pieces: Vec::new(), pace: Duration::ZERO, then: Then::End, pause: None, alarm });
    match act {
        Act::Say(status, headers, json) => {
            *response.status_mut() = status.try_into().unwrap();
            response.headers_mut().insert("content-type", "application/json".parse().unwrap());
            for (name, value) in headers {
                response.headers_mut().insert(name, value.parse().unwrap());
            }
            response.body_mut().pieces = vec![json.to_string()];
        }
        Act::Stream(mut pieces, pace, then) => {
            pieces.reverse();
            response.headers_mut().insert("content-type", "text/event-stream".parse().unwrap());
            (response.body_mut().pieces, response.body_mut().pace, response.body_mut().then) = (pieces, pace, then);
        }
        Act::Hang(time) => {
            sleep(time).await;
            response.body_mut().then = Then::Break;
        }
    }
    Ok(response)
}

pub(crate) struct Play {
    /// Last first.
    pieces: Vec<String>,
    pace: Duration,
    then: Then,
    pause: Option<Pin<Box<Sleep>>>,
    alarm: Alarm,
}

struct Alarm {
    gone: Arc<AtomicUsize>,
    is_over: bool,
}

impl Drop for Alarm {
    fn drop(&mut self) {
        if !self.is_over {
            self.gone.fetch_add(1, Ordering::SeqCst);
        }
    }
}

impl Body for Play {
    type Data = Bytes;
    type Error = std::io::Error;

    fn poll_frame(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Option<Result<Frame<Bytes>, Self::Error>>> {
        if let Some(pause) = &mut self.pause {
            std::task::ready!(pause.as_mut().poll(cx));
            self.pause = None;
        }
        if let Some(piece) = self.pieces.pop() {
            if !self.pace.is_zero() {
                self.pause = Some(Box::pin(sleep(self.pace)));
            }
            return Poll::Ready(Some(Ok(Frame::data(piece.into()))));
        }
        match self.then {
            Then::End => {
                self.alarm.is_over = true;
                Poll::Ready(None)
            }
            Then::Break => Poll::Ready(Some(Err(std::io::Error::other("broken")))),
            Then::Hang => {
                self.pause = Some(Box::pin(sleep(Duration::from_millis(50))));
                let _ = self.pause.as_mut().unwrap().as_mut().poll(cx);
                Poll::Pending
            }
        }
    }
}

/// A chat completion that says `words`.
pub(crate) fn completion(words: &str) -> Value {
    json!({
        "id": "chatcmpl-1",
        "object": "chat.completion",
        "created": 1,
        "model": "upstream-model",
        "choices": [{ "index": 0, "message": { "role": "assistant", "content": words }, "finish_reason": "stop" }],
        "usage": { "prompt_tokens": 3, "completion_tokens": 2, "total_tokens": 5 },
    })
}

pub(crate) fn says(words: &str) -> Act {
    Act::Say(200, vec![("openai-organization", "org-secret"), ("x-request-id", "req_upstream")], completion(words))
}

pub(crate) fn fails(status: u16) -> Act {
    let error =
        json!({ "error": { "message": "sk-live-key of org-1 is not happy", "type": "x", "param": null, "code": "y" } });
    Act::Say(status, vec![], error)
}

/// One chunk of a streamed chat completion.
pub(crate) fn chunk(words: &str) -> String {
    let choice = json!({ "index": 0, "delta": { "content": words }, "finish_reason": null });
    format!(
        "data: {}\n\n",
        json!({ "id": "c", "object": "chat.completion.chunk", "created": 1, "model": "m", "choices": [choice] })
    )
}

/// The end of a streamed chat completion.
pub(crate) fn end() -> String {
    let choice = json!({ "index": 0, "delta": {}, "finish_reason": "stop" });
    let last = json!({ "id": "c", "object": "chat.completion.chunk", "created": 1, "model": "m", "choices": [choice] });
    format!("data: {last}\n\ndata: [DONE]\n\n")
}
