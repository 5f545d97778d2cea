//! Searches over what the registry keeps, which is looked through here and not by SQL.

use std::cmp::Ordering;
use std::collections::BTreeMap;

use redoubt_domain::Timestamp;

use crate::fields::shortened;
use crate::problem::Problem;
use crate::search::{Clause, Entity, Field, Literal, OrderItem};

/// The name of an attribute, and what it is of a thing; none if the thing has none.
type Attribute<T> = (&'static str, fn(&T) -> Option<Literal>);

/// A kind of thing, as searches see it.
pub(super) struct Searched<T: 'static> {
    /// What it is called, several of it.
    pub(super) what: &'static str,
    pub(super) tags: fn(&T) -> &BTreeMap<String, String>,
    /// Its attributes by their names.
    pub(super) attributes: &'static [Attribute<T>],
}

impl<T> Searched<T> {
    /// Refuses what asks for fields that the kind does not have.
    pub(super) fn check(&self, clauses: &[Clause], order: &[OrderItem]) -> Result<(), Problem> {
        let fields = clauses.iter().map(|clause| &clause.field).chain(order.iter().map(|item| &item.field));
        for Field { entity, key, at } in fields {
            let is_known = match entity {
                Entity::Tag => true,
                Entity::Attribute => self.attributes.iter().any(|(name, _)| name == key),
                _ => false,
            };
            if !is_known {
                let names: Vec<&str> = self.attributes.iter().map(|(name, _)| *name).collect();
                let (what, key, known) = (self.what, shortened(key), names.join(", "));
                return Err(Problem::invalid(format!(
                    "{what} have no `{key}`, at character {at}; they have tags, and the attributes {known}"
                )));
            }
        }
        Ok(())
    }

    /// Whether every clause holds for it.
    pub(super) fn holds(&self, of: &T, clauses: &[Clause]) -> bool {
        clauses.iter().all(|Clause { field, test }| test.holds(self.value(of, field).as_ref()))
    }

    /// Sorts by what is asked for, and then by `last`.
    pub(super) fn sort(&self, items: &mut [T], order: &[OrderItem], last: impl Fn(&T, &T) -> Ordering) {
        items.sort_by(|a, b| {
            for OrderItem { field, is_descending } in order {
                let by = match (self.value(a, field), self.value(b, field)) {
                    (Some(Literal::Text(a)), Some(Literal::Text(b))) => a.cmp(&b),
                    (Some(Literal::Number(a)), Some(Literal::Number(b))) => a.total_cmp(&b),
                    // What is not there comes last either way.
                    (a, b) => match a.is_none().cmp(&b.is_none()) {
                        Ordering::Equal => continue,
                        by => return by,
                    },
                };
                match if *is_descending { by.reverse() } else { by } {
                    Ordering::Equal => {}
                    by => return by,
                }
            }
            last(a, b)
        });
    }

    fn value(&self, of: &T, field: &Field) -> Option<Literal> {
        match field.entity {
            Entity::Tag => (self.tags)(of).get(&field.key).cloned().map(Literal::Text),
            _ => self.attributes.iter().find(|(name, _)| *name == field.key).and_then(|(_, value)| value(of)),
        }
    }
}

/// A text that is there.
pub(super) fn text(text: &str) -> Option<Literal> {
    Some(Literal::Text(text.to_owned()))
}

/// A time in milliseconds since 1970.
#[expect(clippy::cast_precision_loss, reason = "milliseconds since 1970 are far below what a number holds exactly")]
pub(super) fn millis(at: Timestamp) -> Option<Literal> {
    Some(Literal::Number(at.millis() as f64))
}
