//! Queries with the engine: tables, answers, and the record of each.

use std::fs::{self, File, OpenOptions};
use std::io::{self, BufWriter, Seek, SeekFrom, Write};
use std::num::NonZeroUsize;
use std::os::unix::fs::OpenOptionsExt;
use std::path::{Path, PathBuf};
use std::process::ExitCode;

use redoubt_audit::EventKind;
use redoubt_lake::{Answer, Lake, LakeError, Limits, Location, Output, Roles, Rows, S3, Source, TableInfo};
use serde_json::{Value, json};

use super::{Format, Query, prompt};
use crate::cli::{Context, Failure, record_with, runtime};
use crate::config::{self, ConfigError};
use crate::output::{self, FAINT, paint};
use crate::sql::{self, Tables};
use crate::table::TextTable;

/// The most rows that are shown as a table.
const ROWS_SHOWN_MAX: usize = 1_000;
/// The most bytes of a file with a query.
const FILE_BYTES_MAX: u64 = 1 << 20;
/// How wide a column of a table may be.
const CELL_WIDTH: usize = 60;

/// Whoever asks, and how answers are written.
pub(super) struct Asker<'a> {
    pub(super) lake: Lake,
    context: &'a Context,
    role: Option<String>,
    format: Format,
    out: Option<PathBuf>,
}

pub(super) fn run(query: Query, context: &Context) -> Result<ExitCode, Failure> {
    let Query { sql, file, data, role, datasets, format, json, out, memory, timeout, threads } = query;
    let format = if json { Format::Json } else { format };
    if format == Format::Parquet && out.is_none() {
        return Err(Failure::usage("Parquet is bytes; say where to write them with `--out`"));
    }
    let home = context.open_home()?;
    let threads = threads.or_else(|| std::thread::available_parallelism().ok()).map_or(1, NonZeroUsize::get);
    let limits = Limits { memory, spill: sql::SPILL_BYTES_MAX, timeout, threads, folder: sql::folder(home.path()) };
    let (sources, store) = sources(context, data, role.is_some())?;
    // Pseudonyms of one installation say nothing to another.
    let key = sql::mask_key(&home)?;
    let lake = Lake::new(sources, role.clone(), Some(key), limits)?;
    let lake = match store {
        Some(store) => lake.with_store(store),
        None => lake,
    };
    let mut asker = Asker { lake, context, role, format, out };
    let sql = match file {
        Some(path) => Some(read(&path)?),
        None => sql,
    };
    runtime()?.block_on(async {
        match sql {
            _ if datasets => asker.list(json).await,
            Some(sql) => asker.ask(&sql).await.map(|()| ExitCode::SUCCESS),
            None => prompt::run(&mut asker).await,
        }
    })
}

fn read(path: &Path) -> Result<String, Failure> {
    let failed = |error: io::Error| Failure::usage(format!("cannot read `{}`: {error}", path.display()));
    let metadata = fs::metadata(path).map_err(failed)?;
    if !metadata.is_file() || metadata.len() > FILE_BYTES_MAX {
        return Err(Failure::usage(format!("`{}` is no file of at most {FILE_BYTES_MAX} bytes", path.display())));
    }
    fs::read_to_string(path).map_err(failed)
}

/// The data sets of the configuration and the tables of the command line, and their store if any is in one.
fn sources(context: &Context, data: Vec<(String, String)>, must_have: bool) -> Result<(Tables, Option<S3>), Failure> {
    let (datasets, store) = match config::load_datasets(&context.config) {
        Ok(read) => read,
        Err(ConfigError::Missing { .. }) if !must_have || !data.is_empty() => Default::default(),
        Err(error) => return Err(Failure::usage(error)),
    };
    let mut sources = sql::sources(datasets, context.config.parent().unwrap_or(Path::new("")))?;
    for (name, path) in data {
        let location = sql::location(&name, &path, Path::new(""))?;
        sources.push((Source { name, location, format: None, digest: None }, Roles::new()));
    }
    let is_in_store = sources.iter().any(|(source, _)| matches!(source.location, Location::Objects(_)));
    let store = is_in_store.then(|| sql::store(store)).transpose().map_err(|reason| {
        Failure::usage(reason).next("`[s3]` of the configuration and the environment (AWS_…) say where the store is")
    })?;
    Ok((sources, store))
}

impl Asker<'_> {
    /// Runs a query, notes it, and gives its answer.
    pub(super) async fn ask(&mut self, sql: &str) -> Result<(), Failure> {
        let asked = tokio::select! {
            asked = self.prepare(sql) => asked,
            _ = tokio::signal::ctrl_c() => Err(Failure::check("stopped")),
        };
        let (record, ready) = match asked {
            Ok(asked) => asked,
            Err(failure) => {
                let digest = sql::digest(sql);
                let detail = format!("failed{}", self.as_role());
                record_with(self.context, EventKind::Query, &digest, &detail).await?;
                return Err(failure);
            }
        };
        // An answer that left and is not noted would be worse than one that is noted and did not.
        record_with(self.context, EventKind::Query, &record.sql, &record.detail).await?;
        ready.give()
    }

    async fn prepare(&mut self, sql: &str) -> Result<(Record, Ready), Failure> {
        let answer = self.lake.run(sql).await?;
        let mut detail = String::new();
        for (name, digest) in &answer.tables {
            detail.push_str(&format!("{name} {digest}, "));
        }
        let digest = answer.sql.clone();
        let (count, ready) = self.made(answer).await?;
        let words = if count == 1 { "row" } else { "rows" };
        detail.push_str(&format!("{count} {words}{}", self.as_role()));
        Ok((Record { sql: digest, detail }, ready))
    }

    async fn made(&self, answer: Answer) -> Result<(u64, Ready), Failure> {
        let output = match self.format {
            Format::Table => {
                let rows = answer.rows(ROWS_SHOWN_MAX).await?;
                let count = rows.count;
                let text = text(&rows);
                return Ok((count, Ready::Text(text, self.out.clone())));
            }
            Format::Csv => Output::Csv,
            Format::Json => Output::Json,
            Format::Jsonl => Output::JsonLines,
            Format::Parquet => Output::Parquet,
        };
        match &self.out {
            Some(path) => {
                let part = Part::beside(path)?;
                let mut file = BufWriter::new(part.file.try_clone()?);
                let count = answer.write(output, &mut file).await?;
                file.flush()?;
                part.file.sync_all()?;
                Ok((count, Ready::File(part)))
            }
            None => {
                let mut file = self.lake.scratch()?;
                let mut to = BufWriter::new(&mut file);
                let count = answer.write(output, &mut to).await?;
                to.flush()?;
                drop(to);
                file.seek(SeekFrom::Start(0))?;
                Ok((count, Ready::Stream(file)))
            }
        }
    }

    fn as_role(&self) -> String {
        self.role.as_ref().map(|role| format!(", as {role}")).unwrap_or_default()
    }

    /// Lists every table.
    pub(super) async fn list(&mut self, as_json: bool) -> Result<ExitCode, Failure> {
        let tables = self.lake.tables().await;
        if as_json {
            let tables: Vec<Value> = tables.iter().map(|(name, info)| info_as_json(name, info)).collect();
            output::json(&json!({ "datasets": tables }));
            return Ok(ExitCode::SUCCESS);
        }
        if tables.is_empty() {
            output::line("there are no tables");
            output::note("name one with `--data NAME=PATH`, or in the configuration under `[datasets.NAME]`");
            return Ok(ExitCode::SUCCESS);
        }
        let mut text = TextTable::new(&[("table", 30), ("format", 10), ("digest", 12), ("columns", 80)]);
        for (name, info) in tables {
            text.row(match info {
                Ok(info) => {
                    let columns: Vec<String> =
                        info.columns.iter().map(|column| format!("{} {}", column.name, column.of)).collect();
                    let digest = info.digest.trim_start_matches("sha256:").chars().take(12).collect();
                    vec![name, info.format.word().to_owned(), digest, columns.join(", ")]
                }
                Err(error) => vec![name, String::new(), String::new(), error.to_string()],
            });
        }
        output::line(text.render(output::width()).trim_end());
        Ok(ExitCode::SUCCESS)
    }

    /// Shows the columns of a table.
    pub(super) async fn describe(&mut self, name: &str) -> Result<(), Failure> {
        let info = self.lake.table(name).await?;
        let mut text = TextTable::new(&[("column", 40), ("holds", 60)]);
        for column in info.columns {
            text.row(vec![column.name, column.of]);
        }
        output::line(text.render(output::width()).trim_end());
        Ok(())
    }
}

fn info_as_json(name: &str, info: &Result<TableInfo, LakeError>) -> Value {
    match info {
        Ok(TableInfo { name, location, format, digest, columns, role }) => json!({
            "name": name,
            "path": location.to_string(),
            "format": format.word(),
            "digest": digest,
            "columns": columns.iter().map(|column| json!({ "name": column.name, "type": column.of })).collect::<Vec<_>>(),
            "role": role,
        }),
        Err(error) => json!({ "name": name, "error": error.to_string() }),
    }
}

/// What is noted of a query: never what it said or gave.
struct Record {
    sql: String,
    detail: String,
}

/// An answer that is whole and was not given yet.
enum Ready {
    Text(String, Option<PathBuf>),
    File(Part),
    Stream(File),
}

impl Ready {
    fn give(self) -> Result<(), Failure> {
        match self {
            Self::Text(text, None) => output::line(text.trim_end()),
            Self::Text(text, Some(path)) => {
                let plain = anstream::adapter::strip_str(&text).to_string();
                crate::shelf::write(&path, plain.as_bytes())?;
            }
            Self::File(part) => part.place()?,
            Self::Stream(mut file) => match io::copy(&mut file, &mut io::stdout().lock()) {
                Ok(_) => {}
                // A reader that went away, as `head` does, has seen enough.
                Err(error) if error.kind() == io::ErrorKind::BrokenPipe => {}
                Err(error) => return Err(Failure::usage(error)),
            },
        }
        Ok(())
    }
}

/// A file that is written beside its place.
struct Part {
    file: File,
    beside: PathBuf,
    path: PathBuf,
    is_placed: bool,
}

impl Part {
    fn beside(path: &Path) -> Result<Self, Failure> {
        let mut beside = path.as_os_str().to_owned();
        beside.push(format!(".{}.part", std::process::id()));
        let beside = PathBuf::from(beside);
        let file = OpenOptions::new().write(true).create_new(true).mode(0o600).open(&beside);
        let file = file.map_err(|error| Failure::usage(format!("cannot write `{}`: {error}", path.display())))?;
        Ok(Self { file, beside, path: path.to_owned(), is_placed: false })
    }

    fn place(mut self) -> Result<(), Failure> {
        fs::rename(&self.beside, &self.path)?;
        self.is_placed = true;
        Ok(())
    }
}

impl Drop for Part {
    fn drop(&mut self) {
        if !self.is_placed {
            // Half an answer is no answer.
            _ = fs::remove_file(&self.beside);
        }
    }
}

/// Rows as a table for people.
fn text(rows: &Rows) -> String {
    let columns: Vec<(&str, usize)> = rows.columns.iter().map(|column| (column.name.as_str(), CELL_WIDTH)).collect();
    let mut table = TextTable::new(&columns);
    for row in &rows.cells {
        table.row(row.iter().map(|cell| cell.clone().unwrap_or_default()).collect());
    }
    let mut text = table.render(output::width());
    let words = if rows.count == 1 { "row" } else { "rows" };
    let shown = rows.cells.len();
    let count = if rows.count > shown as u64 {
        format!("{shown} of {} {words}; `--format csv` gives all", rows.count)
    } else {
        format!("{} {words}", rows.count)
    };
    text.push_str(&paint(FAINT, &count));
    text
}
