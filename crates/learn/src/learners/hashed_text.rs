//! Texts as hashed n-grams (Weinberger et al. 2009) before logistic regression.

mod ngrams;

use std::num::NonZeroUsize;

use self::ngrams::{NGrams, Sparse};
use super::exponential::{logistic, softmax};
use super::file::{FileError, Reader, Writer};
use super::linear::objective::{Loss, Rules, fit};
use super::parameters::{Checked, Parameter};
use super::{
    CLASSES_MAX, Examples, ExamplesError, InputKind, Inputs, Learner, Model, Scores, Setting, Spec, Task, parallel,
};

const ID: &str = "hashed_text";

/// So many texts are scored by one thread at a time.
const TEXTS_IN_PART: usize = 64;

/// Coefficients of all classes together, each twelve times in memory while they are sought: 1.5 GiB.
const COEFFICIENTS_MAX: usize = 1 << 24;

pub(super) const SPEC: Spec = Spec {
    id: ID,
    about: "logistic regression on hashed n-grams of words and characters; fast, and needs no vocabulary",
    revision: 1,
    inputs: InputKind::Texts,
    tasks: &[Task::Classification],
    parameters: &[
        Parameter::integer("bits", 18, 8, 22, "n-grams fall into two to the power of so many places"),
        Parameter::integer("words_max", 2, 0, 4, "the longest n-gram of words; 0 is none"),
        Parameter::integer("characters_min", 3, 1, 8, "the shortest n-gram of characters in a word"),
        Parameter::integer("characters_max", 5, 0, 8, "the longest n-gram of characters in a word; 0 is none"),
        Parameter::boolean("lower_case", true, "whether case is ignored"),
        Parameter::number(
            "l2",
            1.0,
            0.0,
            1e12,
            "half of it times the squared coefficients is added to the sum of losses",
        ),
        Parameter::number("tolerance", 1e-4, 1e-12, 1.0, "stop when no part of the mean gradient is larger"),
        Parameter::integer("iterations_max", 200, 1, 1_000_000, "the most steps of L-BFGS"),
    ],
    make: |parameters| Box::new(HashedText::new(parameters)),
    load: |file| Ok(Box::new(TextModel::read(file)?)),
};

#[derive(Debug)]
struct HashedText {
    ngrams: NGrams,
    rules: Rules,
}

impl HashedText {
    fn new(parameters: &Checked) -> Self {
        Self {
            ngrams: NGrams {
                bits: parameters.whole("bits"),
                words_max: parameters.whole("words_max"),
                characters_min: parameters.whole("characters_min"),
                characters_max: parameters.whole("characters_max"),
                lower_case: parameters.boolean("lower_case"),
            },
            rules: Rules {
                l2: parameters.number("l2"),
                tolerance: parameters.number("tolerance"),
                iterations_max: parameters.whole("iterations_max"),
            },
        }
    }
}

fn texts<'a>(inputs: &Inputs<'a>) -> Result<&'a [&'a str], ExamplesError> {
    match inputs {
        Inputs::Texts(texts) => Ok(texts),
        _ => Err(ExamplesError::Kind { learner: ID, expected: InputKind::Texts, found: inputs.kind() }),
    }
}

impl Learner for HashedText {
    fn id(&self) -> &'static str {
        ID
    }

    fn fit(&self, training: &Examples<'_>, setting: &Setting<'_>) -> Result<Box<dyn Model>, ExamplesError> {
        let texts = texts(&training.inputs())?;
        if training.task() != Task::Classification {
            return Err(ExamplesError::Task { learner: ID, found: training.task() });
        }
        let loss = Loss::of(training);
        let found = loss.outputs() << self.ngrams.bits;
        if found > COEFFICIENTS_MAX {
            let remedy = "lower `bits`";
            return Err(ExamplesError::TooLarge {
                learner: ID,
                what: "coefficients",
                found,
                most: COEFFICIENTS_MAX,
                remedy,
            });
        }
        let rows = Sparse::new(texts, self.ngrams, setting.threads);
        let parameters = fit(&rows, training, loss, self.rules, setting.threads);
        let (mut coefficients, mut intercepts) = (Vec::with_capacity(found), Vec::new());
        for of_output in parameters.chunks_exact((1 << self.ngrams.bits) + 1) {
            if let Some((intercept, of_output)) = of_output.split_last() {
                // Half the digits are kept: they take half the room, and a score needs no more.
                coefficients.extend(of_output.iter().map(|coefficient| *coefficient as f32));
                intercepts.push(*intercept);
            }
        }
        if !coefficients.iter().all(|coefficient| coefficient.is_finite()) {
            return Err(ExamplesError::NotFinite(ID));
        }
        Ok(Box::new(TextModel { ngrams: self.ngrams, coefficients, intercepts }))
    }
}

#[derive(Debug)]
struct TextModel {
    ngrams: NGrams,
    /// Of each output, by place; one output stands for two classes.
    coefficients: Vec<f32>,
    intercepts: Vec<f64>,
}

impl TextModel {
    fn read(file: &Reader<'_>) -> Result<Self, FileError> {
        let outputs = file.count("outputs", 1, CLASSES_MAX)?;
        let ngrams = NGrams {
            bits: file.count("bits", 8, 22)?,
            words_max: file.count("words_max", 0, 4)?,
            characters_min: file.count("characters_min", 1, 8)?,
            characters_max: file.count("characters_max", 0, 8)?,
            lower_case: file.count("lower_case", 0, 1)? == 1,
        };
        let coefficients = file.f32s("coefficient")?;
        let intercepts = file.f64s_of("intercept", outputs)?;
        let is_sound = coefficients.len() == outputs << ngrams.bits && outputs != 2;
        if !is_sound || !coefficients.iter().all(|coefficient| coefficient.is_finite()) {
            return Err(FileError::Damaged("coefficient"));
        }
        Ok(Self { ngrams, coefficients, intercepts })
    }
}

impl Model for TextModel {
    fn learner(&self) -> &'static str {
        ID
    }

    fn outputs(&self) -> usize {
        self.intercepts.len().max(2)
    }

    fn predict(&self, inputs: &Inputs<'_>, threads: NonZeroUsize) -> Result<Scores, ExamplesError> {
        let texts = texts(inputs)?;
        let outputs = self.outputs();
        let mut scores = vec![0.0; texts.len() * outputs];
        parallel::fill(threads, &mut scores, TEXTS_IN_PART * outputs, |part, scores| {
            let texts = texts.get(part * TEXTS_IN_PART..).unwrap_or_default();
            for (text, scores) in texts.iter().zip(scores.chunks_exact_mut(outputs)) {
                let row = self.ngrams.row(text);
                let of_outputs = self.coefficients.chunks_exact(1 << self.ngrams.bits).zip(&self.intercepts);
                for (score, (coefficients, intercept)) in scores.iter_mut().zip(of_outputs) {
                    let products = row.iter().map(|(place, value)| {
                        f64::from(*value) * coefficients.get(*place as usize).copied().map_or(0.0, f64::from)
                    });
                    *score = products.sum::<f64>() + intercept;
                }
                if self.intercepts.len() > 1 {
                    softmax(scores);
                } else if let [first, second] = scores {
                    *second = logistic(*first);
                    *first = 1.0 - *second;
                }
            }
        });
        Ok(Scores::new(scores, outputs))
    }

    fn importance(&self) -> Option<Vec<f64>> {
        None
    }

    fn to_bytes(&self) -> Vec<u8> {
        let NGrams { bits, words_max, characters_min, characters_max, lower_case } = self.ngrams;
        Writer::new(ID)
            .word("outputs", self.intercepts.len())
            .word("bits", bits)
            .word("words_max", words_max)
            .word("characters_min", characters_min)
            .word("characters_max", characters_max)
            .word("lower_case", u8::from(lower_case))
            .f64s("intercept", &self.intercepts)
            .f32s("coefficient", &self.coefficients)
            .finish()
    }
}
