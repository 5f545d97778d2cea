//! A model as callers name it, and what stands behind it.

use redoubt_domain::settings::{Table, nearest};
use redoubt_domain::{ModelName, Money, Usage};

use super::undefined;

/// A name with at most one `*`, which stands for any text.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Pattern {
    before: String,
    /// What follows the `*`; none if there is no `*`.
    after: Option<String>,
}

impl Pattern {
    /// Reads a pattern; every text is one, and a second `*` stands for itself.
    pub fn new(text: &str) -> Self {
        match text.split_once('*') {
            Some((before, after)) => Self { before: before.to_owned(), after: Some(after.to_owned()) },
            None => Self { before: text.to_owned(), after: None },
        }
    }

    /// Whether it is one name rather than many.
    pub const fn is_exact(&self) -> bool {
        self.after.is_none()
    }

    /// How much of a name it fixes: of several patterns that fit, the one that fixes most is meant.
    pub fn fixed_bytes(&self) -> usize {
        self.before.len() + self.after.as_ref().map_or(0, String::len)
    }

    /// What `*` stands for in `name` (nothing, without a `*`), if the pattern fits.
    pub fn fit<'a>(&self, name: &'a str) -> Option<&'a str> {
        match &self.after {
            None => (name == self.before).then_some(""),
            Some(after) => name.strip_prefix(self.before.as_str())?.strip_suffix(after.as_str()),
        }
    }
}

/// What a million tokens cost.
#[derive(Clone, Copy, Debug, Default)]
pub struct Price {
    /// Dollars for a million tokens of requests.
    pub input: Money,
    /// Dollars for a million tokens of answers.
    pub output: Money,
}

impl Price {
    /// What `usage` costs.
    pub fn of(&self, usage: Usage) -> Money {
        self.input.for_tokens(usage.input_tokens).plus(self.output.for_tokens(usage.output_tokens))
    }
}

/// One upstream model behind an alias.
#[derive(Clone, Debug)]
pub struct TargetSettings {
    /// The provider's name.
    pub provider: String,
    /// The upstream's name for the model; `*` becomes what the alias's `*` stood for. None: the alias.
    pub model: Option<String>,
    /// Its share of the calls, relative to the other targets.
    pub weight: u32,
}

/// What stands behind an alias.
#[derive(Clone, Debug)]
pub struct ModelSettings {
    /// The upstream models; each call goes to one, chosen by weight.
    pub targets: Vec<TargetSettings>,
    /// Aliases to try, in order, when every target fails.
    pub fallbacks: Vec<String>,
    /// What it costs.
    pub price: Price,
}

impl ModelSettings {
    pub(crate) fn read(alias: &str, table: &mut Table<'_>, providers: &[String], models: &[String]) -> Self {
        if !alias.contains('*') && ModelName::parse(alias).is_err() {
            table.refuse("targets", format!("`{alias}` cannot be the name of a model"));
        }
        let targets =
            table.tables("targets", "the upstream models; each call goes to one, chosen by weight", |table| {
                target(table, providers)
            });
        if targets.is_empty() {
            table.refuse("targets", "`targets` is missing: a model needs at least one `{ provider, model }`");
        } else if targets.iter().all(|target| target.weight == 0) {
            table.refuse("targets", "every target has weight 0, so none can be chosen");
        }
        let fallbacks: Vec<String> =
            table.or("fallbacks", "models to try, in order, when every target fails", Vec::new());
        for name in &fallbacks {
            if !models.iter().any(|model| Pattern::new(model).fit(name).is_some()) {
                let suggestion = nearest(name, models.iter().map(String::as_str)).map(str::to_owned);
                table.refuse_with("fallbacks", undefined("model", name, "models", models), suggestion);
            }
        }
        let price = table.table("price", "what a million tokens cost, in US dollars", |table| Price {
            input: table.or("input", "a million tokens of requests", Money::ZERO),
            output: table.or("output", "a million tokens of answers", Money::ZERO),
        });
        Self { targets, fallbacks, price }
    }
}

fn target(table: &mut Table<'_>, providers: &[String]) -> TargetSettings {
    let provider = table.require("provider", "the name of a provider", String::new());
    if !provider.is_empty() && !providers.contains(&provider) {
        let suggestion = nearest(&provider, providers.iter().map(String::as_str)).map(str::to_owned);
        table.refuse_with("provider", undefined("provider", &provider, "providers", providers), suggestion);
    }
    let model: Option<String> = table.get("model", "the upstream's name for the model; the alias, if it is left out");
    if let Some(name) = &model
        && let Err(error) = ModelName::parse(name)
    {
        table.refuse("model", error.to_string());
    }
    TargetSettings { provider, model, weight: table.or("weight", "its share of the calls", 1) }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_pattern_says_what_its_star_stands_for() {
        let cases = [
            ("gpt-5", "gpt-5", Some("")),
            ("gpt-5", "gpt-5-mini", None),
            ("*", "anything/at-all", Some("anything/at-all")),
            ("openai/*", "openai/gpt-5", Some("gpt-5")),
            ("openai/*", "azure/gpt-5", None),
            ("*-latest", "gpt-latest", Some("gpt")),
            ("aa*aa", "aaa", None),
        ];
        for (pattern, name, expected) in cases {
            assert_eq!(Pattern::new(pattern).fit(name), expected, "{pattern} on {name}");
        }
    }
}
