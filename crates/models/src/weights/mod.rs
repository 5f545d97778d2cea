//! Formats that hold tensors and no code: their headers may lie about what follows.

pub(crate) mod gguf;
pub(crate) mod npy;
pub(crate) mod safetensors;
