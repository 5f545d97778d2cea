//! Names that every target takes.

use std::collections::BTreeSet;

use crate::digest::Digest;

/// The longest name: targets put others around it, and some take no more than 63 letters.
const NAME_MAX: usize = 40;
/// How much of a digest tells two names apart.
const DIGITS: usize = 8;

/// Gives out names of small letters, digits and `-`, none of them twice.
#[derive(Debug, Default)]
pub(super) struct Names(BTreeSet<String>);

impl Names {
    /// The name of something that a person called `original`: the same letters where that can be, and else with a part
    /// of the original's digest, which does not change when others come and go.
    pub(super) fn of(&mut self, original: &str) -> String {
        let mut name = plain(original);
        let is_other = name.len() > NAME_MAX || name.is_empty();
        if is_other || self.0.contains(&name) {
            let digest = Digest::of(original.as_bytes());
            let digits = digest.hex().get(..DIGITS).unwrap_or_default();
            name.truncate(NAME_MAX - DIGITS - 1);
            name = format!("{}-{digits}", name.trim_end_matches('-'));
            name = name.trim_start_matches('-').to_owned();
        }
        self.0.insert(name.clone());
        name
    }
}

/// Small letters and digits, with one `-` where there was anything else between them.
pub(super) fn plain(original: &str) -> String {
    let letters = original.chars().map(|letter| if letter.is_ascii_alphanumeric() { letter } else { '-' });
    let text: String = letters.collect::<String>().to_ascii_lowercase();
    text.split('-').filter(|part| !part.is_empty()).collect::<Vec<_>>().join("-")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_are_plain_short_and_never_twice() {
        let mut names = Names::default();
        assert_eq!(names.of("measure"), "measure");
        let long = names.of("train_model[learner=Random_Forest,seed=1.5]");
        assert!(long.len() <= NAME_MAX && long.starts_with("train-model-learner-random-fore"), "{long}");
        assert_eq!(Names::default().of("train_model[learner=Random_Forest,seed=1.5]"), long);
        let other = names.of("train-model[learner=random-forest,seed=1-5]");
        assert_ne!(other, long);
        assert_ne!(names.of("Measure"), "measure");
        assert_ne!(names.of("größe"), names.of("gr_e"));
        assert!(names.of("[]").bytes().all(|byte| byte.is_ascii_alphanumeric()));
    }
}
