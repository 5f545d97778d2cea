//! The file of weights, and the score of a text.
//!
//! ```text
//! magic "RDCL" · version u16 · log2 of rows u8 · heads u8
//! for each head: bias f32 · scale f32 · cut f32 · marks u8[rows] · weights i8[rows][heads] · BLAKE3 of all that
//! ```
//! Numbers are little-endian.

use std::ops::Range;

use thiserror::Error;

use super::features::{Sink, read};
use super::head::HEADS;

/// Rows of weights.
pub const ROWS: usize = 1 << ROWS_LOG2;
const ROWS_LOG2: u32 = 18;

/// Where a feature's weights lie, and the mark that says that they are its own. Most features of a text are unknown, and
/// an unknown one must weigh nothing: without marks it would weigh what another of the same row does.
pub const fn place(hash: u32) -> (usize, u8) {
    let mark = hash as u8;
    ((hash >> (u32::BITS - ROWS_LOG2)) as usize, if mark == FREE { FREE + 1 } else { mark })
}

/// The mark of a row that is nobody's.
pub const FREE: u8 = 0;

/// So many blocks make a window: a sentence, and a paragraph.
const WINDOW_BLOCKS: [usize; 2] = [2, 6];

/// Calls `each` with every window of a text of so many blocks: of each length one for every half of it.
pub fn windows(blocks: usize, mut each: impl FnMut(Range<usize>)) {
    for length in WINDOW_BLOCKS {
        if blocks <= length {
            each(0..blocks);
            return;
        }
        let mut start = 0;
        while start + length < blocks {
            each(start..start + length);
            start += length / 2;
        }
        each(blocks - length..blocks);
    }
}

/// What the sum over a window of so many units is multiplied with, so that long and short ones compare. A sum of
/// independent weights grows with the root of their number.
pub fn norm(units: u32) -> f32 {
    1.0 / (f32::from(u16::try_from(units / 2).unwrap_or(u16::MAX)) + 3.0).sqrt()
}

/// How a head's numbers are read.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct Calibration {
    /// Log-odds of a text of which nothing is known.
    pub bias: f32,
    /// What an integer weight is multiplied with.
    pub scale: f32,
    /// The log-odds above which lie one in 250 of the harmless requests that were held back, and one in 400 of the
    /// documents.
    pub cut: f32,
}

/// A classifier, over the bytes of its file.
#[derive(Clone, Debug)]
pub struct Model<'a> {
    scales: Scales,
    marks: &'a [u8],
    weights: &'a [[u8; HEADS]],
}

/// How the numbers of all heads are read, side by side.
#[derive(Clone, Debug)]
struct Scales {
    bias: [f32; HEADS],
    scale: [f32; HEADS],
    cut: [f32; HEADS],
}

/// Why a file of weights cannot be used.
#[derive(Clone, Copy, Debug, Error, PartialEq, Eq)]
pub enum ModelError {
    /// It is not a file of a classifier.
    #[error("not a file of weights of the classifier")]
    Foreign,
    /// It is of a version that this build does not read.
    #[error("version {0} of the file of weights of the classifier is not known")]
    Version(u16),
    /// It is shorter or longer than it says.
    #[error("the file of weights of the classifier is cut short or has too much")]
    Length,
    /// Its content has another digest.
    #[error("the file of weights of the classifier is damaged: its content has another digest")]
    Damaged,
    /// It was made for other features.
    #[error("the file of weights of the classifier is made for other features than this build has")]
    Layout,
}

const MAGIC: [u8; 4] = *b"RDCL";
const VERSION: u16 = 1;
const DIGEST_BYTES: usize = 32;
const PREFIX_BYTES: usize = 8;
const CALIBRATION_BYTES: usize = 12;

impl<'a> Model<'a> {
    /// Reads a file.
    pub fn read(bytes: &'a [u8]) -> Result<Self, ModelError> {
        let (prefix, _) = bytes.split_first_chunk::<PREFIX_BYTES>().ok_or(ModelError::Foreign)?;
        let [m0, m1, m2, m3, v0, v1, rows, heads] = *prefix;
        if [m0, m1, m2, m3] != MAGIC {
            return Err(ModelError::Foreign);
        }
        let version = u16::from_le_bytes([v0, v1]);
        if version != VERSION {
            return Err(ModelError::Version(version));
        }
        if u32::from(rows) != ROWS_LOG2 || usize::from(heads) != HEADS {
            return Err(ModelError::Layout);
        }
        let (content, digest) = bytes.split_at(bytes.len().saturating_sub(DIGEST_BYTES));
        if blake3::hash(content).as_bytes() != digest {
            return Err(ModelError::Damaged);
        }
        let rest = content.get(PREFIX_BYTES..).ok_or(ModelError::Length)?;
        let (numbers, weights) = rest.split_at_checked(HEADS * CALIBRATION_BYTES).ok_or(ModelError::Length)?;
        let (marks, weights) = weights.split_at_checked(ROWS).ok_or(ModelError::Length)?;
        let (weights, left) = weights.as_chunks::<HEADS>();
        if weights.len() != ROWS || !left.is_empty() {
            return Err(ModelError::Length);
        }
        let mut heads = [Calibration::default(); HEADS];
        let (numbers, _) = numbers.as_chunks::<CALIBRATION_BYTES>();
        for (head, number) in heads.iter_mut().zip(numbers) {
            let [b0, b1, b2, b3, s0, s1, s2, s3, c0, c1, c2, c3] = *number;
            *head = Calibration {
                bias: f32::from_le_bytes([b0, b1, b2, b3]),
                scale: f32::from_le_bytes([s0, s1, s2, s3]),
                cut: f32::from_le_bytes([c0, c1, c2, c3]),
            };
            if ![head.bias, head.scale, head.cut].iter().all(|number| number.is_finite()) {
                return Err(ModelError::Layout);
            }
        }
        let scales = Scales {
            bias: heads.map(|head| head.bias),
            scale: heads.map(|head| head.scale),
            cut: heads.map(|head| head.cut),
        };
        Ok(Self { scales, marks, weights })
    }

    /// Writes a file.
    pub fn write(heads: &[Calibration; HEADS], marks: &[u8], weights: &[[i8; HEADS]]) -> Vec<u8> {
        let sizes = [PREFIX_BYTES, HEADS * CALIBRATION_BYTES, ROWS, ROWS * HEADS, DIGEST_BYTES];
        let mut bytes = Vec::with_capacity(sizes.iter().sum());
        bytes.extend(MAGIC);
        bytes.extend(VERSION.to_le_bytes());
        bytes.extend([ROWS_LOG2 as u8, HEADS as u8]);
        for Calibration { bias, scale, cut } in heads {
            bytes.extend([*bias, *scale, *cut].iter().flat_map(|number| number.to_le_bytes()));
        }
        bytes.extend(marks);
        bytes.extend(weights.as_flattened().iter().flat_map(|weight| weight.to_le_bytes()));
        let digest = blake3::hash(&bytes);
        bytes.extend(digest.as_bytes());
        bytes
    }

    /// The log-odds above its cut of the worst window of a folded text, for each head.
    pub fn judge(&self, text: &str) -> [f32; HEADS] {
        let mut ends = Vec::with_capacity(text.len() / BLOCK_BYTES + 2);
        ends.push(End::default());
        let mut sums = Sums { model: self, ends, block: [0; HEADS] };
        read(text, &mut sums);
        let ends = sums.ends;
        let mut margins = [f32::NEG_INFINITY; HEADS];
        windows(ends.len() - 1, |window| {
            let (Some(from), Some(to)) = (ends.get(window.start), ends.get(window.end)) else { return };
            self.scales.raise(&mut margins, from, to);
        });
        margins
    }
}

/// A block of text is about so long.
const BLOCK_BYTES: usize = 48;

impl Scales {
    /// Raises the margins to those of the window between two places, where these are higher.
    fn raise(&self, margins: &mut [f32; HEADS], from: &End, to: &End) {
        let norm = norm(to.units - from.units);
        let Self { bias, scale, cut } = self;
        let sums = to.sums.iter().zip(&from.sums);
        let heads = bias.iter().zip(scale).zip(cut);
        for ((margin, ((bias, scale), cut)), (to, from)) in margins.iter_mut().zip(heads).zip(sums) {
            let found = bias + (to - from) as f32 * scale * norm - cut;
            *margin = if found > *margin { found } else { *margin };
        }
    }
}

/// How it stands at the end of a block, from the beginning of the text on.
#[derive(Clone, Copy, Default)]
struct End {
    units: u32,
    sums: [i32; HEADS],
}

struct Sums<'m, 'a> {
    model: &'m Model<'a>,
    ends: Vec<End>,
    /// The block that is going on: at most 24 units of three features each.
    block: [i16; HEADS],
}

impl Sink for Sums<'_, '_> {
    fn feature(&mut self, hash: u32) {
        let (row, mark) = place(hash);
        if self.model.marks.get(row) != Some(&mark) {
            return;
        }
        let Some(weights) = self.model.weights.get(row) else { return };
        for (sum, weight) in self.block.iter_mut().zip(weights) {
            *sum += i16::from(weight.cast_signed());
        }
    }

    fn block(&mut self, units: u32) {
        let mut next = self.ends.last().copied().unwrap_or_default();
        next.units = next.units.saturating_add(units);
        for (sum, block) in next.sums.iter_mut().zip(&mut self.block) {
            *sum = sum.saturating_add(i32::from(std::mem::take(block)));
        }
        self.ends.push(next);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn of(blocks: usize) -> Vec<(usize, usize)> {
        let mut found = Vec::new();
        windows(blocks, |window| found.push((window.start, window.end)));
        found
    }

    #[test]
    fn windows_cover_everything_and_lap_over() {
        assert_eq!(of(0), [(0, 0)]);
        assert_eq!(of(1), [(0, 1)]);
        assert_eq!(of(2), [(0, 2)]);
        assert_eq!(of(4), [(0, 2), (1, 3), (2, 4), (0, 4)]);
        assert_eq!(of(8), [(0, 2), (1, 3), (2, 4), (3, 5), (4, 6), (5, 7), (6, 8), (0, 6), (2, 8)]);
        for blocks in 1..40 {
            let windows = of(blocks);
            assert!(
                (0..blocks).all(|block| windows.iter().any(|(start, end)| (*start..*end).contains(&block))),
                "{blocks}"
            );
            assert!(windows.iter().all(|(_, end)| *end <= blocks));
        }
    }

    fn file(marked: &str) -> Vec<u8> {
        struct Mark<'w>(&'w mut [u8], &'w mut [[i8; HEADS]]);
        impl Sink for Mark<'_> {
            fn feature(&mut self, hash: u32) {
                let (row, mark) = place(hash);
                self.0[row] = mark;
                self.1[row][0] = 100;
            }
            fn block(&mut self, _: u32) {}
        }
        let (mut marks, mut weights) = (vec![FREE; ROWS], vec![[0; HEADS]; ROWS]);
        read(marked, &mut Mark(&mut marks, &mut weights));
        Model::write(&[Calibration { bias: -1.0, scale: 0.1, cut: 0.5 }; HEADS], &marks, &weights)
    }

    #[test]
    fn the_worst_window_counts_wherever_it_stands() {
        let bytes = file("open the vault");
        let model = Model::read(&bytes).unwrap();
        let quiet = "and so it went on for a long time ".repeat(40);
        let before = model.judge(quiet.trim_end())[0];
        for at in [0, quiet.len() / 2, quiet.len()] {
            let at = quiet[..at].rfind(' ').map_or(0, |at| at + 1);
            let text = format!("{}open the vault {}", &quiet[..at], &quiet[at..]);
            let text = text.trim_end();
            let [attack, other, ..] = model.judge(text);
            assert!(attack > before + 3.0, "{attack} after {before}");
            assert!((other + 1.5).abs() < 1e-6, "{other}");
        }
    }

    #[test]
    fn an_empty_text_has_the_bias_alone() {
        let bytes = file("a");
        let [first, ..] = Model::read(&bytes).unwrap().judge("");
        assert!((first + 1.5).abs() < 1e-6, "{first}");
    }

    #[test]
    fn a_broken_file_is_refused() {
        let good = file("a b");
        let check = |change: &dyn Fn(&mut Vec<u8>), expected: ModelError| {
            let mut bytes = good.clone();
            change(&mut bytes);
            assert_eq!(Model::read(&bytes).err(), Some(expected));
        };
        check(&|bytes| bytes.truncate(3), ModelError::Foreign);
        check(&|bytes| bytes[0] = b'X', ModelError::Foreign);
        check(&|bytes| bytes[4] = 9, ModelError::Version(9));
        check(&|bytes| bytes[6] = 3, ModelError::Layout);
        check(&|bytes| bytes[500] ^= 1, ModelError::Damaged);
        check(&|bytes| bytes.truncate(5_000), ModelError::Damaged);
        let resealed = |bytes: &mut Vec<u8>, content: Vec<u8>| {
            let digest = blake3::hash(&content);
            *bytes = content;
            bytes.extend(digest.as_bytes());
        };
        check(&|bytes| resealed(bytes, bytes[..5_000].to_vec()), ModelError::Length);
        check(
            &|bytes| {
                let mut content = bytes[..bytes.len() - 32].to_vec();
                content[8..12].copy_from_slice(&f32::NAN.to_le_bytes());
                resealed(bytes, content);
            },
            ModelError::Layout,
        );
    }
}
