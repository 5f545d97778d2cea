//! `[datasets.NAME]`: tables that queries may name, and what each role sees of them.

use redoubt_domain::settings::Table;

/// The most data sets.
const DATASETS_MAX: usize = 1_000;

/// A data set as it is written.
#[derive(Clone, Debug)]
#[cfg_attr(
    not(feature = "lake"),
    expect(dead_code, reason = "they are read so that the schema is that of every build")
)]
pub(crate) struct Dataset {
    pub(crate) name: String,
    /// From the folder of the configuration.
    pub(crate) path: String,
    /// Its word; by the ending of the files, if there is none.
    pub(crate) format: Option<&'static str>,
    pub(crate) digest: Option<String>,
    /// For whom it is; for everybody, if there are none.
    pub(crate) roles: Vec<(String, Role)>,
}

/// What a role sees.
#[derive(Clone, Debug)]
#[cfg_attr(
    not(feature = "lake"),
    expect(dead_code, reason = "they are read so that the schema is that of every build")
)]
pub(crate) struct Role {
    pub(crate) deny: Vec<String>,
    /// The word of each mask, with its columns.
    pub(crate) mask: [(&'static str, Vec<String>); 3],
    pub(crate) rows: Option<String>,
}

/// The store that data sets at `s3://` are in. The key for it is in the environment alone.
#[derive(Clone, Debug, Default)]
#[cfg_attr(
    not(feature = "lake"),
    expect(dead_code, reason = "they are read so that the schema is that of every build")
)]
pub(crate) struct Store {
    pub(crate) endpoint: Option<String>,
    pub(crate) region: Option<String>,
    pub(crate) path_style: Option<bool>,
    pub(crate) allow_http: bool,
}

/// Reads all data sets.
pub(super) fn read(table: &mut Table<'_>) -> Vec<Dataset> {
    let words = "tables that `redoubt query` knows, each under a name; needs a build with `lake`";
    let datasets: Vec<Dataset> = table.named("datasets", words, dataset).into_iter().map(|(_, set)| set).collect();
    if datasets.len() > DATASETS_MAX {
        table.refuse("datasets", format!("more than {DATASETS_MAX} data sets"));
    }
    refuse_without_sql(table, "datasets");
    datasets
}

/// Reads where the store is.
pub(super) fn store(table: &mut Table<'_>) -> Store {
    let words =
        "the store of data sets at `s3://BUCKET/KEY`; its key is in AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY";
    let store = table.table("s3", words, |table| Store {
        endpoint: table
            .get("endpoint", "`https://HOST` of a store that speaks S3; Amazon's of the region, if left out"),
        region: table.get("region", "of the buckets; `us-east-1`, if left out"),
        path_style: table
            .get("path_style", "the bucket is in the path, not in the host; so with an endpoint, if left out"),
        allow_http: table.or("allow_http", "a store on another machine may be spoken to without TLS", false),
    });
    refuse_without_sql(table, "s3");
    store
}

fn refuse_without_sql(table: &mut Table<'_>, key: &'static str) {
    if !cfg!(feature = "lake") && table.has(key) {
        table.refuse(key, "this build has no SQL; build it with `cargo build --release -p redoubt --features lake`");
    }
}

fn dataset(name: &str, table: &mut Table<'_>) -> Dataset {
    let words = "a file, or a folder of files of one format; or `s3://BUCKET/KEY`, likewise in a store";
    let path = table.require("path", words, String::new());
    #[cfg(feature = "lake")]
    if let Err(reason) = redoubt_lake::Location::parse(&path, std::path::Path::new("")) {
        table.refuse("path", reason);
    }
    let formats = [
        ("auto", None),
        ("csv", Some("csv")),
        ("json_lines", Some("json_lines")),
        ("parquet", Some("parquet")),
        ("arrow", Some("arrow")),
    ];
    let format = table.choose("format", "how it is written; `auto` goes by the ending", &formats, None, "auto");
    let digest: Option<String> = table.get("digest", "`sha256:…`, and any other content is refused");
    if digest.as_ref().is_some_and(|digest| !is_digest(digest)) {
        table.refuse("digest", "expected `sha256:` and 64 hexadecimal digits");
    }
    let words = "what a role sees of it; with any, nobody else sees anything, and an empty one sees all";
    let roles = table.named("roles", words, |_, table| role(table));
    #[cfg(feature = "lake")]
    if !redoubt_lake::is_name(name) && name != "NAME" {
        let reason = format!("`{name}` is no name in SQL: small letters, digits and `_`, a letter first");
        table.refuse("path", reason);
    }
    Dataset { name: name.to_owned(), path, format, digest, roles }
}

fn role(table: &mut Table<'_>) -> Role {
    let (deny, mask) = table.table("columns", "which columns it sees; all, if left out", |table| {
        let deny: Vec<String> = table.or("deny", "columns that do not exist for it", Vec::new());
        let mask = table.table("mask", "columns of which it does not see the values", |table| {
            [
                (
                    "hash",
                    table.or("hash", "equal values get equal pseudonyms, by a key of this installation", Vec::new()),
                ),
                ("null", table.or("null", "the column is empty", Vec::new())),
                ("last4", table.or("last4", "asterisks and the last four characters", Vec::new())),
            ]
        });
        (deny, mask)
    });
    let rows: Option<String> = table.get("rows", "an SQL predicate such as \"region = 'EU'\": the rows it sees");
    #[cfg(feature = "lake")]
    if let Some(Err(error)) = rows.as_ref().map(|sql| redoubt_lake::check_predicate(sql)) {
        table.refuse("rows", error.to_string());
    }
    Role { deny, mask, rows }
}

fn is_digest(text: &str) -> bool {
    let digits = text.strip_prefix("sha256:").unwrap_or_default();
    digits.len() == 64 && digits.bytes().all(|byte| byte.is_ascii_digit() || (b'a'..=b'f').contains(&byte))
}
