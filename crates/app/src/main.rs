//! `redoubt`: one command for the whole life of a guarded model endpoint.
//!
//! This crate is the glue: it reads the command line and the configuration, opens the home, and puts the
//! parts together. What the parts do is told in their own crates.

mod audit_log;
mod cli;
mod clock;
mod config;
mod demo;
mod home;
mod log_lines;
mod output;
mod process;
mod registry;
mod rows_guard;
mod sandbox;
mod serve;
mod shelf;
mod signature;
#[cfg(feature = "lake")]
mod sql;
mod table;
mod telemetry;
mod tracking;

use std::process::ExitCode;

/// The system's allocator took an eighth of the time of a request.
#[global_allocator]
static ALLOCATOR: mimalloc::MiMalloc = mimalloc::MiMalloc;

fn main() -> ExitCode {
    cli::main()
}
