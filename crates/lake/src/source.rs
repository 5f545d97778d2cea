//! Files as tables: which they are, how they are written, and what their columns hold.

use std::fs;
use std::io::{BufReader, Read};
use std::path::{Path, PathBuf};
use std::sync::Arc;

use datafusion::arrow::datatypes::{DataType, Field, Schema};
use datafusion::arrow::ipc::reader::FileReader;
use datafusion::catalog::TableProvider;
use datafusion::datasource::file_format::FileFormat;
use datafusion::datasource::file_format::arrow::ArrowFormat;
use datafusion::datasource::file_format::csv::CsvFormat;
use datafusion::datasource::file_format::json::JsonFormat;
use datafusion::datasource::file_format::parquet::ParquetFormat;
use datafusion::datasource::listing::{ListingOptions, ListingTable, ListingTableConfig, ListingTableUrl};
use datafusion::prelude::SessionContext;

use crate::digest::{self, Stamp};
use crate::error::LakeError;
use crate::infer;
use crate::location::{Location, ObjectPath};
use crate::s3::{Listing, S3};

/// The most files of one table.
const FILES_MAX: usize = 10_000;

/// How a table is written.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Format {
    /// Comma-separated values (RFC 4180) under a line of names.
    Csv,
    /// One JSON object on each line.
    JsonLines,
    /// Apache Parquet.
    Parquet,
    /// Apache Arrow's file format ("Feather").
    Arrow,
}

impl Format {
    /// Each with its word.
    pub const ALL: [(&'static str, Self); 4] =
        [("csv", Self::Csv), ("json_lines", Self::JsonLines), ("parquet", Self::Parquet), ("arrow", Self::Arrow)];

    /// Its word.
    #[must_use]
    pub fn word(self) -> &'static str {
        Self::ALL.iter().find(|(_, format)| *format == self).map_or("", |(word, _)| word)
    }

    /// The endings of files of this format.
    const fn endings(self) -> &'static [&'static str] {
        match self {
            Self::Csv => &["csv"],
            Self::JsonLines => &["jsonl", "ndjson"],
            Self::Parquet => &["parquet"],
            Self::Arrow => &["arrow", "feather", "ipc"],
        }
    }

    fn of(path: &Path) -> Option<Self> {
        let ending = path.extension()?.to_str()?.to_ascii_lowercase();
        Self::ALL.iter().find(|(_, format)| format.endings().contains(&ending.as_str())).map(|(_, format)| *format)
    }
}

/// A table in a file or a folder of files, here or in a store.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Source {
    /// Its name in SQL.
    pub name: String,
    /// Where its files are.
    pub location: Location,
    /// How it is written; by the endings of its files, if left out.
    pub format: Option<Format>,
    /// What its bytes must have, as `sha256:…`. That of a folder is of the lines `NAME DIGEST`, sorted by name.
    pub digest: Option<String>,
}

/// Whether SQL can say a name without quotes, which each name of a table must allow.
#[must_use]
pub fn is_name(name: &str) -> bool {
    (1..=64).contains(&name.len())
        && name.starts_with(|letter: char| letter.is_ascii_lowercase())
        && name.bytes().all(|byte| byte.is_ascii_lowercase() || byte.is_ascii_digit() || byte == b'_')
}

/// The words for what [`is_name`] wants.
pub(crate) const NAME_WORDS: &str = "small letters, digits and `_`, a letter first, at most 64 of them";

/// A source whose files were looked at.
#[derive(Clone, Debug)]
pub(crate) struct Opened {
    pub(crate) format: Format,
    /// With what tells that one changes, sorted by path.
    pub(crate) files: Vec<(PathBuf, Stamp)>,
}

impl Source {
    /// Finds the files at `path`, where its location leads, and the types of the columns. All rows are looked at where the
    /// format does not tell the types.
    pub(crate) async fn open(
        &self,
        path: &Path,
        context: &SessionContext,
    ) -> Result<(Opened, Arc<dyn TableProvider>), LakeError> {
        // Where a copy lies says nothing to those who ask.
        let shown = |reason: String| match &self.location {
            Location::Path(_) => reason,
            Location::Objects(at) => reason.replace(&*path.to_string_lossy(), &at.to_string()),
        };
        let wrong = |reason: String| LakeError::table(&self.name, shown(reason));
        if !is_name(&self.name) {
            return Err(wrong(format!("a name has {NAME_WORDS}")));
        }
        let (format, paths) = self.files(path).map_err(wrong)?;
        let mut files = Vec::new();
        for path in paths {
            let stamp = Stamp::of(&path).map_err(|error| wrong(cannot_read(&path, &error)))?;
            files.push((path, stamp));
        }
        let given = match format {
            Format::Csv => Some(infer::csv(&files).map_err(wrong)?),
            Format::JsonLines => {
                files.iter().try_for_each(|(path, _)| begins_with_object(path)).map_err(wrong)?;
                None
            }
            Format::Arrow => Some(arrow_schema(&files).map_err(wrong)?),
            Format::Parquet => None,
        };
        let reader: Arc<dyn FileFormat> = match format {
            Format::Csv => Arc::new(CsvFormat::default().with_has_header(true).with_newlines_in_values(true)),
            Format::JsonLines => Arc::new(JsonFormat::default().with_schema_infer_max_rec(usize::MAX)),
            Format::Parquet => Arc::new(ParquetFormat::default()),
            Format::Arrow => Arc::new(ArrowFormat),
        };
        // The files are listed already: whatever their ending, they are meant.
        let options = ListingOptions::new(reader).with_file_extension("");
        let urls: Result<Vec<ListingTableUrl>, _> = files.iter().map(|(path, _)| url(path)).collect();
        let urls = urls.map_err(|error| wrong(error.strip_backtrace()))?;
        let schema = match given {
            Some(schema) => Arc::new(schema),
            None => {
                let mut all: Vec<Schema> = Vec::new();
                for (url, (path, _)) in urls.iter().zip(&files) {
                    let found = options.infer_schema(&context.state(), url).await;
                    let found =
                        found.map_err(|error| wrong(format!("`{}`: {}", path.display(), error.strip_backtrace())))?;
                    all.push(found.as_ref().clone().with_metadata(std::collections::HashMap::new()));
                }
                let merged = Schema::try_merge(all);
                Arc::new(merged.map_err(|error| wrong(format!("its files do not fit together: {error}")))?)
            }
        };
        columns(&schema).map_err(wrong)?;
        let config = ListingTableConfig::new_with_multi_paths(urls).with_listing_options(options).with_schema(schema);
        let table = ListingTable::try_new(config).map_err(|error| wrong(error.strip_backtrace()))?;
        Ok((Opened { format, files }, Arc::new(table)))
    }

    /// What tells its files on this machine from all others; nothing if they cannot be listed.
    pub(crate) fn stamps(&self) -> Vec<Stamp> {
        let Location::Path(path) = &self.location else { return Vec::new() };
        let files = self.files(path).map(|(_, files)| files).unwrap_or_default();
        files.iter().filter_map(|path| Stamp::of(path).ok()).collect()
    }

    /// The objects of its location in a store, those of other formats left out.
    pub(crate) async fn listing(&self, store: &S3, at: &ObjectPath) -> Result<Listing, LakeError> {
        let wrong = |reason: String| LakeError::table(&self.name, reason);
        let mut listing = store.list(at, FILES_MAX).await.map_err(wrong)?;
        let is_meant = |format: Option<Format>| format.is_some() && self.format.is_none_or(|of| format == Some(of));
        if listing.is_folder {
            listing.objects.retain(|object| is_meant(Format::of(Path::new(object.name()))));
        }
        let words = || format!("`{at}` has no object whose ending is that of a format: .csv, .jsonl, .parquet, .arrow");
        if listing.objects.is_empty() { Err(wrong(words())) } else { Ok(listing) }
    }

    /// Copies listed objects to a new folder, and returns where the table lies then.
    pub(crate) async fn copy(
        &self,
        store: &S3,
        at: &ObjectPath,
        listing: &Listing,
        folder: &Path,
        bytes_max: u64,
    ) -> Result<PathBuf, LakeError> {
        let wrong = |reason: String| LakeError::table(&self.name, reason);
        let bytes: u64 = listing.objects.iter().map(|object| object.bytes).sum();
        if bytes > bytes_max {
            return Err(wrong(format!("`{at}` has {bytes} bytes, and at most {bytes_max} are copied")));
        }
        match fs::remove_dir_all(folder) {
            Err(error) if error.kind() != std::io::ErrorKind::NotFound => {
                return Err(wrong(cannot_read(folder, &error)));
            }
            _ => fs::create_dir_all(folder).map_err(|error| wrong(cannot_read(folder, &error)))?,
        }
        for object in &listing.objects {
            store.copy(at, object, &folder.join(object.name())).await.map_err(wrong)?;
        }
        Ok(match listing.objects.as_slice() {
            [object] if !listing.is_folder => folder.join(object.name()),
            _ => folder.to_owned(),
        })
    }

    /// The format and the files of the table, sorted by path.
    fn files(&self, path: &Path) -> Result<(Format, Vec<PathBuf>), String> {
        let metadata = fs::metadata(path).map_err(|error| cannot_read(path, &error))?;
        let path = path.canonicalize().map_err(|error| cannot_read(path, &error))?;
        if metadata.is_file() {
            let format = self.format.or_else(|| Format::of(&path));
            return Ok((format.ok_or_else(|| no_format(&path))?, vec![path]));
        }
        if !metadata.is_dir() {
            return Err(format!("`{}` is neither a file nor a folder", path.display()));
        }
        let mut found: Vec<(Option<Format>, PathBuf)> = Vec::new();
        for entry in fs::read_dir(&path).map_err(|error| cannot_read(&path, &error))? {
            let entry = entry.map_err(|error| cannot_read(&path, &error))?.path();
            let is_hidden = entry.file_name().is_some_and(|name| name.as_encoded_bytes().starts_with(b"."));
            if !is_hidden && entry.is_file() {
                found.push((Format::of(&entry), entry));
            }
            if found.len() > FILES_MAX {
                return Err(format!("`{}` has more than {FILES_MAX} files", path.display()));
            }
        }
        let format = match self.format {
            Some(format) => format,
            None => {
                let mut formats = found.iter().filter_map(|(format, _)| *format);
                let first = formats.next().ok_or_else(|| no_format(&path))?;
                if formats.any(|format| format != first) {
                    return Err(format!("`{}` has files of several formats; say which with `format`", path.display()));
                }
                first
            }
        };
        let mut files: Vec<PathBuf> =
            found.into_iter().filter(|(of, _)| *of == Some(format)).map(|(_, path)| path).collect();
        files.sort();
        if files.is_empty() {
            return Err(format!("`{}` has no file of the format `{}`", path.display(), format.word()));
        }
        Ok((format, files))
    }
}

impl Opened {
    /// The digest of all that the table is made of, and whether a file changed since it was opened.
    pub(crate) fn digest(&self) -> Result<String, LakeError> {
        let read = |path: &Path| {
            digest::of_file(path).map_err(|error| LakeError::table(&path.display().to_string(), error.to_string()))
        };
        let digest = match self.files.as_slice() {
            [(path, _)] => read(path)?,
            files => {
                let mut lines = String::new();
                for (path, _) in files {
                    let name = path.file_name().map(|name| name.to_string_lossy()).unwrap_or_default();
                    lines.push_str(&format!("{name} {}\n", read(path)?));
                }
                digest::of_bytes(lines.as_bytes())
            }
        };
        self.unchanged()?;
        Ok(digest)
    }

    /// Whether the files are still those that were opened.
    pub(crate) fn unchanged(&self) -> Result<(), LakeError> {
        let changed = self.files.iter().find(|(path, stamp)| Stamp::of(path).ok().as_ref() != Some(stamp));
        changed.map_or(Ok(()), |(path, _)| Err(LakeError::Changed(path.clone())))
    }
}

/// The schema that all files have. DataFusion's own reader waits for ever for the rest of a file that was cut.
fn arrow_schema(files: &[(PathBuf, Stamp)]) -> Result<Schema, String> {
    let mut all: Option<Schema> = None;
    for (path, _) in files {
        let file = fs::File::open(path).map_err(|error| cannot_read(path, &error))?;
        let reader = FileReader::try_new(BufReader::new(file), None);
        let reader = reader.map_err(|error| format!("`{}` is no Arrow file: {error}", path.display()))?;
        let schema = Schema::new(reader.schema().fields().clone());
        if all.as_ref().is_some_and(|all| *all != schema) {
            return Err(format!("`{}` has other columns than the files before it", path.display()));
        }
        all = Some(schema);
    }
    all.ok_or_else(|| "there are no files".to_owned())
}

fn columns(schema: &Schema) -> Result<(), String> {
    if schema.fields().is_empty() {
        return Err("it has no columns".to_owned());
    }
    let names: Vec<&str> = schema.fields().iter().map(|field| field.name().as_str()).collect();
    let twice = names.iter().enumerate().find(|(at, name)| names.iter().take(*at).any(|other| other == *name));
    twice.map_or(Ok(()), |(_, name)| Err(format!("two columns are called `{name}`")))
}

fn cannot_read(path: &Path, error: &std::io::Error) -> String {
    match error.kind() {
        std::io::ErrorKind::NotFound => format!("there is no file or folder `{}`", path.display()),
        _ => format!("cannot read `{}`: {error}", path.display()),
    }
}

fn no_format(path: &Path) -> String {
    format!(
        "nothing tells the format of `{}`; its ending must be one of .csv, .jsonl, .parquet, .arrow",
        path.display()
    )
}

/// A list of objects in one JSON document looks like lines of JSON from afar, and would be one strange row.
fn begins_with_object(path: &Path) -> Result<(), String> {
    let mut first = [0; 4_096];
    let read = fs::File::open(path).and_then(|mut file| file.read(&mut first));
    let read = read.map_err(|error| cannot_read(path, &error))?;
    let first = first.get(..read).unwrap_or_default().trim_ascii_start();
    if first.is_empty() || first.starts_with(b"{") {
        return Ok(());
    }
    Err(format!("`{}` is not one JSON object on each line", path.display()))
}

/// A path as a URL in which nothing is a pattern.
fn url(path: &Path) -> Result<ListingTableUrl, datafusion::error::DataFusionError> {
    let mut text = String::from("file://");
    for byte in path.as_os_str().as_encoded_bytes() {
        if byte.is_ascii_alphanumeric() || b"/._-".contains(byte) {
            text.push(char::from(*byte));
        } else {
            text.push_str(&format!("%{byte:02X}"));
        }
    }
    ListingTableUrl::parse(text)
}

/// A type as people write it in SQL.
pub(crate) fn type_words(of: &DataType) -> String {
    match of {
        DataType::Boolean => "boolean".to_owned(),
        DataType::Int8 => "tinyint".to_owned(),
        DataType::Int16 => "smallint".to_owned(),
        DataType::Int32 => "int".to_owned(),
        DataType::Int64 => "bigint".to_owned(),
        DataType::UInt8 | DataType::UInt16 | DataType::UInt32 | DataType::UInt64 => {
            format!("{of}").replace("UInt", "unsigned ")
        }
        DataType::Float32 => "real".to_owned(),
        DataType::Float64 => "double".to_owned(),
        DataType::Utf8 | DataType::LargeUtf8 | DataType::Utf8View => "text".to_owned(),
        DataType::Binary | DataType::LargeBinary | DataType::BinaryView | DataType::FixedSizeBinary(_) => {
            "bytes".to_owned()
        }
        DataType::Date32 | DataType::Date64 => "date".to_owned(),
        DataType::Time32(_) | DataType::Time64(_) => "time".to_owned(),
        DataType::Timestamp(_, None) => "timestamp".to_owned(),
        DataType::Timestamp(_, Some(zone)) => format!("timestamp in {zone}"),
        DataType::Decimal32(digits, places)
        | DataType::Decimal64(digits, places)
        | DataType::Decimal128(digits, places)
        | DataType::Decimal256(digits, places) => format!("decimal({digits},{places})"),
        DataType::List(item) | DataType::LargeList(item) | DataType::ListView(item) => {
            format!("list of {}", type_words(item.data_type()))
        }
        DataType::Dictionary(_, value) => type_words(value),
        DataType::Struct(fields) => {
            let fields: Vec<String> = fields.iter().map(field_words).collect();
            format!("struct({})", fields.join(", "))
        }
        other => other.to_string(),
    }
}

fn field_words(field: &Arc<Field>) -> String {
    format!("{} {}", field.name(), type_words(field.data_type()))
}
