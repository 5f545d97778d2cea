//! How the values of the domain are written in an entry.

use redoubt_domain::{
    Action, Digest, KeyId, ModelName, Money, RequestId, Severity, Surface, TenantId, Timestamp, Usage,
};
use serde::de::Error as _;
use serde::{Deserialize, Deserializer, Serialize, Serializer};

use crate::canonical::INTEGER_MAX;

/// A module for `serde(with)` that writes a type as text.
macro_rules! text {
    ($module:ident, $type:ty, $what:literal, $write:expr, $read:expr) => {
        pub(super) mod $module {
            use super::*;

            pub(in crate::entry) fn serialize<S: Serializer>(value: &$type, to: S) -> Result<S::Ok, S::Error> {
                let write: fn(&$type) -> String = $write;
                to.serialize_str(&write(value))
            }

            pub(in crate::entry) fn deserialize<'de, D: Deserializer<'de>>(from: D) -> Result<$type, D::Error> {
                let read: fn(&str) -> Option<$type> = $read;
                let text = String::deserialize(from)?;
                read(&text).ok_or_else(|| D::Error::custom(concat!("not a ", $what)))
            }
        }
    };
}

/// The same for an optional field, which is left out where there is none.
macro_rules! optional {
    ($module:ident, $type:ty, $inner:literal, $inner_path:ident) => {
        pub(super) mod $module {
            use super::*;

            #[derive(Serialize, Deserialize)]
            struct Present(#[serde(with = $inner)] $type);

            pub(in crate::entry) fn serialize<S: Serializer>(value: &Option<$type>, to: S) -> Result<S::Ok, S::Error> {
                match value {
                    Some(value) => super::$inner_path::serialize(value, to),
                    None => to.serialize_none(),
                }
            }

            pub(in crate::entry) fn deserialize<'de, D: Deserializer<'de>>(from: D) -> Result<Option<$type>, D::Error> {
                Present::deserialize(from).map(|present| Some(present.0))
            }
        }
    };
}

text!(request_id, RequestId, "request id", ToString::to_string, RequestId::parse);
text!(tenant, TenantId, "tenant", ToString::to_string, |text| TenantId::parse(text).ok());
text!(key, KeyId, "key id", ToString::to_string, |text| KeyId::parse(text).ok());
text!(model, ModelName, "model name", ToString::to_string, |text| ModelName::parse(text).ok());
text!(digest, Digest, "digest", ToString::to_string, Digest::parse);
text!(surface, Surface, "surface", |surface| surface.name().to_owned(), Surface::parse);
text!(action, Action, "action", |action| action.name().to_owned(), |text| {
    Action::ALL.into_iter().find(|action| action.name() == text)
});
text!(severity, Severity, "severity", |severity| severity.name().to_owned(), |text| {
    Severity::ALL.into_iter().find(|severity| severity.name() == text)
});

optional!(digest_option, Digest, "super::digest", digest);
optional!(model_option, ModelName, "super::model", model);
optional!(money_option, Money, "super::money", money);
optional!(usage_option, Usage, "super::usage", usage);

/// Microseconds since the Unix epoch.
pub(super) mod time {
    use super::*;

    pub(in crate::entry) fn serialize<S: Serializer>(time: &Timestamp, to: S) -> Result<S::Ok, S::Error> {
        to.serialize_u64(time.micros().min(INTEGER_MAX))
    }

    pub(in crate::entry) fn deserialize<'de, D: Deserializer<'de>>(from: D) -> Result<Timestamp, D::Error> {
        u64::deserialize(from).map(Timestamp::from_micros)
    }
}

/// Millionths of a dollar.
pub(super) mod money {
    use super::*;

    pub(in crate::entry) fn serialize<S: Serializer>(money: &Money, to: S) -> Result<S::Ok, S::Error> {
        to.serialize_u64(money.micros().min(INTEGER_MAX))
    }

    pub(in crate::entry) fn deserialize<'de, D: Deserializer<'de>>(from: D) -> Result<Money, D::Error> {
        u64::deserialize(from).map(Money::from_micros)
    }
}

/// Tokens in and out.
pub(super) mod usage {
    use super::*;

    #[derive(Serialize, Deserialize)]
    #[serde(deny_unknown_fields)]
    struct UsageEntry {
        input_tokens: u64,
        output_tokens: u64,
    }

    pub(in crate::entry) fn serialize<S: Serializer>(usage: &Usage, to: S) -> Result<S::Ok, S::Error> {
        let Usage { input_tokens, output_tokens } = *usage;
        let entry =
            UsageEntry { input_tokens: input_tokens.min(INTEGER_MAX), output_tokens: output_tokens.min(INTEGER_MAX) };
        entry.serialize(to)
    }

    pub(in crate::entry) fn deserialize<'de, D: Deserializer<'de>>(from: D) -> Result<Usage, D::Error> {
        let UsageEntry { input_tokens, output_tokens } = UsageEntry::deserialize(from)?;
        Ok(Usage { input_tokens, output_tokens })
    }
}

#[expect(clippy::trivially_copy_pass_by_ref, reason = "serde calls it with a reference")]
pub(super) fn is_zero(n: &u64) -> bool {
    *n == 0
}
