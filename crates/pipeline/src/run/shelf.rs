//! Where bytes lie and what was run is noted, as a seam.

use std::error::Error;

use super::{Outside, Record};
use crate::digest::Digest;
use crate::effect::Models;
use crate::file::Source;

/// What goes wrong on a shelf, in its words.
pub type ShelfError = Box<dyn Error + Send + Sync>;

/// Where bytes lie and what was run is noted.
pub trait Shelf {
    /// The bytes of a data set.
    ///
    /// # Errors
    /// If it cannot be read.
    fn source(&self, source: &Source) -> Result<Vec<u8>, ShelfError>;

    /// Keeps bytes, so that they are there after a crash once this returns.
    ///
    /// # Errors
    /// If they could not be written.
    fn keep(&self, digest: &Digest, bytes: &[u8]) -> Result<(), ShelfError>;

    /// The bytes of a digest; none if they are gone or were changed.
    ///
    /// # Errors
    /// If they cannot be read.
    fn fetch(&self, digest: &Digest) -> Result<Option<Vec<u8>>, ShelfError>;

    /// Notes under `key` what a step made. What it made is kept already.
    ///
    /// # Errors
    /// If it could not be written.
    fn note(&self, key: &Digest, record: &Record) -> Result<(), ShelfError>;

    /// What was noted under a key.
    ///
    /// # Errors
    /// If it cannot be read.
    fn noted(&self, key: &Digest) -> Result<Option<Record>, ShelfError>;

    /// What was noted last for a step of a pipeline, whatever its key.
    ///
    /// # Errors
    /// If it cannot be read.
    fn last(&self, pipeline: &str, step: &str) -> Result<Option<Record>, ShelfError>;

    /// What steps may ask of the world; none where there is nothing to be asked.
    fn outside(&self) -> Option<&dyn Outside> {
        None
    }

    /// The registry of models; none where there is none.
    fn models(&self) -> Option<&dyn Models> {
        None
    }
}
