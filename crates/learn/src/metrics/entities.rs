//! Tagged spans, counted whole.

/// A span of tokens with its kind.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct Entity {
    /// What stands behind the dash of its tags.
    pub kind: String,
    /// The first token.
    pub start: usize,
    /// The token after the last.
    pub end: usize,
}

/// The entities of a sentence by its tags `B-KIND`, `I-KIND` and `O` (Ramshaw and Marcus 1995), as the script `conlleval` of the
/// shared tasks CoNLL-2000 to 2003 reads them: an `I` that follows nothing of its kind begins an entity as well. What is none of
/// these is outside.
#[must_use]
pub fn entities<S: AsRef<str>>(tags: &[S]) -> Vec<Entity> {
    let mut found: Vec<Entity> = Vec::new();
    let mut open: Option<Entity> = None;
    for (at, tag) in tags.iter().enumerate() {
        let (mark, kind) = tag.as_ref().split_once('-').unwrap_or((tag.as_ref(), ""));
        let is_inside = mark == "I" && open.as_ref().is_some_and(|open| open.kind == kind);
        if let Some(open) = open.as_mut().filter(|_| is_inside) {
            open.end = at + 1;
            continue;
        }
        found.extend(open.take());
        if mark == "B" || mark == "I" {
            open = Some(Entity { kind: kind.to_owned(), start: at, end: at + 1 });
        }
    }
    found.extend(open);
    found
}

/// How many entities there are, were said, and were said right: the same tokens and kind.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct EntityCounts {
    /// Those that are there.
    pub actual: u64,
    /// Those that were said.
    pub said: u64,
    /// Those that are both.
    pub right: u64,
}

impl EntityCounts {
    /// Those of one sentence.
    #[must_use]
    pub fn new(actual: &[Entity], said: &[Entity]) -> Self {
        let right = said.iter().filter(|entity| actual.contains(entity)).count();
        Self { actual: actual.len() as u64, said: said.len() as u64, right: right as u64 }
    }

    /// Both together.
    #[must_use]
    pub const fn and(self, other: Self) -> Self {
        Self { actual: self.actual + other.actual, said: self.said + other.said, right: self.right + other.right }
    }

    /// The share of what was said that is right; none if nothing was said.
    #[must_use]
    pub fn precision(self) -> Option<f64> {
        (self.said > 0).then(|| self.right as f64 / self.said as f64)
    }

    /// The share of what is there that was said; none if nothing is there.
    #[must_use]
    pub fn recall(self) -> Option<f64> {
        (self.actual > 0).then(|| self.right as f64 / self.actual as f64)
    }

    /// `2 right / (actual + said)`; none if there is neither.
    #[must_use]
    pub fn f1(self) -> Option<f64> {
        let all = self.actual + self.said;
        (all > 0).then(|| 2.0 * self.right as f64 / all as f64)
    }
}
