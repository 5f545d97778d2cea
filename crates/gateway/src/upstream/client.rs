//! An HTTP client for one provider.

use std::path::PathBuf;
use std::time::Duration;

use bytes::Bytes;
use http::header::{ACCEPT_ENCODING, CONTENT_ENCODING, HeaderMap, HeaderValue, RETRY_AFTER};
use http::{Request, Response, StatusCode};
use http_body_util::Full;
use hyper_rustls::{ConfigBuilderExt as _, HttpsConnector, HttpsConnectorBuilder};
use hyper_util::client::legacy;
use hyper_util::client::legacy::connect::HttpConnector;
use hyper_util::rt::{TokioExecutor, TokioTimer};
use rustls::pki_types::CertificateDer;
use rustls::pki_types::pem::PemObject as _;
use rustls::{ClientConfig, RootCertStore};
use thiserror::Error;
use tokio::time::{Instant, timeout, timeout_at};

use super::answer::{Answer, AnswerBody, Source};
use super::failure::{Failure, Stage};
use super::link::Links;
use crate::server::lanes::PerLane;
use crate::settings::ProviderSettings;

/// What an upstream says when it refuses is short; more is not read.
const ERROR_BYTES_MAX: usize = 64 << 10;
const IDLE_CONNECTION_KEPT: Duration = Duration::from_secs(60);

/// Why a client cannot be built.
#[derive(Debug, Error)]
pub(crate) enum BuildClientError {
    #[error("cannot read the authorities in `{}`", path.display())]
    Authorities { path: PathBuf, source: Box<dyn std::error::Error + Send + Sync> },
    #[error("the authorities in `{}` hold no certificate", path.display())]
    NoAuthorities { path: PathBuf },
    #[error("cannot read the system's authorities; set `ca` to a file of authorities")]
    System(#[source] std::io::Error),
    #[error("cannot set up TLS")]
    Tls(#[from] rustls::Error),
}

/// Pooled, kept-alive connections to one provider, with its time limits.
#[derive(Debug)]
pub(crate) struct Client {
    connections: Connections,
    first_byte_timeout: Duration,
    idle_timeout: Duration,
    total_timeout: Duration,
}

/// The ways to an upstream.
#[derive(Debug)]
enum Connections {
    /// Plain HTTP/1.1.
    Plain(Links),
    /// TLS. One pool for each thread that serves, so that no connection wakes a request on another.
    Tls(PerLane<Pool>),
}

type Pool = legacy::Client<HttpsConnector<HttpConnector>, Full<Bytes>>;

impl Client {
    pub(crate) fn new(settings: &ProviderSettings) -> Result<Self, BuildClientError> {
        let mut tcp = HttpConnector::new();
        tcp.set_nodelay(true);
        tcp.enforce_http(false);
        tcp.set_connect_timeout(Some(settings.connect_timeout));
        tcp.set_keepalive(Some(Duration::from_secs(30)));
        let links = settings.base_url.as_ref().and_then(|base| Links::new(tcp.clone(), base, IDLE_CONNECTION_KEPT));
        let connections = match links {
            Some(links) => Connections::Plain(links),
            None => Connections::Tls(pools(tcp, settings)?),
        };
        Ok(Self {
            connections,
            first_byte_timeout: settings.first_byte_timeout,
            idle_timeout: settings.idle_timeout,
            total_timeout: settings.total_timeout,
        })
    }

    /// Sends `request`; a status other than success is a failure. Dropping the future drops the request.
    pub(crate) async fn send(&self, mut request: Request<Full<Bytes>>) -> Result<Answer, Failure> {
        // A compressed answer would have to be unpacked to be inspected, and can be a bomb.
        request.headers_mut().insert(ACCEPT_ENCODING, HeaderValue::from_static("identity"));
        let deadline = Instant::now() + self.total_timeout;
        let first_byte_timeout = self.first_byte_timeout.min(self.total_timeout);
        let (head, source) = match timeout(first_byte_timeout, self.ask(request)).await {
            Err(_elapsed) => return Err(Failure::Timeout { stage: Stage::FirstByte }),
            Ok(answered) => answered?.into_parts(),
        };
        let body = AnswerBody::new(source, self.idle_timeout, deadline);
        if head.status == StatusCode::OK {
            if head
                .headers
                .get(CONTENT_ENCODING)
                .is_some_and(|coding| !coding.as_bytes().eq_ignore_ascii_case(b"identity"))
            {
                return Err(Failure::Nonsense { reason: "it is compressed, though that was not asked for".to_owned() });
            }
            return Ok(Answer { headers: head.headers, body });
        }
        let body = match timeout_at(deadline, body.collect(ERROR_BYTES_MAX)).await {
            Ok(Ok(body)) => body,
            _ => Bytes::new(),
        };
        Err(Failure::Refused { status: head.status, retry_after: retry_after(&head.headers), body })
    }

    async fn ask(&self, request: Request<Full<Bytes>>) -> Result<Response<Source>, Failure> {
        let pools = match &self.connections {
            Connections::Plain(links) => return Ok(links.send(request).await?.map(Source::Driven)),
            Connections::Tls(pools) => pools,
        };
        match pools.here().request(request).await {
            Ok(response) => Ok(response.map(Source::Wire)),
            Err(error) if error.is_connect() => Err(Failure::Connect(Box::new(error))),
            Err(error) => Err(Failure::Broken(Box::new(error))),
        }
    }
}

fn pools(tcp: HttpConnector, settings: &ProviderSettings) -> Result<PerLane<Pool>, BuildClientError> {
    let https = HttpsConnectorBuilder::new()
        .with_tls_config(tls(settings)?)
        .https_or_http()
        .enable_all_versions()
        .wrap_connector(tcp);
    Ok(PerLane::new(|| {
        legacy::Client::builder(TokioExecutor::new())
            .pool_idle_timeout(IDLE_CONNECTION_KEPT)
            .pool_timer(TokioTimer::new())
            .timer(TokioTimer::new())
            .build(https.clone())
    }))
}

fn tls(settings: &ProviderSettings) -> Result<ClientConfig, BuildClientError> {
    let provider = std::sync::Arc::new(rustls::crypto::aws_lc_rs::default_provider());
    let versions = ClientConfig::builder_with_provider(provider).with_safe_default_protocol_versions()?;
    let Some(path) = &settings.ca else {
        let is_https = settings.base_url.as_ref().is_some_and(|url| url.scheme_str() == Some("https"));
        if !is_https {
            return Ok(versions.with_root_certificates(RootCertStore::empty()).with_no_client_auth());
        }
        return Ok(versions.with_native_roots().map_err(BuildClientError::System)?.with_no_client_auth());
    };
    let unreadable =
        |source: Box<dyn std::error::Error + Send + Sync>| BuildClientError::Authorities { path: path.clone(), source };
    let mut roots = RootCertStore::empty();
    for certificate in CertificateDer::pem_file_iter(path).map_err(|error| unreadable(Box::new(error)))? {
        let certificate = certificate.map_err(|error| unreadable(Box::new(error)))?;
        roots.add(certificate).map_err(|error| unreadable(Box::new(error)))?;
    }
    if roots.is_empty() {
        return Err(BuildClientError::NoAuthorities { path: path.clone() });
    }
    Ok(versions.with_root_certificates(roots).with_no_client_auth())
}

/// `retry-after-ms` as OpenAI and Azure send it, or `retry-after` in seconds. The date form of RFC 9110
/// would need the upstream's clock to agree with ours, and no model vendor sends it.
fn retry_after(headers: &HeaderMap) -> Option<Duration> {
    let number = |name: &str| headers.get(name)?.to_str().ok()?.trim().parse::<f64>().ok();
    let seconds = number("retry-after-ms").map(|millis| millis / 1_000.0).or_else(|| number(RETRY_AFTER.as_str()))?;
    Duration::try_from_secs_f64(seconds).ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn reads_how_long_an_upstream_asks_to_wait() {
        let cases = [
            (vec![], None),
            (vec![("retry-after", "2")], Some(2_000)),
            (vec![("retry-after", "2"), ("retry-after-ms", "150")], Some(150)),
            (vec![("retry-after", "-1")], None),
            (vec![("retry-after", "Wed, 21 Oct 2026 07:28:00 GMT")], None),
            (vec![("retry-after", "1e300")], None),
        ];
        for (headers, expected) in cases {
            let mut map = HeaderMap::new();
            for (name, value) in &headers {
                map.insert(*name, HeaderValue::from_static(value));
            }
            assert_eq!(retry_after(&map), expected.map(Duration::from_millis), "{headers:?}");
        }
    }
}
