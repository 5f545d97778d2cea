//! The formats in which foreign text reaches a model, the same for attacks and for harmless content.

mod code;
mod data;
mod mail;
mod pages;

use super::grammar::Maker;

/// A format: writes a whole text around a payload, which may be empty.
pub(super) type Carrier = fn(&mut Maker<'_>, &str) -> String;

/// Every format.
pub(super) static ALL: &[Carrier] = &[
    mail::mail,
    mail::thread,
    mail::chat,
    mail::ticket,
    mail::calendar,
    mail::letter,
    pages::plain,
    pages::article,
    pages::html,
    pages::comment,
    pages::hidden,
    pages::markdown,
    pages::review,
    pages::resume,
    pages::results,
    pages::wiki,
    pages::chunks,
    data::json,
    data::list,
    data::python,
    data::yaml,
    data::xml,
    data::csv,
    data::table,
    data::invoice,
    code::log,
    code::source,
    code::commit,
    code::trace,
    code::shell,
    code::diff,
    code::settings,
    data::metrics,
    data::rows,
];
