//! The way through the texts.

use std::collections::BTreeMap;
use std::error::Error;
use std::time::{Duration, Instant};

use redoubt_infer::{Below, Learner, Lesson, States};

use super::super::SEED;
use super::super::head::compare::Encoder;
use super::super::head::network::ABOVE_CUT;
use super::super::head::texts::{Sizes, Text, Texts};
use super::{WINDOWS_MAX, Wishes};
use crate::generate::Random;

/// Texts of a step.
const BATCH: usize = 32;
/// Steps whose texts are put in order of their length, since the shorter are filled up to the longest.
const ALIKE: usize = 16;
/// Windows of a text that are learned.
const HARMLESS_WINDOWS: usize = 2;
const ATTACK_WINDOWS: usize = 4;
/// Windows that are computed together where nothing is learned.
const TOGETHER: usize = 16;
/// A source with less texts than others counts at most this many times.
const WEIGHT_MAX: f32 = 3.0;
/// Steps between words about the loss.
const TOLD: usize = 20;
/// Texts whose time is taken.
const TIMED: usize = 60;

/// What learns, again and again.
pub(super) struct Trainer {
    pub(super) wishes: Wishes,
    /// An encoder that never learns, for what lies below.
    still: Learner,
    states: States,
    timed: (usize, Duration),
}

impl Trainer {
    pub(super) fn new(wishes: Wishes) -> Result<Self, String> {
        let still = wishes.learner(1)?;
        let states = match &wishes.cache {
            Some(cache) => States::read(cache, &still, WINDOWS_MAX).map_err(|error| said(&error))?,
            None => States::default(),
        };
        Ok(Self { wishes, still, states, timed: Default::default() })
    }

    /// Learns from texts, and sets the cuts on those that were held back.
    pub(super) fn learn(&mut self, texts: &Texts) -> Result<Learner, String> {
        self.make(texts)?;
        let lessons = self.lessons(&texts.learned);
        let steps = self.wishes.epochs * lessons.len().div_ceil(BATCH);
        let mut learner = self.wishes.learner(steps)?;
        let mut random = Random::new(SEED);
        let tokens: usize = lessons.iter().flat_map(|lesson| lesson.windows).map(Below::tokens).sum();
        eprintln!("{} texts to learn from, {tokens} tokens, {steps} steps", lessons.len());
        let (started, mut step) = (Instant::now(), 0);
        let mut losses = Vec::new();
        for _ in 0..self.wishes.epochs {
            for batch in batches(&lessons, &mut random) {
                losses.push(learner.step(&batch).map_err(|error| said(&error))?);
                step += 1;
                if losses.len() == TOLD || step == steps {
                    let mean = losses.iter().sum::<f32>() / losses.len() as f32;
                    eprintln!("step {step}: loss {mean:.4}, {:.0} s", started.elapsed().as_secs_f32());
                    losses.clear();
                }
            }
        }
        for (kind, above) in ABOVE_CUT.into_iter().enumerate() {
            let held = texts.held.iter().filter(|text| text.truth[kind] == Some(false));
            let held: Vec<&Text> = held.filter(|text| usize::from(text.is_document) == kind).collect();
            let mut odds = self.judge(&learner, held.into_iter())?;
            odds.sort_by(f32::total_cmp);
            let at = (odds.len() as f32 * (1.0 - above)) as usize;
            if let Some(cut) = odds.get(at.min(odds.len().saturating_sub(1))) {
                learner.lower(kind, *cut).map_err(|error| said(&error))?;
            }
        }
        Ok(learner)
    }

    /// Computes what lies below, of those texts where it is not known.
    fn make(&mut self, texts: &Texts) -> Result<(), String> {
        let (mut made, started) = (0, Instant::now());
        let learned = texts.learned.iter().map(|text| (text, learned_max(text) + 1));
        let measured = texts.held.iter().chain(&texts.measured).map(|text| (text, WINDOWS_MAX));
        for (text, windows_max) in measured.chain(learned) {
            let key = key(text, windows_max);
            if self.states.has(&key) {
                continue;
            }
            let below = self.still.below(&text.text, windows_max).map_err(|error| said(&error))?;
            self.states.put(key, below).map_err(|error| said(&error))?;
            made += 1;
            if made % 500 == 0 {
                eprintln!("{made} texts read, {:.0} s", started.elapsed().as_secs_f32());
            }
        }
        match &self.wishes.cache {
            Some(cache) if made > 0 => self.states.write(cache, &self.still, WINDOWS_MAX).map_err(|error| said(&error)),
            _ => Ok(()),
        }
    }

    fn lessons(&self, texts: &[Text]) -> Vec<Lesson<'_>> {
        let mut counts: BTreeMap<&str, usize> = BTreeMap::new();
        for text in texts {
            *counts.entry(&text.source).or_default() += 1;
        }
        let most = self.wishes.of_each as f32;
        let lesson = |text: &Text| {
            let windows_max = learned_max(text);
            let windows = self.states.of(&key(text, windows_max + 1));
            // The attack in a long document may be in a part that is not learned. Its words are in a shorter one as well.
            if text.is_document && text.truth.contains(&Some(true)) && windows.len() > windows_max {
                return None;
            }
            let weight = match counts[text.source.as_str()] {
                _ if text.source.starts_with("generated/") => 1.0,
                count => (most / count as f32).sqrt().min(WEIGHT_MAX),
            };
            Some(Lesson { windows: &windows[..windows.len().min(windows_max)], truth: text.truth, weight })
        };
        texts.iter().filter_map(lesson).collect()
    }

    /// The log-odds of each text's worst window, as what it is.
    fn judge<'t>(&self, learner: &Learner, texts: impl Iterator<Item = &'t Text>) -> Result<Vec<f32>, String> {
        let texts: Vec<&Text> = texts.collect();
        let mut windows: Vec<(usize, &Below)> = Vec::new();
        for (at, text) in texts.iter().enumerate() {
            windows.extend(self.states.of(&key(text, WINDOWS_MAX)).iter().map(|window| (at, window)));
        }
        windows.sort_by_key(|(_, window)| window.tokens());
        let mut worst = vec![f32::NEG_INFINITY; texts.len()];
        for chunk in windows.chunks(TOGETHER) {
            let odds = learner.odds(&chunk.iter().map(|(_, window)| *window).collect::<Vec<_>>());
            for ((at, _), odds) in chunk.iter().zip(odds.map_err(|error| said(&error))?) {
                worst[*at] = worst[*at].max(odds[usize::from(texts[*at].is_document)]);
            }
        }
        Ok(worst)
    }
}

impl Encoder for Trainer {
    fn sizes(&self) -> Sizes {
        self.wishes.sizes()
    }

    fn odds(&mut self, texts: &Texts) -> Result<Vec<f32>, String> {
        let learner = self.learn(texts)?;
        if self.timed.0 == 0 {
            let started = Instant::now();
            for text in texts.measured.iter().step_by((texts.measured.len() / TIMED).max(1)) {
                let windows = learner.below(&text.text, WINDOWS_MAX).map_err(|error| said(&error))?;
                learner.odds(&windows.iter().collect::<Vec<_>>()).map_err(|error| said(&error))?;
                self.timed.0 += 1;
            }
            self.timed.1 = started.elapsed();
        }
        self.judge(&learner, texts.measured.iter())
    }

    fn cost(&self) -> (usize, Duration) {
        self.timed
    }
}

/// All lessons once: those of like length together, and these in no order.
fn batches<'t>(lessons: &[Lesson<'t>], random: &mut Random) -> Vec<Vec<Lesson<'t>>> {
    let mut all = Vec::new();
    for group in shuffled(lessons.to_vec(), random).chunks_mut(BATCH * ALIKE) {
        let longest = |lesson: &Lesson<'_>| lesson.windows.iter().map(Below::tokens).max();
        group.sort_by_key(longest);
        all.extend(group.chunks(BATCH).map(<[Lesson<'_>]>::to_vec));
    }
    shuffled(all, random)
}

fn shuffled<T>(mut items: Vec<T>, random: &mut Random) -> Vec<T> {
    for at in (1..items.len()).rev() {
        items.swap(at, random.below(at + 1));
    }
    items
}

/// How many windows of a text are learned.
fn learned_max(text: &Text) -> usize {
    if text.truth.contains(&Some(true)) { ATTACK_WINDOWS } else { HARMLESS_WINDOWS }
}

/// Of a text and how many of its windows are read: what is learned in one round may be measured in another.
fn key(text: &Text, windows_max: usize) -> [u8; 32] {
    *blake3::Hasher::new().update(&[windows_max as u8]).update(text.text.as_bytes()).finalize().as_bytes()
}

/// An error with what caused it.
pub(super) fn said(error: &dyn Error) -> String {
    let mut said = error.to_string();
    let mut cause = error.source();
    while let Some(error) = cause {
        said = format!("{said}: {error}");
        cause = error.source();
    }
    said
}
