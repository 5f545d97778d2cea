//! Queries that must always give the same.

use redoubt_lake::{Cells, LakeError, Limits, run_on_columns};

use crate::support::block_on;

fn run(sql: &str) -> Result<Vec<(String, Cells)>, LakeError> {
    let folder = tempfile::tempdir().unwrap();
    let number = |cells: &[f64]| Cells::Numbers(cells.to_vec());
    let text = |cells: &[&str]| Cells::Texts(cells.iter().map(|cell| (*cell).to_owned()).collect());
    let people = vec![
        ("name".to_owned(), text(&["b", "a", "", "c"])),
        ("age".to_owned(), number(&[30.0, 20.5, f64::NAN, 40.0])),
    ];
    let towns = vec![("name".to_owned(), text(&["a", "b"])), ("town".to_owned(), text(&["Oslo", "Rome"]))];
    let tables = vec![("people".to_owned(), people), ("towns".to_owned(), towns)];
    block_on(run_on_columns(sql, tables, &Limits::of_columns(folder.path().to_owned())))
}

fn check(sql: &str, expected: &str) {
    let shown = match run(sql) {
        Ok(columns) => format!("{columns:?}"),
        Err(error) => format!("error: {error}"),
    };
    assert_eq!(shown, expected, "{sql}");
}

#[test]
fn rows_come_sorted_and_missing_cells_stay_missing() {
    check(
        "SELECT name, age FROM people",
        r#"[("name", Texts(["a", "b", "c", ""])), ("age", Numbers([20.5, 30.0, 40.0, NaN]))]"#,
    );
    check(
        "SELECT p.name, town FROM people p LEFT JOIN towns t ON p.name = t.name ORDER BY age DESC NULLS LAST",
        r#"[("name", Texts(["c", "b", "a", ""])), ("town", Texts(["", "Rome", "Oslo", ""]))]"#,
    );
    check(
        "SELECT count(*) n, count(age) m, sum(age) s FROM people",
        r#"[("n", Numbers([4.0])), ("m", Numbers([3.0])), ("s", Numbers([90.5]))]"#,
    );
    check(
        "SELECT age > 25 AS old, DATE '2024-01-02' AS day FROM people WHERE name = 'a'",
        r#"[("old", Texts(["false"])), ("day", Texts(["2024-01-02"]))]"#,
    );
    check("SELECT age FROM people WHERE name = 'z'", r#"[("age", Numbers([]))]"#);
}

#[test]
fn what_changes_or_cannot_be_held_is_refused() {
    for (sql, expected) in [
        ("SELECT now() AS n", "`now` gives another value each time"),
        ("SELECT random() AS r FROM people", "`random` gives another value each time"),
        ("SELECT name FROM people WHERE age > (SELECT random())", "`random` gives another value"),
        ("SELECT current_date AS d", "gives another value each time"),
        ("SELECT uuid() AS u", "`uuid` gives another value each time"),
        ("SELECT name FROM people LIMIT 1", "LIMIT without ORDER BY takes any rows"),
        ("SELECT 9007199254740993 AS n", "whole numbers beyond 2^53"),
        ("SELECT age / 0.0 AS n FROM people", "not finite"),
        ("SELECT [1] AS l", "list of bigint, which a table cannot hold"),
        ("EXPLAIN SELECT 1", "refused"),
        ("SHOW TABLES", "refused"),
        ("SELECT table_name FROM information_schema.tables", "refused"),
        ("SELECT nam FROM people", "line 1, column 8: there is no column `nam`; did you mean `name`?"),
    ] {
        let error = run(sql).expect_err(sql).to_string();
        assert!(error.contains(expected), "{sql}: {error}");
    }
}

#[test]
fn the_same_query_gives_the_same_twice() {
    let sql = "SELECT town, avg(age) a, string_agg(p.name, ',' ORDER BY p.name) s FROM people p JOIN towns t ON p.name <> t.name GROUP BY town";
    assert_eq!(format!("{:?}", run(sql).unwrap()), format!("{:?}", run(sql).unwrap()));
}
