//! Bringing bytes in and out: listeners, TLS, time limits, draining.

mod body;
pub(crate) mod lanes;
mod listener;
mod quiet;
mod stall;
mod tls;

pub(crate) use body::{BodyCut, BodyError, Outgoing, owned, read_body};
pub(crate) use lanes::Lanes;
pub(crate) use listener::{Plane, Wiring, listen};
pub use tls::TlsError;
pub(crate) use tls::build as build_tls;
