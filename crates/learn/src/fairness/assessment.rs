//! Rates of groups, and how far they are apart.

use super::Groups;
use crate::check::same_rows;
use crate::error::{Error, Result};
use crate::random::Random;
use crate::special::permutation_p;

/// What must be equal between groups.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Criterion {
    /// The share that is predicted positive. Its ratio is the disparate impact, of which the four-fifths rule asks 0.8.
    DemographicParity,
    /// The share of the positive that is found (Hardt, Price and Srebro 2016).
    EqualOpportunity,
    /// That, and the share of the negative that is taken for positive: the worse of both.
    EqualizedOdds,
    /// The share of those predicted positive that are (Chouldechova 2017).
    PredictiveParity,
}

/// What each group is compared with.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Against {
    /// Every other group.
    EachOther,
    /// All rows together.
    Overall,
}

/// The four cells of a group.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Cells {
    /// Negative, predicted negative.
    pub true_negatives: u64,
    /// Negative, predicted positive.
    pub false_positives: u64,
    /// Positive, predicted negative.
    pub false_negatives: u64,
    /// Positive, predicted positive.
    pub true_positives: u64,
}

impl Cells {
    /// All four.
    #[must_use]
    pub fn rows(&self) -> u64 {
        self.true_negatives + self.false_positives + self.false_negatives + self.true_positives
    }

    pub(super) fn add(&mut self, is: bool, said: bool) {
        match (is, said) {
            (false, false) => self.true_negatives += 1,
            (false, true) => self.false_positives += 1,
            (true, false) => self.false_negatives += 1,
            (true, true) => self.true_positives += 1,
        }
    }

    fn plus(self, other: Self) -> Self {
        Self {
            true_negatives: self.true_negatives + other.true_negatives,
            false_positives: self.false_positives + other.false_positives,
            false_negatives: self.false_negatives + other.false_negatives,
            true_positives: self.true_positives + other.true_positives,
        }
    }

    /// Cells drawn from as many rows with replacement.
    pub(super) fn drawn(self, random: &mut Random) -> Self {
        let (mut rows, mut left) = (self.rows(), self.rows());
        let mut next = |own: u64| {
            let count = random.binomial(rows, own as f64 / left.max(1) as f64);
            rows -= count;
            left -= own;
            count
        };
        Self {
            true_negatives: next(self.true_negatives),
            false_positives: next(self.false_positives),
            false_negatives: next(self.false_negatives),
            true_positives: next(self.true_positives),
        }
    }
}

/// A rate as a count over a count.
pub(super) type Rate = fn(&Cells) -> (u64, u64);

fn selection(cells: &Cells) -> (u64, u64) {
    (cells.false_positives + cells.true_positives, cells.rows())
}

fn true_positive(cells: &Cells) -> (u64, u64) {
    (cells.true_positives, cells.true_positives + cells.false_negatives)
}

fn false_positive(cells: &Cells) -> (u64, u64) {
    (cells.false_positives, cells.false_positives + cells.true_negatives)
}

fn precision(cells: &Cells) -> (u64, u64) {
    (cells.true_positives, cells.true_positives + cells.false_positives)
}

impl Criterion {
    pub(super) fn rates(self) -> &'static [Rate] {
        match self {
            Self::DemographicParity => &[selection],
            Self::EqualOpportunity => &[true_positive],
            Self::EqualizedOdds => &[true_positive, false_positive],
            Self::PredictiveParity => &[precision],
        }
    }

    /// Which rows may change their group where the criterion holds: rows of the same stratum.
    fn stratum(self, is: bool, said: bool) -> Option<bool> {
        match self {
            Self::DemographicParity => Some(true),
            Self::EqualOpportunity => is.then_some(true),
            Self::EqualizedOdds => Some(is),
            Self::PredictiveParity => said.then_some(true),
        }
    }
}

/// What is known of a group; a rate without rows to take it from is undefined.
#[derive(Debug, Clone, PartialEq)]
pub struct GroupRates {
    /// The group.
    pub name: String,
    /// Its counts.
    pub cells: Cells,
    /// Whether it has the rows that an assessment asks for.
    pub is_sufficient: bool,
    /// The share that is predicted positive.
    pub selection: Option<f64>,
    /// The share of the positive that is found.
    pub true_positive: Option<f64>,
    /// The share of the negative that is taken for positive.
    pub false_positive: Option<f64>,
    /// The share of those predicted positive that are.
    pub precision: Option<f64>,
}

/// Binary predictions, by group.
#[derive(Debug, Clone)]
pub struct Assessment {
    names: Vec<String>,
    pub(super) cells: Vec<Cells>,
    minimum: usize,
    rows: Vec<(usize, bool, bool)>,
}

impl Assessment {
    /// Takes what is, what was said, and who belongs to which group. Groups of fewer than `minimum` rows
    /// ([`super::MINIMUM_ROWS`] is a good value) enter no comparison and are listed by [`Self::insufficient`].
    ///
    /// # Errors
    /// If there are no rows or the lengths differ.
    pub fn new(actual: &[bool], predicted: &[bool], groups: &Groups, minimum: usize) -> Result<Self> {
        same_rows("predicted", predicted.len(), actual.len())?;
        same_rows("groups", groups.of().len(), actual.len())?;
        let rows: Vec<(usize, bool, bool)> = groups
            .of()
            .iter()
            .zip(actual.iter().zip(predicted))
            .map(|(group, (is, said))| (*group, *is, *said))
            .collect();
        let cells = count(rows.iter().copied(), groups.names().len());
        Ok(Self { names: groups.names().to_vec(), cells, minimum, rows })
    }

    /// What is known of each group, the small ones included.
    #[must_use]
    pub fn by_group(&self) -> Vec<GroupRates> {
        let share = |(part, whole): (u64, u64)| (whole > 0).then(|| part as f64 / whole as f64);
        let of = |(name, cells): (&String, &Cells)| GroupRates {
            name: name.clone(),
            cells: *cells,
            is_sufficient: self.is_sufficient(cells),
            selection: share(selection(cells)),
            true_positive: share(true_positive(cells)),
            false_positive: share(false_positive(cells)),
            precision: share(precision(cells)),
        };
        self.names.iter().zip(&self.cells).map(of).collect()
    }

    /// The groups about which nothing can be said with this criterion: too few rows, or none that its rate is taken from.
    #[must_use]
    pub fn insufficient(&self, criterion: Criterion) -> Vec<&str> {
        let is_out = |cells: &Cells| !self.is_sufficient(cells) || !has(criterion, cells);
        self.names.iter().zip(&self.cells).filter(|(_, cells)| is_out(cells)).map(|(name, _)| name.as_str()).collect()
    }

    /// The largest difference.
    ///
    /// # Errors
    /// Undefined if fewer than two groups are sufficient.
    pub fn difference(&self, criterion: Criterion, against: Against) -> Result<f64> {
        let used = self.used(criterion)?;
        Ok(largest_difference(&used, criterion, against))
    }

    /// The smallest ratio, `0..=1`, the smaller rate over the larger.
    ///
    /// # Errors
    /// Undefined if fewer than two groups are sufficient, or if a rate is zero in all of them.
    pub fn ratio(&self, criterion: Criterion, against: Against) -> Result<f64> {
        let used = self.used(criterion)?;
        let mut least = 1.0_f64;
        for rate in criterion.rates() {
            let shares = shares(&used, *rate);
            let overall = overall(&used, *rate);
            let most = shares.iter().copied().fold(0.0, f64::max);
            if most <= 0.0 {
                return Err(Error::Undefined { what: "the ratio", why: "the rate is zero in every group" });
            }
            for own in shares {
                let other = if against == Against::Overall { overall } else { most };
                least = least.min(if own < other { own / other } else { other / own });
            }
        }
        Ok(least)
    }

    /// The selection rate of each sufficient group over that of the `privileged` one: disparate impact with its direction.
    ///
    /// # Errors
    /// If there is no such sufficient group; undefined if nobody is selected in it.
    pub fn disparate_impact(&self, privileged: &str) -> Result<Vec<(String, f64)>> {
        let groups: Vec<(&String, f64)> = self
            .names
            .iter()
            .zip(&self.cells)
            .filter(|(_, cells)| self.is_sufficient(cells) && cells.rows() > 0)
            .map(|(name, cells)| (name, selection(cells).0 as f64 / cells.rows() as f64))
            .collect();
        let Some((_, base)) = groups.iter().find(|(name, _)| *name == privileged) else {
            return Err(Error::Setting { what: "privileged", allowed: "the name of a group with enough rows" });
        };
        if *base <= 0.0 {
            return Err(Error::Undefined {
                what: "disparate impact",
                why: "nobody of the privileged group is selected",
            });
        }
        Ok(groups.iter().map(|(name, rate)| ((*name).clone(), rate / base)).collect())
    }

    /// The chance of a difference at least as large where the criterion holds: groups are dealt out anew among rows that the
    /// criterion treats alike (all, the positive, those of the same class, or those predicted positive).
    ///
    /// # Errors
    /// As [`Self::difference`], or if `rounds` is not in `1..=1000000`.
    pub fn permutation_p(&self, criterion: Criterion, rounds: usize, random: &mut Random) -> Result<f64> {
        if !(1..=1_000_000).contains(&rounds) {
            return Err(Error::Setting { what: "rounds", allowed: "between 1 and 1000000" });
        }
        let observed = self.difference(criterion, Against::EachOther)?;
        let in_use = |group: usize| {
            self.cells.get(group).is_some_and(|cells| self.is_sufficient(cells) && has(criterion, cells))
        };
        let (mut moving, mut fixed) = ([Vec::new(), Vec::new()], Vec::new());
        for (group, is, said) in self.rows.iter().copied().filter(|(group, ..)| in_use(*group)) {
            match criterion.stratum(is, said) {
                Some(true) => moving[0].push((group, is, said)),
                Some(false) => moving[1].push((group, is, said)),
                None => fixed.push((group, is, said)),
            }
        }
        let mut owners: Vec<Vec<usize>> =
            moving.iter().map(|rows| rows.iter().map(|(group, ..)| *group).collect()).collect();
        let mut extreme = 0;
        for _ in 0..rounds {
            owners.iter_mut().for_each(|owners| random.shuffle(owners));
            let dealt =
                moving.iter().flatten().zip(owners.iter().flatten()).map(|((_, is, said), group)| (*group, *is, *said));
            let cells = count(fixed.iter().copied().chain(dealt), self.names.len());
            let used: Vec<Cells> =
                cells.into_iter().filter(|cells| cells.rows() > 0 && has(criterion, cells)).collect();
            extreme += usize::from(largest_difference(&used, criterion, Against::EachOther) >= observed - 1e-12);
        }
        Ok(permutation_p(extreme, rounds))
    }

    fn is_sufficient(&self, cells: &Cells) -> bool {
        cells.rows() >= self.minimum as u64
    }

    pub(super) fn used(&self, criterion: Criterion) -> Result<Vec<Cells>> {
        let used: Vec<Cells> =
            self.cells.iter().copied().filter(|cells| self.is_sufficient(cells) && has(criterion, cells)).collect();
        if used.len() < 2 {
            return Err(Error::Undefined {
                what: "a difference between groups",
                why: "fewer than two have enough rows",
            });
        }
        Ok(used)
    }
}

fn has(criterion: Criterion, cells: &Cells) -> bool {
    criterion.rates().iter().all(|rate| rate(cells).1 > 0)
}

fn count(rows: impl Iterator<Item = (usize, bool, bool)>, groups: usize) -> Vec<Cells> {
    let mut cells = vec![Cells::default(); groups];
    for (group, is, said) in rows {
        if let Some(cells) = cells.get_mut(group) {
            cells.add(is, said);
        }
    }
    cells
}

fn shares(used: &[Cells], rate: Rate) -> Vec<f64> {
    used.iter().map(rate).map(|(part, whole)| part as f64 / whole as f64).collect()
}

/// Of the groups in use together.
pub(super) fn overall(used: &[Cells], rate: Rate) -> f64 {
    let (part, whole) = rate(&used.iter().fold(Cells::default(), |sum, cells| sum.plus(*cells)));
    part as f64 / whole as f64
}

fn largest_difference(used: &[Cells], criterion: Criterion, against: Against) -> f64 {
    let of = |rate: &Rate| {
        let shares = shares(used, *rate);
        match against {
            Against::EachOther => {
                let most = shares.iter().copied().fold(0.0, f64::max);
                most - shares.iter().copied().fold(most, f64::min)
            }
            Against::Overall => {
                let overall = overall(used, *rate);
                shares.iter().map(|share| (share - overall).abs()).fold(0.0, f64::max)
            }
        }
    };
    criterion.rates().iter().map(of).fold(0.0, f64::max)
}
