//! Who may come in on the admin plane, beyond health and metrics: a browser that another site sent may not, and
//! everybody shows a key.

use std::net::{IpAddr, SocketAddr};
use std::sync::Arc;

use axum::extract::{Request, State};
use axum::http::{HeaderMap, StatusCode, Uri, header};
use axum::middleware::Next;
use axum::response::{IntoResponse, Response};
use redoubt_wire::ProblemKind;
use serde_json::json;

use crate::admit::Refused;
use crate::state::Shared;

/// What the door knows.
#[derive(Clone)]
pub(super) struct Door {
    pub(super) shared: Arc<Shared>,
    /// Where the plane listens.
    pub(super) address: SocketAddr,
}

/// Lets a request through that shows a key, with its [`redoubt_domain::Principal`] among its extensions.
pub(super) async fn enter(State(door): State<Door>, mut request: Request, next: Next) -> Response {
    let hosts = &door.shared.snapshot.load().settings.admin_hosts;
    if let Err(reason) = check_site(request.headers(), request.uri(), door.address.ip(), hosts) {
        return refusal(StatusCode::FORBIDDEN, "PERMISSION_DENIED", &reason);
    }
    match door.shared.admission.identify_admin(request.headers()) {
        Ok(principal) => {
            request.extensions_mut().insert(principal);
            next.run(request).await
        }
        Err(Refused { kind: ProblemKind::Permission, message, retry_after: _, rates: _ }) => {
            refusal(StatusCode::FORBIDDEN, "PERMISSION_DENIED", &message)
        }
        Err(Refused { kind: _, message, retry_after: _, rates: _ }) => {
            let mut refusal = refusal(StatusCode::UNAUTHORIZED, "UNAUTHENTICATED", &message);
            // Not `Basic`: a browser would ask its user, keep the key, and send it with everything from then on.
            const BEARER: header::HeaderValue = header::HeaderValue::from_static("Bearer realm=\"redoubt\"");
            refusal.headers_mut().insert(header::WWW_AUTHENTICATE, BEARER);
            refusal
        }
    }
}

/// An error as the admin plane tells it, which is also how MLflow's clients read it.
fn refusal(status: StatusCode, code: &str, message: &str) -> Response {
    let body = json!({ "error_code": code, "message": message }).to_string();
    (status, [(header::CONTENT_TYPE, "application/json")], body).into_response()
}

/// Refuses what a page of another site makes a browser send. Where the plane listens on loopback, the name that the
/// request was sent to must be one of this machine: a page may point its own name at 127.0.0.1 (DNS rebinding), and
/// is then of the same origin.
fn check_site(headers: &HeaderMap, uri: &Uri, listens_on: IpAddr, hosts: &[String]) -> Result<(), String> {
    let text = |name: header::HeaderName| headers.get(name).map(|value| value.to_str().unwrap_or("?"));
    let host = text(header::HOST).or_else(|| uri.authority().map(|authority| authority.as_str())).unwrap_or_default();
    let name = without_port(host);
    if listens_on.is_loopback() && !is_of_this_machine(name) && !hosts.iter().any(|known| known == name) {
        return Err(format!(
            "`{name}` is no name of this machine, and the admin plane listens on loopback alone; if a proxy sends \
             requests here under that name, add it to `admin_hosts`"
        ));
    }
    match headers.get("sec-fetch-site").map(|value| value.to_str().unwrap_or("?")) {
        None | Some("same-origin" | "none") => {}
        Some(_) => return Err("a page of another site sent this request".to_owned()),
    }
    match text(header::ORIGIN) {
        None => Ok(()),
        Some(origin) if origin.split_once("://").is_some_and(|(_, origin)| origin.eq_ignore_ascii_case(host)) => Ok(()),
        Some(_) => Err("a page of another origin sent this request".to_owned()),
    }
}

fn without_port(host: &str) -> &str {
    match host.rsplit_once(':') {
        Some((name, port)) if port.bytes().all(|byte| byte.is_ascii_digit()) && !name.ends_with(':') => name,
        _ => host,
    }
}

fn is_of_this_machine(name: &str) -> bool {
    let address = name.strip_prefix('[').and_then(|name| name.strip_suffix(']')).unwrap_or(name);
    name.eq_ignore_ascii_case("localhost") || address.parse::<IpAddr>().is_ok_and(|address| address.is_loopback())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_browser_that_another_site_sent_stays_outside() {
        let loopback = [
            (vec![("host", "127.0.0.1:8081")], true),
            (vec![("host", "localhost:8081")], true),
            (vec![("host", "LOCALHOST")], true),
            (vec![("host", "[::1]:8081")], true),
            (vec![("host", "known.example:8081")], true),
            (vec![("host", "rebound.example:8081")], false),
            (vec![("host", "127.0.0.1.rebound.example")], false),
            (vec![("host", "localhost.rebound.example:8081")], false),
            (vec![], false),
            (vec![("host", "127.0.0.1:8081"), ("origin", "http://127.0.0.1:8081")], true),
            (vec![("host", "127.0.0.1:8081"), ("origin", "http://127.0.0.1:3000")], false),
            (vec![("host", "127.0.0.1:8081"), ("origin", "null")], false),
            (vec![("host", "127.0.0.1:8081"), ("sec-fetch-site", "same-origin")], true),
            (vec![("host", "127.0.0.1:8081"), ("sec-fetch-site", "none")], true),
            (vec![("host", "127.0.0.1:8081"), ("sec-fetch-site", "cross-site")], false),
            (vec![("host", "127.0.0.1:8081"), ("sec-fetch-site", "same-site")], false),
        ];
        let known = ["known.example".to_owned()];
        let check = |pairs: &[(&'static str, &'static str)], address: &str| {
            let pairs = pairs
                .iter()
                .map(|(name, value)| (header::HeaderName::from_static(name), header::HeaderValue::from_static(value)));
            check_site(&pairs.collect(), &Uri::from_static("/"), address.parse().unwrap(), &known).is_ok()
        };
        for (pairs, expected) in &loopback {
            assert_eq!(check(pairs, "127.0.0.1"), *expected, "{pairs:?}");
        }
        assert!(check(&[("host", "anything.example")], "10.0.0.1"), "there are names that are not known here");
        assert!(!check(&[("host", "a.example"), ("origin", "https://b.example")], "10.0.0.1"));
    }
}
