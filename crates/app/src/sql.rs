//! What the engine for SQL needs of an installation, and SQL for the steps of pipelines.

use std::path::{Path, PathBuf};

use aws_lc_rs::digest::{SHA256, digest as sha256};
use aws_lc_rs::hmac;
use redoubt_lake::{
    Cells, Format, LakeError, Limits, Location, Mask, Policy, Roles, S3, S3Key, S3Settings, Source, check_query,
    run_on_columns,
};
use redoubt_pipeline::{Column, Sql, Table};

use crate::config::{Dataset, Role, Store};
use crate::home::{Home, HomeError};

/// The most bytes that a query may put on disk.
pub(crate) const SPILL_BYTES_MAX: u64 = 256 << 30;

/// Where queries put on disk what does not fit into memory.
pub(crate) fn folder(home: &Path) -> PathBuf {
    home.join("spill")
}

/// The key of pseudonyms: one of its own, so that those who know pseudonyms know nothing of the master secret.
pub(crate) fn mask_key(home: &Home) -> Result<[u8; 32], HomeError> {
    let master = home.master()?;
    let tag = hmac::sign(&hmac::Key::new(hmac::HMAC_SHA256, master.expose()), b"redoubt lake: pseudonyms 1");
    let mut key = [0; 32];
    key.iter_mut().zip(tag.as_ref()).for_each(|(key, tag)| *key = *tag);
    Ok(key)
}

/// `sha256:…` of a query.
pub(crate) fn digest(sql: &str) -> String {
    let digits: String = sha256(&SHA256, sql.as_bytes()).as_ref().iter().map(|byte| format!("{byte:02x}")).collect();
    format!("sha256:{digits}")
}

/// Tables, and what each role sees of them.
pub(crate) type Tables = Vec<(Source, Roles)>;

/// Data sets as tables; their paths start from `base`.
///
/// # Errors
/// If one names what cannot be in a store.
pub(crate) fn sources(datasets: Vec<Dataset>, base: &Path) -> Result<Tables, LakeError> {
    let source = |dataset: Dataset| {
        let Dataset { name, path, format, digest, roles } = dataset;
        let format = format.and_then(|word| Format::ALL.iter().find(|(known, _)| *known == word));
        let location = location(&name, &path, base)?;
        let source = Source { name, location, format: format.map(|(_, format)| *format), digest };
        Ok((source, roles.into_iter().map(|(name, role)| (name, policy(role))).collect()))
    };
    datasets.into_iter().map(source).collect()
}

fn policy(role: Role) -> Policy {
    let Role { deny, mask, rows } = role;
    let masks = mask.into_iter().flat_map(|(word, columns)| {
        // The reader knows the words, and no mask is better than none: what is not known hides all.
        let mask = Mask::ALL.iter().find(|(known, _)| *known == word).map_or(Mask::Null, |(_, mask)| *mask);
        columns.into_iter().map(move |column| (column, mask))
    });
    Policy { deny, mask: masks.collect(), rows }
}

/// Where a table is, of which somebody wrote a path or `s3://BUCKET/KEY`.
///
/// # Errors
/// If it cannot be in a store.
pub(crate) fn location(name: &str, text: &str, base: &Path) -> Result<Location, LakeError> {
    Location::parse(text, base).map_err(|reason| LakeError::Table { name: name.to_owned(), reason })
}

/// The store of tables at `s3://`: as the configuration says, then as the environment does, by the names that Amazon's own
/// tools know. The key is in the environment alone.
///
/// # Errors
/// If the endpoint is none.
pub(crate) fn store(store: Store) -> Result<S3, String> {
    let first = |names: &[&str]| names.iter().find_map(|name| std::env::var(name).ok().filter(|text| !text.is_empty()));
    let Store { endpoint, region, path_style, allow_http } = store;
    let settings = S3Settings {
        endpoint: endpoint.or_else(|| first(&["AWS_ENDPOINT_URL_S3", "AWS_ENDPOINT_URL"])),
        region: region.or_else(|| first(&["AWS_REGION", "AWS_DEFAULT_REGION"])),
        path_style,
        allow_http,
    };
    let key = match (first(&["AWS_ACCESS_KEY_ID"]), first(&["AWS_SECRET_ACCESS_KEY"])) {
        (Some(id), Some(secret)) => Some(S3Key { id, secret, token: first(&["AWS_SESSION_TOKEN"]) }),
        (None, None) => None,
        _ => return Err("one of AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY is set without the other".to_owned()),
    };
    S3::new(&settings, key)
}

/// SQL over the tables of a pipeline.
#[derive(Debug)]
pub(crate) struct StepSql {
    home: PathBuf,
}

impl StepSql {
    pub(crate) fn new(home: &Path) -> Self {
        Self { home: home.to_owned() }
    }
}

impl Sql for StepSql {
    fn check(&self, sql: &str) -> Result<(), String> {
        check_query(sql).map_err(|error| error.to_string())
    }

    fn run(&self, sql: &str, tables: &[(String, &Table)]) -> Result<Table, String> {
        let columns = |table: &Table| table.iter().map(|(name, column)| (name.to_owned(), cells(column))).collect();
        let tables = tables.iter().map(|(name, table)| (name.clone(), columns(table))).collect();
        let limits = Limits::of_columns(folder(&self.home));
        let runtime = tokio::runtime::Builder::new_multi_thread().enable_all().build();
        let runtime = runtime.map_err(|error| error.to_string())?;
        let made =
            runtime.block_on(run_on_columns(sql, tables, &limits)).map_err(|error: LakeError| error.to_string())?;
        let made = made.into_iter().map(|(name, cells)| (name, column(cells)));
        Table::new(made.collect()).map_err(|error| error.to_string())
    }
}

fn cells(column: &Column) -> Cells {
    match column {
        Column::Number(cells) => Cells::Numbers(cells.clone()),
        Column::Text(cells) => Cells::Texts(cells.clone()),
    }
}

fn column(cells: Cells) -> Column {
    match cells {
        Cells::Numbers(cells) => Column::Number(cells),
        Cells::Texts(cells) => Column::Text(cells),
    }
}
