//! The API as clients see it: its shapes, its mistakes, and what one tenant sees of another.

mod artifacts;
mod experiments;
mod models;
mod runs;
mod world;
