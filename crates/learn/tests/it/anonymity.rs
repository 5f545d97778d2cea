use redoubt_learn::anonymity::{Anonymity, Sensitive};

use crate::support::close;

/// Table 3 of Li, Li and Venkatasubramanian 2007: zip code and age in groups of three, salaries of 3 to 11 thousand.
const SALARIES: [f64; 9] = [3.0, 4.0, 5.0, 6.0, 11.0, 8.0, 7.0, 9.0, 10.0];
const DISEASES: [&str; 9] = [
    "gastric ulcer",
    "gastritis",
    "stomach cancer",
    "gastritis",
    "flu",
    "bronchitis",
    "bronchitis",
    "pneumonia",
    "stomach cancer",
];

fn groups() -> Anonymity {
    let zip = ["476**", "476**", "476**", "4790*", "4790*", "4790*", "476*", "476*", "476*"];
    let age = ["2*", "2*", "2*", ">=40", ">=40", ">=40", "3*", "3*", "3*"];
    Anonymity::new(&[zip.to_vec(), age.to_vec()]).unwrap()
}

#[test]
fn the_worked_example_of_t_closeness() {
    let groups = groups();
    assert_eq!((groups.k, groups.groups.len()), (3, 3));
    let found = groups.disclosure(Sensitive::Numbers(&SALARIES)).unwrap();
    // Section 5.1 of the paper: 3k, 4k, 5k are 0.375 from all, and 6k, 8k, 11k are 0.167.
    close("first", found.groups[0].2, 0.375);
    close("second", found.groups[1].2, 1.0 / 6.0);
    close("t", found.t, 0.375);
    let found = groups.disclosure(Sensitive::Categories(&DISEASES)).unwrap();
    assert_eq!(found.distinct_l, 3);
    close("entropy", found.entropy_l, 3.0);
    // Three of six values at a third each: the gap of each value's share, halved.
    close("equal distance", found.groups[0].2, 2.0 / 9.0 + 1.0 / 9.0 + 1.0 / 9.0);
}

#[test]
fn what_one_value_fills_tells_everything() {
    let groups = Anonymity::new(&[vec!["a", "a", "b", "b", "c"]]).unwrap();
    assert_eq!((groups.k, groups.below(2)), (1, vec![4]));
    let found = groups.disclosure(Sensitive::Categories(&["x", "x", "x", "y", "y"])).unwrap();
    assert_eq!(found.distinct_l, 1);
    close("entropy", found.entropy_l, 1.0);
    // Skewed values count less than their number: three to one is 2^0.8113.
    let groups = Anonymity::new(&[vec!["a"; 4]]).unwrap();
    let found = groups.disclosure(Sensitive::Categories(&["x", "x", "x", "y"])).unwrap();
    close("skewed", found.entropy_l, 2.0_f64.powf(0.811_278_124_459_132_8));
    close("all rows", found.t, 0.0);
}

#[test]
fn what_cannot_be_judged_is_refused() {
    assert!(Anonymity::new::<&str>(&[]).is_err());
    assert!(Anonymity::new(&[vec!["a"], vec!["a", "b"]]).is_err());
    assert!(groups().disclosure(Sensitive::Numbers(&[1.0])).is_err());
    let mut salaries = SALARIES;
    salaries[0] = f64::NAN;
    assert!(groups().disclosure(Sensitive::Numbers(&salaries)).is_err());
}
