//! The gateway on trial: the product, started with one route for each action, or any other by its address.

use std::net::TcpStream;

use super::cells::{Action, Cell};
use crate::Outcome;
use crate::product::{Installation, Server};
use crate::upstream::Upstream;

/// Where to ask.
pub(crate) struct Target {
    /// `host:port`.
    pub(crate) address: String,
    /// What stands before `/v1` in the paths.
    pub(crate) prefix: String,
    pub(crate) key: String,
    /// Whether it is the product, of which more is asked than of others.
    pub(crate) is_own: bool,
    _running: Option<(Installation, Server)>,
}

impl Target {
    /// Starts the product before these upstreams.
    pub(crate) fn product(upstreams: &[Upstream]) -> Outcome<Self> {
        let installation = Installation::new(&configuration(upstreams))?;
        let key = installation.new_key("conformance")?;
        let server = installation.start()?;
        let address = server.data_address.clone();
        Ok(Self { address, prefix: String::new(), key, is_own: true, _running: Some((installation, server)) })
    }

    /// A gateway that runs somewhere.
    pub(crate) fn other(url: &str, key: &str) -> Outcome<Self> {
        let rest = url.strip_prefix("http://").ok_or("the target must be an `http://` address")?;
        let (address, path) = rest.split_once('/').unwrap_or((rest, ""));
        let prefix = path.trim_end_matches('/').trim_end_matches("v1").trim_end_matches('/');
        let prefix = if prefix.is_empty() { String::new() } else { format!("/{prefix}") };
        let address = if address.contains(':') { address.to_owned() } else { format!("{address}:80") };
        TcpStream::connect(&address).map_err(|error| format!("nothing to try at {address}: {error}"))?;
        Ok(Self { address, prefix, key: key.to_owned(), is_own: false, _running: None })
    }

    /// The model that a cell asks for: its name chooses the route. Another gateway has one for each action.
    pub(crate) fn model(&self, cell: &Cell, worker: usize) -> String {
        let action = cell.action.name();
        if !self.is_own {
            return action.to_owned();
        }
        let provider = if cell.surface.provider.is_empty() { "native" } else { cell.surface.provider };
        format!("{action}-{provider}-{worker}")
    }
}

/// The labels of the subjects, and of what cannot be looked into.
const LABELS: &str =
    r#"["CREDIT_CARD", "EMAIL_ADDRESS", "US_SSN", "PHONE_NUMBER", "IBAN_CODE", "SECRET", "NESTED_ENCODING"]"#;
const PHRASES: &str = r#"["PROMPT_INJECTION", "JAILBREAK", "BANNED_WORD"]"#;

/// One route for each action, three providers for each upstream.
fn configuration(upstreams: &[Upstream]) -> String {
    let mut out = String::from("listen = \"127.0.0.1:0\"\nadmin_listen = \"127.0.0.1:0\"\n");
    for (worker, Upstream { address, .. }) in upstreams.iter().enumerate() {
        for (provider, surfaces) in [
            ("native", r#"["chat", "completions", "responses", "embeddings", "messages", "count_tokens"]"#),
            ("chat", r#"["chat"]"#),
            ("messages", r#"["messages"]"#),
        ] {
            out.push_str(&format!(
                "[providers.{provider}-{worker}]\nkind = \"openai\"\nbase_url = \"http://{address}/v1\"\nsurfaces = {surfaces}\n"
            ));
            for action in Action::ALL {
                let action = action.name();
                out.push_str(&format!(
                    "[models.{action}-{provider}-{worker}]\ntargets = [{{ provider = \"{provider}-{worker}\" }}]\n"
                ));
            }
        }
    }
    for action in Action::ALL {
        let name = action.name();
        let (act, on_block) = match action {
            Action::Block => ("action = \"block\"", "error"),
            Action::Refuse => ("action = \"block\"", "refusal"),
            Action::Mask => ("action = \"transform\"\ntransform = \"mask\"", "error"),
            Action::Restore => ("action = \"transform\"\ntransform = \"anonymize\"", "error"),
        };
        out.push_str(&format!("[routes.{name}]\nmodels = [\"{name}-*\"]\non_block = \"{on_block}\"\n"));
        out.push_str(&format!(
            "[routes.{name}.guard]\nprofile = \"observe\"\nbanned_words = [\"project nightingale\"]\n"
        ));
        out.push_str(&format!("[[routes.{name}.guard.rules]]\nname = \"values\"\nlabels = {LABELS}\n{act}\n"));
        out.push_str(&format!(
            "[[routes.{name}.guard.rules]]\nname = \"phrases\"\nlabels = {PHRASES}\nscore_min = 0.3\naction = \"block\"\n"
        ));
    }
    out
}
