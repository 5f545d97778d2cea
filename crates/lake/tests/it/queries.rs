//! What a query reads, what it may not do, and how mistakes are told.

use std::fs;

use redoubt_lake::{LakeError, Output};

use crate::support::{Bench, block_on};

const PEOPLE: &str = "\
name,zip,born,height,seen,active
Ada,01234,1815-12-10,1.65,2024-01-01 10:00:00,true
Grace,10001,1906-12-09,1.7,2024-02-01T11:30:00.5,false
Edsger,90210,1930-05-11,,2024-03-01 12:00:00,true
";

fn people() -> Bench {
    Bench::new().file("people.csv", PEOPLE)
}

#[test]
fn each_format_gives_the_same_rows_and_honest_types() {
    let bench = people();
    let types =
        "column_name,data_type\nname,Utf8\nzip,Utf8\nborn,Date32\nheight,Float64\nseen,Timestamp(µs)\nactive,Boolean";
    bench.check("SELECT column_name, data_type FROM information_schema.columns WHERE table_name = 'people'", types);
    let all = "SELECT * FROM people ORDER BY name";
    let parquet = bench.write(all, Output::Parquet).unwrap();
    let lines = bench.write(all, Output::JsonLines).unwrap();
    let csv = bench.csv(all);
    let bench = bench.file("p.parquet", parquet).file("j.jsonl", lines);
    assert_eq!(bench.csv("SELECT * FROM p ORDER BY name"), csv);
    bench.check("SELECT zip, height FROM j ORDER BY name", "zip,height\n01234,1.65\n90210,\n10001,1.7");
    bench.check("SELECT sum(height) s, count(*) n FROM p", "s,n\n3.3499999999999996,3");
    bench.check("SELECT name FROM people WHERE born < DATE '1900-01-01' AND active", "name\nAda");
}

#[test]
fn a_folder_is_one_table_if_its_files_agree() {
    let bench = Bench::new();
    fs::create_dir_all(bench.path().join("sales/within")).unwrap();
    fs::write(bench.path().join("sales/a.csv"), "city,amount\nOslo,1\n").unwrap();
    fs::write(bench.path().join("sales/b.csv"), "city,amount\nRome,2.5\n").unwrap();
    fs::write(bench.path().join("sales/within/c.csv"), "city,amount\nBonn,9\n").unwrap();
    fs::write(bench.path().join("sales/.hidden.csv"), "x\n1\n").unwrap();
    let bench = bench.table("sales", "sales");
    bench.check("SELECT * FROM sales ORDER BY city", "city,amount\nOslo,1.0\nRome,2.5");
    fs::write(bench.path().join("sales/c.csv"), "amount,city\n3,Bern\n").unwrap();
    assert!(bench.csv("SELECT * FROM sales").contains("begins with other columns than the files before it"));
    fs::write(bench.path().join("sales/c.csv"), "city,amount\nBern\n").unwrap();
    assert!(bench.csv("SELECT * FROM sales").contains("line 2 of"));
    fs::remove_file(bench.path().join("sales/c.csv")).unwrap();
    fs::write(bench.path().join("sales/c.parquet"), "no").unwrap();
    assert!(bench.csv("SELECT * FROM sales").contains("files of several formats"));
}

#[test]
fn a_byte_order_mark_is_no_part_of_a_name() {
    Bench::new().file("a.csv", "\u{feff}x,y\n1,2\n").check("SELECT x FROM a", "x\n1");
}

#[test]
fn names_of_files_are_no_patterns() {
    let bench = Bench::new();
    fs::write(bench.path().join("a*[1]?%20 ü.csv"), "x\n1\n").unwrap();
    fs::write(bench.path().join("ab.csv"), "x\n2\n").unwrap();
    let bench = bench.table("odd", "a*[1]?%20 ü.csv");
    bench.check("SELECT x FROM odd", "x\n1");
}

#[test]
fn only_what_reads_named_tables_is_run() {
    let bench = people();
    let secret = bench.path().join("secret.csv");
    fs::write(&secret, "x\n42\n").unwrap();
    let (secret, out) = (secret.display(), bench.path().join("out.csv"));
    for sql in [
        "DROP TABLE people",
        "CREATE TABLE t AS SELECT 1",
        "CREATE VIEW v AS SELECT 1",
        "INSERT INTO people SELECT * FROM people",
        "UPDATE people SET name = 'x'",
        "DELETE FROM people",
        "SET datafusion.catalog.location = '/'",
        "RESET datafusion.execution.batch_size",
        "PREPARE p AS SELECT 1",
        "BEGIN",
        "CREATE FUNCTION f() RETURNS INT RETURN 1",
        "CREATE SCHEMA s",
        "TRUNCATE TABLE people",
        "EXPLAIN INSERT INTO people SELECT * FROM people",
        &format!("COPY people TO '{}'", out.display()),
        &format!("EXPLAIN COPY people TO '{}'", out.display()),
        &format!("CREATE EXTERNAL TABLE t STORED AS CSV LOCATION '{secret}'"),
        &format!("SELECT * FROM '{secret}'"),
        &format!("SELECT * FROM \"{secret}\""),
        &format!("SELECT * FROM read_csv('{secret}')"),
        &format!("SELECT * FROM parquet_metadata('{secret}')"),
        "SELECT * FROM range(1, 5)",
        "SELECT * INTO t FROM people",
        "WITH t AS (SELECT 1) INSERT INTO people SELECT 1",
        "SELECT 1; SELECT 2",
        "",
    ] {
        let error = bench.csv(sql);
        assert!(error.starts_with("error: "), "{sql}: {error}");
        assert!(!error.contains("42"), "{sql}: {error}");
    }
    assert!(!out.exists());
    assert!(bench.csv("DROP TABLE people").contains("`DROP` is refused: a query only reads"));
    bench.check("SELECT 1 AS one", "one\n1");
    for sql in [
        "EXPLAIN SELECT * FROM people",
        "SHOW TABLES",
        "DESCRIBE people",
        "SHOW COLUMNS FROM people",
        "EXPLAIN ANALYZE SELECT 1",
    ] {
        let answer = bench.csv(sql);
        assert!(!answer.starts_with("error: "), "{sql}: {answer}");
    }
}

#[test]
fn mistakes_have_a_place_and_the_nearest_name() {
    let bench = people();
    let cases = [
        ("SELECT nmae FROM people", "line 1, column 8: there is no column `nmae`; did you mean `name`?"),
        (
            "SELECT *\nFROM poeple",
            "line 2, column 6: there is no table `poeple`, there are `people`; did you mean `people`?",
        ),
        ("SELECT p.heigth\nFROM people p", "line 1, column 8: there is no column `p.heigth`; did you mean `height`?"),
    ];
    for (sql, expected) in cases {
        bench.check(sql, &format!("error: {expected}"));
    }
    let error = bench.csv("SELECT\n  name FORM people");
    assert!(error.starts_with("error: line 2, column "), "{error}");
    let error = bench.csv("SELECT lenght(name) FROM people");
    assert!(error.contains("lenght") && error.contains("length"), "{error}");
    let error = bench.csv("SELECT name FROM people a JOIN people b ON a.zip = b.zip");
    assert!(error.contains("more than one table has a column `name`; write `TABLE.name`"), "{error}");
}

#[test]
fn broken_files_are_told_with_their_place() {
    let cases: [(&str, &[u8], &str); 8] = [
        ("a.csv", b"", "is empty"),
        ("a.csv", b"x,y\n1\n", "line 2 of"),
        ("a.csv", b"x,\n1,2\n", "column 2 of"),
        ("a.csv", b"x,x\n1,2\n", "two columns are called `x`"),
        ("a.csv", b"x\n\xff\n", "not UTF-8"),
        ("a.jsonl", b"[{\"x\": 1}]", "not one JSON object on each line"),
        ("a.parquet", b"PAR1 no", "Parquet"),
        ("a.arrow", b"ARROW1 no", "is no Arrow file"),
    ];
    for (name, content, expected) in cases {
        let error = Bench::new().file(name, content).csv("SELECT * FROM a");
        assert!(error.starts_with("error: the table `a`: ") && error.contains(expected), "{name} {content:?}: {error}");
    }
    let error = Bench::new().table("a", "nowhere.csv").csv("SELECT * FROM a");
    assert!(error.contains("there is no file or folder"), "{error}");
    let error = Bench::new().file("A.csv", "x\n1\n").csv("SELECT * FROM \"A\"");
    assert!(error.contains("a name has small letters"), "{error}");
}

#[test]
fn the_digest_of_the_data_is_known_and_asked_for() {
    let bench = people();
    let info = block_on(async { bench.lake().table("people").await }).unwrap();
    assert!(info.digest.starts_with("sha256:") && info.digest.len() == 71);
    let answer = block_on(async { bench.lake().run("SELECT count(*) FROM people").await }).unwrap();
    assert_eq!(answer.tables, [("people".to_owned(), info.digest.clone())]);
    let bench = people().digest(&info.digest);
    bench.check("SELECT count(*) n FROM people", "n\n3");
    fs::write(bench.path().join("people.csv"), "name\nEve\n").unwrap();
    assert!(bench.csv("SELECT * FROM people").contains("its digest is sha256:"));
}

#[test]
fn a_file_that_changes_is_read_anew_and_never_half() {
    let bench = people();
    block_on(async {
        let mut lake = bench.lake();
        let before = lake.run("SELECT count(*) FROM people").await.unwrap();
        fs::write(bench.path().join("people.csv"), "name,zip\nEve,1\n").unwrap();
        assert!(matches!(before.rows(10).await, Err(LakeError::Changed(_))));
        let after = lake.run("SELECT zip FROM people").await.unwrap().rows(10).await.unwrap();
        assert_eq!(after.cells, [[Some("1".to_owned())]]);
    });
}

#[test]
fn answers_are_written_in_each_form() {
    let bench = people();
    let sql = "SELECT name, height FROM people ORDER BY name";
    let json = String::from_utf8(bench.write(sql, Output::Json).unwrap()).unwrap();
    assert_eq!(json, r#"[{"name":"Ada","height":1.65},{"name":"Edsger","height":null},{"name":"Grace","height":1.7}]"#);
    let none = bench.write("SELECT name FROM people WHERE false", Output::Json).unwrap();
    assert_eq!(String::from_utf8(none).unwrap(), "[]");
    bench.check("SELECT name FROM people WHERE false", "name");
    bench.check(
        "SELECT a.name, b.name FROM people a, people b",
        "error: two columns are called `name`; name one of them with AS",
    );
    assert!(bench.csv("SELECT [1, 2] AS l").contains("`l` is list of bigint, which CSV cannot hold"));
    assert_eq!(bench.write(sql, Output::Parquet).unwrap(), bench.write(sql, Output::Parquet).unwrap());
}
