//! SQL over tables, by an engine that stands outside: it is large, and not in every build.

use std::collections::BTreeMap;
use std::fmt::Debug;
use std::sync::OnceLock;

use redoubt_domain::settings::Table as Settings;

use super::{Done, Kind, Need, Setting, StepError, Work, count, table};
use crate::product::{Kind as ProductKind, Product};
use crate::table::Table;

pub(super) const KIND: Kind = Kind {
    id: "query",
    about: "makes a table from others by SQL; it needs a build with `lake`",
    // It rises with the engine too: another version may sum in another order.
    revision: 1,
    read: |table| Box::new(Query::read(table)),
};

/// An engine for SQL. The same SQL over the same tables must give the same table, on every machine.
pub trait Sql: Debug + Send + Sync {
    /// What is wrong with SQL, as far as that shows without tables.
    ///
    /// # Errors
    /// In words.
    fn check(&self, sql: &str) -> Result<(), String>;

    /// Runs SQL over tables under these names.
    ///
    /// # Errors
    /// In words: the SQL is wrong or fails on the rows, or what comes out is no [`Table`].
    fn run(&self, sql: &str, tables: &[(String, &Table)]) -> Result<Table, String>;
}

static ENGINE: OnceLock<Box<dyn Sql>> = OnceLock::new();

/// Gives the steps of this process their engine for SQL; the first one counts.
pub fn install_sql(engine: Box<dyn Sql>) {
    // A second one would be of the same build.
    let _ = ENGINE.set(engine);
}

const NO_ENGINE: &str = "this build has no SQL; build it with `cargo build --release -p redoubt --features lake`";

/// The most tables of a query.
const TABLES_MAX: usize = 64;

#[derive(Debug)]
struct Query {
    sql: String,
    input: Option<String>,
    inputs: Vec<String>,
    tables: Vec<String>,
}

impl Query {
    fn read(settings: &mut Settings<'_>) -> Self {
        let sql = settings.require("sql", "the query: one SELECT", String::new());
        let input: Option<String> = settings.get("input", "the one table that it reads, as `FROM input`");
        let inputs: Vec<String> = settings.or("inputs", "the tables that it reads, if it reads several", Vec::new());
        // They count as settings, unlike the names of steps: `FROM a` must mean the same whenever its rows are kept.
        let tables: Vec<String> = settings.or("tables", "how the SQL calls each of `inputs`", Vec::new());
        if input.is_some() != inputs.is_empty() {
            settings.refuse("inputs", "say `input` for one table, or `inputs` and `tables` for several");
        }
        if input.is_none() && inputs.len() != tables.len() {
            let (inputs, tables) = (inputs.len(), tables.len());
            settings.refuse("tables", format!("{tables} names for {inputs} inputs; give each of `inputs` one"));
        }
        if inputs.len() > TABLES_MAX {
            settings.refuse("inputs", format!("more than {TABLES_MAX} tables"));
        }
        for (at, name) in tables.iter().enumerate() {
            if !is_name(name) {
                let reason = format!("`{name}` is no name in SQL: small letters, digits and `_`, a letter first");
                settings.refuse_item("tables", at, reason, None);
            } else if tables.iter().take(at).any(|other| other == name) {
                settings.refuse_item("tables", at, format!("two tables are called `{name}`"), None);
            }
        }
        match ENGINE.get() {
            None => settings.refuse("kind", NO_ENGINE),
            Some(engine) if !sql.is_empty() => {
                if let Err(reason) = engine.check(&sql) {
                    settings.refuse("sql", reason);
                }
            }
            Some(_) => {}
        }
        Self { sql, input, inputs, tables }
    }
}

fn is_name(name: &str) -> bool {
    (1..=64).contains(&name.len())
        && name.starts_with(|letter: char| letter.is_ascii_lowercase())
        && name.bytes().all(|byte| byte.is_ascii_lowercase() || byte.is_ascii_digit() || byte == b'_')
}

impl Work for Query {
    fn needs(&self) -> Vec<Need> {
        let one = self.input.iter().map(|reference| Need::table("input", reference));
        let several = self.inputs.iter().enumerate();
        let several = several.map(|(item, of)| Need { item: Some(item), ..Need::table("inputs", of) });
        one.chain(several).collect()
    }

    fn makes(&self) -> Vec<(String, ProductKind)> {
        vec![("rows".to_owned(), ProductKind::Table)]
    }

    fn run(&self, inputs: &[(String, Product)], _: &Setting) -> Result<Done, StepError> {
        let engine = ENGINE.get().ok_or_else(|| StepError::Data(NO_ENGINE.to_owned()))?;
        let mut tables = Vec::new();
        if self.input.is_some() {
            tables.push(("input".to_owned(), table(inputs, "input")?));
        }
        for (name, need) in self.tables.iter().zip(self.needs()) {
            tables.push((name.clone(), table(inputs, &need.role())?));
        }
        let rows = engine.run(&self.sql, &tables).map_err(StepError::Data)?;
        let figures = BTreeMap::from([
            ("rows".to_owned(), count(rows.rows())),
            ("columns".to_owned(), count(rows.names().len())),
        ]);
        Ok(Done { products: vec![("rows".to_owned(), Product::Table(rows))], figures })
    }
}
