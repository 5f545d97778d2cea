//! Which classes are taken for which.

use crate::check::{classes_within, same_rows};
use crate::error::{Error, Result};

/// More classes would need more than 32 MiB.
const CLASSES_MAX: usize = 2048;

/// How often each class was predicted as each: rows are what is, columns what was said.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Confusion {
    classes: usize,
    counts: Vec<u64>,
}

/// How the values of classes become one.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Average {
    /// Over all decisions: with one label for each row, precision, recall and F1 are then the accuracy.
    Micro,
    /// The plain mean over the classes that occur or are predicted.
    Macro,
    /// The mean weighted by how often each class occurs.
    Weighted,
}

/// What is counted for one class against the rest.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Scores {
    /// Predicted and right.
    pub true_positives: u64,
    /// Predicted and wrong.
    pub false_positives: u64,
    /// Missed.
    pub false_negatives: u64,
}

impl Scores {
    /// The share of predictions that are right.
    ///
    /// # Errors
    /// Undefined if the class is never predicted.
    pub fn precision(&self) -> Result<f64> {
        let undefined = Error::Undefined { what: "precision", why: "the class is never predicted" };
        share(self.true_positives, self.true_positives + self.false_positives, undefined)
    }

    /// The share of the class that is found.
    ///
    /// # Errors
    /// Undefined if the class does not occur.
    pub fn recall(&self) -> Result<f64> {
        let undefined = Error::Undefined { what: "recall", why: "the class does not occur" };
        share(self.true_positives, self.true_positives + self.false_negatives, undefined)
    }

    /// The harmonic mean of both, `2 TP / (2 TP + FP + FN)`.
    ///
    /// # Errors
    /// Undefined if the class neither occurs nor is predicted.
    pub fn f1(&self) -> Result<f64> {
        let undefined = Error::Undefined { what: "F1", why: "the class neither occurs nor is predicted" };
        let twice = 2 * self.true_positives;
        share(twice, twice + self.false_positives + self.false_negatives, undefined)
    }
}

fn share(part: u64, whole: u64, undefined: Error) -> Result<f64> {
    if whole == 0 { Err(undefined) } else { Ok(part as f64 / whole as f64) }
}

impl Confusion {
    /// Counts `actual` against `predicted`, both below `classes`.
    ///
    /// # Errors
    /// If there are no rows, the lengths differ, a class is not below `classes`, or `classes` is above 2048.
    pub fn new(actual: &[usize], predicted: &[usize], classes: usize) -> Result<Self> {
        same_rows("predicted", predicted.len(), actual.len())?;
        if classes > CLASSES_MAX {
            return Err(Error::TooLarge { what: "classes", found: classes, most: CLASSES_MAX });
        }
        classes_within("actual", actual, classes)?;
        classes_within("predicted", predicted, classes)?;
        let mut counts = vec![0; classes * classes];
        for (is, said) in actual.iter().zip(predicted) {
            if let Some(count) = counts.get_mut(is * classes + said) {
                *count += 1;
            }
        }
        Ok(Self { classes, counts })
    }

    /// How often `actual` was predicted as `predicted`; zero outside.
    #[must_use]
    pub fn count(&self, actual: usize, predicted: usize) -> u64 {
        if predicted >= self.classes || actual >= self.classes {
            return 0;
        }
        self.counts.get(actual * self.classes + predicted).copied().unwrap_or(0)
    }

    /// All rows.
    #[must_use]
    pub fn total(&self) -> u64 {
        self.counts.iter().sum()
    }

    /// Of one class against the rest.
    #[must_use]
    pub fn scores(&self, class: usize) -> Scores {
        let true_positives = self.count(class, class);
        let said: u64 = (0..self.classes).map(|actual| self.count(actual, class)).sum();
        let is: u64 = (0..self.classes).map(|predicted| self.count(class, predicted)).sum();
        Scores { true_positives, false_positives: said - true_positives, false_negatives: is - true_positives }
    }

    /// The share of rows that are right.
    #[must_use]
    pub fn accuracy(&self) -> f64 {
        let right: u64 = (0..self.classes).map(|class| self.count(class, class)).sum();
        right as f64 / self.total() as f64
    }

    /// The mean recall of the classes that occur.
    #[must_use]
    pub fn balanced_accuracy(&self) -> f64 {
        let recalls: Vec<f64> = (0..self.classes).filter_map(|class| self.scores(class).recall().ok()).collect();
        recalls.iter().sum::<f64>() / recalls.len() as f64
    }

    /// Precision over all classes.
    ///
    /// # Errors
    /// Undefined if a class that counts is never predicted.
    pub fn precision(&self, average: Average) -> Result<f64> {
        self.averaged(average, Scores::precision)
    }

    /// Recall over all classes.
    ///
    /// # Errors
    /// Undefined for [`Average::Macro`] if a class that is predicted does not occur.
    pub fn recall(&self, average: Average) -> Result<f64> {
        self.averaged(average, Scores::recall)
    }

    /// F1 over all classes; for [`Average::Macro`] the mean of the classes' F1.
    ///
    /// # Errors
    /// None for a matrix that was made from rows: each class that counts has one.
    pub fn f1(&self, average: Average) -> Result<f64> {
        self.averaged(average, Scores::f1)
    }

    fn averaged(&self, average: Average, of: impl Fn(&Scores) -> Result<f64>) -> Result<f64> {
        let all = (0..self.classes).map(|class| self.scores(class));
        if average == Average::Micro {
            let sum = all.fold(Scores::default(), |sum, scores| Scores {
                true_positives: sum.true_positives + scores.true_positives,
                false_positives: sum.false_positives + scores.false_positives,
                false_negatives: sum.false_negatives + scores.false_negatives,
            });
            return of(&sum);
        }
        let (mut sum, mut weights) = (0.0, 0.0);
        for scores in all {
            let occurs = scores.true_positives + scores.false_negatives;
            let weight = match average {
                Average::Weighted => occurs as f64,
                Average::Macro | Average::Micro => f64::from(u8::from(occurs + scores.false_positives > 0)),
            };
            if weight > 0.0 {
                sum += weight * of(&scores)?;
                weights += weight;
            }
        }
        Ok(sum / weights)
    }
}
