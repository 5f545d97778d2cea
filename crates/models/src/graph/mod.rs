//! Formats that hold graphs of operations: what an operation does is the runtime's business, so what counts is which
//! operations there are and which files they name.

pub(crate) mod keras;
pub(crate) mod onnx;
pub(crate) mod protobuf;
pub(crate) mod tensorflow;
