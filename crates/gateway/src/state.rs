//! What requests are served from: a snapshot of compiled settings that is exchanged as a whole.

use std::collections::HashMap;
use std::collections::hash_map::Entry;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex};

use arc_swap::ArcSwap;
use redoubt_domain::seams::{Classifier, Clock, Entropy};
use redoubt_domain::{Digest, Limits, ModelName, Surface, TenantId};
use redoubt_guard::{Engine, Policy, PolicyError, Profile};
use thiserror::Error;

use crate::admit::Admission;
use crate::providers::{self, BuildProviderError, Provider};
use crate::record::Recorder;
use crate::request_key::RequestKeys;
use crate::server::TlsError;
use crate::settings::{
    ModelSettings, OnBlock, Pattern, Price, ProviderSettings, REFUSAL_TEXT, RouteSettings, Settings,
};
use crate::upstream::{Breaker, RetryBudget};

/// Why settings cannot be put to work.
#[derive(Debug, Error)]
pub enum BuildError {
    /// A provider cannot be built.
    #[error("cannot set up provider `{name}`")]
    Provider {
        /// Its name.
        name: String,
        /// What is wrong.
        #[source]
        source: BuildProviderError,
    },
    /// A policy cannot be compiled.
    #[error("cannot compile the policy of route `{route}`")]
    Policy {
        /// The route.
        route: String,
        /// What is wrong.
        #[source]
        source: PolicyError,
    },
    /// Rules that could not be kept where they are asked for. A rule that is skipped in silence is worse
    /// than none.
    #[error("rules cannot be enforced where they are enabled:\n{}", rules.join("\n"))]
    Unenforceable {
        /// Each with its route and surface.
        rules: Vec<String>,
    },
    /// TLS cannot be set up.
    #[error(transparent)]
    Tls(#[from] TlsError),
}

/// What all requests share for as long as the gateway runs.
pub(crate) struct Shared {
    pub(crate) snapshot: ArcSwap<Snapshot>,
    pub(crate) admission: Admission,
    pub(crate) recorder: Recorder,
    pub(crate) clock: Arc<dyn Clock>,
    pub(crate) entropy: Arc<dyn Entropy>,
    pub(crate) keys: RequestKeys,
    pub(crate) classifier: Option<Arc<dyn Classifier>>,
    pub(crate) ready: AtomicBool,
}

impl Shared {
    /// Whether new requests are welcome.
    pub(crate) fn is_ready(&self) -> bool {
        self.ready.load(Ordering::Relaxed) && self.recorder.is_writable()
    }
}

/// Settings, compiled.
pub(crate) struct Snapshot {
    pub(crate) settings: Settings,
    models: HashMap<String, Arc<Model>>,
    /// Aliases with a `*`, those that fix most of a name first.
    patterns: Vec<(Pattern, Arc<Model>)>,
    routes: Vec<Route>,
}

/// A route with its compiled policy.
pub(crate) struct Route {
    pub(crate) name: String,
    pub(crate) settings: RouteSettings,
    pub(crate) engine: Arc<Engine>,
    models: Vec<Pattern>,
}

impl Route {
    /// Whether the route serves this request. What is left empty fits everything.
    fn fits(&self, surface: Surface, model: &str, tenant: &TenantId) -> bool {
        let RouteSettings { surfaces, tenants, .. } = &self.settings;
        (surfaces.is_empty() || surfaces.contains(&surface))
            && (self.models.is_empty() || self.models.iter().any(|pattern| pattern.fit(model).is_some()))
            && (tenants.is_empty() || tenants.contains(tenant))
    }
}

/// An alias with its targets.
pub(crate) struct Model {
    pub(crate) alias: String,
    pub(crate) targets: Vec<Target>,
    pub(crate) fallbacks: Vec<String>,
    pub(crate) price: Price,
}

/// A provider, built.
pub(crate) struct Upstream {
    pub(crate) name: String,
    pub(crate) surfaces: Vec<Surface>,
    pub(crate) output_tokens_default: u32,
    pub(crate) provider: Box<dyn Provider>,
}

/// One upstream model behind an alias.
pub(crate) struct Target {
    pub(crate) upstream: Arc<Upstream>,
    pub(crate) weight: u32,
    pub(crate) breaker: Arc<Mutex<Breaker>>,
    pub(crate) budget: RetryBudget,
    model: String,
}

impl Target {
    /// The upstream's name for the model, `*` being what the alias's `*` stood for.
    pub(crate) fn model(&self, star: &str) -> Option<ModelName> {
        match self.model.split_once('*') {
            Some((before, after)) => ModelName::parse(&format!("{before}{star}{after}")).ok(),
            None => ModelName::parse(&self.model).ok(),
        }
    }
}

/// What a caller's model name means.
#[derive(Clone)]
pub(crate) struct Resolved {
    pub(crate) model: Arc<Model>,
    /// What the alias's `*` stands for.
    pub(crate) star: String,
}

impl Resolved {
    /// Whether some target serves `surface` natively.
    pub(crate) fn serves(&self, surface: Surface) -> bool {
        self.model.targets.iter().any(|target| target.upstream.surfaces.contains(&surface))
    }
}

impl Snapshot {
    /// Builds everything, or nothing. What `old` knows of failing targets is kept.
    pub(crate) fn build(settings: Settings, old: Option<&Self>) -> Result<Self, BuildError> {
        let mut upstreams = HashMap::new();
        for (name, provider) in &settings.providers {
            upstreams.insert(name.as_str(), Arc::new(upstream(name, provider)?));
        }
        let mut models = HashMap::new();
        let mut patterns = Vec::new();
        for (alias, model) in &settings.models {
            let built = Arc::new(build_model(alias, model, &upstreams, &settings, old));
            let pattern = Pattern::new(alias);
            if pattern.is_exact() {
                models.insert(alias.clone(), built);
            } else {
                patterns.push((pattern, built));
            }
        }
        patterns.sort_by_key(|(pattern, _)| std::cmp::Reverse(pattern.fixed_bytes()));
        let routes = build_routes(&settings, old)?;
        Ok(Self { settings, models, patterns, routes })
    }

    /// What a caller's model name means.
    pub(crate) fn resolve(&self, name: &str) -> Option<Resolved> {
        if let Some(model) = self.models.get(name) {
            return Some(Resolved { model: Arc::clone(model), star: String::new() });
        }
        self.patterns.iter().find_map(|(pattern, model)| {
            Some(Resolved { model: Arc::clone(model), star: pattern.fit(name)?.to_owned() })
        })
    }

    /// The first route that serves this request.
    pub(crate) fn route(&self, surface: Surface, model: &str, tenant: &TenantId) -> Option<&Route> {
        self.routes.iter().find(|route| route.fits(surface, model, tenant))
    }

    /// The aliases that `tenant` may name on any surface, in order of the configuration.
    pub(crate) fn visible_models(&self, tenant: &TenantId) -> Vec<&str> {
        let visible = |alias: &str| Surface::ALL.iter().any(|&surface| self.route(surface, alias, tenant).is_some());
        self.settings.models.iter().map(|(alias, _)| alias.as_str()).filter(|alias| visible(alias)).collect()
    }

    fn breaker(&self, upstream: &str, model: &str) -> Option<Arc<Mutex<Breaker>>> {
        let all = self.models.values().chain(self.patterns.iter().map(|(_, model)| model));
        let mut targets = all.flat_map(|built| &built.targets);
        let found = targets.find(|target| target.upstream.name == upstream && target.model == model)?;
        Some(Arc::clone(&found.breaker))
    }
}

fn upstream(name: &str, settings: &ProviderSettings) -> Result<Upstream, BuildError> {
    let provider = (settings.kind.row().build)(settings)
        .map_err(|source| BuildError::Provider { name: name.to_owned(), source })?;
    Ok(Upstream {
        name: name.to_owned(),
        surfaces: providers::surfaces_of(settings).to_vec(),
        output_tokens_default: settings.output_tokens_default,
        provider,
    })
}

fn build_model(
    alias: &str,
    model: &ModelSettings,
    upstreams: &HashMap<&str, Arc<Upstream>>,
    settings: &Settings,
    old: Option<&Snapshot>,
) -> Model {
    let targets = model.targets.iter().filter_map(|target| {
        // Settings have been checked: every name is defined.
        let upstream = Arc::clone(upstreams.get(target.provider.as_str())?);
        let model = target.model.clone().unwrap_or_else(|| alias.to_owned());
        let kept = old
            .filter(|old| old.settings.breaker == settings.breaker)
            .and_then(|old| old.breaker(&upstream.name, &model));
        let breaker = kept.unwrap_or_else(|| Arc::new(Mutex::new(Breaker::new(settings.breaker.clone()))));
        Some(Target { upstream, weight: target.weight, breaker, budget: RetryBudget::default(), model })
    });
    Model {
        alias: alias.to_owned(),
        targets: targets.collect(),
        fallbacks: model.fallbacks.clone(),
        price: model.price,
    }
}

fn build_routes(settings: &Settings, old: Option<&Snapshot>) -> Result<Vec<Route>, BuildError> {
    let mut routes = Vec::new();
    let mut engines = Engines::of(settings, old);
    let mut rules = Vec::new();
    let standard = [("default".to_owned(), standard_route())];
    let configured = if settings.routes.is_empty() { &standard[..] } else { &settings.routes[..] };
    for (name, route) in configured {
        let engine = engines
            .compiled(&route.guard, &settings.bounds)
            .map_err(|source| BuildError::Policy { route: name.clone(), source })?;
        let served = if route.surfaces.is_empty() { &Surface::ALL[..] } else { &route.surfaces[..] };
        for &surface in served {
            for stream in [false, true].into_iter().filter(|&stream| !stream || (route.stream && can_stream(surface))) {
                let how = if stream { ", streamed" } else { "" };
                rules.extend(
                    engine
                        .unenforceable(surface, stream)
                        .into_iter()
                        .map(|rule| format!("  route `{name}`, surface `{}`{how}: {rule}", surface.name())),
                );
            }
        }
        routes.push(Route {
            name: name.clone(),
            settings: route.clone(),
            engine,
            models: route.models.iter().map(|model| Pattern::new(model)).collect(),
        });
    }
    if rules.is_empty() { Ok(routes) } else { Err(BuildError::Unenforceable { rules }) }
}

/// The engines at hand. One takes tens of milliseconds to build and megabytes to keep, and equal policies
/// decide alike: routes share theirs, and a reload builds those alone that it changes.
struct Engines(HashMap<Digest, Arc<Engine>>);

impl Engines {
    fn of(settings: &Settings, old: Option<&Snapshot>) -> Self {
        // An engine keeps its bounds, which its policy's digest does not tell.
        let routes = old.filter(|old| old.settings.bounds == settings.bounds).map(|old| &old.routes);
        let engines = routes.into_iter().flatten().map(|route| &route.engine);
        Self(engines.map(|engine| (engine.policy_digest(), Arc::clone(engine))).collect())
    }

    fn compiled(&mut self, policy: &Policy, bounds: &Limits) -> Result<Arc<Engine>, PolicyError> {
        match self.0.entry(policy.digest()) {
            Entry::Occupied(known) => Ok(Arc::clone(known.get())),
            Entry::Vacant(place) => {
                let engine = Engine::new(policy.clone(), bounds.clone())?;
                Ok(Arc::clone(place.insert(Arc::new(engine))))
            }
        }
    }
}

/// The route of a configuration that has none: everything, for everybody, under the standard policy.
fn standard_route() -> RouteSettings {
    RouteSettings {
        surfaces: Vec::new(),
        models: Vec::new(),
        tenants: Vec::new(),
        on_block: OnBlock::Error,
        refusal_text: REFUSAL_TEXT.to_owned(),
        stream: true,
        guard: Policy::profile(Profile::Default),
    }
}

const fn can_stream(surface: Surface) -> bool {
    match surface {
        Surface::ChatCompletions | Surface::Completions | Surface::Responses | Surface::Messages => true,
        Surface::Embeddings | Surface::Moderations | Surface::CountTokens => false,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn equal_policies_share_an_engine_as_long_as_the_bounds_are_the_same() {
        let route = |profile| RouteSettings { guard: Policy::profile(profile), ..standard_route() };
        let profiles = [("a", Profile::Default), ("b", Profile::Default), ("c", Profile::Strict)];
        let routes = profiles.map(|(name, profile)| (name.to_owned(), route(profile)));
        let settings = Settings { routes: routes.to_vec(), ..defaults() };
        let built = |settings: &Settings, old: Option<&Snapshot>| Snapshot::build(settings.clone(), old).unwrap();
        let same =
            |a: &Snapshot, at: usize, b: &Snapshot, bt: usize| Arc::ptr_eq(&a.routes[at].engine, &b.routes[bt].engine);

        let first = built(&settings, None);
        assert!(same(&first, 0, &first, 1));
        assert!(!same(&first, 0, &first, 2));

        let second = built(&settings, Some(&first));
        assert!((0..3).all(|at| same(&first, at, &second, at)));

        let wider = Limits { body_bytes_max: settings.bounds.body_bytes_max + 1, ..settings.bounds.clone() };
        let third = built(&Settings { bounds: wider, ..settings }, Some(&first));
        assert!((0..3).all(|at| !same(&first, at, &third, at)));
    }

    fn defaults() -> Settings {
        use redoubt_domain::settings::{Node, Value, read};
        read(&Node { span: 0..0, value: Value::Table(Vec::new()) }, Settings::read).unwrap()
    }
}
