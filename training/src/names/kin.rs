//! Words that keep the same company: word vectors gathered into groups, and those into larger groups.

use std::fs;
use std::path::Path;

use redoubt_guard::names::{Kin, word_hash};

/// The vectors, in the form in which GloVe publishes them: a word and its numbers on a line, the commonest first.
const FILE: &str = "vectors/glove.6B.50d.txt";
/// How many words have a group.
const WORDS: usize = 40_000;
/// How many groups there are: below what [`Kin::FINE_BITS`] tell apart.
const GROUPS: usize = 1000;
/// How many larger groups.
const LARGE_GROUPS: usize = 60;
const DIMENSIONS: usize = 50;
/// How often the groups are drawn anew. Few words change theirs after that.
const ROUNDS: usize = 10;

type Vector = [f32; DIMENSIONS];

/// The hash of each word that has a group, and the group.
pub(crate) fn kin(data: &Path) -> Result<Vec<(u64, Kin)>, String> {
    let path = data.join(FILE);
    let text = fs::read_to_string(&path).map_err(|error| format!("cannot read `{}`: {error}", path.display()))?;
    let (mut hashes, mut vectors) = (Vec::new(), Vec::new());
    for line in text.lines() {
        let Some((word, numbers)) = line.split_once(' ') else { continue };
        let is_word = word.chars().any(char::is_alphabetic)
            && word.chars().all(|c| c.is_alphanumeric() || matches!(c, '-' | '\''));
        if !is_word {
            continue;
        }
        hashes.push(word_hash(word));
        vectors.push(vector(numbers).ok_or_else(|| format!("`{word}` in `{}` has no vector", path.display()))?);
        if hashes.len() == WORDS {
            break;
        }
    }
    let (groups, centres) = gather(&vectors, GROUPS);
    let (large, _) = gather(&centres, LARGE_GROUPS);
    let kin = groups.into_iter().map(|group| {
        let large = large.get(group).copied().unwrap_or(0);
        // None is zero, which says that a word has no group.
        Kin(((large + 1) << Kin::FINE_BITS | (group + 1)) as u16)
    });
    Ok(hashes.into_iter().zip(kin).collect())
}

/// A vector of length one from its numbers.
fn vector(numbers: &str) -> Option<Vector> {
    let mut vector = [0.0; DIMENSIONS];
    let mut read = numbers.split(' ').map(|number| number.parse::<f32>().ok());
    for place in &mut vector {
        *place = read.next()??;
    }
    Some(unit(vector))
}

fn unit(vector: Vector) -> Vector {
    let length = vector.iter().map(|x| x * x).sum::<f32>().sqrt().max(f32::MIN_POSITIVE);
    vector.map(|x| x / length)
}

/// Gathers vectors into so many groups by the angles between them (spherical k-means). The first groups are around
/// vectors evenly spread over the list, so that the same list always gives the same groups.
fn gather(vectors: &[Vector], groups: usize) -> (Vec<usize>, Vec<Vector>) {
    let mut centres: Vec<Vector> =
        (0..groups).filter_map(|group| vectors.get(group * vectors.len() / groups)).copied().collect();
    let mut of = vec![0; vectors.len()];
    for _ in 0..ROUNDS {
        for (group, vector) in of.iter_mut().zip(vectors) {
            let nearness = centres.iter().map(|centre| dot(centre, vector));
            *group = nearness
                .enumerate()
                .fold((0, f32::MIN), |top, (at, near)| if near > top.1 { (at, near) } else { top })
                .0;
        }
        let mut sums = vec![[0.0; DIMENSIONS]; centres.len()];
        for (group, vector) in of.iter().zip(vectors) {
            if let Some(sum) = sums.get_mut(*group) {
                sum.iter_mut().zip(vector).for_each(|(sum, x)| *sum += x);
            }
        }
        for (centre, sum) in centres.iter_mut().zip(sums) {
            // A group that lost its last word stays where it was.
            if sum.iter().any(|x| *x != 0.0) {
                *centre = unit(sum);
            }
        }
    }
    (of, centres)
}

/// In eight sums, which the machine keeps side by side.
fn dot(one: &Vector, two: &Vector) -> f32 {
    let mut sums = [0.0_f32; 8];
    let ((ones, one_rest), (twos, two_rest)) = (one.as_chunks::<8>(), two.as_chunks::<8>());
    for (one, two) in ones.iter().zip(twos) {
        for ((sum, one), two) in sums.iter_mut().zip(one).zip(two) {
            *sum += one * two;
        }
    }
    sums.iter().sum::<f32>() + one_rest.iter().zip(two_rest).map(|(one, two)| one * two).sum::<f32>()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn near_vectors_are_one_group() {
        let towards = |at: usize, tilt: f32| {
            let mut vector = [0.0; DIMENSIONS];
            vector[at] = 1.0;
            vector[(at + 1) % DIMENSIONS] = tilt;
            unit(vector)
        };
        let vectors = [towards(0, 0.1), towards(0, 0.2), towards(20, 0.1), towards(20, 0.3), towards(40, 0.0)];
        let (of, centres) = gather(&vectors, 3);
        assert_eq!(centres.len(), 3);
        assert!(of[0] == of[1] && of[2] == of[3] && of[1] != of[2] && of[3] != of[4], "{of:?}");
    }

    #[test]
    fn a_line_without_all_its_numbers_is_no_vector() {
        assert!(vector(&"0.5 ".repeat(DIMENSIONS)).is_some());
        assert!(vector("0.5 0.5").is_none() && vector("").is_none() && vector(&"x ".repeat(60)).is_none());
    }
}
