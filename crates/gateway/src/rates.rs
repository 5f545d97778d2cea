//! Allowances in the vendors' headers.

use http::header::{HeaderMap, HeaderName};
use redoubt_domain::{Surface, Timestamp};

use crate::admit::{Rate, Unit};
use crate::reply::insert;

/// A vendor's headers about one allowance: its whole, what is left of it, when it is whole again.
struct RateHeaders {
    limit: &'static str,
    remaining: &'static str,
    reset: &'static str,
}

/// No vendor tells how much money is left.
const fn names(surface: Surface, unit: Unit) -> Option<RateHeaders> {
    Some(match (surface, unit) {
        (_, Unit::Money) => return None,
        (Surface::Messages | Surface::CountTokens, Unit::Requests) => RateHeaders {
            limit: "anthropic-ratelimit-requests-limit",
            remaining: "anthropic-ratelimit-requests-remaining",
            reset: "anthropic-ratelimit-requests-reset",
        },
        (Surface::Messages | Surface::CountTokens, Unit::Tokens) => RateHeaders {
            limit: "anthropic-ratelimit-tokens-limit",
            remaining: "anthropic-ratelimit-tokens-remaining",
            reset: "anthropic-ratelimit-tokens-reset",
        },
        (_, Unit::Requests) => RateHeaders {
            limit: "x-ratelimit-limit-requests",
            remaining: "x-ratelimit-remaining-requests",
            reset: "x-ratelimit-reset-requests",
        },
        (_, Unit::Tokens) => RateHeaders {
            limit: "x-ratelimit-limit-tokens",
            remaining: "x-ratelimit-remaining-tokens",
            reset: "x-ratelimit-reset-tokens",
        },
    })
}

/// Tells the allowances in the vendor's headers: OpenAI gives the time left (`1.5s`), Anthropic the moment
/// (RFC 3339).
pub(crate) fn rate_headers(headers: &mut HeaderMap, rates: &[Rate], surface: Surface, now: Timestamp) {
    for rate in rates {
        let Some(RateHeaders { limit, remaining, reset }) = names(surface, rate.unit) else { continue };
        let when = match surface {
            Surface::Messages | Surface::CountTokens => now.plus(rate.reset_after).to_string(),
            Surface::ChatCompletions
            | Surface::Completions
            | Surface::Responses
            | Surface::Embeddings
            | Surface::Moderations => format!("{:.3}s", rate.reset_after.as_secs_f64()),
        };
        insert(headers, HeaderName::from_static(limit), &rate.limit.to_string());
        insert(headers, HeaderName::from_static(remaining), &rate.remaining.to_string());
        insert(headers, HeaderName::from_static(reset), &when);
    }
}
