//! Models as bytes: safetensors with a few counts in `__metadata__`.
//!
//! A safetensors file is the length of its header (eight bytes, little-endian), the header (JSON: names to `dtype`,
//! `shape` and `data_offsets`), and the numbers, little-endian, without gaps.
//! <https://github.com/huggingface/safetensors>, "Format".

use serde_json::{Map, Value, json};

/// The longest file that is read: 2 GiB.
pub const FILE_BYTES_MAX: usize = 2 << 30;

/// The longest header. Ours take less than 4 KiB.
const HEADER_BYTES_MAX: usize = 1 << 16;

/// The most arrays of a file. Ours have about ten.
const ARRAYS_MAX: usize = 64;

const FORMAT: &str = "redoubt-learn";
const VERSION: &str = "1";

/// Why bytes are no model.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum FileError {
    /// The file is too long.
    #[error("the model has {0} bytes, at most {FILE_BYTES_MAX} are read")]
    TooLong(usize),
    /// The header is cut off, too long, or no JSON.
    #[error("the header of the model is damaged: {0}; export it again")]
    Header(&'static str),
    /// The file is of something else.
    #[error("the file is no model of `{FORMAT}` in version {VERSION}; export it with this version")]
    Format,
    /// There is no such learner.
    #[error("the model is of a learner `{0}`, which this version does not know")]
    Learner(String),
    /// A count or an array is missing or of another type.
    #[error("the model lacks `{0}`; export it again")]
    Missing(&'static str),
    /// An array has a place, length or value that cannot be.
    #[error("the model is damaged in `{0}`; export it again")]
    Damaged(&'static str),
}

/// Puts a file together.
pub(super) struct Writer {
    metadata: Map<String, Value>,
    header: Map<String, Value>,
    data: Vec<u8>,
}

macro_rules! write_arrays {
    ($($name:ident $type:ty, $dtype:literal;)*) => {$(
        pub(super) fn $name(mut self, name: &str, values: &[$type]) -> Self {
            let from = self.data.len();
            self.data.extend(values.iter().flat_map(|value| value.to_le_bytes()));
            let entry = json!({ "dtype": $dtype, "shape": [values.len()], "data_offsets": [from, self.data.len()] });
            self.header.insert(name.to_owned(), entry);
            self
        }
    )*};
}

impl Writer {
    pub(super) fn new(learner: &str) -> Self {
        let metadata = [("format", FORMAT), ("version", VERSION), ("learner", learner)];
        let metadata = metadata.map(|(name, value)| (name.to_owned(), value.into())).into_iter().collect();
        Self { metadata, header: Map::new(), data: Vec::new() }
    }

    /// A count or a word.
    pub(super) fn word(mut self, name: &str, value: impl ToString) -> Self {
        self.metadata.insert(name.to_owned(), value.to_string().into());
        self
    }

    // Wide numbers first keep all of them aligned.
    write_arrays! {
        f64s f64, "F64";
        u64s u64, "U64";
        f32s f32, "F32";
        u32s u32, "U32";
    }

    pub(super) fn finish(self) -> Vec<u8> {
        let mut header = Map::new();
        header.insert("__metadata__".to_owned(), self.metadata.into());
        header.extend(self.header);
        let mut header = Value::Object(header).to_string().into_bytes();
        header.resize(header.len().next_multiple_of(8), b' ');
        let mut bytes = (header.len() as u64).to_le_bytes().to_vec();
        bytes.extend(header);
        bytes.extend(self.data);
        bytes
    }
}

/// Takes a file apart.
pub(super) struct Reader<'a> {
    header: Map<String, Value>,
    data: &'a [u8],
}

macro_rules! read_arrays {
    ($($name:ident $type:ty, $dtype:literal;)*) => {$(
        pub(super) fn $name(&self, name: &'static str) -> Result<Vec<$type>, FileError> {
            let bytes = self.bytes(name, $dtype, size_of::<$type>())?;
            Ok(bytes.as_chunks().0.iter().map(|bytes| <$type>::from_le_bytes(*bytes)).collect())
        }
    )*};
}

impl<'a> Reader<'a> {
    pub(super) fn new(bytes: &'a [u8]) -> Result<Self, FileError> {
        if bytes.len() > FILE_BYTES_MAX {
            return Err(FileError::TooLong(bytes.len()));
        }
        let (length, rest) = bytes.split_first_chunk().ok_or(FileError::Header("it is cut off"))?;
        let length = usize::try_from(u64::from_le_bytes(*length)).unwrap_or(usize::MAX);
        if length > HEADER_BYTES_MAX {
            return Err(FileError::Header("it is too long"));
        }
        let (header, data) = rest.split_at_checked(length).ok_or(FileError::Header("it is cut off"))?;
        let header: Map<String, Value> =
            serde_json::from_slice(header).map_err(|_| FileError::Header("it is no JSON object"))?;
        if header.len() > ARRAYS_MAX {
            return Err(FileError::Header("it has too many arrays"));
        }
        let file = Self { header, data };
        if file.word("format") != Ok(FORMAT) || file.word("version") != Ok(VERSION) {
            return Err(FileError::Format);
        }
        file.has_no_gaps()?;
        Ok(file)
    }

    /// Bytes that belong to no array, or to two, could hide something.
    fn has_no_gaps(&self) -> Result<(), FileError> {
        let arrays = self.header.iter().filter(|(name, _)| *name != "__metadata__");
        let mut places = arrays
            .map(|(_, entry)| offsets(entry).ok_or(FileError::Header("an array has no place")))
            .collect::<Result<Vec<_>, _>>()?;
        places.sort_unstable();
        let mut end = 0;
        for (from, to) in places {
            if from != end || to < from {
                return Err(FileError::Header("arrays overlap or leave a gap"));
            }
            end = to;
        }
        if end == self.data.len() { Ok(()) } else { Err(FileError::Header("the arrays are cut off or too long")) }
    }

    /// A word of the metadata.
    pub(super) fn word(&self, name: &'static str) -> Result<&str, FileError> {
        let metadata = self.header.get("__metadata__").and_then(|metadata| metadata.get(name));
        metadata.and_then(Value::as_str).ok_or(FileError::Missing(name))
    }

    /// A count of the metadata, in bounds.
    pub(super) fn count(&self, name: &'static str, least: usize, most: usize) -> Result<usize, FileError> {
        let count = self.word(name)?.parse().ok().filter(|count| (least..=most).contains(count));
        count.ok_or(FileError::Damaged(name))
    }

    fn bytes(&self, name: &'static str, dtype: &str, size: usize) -> Result<&'a [u8], FileError> {
        let entry = self.header.get(name).ok_or(FileError::Missing(name))?;
        if entry.get("dtype").and_then(Value::as_str) != Some(dtype) {
            return Err(FileError::Missing(name));
        }
        let (from, to) = offsets(entry).ok_or(FileError::Damaged(name))?;
        let bytes = self.data.get(from..to).ok_or(FileError::Damaged(name))?;
        let shape = entry.get("shape").and_then(Value::as_array).map(Vec::as_slice);
        let length = match shape {
            Some([length]) => length.as_u64().and_then(|length| usize::try_from(length).ok()),
            _ => None,
        };
        if length.and_then(|length| length.checked_mul(size)) != Some(bytes.len()) {
            return Err(FileError::Damaged(name));
        }
        Ok(bytes)
    }

    read_arrays! {
        u64s u64, "U64";
        f32s f32, "F32";
        u32s u32, "U32";
    }

    /// Numbers, each of them finite.
    pub(super) fn f64s(&self, name: &'static str) -> Result<Vec<f64>, FileError> {
        let bytes = self.bytes(name, "F64", 8)?;
        let values: Vec<f64> = bytes.as_chunks().0.iter().map(|bytes| f64::from_le_bytes(*bytes)).collect();
        if values.iter().all(|value| value.is_finite()) { Ok(values) } else { Err(FileError::Damaged(name)) }
    }

    /// As many finite numbers as expected.
    pub(super) fn f64s_of(&self, name: &'static str, length: usize) -> Result<Vec<f64>, FileError> {
        let values = self.f64s(name)?;
        if values.len() == length { Ok(values) } else { Err(FileError::Damaged(name)) }
    }
}

fn offsets(entry: &Value) -> Option<(usize, usize)> {
    let place = |at: usize| usize::try_from(entry.get("data_offsets")?.get(at)?.as_u64()?).ok();
    Some((place(0)?, place(1)?))
}
