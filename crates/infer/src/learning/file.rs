//! The folder that is written.

use std::fs;
use std::path::Path;

use candle_core::Tensor;
use serde_json::{Map, Value, json};

use super::LearnError;
use super::parameters::{Parameter, Parameters};
use crate::error::LoadError;
use crate::files::{CONFIG, Files, HEAD, TOKENIZER, WEIGHTS};

/// The layers of the head.
pub(super) const DENSE: &str = "dense";
pub(super) const OUTPUT: &str = "output";

/// Where in a header stands from where to where a tensor's bytes lie.
const OFFSETS: &str = "data_offsets";

/// Writes the four files.
pub(super) fn write(folder: &Path, files: &Files, parameters: &Parameters) -> Result<(), LearnError> {
    let is_head = |parameter: &&Parameter| {
        [DENSE, OUTPUT].iter().any(|layer| parameter.name.strip_prefix(layer).is_some_and(|rest| rest.starts_with('.')))
    };
    let (head, encoder): (Vec<&Parameter>, Vec<&Parameter>) = parameters.all().iter().partition(is_head);
    let mut own = Safetensors::default();
    for parameter in head {
        let shape: Vec<usize> = parameter.var.dims().iter().rev().copied().collect();
        own.put(&parameter.name, &shape, &numbers(parameter)?);
    }
    let written = [
        (CONFIG, files.config.clone()),
        (TOKENIZER, files.tokenizer.clone()),
        (WEIGHTS, changed(&files.weights, &encoder)?),
        (HEAD, own.bytes()),
    ];
    let failed = |path: &Path, source| LearnError::File { file: path.display().to_string(), source };
    fs::create_dir_all(folder).map_err(|source| failed(folder, source))?;
    for (name, bytes) in written {
        let path = folder.join(name);
        fs::write(&path, bytes).map_err(|source| failed(&path, source))?;
    }
    Ok(())
}

/// The numbers of a parameter in the order of the file, where a matrix lies the other way round.
fn numbers(parameter: &Parameter) -> candle_core::Result<Vec<f32>> {
    let tensor: &Tensor = &parameter.var;
    let tensor = if tensor.rank() > 1 { tensor.t()?.contiguous()? } else { tensor.clone() };
    tensor.flatten_all()?.to_vec1()
}

/// The file with other numbers in these tensors, as 32-bit floats; everything else stays as it is, byte by byte.
fn changed(file: &[u8], parameters: &[&Parameter]) -> Result<Vec<u8>, LearnError> {
    let malformed = || LoadError::Malformed { file: WEIGHTS.to_owned(), reason: "its header is none".to_owned() };
    let (length, rest) = file.split_first_chunk::<8>().ok_or_else(malformed)?;
    let length = usize::try_from(u64::from_le_bytes(*length)).unwrap_or(usize::MAX);
    let (header, data) = rest.split_at_checked(length).ok_or_else(malformed)?;
    let header: Map<String, Value> = serde_json::from_slice(header).map_err(|_| malformed())?;
    let mut written = Safetensors::default();
    for (name, entry) in header {
        if let Some(parameter) = parameters.iter().find(|parameter| parameter.name == name) {
            let shape: Vec<usize> = parameter.var.dims().iter().rev().copied().collect();
            written.put(&name, &shape, &numbers(parameter)?);
        } else if let Some([from, to]) = entry.get(OFFSETS).and_then(Value::as_array).map(Vec::as_slice) {
            let offset = |value: &Value| value.as_u64().and_then(|offset| usize::try_from(offset).ok());
            let range = offset(from).zip(offset(to)).and_then(|(from, to)| data.get(from..to));
            let entry = entry.as_object().cloned().unwrap_or_default();
            written.put_bytes(name, entry, range.ok_or_else(malformed)?);
        } else {
            // What is said about the file.
            written.header.insert(name, entry);
        }
    }
    Ok(written.bytes())
}

/// A file to be: the length of a header, the header, and the numbers.
#[derive(Default)]
struct Safetensors {
    header: Map<String, Value>,
    data: Vec<u8>,
}

impl Safetensors {
    fn put(&mut self, name: &str, shape: &[usize], numbers: &[f32]) {
        let bytes: Vec<u8> = numbers.iter().flat_map(|number| number.to_le_bytes()).collect();
        let entry = [("dtype".to_owned(), json!("F32")), ("shape".to_owned(), json!(shape))];
        self.put_bytes(name.to_owned(), entry.into_iter().collect(), &bytes);
    }

    fn put_bytes(&mut self, name: String, mut entry: Map<String, Value>, bytes: &[u8]) {
        let from = self.data.len();
        self.data.extend_from_slice(bytes);
        entry.insert(OFFSETS.to_owned(), json!([from, self.data.len()]));
        self.header.insert(name, Value::Object(entry));
    }

    fn bytes(self) -> Vec<u8> {
        let mut header = Value::Object(self.header).to_string();
        header.push_str(&" ".repeat(8 - header.len() % 8));
        let mut file = (header.len() as u64).to_le_bytes().to_vec();
        file.extend(header.as_bytes());
        file.extend(self.data);
        file
    }
}
