//! Runs of digits, found without a regular expression.

use redoubt_domain::seams::DigitRun;

use super::scratch::Scratch;

/// Finds the runs of at least `least` digits in `text`.
///
/// Between two digits of a run stands at most one separator, or a bracket with a space beside it as in
/// `+1 (555) 123-4567`.
pub(super) fn find(text: &str, least: usize, scratch: &mut Scratch) {
    let bytes = text.as_bytes();
    let mut at = 0;
    while let Some(start) = first(bytes, at) {
        let Some(run) = scratch.next_run() else { return };
        let mut end = start;
        let mut next = Some(start);
        while let Some(digit) = next {
            if let Some(byte) = bytes.get(digit) {
                run.digits.push(byte - b'0');
                run.at.push(digit);
            }
            end = digit + 1;
            next = following(bytes, end);
        }
        run.span = start..end;
        if run.digits.len() < least {
            scratch.drop_run();
        }
        at = end;
    }
}

/// Where the next digit lies. Compiles to vector code, since most stretches of most texts have none.
fn first(bytes: &[u8], from: usize) -> Option<usize> {
    const LANES: usize = 32;
    let (chunks, _) = bytes.get(from..)?.as_chunks::<LANES>();
    let has_none = |chunk: &&[u8; LANES]| !chunk.iter().fold(false, |any, byte| any | byte.is_ascii_digit());
    let from = from + chunks.iter().take_while(has_none).count() * LANES;
    bytes.get(from..)?.iter().position(u8::is_ascii_digit).map(|step| from + step)
}

/// The part of a run before a byte, if there is any.
pub(super) fn before(run: &DigitRun, end: usize) -> Option<DigitRun> {
    let count = run.at.partition_point(|at| *at < end);
    let last = run.at.get(count.checked_sub(1)?)?;
    Some(DigitRun {
        digits: run.digits.get(..count)?.to_vec(),
        at: run.at.get(..count)?.to_vec(),
        span: run.span.start..last + 1,
    })
}

/// Where the next digit of the run lies, if the run goes on.
fn following(bytes: &[u8], end: usize) -> Option<usize> {
    let class = |at: usize| bytes.get(at).copied().map(classify);
    match class(end)? {
        Class::Digit => Some(end),
        Class::Other => None,
        first @ (Class::Separator | Class::Bracket) => match class(end + 1)? {
            Class::Digit => Some(end + 1),
            second @ (Class::Separator | Class::Bracket) if (first == Class::Bracket) != (second == Class::Bracket) => {
                (class(end + 2)? == Class::Digit).then_some(end + 2)
            }
            Class::Separator | Class::Bracket | Class::Other => None,
        },
    }
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum Class {
    Digit,
    Separator,
    Bracket,
    Other,
}

fn classify(byte: u8) -> Class {
    match byte {
        b'0'..=b'9' => Class::Digit,
        b' ' | b'-' | b'.' | b'/' => Class::Separator,
        b'(' | b')' | b'[' | b']' => Class::Bracket,
        _ => Class::Other,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn runs_bridge_single_separators() {
        let check = |text: &str, expected: &[&str]| {
            let found: Vec<String> = Scratch::with(0, |scratch| {
                find(text, 3, scratch);
                let (_, runs, _) = scratch.show(0);
                runs.iter().map(|run| text[run.span.clone()].to_owned()).collect()
            });
            assert_eq!(found, expected, "{text}");
        };
        check("", &[]);
        check("12", &[]);
        check("123", &["123"]);
        check("a1-2-3b", &["1-2-3"]);
        check("+1 (555) 123-4567 x", &["1 (555) 123-4567"]);
        check("4111  1111", &["4111", "1111"]);
        check("4111 1111 1111 1111.", &["4111 1111 1111 1111"]);
        check("12, 345", &["345"]);
    }
}
