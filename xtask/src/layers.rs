//! Which crate may see which, as `docs/ARCHITECTURE.md` draws it.

use crate::Outcome;
use crate::metadata::{list, metadata, text};

/// A crate of ours and the crates of ours that it may see.
const ARROWS: &[(&str, &[&str])] = &[
    ("redoubt-domain", &[]),
    ("redoubt-wire", &["redoubt-domain"]),
    ("redoubt-guard", &["redoubt-domain"]),
    ("redoubt-audit", &["redoubt-domain"]),
    ("redoubt-store", &["redoubt-domain"]),
    ("redoubt-gateway", &["redoubt-wire", "redoubt-guard", "redoubt-audit", "redoubt-domain"]),
    ("redoubt-infer", &["redoubt-domain"]),
    ("redoubt-lake", &["redoubt-domain"]),
    ("redoubt-learn", &[]),
    // It learns and measures by the functions of `learn`.
    ("redoubt-pipeline", &["redoubt-learn", "redoubt-domain"]),
    ("redoubt-models", &["redoubt-domain"]),
    // Its evidence is signed in the envelopes of `models::sign`, and signatures of models are verified by it.
    ("redoubt-registry", &["redoubt-models", "redoubt-domain"]),
    // A rim of its own, which the application puts behind the gateway's door.
    ("redoubt-tracking", &["redoubt-registry", "redoubt-models", "redoubt-domain"]),
    (
        "redoubt",
        &[
            "redoubt-tracking",
            "redoubt-pipeline",
            "redoubt-learn",
            "redoubt-gateway",
            "redoubt-store",
            "redoubt-infer",
            "redoubt-lake",
            "redoubt-models",
            "redoubt-registry",
            "redoubt-wire",
            "redoubt-guard",
            "redoubt-audit",
            "redoubt-domain",
        ],
    ),
    // It drives the binary from outside; only the engine's own speed is measured in its process.
    ("redoubt-trials", &["redoubt-guard", "redoubt-domain"]),
    // It learns heads for encoders, in a build with its feature `infer`.
    ("redoubt-training", &["redoubt-guard", "redoubt-infer", "redoubt-domain"]),
    ("xtask", &[]),
];

/// What no crate has unless it is asked for: a tensor library and an engine for SQL take minutes to build, and megabytes.
const OPTIONAL: &[&str] = &["redoubt-infer", "redoubt-lake"];

/// Crates that do no I/O: a decision must be a function of its arguments, so that it can be replayed.
const PURE: &[&str] = &[
    "redoubt-domain",
    "redoubt-wire",
    "redoubt-guard",
    "redoubt-audit",
    "redoubt-learn",
    "redoubt-pipeline",
    "redoubt-models",
    "redoubt-registry",
];

/// What a pure crate must not depend on.
const IMPURE: &[&str] = &["tokio", "hyper", "hyper-util", "axum", "reqwest", "sqlx", "mio", "socket2", "rand"];

/// What the vocabulary must not depend on either: internal types are not for writing down.
const NOT_IN_DOMAIN: &[&str] = &["serde", "serde_json", "toml"];

pub(crate) fn run(_: &[String]) -> Outcome {
    let metadata = metadata()?;
    let members: Vec<&str> = list(&metadata, "workspace_members").iter().filter_map(|id| id.as_str()).collect();
    let mut wrong = Vec::new();
    for package in list(&metadata, "packages") {
        if !members.contains(&text(package, "id")) {
            continue;
        }
        let name = text(package, "name");
        let Some((_, allowed)) = ARROWS.iter().find(|(known, _)| *known == name) else {
            wrong.push(format!("`{name}` has no line in xtask/src/layers.rs: say what it may see"));
            continue;
        };
        for dependency in list(package, "dependencies") {
            // Tests may look sideways: a conformance suite needs an implementation.
            if text(dependency, "kind") == "dev" {
                continue;
            }
            let seen = text(dependency, "name");
            if ARROWS.iter().any(|(ours, _)| *ours == seen) && !allowed.contains(&seen) {
                wrong.push(format!("`{name}` must not see `{seen}`"));
            }
            let is_optional = dependency.get("optional").and_then(serde_json::Value::as_bool) == Some(true);
            if OPTIONAL.contains(&seen) && !is_optional {
                wrong.push(format!("`{name}` must see `{seen}` in a feature of its own alone, `optional = true`"));
            }
            if PURE.contains(&name) && IMPURE.contains(&seen) {
                wrong
                    .push(format!("`{name}` is pure and must not use `{seen}`; put the I/O at the rim, behind a seam"));
            }
            if name == "redoubt-domain" && NOT_IN_DOMAIN.contains(&seen) {
                wrong.push(format!("`{name}` must not use `{seen}`: what is written down has its own type elsewhere"));
            }
        }
    }
    for package in list(&metadata, "packages").iter().filter(|package| members.contains(&text(package, "id"))) {
        if package.pointer("/features/default").is_some() {
            wrong.push(format!("`{}` has default features: what is off by default must be", text(package, "name")));
        }
    }
    if wrong.is_empty() { Ok(()) } else { Err(format!("the arrows are broken\n  {}", wrong.join("\n  "))) }
}
