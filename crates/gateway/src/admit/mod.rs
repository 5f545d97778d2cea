//! Who asks, and may they: the key check, limits and budgets.
//!
//! [`Admitted`] can be made only here, so a handler that forgets to ask does not compile. What a request
//! is thought to use is taken before it is sent and settled when it is over, so many requests at once
//! cannot pass a limit that each of them alone would keep.

mod allowance;
mod caller;
mod concurrent;
mod key;
mod refused;

use std::collections::HashMap;
use std::net::IpAddr;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::task::{Context, Waker};
use std::time::Duration;

use arc_swap::ArcSwap;
use http::HeaderMap;
use redoubt_domain::seams::{Clock, CounterError, Counters, Quota, RecordError, Records};
use redoubt_domain::{Capability, Exchange, ModelName, Principal, Secret, Timestamp, Usage};
use redoubt_wire::ProblemKind;

pub use allowance::{AdmitSettings, Allowance};
pub use caller::Caller;
use concurrent::{Concurrent, Place};
use key::HashKey;
pub use key::{KeyHash, KeyRecord, KeyTerms, Keyring, NewKey};
pub use refused::{Rate, Refused, Unit};

use crate::settings::Price;

/// What admission works with.
pub struct AdmissionParts {
    /// Where keys are kept.
    pub records: Arc<dyn Records>,
    /// Where allowances are kept.
    pub counters: Arc<dyn Counters>,
    /// The time.
    pub clock: Arc<dyn Clock>,
    /// The installation's secret, under which keys are hashed.
    pub master: Secret<[u8; 32]>,
}

/// What a request would use, as far as can be known before it is sent.
#[derive(Clone, Debug)]
pub struct Terms {
    /// The model as the caller names it.
    pub model: ModelName,
    /// Tokens it is thought to use: the request's, and the most its answers may have.
    pub estimate: Usage,
    /// What tokens cost.
    pub price: Price,
}

/// The gate: an in-memory snapshot of the keys, and the counters.
pub struct Admission {
    parts: AdmissionParts,
    hash_key: HashKey,
    keys: ArcSwap<HashMap<KeyHash, Caller>>,
    generation: AtomicU64,
    settings: ArcSwap<AdmitSettings>,
    concurrent: Arc<Concurrent>,
}

impl Admission {
    /// Reads the keys.
    pub async fn open(parts: AdmissionParts, settings: &AdmitSettings) -> Result<Self, RecordError> {
        let admission = Self {
            hash_key: HashKey::new(&parts.master),
            parts,
            keys: ArcSwap::default(),
            generation: AtomicU64::new(u64::MAX),
            settings: ArcSwap::from_pointee(settings.clone()),
            concurrent: Arc::default(),
        };
        admission.refresh().await?;
        Ok(admission)
    }

    /// Reads the keys again if any has changed; one small read if none has.
    pub async fn refresh(&self) -> Result<(), RecordError> {
        let generation = key::generation(self.parts.records.as_ref()).await?;
        if generation == self.generation.load(Ordering::Acquire) {
            return Ok(());
        }
        let keys = key::read_all(self.parts.records.as_ref()).await?;
        self.keys.store(Arc::new(keys));
        self.generation.store(generation, Ordering::Release);
        Ok(())
    }

    /// How many keys there are, expired ones included.
    pub fn keys(&self) -> usize {
        self.keys.load().len()
    }

    /// Takes over other settings.
    pub fn configure(&self, settings: &AdmitSettings) {
        self.settings.store(Arc::new(settings.clone()));
    }

    /// Who shows this key. Called before the body is read.
    pub fn identify(&self, headers: &HeaderMap, _peer: IpAddr) -> Result<Caller, Refused> {
        let Some(secret) = key::presented(headers) else {
            return Err(Refused::new(
                ProblemKind::Authentication,
                "no key: give one as `Authorization: Bearer rdt_…` or `x-api-key: rdt_…`; \
                 `redoubt key create` makes one",
            ));
        };
        let caller = self.caller(secret)?;
        if !caller.capabilities.allow(Capability::Inference) {
            let message = "this key may not ask models; `redoubt key create --can inference` makes one that may";
            return Err(Refused::new(ProblemKind::Permission, message));
        }
        Ok(caller)
    }

    /// Who shows this key to the admin plane. What the key may do there is for whoever answers to ask; a key that may
    /// do nothing but ask models is refused here.
    pub fn identify_admin(&self, headers: &HeaderMap) -> Result<Principal, Refused> {
        let Some(secret) = key::presented_to_admin(headers) else {
            let message = "no key: give one as `Authorization: Bearer rdt_…` (MLFLOW_TRACKING_TOKEN), or as the \
                           password of a user of any name (MLFLOW_TRACKING_PASSWORD); `redoubt key create --can track` \
                           makes one";
            return Err(Refused::new(ProblemKind::Authentication, message));
        };
        let Caller { tenant, key, capabilities, allowance: _, models: _, expires: _, owner } = self.caller(&secret)?;
        if capabilities.iter().all(|capability| capability == Capability::Inference) {
            let message = "this key may ask models and nothing else; `redoubt key create --can track --can register \
                           --owner NAME` makes one for experiments and models";
            return Err(Refused::new(ProblemKind::Permission, message));
        }
        Ok(Principal { tenant, key, capabilities, owner })
    }

    fn caller(&self, secret: &str) -> Result<Caller, Refused> {
        let hash = self.hash_key.hash(secret);
        let caller = self.keys.load().get(&hash).cloned();
        let Some(caller) = caller else {
            let message = if secret.starts_with(key::PREFIX) {
                "the key is not valid: it is mistyped, revoked, replaced, or of another installation"
            } else {
                "this is not a key of this gateway, which begins with `rdt_`; the vendor's own is not used here"
            };
            return Err(Refused::new(ProblemKind::Authentication, message));
        };
        if caller.expires.is_some_and(|expires| expires <= latest(self.parts.clock.as_ref()).seconds()) {
            return Err(Refused::new(ProblemKind::Authentication, "the key has expired"));
        }
        Ok(caller)
    }

    /// Takes what the request is thought to use from the caller's allowances, or says why not.
    ///
    /// Fails closed: if the counters cannot answer, nobody is admitted.
    pub async fn admit(
        &self,
        caller: Caller,
        exchange: Exchange,
        peer: IpAddr,
        terms: &Terms,
    ) -> Result<Admitted<Exchange>, Refused> {
        let model = terms.model.as_str();
        if !caller.models.is_empty() && !caller.models.iter().any(|pattern| pattern.fit(model).is_some()) {
            // As vendors answer, and not 403: scanners take that for a wall and stop.
            let message = format!("the model `{model}` does not exist or this key may not use it");
            return Err(Refused::new(ProblemKind::NotFound, message));
        }
        let scopes = self.scopes(&caller, &exchange, peer);
        let mut permit = Permit {
            caller,
            rates: Vec::new(),
            places: Vec::new(),
            reserved: Vec::new(),
            counters: Arc::clone(&self.parts.counters),
            clock: Arc::clone(&self.parts.clock),
            price: terms.price,
        };
        for scope in &scopes {
            if let Err(refused) = self.enter(scope, terms, &mut permit).await {
                // What earlier scopes granted is given back, so that a refusal costs nothing.
                permit.settle_requests_too(Usage::default()).await;
                return Err(refused);
            }
        }
        Ok(Admitted { value: exchange, permit })
    }

    fn scopes(&self, caller: &Caller, exchange: &Exchange, peer: IpAddr) -> Vec<Scope> {
        let settings = self.settings.load();
        let AdmitSettings { key, tenant, user, ip } = settings.as_ref();
        let mut scopes = Vec::new();
        // What has no limit is neither named nor counted.
        let mut add = |what, allowance: Allowance, name: &dyn Fn() -> String| {
            if !allowance.is_unlimited() {
                scopes.push(Scope { what, name: name(), allowance });
            }
        };
        add("key", caller.allowance.or(key), &|| format!("key/{}", caller.key));
        add("tenant", tenant.clone(), &|| format!("tenant/{}", caller.tenant));
        add("address", ip.clone(), &|| format!("ip/{peer}"));
        if let Some(name) = &exchange.demand.user {
            add("user", user.clone(), &|| {
                // Hashed: a counter's name is bounded, and is no place for a person's name.
                let name = blake3::hash(name.as_bytes()).to_hex();
                format!("user/{}/{}", caller.tenant, name.get(..32).unwrap_or(&name))
            });
        }
        scopes
    }

    async fn enter(&self, scope: &Scope, terms: &Terms, permit: &mut Permit) -> Result<(), Refused> {
        let Scope { what, name, allowance } = scope;
        if let Some(max) = allowance.concurrent {
            let Some(place) = self.concurrent.enter(name.clone(), max) else {
                let mut refused = Refused::new(
                    ProblemKind::RateLimited,
                    format!("this {what} has {max} requests in flight, which is its limit"),
                );
                refused.retry_after = Some(Duration::from_secs(1));
                refused.rates.clone_from(&permit.rates);
                return Err(refused);
            };
            permit.places.push(place);
        }
        let tokens = terms.estimate.input_tokens.saturating_add(terms.estimate.output_tokens);
        let money = terms.price.of(terms.estimate).micros();
        let demands = [
            (Unit::Requests, allowance.request_quota(), 1),
            (Unit::Tokens, allowance.token_quota(), tokens),
            (Unit::Money, allowance.budget_quota(), money),
        ];
        for (unit, quota, units) in demands {
            if let Some(quota) = quota {
                self.reserve(Reserved { unit, name: format!("{}/{name}", unit.name()), quota, units }, what, permit)
                    .await?;
            }
        }
        Ok(())
    }

    async fn reserve(&self, wanted: Reserved, what: &str, permit: &mut Permit) -> Result<(), Refused> {
        let Reserved { unit, name, quota, units } = &wanted;
        let now = self.parts.clock.steady();
        let answer =
            self.parts.counters.reserve(name, *quota, *units, now).await.map_err(|error| unavailable(&error))?;
        let rate =
            Rate { unit: *unit, limit: quota.amount, remaining: answer.remaining, reset_after: answer.reset_after };
        permit.note(rate);
        if answer.granted {
            permit.reserved.push(wanted);
            return Ok(());
        }
        let (kind, words) = match unit {
            Unit::Money => (ProblemKind::Budget, "budget"),
            Unit::Requests => (ProblemKind::RateLimited, "request limit"),
            Unit::Tokens => (ProblemKind::RateLimited, "token limit"),
        };
        let mut refused = if *units > quota.amount {
            let message = format!(
                "the request may use {}, more than the whole {words} of this {what}, which is {}",
                unit.words(*units),
                unit.words(quota.amount)
            );
            Refused::new(kind, message)
        } else {
            let message = format!(
                "the {words} of this {what} is used up: {} in each {}",
                unit.words(quota.amount),
                period(quota.period)
            );
            Refused { retry_after: Some(answer.retry_after), ..Refused::new(kind, message) }
        };
        refused.rates.clone_from(&permit.rates);
        Err(refused)
    }
}

/// Something that has an allowance.
struct Scope {
    what: &'static str,
    name: String,
    allowance: Allowance,
}

/// Units taken from an allowance.
#[derive(Debug)]
struct Reserved {
    unit: Unit,
    name: String,
    quota: Quota,
    units: u64,
}

/// A period in the largest unit that divides it.
fn period(period: Duration) -> String {
    let seconds = period.as_secs();
    let units = [(86_400, "day"), (3_600, "hour"), (60, "minute")];
    let (length, unit) = units
        .into_iter()
        .find(|(length, _)| seconds >= *length && seconds.is_multiple_of(*length))
        .unwrap_or((1, "second"));
    match seconds / length {
        1 => unit.to_owned(),
        count => format!("{count} {unit}s"),
    }
}

/// The later of the two clocks: a system's clock that is set back must not bring a key back to life.
fn latest(clock: &dyn Clock) -> Timestamp {
    clock.now().max(clock.steady())
}

fn unavailable(error: &CounterError) -> Refused {
    tracing::error!(error = %error, "limits cannot be checked, so nobody is admitted");
    Refused::new(ProblemKind::Unavailable, "limits cannot be checked at the moment")
}

/// A request that admission let in.
pub struct Admitted<T> {
    value: T,
    permit: Permit,
}

impl<T> Admitted<T> {
    /// What was admitted.
    pub fn get(&self) -> &T {
        &self.value
    }

    /// What was admitted, and the permit to settle when it is over.
    pub fn into_parts(self) -> (T, Permit) {
        (self.value, self.permit)
    }
}

/// What a request holds while it is served: reserved allowances and places among the concurrent ones.
/// Dropped without [`Permit::settle`], it gives the places back and counts the request as it was estimated.
pub struct Permit {
    caller: Caller,
    rates: Vec<Rate>,
    places: Vec<Place>,
    reserved: Vec<Reserved>,
    counters: Arc<dyn Counters>,
    clock: Arc<dyn Clock>,
    price: Price,
}

impl Permit {
    /// Who asked.
    pub fn caller(&self) -> &Caller {
        &self.caller
    }

    /// The allowances as they stand, the tightest of each unit, for the vendor's rate headers.
    pub fn rates(&self) -> &[Rate] {
        &self.rates
    }

    /// Corrects what was reserved to what was used; nothing was, if an upstream was never reached.
    pub fn settle(mut self, usage: Usage) {
        // The places are free at once; correcting a shared counter may take a round trip.
        self.places.clear();
        if self.reserved.iter().all(|reserved| reserved.unit == Unit::Requests) {
            return;
        }
        let mut correcting = Box::pin(async move { self.correct(usage, false).await });
        // Counters of this process answer at once.
        if correcting.as_mut().poll(&mut Context::from_waker(Waker::noop())).is_pending() {
            tokio::spawn(correcting);
        }
    }

    async fn settle_requests_too(mut self, usage: Usage) {
        self.places.clear();
        self.correct(usage, true).await;
    }

    async fn correct(&self, usage: Usage, requests_too: bool) {
        for Reserved { unit, name, quota, units } in &self.reserved {
            let used = match unit {
                Unit::Requests if requests_too => 0,
                Unit::Requests => continue,
                Unit::Tokens => usage.input_tokens.saturating_add(usage.output_tokens),
                Unit::Money => self.price.of(usage).micros(),
            };
            let now = self.clock.steady();
            if let Err(error) = self.counters.settle(name, *quota, *units, used, now).await {
                tracing::warn!(counter = name, error = %error, "a reservation stays as it was estimated");
            }
        }
    }

    fn note(&mut self, rate: Rate) {
        match self.rates.iter_mut().find(|known| known.unit == rate.unit) {
            Some(known) if rate.remaining < known.remaining => *known = rate,
            Some(_) => {}
            None => self.rates.push(rate),
        }
    }
}
