//! The search for parameters.

use std::sync::atomic::{AtomicUsize, Ordering};

use super::{clusters, make, setting, table, threads};
use redoubt_learn::learners::search::{
    Dimension, Found, Halving, Space, SpaceError, Tpe, grid, random, successive_halving, tpe,
};
use redoubt_learn::learners::{Examples, Parameters, Targets, Value, learner};

fn number(parameters: &Parameters, name: &str) -> f64 {
    match parameters[name] {
        Value::Number(value) => value,
        Value::Integer(value) => value as f64,
        _ => panic!("{name} is no number"),
    }
}

fn linear(least: f64, most: f64) -> Dimension {
    Dimension::Number { least, most, is_log: false }
}

fn space(dimensions: &[(&str, Dimension)]) -> Result<Space, SpaceError> {
    Space::new(dimensions.iter().map(|(name, dimension)| ((*name).to_owned(), dimension.clone())).collect())
}

/// Branin's function, whose least value is 0.397887 in three places.
fn branin(parameters: &Parameters, _: u64) -> f64 {
    let (x, y) = (number(parameters, "x"), number(parameters, "y"));
    let pi = std::f64::consts::PI;
    let square = y - 5.1 / (4.0 * pi * pi) * x * x + 5.0 / pi * x - 6.0;
    square * square + 10.0 * (1.0 - 1.0 / (8.0 * pi)) * x.cos() + 10.0
}

fn valley() -> Space {
    space(&[("x", linear(-5.0, 10.0)), ("y", linear(0.0, 15.0))]).unwrap()
}

fn lowest(found: &Found) -> f64 {
    found.best().unwrap().loss
}

#[test]
fn parzen_trees_find_the_valley_sooner_than_chance() {
    let setting = Tpe { trials: 100, ..Tpe::default() };
    let (mut by_tpe, mut by_chance) = (0.0, 0.0);
    for seed in 0..8 {
        let found = tpe(&valley(), setting, 1, seed, threads(1), branin).unwrap();
        assert_eq!(found.trials.len(), 100);
        assert!(lowest(&found) < 1.0, "seed {seed}: {}", lowest(&found));
        by_tpe += (lowest(&found) - 0.397_887) / 8.0;
        by_chance += (lowest(&random(&valley(), 100, 1, seed, threads(1), branin).unwrap()) - 0.397_887) / 8.0;
    }
    assert!(by_tpe < by_chance / 3.0, "{by_tpe} {by_chance}");
}

#[test]
fn a_grid_has_its_corners_and_every_choice() {
    let words = Dimension::Choice(vec![Value::Text("a".into()), Value::Boolean(true)]);
    let count = Dimension::Integer { least: 1, most: 100, is_log: true };
    let settings = space(&[("n", count), ("w", words), ("x", linear(0.0, 1.0))]).unwrap().grid(3).unwrap();
    assert_eq!(settings.len(), 18);
    let of = |at: usize| settings[at].values().map(ToString::to_string).collect::<Vec<_>>().join(" ");
    assert_eq!([of(0), of(1), of(5), of(6), of(17)], ["1 a 0.0", "1 a 0.5", "1 true 1.0", "10 a 0.0", "100 true 1.0"]);
    let small = space(&[("n", Dimension::Integer { least: 1, most: 2, is_log: false })]).unwrap();
    assert_eq!(small.grid(10).unwrap().len(), 2);
}

#[test]
fn trials_do_not_depend_on_threads() {
    let halving = Halving { budget_min: 1, budget_max: 9, factor: 3 };
    let all = |count| {
        let settings = valley().sample(20, 4).unwrap();
        [
            tpe(&valley(), Tpe { trials: 40, ..Tpe::default() }, 1, 4, threads(count), branin).unwrap(),
            random(&valley(), 20, 1, 4, threads(count), branin).unwrap(),
            grid(&valley(), 5, 1, threads(count), branin).unwrap(),
            successive_halving(settings, halving, threads(count), branin).unwrap(),
        ]
    };
    assert_eq!(all(1), all(3));
}

#[test]
fn halving_spends_little_on_what_is_bad() {
    let settings = valley().sample(27, 1).unwrap();
    let calls = AtomicUsize::new(0);
    let halving = Halving { budget_min: 1, budget_max: 27, factor: 3 };
    let found = successive_halving(settings.clone(), halving, threads(1), |parameters, budget| {
        calls.fetch_add(1, Ordering::Relaxed);
        branin(parameters, budget)
    })
    .unwrap();
    let budgets: Vec<u64> = found.trials.iter().map(|trial| trial.budget).collect();
    assert_eq!(budgets, [vec![1; 27], vec![3; 9], vec![9; 3], vec![27]].concat());
    assert_eq!(found.spent(), 4 * 27);
    assert_eq!(calls.into_inner(), found.trials.len());
    let all = settings.iter().map(|parameters| branin(parameters, 1)).fold(f64::INFINITY, f64::min);
    assert_eq!(lowest(&found), all);
}

#[test]
fn what_is_no_number_is_worst() {
    let found = grid(&valley(), 3, 1, threads(1), |parameters, budget| {
        if number(parameters, "x") < 0.0 { f64::NAN } else { branin(parameters, budget) }
    });
    assert!(number(&found.unwrap().best().unwrap().parameters, "x") >= 0.0);
    let nothing = tpe(&valley(), Tpe { trials: 20, ..Tpe::default() }, 1, 1, threads(1), |_, _| f64::NAN).unwrap();
    assert!(lowest(&nothing).is_nan());
}

#[test]
fn spaces_that_make_no_sense_are_refused() {
    let check = |dimensions: &[(&str, Dimension)], expected: &str| {
        assert_eq!(space(dimensions).unwrap_err().to_string(), expected);
    };
    check(&[], "a search has from 1 to 100 dimensions, not 0");
    check(&[("x", linear(0.0, 1.0)), ("x", linear(0.0, 1.0))], "`x` has two dimensions; leave one out");
    let bounds = "`x` needs finite bounds in ascending order, above 0 where factors count";
    check(&[("x", linear(1.0, 0.0))], bounds);
    check(&[("x", linear(0.0, f64::INFINITY))], bounds);
    check(&[("x", linear(f64::NAN, 1.0))], bounds);
    check(&[("x", Dimension::Number { least: 0.0, most: 1.0, is_log: true })], bounds);
    check(&[("x", Dimension::Integer { least: i64::MIN, most: 1, is_log: false })], bounds);
    check(&[("x", Dimension::Choice(vec![]))], "`x` needs from 1 to 1000 values to choose from");
    let many: Vec<(String, Dimension)> = (0..50).map(|at| (at.to_string(), linear(0.0, 1.0))).collect();
    assert!(matches!(Space::new(many).unwrap().grid(10), Err(SpaceError::Settings(_))));
    let halving = |budget_min, budget_max, factor| {
        successive_halving(vec![], Halving { budget_min, budget_max, factor }, threads(1), branin)
    };
    for (budget_min, budget_max, factor) in [(0, 9, 3), (9, 1, 3), (1, 9, 1), (1, 9, 101)] {
        assert_eq!(halving(budget_min, budget_max, factor), Err(SpaceError::Budget));
    }
    assert_eq!(halving(1, 9, 3).unwrap().trials, []);
}

/// Halving over a whole grid of settings of boosting: 98 % of the grid's score with at most 30 % of its trees.
#[test]
fn halving_reaches_the_grid_with_a_third_of_the_trees() {
    let ((values, labels), (unseen, truth)) = (clusters(300, 4, 41), clusters(1500, 4, 42));
    let examples =
        |values, labels| Examples::new(table(values), Targets::Classes { labels, classes: 4 }, None).unwrap();
    let (training, test) = (examples(&values, &labels), examples(&unseen, &truth));
    let objective = |parameters: &Parameters, trees: u64| {
        let mut parameters = parameters.clone();
        parameters.insert("trees".to_owned(), Value::Integer(trees as i64));
        let model = learner("gradient_boosting", &parameters).unwrap().fit(&training, &setting(1)).unwrap();
        1.0 - super::quality(model.as_ref(), &test)
    };
    let space = space(&[
        ("learning_rate", Dimension::Number { least: 0.01, most: 0.3, is_log: true }),
        ("leaves_max", Dimension::Choice(vec![Value::Integer(4), Value::Integer(16)])),
        ("rows_in_leaf_min", Dimension::Choice(vec![Value::Integer(5), Value::Integer(20), Value::Integer(80)])),
    ])
    .unwrap();
    let full = grid(&space, 3, 48, threads(2), objective).unwrap();
    let halving = Halving { budget_min: 3, budget_max: 48, factor: 4 };
    let found = successive_halving(space.grid(3).unwrap(), halving, threads(2), objective).unwrap();
    let (best, reached) = (1.0 - lowest(&full), 1.0 - lowest(&found));
    assert!(reached >= 0.98 * best, "{reached} {best}");
    assert!(found.spent() * 10 <= full.spent() * 3, "{} of {}", found.spent(), full.spent());
    make("gradient_boosting", "").fit(&training, &setting(1)).unwrap();
}
