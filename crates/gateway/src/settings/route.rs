//! Who may use which model on which surface, and under which policy.

use redoubt_domain::settings::{Table, nearest};
use redoubt_domain::{Surface, TenantId};
use redoubt_guard::policy::{Rule, Verb};
use redoubt_guard::{Policy, Profile, transforms};

use super::{Pattern, undefined};

/// How a block answers.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum OnBlock {
    /// HTTP 400 with code `content_filter`.
    Error,
    /// HTTP 200 with a fixed text and finish reason `content_filter`.
    Refusal,
}

/// One route. What is left empty fits everything.
#[derive(Clone, Debug)]
pub struct RouteSettings {
    /// The surfaces it serves.
    pub surfaces: Vec<Surface>,
    /// The aliases it serves.
    pub models: Vec<String>,
    /// The tenants it serves.
    pub tenants: Vec<TenantId>,
    /// How a block answers.
    pub on_block: OnBlock,
    /// The text of a refusal.
    pub refusal_text: String,
    /// Whether callers may ask for a streamed answer.
    pub stream: bool,
    /// What is looked for and what is done about it.
    pub guard: Policy,
}

/// The text of a refusal where none is configured.
pub const REFUSAL_TEXT: &str = "I can't help with that request.";

impl RouteSettings {
    pub(crate) fn read(table: &mut Table<'_>, models: &[String], has_transformer: bool) -> Self {
        let surfaces = table.choose_many(
            "surfaces",
            "the surfaces it serves; all, if left out",
            &Surface::ALL.map(|surface| (surface.name(), surface)),
            Vec::new(),
        );
        let allowed: Vec<String> = table.or("models", "the models it serves; all, if left out", Vec::new());
        for name in &allowed {
            let defined = name.contains('*') || models.iter().any(|model| Pattern::new(model).fit(name).is_some());
            if !defined {
                let suggestion = nearest(name, models.iter().map(String::as_str)).map(str::to_owned);
                table.refuse_with("models", undefined("model", name, "models", models), suggestion);
            }
        }
        let route = Self {
            surfaces,
            models: allowed,
            tenants: table.or("tenants", "the tenants it serves; all, if left out", Vec::new()),
            on_block: table.choose(
                "on_block",
                "how a block answers: HTTP 400, or HTTP 200 with a fixed text",
                &[("error", OnBlock::Error), ("refusal", OnBlock::Refusal)],
                OnBlock::Error,
                "error",
            ),
            refusal_text: table.or("refusal_text", "the text of a refusal", REFUSAL_TEXT.to_owned()),
            stream: table.or("stream", "whether callers may ask for a streamed answer", true),
            guard: table.table("guard", "what is looked for and what is done about it", Policy::read),
        };
        if route.guard.parameters().second_opinion.is_some() && !has_transformer && table.has("guard") {
            let reason =
                "`second_opinion` asks a model, and there is none; add a table `[transformer]` with its `folder`";
            table.refuse("guard", reason);
        }
        if let Some(rule) = restores_nowhere(&route.surfaces, &route.guard) {
            let reason = format!(
                "the rule `{rule}` puts values back, but answers on these surfaces have no words: there is nothing to put \
                 a value back into; use `replace`, `hash` or `surrogate_one_way`"
            );
            table.refuse("surfaces", reason);
        }
        route
    }
}

/// A rule beside the profile's that asks for values to be put back where that cannot be. A profile's own rules hide
/// the values all the same.
fn restores_nowhere<'p>(surfaces: &[Surface], guard: &'p Policy) -> Option<&'p str> {
    let has_words = |surface: &Surface| {
        matches!(surface, Surface::ChatCompletions | Surface::Completions | Surface::Responses | Surface::Messages)
    };
    if surfaces.is_empty() || surfaces.iter().any(has_words) {
        return None;
    }
    let profiles = Profile::ALL.map(|(_, profile)| Policy::profile(profile));
    let is_own = |rule: &&Rule| profiles.iter().all(|profile| !profile.rules().contains(rule));
    let own = guard.rules().iter().filter(is_own);
    let mut restoring = own.filter(|rule| matches!(rule.verb, Verb::Transform(id) if transforms::restores(id)));
    restoring.next().map(|rule| rule.name.as_str())
}
