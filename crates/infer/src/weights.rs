//! Tensors by name, each with the shape that the configuration asks for.

use std::collections::HashMap;

use candle_core::{DType, Device, Tensor, safetensors};

use crate::error::LoadError;

/// The tensors of a file.
pub(crate) struct Weights {
    file: &'static str,
    tensors: HashMap<String, Tensor>,
}

impl Weights {
    /// Reads a file in the form of safetensors, which cannot hold code.
    pub(crate) fn read(file: &'static str, bytes: &[u8]) -> Result<Self, LoadError> {
        let malformed =
            |error: candle_core::Error| LoadError::Malformed { file: file.to_owned(), reason: error.to_string() };
        let tensors = safetensors::load_buffer(bytes, &Device::Cpu).map_err(malformed)?;
        Ok(Self { file, tensors })
    }

    pub(crate) fn has(&self, name: &str) -> bool {
        self.tensors.contains_key(name)
    }

    /// The shape of a tensor as it is.
    pub(crate) fn shape(&self, name: &str) -> Option<&[usize]> {
        self.tensors.get(name).map(Tensor::dims)
    }

    /// A tensor of this shape, as 32-bit floats, whatever precision it is kept in.
    pub(crate) fn take(&self, name: &str, shape: &[usize]) -> Result<Tensor, LoadError> {
        let missing = || LoadError::MissingTensor { file: self.file, tensor: name.to_owned() };
        let tensor = self.tensors.get(name).ok_or_else(missing)?;
        if tensor.dims() != shape {
            return Err(LoadError::Shape {
                file: self.file,
                tensor: name.to_owned(),
                found: tensor.dims().to_vec(),
                expected: shape.to_vec(),
            });
        }
        Ok(tensor.to_dtype(DType::F32)?.contiguous()?)
    }
}
