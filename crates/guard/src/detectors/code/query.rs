//! Injected SQL.

use std::ops::Range;

use redoubt_domain::finding::Severity;

use super::{Form, Reader, Sight, form};

const LABEL: &str = "SQL_INJECTION";

const fn sql(mark: &'static str, rule: &'static str, read: Reader) -> Form {
    form(mark, LABEL, rule, Severity::High, read)
}

pub(super) static FORMS: &[Form] = &[
    sql("' or ", "tautology", tautology),
    sql("\" or ", "tautology", tautology),
    sql("' and ", "tautology", tautology),
    sql(") or ", "tautology", tautology),
    sql("'or'", "tautology", tautology),
    sql("'||'", "tautology", tautology),
    sql(" or 1=1", "tautology", always_true),
    sql(" or 1 = 1", "tautology", always_true),
    sql(" and 1=1", "tautology", always_true),
    sql(" and 1=2", "tautology", always_true),
    sql(";", "stacked-query", stacked),
    sql("union select ", "union-select", union),
    sql("union all select ", "union-select", union),
    sql("union/**/select", "union-select", |sight| Some((sight.to_line_end(), 0.9))),
    sql("'--", "comment-out", comment),
    sql("' --", "comment-out", comment),
    sql("'#", "comment-out", comment),
    sql("' #", "comment-out", comment),
    sql("' order by ", "order-probe", |sight| {
        let column = sight.after.trim_start_matches(|c: char| c.is_ascii_digit());
        let is_cut = column.trim_start().starts_with("--") || column.trim_start().starts_with('#');
        (column.len() < sight.after.len() && is_cut).then(|| (sight.to_line_end(), 0.8))
    }),
    sql("' having ", "tautology", tautology),
    sql("waitfor delay '", "time-delay", |sight| Some((sight.to_line_end(), 0.85))),
    sql("pg_sleep(", "time-delay", delayed),
    sql("benchmark(", "time-delay", delayed),
    sql("sleep(", "time-delay", delayed),
    sql("xp_cmdshell", "system-procedure", |sight| Some((sight.to_line_end(), 0.8))),
    sql("into outfile '", "file-access", |sight| Some((sight.to_line_end(), 0.7))),
    sql("into dumpfile '", "file-access", |sight| Some((sight.to_line_end(), 0.8))),
    sql("load_file(", "file-access", |sight| Some((sight.to_line_end(), 0.65))),
    sql("extractvalue(", "error-based", |sight| sight.after.contains("concat").then(|| (sight.to_line_end(), 0.85))),
    sql("updatexml(", "error-based", |sight| sight.after.contains("concat").then(|| (sight.to_line_end(), 0.85))),
];

/// `' OR 'a'='a`: the same on both sides, or numbers.
fn tautology(sight: &Sight<'_>) -> Option<(Range<usize>, f32)> {
    if let Some(rest) = sight.after.strip_prefix("true") {
        let is_cut = ["--", "#", ";", "/*"].iter().any(|end| rest.trim_start().starts_with(end));
        return is_cut.then(|| (sight.reaching(8), 0.85));
    }
    let (equals, sign) = ["=", " like "]
        .iter()
        .filter_map(|sign| sight.after.find(sign).map(|at| (at, sign.len())))
        .min()
        .filter(|(at, _)| *at < 24)?;
    let clean = |side: &str| side.trim().trim_matches(['\'', '"', '(', ')', ' ', '`']).to_owned();
    let left = clean(sight.after.get(..equals)?);
    let right_text = sight.after.get(equals + sign..)?.trim_start_matches('=');
    let length = right_text.trim_start().find([' ', ';', '-', ')', '\n', '#']).unwrap_or(right_text.trim_start().len());
    let right = clean(right_text.trim_start().get(..length)?);
    let is_same = left == right && !left.contains(' ') && left.len() < 16;
    (is_same).then(|| (sight.reaching(equals + 1 + length + 2), 0.88))
}

fn always_true(sight: &Sight<'_>) -> Option<(Range<usize>, f32)> {
    let goes_on = sight.after.starts_with(|c: char| c.is_alphanumeric());
    let next = sight.after.trim_start();
    let ends = next.is_empty()
        || next.starts_with(['-', '#', ';', ')', '\'', '"', '\n', '/', '`', '&', '|'])
        || ["limit ", "order ", "group ", "and ", "or ", "union "].iter().any(|word| next.starts_with(word));
    let is_query = ["where ", "select ", "=", "'"].iter().any(|sign| sight.before.contains(sign));
    // `In SQL, OR 1=1 is always true` speaks of it.
    (!goes_on).then(|| (sight.reaching(4), if ends || is_query { 0.72 } else { 0.4 }))
}

/// How statements behind a semicolon begin.
pub(super) const STARTERS: &[&str] = &[
    "drop", "alter", "create", "delete", "insert", "truncate", "update", "exec", "execute", "grant", "shutdown",
    "select",
];

/// `; DROP TABLE users`, behind what closes a value.
fn stacked(sight: &Sight<'_>) -> Option<(Range<usize>, f32)> {
    let mut words = sight.after.split_whitespace();
    let (first, second, third) = (words.next()?, words.next()?, words.next().unwrap_or(""));
    let is_name = |word: &str| {
        !word.is_empty()
            && word.bytes().all(|byte| {
                byte.is_ascii_alphanumeric()
                    || matches!(
                        byte,
                        b'_' | b'.' | b';' | b'`' | b'"' | b'[' | b']' | b'*' | b'-' | b'(' | b')' | b'\'' | b','
                    )
            })
    };
    let is_statement = match (first, second) {
        ("drop" | "alter" | "create", "table" | "database" | "schema" | "user" | "view" | "role" | "procedure") => {
            is_name(third)
        }
        ("delete", "from") | ("insert", "into") | ("truncate", "table") => is_name(third) && third != "it",
        ("update", _) => third == "set",
        ("exec" | "execute", name) => name.starts_with("xp_") || name.starts_with("sp_"),
        ("grant", "all") => true,
        ("shutdown", "with") => third.starts_with("nowait"),
        ("select", _) => sight.after.contains(" from ") && sight.after.contains("--"),
        _ => false,
    };
    if !is_statement {
        return None;
    }
    let closes_value = matches!(sight.previous(), Some('\'' | '"' | ')' | '0'..='9'));
    let is_cut = sight.after.contains("--") || sight.after.contains("/*") || sight.after.contains('#');
    // Statements one behind the other are a script; one behind a value was slipped in.
    let line = sight.before.rsplit(['\n', ';']).next().unwrap_or("").trim_start();
    let is_script = STARTERS.iter().any(|word| line.starts_with(word));
    let score = match (closes_value && (!is_script || is_cut), is_cut) {
        (true, true) => 0.93,
        (true, false) => 0.72,
        (false, true) => 0.7,
        (false, false) => 0.4,
    };
    Some((sight.to_line_end(), score))
}

/// `UNION SELECT a, b FROM`, not the selected of a union.
fn union(sight: &Sight<'_>) -> Option<(Range<usize>, f32)> {
    let first = sight.after.split([' ', ',', '\n']).next().unwrap_or("");
    let has_columns = sight.after.starts_with(['*', '\'', '@'])
        || first == "null"
        || first == "1"
        || (sight.after.contains(',') && sight.after.contains(" from "))
        || first.contains('(');
    let closes_value = matches!(sight.previous(), Some('\'' | '"' | ')' | '0'..='9' | '/'));
    let is_cut = sight.after.contains("--") || sight.after.contains('#') || sight.after.contains("/*");
    if !has_columns {
        return None;
    }
    Some((sight.to_line_end(), if closes_value || is_cut { 0.88 } else { 0.4 }))
}

/// `admin'--` at the end of a value.
fn comment(sight: &Sight<'_>) -> Option<(Range<usize>, f32)> {
    let is_value = sight.before.ends_with(|c: char| c.is_alphanumeric());
    let ends = sight
        .after
        .trim_start_matches(['-', ' '])
        .chars()
        .next()
        .is_none_or(|c| matches!(c, '\n' | '"' | '\'' | '`' | ')'));
    let has_quote_before = sight.before.rsplit('\n').next().unwrap_or("").contains('\'');
    (is_value && ends && !has_quote_before).then(|| (sight.reaching(1), 0.7))
}

fn delayed(sight: &Sight<'_>) -> Option<(Range<usize>, f32)> {
    let has_number = sight.after.starts_with(|c: char| c.is_ascii_digit());
    let near: Vec<&str> = sight.before.split_whitespace().rev().take(3).collect();
    let follows_number = near.get(1).is_some_and(|word| {
        word.ends_with(|c: char| c.is_ascii_digit() || c == ')') && !word.contains(char::is_alphabetic)
    });
    let is_injected =
        near.iter().any(|word| matches!(*word, "and" | "or" | "select" | "select(" | "(select" | "||" | "union"))
            && (sight.before.contains(['\'', '"', '=', ';']) || follows_number);
    (has_number && is_injected).then(|| (sight.to_line_end(), 0.82))
}
