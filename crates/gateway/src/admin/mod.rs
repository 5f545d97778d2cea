//! The admin plane: health, metrics and administration.
//!
//! Health and metrics need no credential: the plane is bound to loopback unless configured otherwise, and
//! they hold no text of anybody. Whatever else the application adds is behind a door that asks for a key.

mod door;

use std::net::SocketAddr;
use std::sync::Arc;

use axum::Router;
use axum::http::{HeaderValue, StatusCode, header};
use axum::middleware::from_fn_with_state;
use axum::response::IntoResponse;
use axum::routing::get;

use door::Door;

use crate::state::Shared;
use crate::telemetry;

/// The routes of the admin plane, which listens at `address`: health and metrics for everybody, and `more` for whoever
/// shows a key. Without a key nobody learns which paths there are.
pub(crate) fn router(shared: &Arc<Shared>, more: Router, address: SocketAddr) -> Router {
    let door = Door { shared: Arc::clone(shared), address };
    let shared = Arc::clone(shared);
    let ready = move || {
        let shared = Arc::clone(&shared);
        async move {
            if shared.is_ready() {
                (StatusCode::OK, "ready\n")
            } else {
                (StatusCode::SERVICE_UNAVAILABLE, "not ready: draining, or the audit log cannot be written\n")
            }
        }
    };
    Router::new()
        .route("/", get(async || INDEX))
        .route("/livez", get(async || "alive\n"))
        .route("/readyz", get(ready))
        .route("/metrics", get(measured))
        .fallback_service(more.layer(from_fn_with_state(door, door::enter)))
}

/// What a person sees who opens the plane in a browser.
const INDEX: &str = "\
Redoubt's admin plane

/livez     200 while the process lives
/readyz    200 while requests are welcome
/metrics   for Prometheus
/api       experiments, runs, artifacts and models, with a key: `mlflow` speaks it
";

async fn measured() -> impl IntoResponse {
    const TEXT: HeaderValue = HeaderValue::from_static("text/plain; version=0.0.4; charset=utf-8");
    ([(header::CONTENT_TYPE, TEXT)], telemetry::render())
}
