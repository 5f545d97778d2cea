//! Anthropic's API.

use async_trait::async_trait;
use http::{HeaderMap, HeaderValue, Uri};
use redoubt_domain::Surface;

use super::{BaseUrl, BuildProviderError, Call, Provider, Row, endpoints, plain, surfaces_of, unserved};
use crate::settings::ProviderSettings;
use crate::upstream::{Answer, Client, Failure};

pub(super) static ROW: Row = Row {
    name: "anthropic",
    summary: "Anthropic, or a server that speaks its Messages API.",
    base_url: BaseUrl::Default("https://api.anthropic.com/v1"),
    surfaces: &[Surface::Messages, Surface::CountTokens],
    build: |settings| Ok(Box::new(Anthropic::new(settings)?)),
};

/// The version of the API that the translations are written for; a caller who speaks Messages names its own.
const VERSION: &str = "2023-06-01";

struct Anthropic {
    client: Client,
    endpoints: Vec<(Surface, Uri)>,
    headers: HeaderMap,
    version: HeaderValue,
}

impl Anthropic {
    fn new(settings: &ProviderSettings) -> Result<Self, BuildProviderError> {
        let base = settings.base_url.as_ref().ok_or(BuildProviderError::NoAddress)?;
        let mut headers = HeaderMap::new();
        headers.extend(settings.api_key.as_ref().map(|key| plain("x-api-key", key)).transpose()?);
        headers.extend(settings.headers.iter().cloned());
        let version = HeaderValue::from_str(settings.api_version.as_deref().unwrap_or(VERSION))?;
        Ok(Self {
            client: Client::new(settings)?,
            endpoints: endpoints(base, surfaces_of(settings))?,
            headers,
            version,
        })
    }
}

#[async_trait]
impl Provider for Anthropic {
    async fn send(&self, call: &Call) -> Result<Answer, Failure> {
        let endpoint = self.endpoints.iter().find(|(surface, _)| *surface == call.spoken());
        let (_, uri) = endpoint.ok_or_else(|| unserved(call.spoken()))?;
        let mut request = call.to(uri.clone(), &self.headers);
        request.headers_mut().entry("anthropic-version").or_insert_with(|| self.version.clone());
        self.client.send(request).await
    }
}
