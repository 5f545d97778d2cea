//! A search as words, texts, numbers and signs.

use super::SyntaxError;

/// A piece of a search, and where it begins in characters from 1.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Token {
    pub(super) at: usize,
    pub(super) kind: Kind,
    /// Whether it follows the piece before it without a space.
    pub(super) is_joined: bool,
}

#[derive(Clone, Debug, PartialEq)]
pub(super) enum Kind {
    /// A bare name or a word of the language; dots, slashes, colons and hyphens within it belong to it.
    Word(String),
    /// In single quotes.
    Text(String),
    /// In double quotes: a text or a name, by its place.
    DoubleQuoted(String),
    /// In backticks: a name.
    Backticked(String),
    Number(f64),
    /// A sign, such as `>=` or `(`.
    Sign(&'static str),
}

const SIGNS: [&str; 10] = ["!=", "<>", ">=", "<=", "=", ">", "<", "(", ")", ","];

pub(super) fn tokens(text: &str) -> Result<Vec<Token>, SyntaxError> {
    let characters: Vec<char> = text.chars().collect();
    let mut tokens: Vec<Token> = Vec::new();
    let mut next = 0;
    let mut ended = None;
    while let Some(&first) = characters.get(next) {
        if first.is_whitespace() {
            next += 1;
            continue;
        }
        let rest = characters.get(next..).unwrap_or_default();
        let (kind, length) = token(first, rest).map_err(|reason| SyntaxError { at: next + 1, reason })?;
        tokens.push(Token { at: next + 1, kind, is_joined: ended == Some(next) });
        next += length;
        ended = Some(next);
    }
    Ok(tokens)
}

fn token(first: char, rest: &[char]) -> Result<(Kind, usize), String> {
    match first {
        '\'' => quoted(first, rest).map(|(text, length)| (Kind::Text(text), length)),
        '"' => quoted(first, rest).map(|(text, length)| (Kind::DoubleQuoted(text), length)),
        '`' => quoted(first, rest).map(|(text, length)| (Kind::Backticked(text), length)),
        '0'..='9' | '-' | '+' | '.' => number(rest),
        _ if is_of_word(first) => {
            let length = rest.iter().take_while(|&&c| is_of_word(c) || is_within_word(c)).count();
            Ok((Kind::Word(rest.iter().take(length).collect()), length))
        }
        _ => {
            let fits = |sign: &&&str| sign.chars().eq(rest.iter().take(sign.len()).copied());
            let sign = SIGNS.iter().find(fits).ok_or_else(|| format!("`{first}` has no meaning here"))?;
            Ok((Kind::Sign(sign), sign.len()))
        }
    }
}

fn is_of_word(c: char) -> bool {
    c.is_alphanumeric() || c == '_'
}

fn is_within_word(c: char) -> bool {
    matches!(c, '.' | '/' | '-' | ':')
}

/// What is in quotes; two of them in it are one.
fn quoted(quote: char, rest: &[char]) -> Result<(String, usize), String> {
    let mut text = String::new();
    let mut at = 1;
    loop {
        match rest.get(at) {
            None => return Err(format!("the {quote} that begins here is not closed")),
            Some(&c) if c == quote && rest.get(at + 1) == Some(&quote) => {
                text.push(c);
                at += 2;
            }
            Some(&c) if c == quote => return Ok((text, at + 1)),
            Some(&c) => {
                text.push(c);
                at += 1;
            }
        }
    }
}

fn number(rest: &[char]) -> Result<(Kind, usize), String> {
    let mut length = 0;
    while let Some(&c) = rest.get(length) {
        let after_exponent = length > 0 && matches!(rest.get(length - 1), Some('e' | 'E'));
        let belongs = c.is_ascii_digit()
            || matches!(c, '.' | 'e' | 'E')
            || (matches!(c, '+' | '-') && (length == 0 || after_exponent));
        if !belongs {
            break;
        }
        length += 1;
    }
    let text: String = rest.iter().take(length).collect();
    match text.parse::<f64>() {
        Ok(number) if number.is_finite() => Ok((Kind::Number(number), length)),
        _ => Err(format!("`{}` is not a number", crate::fields::shortened(&text))),
    }
}
