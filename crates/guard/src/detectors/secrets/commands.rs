//! Passwords among the arguments of commands: `sshpass -p`, `mysql -p`, `redis-cli -a`.

use redoubt_domain::finding::Severity;

use super::super::entropy::is_placeholder;
use super::shape::ahead;
use super::{Seen, Trail};

/// How far a command is read.
const COMMAND_MAX: usize = 240;

/// `sshpass -p password`.
pub(super) fn sshpass(text: &str, _: usize, end: usize) -> Trail {
    argument(text, end, " -p", true)
}

/// `mysql -ppassword`; with a space between, the word behind it is a database.
pub(super) fn mysql(text: &str, _: usize, end: usize) -> Trail {
    argument(text, end, " -p", false)
}

/// `redis-cli -a password`.
pub(super) fn redis(text: &str, _: usize, end: usize) -> Trail {
    argument(text, end, " -a", true)
}

/// The value of an option on the rest of the line.
fn argument(text: &str, from: usize, option: &str, is_spaced: bool) -> Trail {
    let near = ahead(text, from, COMMAND_MAX);
    let line = near.get(..near.find('\n').unwrap_or(near.len())).unwrap_or("");
    let Some(at) = line.find(option).map(|at| at + option.len()) else { return Trail::Nothing };
    let rest = line.get(at..).unwrap_or("");
    let bare = if is_spaced { rest.trim_start_matches(' ') } else { rest };
    let value = bare.strip_prefix(['"', '\'']).unwrap_or(bare);
    let quote = bare.chars().next().filter(|c| matches!(c, '"' | '\''));
    let stop = value.find(|c: char| quote.map_or(c.is_whitespace() || c == '`' || c == ';', |quote| c == quote));
    let start = from + at + rest.len() - value.len();
    let whole = value.get(..stop.unwrap_or(value.len())).unwrap_or("");
    let is_chosen = whole.len() >= 4
        && !whole.starts_with(['-', '$'])
        && !is_placeholder(whole)
        && (quote.is_some() || whole.bytes().any(|byte| !byte.is_ascii_alphabetic()));
    let seen = is_chosen.then(|| Seen {
        rule: "command-line-password",
        span: start..start + whole.len(),
        score: 0.75,
        severity: Severity::High,
    });
    if stop.is_none() && start + value.len() == text.len() {
        return Trail::Open(start, seen);
    }
    seen.map_or(Trail::Nothing, Trail::Found)
}
