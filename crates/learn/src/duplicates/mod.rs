//! Texts that are nearly the same: MinHash (Broder 1997) with bands (Leskovec, Rajaraman and Ullman 2014, chapter 3), each
//! candidate then compared in full.

mod shingles;

pub use shingles::{Shingles, Unit};

use std::collections::HashMap;

use crate::error::{Error, Result};
use crate::random::Random;

/// Hashes of a signature.
const HASHES: usize = 128;
/// The chance to find a pair that is just as similar as asked is at least this.
const RECALL: f64 = 0.99;
/// Shingles that an index holds, eight bytes each.
const SHINGLES_MAX: usize = 200_000_000;
/// Pairs that are compared in full.
const COMPARED_MAX: u64 = 500_000_000;

/// Texts among which similar ones are found.
#[derive(Debug)]
pub struct Index {
    similarity: f64,
    rows_of_band: usize,
    seeds: Vec<u64>,
    kept: Vec<(usize, Shingles)>,
    /// For each band the places in `kept` by the hash of the band.
    buckets: Vec<HashMap<u64, Vec<usize>>>,
    shingles: usize,
    compared: u64,
}

/// A text that is similar to another.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Match {
    /// The number under which the other was put in.
    pub of: usize,
    /// Jaccard's index of their shingles, `similarity..=1`.
    pub similarity: f64,
}

impl Index {
    /// An empty one that finds texts whose shingles have at least this Jaccard index: all that are the same, and of those that
    /// are only just as similar 99 in 100 (which of them depends on `seed` alone).
    ///
    /// # Errors
    /// If `similarity` is not in `0.3..=1`: below, bands would hold nearly everything.
    pub fn new(similarity: f64, seed: u64) -> Result<Self> {
        if !(0.3..=1.0).contains(&similarity) {
            return Err(Error::Setting { what: "similarity", allowed: "between 0.3 and 1" });
        }
        // The longest bands that still find what must be found: fewer candidates that are nothing.
        let finds = |rows: usize| 1.0 - (1.0 - similarity.powi(rows as i32)).powi((HASHES / rows) as i32) >= RECALL;
        let rows_of_band = [32, 16, 8, 4, 2, 1].into_iter().find(|rows| finds(*rows)).unwrap_or(1);
        let mut random = Random::new(seed);
        let seeds = (0..HASHES).map(|_| random.bits()).collect();
        let buckets = vec![HashMap::new(); HASHES / rows_of_band];
        Ok(Self { similarity, rows_of_band, seeds, kept: Vec::new(), buckets, shingles: 0, compared: 0 })
    }

    /// The most similar text, the first put in among equals; none for a text without shingles.
    ///
    /// # Errors
    /// If so many texts share bands that comparing them would take hours.
    pub fn find(&mut self, shingles: &Shingles) -> Result<Option<Match>> {
        let mut candidates: Vec<usize> = Vec::new();
        for (band, bucket) in self.bands(shingles).into_iter().zip(&self.buckets) {
            candidates.extend(bucket.get(&band).into_iter().flatten());
        }
        candidates.sort_unstable();
        candidates.dedup();
        self.compared = self.compared.saturating_add(candidates.len() as u64);
        if self.compared > COMPARED_MAX {
            return Err(Error::TooLarge {
                what: "pairs of texts",
                found: usize::try_from(self.compared).unwrap_or(usize::MAX),
                most: COMPARED_MAX as usize,
            });
        }
        let mut best: Option<Match> = None;
        for (of, other) in candidates.into_iter().filter_map(|at| self.kept.get(at)) {
            let similarity = shingles.jaccard(other);
            if similarity >= self.similarity && best.is_none_or(|best| similarity > best.similarity) {
                best = Some(Match { of: *of, similarity });
            }
        }
        Ok(best)
    }

    /// Puts a text in under a number; one without shingles is left out.
    ///
    /// # Errors
    /// If it holds too many shingles.
    pub fn insert(&mut self, number: usize, shingles: Shingles) -> Result<()> {
        self.shingles += shingles.len();
        if self.shingles > SHINGLES_MAX {
            return Err(Error::TooLarge { what: "shingles of texts", found: self.shingles, most: SHINGLES_MAX });
        }
        let at = self.kept.len();
        for (band, bucket) in self.bands(&shingles).into_iter().zip(&mut self.buckets) {
            bucket.entry(band).or_default().push(at);
        }
        self.kept.push((number, shingles));
        Ok(())
    }

    /// A hash of each band; none without shingles.
    fn bands(&self, shingles: &Shingles) -> Vec<u64> {
        if shingles.is_empty() {
            return Vec::new();
        }
        let least =
            |seed: &u64| shingles.iter().map(|shingle| shingles::mixed(shingle ^ seed)).min().unwrap_or_default();
        let signature: Vec<u64> = self.seeds.iter().map(least).collect();
        let hash = |band: &[u64]| band.iter().fold(0, |hash, value| shingles::mixed(hash ^ value));
        signature.chunks_exact(self.rows_of_band).map(hash).collect()
    }
}

/// For each text the earlier one that it repeats. What is kept is the first of its kind: each text that goes is as similar to
/// one that stays as asked, not merely to one that goes as well.
///
/// # Errors
/// Those of [`Index`].
pub fn repeated(texts: &[Shingles], similarity: f64, seed: u64) -> Result<Vec<Option<Match>>> {
    let mut index = Index::new(similarity, seed)?;
    let mut found = Vec::with_capacity(texts.len());
    for (row, shingles) in texts.iter().enumerate() {
        let of = index.find(shingles)?;
        if of.is_none() {
            index.insert(row, shingles.clone())?;
        }
        found.push(of);
    }
    Ok(found)
}
