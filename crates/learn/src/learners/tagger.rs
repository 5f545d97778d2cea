//! Tags for the tokens of sentences: a structured perceptron (Collins 2002), averaged, over hashed signs of tokens.

mod signs;

use std::num::NonZeroUsize;

use self::signs::signs;
use super::file::{FileError, Reader, Writer};
use super::parameters::Parameter;
use super::{
    CLASSES_MAX, Examples, ExamplesError, InputKind, Inputs, Learner, Model, Scores, Setting, Spec, Targets, Task,
    parallel,
};
use crate::random::Random;

const ID: &str = "sequence_tagger";

/// Weights of all tags together; while they are learned each is there three times.
const WEIGHTS_MAX: usize = 1 << 26;

/// The longest sentence, in tokens.
const TOKENS_MAX: usize = 1 << 16;

pub(super) const SPEC: Spec = Spec {
    id: ID,
    about: "averaged structured perceptron; tags tokens, such as names, with regard to their neighbours",
    revision: 1,
    inputs: InputKind::Sentences,
    tasks: &[Task::Classification],
    parameters: &[
        Parameter::integer("bits", 18, 8, 22, "signs of tokens fall into two to the power of so many places"),
        Parameter::integer("epochs", 8, 1, 1000, "how often each sentence is looked at"),
    ],
    make: |parameters| Box::new(SequenceTagger { bits: parameters.whole("bits"), epochs: parameters.whole("epochs") }),
    load: |file| Ok(Box::new(Tagger::read(file)?)),
};

#[derive(Debug)]
struct SequenceTagger {
    bits: usize,
    epochs: usize,
}

fn sentences<'a>(inputs: &Inputs<'a>) -> Result<&'a [Vec<&'a str>], ExamplesError> {
    let Inputs::Sentences(sentences) = inputs else {
        return Err(ExamplesError::Kind { learner: ID, expected: InputKind::Sentences, found: inputs.kind() });
    };
    if let Some(found) = sentences.iter().map(Vec::len).find(|tokens| *tokens > TOKENS_MAX) {
        let remedy = "cut the text into sentences";
        return Err(ExamplesError::TooLarge {
            learner: ID,
            what: "tokens in a sentence",
            found,
            most: TOKENS_MAX,
            remedy,
        });
    }
    Ok(sentences)
}

impl Learner for SequenceTagger {
    fn id(&self) -> &'static str {
        ID
    }

    /// The weight of a sentence is that of its first token.
    fn fit(&self, training: &Examples<'_>, setting: &Setting<'_>) -> Result<Box<dyn Model>, ExamplesError> {
        let sentences = sentences(&training.inputs())?;
        let Targets::Classes { labels, classes: tags } = training.targets() else {
            return Err(ExamplesError::Task { learner: ID, found: training.task() });
        };
        let found = tags << self.bits;
        if found > WEIGHTS_MAX {
            let remedy = "lower `bits`";
            return Err(ExamplesError::TooLarge { learner: ID, what: "weights", found, most: WEIGHTS_MAX, remedy });
        }
        let seen: Vec<Vec<Vec<u32>>> = parallel::map(setting.threads, sentences.len(), |at| {
            sentences.get(at).map_or(Vec::new(), |s| signs(s, self.bits))
        });
        let mut starts = Vec::with_capacity(sentences.len());
        let mut start = 0;
        for sentence in sentences {
            starts.push(start);
            start += sentence.len();
        }
        // The average of all weights is the last less what each change came too late (Daumé 2006).
        let mut now = Weights::new(self.bits, tags);
        let mut late = Weights::new(self.bits, tags);
        let mut steps = 1.0;
        let mut order: Vec<usize> = (0..sentences.len()).collect();
        let mut random = Random::new(setting.seed);
        for _ in 0..self.epochs {
            random.shuffle(&mut order);
            for &at in &order {
                let (Some(signs), Some(&start)) = (seen.get(at), starts.get(at)) else {
                    continue;
                };
                let truth = labels.get(start..start + signs.len()).unwrap_or_default();
                let weight = training.weight(start);
                let guess = best_path(&now.scores(signs), &now.follow, tags).0;
                if guess != truth && weight > 0.0 {
                    for (path, by) in [(truth, weight), (guess.as_slice(), -weight)] {
                        now.change(signs, path, by);
                        late.change(signs, path, by * steps);
                    }
                }
                steps += 1.0;
            }
        }
        let average = |now: &[f64], late: &[f64]| -> Vec<f32> {
            now.iter().zip(late).map(|(now, late)| (now - late / steps) as f32).collect()
        };
        let (weights, follow) = (average(&now.weights, &late.weights), average(&now.follow, &late.follow));
        if !weights.iter().chain(&follow).all(|weight| weight.is_finite()) {
            return Err(ExamplesError::NotFinite(ID));
        }
        Ok(Box::new(Tagger { bits: self.bits, tags, weights, follow }))
    }
}

struct Weights {
    tags: usize,
    /// Of each place, one for each tag.
    weights: Vec<f64>,
    /// Of each tag, what speaks for each tag behind it.
    follow: Vec<f64>,
}

impl Weights {
    fn new(bits: usize, tags: usize) -> Self {
        Self { tags, weights: vec![0.0; tags << bits], follow: vec![0.0; tags * tags] }
    }

    fn scores(&self, signs: &[Vec<u32>]) -> Vec<f64> {
        scores(signs, self.tags, |place| self.weights.get(place).copied().unwrap_or(0.0))
    }

    /// Makes a path more likely.
    fn change(&mut self, signs: &[Vec<u32>], path: &[usize], by: f64) {
        let mut before = None;
        for (signs, &tag) in signs.iter().zip(path) {
            for sign in signs {
                if let Some(weight) = self.weights.get_mut(*sign as usize * self.tags + tag) {
                    *weight += by;
                }
            }
            if let Some(before) = before.replace(tag)
                && let Some(weight) = self.follow.get_mut(before * self.tags + tag)
            {
                *weight += by;
            }
        }
    }
}

/// What speaks for each tag of each token by itself.
fn scores(signs: &[Vec<u32>], tags: usize, weight: impl Fn(usize) -> f64) -> Vec<f64> {
    let mut scores = vec![0.0; signs.len() * tags];
    for (signs, scores) in signs.iter().zip(scores.chunks_exact_mut(tags)) {
        for sign in signs {
            for (tag, score) in scores.iter_mut().enumerate() {
                *score += weight(*sign as usize * tags + tag);
            }
        }
    }
    scores
}

/// The best tags (Viterbi 1967) and, of each token and tag, the score of the best way through it.
fn best_path(scores: &[f64], follow: &[f64], tags: usize) -> (Vec<usize>, Vec<f64>) {
    let at = |scores: &[f64], token: usize, tag: usize| scores.get(token * tags + tag).copied().unwrap_or(0.0);
    let step = |from: usize, to: usize| follow.get(from * tags + to).copied().unwrap_or(0.0);
    let tokens = scores.len() / tags;
    let mut forward = scores.to_vec();
    let mut origins = vec![0; scores.len()];
    for token in 1..tokens {
        for tag in 0..tags {
            let (mut best, mut origin) = (f64::NEG_INFINITY, 0);
            for from in 0..tags {
                let score = at(&forward, token - 1, from) + step(from, tag);
                if score > best {
                    (best, origin) = (score, from);
                }
            }
            if let (Some(score), Some(slot)) =
                (forward.get_mut(token * tags + tag), origins.get_mut(token * tags + tag))
            {
                *score += best;
                *slot = origin;
            }
        }
    }
    let mut through = vec![0.0; scores.len()];
    let mut path = vec![0; tokens];
    let mut behind = vec![0.0; tags];
    for token in (0..tokens).rev() {
        if token + 1 < tokens {
            let next: Vec<f64> =
                (0..tags).map(|to| behind.get(to).copied().unwrap_or(0.0) + at(scores, token + 1, to)).collect();
            for (from, slot) in behind.iter_mut().enumerate() {
                *slot =
                    next.iter().enumerate().map(|(to, score)| step(from, to) + score).fold(f64::NEG_INFINITY, f64::max);
            }
        }
        for (tag, behind) in behind.iter().enumerate() {
            if let Some(slot) = through.get_mut(token * tags + tag) {
                *slot = at(&forward, token, tag) + behind;
            }
        }
        let chosen = match path.get(token + 1) {
            Some(next) => origins.get((token + 1) * tags + next).copied().unwrap_or(0),
            None => (0..tags)
                .rev()
                .max_by(|left, right| at(&forward, token, *left).total_cmp(&at(&forward, token, *right)))
                .unwrap_or(0),
        };
        if let Some(slot) = path.get_mut(token) {
            *slot = chosen;
        }
    }
    (path, through)
}

#[derive(Debug)]
struct Tagger {
    bits: usize,
    tags: usize,
    weights: Vec<f32>,
    follow: Vec<f32>,
}

impl Tagger {
    fn read(file: &Reader<'_>) -> Result<Self, FileError> {
        let bits = file.count("bits", 8, 22)?;
        let tags = file.count("tags", 2, CLASSES_MAX)?;
        let (weights, follow) = (file.f32s("weight")?, file.f32s("follow")?);
        if weights.len() != tags << bits || follow.len() != tags * tags {
            return Err(FileError::Damaged("weight"));
        }
        if !weights.iter().chain(&follow).all(|weight| weight.is_finite()) {
            return Err(FileError::Damaged("weight"));
        }
        Ok(Self { bits, tags, weights, follow })
    }
}

impl Model for Tagger {
    fn learner(&self) -> &'static str {
        ID
    }

    fn outputs(&self) -> usize {
        self.tags
    }

    fn predict(&self, inputs: &Inputs<'_>, threads: NonZeroUsize) -> Result<Scores, ExamplesError> {
        let sentences = sentences(inputs)?;
        let follow: Vec<f64> = self.follow.iter().map(|weight| f64::from(*weight)).collect();
        let found = parallel::map(threads, sentences.len(), |at| {
            let signs = sentences.get(at).map_or(Vec::new(), |sentence| signs(sentence, self.bits));
            let alone = scores(&signs, self.tags, |place| self.weights.get(place).copied().map_or(0.0, f64::from));
            best_path(&alone, &follow, self.tags).1
        });
        Ok(Scores::new(found.into_iter().flatten().collect(), self.tags))
    }

    fn importance(&self) -> Option<Vec<f64>> {
        None
    }

    fn to_bytes(&self) -> Vec<u8> {
        Writer::new(ID)
            .word("bits", self.bits)
            .word("tags", self.tags)
            .f32s("weight", &self.weights)
            .f32s("follow", &self.follow)
            .finish()
    }
}

#[cfg(test)]
mod tests {
    use super::best_path;

    #[test]
    fn the_best_way_goes_through_the_best_tags() {
        // By itself the second token would be 1, but 1 never follows 0.
        let scores = [2.0, 0.0, 0.0, 1.0, 0.5, 0.0];
        let follow = [0.0, -5.0, 0.0, 0.0];
        let (path, through) = best_path(&scores, &follow, 2);
        assert_eq!(path, [0, 0, 0]);
        assert_eq!(through, [2.5, 1.5, 2.5, 1.5, 2.5, 1.0]);
        assert_eq!(best_path(&[], &follow, 2), (vec![], vec![]));
    }
}
