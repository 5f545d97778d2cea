//! Everything a user can set about the gateway, checked as a whole.
//!
//! What is read here is valid: every name that one table uses and another defines has been looked up, so
//! nothing later has to ask whether a provider or a model exists.

mod address;
mod audit;
mod bounds;
mod model;
mod provider;
mod route;
mod tls;
mod transformer;

use std::net::SocketAddr;

use redoubt_domain::Limits;
use redoubt_domain::settings::Table;

pub use audit::{AuditSettings, Durability};
pub use model::{ModelSettings, Pattern, Price, TargetSettings};
pub use provider::ProviderSettings;
pub use route::{OnBlock, REFUSAL_TEXT, RouteSettings};
pub use tls::TlsSettings;
pub use transformer::TransformerSettings;

use crate::admit::AdmitSettings;
use crate::telemetry::TelemetrySettings;
use crate::upstream::{BreakerSettings, RetrySettings};

/// A valid configuration of the gateway.
#[derive(Clone, Debug)]
pub struct Settings {
    /// Where callers reach the models.
    pub listen: SocketAddr,
    /// Where operators reach health, metrics and administration.
    pub admin_listen: SocketAddr,
    /// Names under which requests may come to the admin plane where it listens on loopback, as from a proxy; names of
    /// this machine always may.
    pub admin_hosts: Vec<String>,
    /// TLS on the data plane; plain HTTP without.
    pub tls: Option<TlsSettings>,
    /// TLS on the admin plane; plain HTTP without.
    pub admin_tls: Option<TlsSettings>,
    /// The upstreams, by name.
    pub providers: Vec<(String, ProviderSettings)>,
    /// The models that callers may name, by alias.
    pub models: Vec<(String, ModelSettings)>,
    /// Who may use which model on which surface under which policy; the first that fits counts.
    pub routes: Vec<(String, RouteSettings)>,
    /// Keys, limits and budgets.
    pub admit: AdmitSettings,
    /// What the audit log keeps, and when an answer waits for it.
    pub audit: AuditSettings,
    /// The model that is asked for second opinions, if there is one.
    pub transformer: Option<TransformerSettings>,
    /// When and how often a failed upstream call is tried again.
    pub retries: RetrySettings,
    /// When a failing target is left alone.
    pub breaker: BreakerSettings,
    /// Bounds on what strangers and upstreams may send.
    pub bounds: Limits,
    /// Metrics, traces and logs.
    pub telemetry: TelemetrySettings,
}

impl Settings {
    /// Reads the gateway's keys of the configuration's root table.
    pub fn read(table: &mut Table<'_>) -> Self {
        let provider_names = owned(&table.names("providers"));
        let model_names = owned(&table.names("models"));
        let has_transformer = table.has("transformer");
        let settings = Self {
            listen: address::read(
                table,
                "listen",
                "the address at which callers reach the models",
                SocketAddr::from(([127, 0, 0, 1], 8080)),
            ),
            admin_listen: address::read(
                table,
                "admin_listen",
                "the address at which operators reach health, metrics and administration",
                SocketAddr::from(([127, 0, 0, 1], 8081)),
            ),
            admin_hosts: table.or(
                "admin_hosts",
                "names under which a proxy sends requests to the admin plane where that listens on loopback",
                Vec::new(),
            ),
            tls: table.table_if("tls", "TLS on the data plane", TlsSettings::read),
            admin_tls: table.table_if("admin_tls", "TLS on the admin plane", TlsSettings::read),
            providers: table
                .named("providers", "the upstreams, each under a name", |_, table| ProviderSettings::read(table)),
            models: table.named(
                "models",
                "the models that callers may name; `*` stands for any text",
                |alias, table| ModelSettings::read(alias, table, &provider_names, &model_names),
            ),
            routes: table.named(
                "routes",
                "who may use which model on which surface under which policy; the first that fits counts",
                |_, table| RouteSettings::read(table, &model_names, has_transformer),
            ),
            admit: table.table("limits", "limits and budgets", AdmitSettings::read),
            audit: table.table("audit", "what the audit log keeps", AuditSettings::read),
            transformer: table.table_if(
                "transformer",
                "a local model that is asked where the classifier is not sure; needs a build with `infer`",
                TransformerSettings::read,
            ),
            retries: table.table("retries", "when a failed upstream call is tried again", RetrySettings::read),
            breaker: table.table("breaker", "when a failing target is left alone", BreakerSettings::read),
            bounds: table.table("bounds", "bounds on what strangers and upstreams may send", bounds::read),
            telemetry: table.table("telemetry", "metrics, traces and logs", TelemetrySettings::read),
        };
        let asks = |(_, route): &(String, RouteSettings)| route.guard.parameters().second_opinion.is_some();
        if has_transformer && !settings.routes.iter().any(asks) {
            let reason =
                "no route asks the model; add a table `[routes.NAME.guard.second_opinion]`, which may be empty";
            table.refuse("transformer", reason);
        }
        settings
    }
}

fn owned(names: &[&str]) -> Vec<String> {
    names.iter().map(|&name| name.to_owned()).collect()
}

/// "`x` is not defined; there are `a`, `b`", or how to define the first.
fn undefined(what: &str, name: &str, section: &str, known: &[String]) -> String {
    if known.is_empty() {
        return format!("{what} `{name}` is not defined; add a table `[{section}.{name}]`");
    }
    let known = known.iter().map(|name| format!("`{name}`")).collect::<Vec<_>>().join(", ");
    format!("{what} `{name}` is not defined, there are {known}")
}

#[cfg(test)]
mod tests {
    use redoubt_domain::settings::{self, Entry, Node, Value};

    use super::*;

    fn table(entries: Vec<(&str, Value)>) -> Value {
        let entry = |(key, value): (&str, Value)| Entry {
            key: key.to_owned(),
            key_span: 0..0,
            node: Node { span: 0..0, value },
        };
        Value::Table(entries.into_iter().map(entry).collect())
    }

    fn text(text: &str) -> Value {
        Value::String(text.to_owned())
    }

    fn list(values: Vec<Value>) -> Value {
        Value::Array(values.into_iter().map(|value| Node { span: 0..0, value }).collect())
    }

    fn read(root: Value) -> Result<Settings, Vec<String>> {
        settings::read(&Node { span: 0..0, value: root }, Settings::read).map_err(|mistakes| {
            mistakes.into_iter().map(|m| format!("{}: {} {:?}", m.path, m.reason, m.suggestion)).collect()
        })
    }

    #[test]
    fn nothing_set_is_a_valid_configuration_on_loopback() {
        let settings = read(table(vec![])).unwrap();
        assert!(settings.listen.ip().is_loopback() && settings.admin_listen.ip().is_loopback());
        assert!(settings.tls.is_none());
    }

    #[test]
    fn every_name_that_is_used_must_be_defined() {
        let root = table(vec![
            ("listen", text("nowhere")),
            ("providers", table(vec![("openai", table(vec![("kind", text("openay"))]))])),
            (
                "models",
                table(vec![(
                    "gpt",
                    table(vec![
                        ("targets", list(vec![table(vec![("provider", text("opneai"))])])),
                        ("fallbacks", list(vec![text("gtp")])),
                    ]),
                )]),
            ),
            (
                "routes",
                table(vec![("default", table(vec![("models", list(vec![text("gpx")])), ("onblock", text("x"))]))]),
            ),
        ]);
        let mistakes = read(root).unwrap_err().join("\n");
        for expected in [
            "listen: ",
            "providers.openai.kind: `openay` is not one of",
            "provider `opneai` is not defined, there are `openai` Some(\"openai\")",
            "model `gtp` is not defined, there are `gpt` Some(\"gpt\")",
            "unknown key `onblock` in `routes.default` Some(\"on_block\")",
        ] {
            assert!(mistakes.contains(expected), "{expected} is not among\n{mistakes}");
        }
    }
}
