//! Accepting connections on one address, and letting go of them.

use std::convert::Infallible;
use std::net::SocketAddr;
use std::pin::pin;
use std::sync::Arc;
use std::time::Duration;

use arc_swap::ArcSwapOption;
use http::{Request, Response};
use hyper::body::Incoming;
use hyper::service::{Service, service_fn};
use hyper_util::rt::{TokioExecutor, TokioIo, TokioTimer};
use hyper_util::server::conn::auto;
use redoubt_domain::Limits;
use rustls::ServerConfig;
use tokio::io::{AsyncRead, AsyncWrite};
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::{Semaphore, watch};
use tokio::task::{JoinHandle, JoinSet};
use tokio::time::{sleep, timeout};
use tokio_rustls::TlsAcceptor;

use super::quiet::{Occupied, Quiet};
use super::stall::StallGuard;
use super::{Lanes, Outgoing};

/// How far a listener has come towards its end.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Phase {
    Serving,
    /// No new connections, no new requests on old ones.
    Draining,
    /// What is still open is cut.
    Cut,
}

/// What a listener works with.
pub(crate) struct Wiring {
    pub(crate) limits: Limits,
    /// Present if connections are TLS; may be exchanged while serving, so that certificates can be renewed.
    pub(crate) tls: Arc<ArcSwapOption<ServerConfig>>,
    /// The threads that serve the connections; without them the runtime does that listens.
    pub(crate) lanes: Option<Arc<Lanes>>,
}

/// A listener that serves.
pub(crate) struct Plane {
    phase: watch::Sender<Phase>,
    task: JoinHandle<()>,
}

impl Plane {
    /// Stops accepting, waits `patience` for requests in flight, then cuts.
    pub(crate) async fn drain(mut self, patience: Duration) {
        self.phase.send_replace(Phase::Draining);
        if timeout(patience, &mut self.task).await.is_err() {
            self.phase.send_replace(Phase::Cut);
            let _ = self.task.await;
        }
    }
}

/// Serves each connection of `listener` with what `service` makes for its peer.
pub(crate) fn listen<S, F>(listener: TcpListener, wiring: Wiring, service: F) -> Plane
where
    F: Fn(SocketAddr) -> S + Send + Sync + 'static,
    S: Service<Request<Incoming>, Response = Response<Outgoing>, Error = Infallible> + Send + Sync + 'static,
    S::Future: Send + 'static,
{
    let (phase, watched) = watch::channel(Phase::Serving);
    let task = tokio::spawn(accept(listener, wiring, service, watched));
    Plane { phase, task }
}

async fn accept<S, F>(listener: TcpListener, wiring: Wiring, service: F, mut phase: watch::Receiver<Phase>)
where
    F: Fn(SocketAddr) -> S + Send + Sync + 'static,
    S: Service<Request<Incoming>, Response = Response<Outgoing>, Error = Infallible> + Send + Sync + 'static,
    S::Future: Send + 'static,
{
    let places = Arc::new(Semaphore::new(wiring.limits.connections_max));
    let server = Arc::new(server(&wiring.limits));
    let mut connections = JoinSet::new();
    let mut is_refused = false;
    loop {
        // A place is taken before a connection is, so that what does not fit waits in the kernel's queue.
        let next = async {
            let place = Arc::clone(&places).acquire_owned().await.ok()?;
            Some((place, listener.accept().await.and_then(|(stream, peer)| Ok((stream.into_std()?, peer)))))
        };
        let accepted = tokio::select! {
            biased;
            () = no_longer(&mut phase, Phase::Serving) => break,
            Some(_) = connections.join_next() => continue,
            accepted = next => accepted,
        };
        match accepted {
            Some((place, Ok((stream, peer)))) => {
                is_refused = false;
                let (server, served, phase) = (Arc::clone(&server), service(peer), phase.clone());
                let tls = wiring.tls.load_full();
                let limits = wiring.limits.clone();
                let served = async move {
                    // Into the runtime of the thread that serves it: no other is told when there is something to read.
                    match TcpStream::from_std(stream) {
                        Ok(stream) => connection(stream, tls, &server, served, phase, &limits).await,
                        Err(error) => tracing::debug!(%error, "a connection was gone at once"),
                    }
                    drop(place);
                };
                match &wiring.lanes {
                    Some(lanes) => lanes.spawn(&mut connections, served),
                    None => drop(connections.spawn(served)),
                }
            }
            // Usually too many open files: others will be closed soon. Said once until it works again.
            Some((_, Err(error))) => {
                if !std::mem::replace(&mut is_refused, true) {
                    tracing::warn!(%error, "cannot accept connections");
                }
                sleep(Duration::from_millis(50)).await;
            }
            None => break,
        }
    }
    drop(listener);
    let mut cut = pin!(no_longer(&mut phase, Phase::Draining));
    loop {
        tokio::select! {
            finished = connections.join_next() => if finished.is_none() { return },
            () = &mut cut => break,
        }
    }
    connections.shutdown().await;
}

/// Waits until `phase` is another than `is`. The guard that tokio returns must not live on: it is a lock.
async fn no_longer(phase: &mut watch::Receiver<Phase>, is: Phase) {
    let _ = phase.wait_for(|phase| *phase != is).await;
}

fn server(limits: &Limits) -> auto::Builder<TokioExecutor> {
    let mut server = auto::Builder::new(TokioExecutor::new());
    server
        .http1()
        .timer(TokioTimer::new())
        // Hyper's own limit begins with the first byte and knows no difference between a slow head and an idle
        // connection; see `Quiet`.
        .header_read_timeout(None)
        .max_headers(limits.headers_max)
        .max_buf_size(limits.header_bytes_max.max(8 << 10));
    server
        .http2()
        .timer(TokioTimer::new())
        .max_header_list_size(u32::try_from(limits.header_bytes_max).unwrap_or(u32::MAX))
        .max_concurrent_streams(256)
        .keep_alive_interval(Duration::from_secs(30))
        .keep_alive_timeout(Duration::from_secs(20));
    server
}

async fn connection<S>(
    stream: TcpStream,
    tls: Option<Arc<ServerConfig>>,
    server: &auto::Builder<TokioExecutor>,
    service: S,
    phase: watch::Receiver<Phase>,
    limits: &Limits,
) where
    S: Service<Request<Incoming>, Response = Response<Outgoing>, Error = Infallible> + Send + 'static,
    S::Future: Send + 'static,
{
    // Without this, Nagle's algorithm holds each small piece of a stream for up to 40 ms.
    let _ = stream.set_nodelay(true);
    let stream = StallGuard::new(stream, limits.write_stall_timeout);
    let quiet = Quiet::new(limits);
    let Some(config) = tls else {
        return serve(stream, server, service, quiet, phase).await;
    };
    let handshake = TlsAcceptor::from(config).accept(stream);
    match timeout(limits.header_read_timeout, handshake).await {
        Ok(Ok(stream)) => serve(stream, server, service, quiet, phase).await,
        Ok(Err(error)) => tracing::debug!(%error, "a TLS handshake failed"),
        Err(_elapsed) => tracing::debug!("a TLS handshake took too long"),
    }
}

async fn serve<S, T>(
    stream: T,
    server: &auto::Builder<TokioExecutor>,
    service: S,
    quiet: Arc<Quiet>,
    mut phase: watch::Receiver<Phase>,
) where
    T: AsyncRead + AsyncWrite + Send + Unpin + 'static,
    S: Service<Request<Incoming>, Response = Response<Outgoing>, Error = Infallible> + Send + 'static,
    S::Future: Send + 'static,
{
    let watched = Arc::clone(&quiet);
    let service = service_fn(move |request| {
        let busy = watched.busy();
        let answer = service.call(request);
        async move { answer.await.map(|response| response.map(|body| Occupied::new(body, busy))) }
    });
    let mut connection = pin!(server.serve_connection(TokioIo::new(stream), service));
    let served = tokio::select! {
        served = connection.as_mut() => served,
        () = quiet.too_long() => {
            // In good order where the protocol has one; whoever is in the middle of a head has had its time.
            connection.as_mut().graceful_shutdown();
            match timeout(PARTING, connection).await {
                Ok(served) => served,
                Err(_elapsed) => return,
            }
        }
        () = no_longer(&mut phase, Phase::Serving) => {
            connection.as_mut().graceful_shutdown();
            connection.await
        }
    };
    if let Err(error) = served {
        tracing::debug!(%error, "a connection ended early");
    }
}

/// How long a quiet connection may take to part.
const PARTING: Duration = Duration::from_millis(500);
