//! Labelled data as it lies on the disk: read strictly, within bounds, and with a place for every complaint.

mod conll;
mod csv;
mod folder;
mod record;

pub(super) use folder::Folder;
pub(super) use record::{Format, Record};
