//! A pattern as it is written, and what may not be written in one.

use regex_syntax::ast::parse::ParserBuilder;
use regex_syntax::ast::{Assertion, AssertionKind, Ast, ErrorKind, RepetitionKind, RepetitionRange, Span};
use regex_syntax::hir::translate::TranslatorBuilder;
use regex_syntax::hir::{Class, ClassUnicode, ClassUnicodeRange, Hir, HirKind, Repetition};

use super::BOUNDS;

/// Brackets within brackets: more are no pattern that a person wrote.
const NESTED_MAX: u32 = 32;

/// A pattern that can be looked for in a stream.
pub(super) struct Parsed {
    pub(super) expression: Hir,
    /// Bytes of its longest match.
    pub(super) longest: usize,
}

/// What is wrong with a pattern, and the pattern that was probably meant.
pub(super) type Wrong = (String, Option<String>);

/// Reads a pattern.
pub(super) fn parse(pattern: &str) -> Result<Parsed, Wrong> {
    if pattern.len() > BOUNDS.pattern_bytes_max {
        return Err((format!("a pattern of more than {} bytes is not read", BOUNDS.pattern_bytes_max), None));
    }
    let ast = ParserBuilder::new()
        .nest_limit(NESTED_MAX)
        .build()
        .parse(pattern)
        .map_err(|error| syntax(pattern, error.kind(), error.span()))?;
    if let Some(assertion) = assertion(&ast, true, true) {
        return Err(at_an_end(pattern, assertion));
    }
    let expression = TranslatorBuilder::new()
        .build()
        .translate(pattern, &ast)
        .map_err(|error| (format!("the pattern `{pattern}` cannot be used: {}", error.kind()), None))?;
    let expression = prepared(&expression);
    let properties = expression.properties();
    let Some(shortest) = properties.minimum_len() else {
        return Err((format!("no text fits the pattern `{pattern}`"), None));
    };
    let Some(longest) = properties.maximum_len() else { return Err(endless(pattern, &ast)) };
    if shortest == 0 {
        return Err((format!("the pattern `{pattern}` fits the empty text, which stands everywhere"), None));
    }
    if longest > BOUNDS.match_bytes_max {
        let most = BOUNDS.match_bytes_max;
        let reason = format!(
            "the pattern `{pattern}` fits texts of {longest} bytes, and values of at most {most} are looked for; use \
             smaller numbers of repetitions"
        );
        return Err((reason, None));
    }
    Ok(Parsed { expression, longest })
}

/// What the parser objects to.
fn syntax(pattern: &str, kind: &ErrorKind, span: &Span) -> Wrong {
    let place = place(pattern, span);
    let reason = match kind {
        ErrorKind::UnsupportedLookAround => format!(
            "the pattern `{pattern}` looks around at {place}, which takes more than one pass over a text; put the \
             words that must stand near into `context` and say `needs_context = true`"
        ),
        ErrorKind::UnsupportedBackreference => format!(
            "the pattern `{pattern}` refers back at {place}, which takes more than one pass over a text; write out \
             what may be repeated"
        ),
        other => format!("the pattern `{pattern}` is wrong at {place}: {other}"),
    };
    (reason, None)
}

/// The first assertion that is not one of a word at an end of the pattern.
fn assertion(ast: &Ast, is_first: bool, is_last: bool) -> Option<&Assertion> {
    match ast {
        Ast::Assertion(assertion) => {
            let is_of_word = matches!(
                assertion.kind,
                AssertionKind::WordBoundary
                    | AssertionKind::WordBoundaryStart
                    | AssertionKind::WordBoundaryEnd
                    | AssertionKind::WordBoundaryStartAngle
                    | AssertionKind::WordBoundaryEndAngle
                    | AssertionKind::WordBoundaryStartHalf
                    | AssertionKind::WordBoundaryEndHalf
            );
            (!(is_of_word && (is_first || is_last))).then_some(assertion)
        }
        Ast::Repetition(repetition) => assertion(&repetition.ast, false, false),
        Ast::Group(group) => assertion(&group.ast, is_first, is_last),
        Ast::Alternation(alternation) => alternation.asts.iter().find_map(|ast| assertion(ast, is_first, is_last)),
        Ast::Concat(concat) => {
            let last = concat.asts.len() - 1;
            let mut asts = concat.asts.iter().enumerate();
            asts.find_map(|(at, ast)| assertion(ast, is_first && at == 0, is_last && at == last))
        }
        Ast::Empty(_) | Ast::Flags(_) | Ast::Literal(_) | Ast::Dot(_) => None,
        Ast::ClassUnicode(_) | Ast::ClassPerl(_) | Ast::ClassBracketed(_) => None,
    }
}

fn at_an_end(pattern: &str, assertion: &Assertion) -> Wrong {
    let (place, sign) = (place(pattern, &assertion.span), written(pattern, &assertion.span));
    let reason = format!(
        "the pattern `{pattern}` has `{sign}` at {place}: a value may stand anywhere in a text, and is found only where \
         no letter or digit touches it, so leave it out"
    );
    (reason, replaced(pattern, &assertion.span, ""))
}

/// What the first repetition without an end should have been.
fn endless(pattern: &str, ast: &Ast) -> Wrong {
    let Some((span, least)) = repetition(ast) else {
        return (format!("the pattern `{pattern}` fits texts of any length"), None);
    };
    let (place, sign) = (place(pattern, span), written(pattern, span));
    let reason = format!(
        "the pattern `{pattern}` repeats without end at {place}: a stream would wait for ever for `{sign}`, so say how \
         often at most"
    );
    let most = least.saturating_mul(2).max(32);
    (reason, replaced(pattern, span, &format!("{{{least},{most}}}")))
}

/// The first repetition without an end, and how often it repeats at least.
fn repetition(ast: &Ast) -> Option<(&Span, u32)> {
    match ast {
        Ast::Repetition(repetition) => match &repetition.op.kind {
            RepetitionKind::ZeroOrMore => Some((&repetition.op.span, 0)),
            RepetitionKind::OneOrMore => Some((&repetition.op.span, 1)),
            RepetitionKind::Range(RepetitionRange::AtLeast(least)) => Some((&repetition.op.span, *least)),
            RepetitionKind::ZeroOrOne | RepetitionKind::Range(_) => self::repetition(&repetition.ast),
        },
        Ast::Group(group) => repetition(&group.ast),
        Ast::Alternation(alternation) => alternation.asts.iter().find_map(repetition),
        Ast::Concat(concat) => concat.asts.iter().find_map(repetition),
        Ast::Empty(_) | Ast::Flags(_) | Ast::Literal(_) | Ast::Dot(_) | Ast::Assertion(_) => None,
        Ast::ClassUnicode(_) | Ast::ClassPerl(_) | Ast::ClassBracketed(_) => None,
    }
}

/// The expression as it is looked for.
///
/// What is left of assertions stands at its ends, where every match is asked whether it stands alone, so they go. And
/// a hyphen is any hyphen: word processors put others in its place.
fn prepared(expression: &Hir) -> Hir {
    match expression.kind() {
        HirKind::Look(_) | HirKind::Empty => Hir::empty(),
        HirKind::Literal(literal) => {
            let pieces = literal.0.split(|byte| *byte == b'-').map(|piece| Hir::literal(piece.to_vec()));
            let mut parts: Vec<Hir> = Vec::new();
            for piece in pieces {
                if !parts.is_empty() {
                    parts.push(Hir::class(Class::Unicode(ClassUnicode::new(hyphens()))));
                }
                parts.push(piece);
            }
            Hir::concat(parts)
        }
        HirKind::Class(Class::Unicode(class))
            if class.iter().any(|range| (range.start()..=range.end()).contains(&'-')) =>
        {
            let mut class = class.clone();
            hyphens().for_each(|range| class.push(range));
            Hir::class(Class::Unicode(class))
        }
        HirKind::Class(class) => Hir::class(class.clone()),
        HirKind::Capture(capture) => prepared(&capture.sub),
        HirKind::Repetition(repetition) => {
            Hir::repetition(Repetition { sub: Box::new(prepared(&repetition.sub)), ..repetition.clone() })
        }
        HirKind::Concat(parts) => Hir::concat(parts.iter().map(prepared).collect()),
        HirKind::Alternation(parts) => Hir::alternation(parts.iter().map(prepared).collect()),
    }
}

/// The characters of `boundary::is_dash`.
fn hyphens() -> impl Iterator<Item = ClassUnicodeRange> {
    let ranges = [('-', '-'), ('\u{2010}', '\u{2015}'), ('\u{2212}', '\u{2212}')];
    ranges.into_iter().map(|(start, end)| ClassUnicodeRange::new(start, end))
}

fn written<'a>(pattern: &'a str, span: &Span) -> &'a str {
    pattern.get(span.start.offset..span.end.offset).unwrap_or_default()
}

fn place(pattern: &str, span: &Span) -> String {
    let before = pattern.get(..span.start.offset).unwrap_or_default();
    format!("character {}", before.chars().count() + 1)
}

/// The pattern with something else in one place, if that is one that can be used.
fn replaced(pattern: &str, span: &Span, by: &str) -> Option<String> {
    let (before, behind) = (pattern.get(..span.start.offset)?, pattern.get(span.end.offset..)?);
    let meant = format!("{before}{by}{behind}");
    match parse(&meant) {
        Ok(_) => Some(meant),
        // The next mistake of the same pattern: it has fewer than this one.
        Err((_, meant)) => meant,
    }
}
