//! Learning the weights: the conditional random field by stochastic gradients, AdaGrad's step for each weight.

use redoubt_guard::names::{
    BUCKETS, FEATURES, Field, LABELS, Label, Run, START, Table, features, mark_of, row_of, runs,
};

use super::random::Random;
use super::sentence::Sentence;

/// A run whose labels are known.
struct Example {
    tokens: Vec<[u32; FEATURES]>,
    /// For each token the labels it may have, as bits: one, or two where the source does not say.
    may_be: Vec<u8>,
}

/// How often everything is shown.
const ROUNDS: usize = 6;
const STEP: f32 = 0.08;
/// How much of each weight is forgotten after a round.
const FORGOTTEN: f32 = 0.05;
/// Features of the word itself: every other time left out, so that the words around it learn to do without. Places in
/// what [`features`] gives, here and below.
const OF_THE_WORD: &[usize] = &[1, 4, 5, 7, 8, 9];
/// Features from the groups of words.
const OF_GROUPS: &[usize] = &[23, 26, 27];
/// Features from the lists: left out now and then, so that names in no list are found too.
const OF_LISTS: &[usize] = &[10, 11, 12, 13, 14, 15, 16, 17, 18, 19, 20, 21];

pub(crate) struct Learned {
    pub(crate) field: Field,
    /// As the model has them: a mark, and the weight of each label but the first.
    pub(crate) weights: Vec<[u8; LABELS]>,
    pub(crate) scale: f32,
}

/// Learns from sentences.
pub(crate) fn learn(sentences: &[Sentence], table: &Table<'_>, seed: u64) -> Learned {
    let mut random = Random::new(seed);
    let mut examples: Vec<Example> = Vec::new();
    for sentence in sentences {
        runs(&sentence.text, table, |run| examples.push(example(sentence, run)));
    }
    let marks = owners(&examples);
    let mut learner = Learner {
        marks,
        weights: vec![[0.0; LABELS]; BUCKETS],
        slopes: vec![[1e-6; LABELS]; BUCKETS],
        field: Field::default(),
        field_slopes: [[1e-6; LABELS]; LABELS + 1],
    };
    for _ in 0..ROUNDS {
        random.shuffle(&mut examples);
        for example in &examples {
            let dropped = Dropped::draw(&mut random);
            learner.see(example, &dropped);
        }
        for row in &mut learner.weights {
            row.iter_mut().for_each(|weight| *weight *= 1.0 - FORGOTTEN);
        }
    }
    learner.quantised()
}

/// Gives each row of weights to the commonest value of a feature that has it: the marks of the rows. What was seen once
/// teaches nothing, and gets none.
fn owners(examples: &[Example]) -> Vec<u8> {
    const MARKS: usize = 1 << 8;
    let mut counts = vec![0_u32; BUCKETS * MARKS];
    for feature in examples.iter().flat_map(|example| &example.tokens).flatten() {
        if let Some(count) = counts.get_mut(row_of(*feature) * MARKS + usize::from(mark_of(*feature))) {
            *count += 1;
        }
    }
    let (rows, _) = counts.as_chunks::<MARKS>();
    let owner = |row: &[u32; MARKS]| {
        (0..=u8::MAX).zip(row).fold((0, 1), |top, (mark, count)| if *count > top.1 { (mark, *count) } else { top }).0
    };
    rows.iter().map(owner).collect()
}

fn example(sentence: &Sentence, run: &Run<'_>) -> Example {
    let mut example = Example { tokens: Vec::new(), may_be: Vec::new() };
    for at in run.from..run.to {
        let Some(look) = run.looks.get(at) else { continue };
        let name = sentence.names.iter().find(|name| name.span.contains(&look.token.start));
        let bits = match name {
            Some(name) => {
                let (first, further) = name.class.labels();
                // A name may begin before the run: a word in lower case that nobody knows.
                let before = at.checked_sub(1).filter(|before| *before >= run.from).and_then(|at| run.looks.get(at));
                let is_first = before.is_none_or(|before| before.token.start < name.span.start);
                1 << if is_first { first } else { further } as u8
            }
            None if sentence.knows_other => 1 << Label::Outside as u8,
            None => 1 << Label::Outside as u8 | 1 << Label::Other as u8,
        };
        example.tokens.push(features(&sentence.text, run, at));
        example.may_be.push(bits);
    }
    example
}

/// Which features are left out this time.
struct Dropped([bool; FEATURES]);

impl Dropped {
    fn draw(random: &mut Random) -> Self {
        let mut dropped = [false; FEATURES];
        for (share, which) in [(50, OF_THE_WORD), (20, OF_LISTS), (15, OF_GROUPS)] {
            if random.percent(share) {
                which.iter().filter_map(|at| dropped.get_mut(*at).map(|d| *d = true)).for_each(drop);
            }
        }
        Self(dropped)
    }

    /// The rows of weights of a token's features.
    fn kept<'a>(&'a self, token: &'a [u32; FEATURES], marks: &'a [u8]) -> impl Iterator<Item = usize> + 'a {
        let kept = token.iter().zip(&self.0).filter(|(_, dropped)| !**dropped);
        let rows = kept.map(|(feature, _)| (row_of(*feature), mark_of(*feature)));
        rows.filter(|(row, mark)| marks.get(*row) == Some(mark)).map(|(row, _)| row)
    }
}

struct Learner {
    /// Whose the rows of weights are.
    marks: Vec<u8>,
    weights: Vec<[f32; LABELS]>,
    slopes: Vec<[f32; LABELS]>,
    field: Field,
    field_slopes: [[f32; LABELS]; LABELS + 1],
}

/// What labels and pairs of labels are expected.
struct Expected {
    labels: Vec<[f32; LABELS]>,
    pairs: [[f32; LABELS]; LABELS + 1],
}

impl Learner {
    fn see(&mut self, example: &Example, dropped: &Dropped) {
        let emissions: Vec<[f32; LABELS]> = example
            .tokens
            .iter()
            .map(|token| {
                let mut sums = [0.0; LABELS];
                for index in dropped.kept(token, &self.marks) {
                    if let Some(row) = self.weights.get(index) {
                        sums.iter_mut().zip(row).for_each(|(sum, weight)| *sum += weight);
                    }
                }
                sums
            })
            .collect();
        let all = self.expected(&emissions, None);
        let true_ones = self.expected(&emissions, Some(&example.may_be));
        for ((token, all), true_ones) in example.tokens.iter().zip(&all.labels).zip(&true_ones.labels) {
            let mut gradient = [0.0; LABELS];
            for ((gradient, all), true_one) in gradient.iter_mut().zip(all).zip(true_ones) {
                *gradient = all - true_one;
            }
            if gradient.iter().all(|gradient| gradient.abs() < 1e-3) {
                continue;
            }
            for index in dropped.kept(token, &self.marks) {
                if let (Some(row), Some(slopes)) = (self.weights.get_mut(index), self.slopes.get_mut(index)) {
                    descend(row, slopes, &gradient);
                }
            }
        }
        for ((row, slopes), (all, true_ones)) in
            self.field.transitions.iter_mut().zip(&mut self.field_slopes).zip(all.pairs.iter().zip(&true_ones.pairs))
        {
            let mut gradient = [0.0; LABELS];
            for ((gradient, all), true_one) in gradient.iter_mut().zip(all).zip(true_ones) {
                *gradient = all - true_one;
            }
            descend(row, slopes, &gradient);
        }
    }

    /// Forward and backward over a run, with only the labels that may be.
    fn expected(&self, emissions: &[[f32; LABELS]], may_be: Option<&[u8]>) -> Expected {
        let count = emissions.len();
        let odds: Vec<[f32; LABELS]> = emissions
            .iter()
            .enumerate()
            .map(|(at, emission)| {
                let bits = may_be.and_then(|bits| bits.get(at)).copied().unwrap_or(u8::MAX);
                let top = emission.iter().enumerate().filter(|(label, _)| bits >> label & 1 == 1);
                let top = top.map(|(_, score)| *score).fold(f32::MIN, f32::max);
                let mut odds = [0.0; LABELS];
                for (label, (odds, score)) in odds.iter_mut().zip(emission).enumerate() {
                    *odds = if bits >> label & 1 == 1 { (score - top).exp() } else { 0.0 };
                }
                odds
            })
            .collect();
        let weights = self.field.transitions.map(|row| row.map(f32::exp));
        let mut forward = vec![[0.0_f32; LABELS]; count];
        for at in 0..count {
            let mut next = [0.0; LABELS];
            for (label, next) in next.iter_mut().enumerate() {
                let reached: f32 = if at == 0 {
                    weights[START][label]
                } else {
                    (0..LABELS).map(|before| forward[at - 1][before] * weights[before][label]).sum()
                };
                *next = reached * odds[at][label];
            }
            let sum = next.iter().sum::<f32>().max(f32::MIN_POSITIVE);
            forward[at] = next.map(|share| share / sum);
        }
        let mut expected = Expected { labels: vec![[0.0; LABELS]; count], pairs: [[0.0; LABELS]; LABELS + 1] };
        let mut behind = [1.0_f32; LABELS];
        for at in (0..count).rev() {
            let mut shares = [0.0; LABELS];
            for (label, share) in shares.iter_mut().enumerate() {
                *share = forward[at][label] * behind[label];
            }
            let sum = shares.iter().sum::<f32>().max(f32::MIN_POSITIVE);
            expected.labels[at] = shares.map(|share| share / sum);
            if at == 0 {
                expected.pairs[START] = expected.labels[0];
                break;
            }
            let mut next = [0.0; LABELS];
            let mut pairs = [[0.0; LABELS]; LABELS];
            let mut total = f32::MIN_POSITIVE;
            for before in 0..LABELS {
                for label in 0..LABELS {
                    let flow = weights[before][label] * odds[at][label] * behind[label];
                    next[before] += flow;
                    pairs[before][label] = forward[at - 1][before] * flow;
                    total += pairs[before][label];
                }
            }
            for (sums, pairs) in expected.pairs.iter_mut().zip(&pairs) {
                sums.iter_mut().zip(pairs).for_each(|(sum, pair)| *sum += pair / total);
            }
            let sum = next.iter().sum::<f32>().max(f32::MIN_POSITIVE);
            behind = next.map(|share| share / sum);
        }
        expected
    }

    fn quantised(self) -> Learned {
        const WEIGHT_MAX: f32 = 4.0;
        // Only differences count: nothing has no weights of its own.
        let relative: Vec<[f32; LABELS]> =
            self.weights.iter().map(|row| row.map(|weight| weight - row[Label::Outside as usize])).collect();
        let largest = relative.as_flattened().iter().fold(0.0_f32, |top, weight| top.max(weight.abs()));
        let scale = largest.clamp(1e-3, WEIGHT_MAX) / 127.0;
        let round = |weight: f32| (weight / scale).round().clamp(-127.0, 127.0) as i8;
        let rows = relative.iter().zip(&self.marks).map(|(row, mark)| {
            let mut row = row.map(|weight| round(weight).cast_unsigned());
            row[Label::Outside as usize] = *mark;
            row
        });
        Learned { field: self.field, weights: rows.collect(), scale }
    }
}

fn descend(row: &mut [f32; LABELS], slopes: &mut [f32; LABELS], gradient: &[f32; LABELS]) {
    for ((weight, slope), gradient) in row.iter_mut().zip(slopes).zip(gradient) {
        // What is forbidden stays so.
        if *weight < -1e3 {
            continue;
        }
        *slope += gradient * gradient;
        *weight -= STEP * gradient / slope.sqrt();
    }
}
