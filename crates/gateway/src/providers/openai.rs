//! OpenAI, and the many servers that speak its API.

use async_trait::async_trait;
use http::{HeaderMap, Uri};
use redoubt_domain::Surface;

use super::{BaseUrl, BuildProviderError, Call, Provider, Row, bearer, endpoints, surfaces_of, unserved};
use crate::settings::ProviderSettings;
use crate::upstream::{Answer, Client, Failure};

pub(super) static ROW: Row = Row {
    name: "openai",
    summary: "OpenAI, or any server that speaks its API (vLLM, Ollama, llama.cpp, most hosted models).",
    base_url: BaseUrl::Default("https://api.openai.com/v1"),
    surfaces: &[Surface::ChatCompletions, Surface::Completions, Surface::Responses, Surface::Embeddings],
    build: |settings| Ok(Box::new(OpenAi::new(settings)?)),
};

struct OpenAi {
    client: Client,
    endpoints: Vec<(Surface, Uri)>,
    headers: HeaderMap,
}

impl OpenAi {
    fn new(settings: &ProviderSettings) -> Result<Self, BuildProviderError> {
        let base = settings.base_url.as_ref().ok_or(BuildProviderError::NoAddress)?;
        let mut headers = HeaderMap::new();
        headers.extend(settings.api_key.as_ref().map(bearer).transpose()?);
        headers.extend(settings.headers.iter().cloned());
        Ok(Self { client: Client::new(settings)?, endpoints: endpoints(base, surfaces_of(settings))?, headers })
    }
}

#[async_trait]
impl Provider for OpenAi {
    async fn send(&self, call: &Call) -> Result<Answer, Failure> {
        let endpoint = self.endpoints.iter().find(|(surface, _)| *surface == call.spoken());
        let (_, uri) = endpoint.ok_or_else(|| unserved(call.spoken()))?;
        self.client.send(call.to(uri.clone(), &self.headers)).await
    }
}
