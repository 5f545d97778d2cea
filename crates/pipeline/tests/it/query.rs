//! The step `query` around an engine: whether there is one, and what it is asked.

use redoubt_pipeline::{Fate, Sql, Table, install_sql};

use super::support::{Memory, all, load};

/// Answers every query with the first column of the table that it names.
#[derive(Debug)]
struct FirstColumn;

impl Sql for FirstColumn {
    fn check(&self, sql: &str) -> Result<(), String> {
        if sql.starts_with("FROM ") { Ok(()) } else { Err("this is no FROM".to_owned()) }
    }

    fn run(&self, sql: &str, tables: &[(String, &Table)]) -> Result<Table, String> {
        let name = sql.trim_start_matches("FROM ");
        let (_, table) = tables.iter().find(|(known, _)| known == name).ok_or(format!("no table {name}"))?;
        let (name, column) = table.iter().next().ok_or("no column")?;
        Table::new(vec![(name.to_owned(), column.clone())]).map_err(|error| error.to_string())
    }
}

fn pipeline(steps: &str) -> String {
    format!("name = \"q\"\n[data.a]\npath = \"a.csv\"\n[data.b]\npath = \"b.csv\"\n{steps}")
}

fn reasons(steps: &str) -> String {
    load(&pipeline(steps)).unwrap_err().iter().map(|mistake| mistake.reason.clone() + "\n").collect()
}

// One test: the engine is of the process, and there is none before it is installed.
#[test]
fn a_query_needs_an_engine_and_names_for_its_tables() {
    let one = "[steps.q]\nkind = \"query\"\ninput = \"a\"\nsql = \"FROM input\"\n";
    assert!(
        reasons(one)
            .contains("this build has no SQL; build it with `cargo build --release -p redoubt --features lake`")
    );
    install_sql(Box::new(FirstColumn));
    let several = |inputs: &str, tables: &str| {
        format!("[steps.q]\nkind = \"query\"\ninputs = {inputs}\ntables = {tables}\nsql = \"FROM x\"\n")
    };
    for (steps, expected) in [
        ("[steps.q]\nkind = \"query\"\nsql = \"FROM x\"\n".to_owned(), "say `input` for one table, or `inputs`"),
        (several(r#"["a", "b"]"#, r#"["x"]"#), "1 names for 2 inputs"),
        (several(r#"["a", "b"]"#, r#"["x", "x"]"#), "two tables are called `x`"),
        (several(r#"["a"]"#, r#"["X-1"]"#), "`X-1` is no name in SQL"),
        (several(r#"["aa"]"#, r#"["x"]"#), "there is no step or data set `aa`"),
        (one.replace("FROM input", "DROP"), "this is no FROM"),
    ] {
        let reasons = reasons(&steps);
        assert!(reasons.contains(expected), "{expected}: {reasons}");
    }
    let mut shelf = Memory::with("a.csv", "x,y\n1,2\n3,4\n");
    shelf.sources.insert("b.csv".to_owned(), b"z\nq\n".to_vec());
    let run = |steps: &str| all(&load(&pipeline(steps)).unwrap(), &shelf).unwrap();
    let made = run(one);
    assert_eq!(made.last().unwrap().figures["rows"], 2.0);
    // The same data under other names is another question.
    let first = run(&several(r#"["a", "b"]"#, r#"["x", "w"]"#));
    let second = run(&several(r#"["a", "b"]"#, r#"["w", "x"]"#));
    assert!(matches!(second.last().unwrap().fate, Fate::Runs(_)), "{second:?}");
    assert_ne!(first.last().unwrap().products, second.last().unwrap().products);
    let failed = all(&load(&pipeline(&one.replace("FROM input", "FROM other"))).unwrap(), &shelf).unwrap_err();
    assert!(std::error::Error::source(&failed).unwrap().to_string().contains("no table other"), "{failed}");
}
