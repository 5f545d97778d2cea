//! All detectors of rows together, and what follows from them.

use super::{
    Neighbourhood, activation_clustering, by_class, spectral_signatures, spectre, trusted_disagreement,
    trusted_self_disagreement,
};
use crate::error::{Error, Result};
use crate::matrix::Matrix;
use crate::metrics::roc_auc;
use crate::random::Random;
use crate::special::binomial_at_least;

/// How a scan is done.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct ScanSettings {
    /// Trusted neighbours that are asked.
    pub k: usize,
    /// The share of them that must disagree for a row to be removed.
    pub disagreement_min: f64,
    /// How remote its label must be, one half being not at all: rows between two labels are hard, not poison. The default was
    /// found on images of digits.
    pub remoteness_min: f64,
    /// The share of a label that SPECTRE takes for the most poison. Beyond it the score says little, and the alarm may stay out;
    /// what is flagged does not depend on it.
    pub epsilon: f64,
    /// Principal axes that they look at.
    pub components: usize,
    /// What [`ClassFinding::coherence`] must be for an alarm.
    pub coherence_min: f64,
    /// The chance of an alarm for a label of clean data that is no harder than twice the others.
    pub alpha: f64,
}

impl Default for ScanSettings {
    fn default() -> Self {
        Self {
            k: 5,
            disagreement_min: 0.8,
            remoteness_min: 0.52,
            epsilon: 0.2,
            components: 10,
            coherence_min: 0.9,
            alpha: 0.001,
        }
    }
}

/// What to do with the data.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Verdict {
    /// Train on what is left.
    Clean,
    /// A label holds more rows that trusted ones disagree with than good data would: do not train before somebody has looked.
    Block,
}

/// What was found for a label.
#[derive(Debug, Clone, PartialEq)]
pub struct ClassFinding {
    /// The label.
    pub class: usize,
    /// Its rows.
    pub rows: usize,
    /// Those to remove.
    pub flagged: usize,
    /// The chance of so many where all rows are good, for all labels together.
    pub p: f64,
    /// The chance that a flagged row has a higher SPECTRE score than another of the label: near one where the flagged rows have
    /// something in common that others have not. None if all or none are flagged.
    pub coherence: Option<f64>,
    /// The share of the smaller activation cluster, if there are enough rows.
    pub smaller_cluster: Option<f64>,
    /// How well it is apart from the other.
    pub silhouette: Option<f64>,
}

/// The result.
#[derive(Debug, Clone, PartialEq)]
pub struct Scan {
    /// What to do.
    pub verdict: Verdict,
    /// The rows to remove, in order.
    pub flagged: Vec<usize>,
    /// Of each row what its trusted neighbours say.
    pub neighbours: Vec<Neighbourhood>,
    /// Of each row the spectral signature among its label.
    pub spectral: Vec<f64>,
    /// Of each row SPECTRE's score among its label.
    pub spectre: Vec<f64>,
    /// By label.
    pub classes: Vec<ClassFinding>,
}

/// Looks for poison among `rows` (`n x d`) with `labels` below `classes`, with the help of `trusted` rows. A row is flagged by
/// its trusted neighbours alone; the other scores are reported. The alarm asks for more flagged rows of a label than twice
/// the share among trusted rows or other labels explains, and that they have something in common: a small share of poison
/// is removed without one.
///
/// # Errors
/// As the detectors.
pub fn scan(
    rows: &Matrix,
    labels: &[usize],
    classes: usize,
    trusted: &Matrix,
    trusted_labels: &[usize],
    settings: &ScanSettings,
    random: &mut Random,
) -> Result<Scan> {
    if !(settings.alpha > 0.0 && settings.alpha < 1.0 && settings.disagreement_min > 0.0) {
        return Err(Error::Setting { what: "alpha and disagreement_min", allowed: "shares above 0" });
    }
    let is_flagged = |own: &Neighbourhood| {
        own.disagreement >= settings.disagreement_min - 1e-9 && own.remoteness >= settings.remoteness_min
    };
    let neighbours = trusted_disagreement(rows, labels, trusted, trusted_labels, settings.k)?;
    let own = trusted_self_disagreement(trusted, trusted_labels, settings.k)?;
    let clusters = activation_clustering(rows, labels, classes, settings.components, random)?;
    let spectre = spectre(rows, labels, classes, settings.components, settings.epsilon, random)?;
    let by_class = by_class(rows, labels, classes)?;
    let count =
        |class: &[usize]| class.iter().filter_map(|row| neighbours.get(*row)).filter(|own| is_flagged(own)).count();
    let flagged_of: Vec<usize> = by_class.iter().map(|class| count(class)).collect();
    let all: usize = flagged_of.iter().sum();
    let trusted_rate = (own.iter().filter(|own| is_flagged(own)).count() as f64 + 1.0) / (own.len() as f64 + 2.0);
    let finding = |(class, (rows_of, flagged)): (usize, (&Vec<usize>, &usize))| {
        let others = (rows.rows() - rows_of.len()) as f64;
        let other_rate = ((all - flagged) as f64 + 1.0) / (others + 2.0);
        // Labels differ in how hard they are: twice the worse of both rates is still no sign.
        let rate = (2.0 * trusted_rate.max(other_rate)).min(0.5);
        let p = binomial_at_least(*flagged as u64, rows_of.len() as u64, rate) * classes as f64;
        let is_flagged_of: Vec<bool> = rows_of.iter().map(|row| neighbours.get(*row).is_some_and(is_flagged)).collect();
        let scores: Vec<f64> = rows_of.iter().map(|row| spectre.get(*row).copied().unwrap_or(0.0)).collect();
        let cluster = clusters.iter().find(|own| own.class == class);
        ClassFinding {
            class,
            rows: rows_of.len(),
            flagged: *flagged,
            p: p.min(1.0),
            coherence: roc_auc(&is_flagged_of, &scores).ok(),
            smaller_cluster: cluster.map(|own| own.share),
            silhouette: cluster.map(|own| own.silhouette),
        }
    };
    let found: Vec<ClassFinding> = by_class.iter().zip(&flagged_of).enumerate().map(finding).collect();
    // Rows that are merely hard are flagged, too, but have little in common.
    let is_coherent =
        |class: &ClassFinding| class.coherence.is_none_or(|coherence| coherence >= settings.coherence_min);
    let is_alarm = found.iter().any(|class| class.flagged > 0 && class.p < settings.alpha && is_coherent(class));
    Ok(Scan {
        verdict: if is_alarm { Verdict::Block } else { Verdict::Clean },
        flagged: neighbours.iter().enumerate().filter(|(_, own)| is_flagged(own)).map(|(row, _)| row).collect(),
        spectral: spectral_signatures(rows, labels, classes)?,
        spectre,
        neighbours,
        classes: found,
    })
}
