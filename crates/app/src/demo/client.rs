//! A plain HTTP client for the tour: what it sees is what any caller sees.

use std::net::SocketAddr;

use http::{Method, Request, StatusCode};
use http_body_util::{BodyExt, Full};
use hyper_util::client::legacy::Client as Http;
use hyper_util::client::legacy::connect::HttpConnector;
use hyper_util::rt::TokioExecutor;
use redoubt_domain::{RequestId, Secret};
use serde_json::Value;
use thiserror::Error;

/// Why a request got no answer at all.
#[derive(Debug, Error)]
pub(crate) enum ClientError {
    /// The request could not be made.
    #[error("cannot make the request")]
    Request(#[from] http::Error),
    /// The gateway could not be reached.
    #[error("cannot reach the gateway")]
    Connect(#[from] hyper_util::client::legacy::Error),
    /// The answer broke off.
    #[error("the answer broke off")]
    Answer(#[from] hyper::Error),
}

/// An answer as a caller sees it.
#[derive(Debug)]
pub(crate) struct Reply {
    /// The HTTP status.
    pub status: u16,
    /// `x-redoubt-request-id`.
    pub request: Option<RequestId>,
    /// `x-redoubt-decision`.
    pub decision: Option<String>,
    /// `x-redoubt-overhead-us`.
    pub overhead_us: Option<u64>,
    /// The words in it: the text of the answer, or the message and code of the error.
    pub said: String,
    /// The body as it came.
    pub raw: String,
}

/// Sends requests to one gateway.
pub(crate) struct Client {
    http: Http<HttpConnector, Full<bytes::Bytes>>,
    address: SocketAddr,
}

impl Client {
    /// A client of the gateway at `address`.
    pub(crate) fn new(address: SocketAddr) -> Self {
        Self { http: Http::builder(TokioExecutor::new()).build_http(), address }
    }

    /// Posts `body` to `path` with `key`.
    pub(crate) async fn post(&self, path: &str, body: &Value, key: &Secret<String>) -> Result<Reply, ClientError> {
        let request = Request::builder()
            .method(Method::POST)
            .uri(format!("http://{}{path}", self.address))
            .header("content-type", "application/json")
            .header("authorization", format!("Bearer {}", key.expose()))
            .body(Full::new(body.to_string().into()))?;
        let answer = self.http.request(request).await?;
        let (head, body) = answer.into_parts();
        let header = |name: &str| head.headers.get(name).and_then(|value| value.to_str().ok()).map(str::to_owned);
        let raw = String::from_utf8_lossy(&body.collect().await?.to_bytes()).into_owned();
        Ok(Reply {
            status: head.status.as_u16(),
            request: header("x-redoubt-request-id").and_then(|id| RequestId::parse(&id)),
            decision: header("x-redoubt-decision"),
            overhead_us: header("x-redoubt-overhead-us").and_then(|micros| micros.parse().ok()),
            said: if head.status == StatusCode::OK { words(&raw) } else { complaint(&raw) },
            raw,
        })
    }
}

/// The text of an answer, whole or streamed.
fn words(raw: &str) -> String {
    let texts = |value: &Value| {
        let places = ["/choices/0/message/content", "/choices/0/delta/content", "/content/0/text", "/delta/text"];
        places.iter().find_map(|place| value.pointer(place)?.as_str().map(str::to_owned)).unwrap_or_default()
    };
    if let Ok(value) = serde_json::from_str::<Value>(raw) {
        return texts(&value);
    }
    let events = raw.lines().filter_map(|line| line.strip_prefix("data: "));
    events.filter_map(|data| serde_json::from_str::<Value>(data).ok()).map(|value| texts(&value)).collect()
}

/// The code and message of an error.
fn complaint(raw: &str) -> String {
    let Ok(value) = serde_json::from_str::<Value>(raw) else { return raw.to_owned() };
    let place = |name: &str| value.pointer(&format!("/error/{name}")).and_then(Value::as_str).unwrap_or_default();
    let code = if place("code").is_empty() { place("type") } else { place("code") };
    format!("{code}: {}", place("message"))
}
