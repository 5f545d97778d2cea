//! TLS and mutual TLS.

use std::path::Path;
use std::sync::Arc;

use http::{Method, StatusCode};
use hyper::client::conn::{http1, http2};
use hyper_util::rt::{TokioExecutor, TokioIo};
use rcgen::{BasicConstraints, CertificateParams, CertifiedIssuer, IsCa, KeyPair};
use rustls::pki_types::{CertificateDer, PrivateKeyDer, ServerName};
use rustls::{ClientConfig, RootCertStore};
use serde_json::json;
use tokio::net::TcpStream;
use tokio_rustls::TlsConnector;

use crate::http_client::{read, request};
use crate::world::{Gate, World, chat, demo, with};

type Identity = (CertificateDer<'static>, PrivateKeyDer<'static>);

struct Authority(CertifiedIssuer<'static, KeyPair>);

impl Authority {
    fn new() -> Self {
        let mut params = CertificateParams::new(Vec::<String>::new()).unwrap();
        params.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
        Self(CertifiedIssuer::self_signed(params, KeyPair::generate().unwrap()).unwrap())
    }

    fn issue(&self) -> (rcgen::Certificate, KeyPair) {
        let key = KeyPair::generate().unwrap();
        let params = CertificateParams::new(vec!["localhost".to_owned()]).unwrap();
        (params.signed_by(&key, &self.0).unwrap(), key)
    }
}

fn write(directory: &Path, name: &str, text: &str) -> String {
    let path = directory.join(name);
    std::fs::write(&path, text).unwrap();
    path.to_str().unwrap().to_owned()
}

async fn connect(
    gate: &Gate,
    authority: &Authority,
    identity: Option<Identity>,
    protocol: &[u8],
) -> std::io::Result<tokio_rustls::client::TlsStream<TcpStream>> {
    let mut roots = RootCertStore::empty();
    roots.add(authority.0.der().clone()).unwrap();
    let provider = Arc::new(rustls::crypto::aws_lc_rs::default_provider());
    let builder = ClientConfig::builder_with_provider(provider).with_safe_default_protocol_versions().unwrap();
    let builder = builder.with_root_certificates(roots);
    let mut config = match identity {
        None => builder.with_no_client_auth(),
        Some((certificate, key)) => builder.with_client_auth_cert(vec![certificate], key).unwrap(),
    };
    config.alpn_protocols = vec![protocol.to_vec()];
    let stream = TcpStream::connect(gate.address).await?;
    TlsConnector::from(Arc::new(config)).connect(ServerName::try_from("localhost").unwrap(), stream).await
}

#[tokio::test]
async fn tls_and_mutual_tls() {
    let directory = tempfile::tempdir().unwrap();
    let (authority, clients) = (Authority::new(), Authority::new());
    let (certificate, key) = authority.issue();
    let tls = json!({
        "cert": write(directory.path(), "cert.pem", &certificate.pem()),
        "key": write(directory.path(), "key.pem", &key.serialize_pem()),
    });
    let post = |gate: &Gate| {
        request(Method::POST, "https://localhost/v1/chat/completions", &gate.key, chat("over tls").to_string())
    };

    let gate = World::new().start(with(demo(), json!({ "tls": tls }))).await;
    let stream = connect(&gate, &authority, None, b"http/1.1").await.unwrap();
    let (mut sender, connection) = http1::handshake(TokioIo::new(stream)).await.unwrap();
    tokio::spawn(connection);
    let mut sent = post(&gate);
    *sent.uri_mut() = "/v1/chat/completions".parse().unwrap();
    assert_eq!(read(sender.send_request(sent).await.unwrap()).await.status, StatusCode::OK);

    let stream = connect(&gate, &authority, None, b"h2").await.unwrap();
    assert_eq!(stream.get_ref().1.alpn_protocol(), Some(&b"h2"[..]));
    let (mut sender, connection) = http2::handshake(TokioExecutor::new(), TokioIo::new(stream)).await.unwrap();
    tokio::spawn(connection);
    let answer = read(sender.send_request(post(&gate)).await.unwrap()).await;
    assert_eq!(answer.status, StatusCode::OK, "{}", answer.text());

    let mutual = with(tls, json!({ "client_ca": write(directory.path(), "ca.pem", &clients.0.pem()) }));
    let gate = World::new().start(with(demo(), json!({ "tls": mutual }))).await;
    let (certificate, key) = clients.issue();
    let identity = (certificate.der().clone(), PrivateKeyDer::Pkcs8(key.serialize_der().into()));
    let stream = connect(&gate, &authority, Some(identity), b"http/1.1").await.unwrap();
    let (mut sender, connection) = http1::handshake(TokioIo::new(stream)).await.unwrap();
    tokio::spawn(connection);
    let mut sent = post(&gate);
    *sent.uri_mut() = "/v1/chat/completions".parse().unwrap();
    assert_eq!(read(sender.send_request(sent).await.unwrap()).await.status, StatusCode::OK);

    // In TLS 1.3 a missing certificate shows at the first read.
    let refused = match connect(&gate, &authority, None, b"http/1.1").await {
        Err(_) => true,
        Ok(stream) => {
            let (mut sender, connection) = http1::handshake(TokioIo::new(stream)).await.unwrap();
            tokio::spawn(connection);
            let mut sent = post(&gate);
            *sent.uri_mut() = "/v1/chat/completions".parse().unwrap();
            sender.send_request(sent).await.is_err()
        }
    };
    assert!(refused, "a caller without a certificate was served");
}
