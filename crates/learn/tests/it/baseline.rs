use redoubt_learn::drift::{Baseline, Column, ColumnReport, Decision, DriftSettings, Values, compare};
use redoubt_learn::random::Random;

/// A table of three columns, changed by what is asked.
struct Table {
    numbers: Vec<Option<f64>>,
    categories: Vec<Option<&'static str>>,
    texts: Vec<Option<String>>,
}

#[derive(Default, Clone, Copy)]
struct Change {
    shift: f64,
    missing: f64,
    more_red: f64,
    shouting: bool,
}

fn table(random: &mut Random, rows: usize, change: Change) -> Table {
    let mut made = Table { numbers: Vec::new(), categories: Vec::new(), texts: Vec::new() };
    for _ in 0..rows {
        let number = random.normal() + change.shift;
        made.numbers.push((random.uniform() >= change.missing).then_some(number));
        let draw = random.uniform();
        let color = if draw < 0.3 + change.more_red {
            "red"
        } else if draw < 0.8 {
            "green"
        } else {
            "blue"
        };
        made.categories.push(Some(color));
        let words: Vec<String> = (0..5 + random.below(5)).map(|_| format!("word{}", random.below(30))).collect();
        let text = words.join(" ");
        made.texts.push(Some(if change.shouting { format!("{text} now 12345") } else { text }));
    }
    made
}

fn with_columns<T>(table: &Table, then: impl Fn(&[Column<'_>]) -> T) -> T {
    let texts: Vec<Option<&str>> = table.texts.iter().map(Option::as_deref).collect();
    then(&[
        Column { name: "number", values: Values::Numbers(&table.numbers) },
        Column { name: "color", values: Values::Categories(&table.categories) },
        Column { name: "text", values: Values::Texts(&texts) },
    ])
}

fn check(change: Change, expected: [Decision; 3]) {
    let mut random = Random::new(71);
    let before = table(&mut random, 3000, Change::default());
    let baseline = with_columns(&before, |columns| Baseline::new(columns, &mut Random::new(1)).unwrap());
    let now = table(&mut random, 800, change);
    let reports = with_columns(&now, |columns| compare(&baseline, columns, &DriftSettings::default()).unwrap());
    assert_eq!(reports.iter().map(|report| report.decision).collect::<Vec<_>>(), expected, "{reports:#?}");
}

#[test]
fn each_column_is_decided_by_itself() {
    use Decision::{Drifted, Stable};
    check(Change::default(), [Stable, Stable, Stable]);
    check(Change { shift: 0.3, ..Change::default() }, [Drifted, Stable, Stable]);
    check(Change { missing: 0.2, ..Change::default() }, [Drifted, Stable, Stable]);
    check(Change { more_red: 0.15, ..Change::default() }, [Stable, Drifted, Stable]);
    check(Change { shouting: true, ..Change::default() }, [Stable, Stable, Drifted]);
}

#[test]
fn few_false_alarms_over_many_tables() {
    let mut random = Random::new(72);
    let mut alarms = 0;
    for _ in 0..100 {
        let baseline = with_columns(&table(&mut random, 400, Change::default()), |columns| {
            Baseline::new(columns, &mut Random::new(1)).unwrap()
        });
        let now = table(&mut random, 200, Change::default());
        let reports: Vec<ColumnReport> =
            with_columns(&now, |columns| compare(&baseline, columns, &DriftSettings::default()).unwrap());
        alarms += usize::from(reports.iter().any(|report| report.decision == Decision::Drifted));
    }
    println!("{alarms} of 100 tables");
    assert!(alarms <= 8, "{alarms}");
}

#[test]
fn columns_come_go_and_change_their_kind() {
    let mut random = Random::new(73);
    let before = table(&mut random, 100, Change::default());
    let baseline = with_columns(&before, |columns| Baseline::new(columns, &mut Random::new(1)).unwrap());
    let numbers: Vec<Option<f64>> = vec![Some(1.0); 100];
    let few: Vec<Option<f64>> = vec![Some(1.0); 3];
    let none: Vec<Option<f64>> = vec![None; 100];
    let decisions = |columns: &[Column<'_>]| {
        let reports = compare(&baseline, columns, &DriftSettings::default()).unwrap();
        reports.into_iter().map(|report| (report.name, report.decision)).collect::<Vec<_>>()
    };
    let column = |name, values| Column { name, values: Values::Numbers(values) };
    assert_eq!(
        decisions(&[column("color", &numbers), column("fresh", &numbers)]),
        [
            ("number".to_owned(), Decision::Gone),
            ("color".to_owned(), Decision::KindChanged),
            ("text".to_owned(), Decision::Gone),
            ("fresh".to_owned(), Decision::New),
        ]
    );
    assert_eq!(decisions(&[column("number", &few)])[0].1, Decision::Insufficient);
    assert_eq!(decisions(&[column("number", &none)])[0].1, Decision::Drifted, "all values are gone");
    assert_eq!(decisions(&[column("number", &numbers)])[0].1, Decision::Drifted);
    let refused = |columns: &[Column<'_>]| assert!(Baseline::new(columns, &mut Random::new(1)).is_err());
    refused(&[]);
    refused(&[column("a", &numbers), column("a", &numbers)]);
    refused(&[column("a", &numbers), column("b", &few)]);
    refused(&[column("a", &[Some(f64::NAN)])]);
    let empty = Baseline::new(&[column("a", &none)], &mut Random::new(1)).unwrap();
    assert!(empty.columns[0].summary.is_none());
}
