//! Types that a single configuration value can have.

use std::time::Duration;

use super::{Node, Value};
use crate::ids::{KeyId, ModelName, TenantId};
use crate::money::Money;
use crate::secret::Secret;

/// The shape of a value, for the JSON Schema and the reference page.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Kind {
    /// Text, described for people, such as `a duration such as "30s"`.
    Text(&'static str),
    /// One of these words.
    Choice(&'static [&'static str]),
    /// A whole number, not negative.
    Whole,
    /// A number.
    Number,
    /// True or false.
    Boolean,
    /// A list of one kind.
    List(Box<Kind>),
}

/// A type that one configuration value can be read as.
pub trait Field: Sized {
    /// Its shape.
    fn kind() -> Kind;

    /// Reads it; the error says what was expected and what is there, lower case, without a full stop.
    fn read(node: &Node) -> Result<Self, String>;

    /// How a value is written in a document, for the reference page; none for secrets.
    fn write(&self) -> Option<String>;
}

fn expected(what: &str, node: &Node) -> String {
    format!("expected {what}, found {}", node.value.kind())
}

impl Field for String {
    fn kind() -> Kind {
        Kind::Text("text")
    }

    fn read(node: &Node) -> Result<Self, String> {
        match &node.value {
            Value::String(text) => Ok(text.clone()),
            _ => Err(expected("a string", node)),
        }
    }

    fn write(&self) -> Option<String> {
        Some(format!("{self:?}"))
    }
}

impl Field for Secret<String> {
    fn kind() -> Kind {
        Kind::Text("a secret, best given as `${NAME}`")
    }

    fn read(node: &Node) -> Result<Self, String> {
        String::read(node).map(Secret::new)
    }

    fn write(&self) -> Option<String> {
        None
    }
}

impl Field for bool {
    fn kind() -> Kind {
        Kind::Boolean
    }

    fn read(node: &Node) -> Result<Self, String> {
        match node.value {
            Value::Boolean(value) => Ok(value),
            _ => Err(expected("true or false", node)),
        }
    }

    fn write(&self) -> Option<String> {
        Some(self.to_string())
    }
}

macro_rules! whole {
    ($($name:ty),*) => {$(
        impl Field for $name {
            fn kind() -> Kind {
                Kind::Whole
            }

            fn read(node: &Node) -> Result<Self, String> {
                match node.value {
                    Value::Integer(value) => Self::try_from(value)
                        .map_err(|_| format!("expected a whole number from 0 to {}, found {value}", Self::MAX)),
                    _ => Err(expected("a whole number", node)),
                }
            }

            fn write(&self) -> Option<String> {
                Some(self.to_string())
            }
        }
    )*};
}

whole!(u16, u32, u64, usize);

impl Field for f64 {
    fn kind() -> Kind {
        Kind::Number
    }

    #[expect(clippy::cast_precision_loss, reason = "a whole number in a configuration file is small")]
    fn read(node: &Node) -> Result<Self, String> {
        match node.value {
            Value::Float(value) if value.is_finite() => Ok(value),
            Value::Integer(value) => Ok(value as f64),
            _ => Err(expected("a number", node)),
        }
    }

    fn write(&self) -> Option<String> {
        Some(format!("{self:?}"))
    }
}

impl Field for Duration {
    fn kind() -> Kind {
        Kind::Text("a duration such as \"250ms\", \"30s\", \"5m\", \"1h\" or \"30d\"")
    }

    fn read(node: &Node) -> Result<Self, String> {
        let Value::String(text) = &node.value else {
            return Err(expected("a duration such as \"30s\"", node));
        };
        let wrong =
            || format!("expected a duration such as \"250ms\", \"30s\", \"5m\", \"1h\" or \"30d\", found `{text}`");
        let digits = text.bytes().take_while(u8::is_ascii_digit).count();
        let (amount, unit) = text.split_at_checked(digits).ok_or_else(wrong)?;
        let amount: u64 = amount.parse().map_err(|_| wrong())?;
        let millis = match unit {
            "ms" => 1,
            "s" => 1_000,
            "m" => 60_000,
            "h" => 3_600_000,
            "d" => 86_400_000,
            _ => return Err(wrong()),
        };
        amount.checked_mul(millis).map(Self::from_millis).ok_or_else(wrong)
    }

    fn write(&self) -> Option<String> {
        let millis = self.as_millis();
        let units = [(86_400_000, "d"), (3_600_000, "h"), (60_000, "m"), (1_000, "s")];
        let unit = units.into_iter().find(|(size, _)| millis >= *size && millis.is_multiple_of(*size));
        let (size, name) = unit.unwrap_or((1, "ms"));
        Some(format!("\"{}{name}\"", millis / size))
    }
}

/// A size in bytes, written as a whole number or with a unit: `"64KiB"`, `"32MiB"`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Bytes(pub usize);

impl Field for Bytes {
    fn kind() -> Kind {
        Kind::Text("a size such as \"64KiB\" or \"32MiB\"")
    }

    fn read(node: &Node) -> Result<Self, String> {
        if let Value::Integer(value) = node.value {
            return usize::try_from(value).map(Self).map_err(|_| format!("expected a size, found {value}"));
        }
        let Value::String(text) = &node.value else {
            return Err(expected("a size such as \"32MiB\"", node));
        };
        let wrong = || format!("expected a size such as \"64KiB\" or \"32MiB\", found `{text}`");
        let digits = text.bytes().take_while(u8::is_ascii_digit).count();
        let (amount, unit) = text.split_at_checked(digits).ok_or_else(wrong)?;
        let amount: usize = amount.parse().map_err(|_| wrong())?;
        let size = match unit.trim() {
            "" | "B" => 1,
            "KiB" => 1 << 10,
            "MiB" => 1 << 20,
            "GiB" => 1 << 30,
            _ => return Err(wrong()),
        };
        amount.checked_mul(size).map(Self).ok_or_else(wrong)
    }

    fn write(&self) -> Option<String> {
        let units = [(1 << 30, "GiB"), (1 << 20, "MiB"), (1 << 10, "KiB")];
        let unit = units.into_iter().find(|(size, _)| self.0 >= *size && self.0.is_multiple_of(*size));
        let (size, name) = unit.unwrap_or((1, "B"));
        Some(format!("\"{}{name}\"", self.0 / size))
    }
}

impl Field for Money {
    fn kind() -> Kind {
        Kind::Number
    }

    #[expect(
        clippy::cast_possible_truncation,
        clippy::cast_sign_loss,
        reason = "the range has been checked and a micro-dollar is the resolution"
    )]
    fn read(node: &Node) -> Result<Self, String> {
        let dollars = f64::read(node).map_err(|_| expected("an amount in US dollars", node))?;
        if !(0.0..=1e12).contains(&dollars) {
            return Err(format!("expected an amount in US dollars from 0 to 1e12, found {dollars}"));
        }
        Ok(Self::from_micros((dollars * 1e6).round() as u64))
    }

    fn write(&self) -> Option<String> {
        let text = format!("{}.{:06}", self.micros() / 1_000_000, self.micros() % 1_000_000);
        Some(text.trim_end_matches('0').trim_end_matches('.').to_string())
    }
}

macro_rules! named {
    ($($name:ty => $what:literal),*) => {$(
        impl Field for $name {
            fn kind() -> Kind {
                Kind::Text($what)
            }

            fn read(node: &Node) -> Result<Self, String> {
                Self::parse(&String::read(node)?).map_err(|error| error.to_string())
            }

            fn write(&self) -> Option<String> {
                Some(format!("{:?}", self.as_str()))
            }
        }
    )*};
}

named!(TenantId => "the name of a tenant", KeyId => "the id of a key", ModelName => "the name of a model");

impl<T: Field> Field for Vec<T> {
    fn kind() -> Kind {
        Kind::List(Box::new(T::kind()))
    }

    fn read(node: &Node) -> Result<Self, String> {
        match &node.value {
            Value::Array(nodes) => nodes.iter().map(T::read).collect(),
            _ => Err(expected("a list", node)),
        }
    }

    fn write(&self) -> Option<String> {
        let items: Option<Vec<String>> = self.iter().map(Field::write).collect();
        items.map(|items| format!("[{}]", items.join(", ")))
    }
}
