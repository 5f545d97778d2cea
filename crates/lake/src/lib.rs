//! SQL over tables in files, by [DataFusion](https://datafusion.apache.org), for those who may see only a part of them.
//!
//! ```text
//! objects of a store -> copies of them as files
//! sources -> files, digests, types -> tables -> those with policies: wrapped, so that a query sees nothing else
//! SQL -> one statement that reads -> plan -> verified node by node -> run within memory, time and a folder of its own
//! ```
//!
//! A query can neither write nor name a file: only the tables that were given at the start exist. Policies of rows and
//! columns are part of a table, below everything that a query can say ([`Policy`]).

mod answer;
mod columns;
mod digest;
mod engine;
mod error;
mod exec;
mod infer;
mod location;
mod mask;
mod policy;
mod s3;
mod source;
mod statement;
mod write;

pub use answer::{Answer, Rows};
pub use columns::{Cells, check_query, run_on_columns};
pub use engine::{ColumnInfo, Lake, Limits, Roles, TableInfo};
pub use error::{LakeError, Place};
pub use location::{Location, ObjectPath};
pub use mask::Mask;
pub use policy::{Policy, check_predicate};
pub use s3::{S3, S3Key, S3Settings};
pub use source::{Format, Source, is_name};
pub use write::Output;
