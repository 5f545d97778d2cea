//! Answers as files.

use std::io::{self, Write};

use datafusion::arrow::array::RecordBatch;
use datafusion::arrow::csv;
use datafusion::arrow::datatypes::{Schema, SchemaRef};
use datafusion::arrow::error::ArrowError;
use datafusion::arrow::json;
use datafusion::parquet::arrow::ArrowWriter;
use datafusion::parquet::basic::{Compression, ZstdLevel};
use datafusion::parquet::errors::ParquetError;
use datafusion::parquet::file::properties::WriterProperties;

use crate::error::LakeError;
use crate::source::type_words;

/// How an answer is written.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Output {
    /// Comma-separated values (RFC 4180) under a line of names.
    Csv,
    /// A list of objects.
    Json,
    /// An object on each line.
    JsonLines,
    /// Apache Parquet, compressed by zstd.
    Parquet,
}

pub(crate) enum Writer<'w> {
    Csv(Box<csv::Writer<&'w mut (dyn Write + Send)>>),
    Json(json::ArrayWriter<&'w mut (dyn Write + Send)>),
    JsonLines(json::LineDelimitedWriter<&'w mut (dyn Write + Send)>),
    Parquet(Box<ArrowWriter<&'w mut (dyn Write + Send)>>),
}

impl<'w> Writer<'w> {
    pub(crate) fn new(output: Output, schema: &SchemaRef, to: &'w mut (dyn Write + Send)) -> Result<Self, LakeError> {
        fits(output, schema)?;
        Ok(match output {
            Output::Csv => {
                let mut writer = csv::WriterBuilder::new().with_header(true).build(to);
                // Without rows the names would be missing.
                writer.write(&RecordBatch::new_empty(SchemaRef::clone(schema))).map_err(|error| of_arrow(&error))?;
                Self::Csv(Box::new(writer))
            }
            Output::Json => Self::Json(json::WriterBuilder::new().with_explicit_nulls(true).build(to)),
            Output::JsonLines => Self::JsonLines(json::WriterBuilder::new().with_explicit_nulls(true).build(to)),
            Output::Parquet => {
                let zstd = Compression::ZSTD(ZstdLevel::default());
                let properties = WriterProperties::builder().set_compression(zstd).build();
                let writer = ArrowWriter::try_new(to, SchemaRef::clone(schema), Some(properties));
                Self::Parquet(Box::new(writer.map_err(of_parquet)?))
            }
        })
    }

    pub(crate) fn write(&mut self, batch: &RecordBatch) -> Result<(), LakeError> {
        match self {
            Self::Csv(writer) => writer.write(batch).map_err(|error| of_arrow(&error)),
            Self::Json(writer) => writer.write(batch).map_err(|error| of_arrow(&error)),
            Self::JsonLines(writer) => writer.write(batch).map_err(|error| of_arrow(&error)),
            Self::Parquet(writer) => writer.write(batch).map_err(of_parquet),
        }
    }

    pub(crate) fn finish(self) -> Result<(), LakeError> {
        match self {
            Self::Csv(writer) => writer.into_inner().flush().map_err(LakeError::Write),
            Self::Json(mut writer) => {
                writer.finish().map_err(|error| of_arrow(&error))?;
                writer.into_inner().flush().map_err(LakeError::Write)
            }
            Self::JsonLines(mut writer) => {
                writer.finish().map_err(|error| of_arrow(&error))?;
                writer.into_inner().flush().map_err(LakeError::Write)
            }
            Self::Parquet(writer) => writer.close().map(|_| ()).map_err(of_parquet),
        }
    }
}

/// Whether a form can hold the columns.
fn fits(output: Output, schema: &Schema) -> Result<(), LakeError> {
    let fields = schema.fields();
    if output == Output::Csv
        && let Some(field) = fields.iter().find(|field| field.data_type().is_nested())
    {
        let reason = format!("`{}` is {}, which CSV cannot hold", field.name(), type_words(field.data_type()));
        return Err(LakeError::Output(reason + "; choose json or parquet"));
    }
    let twice =
        fields.iter().enumerate().find(|(at, field)| fields.iter().take(*at).any(|other| other.name() == field.name()));
    match twice {
        Some((_, field)) => {
            Err(LakeError::Output(format!("two columns are called `{}`; name one of them with AS", field.name())))
        }
        None => Ok(()),
    }
}

fn of_arrow(error: &ArrowError) -> LakeError {
    match error {
        ArrowError::IoError(_, source) => LakeError::Write(io::Error::new(source.kind(), source.to_string())),
        other => LakeError::Output(other.to_string()),
    }
}

fn of_parquet(error: ParquetError) -> LakeError {
    match error {
        ParquetError::External(source) => match source.downcast::<io::Error>() {
            Ok(source) => LakeError::Write(*source),
            Err(source) => LakeError::Output(source.to_string()),
        },
        other => LakeError::Output(other.to_string()),
    }
}
