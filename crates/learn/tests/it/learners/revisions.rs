//! A learner that learns otherwise than before must say so: what was kept of the old one is not its work.

use std::collections::BTreeMap;
use std::num::NonZeroUsize;

use redoubt_learn::learners::LEARNERS;

use super::{World, setting};

/// What each revision gives. Whoever changes what a learner does raises its `revision` and notes here what it gives
/// now; a change that is not meant is found here.
const GIVES: &[(&str, u32, u64)] = &[
    ("gradient_boosting", 1, 2_359_008_249_072_080_533),
    ("random_forest", 1, 14_050_556_762_654_449_819),
    ("logistic_regression", 1, 4_300_055_647_355_832_455),
    ("linear_regression", 1, 7_787_319_029_815_725_983),
    ("k_nearest_neighbors", 1, 423_822_720_392_023_268),
    ("hashed_text", 1, 10_935_141_560_215_521_141),
    ("sequence_tagger", 1, 5_527_936_970_781_630_330),
];

/// FNV-1a of all scores with five places. The last bits are the processor's business.
fn folded(scores: &[f64], mut hash: u64) -> u64 {
    for score in scores {
        for byte in format!("{score:.5} ").bytes() {
            hash = (hash ^ u64::from(byte)).wrapping_mul(0x0100_0000_01b3);
        }
    }
    hash
}

#[test]
fn a_learner_that_gives_something_else_has_another_revision() {
    let mut gives: BTreeMap<&str, u64> = BTreeMap::new();
    World::new().each(|learner, examples| {
        let model = learner.fit(examples, &setting(1)).unwrap();
        let scores = model.predict(&examples.inputs(), NonZeroUsize::MIN).unwrap();
        let hash = gives.entry(learner.id()).or_insert(0xcbf2_9ce4_8422_2325);
        *hash = folded(scores.values(), *hash);
    });
    let now: Vec<(&str, u32, u64)> =
        LEARNERS.iter().map(|spec| (spec.id, spec.revision, gives.get(spec.id).copied().unwrap_or(0))).collect();
    assert_eq!(now, GIVES, "raise `revision` of what gives something else, and note it in `GIVES`");
}
