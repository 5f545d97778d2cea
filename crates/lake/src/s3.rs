//! Objects of a store that speaks Amazon's S3 (API of 2006-03-01), copied before they are read.
//!
//! The digest of a table is that of all its bytes, and its types are those of all its cells, so every byte is needed anyway.
//! Once the objects lie in the folder of the queries, all that holds for files holds for them.

use std::fmt;
use std::io::Write;
use std::path::Path;
use std::sync::OnceLock;
use std::time::Duration;

use bytes::Bytes;
use http::header::{ACCEPT_ENCODING, IF_MATCH};
use http::{HeaderMap, Request, Response, StatusCode};
use http_body_util::{BodyExt, Empty};
use hyper::body::Incoming;
use hyper_rustls::{ConfigBuilderExt as _, HttpsConnector, HttpsConnectorBuilder};
use hyper_util::client::legacy;
use hyper_util::client::legacy::connect::HttpConnector;
use hyper_util::rt::TokioExecutor;
use rustls::ClientConfig;
use rusty_s3::actions::ListObjectsV2;
use rusty_s3::{Bucket, Credentials, S3Action, UrlStyle};
use tokio::time::{sleep, timeout};
use url::{Host, Url};

use crate::location::{ObjectPath, is_key};

/// The region of a store that says nothing else.
const REGION: &str = "us-east-1";
/// How long a signature is good for. Each is made right before it is sent.
const SIGNED_FOR: Duration = Duration::from_secs(300);
const CONNECT_TIMEOUT: Duration = Duration::from_secs(10);
/// How long a store may be silent.
const SILENCE_MAX: Duration = Duration::from_secs(60);
/// How often a request is sent whose answer says to try again.
const TRIES: u32 = 4;
const PAUSE: Duration = Duration::from_millis(200);
/// A list of a thousand keys of full length, and what is around them.
const LIST_BYTES_MAX: usize = 4 << 20;
const ERROR_BYTES_MAX: usize = 64 << 10;

/// Where a store is, and how it is spoken to.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct S3Settings {
    /// `https://HOST`; Amazon's of the region, if left out.
    pub endpoint: Option<String>,
    /// Of the buckets; `us-east-1`, if left out.
    pub region: Option<String>,
    /// Whether the bucket is a part of the path rather than of the host; if left out, it is with an endpoint of one's own.
    pub path_style: Option<bool>,
    /// Whether a store on another machine may be spoken to without TLS.
    pub allow_http: bool,
}

/// Who asks a store.
#[derive(Clone)]
pub struct S3Key {
    /// The access key's id.
    pub id: String,
    /// The secret.
    pub secret: String,
    /// Of a key that is good for a while.
    pub token: Option<String>,
}

// The secrets must not be in any text.
impl fmt::Debug for S3Key {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("S3Key").field("id", &self.id).finish_non_exhaustive()
    }
}

/// A store that speaks S3.
pub struct S3 {
    endpoint: Url,
    region: String,
    path_style: bool,
    credentials: Option<Credentials>,
    client: OnceLock<Client>,
}

type Client = legacy::Client<HttpsConnector<HttpConnector>, Empty<Bytes>>;

/// An object as the store lists it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Object {
    pub(crate) key: String,
    /// What changes with its content. Some stores list none.
    etag: Option<String>,
    modified: Option<String>,
    pub(crate) bytes: u64,
}

impl Object {
    /// What stands behind the last `/`.
    pub(crate) fn name(&self) -> &str {
        self.key.rsplit('/').next().unwrap_or_default()
    }
}

/// What a location leads to.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Listing {
    /// Sorted by key.
    pub(crate) objects: Vec<Object>,
    /// Whether they lie below the location, rather than being it.
    pub(crate) is_folder: bool,
}

impl S3 {
    /// A store, spoken to without a signature where there is no key.
    ///
    /// # Errors
    /// If the endpoint is none, or is on another machine and without TLS.
    pub fn new(settings: &S3Settings, key: Option<S3Key>) -> Result<Self, String> {
        let region = settings.region.clone().unwrap_or_else(|| REGION.to_owned());
        let is_word = |text: &str| text.bytes().all(|byte| byte.is_ascii_alphanumeric() || byte == b'-');
        if region.is_empty() || !is_word(&region) {
            return Err(format!("`{region}` is no region: letters, digits and `-`"));
        }
        let amazons = format!("https://s3.{region}.amazonaws.com");
        let text = settings.endpoint.as_deref().unwrap_or(&amazons);
        let endpoint = Url::parse(text).map_err(|error| format!("`{text}` is no URL: {error}"))?;
        let is_here = match endpoint.host() {
            Some(Host::Domain(name)) => name == "localhost",
            Some(Host::Ipv4(address)) => address.is_loopback(),
            Some(Host::Ipv6(address)) => address.is_loopback(),
            None => return Err(format!("`{text}` has no host")),
        };
        match endpoint.scheme() {
            "https" => {}
            "http" if is_here || settings.allow_http => {}
            "http" => {
                return Err(format!(
                    "`{text}` is without TLS and on another machine: whoever listens reads the tables; \
                     write `https://`, or `allow_http = true`"
                ));
            }
            other => return Err(format!("`{other}` is not spoken here; write `https://`")),
        }
        if !endpoint.username().is_empty() || endpoint.password().is_some() {
            return Err("an endpoint has neither name nor password".to_owned());
        }
        let credentials = key.map(|S3Key { id, secret, token }| match token {
            Some(token) => Credentials::new_with_token(id, secret, token),
            None => Credentials::new(id, secret),
        });
        let path_style = settings.path_style.unwrap_or(settings.endpoint.is_some());
        Ok(Self { endpoint, region, path_style, credentials, client: OnceLock::new() })
    }

    /// The objects that a location leads to, those whose names begin with a dot left out.
    pub(crate) async fn list(&self, at: &ObjectPath, most: usize) -> Result<Listing, String> {
        if !at.key.is_empty() && !at.key.ends_with('/') {
            // The key itself comes before all that are longer.
            let found = self.listed(at, &at.key, 1).await?;
            if let Some(object) = found.into_iter().find(|object| object.key == at.key) {
                return Ok(Listing { objects: vec![object], is_folder: false });
            }
        }
        let folder = at.folder();
        let mut objects = self.listed(at, &folder, most).await?;
        objects.retain(|object| object.key != folder && !object.name().starts_with('.') && is_key(&object.key));
        if objects.is_empty() {
            return Err(format!("there is no object `{at}`, and none below it"));
        }
        objects.sort_by(|one, other| one.key.cmp(&other.key));
        Ok(Listing { objects, is_folder: true })
    }

    /// Objects whose keys begin with `prefix` and have no `/` behind it. If only one is wanted, no more than the first.
    async fn listed(&self, at: &ObjectPath, prefix: &str, most: usize) -> Result<Vec<Object>, String> {
        let bucket = self.bucket(&at.bucket)?;
        let (mut found, mut token) = (Vec::new(), None::<String>);
        loop {
            let mut action = bucket.list_objects_v2(self.credentials.as_ref());
            action.with_prefix(prefix);
            action.with_delimiter("/");
            if most == 1 {
                action.with_max_keys(1);
            }
            if let Some(token) = token.take() {
                action.with_continuation_token(token);
            }
            let text = self.text(&|| action.sign(SIGNED_FOR), at).await?;
            let page = ListObjectsV2::parse_response(&text)
                .map_err(|error| format!("`{at}`: the store's list of objects cannot be read: {error}"))?;
            for object in page.contents {
                let (etag, modified) = (object.etag, object.last_modified);
                let known = object.size.filter(|_| etag.is_some() || modified.is_some());
                let Some(bytes) = known else {
                    return Err(format!("`{at}`: the store does not say how large `{}` is, and of when", object.key));
                };
                found.push(Object { key: object.key, etag, modified, bytes });
            }
            // A store may give more than it was asked for.
            if most > 1 && found.len() > most {
                return Err(format!("`{at}` has more than {most} objects"));
            }
            match page.next_continuation_token {
                Some(next) if most > 1 => token = Some(next),
                _ => return Ok(found),
            }
        }
    }

    /// Copies an object, as it was listed, to a new file.
    pub(crate) async fn copy(&self, at: &ObjectPath, object: &Object, to: &Path) -> Result<(), String> {
        let bucket = self.bucket(&at.bucket)?;
        let action = bucket.get_object(self.credentials.as_ref(), &object.key);
        let shown = ObjectPath { bucket: at.bucket.clone(), key: object.key.clone() };
        let answer = self.ask(&|| action.sign(SIGNED_FOR), object.etag.as_deref(), &shown).await?;
        let mut body = answer.into_body();
        let wrong = |error: std::io::Error| format!("cannot write a copy of `{shown}`: {error}");
        let mut file = std::fs::File::create_new(to).map_err(wrong)?;
        let mut bytes = 0;
        while let Some(chunk) = chunk(&mut body, &shown).await? {
            bytes += chunk.len() as u64;
            if bytes > object.bytes {
                break;
            }
            file.write_all(&chunk).map_err(wrong)?;
        }
        if bytes == object.bytes { Ok(()) } else { Err(format!("`{shown}` has not the size that its list says")) }
    }

    fn bucket(&self, name: &str) -> Result<Bucket, String> {
        // Amazon's certificates are for one label before the region.
        let style = if self.path_style || name.contains('.') { UrlStyle::Path } else { UrlStyle::VirtualHost };
        Bucket::new(self.endpoint.clone(), style, name.to_owned(), self.region.clone())
            .map_err(|error| format!("the bucket `{name}` at `{}`: {error}", self.endpoint))
    }

    async fn text(&self, signed: &(dyn Fn() -> Url + Sync), at: &ObjectPath) -> Result<String, String> {
        let mut body = self.ask(signed, None, at).await?.into_body();
        let text = collected(&mut body, LIST_BYTES_MAX, at).await?;
        String::from_utf8(text).map_err(|_| format!("`{at}`: the store's list of objects is not UTF-8"))
    }

    /// Asks until there is an answer that is not to be asked for again. What is signed is in no error: it is a key for a
    /// while.
    async fn ask(
        &self,
        signed: &(dyn Fn() -> Url + Sync),
        etag: Option<&str>,
        at: &ObjectPath,
    ) -> Result<Response<Incoming>, String> {
        let client = self.client()?;
        let mut tries = 0;
        loop {
            tries += 1;
            let mut request = Request::get(signed().as_str()).header(ACCEPT_ENCODING, "identity");
            if let Some(etag) = etag {
                request = request.header(IF_MATCH, etag);
            }
            let request = request.body(Empty::new()).map_err(|_| format!("`{at}` cannot be asked for"))?;
            let reason = match timeout(SILENCE_MAX, client.request(request)).await {
                Ok(Ok(answer)) if answer.status() == StatusCode::OK => return Ok(answer),
                Ok(Ok(answer)) => {
                    let (head, mut body) = answer.into_parts();
                    let text = collected(&mut body, ERROR_BYTES_MAX, at).await.unwrap_or_default();
                    let reason = refused(head.status, &head.headers, &String::from_utf8_lossy(&text), at);
                    if !head.status.is_server_error() && head.status != StatusCode::TOO_MANY_REQUESTS {
                        return Err(reason);
                    }
                    reason
                }
                Ok(Err(error)) => format!("`{at}`: `{}` cannot be reached: {}", self.endpoint, all_words(&error)),
                Err(_) => format!("`{at}`: `{}` was silent for {} s", self.endpoint, SILENCE_MAX.as_secs()),
            };
            if tries >= TRIES {
                return Err(reason);
            }
            sleep(PAUSE * 2_u32.pow(tries - 1)).await;
        }
    }

    /// Connections, made when the first is needed: to read the system's authorities takes a while.
    fn client(&self) -> Result<&Client, String> {
        if let Some(client) = self.client.get() {
            return Ok(client);
        }
        let provider = std::sync::Arc::new(rustls::crypto::aws_lc_rs::default_provider());
        let versions = ClientConfig::builder_with_provider(provider).with_safe_default_protocol_versions();
        let versions = versions.map_err(|error| format!("cannot set up TLS: {error}"))?;
        let roots = versions.with_native_roots().map_err(|error| format!("no authorities of the system: {error}"))?;
        let mut tcp = HttpConnector::new();
        tcp.enforce_http(false);
        tcp.set_connect_timeout(Some(CONNECT_TIMEOUT));
        let https = HttpsConnectorBuilder::new()
            .with_tls_config(roots.with_no_client_auth())
            .https_or_http()
            .enable_http1()
            .wrap_connector(tcp);
        let client = legacy::Client::builder(TokioExecutor::new()).build(https);
        Ok(self.client.get_or_init(|| client))
    }
}

impl fmt::Debug for S3 {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("S3").field("endpoint", &self.endpoint.as_str()).finish_non_exhaustive()
    }
}

async fn chunk(body: &mut Incoming, at: &ObjectPath) -> Result<Option<Bytes>, String> {
    loop {
        let frame = timeout(SILENCE_MAX, body.frame()).await;
        let frame = frame.map_err(|_| format!("`{at}`: the store was silent for {} s", SILENCE_MAX.as_secs()))?;
        match frame {
            None => return Ok(None),
            Some(Err(error)) => return Err(format!("`{at}` broke off: {}", all_words(&error))),
            Some(Ok(frame)) => {
                if let Ok(data) = frame.into_data() {
                    return Ok(Some(data));
                }
            }
        }
    }
}

async fn collected(body: &mut Incoming, most: usize, at: &ObjectPath) -> Result<Vec<u8>, String> {
    let mut all = Vec::new();
    while let Some(chunk) = chunk(body, at).await? {
        if all.len() + chunk.len() > most {
            return Err(format!("`{at}`: the store's answer has more than {most} bytes"));
        }
        all.extend_from_slice(&chunk);
    }
    Ok(all)
}

/// Why a store does not answer, in words for whoever set it up.
fn refused(status: StatusCode, headers: &HeaderMap, body: &str, at: &ObjectPath) -> String {
    let code = element(body, "Code").unwrap_or_default();
    if let Some(region) = headers.get("x-amz-bucket-region").and_then(|region| region.to_str().ok())
        && (status.is_redirection() || status == StatusCode::BAD_REQUEST)
    {
        return format!("`{at}`: the bucket is in the region `{region}`; set that");
    }
    match (status, code) {
        (StatusCode::PRECONDITION_FAILED, _) => format!("`{at}` changed while it was read; run the query again"),
        (StatusCode::NOT_FOUND, "NoSuchBucket") => format!("there is no bucket `{}`", at.bucket),
        (StatusCode::NOT_FOUND, _) => format!("there is no object `{at}`"),
        (StatusCode::FORBIDDEN, "SignatureDoesNotMatch" | "InvalidAccessKeyId") => {
            format!("`{at}`: the store does not know the access key or its secret ({code})")
        }
        (StatusCode::FORBIDDEN, _) => format!("`{at}`: the store refuses whoever the access key is of ({status})"),
        _ => {
            let said: String = element(body, "Message").unwrap_or_default().chars().take(200).collect();
            format!("`{at}`: the store answers {status} {code} {said}").trim_end().to_owned()
        }
    }
}

/// The text of the first element of a name.
fn element<'t>(text: &'t str, name: &str) -> Option<&'t str> {
    let (_, rest) = text.split_once(&format!("<{name}>"))?;
    Some(rest.split_once(&format!("</{name}>"))?.0)
}

/// What an error says, and what those behind it do.
fn all_words(error: &dyn std::error::Error) -> String {
    let mut words = error.to_string();
    let mut source = error.source();
    while let Some(error) = source {
        words.push_str(&format!(": {error}"));
        source = error.source();
    }
    words
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_store_is_spoken_to_with_tls_unless_it_is_here() {
        let check = |endpoint: &str, allow_http: bool, expected: &str| {
            let settings = S3Settings { endpoint: Some(endpoint.to_owned()), allow_http, ..S3Settings::default() };
            let made = S3::new(&settings, None).map_or_else(|error| error, |made| made.endpoint.to_string());
            assert!(made.contains(expected), "{endpoint}: {made}");
        };
        check("https://minio.example", false, "https://minio.example/");
        check("http://127.0.0.1:9000", false, "http://127.0.0.1:9000/");
        check("http://minio.example", false, "without TLS");
        check("http://minio.example", true, "http://minio.example/");
        check("ftp://minio.example", true, "`ftp` is not spoken");
        check("https://me:pass@minio.example", false, "neither name nor password");
        check("minio", false, "is no URL");
        let made = S3::new(&S3Settings { region: Some("eu-west-1".to_owned()), ..S3Settings::default() }, None);
        assert_eq!(made.unwrap().endpoint.as_str(), "https://s3.eu-west-1.amazonaws.com/");
        assert!(S3::new(&S3Settings { region: Some("a.b/".to_owned()), ..S3Settings::default() }, None).is_err());
    }

    #[test]
    fn a_key_keeps_its_secret() {
        let key = S3Key { id: "id".to_owned(), secret: "hush".to_owned(), token: Some("hush".to_owned()) };
        assert!(!format!("{key:?}").contains("hush"));
    }

    #[test]
    fn what_a_store_says_is_told_in_words() {
        let at = ObjectPath { bucket: "sales".to_owned(), key: "a.csv".to_owned() };
        let mut moved = HeaderMap::new();
        moved.insert("x-amz-bucket-region", "eu-west-1".parse().unwrap());
        let none = HeaderMap::new();
        for (status, headers, body, expected) in [
            (404, &none, "<Error><Code>NoSuchBucket</Code></Error>", "there is no bucket `sales`"),
            (404, &none, "", "there is no object `s3://sales/a.csv`"),
            (403, &none, "<Code>SignatureDoesNotMatch</Code>", "does not know the access key or its secret"),
            (403, &none, "<Code>AccessDenied</Code>", "the store refuses"),
            (301, &moved, "", "the bucket is in the region `eu-west-1`"),
            (412, &none, "", "changed while it was read"),
            (
                500,
                &none,
                "<Code>InternalError</Code><Message>no</Message>",
                "500 Internal Server Error InternalError no",
            ),
        ] {
            let words = refused(StatusCode::from_u16(status).unwrap(), headers, body, &at);
            assert!(words.contains(expected), "{words}");
        }
    }
}
