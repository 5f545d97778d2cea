//! Azure OpenAI: each model is a deployment with its own path, and the key has its own header.

use async_trait::async_trait;
use http::uri::InvalidUri;
use http::{HeaderMap, Uri};
use redoubt_domain::Surface;

use super::{BaseUrl, BuildProviderError, Call, Provider, Row, plain};
use crate::settings::ProviderSettings;
use crate::upstream::{Answer, Client, Failure};

pub(super) static ROW: Row = Row {
    name: "azure",
    summary: "Azure OpenAI: `base_url` is the resource (`https://NAME.openai.azure.com`), a model is a deployment.",
    base_url: BaseUrl::Required,
    surfaces: &[Surface::ChatCompletions, Surface::Completions, Surface::Responses, Surface::Embeddings],
    build: |settings| Ok(Box::new(Azure::new(settings)?)),
};

/// The version asked for where none is configured: the last one that is generally available.
const VERSION: &str = "2024-10-21";

struct Azure {
    client: Client,
    base: String,
    version: String,
    headers: HeaderMap,
}

impl Azure {
    fn new(settings: &ProviderSettings) -> Result<Self, BuildProviderError> {
        let base = settings.base_url.as_ref().ok_or(BuildProviderError::NoAddress)?;
        let mut headers = HeaderMap::new();
        headers.extend(settings.api_key.as_ref().map(|key| plain("api-key", key)).transpose()?);
        headers.extend(settings.headers.iter().cloned());
        Ok(Self {
            client: Client::new(settings)?,
            base: base.to_string().trim_end_matches('/').to_owned(),
            version: settings.api_version.clone().unwrap_or_else(|| VERSION.to_owned()),
            headers,
        })
    }
}

/// Deployments have a path each; the Responses API takes the deployment as its model.
fn address(base: &str, surface: Surface, deployment: &str, version: &str) -> Result<Uri, InvalidUri> {
    let path = surface.path().strip_prefix("/v1").unwrap_or(surface.path());
    if surface == Surface::Responses {
        return format!("{base}/openai/v1{path}?api-version=preview").parse();
    }
    format!("{base}/openai/deployments/{}{path}?api-version={version}", encoded(deployment)).parse()
}

/// Percent-encodes a path segment: a caller's model name may reach it through a wildcard alias, and must
/// not name another path.
fn encoded(segment: &str) -> String {
    use std::fmt::Write as _;
    segment.bytes().fold(String::new(), |mut out, byte| {
        if byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'_' | b'~') {
            out.push(char::from(byte));
        } else {
            let _ = write!(out, "%{byte:02X}");
        }
        out
    })
}

#[async_trait]
impl Provider for Azure {
    async fn send(&self, call: &Call) -> Result<Answer, Failure> {
        let uri = address(&self.base, call.spoken(), call.model().as_str(), &self.version)
            .map_err(|error| Failure::Unfit { reason: error.to_string() })?;
        self.client.send(call.to(uri, &self.headers)).await
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_deployment_is_part_of_the_path_and_cannot_leave_it() {
        let at = |surface, deployment| {
            address("https://acme.openai.azure.com", surface, deployment, "2024-10-21").unwrap().to_string()
        };
        assert_eq!(
            at(Surface::ChatCompletions, "gpt-4o"),
            "https://acme.openai.azure.com/openai/deployments/gpt-4o/chat/completions?api-version=2024-10-21"
        );
        assert_eq!(
            at(Surface::Embeddings, "../x?y#z"),
            "https://acme.openai.azure.com/openai/deployments/%2E%2E%2Fx%3Fy%23z/embeddings?api-version=2024-10-21"
        );
        assert_eq!(
            at(Surface::Responses, "gpt"),
            "https://acme.openai.azure.com/openai/v1/responses?api-version=preview"
        );
    }
}
