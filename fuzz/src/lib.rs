//! What the fuzz targets do with their bytes.
//!
//! The laws lie with the tests of the crates they bind, which check them on random values; here they are
//! included by path, and a coverage-guided fuzzer chooses the values. `cargo xtask fuzz` runs all of it.

pub mod audit;
pub mod configuration;
pub mod guard;
pub mod models;
pub mod policy;
pub mod wire;

/// The first byte, as a number below `count`, and the rest.
fn choose(data: &[u8], count: usize) -> (usize, &[u8]) {
    match data.split_first() {
        Some((first, rest)) => (usize::from(*first) % count, rest),
        None => (0, data),
    }
}

/// Up to seven bytes from the front, as many as the first says, and the rest.
fn cuts(data: &[u8]) -> (&[u8], &[u8]) {
    let (count, rest) = choose(data, 8);
    rest.split_at(count.min(rest.len()))
}
