//! The conditional random field: from weights of features and of neighbouring labels to labels.

/// What a token is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[repr(u8)]
pub enum Label {
    /// Nothing.
    Outside,
    /// The first word of a person's name.
    PersonBegin,
    /// A further word of it.
    PersonInside,
    /// The first word of a place's name.
    PlaceBegin,
    /// A further word of it.
    PlaceInside,
    /// The first word of an organisation's name.
    OrganisationBegin,
    /// A further word of it.
    OrganisationInside,
    /// Some other name: a product, a work, a people.
    Other,
}

impl Label {
    /// Every label by its number.
    pub const ALL: [Self; LABELS] = [
        Self::Outside,
        Self::PersonBegin,
        Self::PersonInside,
        Self::PlaceBegin,
        Self::PlaceInside,
        Self::OrganisationBegin,
        Self::OrganisationInside,
        Self::Other,
    ];

    /// Whether it may follow `before`, or stand first.
    pub fn may_follow(self, before: Option<Self>) -> bool {
        match self {
            Self::PersonInside => matches!(before, Some(Self::PersonBegin | Self::PersonInside)),
            Self::PlaceInside => matches!(before, Some(Self::PlaceBegin | Self::PlaceInside)),
            Self::OrganisationInside => matches!(before, Some(Self::OrganisationBegin | Self::OrganisationInside)),
            Self::Outside | Self::PersonBegin | Self::PlaceBegin | Self::OrganisationBegin | Self::Other => true,
        }
    }
}

/// How many labels there are.
pub const LABELS: usize = 8;
/// The row of [`Field::transitions`] for the first token.
pub const START: usize = LABELS;
/// What a sum gets for what cannot be.
const NEVER: f32 = -1e4;

/// The scores of each label for one token.
pub type Emissions = [f32; LABELS];

/// The weights of neighbouring labels.
#[derive(Clone, Debug, PartialEq)]
pub struct Field {
    /// `transitions[before][after]`; the last row is for the first token.
    pub transitions: [[f32; LABELS]; LABELS + 1],
}

/// A field's weights as odds, so that they are raised to powers once and not for each run.
#[derive(Clone, Debug)]
pub struct Odds {
    /// `before[before][after]`, as [`Field::transitions`].
    before: [[f32; LABELS]; LABELS + 1],
    /// `after[after][before]`.
    after: [[f32; LABELS]; LABELS],
}

impl Default for Field {
    fn default() -> Self {
        let mut transitions = [[0.0; LABELS]; LABELS + 1];
        for (before, row) in transitions.iter_mut().enumerate() {
            for (weight, label) in row.iter_mut().zip(Label::ALL) {
                if !label.may_follow(Label::ALL.get(before).copied()) {
                    *weight = NEVER;
                }
            }
        }
        Self { transitions }
    }
}

impl Field {
    /// By how much [`Label::Outside`] must surpass every other label of every token of a run for the likeliest labels
    /// to be nothing else: what weights of neighbouring labels can make up for. So many other labels in a row have
    /// one more transition than there are of them.
    pub fn lead(&self) -> f32 {
        let outside = |row: usize| self.transitions.get(row).and_then(|row| row.first()).copied().unwrap_or(NEVER);
        let most = self.transitions.as_flattened().iter().copied().fold(NEVER, f32::max);
        (2.0 * (most - outside(0).min(outside(START)))).max(0.0)
    }

    /// The likeliest labels of a run, by the algorithm of Viterbi.
    pub fn decode(&self, emissions: &[Emissions], labels: &mut Vec<Label>) {
        labels.clear();
        let mut back: Vec<[u8; LABELS]> = Vec::with_capacity(emissions.len());
        let mut best = [0.0; LABELS];
        for (place, emission) in emissions.iter().enumerate() {
            let mut from = [0_u8; LABELS];
            let mut next = [f32::MIN; LABELS];
            if place == 0 {
                next = *self.transitions.last().unwrap_or(&[NEVER; LABELS]);
            } else {
                // Label by label of the token before, so that all labels of this one are compared at once.
                for (before, (score, weights)) in (0_u8..).zip(best.iter().zip(&self.transitions)) {
                    for ((top, from), weight) in next.iter_mut().zip(&mut from).zip(weights) {
                        let score = score + weight;
                        *from = if score > *top { before } else { *from };
                        *top = if score > *top { score } else { *top };
                    }
                }
            }
            for (next, emission) in next.iter_mut().zip(emission) {
                *next += emission;
            }
            best = next;
            back.push(from);
        }
        let mut at = best
            .iter()
            .enumerate()
            .fold((0, f32::MIN), |top, (at, score)| if *score > top.1 { (at, *score) } else { top })
            .0;
        for from in back.iter().rev() {
            labels.push(Label::ALL.get(at).copied().unwrap_or(Label::Outside));
            at = from.get(at).copied().map_or(0, usize::from);
        }
        labels.reverse();
    }

    /// The weights as odds, for [`Odds::marginals`].
    pub fn odds(&self) -> Odds {
        let before = self.transitions.map(|row| row.map(f32::exp));
        let mut after = [[0.0; LABELS]; LABELS];
        for (from, row) in before.iter().take(LABELS).enumerate() {
            for (column, odds) in after.iter_mut().zip(row) {
                if let Some(place) = column.get_mut(from) {
                    *place = *odds;
                }
            }
        }
        Odds { before, after }
    }

    /// As [`Odds::marginals`], for weights that have just changed.
    pub fn marginals(&self, emissions: &[Emissions], likely: &mut Vec<Emissions>) -> f32 {
        self.odds().marginals(emissions, likely)
    }
}

impl Odds {
    /// How likely each label of each token is, by the forward-backward algorithm; and the logarithm of the sum
    /// over all labellings.
    pub fn marginals(&self, emissions: &[Emissions], likely: &mut Vec<Emissions>) -> f32 {
        likely.clear();
        let mut log_sum = 0.0;
        // Forward, each step scaled to sum to one.
        let mut before = [0.0; LABELS];
        let mut scaled: Vec<Emissions> = Vec::with_capacity(emissions.len());
        for (place, emission) in emissions.iter().enumerate() {
            let top = emission.iter().copied().fold(f32::MIN, f32::max);
            let odds = emission.map(|score| (score - top).exp());
            let mut next = [0.0; LABELS];
            if place == 0 {
                next = *self.before.last().unwrap_or(&next);
            } else {
                for (share, row) in before.iter().zip(&self.before) {
                    for (next, weight) in next.iter_mut().zip(row) {
                        *next += share * weight;
                    }
                }
            }
            for (next, odds) in next.iter_mut().zip(&odds) {
                *next *= odds;
            }
            let sum: f32 = next.iter().sum::<f32>().max(f32::MIN_POSITIVE);
            log_sum += sum.ln() + top;
            before = next.map(|share| share / sum);
            likely.push(before);
            scaled.push(odds);
        }
        // Backward, folded into the shares.
        let mut behind = [1.0; LABELS];
        for (likely, odds) in likely.iter_mut().zip(&scaled).rev() {
            let mut sum = 0.0;
            for (share, behind) in likely.iter_mut().zip(&behind) {
                *share *= behind;
                sum += *share;
            }
            let sum = sum.max(f32::MIN_POSITIVE);
            likely.iter_mut().for_each(|share| *share /= sum);
            let mut next = [0.0; LABELS];
            for ((column, odds), behind) in self.after.iter().zip(odds).zip(&behind) {
                for (next, weight) in next.iter_mut().zip(column) {
                    *next += weight * odds * behind;
                }
            }
            let sum: f32 = next.iter().sum::<f32>().max(f32::MIN_POSITIVE);
            behind = next.map(|share| share / sum);
        }
        log_sum
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn emission(label: Label, score: f32) -> Emissions {
        let mut emission = [0.0; LABELS];
        emission[label as usize] = score;
        emission
    }

    #[test]
    fn labels_follow_only_what_they_may() {
        let field = Field::default();
        let mut labels = Vec::new();
        field.decode(&[emission(Label::PersonInside, 9.0), emission(Label::PersonInside, 9.0)], &mut labels);
        assert_eq!(labels[1], Label::PersonInside);
        assert_eq!(labels[0], Label::PersonBegin);
        field.decode(&[], &mut labels);
        assert_eq!(labels, []);
    }

    #[test]
    fn what_leads_far_enough_is_outside() {
        let mut field = Field::default();
        for (at, weight) in
            field.transitions.as_flattened_mut().iter_mut().enumerate().filter(|(_, weight)| **weight == 0.0)
        {
            *weight = ((at * 5) % 7) as f32 * 0.4 - 1.0;
        }
        let lead = field.lead();
        let mut labels = Vec::new();
        for other in Label::ALL.into_iter().skip(1) {
            let mut emission = emission(Label::Outside, lead + 0.1);
            emission[other as usize] = 0.05;
            field.decode(&[emission; 4], &mut labels);
            assert_eq!(labels, [Label::Outside; 4], "{other:?}");
        }
    }

    #[test]
    fn marginals_agree_with_counting_every_labelling() {
        let mut field = Field::default();
        for (at, row) in field.transitions.iter_mut().enumerate() {
            for (to, weight) in row.iter_mut().enumerate().filter(|(_, weight)| **weight == 0.0) {
                *weight = ((at * 7 + to * 3) % 5) as f32 * 0.3 - 0.5;
            }
        }
        let emissions =
            [emission(Label::PersonBegin, 2.0), emission(Label::Other, 1.0), emission(Label::PlaceInside, 1.5)];
        let mut likely = Vec::new();
        let log_sum = field.marginals(&emissions, &mut likely);
        let (mut total, mut shares) = (0.0_f64, [[0.0_f64; LABELS]; 3]);
        for code in 0..LABELS.pow(3) {
            let labels = [code % 8, code / 8 % 8, code / 64];
            let mut score = 0.0_f64;
            let mut before = START;
            for (place, label) in labels.into_iter().enumerate() {
                score += f64::from(field.transitions[before][label] + emissions[place][label]);
                before = label;
            }
            total += score.exp();
            labels.into_iter().enumerate().for_each(|(place, label)| shares[place][label] += score.exp());
        }
        assert!((f64::from(log_sum) - total.ln()).abs() < 1e-3);
        for place in 0..3 {
            for label in 0..LABELS {
                assert!((f64::from(likely[place][label]) - shares[place][label] / total).abs() < 1e-4);
            }
        }
    }
}
