//! A text and the names in it.

use std::ops::Range;

use redoubt_guard::names::Label;

/// A text whose names are known.
#[derive(Clone, Debug, Default)]
pub(crate) struct Sentence {
    pub(crate) text: String,
    pub(crate) names: Vec<Name>,
    /// Whether names of other things are marked too.
    pub(crate) knows_other: bool,
}

/// A name in a text.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Name {
    pub(crate) span: Range<usize>,
    pub(crate) class: Class,
}

/// What a name names.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Class {
    Person,
    Place,
    Organisation,
    Other,
}

impl Class {
    pub(crate) const MEASURED: [Self; 3] = [Self::Person, Self::Place, Self::Organisation];

    /// The labels of its first and of its further words.
    pub(crate) const fn labels(self) -> (Label, Label) {
        match self {
            Self::Person => (Label::PersonBegin, Label::PersonInside),
            Self::Place => (Label::PlaceBegin, Label::PlaceInside),
            Self::Organisation => (Label::OrganisationBegin, Label::OrganisationInside),
            Self::Other => (Label::Other, Label::Other),
        }
    }
}

impl Sentence {
    /// Adds text.
    pub(crate) fn push(&mut self, text: &str) {
        self.text.push_str(text);
    }

    /// Adds a name.
    pub(crate) fn push_name(&mut self, name: &str, class: Class) {
        let start = self.text.len();
        self.text.push_str(name);
        self.names.push(Name { span: start..self.text.len(), class });
    }

    /// The same text with other names: `name` gives one for each, or none to leave it.
    pub(crate) fn with_names(&self, mut name: impl FnMut(&str, Class) -> Option<String>) -> Self {
        let mut other = Self { knows_other: self.knows_other, ..Self::default() };
        let mut at = 0;
        for known in &self.names {
            let old = self.text.get(known.span.clone()).unwrap_or("");
            other.push(self.text.get(at..known.span.start).unwrap_or(""));
            let new = name(old, known.class).unwrap_or_else(|| old.to_owned());
            other.push_name(&new, known.class);
            at = known.span.end;
        }
        other.push(self.text.get(at..).unwrap_or(""));
        other
    }

    /// The same text in capitals or in small letters, if its letters keep their lengths.
    pub(crate) fn in_case(&self, is_upper: bool) -> Option<Self> {
        let text = if is_upper { self.text.to_uppercase() } else { self.text.to_lowercase() };
        let same = text.len() == self.text.len() && self.names.iter().all(|name| text.get(name.span.clone()).is_some());
        same.then(|| Self { text, names: self.names.clone(), knows_other: self.knows_other })
    }
}
