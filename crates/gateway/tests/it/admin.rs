//! The admin plane: what is open, and what asks for a key.

use axum::Extension;
use axum::routing::get;
use http::{Method, StatusCode};
use redoubt_domain::{Capabilities, Capability, Principal};
use redoubt_gateway::admit::Allowance;

use crate::http_client::{open, read, request};
use crate::world::{World, demo};

type Headers = &'static [(&'static str, &'static str)];

#[tokio::test]
async fn what_the_application_adds_is_behind_a_key_that_may_do_more_than_ask_models() {
    let mut world = World::new();
    let who = async |Extension(principal): Extension<Principal>| format!("{} may track", principal.tenant);
    world.admin = axum::Router::new().route("/api/who", get(who)).fallback(async || StatusCode::NOT_FOUND);
    let tracks = Capabilities::NONE.with(Capability::Track);
    let tracks = world.key_that_can("acme", Allowance::default(), tracks).await;
    let gate = world.start(demo()).await;
    let ask = async |path: &str, key: &str, headers: &[(&str, &str)]| {
        let mut request = request(Method::GET, path, key, "");
        let host = gate.running.admin_address().to_string();
        request.headers_mut().insert("host", host.parse().unwrap());
        for (name, value) in headers {
            let name: http::HeaderName = name.parse().unwrap();
            request.headers_mut().insert(name, value.parse().unwrap());
        }
        read(open(gate.running.admin_address(), request).await).await
    };
    for path in ["/livez", "/readyz", "/metrics", "/"] {
        assert_eq!(ask(path, "", &[]).await.status, StatusCode::OK, "{path}");
    }
    let cases: [(&str, &str, Headers, u16); 9] = [
        ("/api/who", "", &[], 401),
        ("/nowhere", "", &[], 401),
        ("/api/who", "rdt_wrong", &[], 401),
        ("/api/who", &gate.key, &[], 403),
        ("/api/who", &tracks, &[], 200),
        ("/nowhere", &tracks, &[], 404),
        ("/api/who", &tracks, &[("host", "rebound.example")], 403),
        ("/api/who", &tracks, &[("origin", "https://other.example")], 403),
        ("/api/who", &tracks, &[("sec-fetch-site", "cross-site")], 403),
    ];
    for (path, key, headers, expected) in cases {
        let answer = ask(path, key, headers).await;
        assert_eq!(answer.status.as_u16(), expected, "{path} {headers:?} {}", answer.text());
        assert!(answer.headers.get("access-control-allow-origin").is_none());
        if matches!(expected, 401 | 403) {
            assert!(answer.text().starts_with(r#"{"error_code":""#), "{}", answer.text());
        }
    }
    assert_eq!(ask("/api/who", &tracks, &[]).await.text(), "acme may track");
    let asked = read(open(gate.address, request(Method::GET, "/v1/models", &tracks, "")).await).await;
    assert_eq!(asked.status, StatusCode::FORBIDDEN, "a key for experiments asks no models");
}
