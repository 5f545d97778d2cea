//! Current data against a baseline, with a decision for each column.

use super::baseline::{TextMeasures, check, words};
use super::categories::bin;
use super::{
    Baseline, CategorySummary, Column, ColumnBaseline, Counts, NumberSummary, Samples, Summary, TextSummary, Values,
    benjamini_hochberg,
};
use crate::error::{Error, Result};

/// When a column counts as drifted.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct DriftSettings {
    /// The share of false alarms among the alarms, over all columns.
    pub false_discovery_rate: f64,
    /// How large the effect must be as well: with a million rows every trifle is significant. Normalised Wasserstein distance
    /// of numbers, total variation of categories, difference of shares.
    pub effect_min: f64,
    /// Fewer current values than this decide nothing.
    pub rows_min: u64,
}

impl Default for DriftSettings {
    fn default() -> Self {
        Self { false_discovery_rate: 0.05, effect_min: 0.1, rows_min: 30 }
    }
}

/// What became of a column.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Decision {
    /// No sign of a change that matters.
    Stable,
    /// Significantly and noticeably different.
    Drifted,
    /// Too few values to say.
    Insufficient,
    /// The table no longer has it.
    Gone,
    /// The baseline does not have it.
    New,
    /// Its values are of another kind.
    KindChanged,
}

/// One comparison within a column.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Evidence {
    /// What was compared, such as `kolmogorov_smirnov`.
    pub name: &'static str,
    /// The p-value of this comparison alone.
    pub p: f64,
    /// How large the difference is, in the unit of [`DriftSettings::effect_min`].
    pub effect: f64,
}

/// What was found of a column.
#[derive(Debug, Clone, PartialEq)]
pub struct ColumnReport {
    /// Its name.
    pub name: String,
    /// What became of it.
    pub decision: Decision,
    /// The least p of its evidence times the number of comparisons (Bonferroni), adjusted over all columns (Benjamini and
    /// Hochberg); none where nothing was tested.
    pub adjusted_p: Option<f64>,
    /// The population stability index of numbers, for those who know it; it decides nothing.
    pub population_stability: Option<f64>,
    /// Every comparison.
    pub evidence: Vec<Evidence>,
}

/// Compares columns with a baseline: those of the baseline in its order, then new ones.
///
/// # Errors
/// If a setting is out of range, the columns are no table (see [`Baseline::new`]), or a number is not finite.
pub fn compare(baseline: &Baseline, current: &[Column<'_>], settings: &DriftSettings) -> Result<Vec<ColumnReport>> {
    if !(settings.false_discovery_rate > 0.0 && settings.false_discovery_rate < 1.0 && settings.effect_min >= 0.0) {
        let allowed = "shares, the first above 0 and below 1";
        return Err(Error::Setting { what: "false_discovery_rate and effect_min", allowed });
    }
    check(current)?;
    let mut reports = Vec::new();
    for column in &baseline.columns {
        let now = current.iter().find(|own| own.name == column.name);
        reports.push(match now {
            Some(now) => report(column, now, settings)?,
            None => bare(&column.name, Decision::Gone),
        });
    }
    let is_new = |column: &&Column<'_>| baseline.columns.iter().all(|known| known.name != column.name);
    reports.extend(current.iter().filter(is_new).map(|column| bare(column.name, Decision::New)));
    let p: Vec<f64> = reports.iter().filter_map(|report| report.adjusted_p).collect();
    let mut adjusted = benjamini_hochberg(&p)?.into_iter();
    for report in &mut reports {
        let Some(p) = report.adjusted_p.and_then(|_| adjusted.next()) else { continue };
        report.adjusted_p = Some(p);
        let own = settings.false_discovery_rate / report.evidence.len().max(1) as f64;
        let matters = report.evidence.iter().any(|one| one.p <= own && one.effect >= settings.effect_min);
        let is_drift = p <= settings.false_discovery_rate && matters;
        report.decision = if is_drift { Decision::Drifted } else { Decision::Stable };
    }
    Ok(reports)
}

fn bare(name: &str, decision: Decision) -> ColumnReport {
    ColumnReport { name: name.to_owned(), decision, adjusted_p: None, population_stability: None, evidence: Vec::new() }
}

fn report(baseline: &ColumnBaseline, current: &Column<'_>, settings: &DriftSettings) -> Result<ColumnReport> {
    let mut report = bare(&baseline.name, Decision::Insufficient);
    let (rows, missing) = current.values.counts();
    if baseline.rows < settings.rows_min || rows < settings.rows_min {
        return Ok(report);
    }
    if let Some(evidence) = shares("missing", (baseline.missing, baseline.rows), (missing, rows))? {
        report.evidence.push(evidence);
    }
    let enough = |count: u64| count >= settings.rows_min;
    if let Some(summary) = &baseline.summary
        && enough(baseline.rows - baseline.missing)
        && enough(rows - missing)
    {
        match (summary, current.values) {
            (Summary::Numbers(was), Values::Numbers(now)) => {
                let now: Vec<f64> = now.iter().flatten().copied().collect();
                report.evidence.extend(numbers("kolmogorov_smirnov", was, &now)?);
                let counts = Counts::new(&was.counts, &bin(&was.edges, &now))?;
                report.population_stability = Some(counts.population_stability(1e-4)?);
            }
            (Summary::Categories(was), Values::Categories(now)) => {
                report.evidence.extend(categories(was, now)?);
            }
            (Summary::Texts(was), Values::Texts(now)) => {
                report.evidence.extend(texts(was, &now.iter().flatten().copied().collect::<Vec<_>>())?);
            }
            _ => return Ok(bare(&baseline.name, Decision::KindChanged)),
        }
    }
    let tests = report.evidence.len() as f64;
    report.adjusted_p = report.evidence.iter().map(|one| one.p).reduce(f64::min).map(|least| (least * tests).min(1.0));
    Ok(report)
}

fn numbers(name: &'static str, was: &NumberSummary, now: &[f64]) -> Result<Option<Evidence>> {
    let samples = Samples::new(&was.sketch, now)?;
    let p = samples.kolmogorov_smirnov().p;
    // Any move away from a constant is a large one.
    let distance = samples.wasserstein();
    let effect = if was.deviation > 0.0 { distance / was.deviation } else { f64::from(u8::from(distance > 0.0)) };
    Ok(Some(Evidence { name, p, effect }))
}

fn categories(was: &CategorySummary, now: &[Option<&str>]) -> Result<Option<Evidence>> {
    let mut counts = vec![0_u64; was.counts.len() + 1];
    let places: std::collections::BTreeMap<&str, usize> =
        was.counts.iter().enumerate().map(|(at, (name, _))| (name.as_str(), at)).collect();
    for value in now.iter().flatten() {
        let place = places.get(value).copied().unwrap_or(was.counts.len());
        if let Some(count) = counts.get_mut(place) {
            *count += 1;
        }
    }
    let before: Vec<u64> = was.counts.iter().map(|(_, count)| *count).chain([was.others]).collect();
    let counts = Counts::new(&before, &counts)?;
    // Rare categories follow frequent ones and are merged from the end.
    let merged = counts.merged(5.0);
    Ok(match merged.chi_square() {
        Ok(test) => Some(Evidence { name: "chi_square", p: test.p, effect: counts.total_variation() }),
        Err(_) => None,
    })
}

fn texts(was: &TextSummary, now: &[&str]) -> Result<Vec<Evidence>> {
    let measures = TextMeasures::new(now);
    let mut found = Vec::new();
    for (name, was, now) in [
        ("length", &was.length, &measures.length),
        ("letters", &was.letters, &measures.letters),
        ("digits", &was.digits, &measures.digits),
        ("spaces", &was.spaces, &measures.spaces),
        ("beyond_ascii", &was.beyond_ascii, &measures.beyond_ascii),
    ] {
        found.extend(numbers(name, was, now)?);
    }
    // A word stands in a text or not: unlike the words of one text, texts are independent.
    let now_words: Vec<_> = now.iter().map(|text| words(text)).collect();
    let mut strongest: Option<Evidence> = None;
    for (word, count) in &was.words {
        let with = now_words.iter().filter(|words| words.contains(word)).count() as u64;
        if let Some(evidence) = shares("words", (*count, was.length.count), (with, now.len() as u64))?
            && strongest.is_none_or(|least| evidence.p < least.p)
        {
            strongest = Some(evidence);
        }
    }
    // The least of many.
    found.extend(strongest.map(|own| Evidence { p: (own.p * was.words.len() as f64).min(1.0), ..own }));
    Ok(found)
}

/// Two shares by chi-square; none if both are 0 or both 1, or too few rows are expected.
fn shares(name: &'static str, was: (u64, u64), now: (u64, u64)) -> Result<Option<Evidence>> {
    let counts = Counts::new(&[was.0, was.1 - was.0], &[now.0, now.1 - now.0])?;
    let test = counts.chi_square();
    Ok(test.ok().filter(|_| counts.merged(5.0).categories() == 2).map(|test| Evidence {
        name,
        p: test.p,
        effect: counts.total_variation(),
    }))
}
