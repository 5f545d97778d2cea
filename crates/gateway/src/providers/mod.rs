//! The upstreams that Redoubt can speak to, one row each.
//!
//! Adding one: a file with a [`Row`] and a [`Provider`], and one line in [`ROWS`]. Configuration, its
//! reference page and the tests walk the table. A provider says which surfaces it serves natively; requests
//! of other surfaces are translated before they reach it.

mod anthropic;
mod azure;
pub mod demo;
mod openai;

use std::fmt;

use async_trait::async_trait;
use bytes::Bytes;
use http::header::{AUTHORIZATION, CONTENT_TYPE, HeaderMap, HeaderName, HeaderValue, InvalidHeaderValue};
use http::uri::InvalidUri;
use http::{Method, Request, Uri};
use http_body_util::Full;
use redoubt_domain::{Exchange, ModelName, Secret, Surface};
use redoubt_guard::Cleared;
use redoubt_wire::{Outbound, TranslateError};
use thiserror::Error;

use crate::settings::ProviderSettings;
use crate::upstream::{Answer, BuildClientError, Failure};

/// Every kind of provider. The first is the one meant when none is named.
pub static ROWS: &[&Row] = &[&openai::ROW, &anthropic::ROW, &azure::ROW, &demo::ROW];

/// A kind of provider: its words for people and how it is built.
pub struct Row {
    /// The word in `kind = "…"`.
    pub name: &'static str,
    /// One sentence for people.
    pub summary: &'static str,
    /// Where it usually is.
    pub base_url: BaseUrl,
    /// The surfaces it usually serves natively.
    pub surfaces: &'static [Surface],
    /// Builds it.
    pub build: fn(&ProviderSettings) -> Result<Box<dyn Provider>, BuildProviderError>,
}

/// Where a kind of provider usually is.
#[derive(Clone, Copy, Debug)]
pub enum BaseUrl {
    /// At this address.
    Default(&'static str),
    /// Nowhere in particular: the address must be configured.
    Required,
    /// In this process.
    InProcess,
}

/// A row of the table, as configuration names it.
#[derive(Clone, Copy)]
pub struct Kind(&'static Row);

impl Kind {
    /// The row.
    pub const fn row(self) -> &'static Row {
        self.0
    }

    /// The kind with this name.
    pub fn parse(name: &str) -> Option<Self> {
        ROWS.iter().copied().find(|row| row.name == name).map(Self)
    }
}

impl fmt::Debug for Kind {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.0.name)
    }
}

/// The words that `kind` may be.
pub(crate) fn choices() -> Vec<(&'static str, Kind)> {
    ROWS.iter().map(|row| (row.name, Kind(row))).collect()
}

/// The kind that is meant when none is named.
pub(crate) fn default_kind() -> (&'static str, Kind) {
    (openai::ROW.name, Kind(&openai::ROW))
}

/// Something that runs models.
#[async_trait]
pub trait Provider: Send + Sync {
    /// Sends a cleared request and returns the head of the answer. Dropping the future, or the answer's
    /// body, tells the upstream to stop.
    async fn send(&self, call: &Call) -> Result<Answer, Failure>;
}

/// Why a provider cannot be built.
#[derive(Debug, Error)]
pub enum BuildProviderError {
    /// The HTTP client could not be set up.
    #[error(transparent)]
    Client(Box<dyn std::error::Error + Send + Sync>),
    /// The credential holds characters that headers may not hold.
    #[error("`api_key` holds characters that a header may not hold")]
    Credential(#[from] InvalidHeaderValue),
    /// The address is missing.
    #[error("`base_url` is missing")]
    NoAddress,
    /// The address cannot be extended by a path.
    #[error("`base_url` cannot be extended by the path of a surface")]
    Address(#[from] InvalidUri),
}

impl From<BuildClientError> for BuildProviderError {
    fn from(error: BuildClientError) -> Self {
        Self::Client(Box::new(error))
    }
}

/// One call, in the words of the upstream. It can be made from a cleared exchange only, so nothing else
/// can be sent.
pub struct Call {
    spoken: Surface,
    model: ModelName,
    stream: bool,
    body: Bytes,
    features: HeaderMap,
}

/// Caller's headers that switch features of an API on; they go along when caller and upstream speak the
/// same surface. No other header of a caller reaches an upstream.
const FEATURE_HEADERS: [&str; 3] = ["anthropic-beta", "anthropic-version", "openai-beta"];

impl Call {
    /// Puts `cleared` for an upstream that speaks `spoken` and calls the model `model`.
    pub(crate) fn new(
        cleared: &Cleared<Exchange>,
        spoken: Surface,
        model: &ModelName,
        output_tokens_default: u32,
        headers: &HeaderMap,
    ) -> Result<Self, TranslateError> {
        let exchange = cleared.get();
        let outbound = Outbound { spoken, model, ask_usage: true, output_tokens_default };
        let body = redoubt_wire::encode_request(exchange, &outbound)?;
        let mut features = HeaderMap::new();
        if spoken == exchange.surface {
            for name in FEATURE_HEADERS {
                if let Some(value) = headers.get(name).filter(|value| names_features(value)) {
                    features.insert(HeaderName::from_static(name), value.clone());
                }
            }
        }
        Ok(Self { spoken, model: model.clone(), stream: exchange.demand.stream, body, features })
    }

    /// The surface the request has been put in.
    pub const fn spoken(&self) -> Surface {
        self.spoken
    }

    /// The upstream's name for the model.
    pub const fn model(&self) -> &ModelName {
        &self.model
    }

    /// Whether the answer is to be streamed.
    pub const fn stream(&self) -> bool {
        self.stream
    }

    /// The request's body.
    pub const fn body(&self) -> &Bytes {
        &self.body
    }

    /// An HTTP request to `uri` with the provider's headers.
    pub(crate) fn to(&self, uri: Uri, headers: &HeaderMap) -> Request<Full<Bytes>> {
        let mut request = Request::new(Full::new(self.body.clone()));
        *request.method_mut() = Method::POST;
        *request.uri_mut() = uri;
        let sent = request.headers_mut();
        sent.extend(self.features.clone());
        for (name, value) in headers {
            sent.insert(name.clone(), value.clone());
        }
        sent.insert(CONTENT_TYPE, HeaderValue::from_static("application/json"));
        request
    }
}

/// Whether a header says what it is for: `prompt-caching-2024-07-31`, `assistants=v2`. It is not inspected, so
/// nothing else may travel in it.
fn names_features(value: &HeaderValue) -> bool {
    let is_feature = |feature: &[u8]| {
        feature.len() <= 64
            && feature.iter().all(|byte| matches!(byte, b'a'..=b'z' | b'0'..=b'9' | b'-' | b'_' | b'.' | b'='))
            && feature.iter().filter(|byte| byte.is_ascii_digit()).count() < 11
    };
    value.as_bytes().split(|byte| *byte == b',').all(|feature| is_feature(feature.trim_ascii()))
}

/// The path of `surface` behind a base address that already ends in the version (`…/v1`).
fn endpoint(base: &Uri, surface: Surface) -> Result<Uri, InvalidUri> {
    let path = surface.path().strip_prefix("/v1").unwrap_or(surface.path());
    format!("{}{path}", base.to_string().trim_end_matches('/')).parse()
}

/// The address of each of `surfaces`, worked out once rather than at each call.
fn endpoints(base: &Uri, surfaces: &[Surface]) -> Result<Vec<(Surface, Uri)>, InvalidUri> {
    surfaces.iter().map(|&surface| Ok((surface, endpoint(base, surface)?))).collect()
}

/// The surfaces of a provider as configured, or as usual for its kind.
pub(crate) fn surfaces_of(settings: &ProviderSettings) -> &[Surface] {
    settings.surfaces.as_deref().unwrap_or(settings.kind.row().surfaces)
}

fn bearer(key: &Secret<String>) -> Result<(HeaderName, HeaderValue), InvalidHeaderValue> {
    let mut value = HeaderValue::from_str(&format!("Bearer {}", key.expose()))?;
    value.set_sensitive(true);
    Ok((AUTHORIZATION, value))
}

fn plain(name: &'static str, key: &Secret<String>) -> Result<(HeaderName, HeaderValue), InvalidHeaderValue> {
    let mut value = HeaderValue::from_str(key.expose())?;
    value.set_sensitive(true);
    Ok((HeaderName::from_static(name), value))
}

/// A surface that this provider was never asked to serve; flow asks for no other.
fn unserved(surface: Surface) -> Failure {
    Failure::Unfit { reason: format!("`{}` is not served there", surface.name()) }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_row_has_its_own_name_and_words() {
        for (index, row) in ROWS.iter().enumerate() {
            assert!(Kind::parse(row.name).is_some_and(|kind| kind.row().name == row.name));
            assert!(row.summary.ends_with('.') && !row.surfaces.is_empty(), "{}", row.name);
            assert!(ROWS.iter().skip(index + 1).all(|other| other.name != row.name));
        }
    }

    #[test]
    fn a_header_that_names_features_carries_nothing_else() {
        let names = |value: &'static str| names_features(&HeaderValue::from_static(value));
        assert!(names("prompt-caching-2024-07-31, computer-use-2025-01-24") && names("assistants=v2"));
        assert!(names("2023-06-01") && names("code-execution-2025-08-25,skills-2025-10-02"));
        for value in ["4111111111111111", "a,4111-1111-1111-1111", "ghp_aB3dE5fG7hJ9kL1mN3pQ", "ann@example.com"] {
            assert!(!names(value), "{value}");
        }
    }

    #[test]
    fn endpoints_follow_the_base_address() {
        let uri = |text: &str| text.parse::<Uri>().unwrap();
        let chat = endpoint(&uri("https://api.example/v1"), Surface::ChatCompletions).unwrap();
        assert_eq!(chat, uri("https://api.example/v1/chat/completions"));
        let messages = endpoint(&uri("http://127.0.0.1:9"), Surface::Messages).unwrap();
        assert_eq!(messages, uri("http://127.0.0.1:9/messages"));
    }
}
