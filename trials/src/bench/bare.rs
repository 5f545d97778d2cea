//! The physical limit: a proxy of nothing but hyper's server and hyper's pooled client, on the runtime that
//! the gateway uses. It hands bodies on as they come and looks at nothing.

use std::convert::Infallible;

use bytes::Bytes;
use http_body_util::combinators::BoxBody;
use http_body_util::{BodyExt, Empty};
use hyper::body::Incoming;
use hyper::header::HOST;
use hyper::server::conn::http1;
use hyper::service::service_fn;
use hyper::{Request, Response, StatusCode, Uri};
use hyper_util::client::legacy::Client;
use hyper_util::client::legacy::connect::HttpConnector;
use hyper_util::rt::{TokioExecutor, TokioIo};
use tokio::net::TcpListener;

use super::role::{Arguments, announce};
use crate::Outcome;

type Upstream = Client<HttpConnector, Incoming>;
type Reply = Response<BoxBody<Bytes, hyper::Error>>;

/// Serves until it is killed.
pub(super) fn serve(arguments: &Arguments) -> Outcome {
    let upstream = arguments.text("upstream")?.to_owned();
    let runtime = tokio::runtime::Builder::new_multi_thread().enable_all().build();
    runtime.map_err(|error| error.to_string())?.block_on(async {
        let listener = TcpListener::bind("127.0.0.1:0").await.map_err(|error| error.to_string())?;
        announce(&listener)?;
        let mut tcp = HttpConnector::new();
        tcp.set_nodelay(true);
        let client: Upstream = Client::builder(TokioExecutor::new()).build(tcp);
        loop {
            let (stream, _) = listener.accept().await.map_err(|error| error.to_string())?;
            let _ = stream.set_nodelay(true);
            let (client, upstream) = (client.clone(), upstream.clone());
            tokio::spawn(async move {
                let service = service_fn(move |request| forward(client.clone(), upstream.clone(), request));
                let _ = http1::Builder::new().serve_connection(TokioIo::new(stream), service).await;
            });
        }
    })
}

async fn forward(client: Upstream, upstream: String, mut request: Request<Incoming>) -> Result<Reply, Infallible> {
    let uri = format!("http://{upstream}{}", request.uri().path());
    let Ok(uri) = uri.parse::<Uri>() else { return Ok(bad_gateway()) };
    *request.uri_mut() = uri;
    request.headers_mut().remove(HOST);
    match client.request(request).await {
        Ok(response) => Ok(response.map(BodyExt::boxed)),
        Err(_) => Ok(bad_gateway()),
    }
}

fn bad_gateway() -> Reply {
    let mut response = Response::new(Empty::new().map_err(|never| match never {}).boxed());
    *response.status_mut() = StatusCode::BAD_GATEWAY;
    response
}
