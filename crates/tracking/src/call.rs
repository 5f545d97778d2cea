//! A call of an endpoint: who calls, with which parameters.

use std::marker::PhantomData;
use std::sync::Arc;

use axum::RequestExt as _;
use axum::extract::{FromRequest, Query, RawPathParams, Request};
use axum::http::{Method, StatusCode};
use axum::response::{IntoResponse, Response};
use bytes::Bytes;
use http_body_util::{BodyExt as _, Limited};
use redoubt_domain::{Capability, Principal, UserId};
use redoubt_registry::{By, Registry};
use serde_json::{Map, Value};
use tokio::time::timeout;

use crate::events::{Event, What};
use crate::fields::{Fields, of_body, of_query};
use crate::limits::{BODY_BYTES_MAX, BODY_TIMEOUT, OFFSET_MAX, PAGE, PAGE_MAX};
use crate::problem::{Code, Problem};
use crate::store::Store;
use crate::store::runs::Page;
use crate::{Opened, Tracking};

/// Which capabilities open an endpoint: any one of these.
pub(crate) trait May: Send + Sync + 'static {
    const ANY_OF: &'static [Capability];
}

/// Experiments, runs and artifacts.
pub(crate) struct Track;

impl May for Track {
    const ANY_OF: &'static [Capability] = &[Capability::Track];
}

/// Reading what models are made of.
pub(crate) struct Read;

impl May for Read {
    const ANY_OF: &'static [Capability] = &[Capability::Track, Capability::Register, Capability::Approve];
}

/// Changing registered models.
pub(crate) struct Register;

impl May for Register {
    const ANY_OF: &'static [Capability] = &[Capability::Register];
}

/// Agreeing to a promotion.
pub(crate) struct Approve;

impl May for Approve {
    const ANY_OF: &'static [Capability] = &[Capability::Approve];
}

/// The principal of a request, if its key may do this.
pub(crate) fn principal<M: May>(request: &Request) -> Result<Principal, Problem> {
    let principal: &Principal =
        request.extensions().get().ok_or_else(|| Problem::denied("this request came without a key"))?;
    if M::ANY_OF.iter().any(|capability| principal.capabilities.allow(*capability)) {
        return Ok(principal.clone());
    }
    let wanted: Vec<String> = M::ANY_OF.iter().map(|capability| format!("`--can {}`", capability.name())).collect();
    let message = format!("this key may not do that; it takes a key that was made with {}", wanted.join(" or "));
    Err(Problem::denied(message))
}

/// A call whose key may do what `M` says.
pub(crate) struct Call<M> {
    pub(crate) tracking: Arc<Tracking>,
    pub(crate) principal: Principal,
    map: Map<String, Value>,
    marker: PhantomData<M>,
}

impl<M: May> FromRequest<Arc<Tracking>> for Call<M> {
    type Rejection = Problem;

    async fn from_request(mut request: Request, tracking: &Arc<Tracking>) -> Result<Self, Problem> {
        let principal = principal::<M>(&request)?;
        // `logged-models/{model_id}` has a parameter in its path; it counts more than one in the body.
        let in_path = request.extract_parts::<RawPathParams>().await;
        let in_path = in_path.map_err(|error| Problem::invalid(error.to_string()))?;
        let mut map = if request.method() == Method::GET {
            let Query(pairs) =
                request.extract_parts().await.map_err(|_| Problem::invalid("the query cannot be read"))?;
            of_query(pairs)
        } else {
            of_body(&body(request).await?)?
        };
        for (name, value) in &in_path {
            map.insert(name.to_owned(), Value::from(value));
        }
        Ok(Self { tracking: Arc::clone(tracking), principal, map, marker: PhantomData })
    }
}

async fn body(request: Request) -> Result<Bytes, Problem> {
    let read = Limited::new(request.into_body(), BODY_BYTES_MAX).collect();
    match timeout(BODY_TIMEOUT, read).await {
        Ok(Ok(collected)) => Ok(collected.to_bytes()),
        Ok(Err(error)) if error.is::<http_body_util::LengthLimitError>() => Err(Problem::new(
            Code::TooLarge,
            format!("the body has more than {BODY_BYTES_MAX} bytes; send less at once"),
        )),
        Ok(Err(_)) => Err(Problem::invalid("the body ended early")),
        Err(_elapsed) => Err(Problem::invalid("the body did not come in time")),
    }
}

impl<M> Call<M> {
    pub(crate) fn fields(&self) -> Fields<'_> {
        Fields::new(&self.map)
    }

    pub(crate) fn tenant(&self) -> String {
        self.principal.tenant.to_string()
    }

    pub(crate) async fn opened(&self) -> Result<&Opened, Problem> {
        self.tracking.opened(&self.principal.tenant).await
    }

    pub(crate) async fn store(&self) -> Result<&Store, Problem> {
        Ok(&self.opened().await?.store)
    }

    /// The registered models of the caller's tenant.
    pub(crate) fn registry(&self) -> Registry {
        Registry { tenant: self.principal.tenant.clone(), ..self.tracking.dependencies.registry.clone() }
    }

    /// Who acts, and when, as the registry asks.
    pub(crate) fn by(&self) -> By<'_> {
        By {
            actor: self.principal.key.as_str(),
            owner: self.principal.owner.as_ref().map(UserId::as_str),
            now: self.tracking.dependencies.clock.now(),
        }
    }

    /// Tells the audit log what is about to happen.
    pub(crate) async fn note(&self, what: What, subject: String) -> Result<(), Problem> {
        let (at, key) = (self.tracking.dependencies.clock.now(), self.principal.key.clone());
        self.tracking.note(Event { what, at, key, subject }).await
    }

    /// The page that is asked for.
    pub(crate) fn page(&self, size: usize) -> Result<Page, Problem> {
        self.page_of("max_results", size, PAGE_MAX)
    }

    pub(crate) fn page_of(&self, name: &str, size: usize, most: usize) -> Result<Page, Problem> {
        let fields = self.fields();
        let size = match fields.whole(name)? {
            None => size.min(PAGE.max(size)),
            Some(asked) => usize::try_from(asked).ok().filter(|asked| (1..=most).contains(asked)).ok_or_else(|| {
                Problem::invalid(format!("Invalid value {asked} for parameter '{name}': expected 1 to {most}"))
            })?,
        };
        let offset = match fields.text("page_token")? {
            None => 0,
            Some(token) => token.parse().ok().filter(|offset| *offset <= OFFSET_MAX).ok_or_else(|| {
                Problem::invalid("Invalid value for parameter 'page_token': expected one that a search returned")
            })?,
        };
        Ok(Page { offset, size })
    }
}

/// What an endpoint answers: an object.
pub(crate) struct Answer(pub(crate) Value);

impl Answer {
    /// `{}`, which is how this API says that it is done.
    pub(crate) fn done() -> Self {
        Self(Value::Object(Map::new()))
    }
}

impl IntoResponse for Answer {
    fn into_response(self) -> Response {
        let json = axum::http::HeaderValue::from_static("application/json");
        (StatusCode::OK, [(axum::http::header::CONTENT_TYPE, json)], self.0.to_string()).into_response()
    }
}
