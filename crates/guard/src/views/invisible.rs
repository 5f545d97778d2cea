//! Characters that nobody sees: which they are, and where they have honest work to do.

use super::signals::Signal;

/// Characters that a reader does not see and that do not part words (Unicode default-ignorable code points),
/// bidirectional controls included; not variation selectors and tags, which can carry text.
pub(super) fn is_invisible(c: char) -> bool {
    matches!(
        c,
        '\u{ad}' | '\u{34f}' | '\u{61c}' | '\u{115f}' | '\u{1160}' | '\u{17b4}' | '\u{17b5}'
        | '\u{180b}'..='\u{180f}' | '\u{200b}'..='\u{200f}' | '\u{202a}'..='\u{202e}' | '\u{2060}'..='\u{206f}'
        | '\u{3164}' | '\u{feff}' | '\u{ffa0}' | '\u{fff0}'..='\u{fffb}' | '\u{1bca0}'..='\u{1bca3}'
        | '\u{1d173}'..='\u{1d17a}' | '\u{e0080}'..='\u{e00ff}' | '\u{e01f0}'..='\u{e0fff}'
    )
}

/// Controls of writing direction.
pub(super) fn is_bidi(c: char) -> bool {
    matches!(c, '\u{61c}' | '\u{200e}' | '\u{200f}' | '\u{202a}'..='\u{202e}' | '\u{2066}'..='\u{2069}')
}

/// Controls that turn the direction of letters against their nature.
pub(super) fn is_override(c: char) -> bool {
    matches!(c, '\u{202d}' | '\u{202e}')
}

/// Tag characters: ASCII that nobody sees.
pub(super) fn is_tag(c: char) -> bool {
    matches!(c, '\u{e0000}'..='\u{e007f}')
}

/// The byte that a variation selector can smuggle.
pub(super) fn selector_byte(c: char) -> Option<u8> {
    match c {
        '\u{fe00}'..='\u{fe0f}' => u8::try_from(u32::from(c) - 0xfe00).ok(),
        '\u{e0100}'..='\u{e01ef}' => u8::try_from(u32::from(c) - 0xe0100 + 16).ok(),
        _ => None,
    }
}

/// Whether a variation selector has something to vary: an emoji, an ideograph, a symbol with standard variants.
pub(super) fn selects(selector: char, base: Option<char>) -> bool {
    let Some(base) = base else { return false };
    match selector {
        '\u{fe0e}' | '\u{fe0f}' => is_emoji(base) || matches!(base, '0'..='9' | '#' | '*') || is_ideograph(base),
        '\u{fe00}'..='\u{fe0d}' => {
            is_ideograph(base)
                || matches!(base, '\u{1000}'..='\u{109f}' | '\u{1800}'..='\u{18af}' | '\u{2200}'..='\u{22ff}'
                    | '\u{2a00}'..='\u{2aff}' | '\u{3000}'..='\u{303f}' | '\u{a840}'..='\u{a87f}' | '\u{ff00}'..='\u{ffef}')
        }
        _ => is_ideograph(base),
    }
}

/// The subdivision flags that exist (RGI emoji tag sequences), without the black flag and the cancel tag.
pub(super) const FLAGS: [&str; 3] = ["gbeng", "gbsct", "gbwls"];

/// The base of a flag made of tags.
pub(super) const BLACK_FLAG: char = '\u{1f3f4}';

/// What a run of invisible characters between two visible ones betrays, if anything.
pub(super) fn judge(run: &str, before: Option<char>, after: Option<char>, has_right_to_left: bool) -> Option<Signal> {
    if run.chars().any(is_override) {
        return Some(Signal::BidiOverride);
    }
    let within_word = before.is_some_and(is_western) && after.is_some_and(is_western);
    let bidi = run.chars().filter(|c| is_bidi(*c)).count();
    if bidi > 0 && has_right_to_left {
        return None;
    }
    if bidi > 0 {
        return within_word.then_some(Signal::BidiOverride);
    }
    let mut characters = run.chars();
    match (characters.next(), characters.next()) {
        // One alone between letters of Latin, Greek or Cyrillic, which need none. Soft hyphens are judged by
        // the word they part, elsewhere.
        (Some(only), None) => (within_word && only != '\u{ad}').then_some(Signal::Invisible),
        // Two in a row: scripts that use them use one at a time, fillers of old Hangul excepted.
        (Some(_), Some(_)) => {
            let fillers = run.chars().all(|c| matches!(c, '\u{115f}' | '\u{1160}'));
            let joined = before.is_some_and(needs_joiners) && run.chars().count() == 2;
            (!fillers && !joined).then_some(Signal::Invisible)
        }
        (None, _) => None,
    }
}

/// Letters and digits of scripts that need no invisible characters.
pub(super) fn is_western(c: char) -> bool {
    c.is_ascii_alphanumeric() || matches!(c, '_' | '@' | '.' | '-') || (takes_no_marks(c) && c.is_alphabetic())
}

/// Scripts whose combining marks are ornament to a detector: ASCII, Latin, Greek and Cyrillic. Elsewhere marks are
/// vowels and must stay.
pub(super) fn takes_no_marks(c: char) -> bool {
    matches!(
        c,
        '\0'..='\u{2af}' | '\u{370}'..='\u{52f}' | '\u{1c80}'..='\u{1c8f}' | '\u{1d00}'..='\u{1dbf}'
        | '\u{1e00}'..='\u{1fff}' | '\u{2c60}'..='\u{2c7f}' | '\u{a640}'..='\u{a69f}' | '\u{a720}'..='\u{a7ff}'
        | '\u{ab30}'..='\u{ab6f}'
    )
}

/// Hebrew, Arabic and the other scripts written from the right.
pub(super) fn is_right_to_left(c: char) -> bool {
    matches!(c, '\u{590}'..='\u{8ff}' | '\u{fb1d}'..='\u{fdff}' | '\u{fe70}'..='\u{fefc}' | '\u{10800}'..='\u{10fff}' | '\u{1e800}'..='\u{1efff}')
}

fn needs_joiners(c: char) -> bool {
    matches!(c, '\u{590}'..='\u{109f}' | '\u{1780}'..='\u{18af}' | '\u{1a00}'..='\u{1c7f}' | '\u{a800}'..='\u{abff}' | '\u{11000}'..='\u{11fff}')
        || is_right_to_left(c)
}

fn is_ideograph(c: char) -> bool {
    matches!(c, '\u{3400}'..='\u{4dbf}' | '\u{4e00}'..='\u{9fff}' | '\u{f900}'..='\u{faff}' | '\u{20000}'..='\u{3ffff}')
}

/// Symbols that have an emoji or text presentation. Wider than Unicode's list: a symbol is no place to hide.
pub(super) fn is_emoji(c: char) -> bool {
    matches!(
        c,
        '\u{a9}' | '\u{ae}' | '\u{200d}' | '\u{203c}' | '\u{2049}' | '\u{20e3}' | '\u{2122}' | '\u{2139}'
        | '\u{2190}'..='\u{21ff}' | '\u{2300}'..='\u{23ff}' | '\u{2460}'..='\u{24ff}' | '\u{2500}'..='\u{27bf}'
        | '\u{2900}'..='\u{297f}' | '\u{2b00}'..='\u{2bff}' | '\u{3030}' | '\u{303d}' | '\u{3297}' | '\u{3299}'
        | '\u{1f000}'..='\u{1faff}'
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn honest_uses_are_no_signal() {
        let check = |run, before, after, right_to_left, expected| {
            assert_eq!(judge(run, before, after, right_to_left), expected, "{before:?} {run:?} {after:?}");
        };
        check("\u{200d}", Some('👨'), Some('👩'), false, None);
        check("\u{200c}", Some('ی'), Some('خ'), true, None);
        check("\u{200d}", Some('\u{94d}'), Some('ष'), false, None);
        check("\u{ad}", Some('o'), Some('p'), false, None);
        check("\u{200e}", Some('5'), None, false, None);
        check("\u{200f}", Some('a'), Some('b'), true, None);
        check("\u{200b}", Some('/'), Some('p'), false, None);
        check("\u{2068}", Some(' '), Some('B'), false, None);
        check("\u{200b}", Some('i'), Some('g'), false, Some(Signal::Invisible));
        check("\u{2060}", Some('и'), Some('г'), false, Some(Signal::Invisible));
        check("\u{200b}\u{200c}", Some(' '), Some(' '), false, Some(Signal::Invisible));
        check("\u{200e}", Some('a'), Some('b'), false, Some(Signal::BidiOverride));
        check("\u{202e}", Some(' '), Some('b'), true, Some(Signal::BidiOverride));
    }

    #[test]
    fn selectors_need_something_to_select() {
        for (selector, base, expected) in [
            ('\u{fe0f}', Some('❤'), true),
            ('\u{fe0f}', Some('1'), true),
            ('\u{e0100}', Some('葛'), true),
            ('\u{fe0f}', Some('a'), false),
            ('\u{e0131}', Some('😀'), false),
            ('\u{fe0f}', None, false),
        ] {
            assert_eq!(selects(selector, base), expected, "{selector:?} after {base:?}");
        }
    }
}
