use proptest::prelude::*;
use redoubt_learn::fairness::{
    Against, Assessment, Constraint, Criterion, Groups, MINIMUM_ROWS, calibration_by_group, calibration_gap,
    group_thresholds, reweigh,
};
use redoubt_learn::random::Random;

use crate::support::{close, golden, numbers, whole};

const CRITERIA: [Criterion; 4] =
    [Criterion::DemographicParity, Criterion::EqualOpportunity, Criterion::EqualizedOdds, Criterion::PredictiveParity];

#[test]
fn as_fairlearn() {
    let golden = golden("fairness.json");
    let value = |name: &str| golden[name].as_f64().unwrap();
    let flags = |name: &str| whole(&golden[name]).into_iter().map(|label| label == 1).collect::<Vec<bool>>();
    let names: Vec<&str> = golden["s"].as_array().unwrap().iter().map(|name| name.as_str().unwrap()).collect();
    let groups = Groups::new(&names).unwrap();
    let assessment = Assessment::new(&flags("y_true"), &flags("y_pred"), &groups, MINIMUM_ROWS).unwrap();
    for (criterion, name) in [
        (Criterion::DemographicParity, "demographic_parity"),
        (Criterion::EqualizedOdds, "equalized_odds"),
        (Criterion::EqualOpportunity, "equal_opportunity"),
    ] {
        let difference = assessment.difference(criterion, Against::EachOther).unwrap();
        close(name, difference, value(&format!("{name}_difference")));
        close(name, assessment.ratio(criterion, Against::EachOther).unwrap(), value(&format!("{name}_ratio")));
    }
    let overall = assessment.difference(Criterion::DemographicParity, Against::Overall).unwrap();
    close("to overall", overall, value("dp_diff_to_overall"));
    for group in assessment.by_group() {
        let of = |name: &str| golden["by_group"][name][&group.name].as_f64().unwrap();
        close("selection", group.selection.unwrap(), of("sel"));
        close("true positive", group.true_positive.unwrap(), of("tpr"));
        close("false positive", group.false_positive.unwrap(), of("fpr"));
        close("rows", group.cells.rows() as f64, of("n"));
    }
    let impact = assessment.disparate_impact("a").unwrap();
    close("impact", impact[1].1, value("demographic_parity_ratio"));
    let mut random = Random::new(31);
    let scores = numbers(&golden["score"]);
    let calibration = calibration_by_group(&flags("y_true"), &scores, &groups, 10, MINIMUM_ROWS).unwrap();
    assert!(calibration_gap(&calibration).unwrap() > 0.0);
    for criterion in CRITERIA {
        let difference = assessment.difference_interval(criterion, Against::EachOther, 500, 0.95, &mut random).unwrap();
        let ratio = assessment.ratio_interval(criterion, Against::EachOther, 500, 0.95, &mut random).unwrap();
        let overall = assessment.difference_interval(criterion, Against::Overall, 500, 0.95, &mut random).unwrap();
        let p = assessment.permutation_p(criterion, 199, &mut random).unwrap();
        println!("{criterion:?}: {difference:?} {ratio:?} {overall:?} p {p}");
        for interval in [difference, ratio, overall] {
            assert!(interval.low <= interval.point && interval.point <= interval.high);
        }
        assert!((p <= 0.1) == (criterion != Criterion::PredictiveParity), "{criterion:?} {p}");
    }
}

/// Groups with known rates: the share of positive rows, and of each class that is predicted positive.
fn simulated(random: &mut Random, groups: &[(usize, f64, f64, f64)], minimum: usize) -> Assessment {
    let (mut actual, mut predicted, mut names) = (Vec::new(), Vec::new(), Vec::new());
    for (at, (rows, base, found, mistaken)) in groups.iter().enumerate() {
        for _ in 0..*rows {
            let is = random.uniform() < *base;
            actual.push(is);
            predicted.push(random.uniform() < if is { *found } else { *mistaken });
            names.push(format!("group {at}"));
        }
    }
    Assessment::new(&actual, &predicted, &Groups::new(&names).unwrap(), minimum).unwrap()
}

#[test]
fn intervals_cover() {
    // What is: selection rates .42, .35 and .28; the worse of the differences of the other rates.
    let apart = [(400, 0.4, 0.75, 0.2), (300, 0.4, 0.65, 0.15), (250, 0.4, 0.55, 0.1)];
    let two = [(300, 0.5, 0.8, 0.3), (300, 0.5, 0.7, 0.25)];
    let alike = [(300, 0.4, 0.7, 0.2), (300, 0.4, 0.7, 0.2), (300, 0.4, 0.7, 0.2)];
    let mut random = Random::new(32);
    for (name, groups, criterion, is_ratio, truth) in [
        ("parity", &apart[..], Criterion::DemographicParity, false, 0.14),
        ("parity ratio", &apart[..], Criterion::DemographicParity, true, 0.28 / 0.42),
        ("opportunity", &apart[..], Criterion::EqualOpportunity, false, 0.2),
        ("odds", &apart[..], Criterion::EqualizedOdds, false, 0.2),
        ("two groups", &two[..], Criterion::DemographicParity, false, 0.075),
        ("alike", &alike[..], Criterion::DemographicParity, false, 0.0),
        ("alike odds", &alike[..], Criterion::EqualizedOdds, false, 0.0),
    ] {
        let mut hits = 0;
        for _ in 0..500 {
            let set = simulated(&mut random, groups, MINIMUM_ROWS);
            let interval = if is_ratio {
                set.ratio_interval(criterion, Against::EachOther, 200, 0.95, &mut random)
            } else {
                set.difference_interval(criterion, Against::EachOther, 200, 0.95, &mut random)
            };
            let interval = interval.unwrap();
            hits += usize::from((interval.low..=interval.high).contains(&truth));
        }
        let percent = f64::from(u32::try_from(hits).unwrap()) / 5.0;
        println!("{name} covers {percent} %");
        assert!((93.0..=97.0).contains(&percent), "{name} covers {percent} %");
    }
}

#[test]
fn one_alarm_in_twenty_where_groups_are_alike() {
    let mut random = Random::new(37);
    for criterion in CRITERIA {
        let alike = [(100, 0.4, 0.7, 0.2), (60, 0.4, 0.7, 0.2), (50, 0.4, 0.7, 0.2)];
        let hits = (0..1000)
            .filter(|_| simulated(&mut random, &alike, 30).permutation_p(criterion, 99, &mut random).unwrap() <= 0.05)
            .count();
        println!("{criterion:?}: {hits} of 1000");
        assert!((35..=65).contains(&hits), "{criterion:?}: {hits} of 1000");
    }
}

#[test]
fn small_groups_are_named_not_dropped() {
    let mut random = Random::new(34);
    let set = simulated(&mut random, &[(100, 0.5, 0.8, 0.2), (100, 0.5, 0.8, 0.2), (29, 0.5, 0.0, 0.0)], 30);
    assert_eq!(set.insufficient(Criterion::DemographicParity), ["group 2"]);
    assert!(set.difference(Criterion::DemographicParity, Against::EachOther).unwrap() < 0.3);
    assert!(!set.by_group()[2].is_sufficient);
    let alone = simulated(&mut random, &[(100, 0.5, 0.8, 0.2), (10, 0.5, 0.8, 0.2)], 30);
    assert!(alone.difference(Criterion::DemographicParity, Against::EachOther).is_err());
    // Nobody is positive, so nobody can be found.
    let none = simulated(&mut random, &[(100, 0.0, 0.8, 0.2), (100, 0.5, 0.8, 0.2)], 30);
    assert_eq!(none.insufficient(Criterion::EqualOpportunity), ["group 0"]);
    assert!(none.insufficient(Criterion::DemographicParity).is_empty());
    let zero = simulated(&mut random, &[(100, 0.5, 0.0, 0.0), (100, 0.5, 0.0, 0.0)], 30);
    assert!(zero.ratio(Criterion::DemographicParity, Against::EachOther).is_err());
    assert!(zero.disparate_impact("group 0").is_err());
    assert!(zero.disparate_impact("nobody").is_err());
}

#[test]
fn attributes_intersect() {
    let (sex, age) = (["f", "m", "f", "m"], ["old", "old", "young", "old"]);
    let groups = Groups::intersection(&[&sex[..], &age[..]]).unwrap();
    assert_eq!(groups.names(), ["f & old", "f & young", "m & old"]);
    assert_eq!(groups.of(), [0, 2, 1, 2]);
    assert!(Groups::intersection::<&str>(&[]).is_err());
    assert!(Groups::intersection(&[&sex[..], &age[..2]]).is_err());
    assert!(Groups::new(&(0..1001).map(|at| at.to_string()).collect::<Vec<_>>()).is_err());
}

/// Scores that are right less often for one group, and lower.
fn scored(random: &mut Random, rows: usize) -> (Vec<bool>, Vec<f64>, Groups) {
    let (mut actual, mut scores, mut names) = (Vec::new(), Vec::new(), Vec::new());
    for at in 0..rows {
        let is_second = at % 3 == 0;
        let is = random.uniform() < if is_second { 0.3 } else { 0.55 };
        let strength = if is_second { 1.2 } else { 2.0 };
        actual.push(is);
        scores.push(if is { strength } else { 0.0 } + random.normal() - if is_second { 0.4 } else { 0.0 });
        names.push(if is_second { "b" } else { "a" });
    }
    (actual, scores, Groups::new(&names).unwrap())
}

#[test]
fn thresholds_bring_groups_together() {
    let (actual, scores, groups) = scored(&mut Random::new(35), 3000);
    let plain: Vec<bool> = scores.iter().map(|score| *score >= 1.0).collect();
    let before = Assessment::new(&actual, &plain, &groups, 30).unwrap();
    for (constraint, criterion) in [
        (Constraint::DemographicParity, Criterion::DemographicParity),
        (Constraint::EqualOpportunity, Criterion::EqualOpportunity),
        (Constraint::EqualizedOdds, Criterion::EqualizedOdds),
    ] {
        let found = group_thresholds(&actual, &scores, &groups, constraint, 0.05, 30).unwrap();
        let predicted: Vec<bool> =
            groups.of().iter().zip(&scores).map(|(group, score)| *score >= found.thresholds[*group].1).collect();
        let after = Assessment::new(&actual, &predicted, &groups, 30).unwrap();
        let difference = after.difference(criterion, Against::EachOther).unwrap();
        println!("{criterion:?}: {} before, {found:?}", before.difference(criterion, Against::EachOther).unwrap());
        close("what it says", found.difference, difference);
        assert!(difference <= 0.05 + 1e-9);
        assert!(before.difference(criterion, Against::EachOther).unwrap() > 0.2);
        let right = predicted.iter().zip(&actual).filter(|(said, is)| said == is).count() as f64 / 3000.0;
        close("accuracy", found.accuracy, right);
        assert!(right > 0.65, "{right}");
    }
    assert!(group_thresholds(&actual, &scores, &groups, Constraint::EqualizedOdds, 0.05, 2000).is_err());
    assert!(group_thresholds(&actual, &scores, &groups, Constraint::EqualizedOdds, 0.0, 30).is_err());
}

#[test]
fn weights_make_class_and_group_independent() {
    let (actual, _, groups) = scored(&mut Random::new(36), 500);
    let weights = reweigh(&actual, &groups).unwrap();
    close("sum", weights.iter().sum(), 500.0);
    let share = |group: usize| {
        let of = |is: bool| {
            let rows = groups.of().iter().zip(&actual).zip(&weights);
            rows.filter(|((own, class), _)| **own == group && **class == is).map(|(_, weight)| weight).sum::<f64>()
        };
        of(true) / (of(true) + of(false))
    };
    close("shares", share(0), share(1));
}

proptest! {
    #[test]
    fn measures_stay_in_their_range(rows in prop::collection::vec((any::<bool>(), any::<bool>(), 0_u8..4), 1..80), seed: u64) {
        let actual: Vec<bool> = rows.iter().map(|row| row.0).collect();
        let predicted: Vec<bool> = rows.iter().map(|row| row.1).collect();
        let groups = Groups::new(&rows.iter().map(|row| row.2.to_string()).collect::<Vec<_>>()).unwrap();
        let set = Assessment::new(&actual, &predicted, &groups, 1).unwrap();
        let mut random = Random::new(seed);
        for criterion in CRITERIA {
            for against in [Against::EachOther, Against::Overall] {
                for found in [
                    set.difference_interval(criterion, against, 20, 0.9, &mut random),
                    set.ratio_interval(criterion, against, 20, 0.9, &mut random),
                ].into_iter().flatten() {
                    prop_assert!(0.0 <= found.low && found.low <= found.point);
                    prop_assert!(found.point <= found.high && found.high <= 1.0);
                }
            }
            if let Ok(p) = set.permutation_p(criterion, 5, &mut random) {
                prop_assert!((0.0..=1.0).contains(&p));
            }
        }
        let weights = reweigh(&actual, &groups).unwrap();
        prop_assert!(weights.iter().all(|weight| weight.is_finite() && *weight >= 0.0));
    }
}
