//! How well names are found: where class and both ends are right, and where the class is right and half of the letters
//! of either are the other's.

use std::fmt::Write as _;

use redoubt_guard::names::{Label, Model};

use super::sentence::{Class, Sentence};

#[derive(Clone, Copy, Default)]
struct Count {
    right: usize,
    /// Right but for where it begins and ends.
    near: usize,
    found: usize,
    there: usize,
}

impl Count {
    fn add(&mut self, other: Self) {
        self.right += other.right;
        self.near += other.near;
        self.found += other.found;
        self.there += other.there;
    }

    fn line(self) -> String {
        let share = |right: usize, of: usize| right as f64 / of.max(1) as f64;
        let f1 = |right: usize| 2.0 * right as f64 / (self.found + self.there).max(1) as f64;
        let (precision, recall) = (share(self.right, self.found), share(self.right, self.there));
        let (f1, near) = (f1(self.right), f1(self.near));
        format!("P {precision:.3} R {recall:.3} F1 {f1:.3}, half overlapping F1 {near:.3} ({} names)", self.there)
    }
}

/// Whether two spans have half of either in common.
fn is_near(one: (usize, usize), two: (usize, usize)) -> bool {
    let common = one.1.min(two.1).saturating_sub(one.0.max(two.0));
    2 * common >= (one.1 - one.0).max(two.1 - two.0)
}

/// A table of scores.
pub(crate) fn score(model: &Model<'_>, sentences: &[Sentence], shows_errors: bool) -> String {
    let mut counts = [Count::default(); 3];
    let mut errors = String::new();
    for sentence in sentences {
        let mut found: Vec<(usize, usize, Label)> = Vec::new();
        model.names(&sentence.text, |name| found.push((name.start, name.end, name.label)));
        for (count, class) in counts.iter_mut().zip(Class::MEASURED) {
            let label = class.labels().0;
            let of_class = sentence.names.iter().filter(|name| name.class == class);
            let there: Vec<(usize, usize)> =
                of_class.map(|name| trimmed(sentence, name.span.start, name.span.end)).collect();
            let found: Vec<(usize, usize)> =
                found.iter().filter(|found| found.2 == label).map(|f| trimmed(sentence, f.0, f.1)).collect();
            let right = found.iter().filter(|found| there.contains(found)).count();
            let near = found.iter().filter(|found| there.iter().any(|there| is_near(**found, *there))).count();
            count.add(Count { right, near, found: found.len(), there: there.len() });
            if shows_errors {
                for (sign, ours, theirs) in [("-", &there, &found), ("+", &found, &there)] {
                    for (start, end) in ours.iter().filter(|one| !theirs.contains(one)) {
                        let name = sentence.text.get(*start..*end).unwrap_or("");
                        let _ = writeln!(errors, "{sign} {class:?} `{name}` in {:?}", sentence.text);
                    }
                }
            }
        }
    }
    let mut all = Count::default();
    let mut text = errors;
    for (count, class) in counts.iter().zip(Class::MEASURED) {
        all.add(*count);
        let _ = writeln!(text, "  {class:?}: {}", count.line());
    }
    let _ = writeln!(text, "  all: {}", all.line());
    text
}

/// The full stop of an abbreviation may be counted in or not.
fn trimmed(sentence: &Sentence, start: usize, end: usize) -> (usize, usize) {
    let text = sentence.text.get(start..end).unwrap_or("");
    (start, start + text.trim_end_matches(['.', ' ']).len())
}
