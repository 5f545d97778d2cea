//! Groups of digits that stand close enough to be one number: what cards and telephones are read from.

use std::ops::Range;

use redoubt_domain::seams::Window;

use super::boundary::{after, before, decimal, is_separator};

/// Characters that may stand between two groups: `) - (` is the longest that people write.
const GAP_MAX: usize = 3;

/// Digits without anything between them.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Group {
    /// Which of the chain's digits.
    pub(super) digits: Range<usize>,
    /// Where they lie in the text.
    pub(super) span: Range<usize>,
}

impl Group {
    pub(super) fn len(&self) -> usize {
        self.digits.len()
    }
}

/// Groups with nothing but separators between them. It is as long as it can be on both sides.
#[derive(Clone, Debug, Default)]
pub(super) struct Chain {
    /// ASCII digits.
    pub(super) digits: Vec<u8>,
    pub(super) groups: Vec<Group>,
}

impl Chain {
    pub(super) fn span(&self) -> Range<usize> {
        let start = self.groups.first().map_or(0, |group| group.span.start);
        start..self.groups.last().map_or(start, |group| group.span.end)
    }

    /// The digits of some groups.
    pub(super) fn digits_of(&self, groups: &[Group]) -> &[u8] {
        let start = groups.first().map_or(0, |group| group.digits.start);
        let end = groups.last().map_or(start, |group| group.digits.end);
        self.digits.get(start..end).unwrap_or(&[])
    }
}

/// Where some groups lie.
pub(super) fn span_of(groups: &[Group]) -> Range<usize> {
    let start = groups.first().map_or(0, |group| group.span.start);
    start..groups.last().map_or(start, |group| group.span.end)
}

/// What stands between the groups.
pub(super) fn gaps<'a>(text: &'a str, groups: &'a [Group]) -> impl Iterator<Item = &'a str> {
    groups.windows(2).map(|pair| match pair {
        [left, right] => text.get(left.span.end..right.span.start).unwrap_or(""),
        _ => "",
    })
}

/// A character that may stand between groups.
pub(super) fn is_gap(character: char) -> bool {
    is_separator(character) || matches!(character, '(' | ')' | '_')
}

/// The chains around the window's runs. Each is read once, however many runs lie in it.
pub(super) fn chains(window: &Window<'_>) -> Vec<Chain> {
    let mut chains: Vec<Chain> = Vec::new();
    let mut done = 0;
    for run in window.runs {
        if run.span.start < done {
            continue;
        }
        let chain = read(window.text, begin(window.text, run.span.start, done));
        done = chain.span().end.max(done);
        chains.push(chain);
    }
    chains
}

/// The chains that touch the text from a byte on; the first may begin before it, at most so far again.
pub(super) fn tail(text: &str, from: usize) -> Vec<Chain> {
    let least = super::boundary::floor(text, from.saturating_sub(text.len() - from));
    let mut chains = Vec::new();
    let mut at = from;
    while let Some(ahead) = digit(after(text, at)) {
        let chain = read(text, begin(text, at + ahead, if chains.is_empty() { least } else { at }));
        at = chain.span().end.max(at + ahead + 1);
        chains.push(chain);
    }
    chains
}

/// Where the first digit stands.
fn digit(text: &str) -> Option<usize> {
    let may_be = super::boundary::may_be_digit(text.as_bytes())?;
    after(text, may_be).find(|c| decimal(c).is_some()).map(|at| may_be + at)
}

/// Where the chain begins that the digit at `at` belongs to.
fn begin(text: &str, at: usize, least: usize) -> usize {
    let mut start = at;
    let mut gap = 0;
    for (place, character) in before(text, at).char_indices().rev() {
        if place < least {
            break;
        }
        if decimal(character).is_some() {
            start = place;
            gap = 0;
        } else if is_gap(character) && gap < GAP_MAX {
            gap += 1;
        } else {
            break;
        }
    }
    start
}

/// Reads a chain from its first digit.
fn read(text: &str, start: usize) -> Chain {
    let mut chain = Chain::default();
    let mut gap = 0;
    for (at, character) in after(text, start).char_indices() {
        let Some(value) = decimal(character) else {
            gap += 1;
            if !is_gap(character) || gap > GAP_MAX {
                break;
            }
            continue;
        };
        let (place, at) = (chain.digits.len(), start + at);
        let end = at + character.len_utf8();
        chain.digits.push(b'0' + value);
        match chain.groups.last_mut() {
            Some(group) if gap == 0 => {
                group.digits.end = place + 1;
                group.span.end = end;
            }
            _ => chain.groups.push(Group { digits: place..place + 1, span: at..end }),
        }
        gap = 0;
    }
    chain
}

/// Whether the text ended before the chain could end: nothing but separators follow, and one more fits.
pub(super) fn is_open(text: &str, chain: &Chain) -> bool {
    let rest = after(text, chain.span().end);
    rest.chars().count() <= GAP_MAX && rest.chars().all(is_gap)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn chains_are_as_long_as_they_can_be() {
        let chains = tail("tel +1 (555) 123-4567, 12 - 3", 0);
        let groups: Vec<Vec<usize>> =
            chains.iter().map(|chain| chain.groups.iter().map(Group::len).collect()).collect();
        assert_eq!(groups, [vec![1, 3, 3, 4], vec![2, 1]]);
    }
}
