//! How much may be used: requests, tokens, calls at once and money, for each key, tenant, user and address.

use std::time::Duration;

use redoubt_domain::Money;
use redoubt_domain::seams::Quota;
use redoubt_domain::settings::Table;
use serde::{Deserialize, Serialize};

/// What one key, tenant, user or address may use. What is not set is not limited.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct Allowance {
    /// Requests in each minute.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub requests: Option<u64>,
    /// Tokens of requests and answers in each minute.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub tokens: Option<u64>,
    /// Requests being served at one time.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub concurrent: Option<u32>,
    /// Millionths of a dollar in each budget period.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub budget_micros: Option<u64>,
    /// Seconds in which a budget refills; thirty days, if left out.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub budget_seconds: Option<u64>,
}

const MINUTE: Duration = Duration::from_secs(60);
const BUDGET_PERIOD: Duration = Duration::from_secs(30 * 86_400);

impl Allowance {
    pub(super) fn read(table: &mut Table<'_>) -> Self {
        let allowance = Self {
            requests: table.get("requests", "requests in each minute"),
            tokens: table.get("tokens", "tokens of requests and answers in each minute"),
            concurrent: table.get("concurrent", "requests being served at one time"),
            budget_micros: table.get("budget", "US dollars in each budget period").map(Money::micros),
            budget_seconds: Some(
                table.or("budget_period", "the time in which the budget refills", BUDGET_PERIOD).as_secs(),
            ),
        };
        for (key, zero) in [
            ("requests", allowance.requests == Some(0)),
            ("tokens", allowance.tokens == Some(0)),
            ("concurrent", allowance.concurrent == Some(0)),
            ("budget_period", allowance.budget_seconds == Some(0)),
        ] {
            if zero {
                table.refuse(key, format!("`{key}` of 0 lets nothing pass; leave it out for no limit"));
            }
        }
        allowance
    }

    /// Whether nothing is limited.
    pub(super) fn is_unlimited(&self) -> bool {
        let Self { requests, tokens, concurrent, budget_micros, budget_seconds: _ } = self;
        requests.is_none() && tokens.is_none() && concurrent.is_none() && budget_micros.is_none()
    }

    /// Requests, as a quota.
    pub(super) fn request_quota(&self) -> Option<Quota> {
        self.requests.map(|amount| Quota { amount, period: MINUTE })
    }

    /// Tokens, as a quota.
    pub(super) fn token_quota(&self) -> Option<Quota> {
        self.tokens.map(|amount| Quota { amount, period: MINUTE })
    }

    /// Money, as a quota in millionths of a dollar.
    pub(super) fn budget_quota(&self) -> Option<Quota> {
        let period = self.budget_seconds.map_or(BUDGET_PERIOD, Duration::from_secs);
        self.budget_micros.map(|amount| Quota { amount, period })
    }

    /// This allowance where it says something, `other` where it does not.
    pub(super) fn or(&self, other: &Self) -> Self {
        Self {
            requests: self.requests.or(other.requests),
            tokens: self.tokens.or(other.tokens),
            concurrent: self.concurrent.or(other.concurrent),
            budget_micros: self.budget_micros.or(other.budget_micros),
            budget_seconds: if self.budget_micros.is_some() { self.budget_seconds } else { other.budget_seconds },
        }
    }
}

/// The allowances that configuration gives.
#[derive(Clone, Debug, Default)]
pub struct AdmitSettings {
    /// Of each key; what a key itself says comes first.
    pub key: Allowance,
    /// Of each tenant, over all its keys.
    pub tenant: Allowance,
    /// Of each user that a caller names, within its tenant.
    pub user: Allowance,
    /// Of each address that requests come from.
    pub ip: Allowance,
}

impl AdmitSettings {
    pub(crate) fn read(table: &mut Table<'_>) -> Self {
        Self {
            key: table.table("key", "what each key may use, unless the key itself says otherwise", Allowance::read),
            tenant: table.table("tenant", "what each tenant may use over all its keys", Allowance::read),
            user: table.table("user", "what each user that a caller names may use", Allowance::read),
            ip: table.table("ip", "what each address that requests come from may use", Allowance::read),
        }
    }
}
