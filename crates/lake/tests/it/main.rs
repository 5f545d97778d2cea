//! Queries from outside: formats, stores, refusals, policies, limits, and the answers of TPC-H.

#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::indexing_slicing,
    clippy::panic,
    reason = "a test that cannot go on fails"
)]

mod columns;
mod limits;
mod policies;
mod queries;
mod s3;
mod support;
mod tpch;
