//! One upstream.

use std::path::PathBuf;
use std::time::Duration;

use http::{HeaderName, HeaderValue, Uri};
use redoubt_domain::settings::Table;
use redoubt_domain::{Secret, Surface};

use crate::providers::{self, Kind};

/// Where an upstream is and how it is spoken to.
#[derive(Clone, Debug)]
pub struct ProviderSettings {
    /// Which API it speaks.
    pub kind: Kind,
    /// The address before `/chat/completions` and the like; none for an upstream inside this process.
    pub base_url: Option<Uri>,
    /// Its credential.
    pub api_key: Option<Secret<String>>,
    /// The version of its API, where it asks for one.
    pub api_version: Option<String>,
    /// Authorities to trust instead of the system's, PEM.
    pub ca: Option<PathBuf>,
    /// The surfaces it serves, where they are fewer or more than its kind usually does.
    pub surfaces: Option<Vec<Surface>>,
    /// Headers to add to each call.
    pub headers: Vec<(HeaderName, HeaderValue)>,
    /// Output tokens to ask for where its API wants a number and the caller gave none.
    pub output_tokens_default: u32,
    /// Time to connect, TLS included.
    pub connect_timeout: Duration,
    /// Time from the request to the head of the answer.
    pub first_byte_timeout: Duration,
    /// Time between two pieces of the answer.
    pub idle_timeout: Duration,
    /// Time for the whole answer.
    pub total_timeout: Duration,
    /// The demonstration upstream only: time it takes before it answers.
    pub delay: Duration,
    /// The demonstration upstream only: time between two pieces of a streamed answer.
    pub pace: Duration,
}

impl ProviderSettings {
    pub(crate) fn read(table: &mut Table<'_>) -> Self {
        let kinds = providers::choices();
        let (first, default) = providers::default_kind();
        let kind = table.choose("kind", "which API the upstream speaks", &kinds, default, first);
        let seconds = Duration::from_secs;
        Self {
            kind,
            base_url: base_url(table, kind),
            api_key: table.get("api_key", "the credential, best given as `${NAME}`"),
            api_version: table.get("api_version", "the version of the API, where the upstream asks for one"),
            ca: table
                .get::<String>("ca", "a file of authorities to trust instead of the system's, PEM")
                .map(PathBuf::from),
            surfaces: surfaces(table),
            headers: table.tables("headers", "headers to add to each call", header).into_iter().flatten().collect(),
            output_tokens_default: table.or(
                "output_tokens_default",
                "output tokens to ask for where the API wants a number and the caller gave none",
                4_096,
            ),
            connect_timeout: table.or("connect_timeout", "time to connect, TLS included", seconds(5)),
            first_byte_timeout: table.or(
                "first_byte_timeout",
                "time from the request to the head of the answer",
                seconds(120),
            ),
            idle_timeout: table.or("idle_timeout", "time between two pieces of the answer", seconds(60)),
            total_timeout: table.or("total_timeout", "time for the whole answer", seconds(600)),
            delay: table.or("delay", "`demo` only: time before it answers", Duration::ZERO),
            pace: table.or("pace", "`demo` only: time between two pieces of a streamed answer", Duration::ZERO),
        }
    }
}

fn base_url(table: &mut Table<'_>, kind: Kind) -> Option<Uri> {
    let given: Option<String> = table.get("base_url", "the address before `/chat/completions` and the like");
    let text = match given {
        Some(text) => text,
        None => match kind.row().base_url {
            providers::BaseUrl::Default(url) => url.to_owned(),
            providers::BaseUrl::Required => {
                table.refuse(
                    "base_url",
                    format!("`base_url` is missing: kind `{}` has no usual address", kind.row().name),
                );
                return None;
            }
            providers::BaseUrl::InProcess => return None,
        },
    };
    match text.trim_end_matches('/').parse::<Uri>() {
        Ok(uri) if matches!(uri.scheme_str(), Some("http" | "https")) && uri.query().is_none() => Some(uri),
        _ => {
            table.refuse("base_url", format!("expected an address such as \"https://host/v1\", found `{text}`"));
            None
        }
    }
}

fn surfaces(table: &mut Table<'_>) -> Option<Vec<Surface>> {
    let given = table.has("surfaces");
    let chosen = table.choose_many(
        "surfaces",
        "the surfaces it serves, where they differ from what its kind usually does",
        &Surface::ALL.map(|surface| (surface.name(), surface)),
        Vec::new(),
    );
    given.then_some(chosen)
}

fn header(table: &mut Table<'_>) -> Option<(HeaderName, HeaderValue)> {
    let name = table.require("name", "the header's name", String::new());
    let value = table.require("value", "the header's value", Secret::new(String::new()));
    let Ok(name) = name.parse::<HeaderName>() else {
        table.refuse("name", format!("`{name}` is not the name of a header"));
        return None;
    };
    let Ok(mut value) = HeaderValue::from_str(value.expose()) else {
        table.refuse("value", "the value holds characters that headers may not hold");
        return None;
    };
    value.set_sensitive(true);
    Some((name, value))
}
