//! The file of weights.
//!
//! ```text
//! magic "RDNM" · version u16 · log2 of buckets u8 · labels u8 · scale f32 · table entries u32
//! transitions f32[labels + 1][labels] · table · rows [mark u8, weights i8[labels - 1]][buckets] · BLAKE3 of all that
//! ```
//! Numbers are little-endian. A row belongs to one value of a feature, and its mark tells which: of two values with the
//! same row the rarer one has no weights. The first label, nothing, has none either, as only differences count.

use thiserror::Error;

use super::features::{BUCKETS, features, mark_of, row_of};
use super::field::{Emissions, Field, LABELS, Label, Odds};
use super::known::{ENTRY_BYTES, Known, Table};
use super::run::{Run, each_run, runs};
use super::token::Shape;

/// A tagger, over the bytes of its file.
#[derive(Clone, Debug)]
pub struct Model<'a> {
    table: Table<'a>,
    field: Field,
    odds: Odds,
    weights: &'a [[u8; LABELS]],
    scale: f32,
    /// By how much every word of a run must look like none of a name for the field to say so without more ado.
    lead: f32,
}

/// Why a file of weights cannot be used.
#[derive(Clone, Copy, Debug, Error, PartialEq, Eq)]
pub enum ModelError {
    /// It is not a file of weights for names.
    #[error("not a file of weights for names")]
    Foreign,
    /// It is of a version that this build does not read.
    #[error("version {0} of the file of weights for names is not known")]
    Version(u16),
    /// It is shorter or longer than it says.
    #[error("the file of weights for names is cut short or has too much")]
    Length,
    /// Its content has another digest.
    #[error("the file of weights for names is damaged: its content has another digest")]
    Damaged,
    /// It was made for other features.
    #[error("the file of weights for names is made for other features than this build has")]
    Layout,
}

const MAGIC: [u8; 4] = *b"RDNM";
const VERSION: u16 = 2;
const DIGEST_BYTES: usize = 32;
const HEAD_BYTES: usize = 16;
const FIELD_BYTES: usize = (LABELS + 1) * LABELS * 4;

/// A name that was found.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Name {
    /// Where it begins, in bytes of the text.
    pub start: usize,
    /// Where it ends.
    pub end: usize,
    /// What it names: one of the labels that begin a name, or [`Label::Other`] for a people.
    pub label: Label,
    /// How likely it is.
    pub score: f32,
}

impl<'a> Model<'a> {
    /// Reads a file.
    pub fn read(bytes: &'a [u8]) -> Result<Self, ModelError> {
        let (head, _) = bytes.split_first_chunk::<HEAD_BYTES>().ok_or(ModelError::Foreign)?;
        let [m0, m1, m2, m3, v0, v1, bits, labels, s0, s1, s2, s3, e0, e1, e2, e3] = *head;
        if [m0, m1, m2, m3] != MAGIC {
            return Err(ModelError::Foreign);
        }
        let version = u16::from_le_bytes([v0, v1]);
        if version != VERSION {
            return Err(ModelError::Version(version));
        }
        if 1_usize.checked_shl(u32::from(bits)) != Some(BUCKETS) || usize::from(labels) != LABELS {
            return Err(ModelError::Layout);
        }
        let table_bytes = usize::try_from(u32::from_le_bytes([e0, e1, e2, e3])).unwrap_or(usize::MAX);
        let table_bytes = table_bytes.checked_mul(ENTRY_BYTES).ok_or(ModelError::Length)?;
        let (content, digest) = bytes.split_at(bytes.len().saturating_sub(DIGEST_BYTES));
        if blake3::hash(content).as_bytes() != digest {
            return Err(ModelError::Damaged);
        }
        let rest = content.get(HEAD_BYTES..).ok_or(ModelError::Length)?;
        let (field, rest) = rest.split_at_checked(FIELD_BYTES).ok_or(ModelError::Length)?;
        let (table, weights) = rest.split_at_checked(table_bytes).ok_or(ModelError::Length)?;
        let (weights, left) = weights.as_chunks::<LABELS>();
        if weights.len() != BUCKETS || !left.is_empty() {
            return Err(ModelError::Length);
        }
        let table = Table::new(table).ok_or(ModelError::Layout)?;
        let scale = f32::from_le_bytes([s0, s1, s2, s3]);
        let mut transitions = Field::default().transitions;
        let (numbers, _) = field.as_chunks::<4>();
        for (to, from) in transitions.as_flattened_mut().iter_mut().zip(numbers) {
            *to = f32::from_le_bytes(*from);
        }
        if !scale.is_finite() || transitions.as_flattened().iter().any(|weight| !weight.is_finite()) {
            return Err(ModelError::Layout);
        }
        let field = Field { transitions };
        let (lead, odds) = (field.lead(), field.odds());
        Ok(Self { table, field, odds, weights, scale, lead })
    }

    /// Writes a file. The first number of a row is its mark.
    pub fn write(field: &Field, table: &[u8], weights: &[[u8; LABELS]], scale: f32) -> Vec<u8> {
        let mut bytes =
            Vec::with_capacity(HEAD_BYTES + FIELD_BYTES + table.len() + weights.len() * LABELS + DIGEST_BYTES);
        bytes.extend(MAGIC);
        bytes.extend(VERSION.to_le_bytes());
        bytes.extend([BUCKETS.ilog2() as u8, LABELS as u8]);
        bytes.extend(scale.to_le_bytes());
        bytes.extend(((table.len() / ENTRY_BYTES) as u32).to_le_bytes());
        bytes.extend(field.transitions.as_flattened().iter().flat_map(|weight| weight.to_le_bytes()));
        bytes.extend(table);
        bytes.extend(weights.as_flattened());
        let digest = blake3::hash(&bytes);
        bytes.extend(digest.as_bytes());
        bytes
    }

    /// What is known of words.
    pub fn table(&self) -> &Table<'a> {
        &self.table
    }

    /// Shows every name of a text, those of each run in order; and says from which byte on more text might change that.
    pub fn names(&self, text: &str, mut show: impl FnMut(Name)) -> usize {
        let mut reader = Reader::default();
        runs(text, &self.table, |run| reader.read(self, text, run, &mut show))
    }

    /// Shows every name of a text.
    pub fn each_name(&self, text: &str, mut show: impl FnMut(Name)) {
        let mut reader = Reader::default();
        each_run(text, &self.table, |run| reader.read(self, text, run, &mut show));
    }

    fn emission(&self, text: &str, run: &Run<'_>, at: usize) -> Emissions {
        // Four labels side by side in a number, sixteen bits for each: far more than all features together need. So that
        // no sum is below zero, each weight is taken with half of its range.
        const HALF: i32 = 1 << 7;
        const HALVES: u64 = 0x8080_8080_8080_8000;
        const LANES: u64 = 0x00ff_00ff_00ff_00ff;
        let (mut even, mut odd, mut count) = (0_u64, 0_u64, 0);
        for feature in features(text, run, at) {
            let Some(row) = self.weights.get(row_of(feature)) else { continue };
            let row = u64::from_le_bytes(*row);
            // Many a row is another value's: to take nothing is quicker than a jump that cannot be foreseen.
            let is_own = u64::from(row as u8 == mark_of(feature));
            let row = (row ^ HALVES) & is_own.wrapping_neg();
            even += row & LANES;
            odd += row >> 8 & LANES;
            count += is_own as i32;
        }
        let sum = |lanes: u64, lane: u32| ((lanes >> (16 * lane)) as u16 as i32 - HALF * count) as f32 * self.scale;
        let mut emissions = [0.0; LABELS];
        for (lane, pair) in (0..).zip(emissions.as_chunks_mut::<2>().0) {
            *pair = [sum(even, lane), sum(odd, lane)];
        }
        // Where the mark of a row is, nothing's weight would be.
        let [outside, ..] = &mut emissions;
        *outside = 0.0;
        emissions
    }
}

/// Reads run after run.
#[derive(Default)]
struct Reader {
    emissions: Vec<Emissions>,
    labels: Vec<Label>,
    likely: Vec<Emissions>,
}

impl Reader {
    fn read(&mut self, model: &Model<'_>, text: &str, run: &Run<'_>, show: &mut impl FnMut(Name)) {
        let Self { emissions, labels, likely } = self;
        emissions.clear();
        emissions.extend((run.from..run.to).map(|at| model.emission(text, run, at)));
        if emissions.iter().all(|emission| is_outside(emission, model.lead)) {
            labels.clear();
            labels.resize(emissions.len(), Label::Outside);
        } else {
            model.field.decode(emissions, labels);
        }
        small_peoples(run, labels);
        if labels.iter().any(|label| !matches!(label, Label::Outside | Label::Other)) {
            model.odds.marginals(emissions, likely);
            collect(run, labels, likely, show);
        }
        peoples(run, labels, show);
    }
}

/// Whether a word is of no name by more than so much.
fn is_outside(emission: &Emissions, lead: f32) -> bool {
    let [outside, others @ ..] = emission;
    others.iter().all(|other| outside - other > lead)
}

/// A people's name in small letters, alone, is nobody else's: `some bolivians`.
fn small_peoples(run: &Run<'_>, labels: &mut [Label]) {
    for at in 0..labels.len() {
        let is_alone = labels.get(at + 1).is_none_or(|next| next.may_follow(None));
        let is_people = run
            .looks
            .get(run.from + at)
            .is_some_and(|look| look.token.shape == Shape::Lower && look.known.any(Known::DEMONYM));
        if let Some(label) = labels.get_mut(at).filter(|label| is_people && is_alone && label.may_follow(None)) {
            *label = Label::Outside;
        }
    }
}

/// Shows what the list knows as the name of a people, a faith or a party, and the field as nothing else.
fn peoples(run: &Run<'_>, labels: &[Label], show: &mut impl FnMut(Name)) {
    const SCORE: f32 = 0.7;
    for (look, label) in run.looks.iter().skip(run.from).zip(labels) {
        // Those that are no other word are told without a capital too.
        let is_told = look.token.shape != Shape::Lower || look.known.any(Known::FAMILIAR);
        let is_people = look.known.any(Known::DEMONYM) && is_told;
        if is_people && matches!(label, Label::Outside | Label::Other) {
            show(Name { start: look.token.start, end: look.token.end, label: Label::Other, score: SCORE });
        }
    }
}

/// Turns the labels of a run into names.
fn collect(run: &Run<'_>, labels: &[Label], likely: &[Emissions], show: &mut impl FnMut(Name)) {
    let mut name: Option<Name> = None;
    let mut is_part = false;
    for ((look, label), likely) in run.looks.iter().skip(run.from).zip(labels).zip(likely) {
        // What is longer than a word is read in parts, and no part is a name.
        is_part = look.token.is_part() || (is_part && !look.token.is_spaced);
        let label = if is_part { Label::Outside } else { *label };
        let both = |one: Label, two: Label| {
            likely.get(one as usize).unwrap_or(&0.0) + likely.get(two as usize).unwrap_or(&0.0)
        };
        let (begin, is_first, share) = match label {
            Label::Outside | Label::Other => {
                name.take().into_iter().for_each(&mut *show);
                continue;
            }
            Label::PersonBegin | Label::PersonInside => {
                (Label::PersonBegin, label == Label::PersonBegin, both(Label::PersonBegin, Label::PersonInside))
            }
            Label::PlaceBegin | Label::PlaceInside => {
                (Label::PlaceBegin, label == Label::PlaceBegin, both(Label::PlaceBegin, Label::PlaceInside))
            }
            Label::OrganisationBegin | Label::OrganisationInside => (
                Label::OrganisationBegin,
                label == Label::OrganisationBegin,
                both(Label::OrganisationBegin, Label::OrganisationInside),
            ),
        };
        match &mut name {
            Some(name) if !is_first => {
                name.end = look.token.end;
                name.score = name.score.min(share);
            }
            _ => {
                name.take().into_iter().for_each(&mut *show);
                name = Some(Name { start: look.token.start, end: look.token.end, label: begin, score: share });
            }
        }
    }
    name.into_iter().for_each(show);
}

#[cfg(test)]
mod tests {
    use super::*;

    fn file() -> Vec<u8> {
        let weights = vec![[0; LABELS]; BUCKETS];
        Model::write(&Field::default(), &Table::build(&[]), &weights, 0.1)
    }

    #[test]
    fn what_is_written_is_read() {
        let file = file();
        let model = Model::read(&file).unwrap();
        assert_eq!(model.names("Anna saw Bob. ", |name| panic!("{name:?}")), 9);
    }

    #[test]
    fn a_broken_file_is_an_error() {
        let whole = file();
        assert_eq!(Model::read(&[]).unwrap_err(), ModelError::Foreign);
        assert_eq!(Model::read(b"GIF89a..............").unwrap_err(), ModelError::Foreign);
        for cut in [17, 40, 400, whole.len() - 1] {
            assert!(matches!(Model::read(&whole[..cut]), Err(ModelError::Damaged | ModelError::Length)), "{cut}");
        }
        let with = |at: usize, byte: u8| {
            let mut file = whole.clone();
            file[at] = byte;
            Model::read(&file).unwrap_err()
        };
        assert_eq!(with(4, 9), ModelError::Version(9));
        assert_eq!(with(6, 16), ModelError::Layout);
        assert_eq!(with(6, 200), ModelError::Layout);
        assert_eq!(with(7, 7), ModelError::Layout);
        assert_eq!(with(20, 1), ModelError::Damaged);
        let mut resealed = whole[..whole.len() - DIGEST_BYTES - 8].to_vec();
        let digest = blake3::hash(&resealed);
        resealed.extend(digest.as_bytes());
        assert_eq!(Model::read(&resealed).unwrap_err(), ModelError::Length);
    }
}
