//! Queries one after the other, as they are typed or piped.

use std::io::{self, BufRead, IsTerminal, Read, Write};
use std::process::ExitCode;

use super::ask::Asker;
use crate::cli::{Failure, report};
use crate::output;

/// The most bytes of a query.
const BYTES_MAX: usize = 1 << 20;

/// Reads statements up to their `;` and answers each. At a terminal it goes on after a mistake; what is piped stops.
pub(super) async fn run(asker: &mut Asker<'_>) -> Result<ExitCode, Failure> {
    let is_terminal = io::stdin().is_terminal();
    if is_terminal {
        output::note("a query ends with `;`; `\\d` lists tables, `\\d TABLE` columns, `\\q` ends");
    }
    let mut text = String::new();
    loop {
        if is_terminal {
            let prompt = if text.trim().is_empty() { "sql> " } else { "...> " };
            let mut out = io::stdout().lock();
            out.write_all(prompt.as_bytes()).and_then(|()| out.flush())?;
        }
        let mut line = String::new();
        let is_end = io::stdin().lock().take(BYTES_MAX as u64).read_line(&mut line)? == 0;
        if text.trim().is_empty() && line.trim_start().starts_with('\\') {
            match command(asker, line.trim()).await {
                Ok(true) => {}
                Ok(false) => return Ok(ExitCode::SUCCESS),
                Err(failure) if is_terminal => report(&failure),
                Err(failure) => return Err(failure),
            }
            text.clear();
            continue;
        }
        text.push_str(&line);
        if text.len() > BYTES_MAX {
            return Err(Failure::usage(format!("a query of more than {BYTES_MAX} bytes")));
        }
        while let Some(end) = statement_end(&text) {
            let rest = text.split_off(end);
            answer(asker, &text, is_terminal).await?;
            text = rest;
        }
        if is_end {
            // The last one of a file may lack its `;`.
            if !text.trim().is_empty() {
                answer(asker, &text, is_terminal).await?;
            }
            return Ok(ExitCode::SUCCESS);
        }
    }
}

async fn answer(asker: &mut Asker<'_>, sql: &str, goes_on: bool) -> Result<(), Failure> {
    let sql = sql.trim().trim_end_matches(';');
    if sql.trim().is_empty() {
        return Ok(());
    }
    match asker.ask(sql).await {
        Err(failure) if goes_on => {
            report(&failure);
            Ok(())
        }
        other => other,
    }
}

/// Does what a backslash asks for; false if that is to end.
async fn command(asker: &mut Asker<'_>, line: &str) -> Result<bool, Failure> {
    let (word, rest) = line.split_once(char::is_whitespace).unwrap_or((line, ""));
    match (word, rest.trim().trim_end_matches(';')) {
        ("\\q", _) => return Ok(false),
        ("\\d", "") => _ = asker.list(false).await?,
        ("\\d", name) => asker.describe(name).await?,
        _ => return Err(Failure::usage(format!("there is no `{word}`; there are `\\d`, `\\d TABLE` and `\\q`"))),
    }
    Ok(true)
}

/// Where the first statement ends, behind its `;`: not one within quotes or a comment.
fn statement_end(text: &str) -> Option<usize> {
    let mut letters = text.char_indices().peekable();
    while let Some((at, letter)) = letters.next() {
        match letter {
            ';' => return Some(at + 1),
            '\'' | '"' | '`' => {
                // A doubled quote ends one text and begins the next, which comes to the same.
                while letters.next()?.1 != letter {}
            }
            '-' if letters.peek().is_some_and(|(_, next)| *next == '-') => while letters.next()?.1 != '\n' {},
            '/' if letters.peek().is_some_and(|(_, next)| *next == '*') => {
                letters.next();
                let mut before = ' ';
                loop {
                    let (_, next) = letters.next()?;
                    if before == '*' && next == '/' {
                        break;
                    }
                    before = next;
                }
            }
            _ => {}
        }
    }
    None
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_statement_ends_at_its_own_semicolon() {
        let cases = [
            ("select 1; select 2;", Some(9)),
            ("select ';' ;", Some(12)),
            ("select 'it''s;';", Some(16)),
            ("select \"a;b\"", None),
            ("-- no;\nselect 1;", Some(16)),
            ("/* no; */ select 1;", Some(19)),
            ("select 1 -- ;", None),
            ("", None),
        ];
        for (text, expected) in cases {
            assert_eq!(statement_end(text), expected, "{text}");
        }
    }
}
