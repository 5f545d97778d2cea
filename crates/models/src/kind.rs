//! What a file is, told by its bytes: a name may lie, and loaders do not look at it.

use crate::graph::protobuf;
use crate::source::{ReadError, Source, peek};

/// What a file is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Kind {
    /// Nothing.
    Empty,
    /// A Python pickle, of any protocol.
    Pickle,
    /// A zip archive: PyTorch, npz, Keras, a wheel.
    Zip,
    /// A tar archive.
    Tar,
    /// A gzip stream.
    Gzip,
    /// A zlib stream.
    Zlib,
    /// A compressed file that is not unpacked here.
    OtherArchive,
    /// A NumPy array.
    Npy,
    /// Tensors in the safetensors format.
    Safetensors,
    /// A GGUF model.
    Gguf,
    /// An ONNX model.
    Onnx,
    /// A TensorFlow SavedModel.
    SavedModel,
    /// A TensorFlow graph.
    FrozenGraph,
    /// A TensorFlow Lite model.
    Tflite,
    /// HDF5, as Keras models were before version 3.
    Hdf5,
    /// What Keras writes beside a SavedModel.
    KerasMetadata,
    /// A SentencePiece vocabulary.
    SentencePiece,
    /// JSON.
    Json,
    /// Other text.
    Text,
    /// A picture or a sound.
    Image,
    /// A program, a library or a script.
    Native,
    /// A module that Python compiled.
    Bytecode,
    /// None of these.
    Unknown,
}

impl Kind {
    /// The word in reports.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Empty => "empty",
            Self::Pickle => "pickle",
            Self::Zip => "zip",
            Self::Tar => "tar",
            Self::Gzip => "gzip",
            Self::Zlib => "zlib",
            Self::OtherArchive => "archive",
            Self::Npy => "npy",
            Self::Safetensors => "safetensors",
            Self::Gguf => "gguf",
            Self::Onnx => "onnx",
            Self::SavedModel => "saved_model",
            Self::FrozenGraph => "frozen_graph",
            Self::Tflite => "tflite",
            Self::Hdf5 => "hdf5",
            Self::KerasMetadata => "keras_metadata",
            Self::SentencePiece => "sentencepiece",
            Self::Json => "json",
            Self::Text => "text",
            Self::Image => "media",
            Self::Native => "native",
            Self::Bytecode => "bytecode",
            Self::Unknown => "unknown",
        }
    }

    /// The words in a sentence.
    pub(crate) const fn words(self) -> &'static str {
        match self {
            Self::Unknown => "data of another kind",
            Self::Image => "a picture or sound",
            Self::Native => "a program",
            other => other.name(),
        }
    }
}

/// Beginnings that tell what follows.
#[rustfmt::skip]
const MAGIC: &[(&[u8], Kind)] = &[
    (b"PK\x03\x04", Kind::Zip), (b"PK\x05\x06", Kind::Zip), (b"PK\x07\x08", Kind::Zip),
    (b"\x1f\x8b", Kind::Gzip),
    (b"7z\xbc\xaf\x27\x1c", Kind::OtherArchive), (b"Rar!\x1a\x07", Kind::OtherArchive),
    (b"\xfd7zXZ\x00", Kind::OtherArchive), (b"\x28\xb5\x2f\xfd", Kind::OtherArchive),
    (b"\x04\x22\x4d\x18", Kind::OtherArchive), (b"\x5d\x00\x00", Kind::OtherArchive),
    (b"\x93NUMPY", Kind::Npy), (b"GGUF", Kind::Gguf), (b"FUGG", Kind::Gguf),
    (b"\x89HDF\r\n\x1a\n", Kind::Hdf5),
    (b"\x7fELF", Kind::Native), (b"MZ", Kind::Native), (b"\xcf\xfa\xed\xfe", Kind::Native),
    (b"\xce\xfa\xed\xfe", Kind::Native), (b"\xca\xfe\xba\xbe", Kind::Native), (b"\x00asm", Kind::Native),
    (b"#!/", Kind::Native), (b"#! /", Kind::Native),
    (b"\xff\xd8\xff", Kind::Image), (b"GIF87a", Kind::Image), (b"GIF89a", Kind::Image), (b"%PDF-", Kind::Image),
    (b"OggS", Kind::Image), (b"fLaC", Kind::Image),
];

/// What `source` is, by its beginning.
pub(crate) fn sniff(source: &dyn Source) -> Result<Kind, ReadError> {
    let head = peek(source, 0, 1 << 16)?;
    if head.is_empty() {
        return Ok(Kind::Empty);
    }
    if head.starts_with(b"BZh") && matches!(head.get(4..10), Some(b"1AY&SY" | b"\x17\x72\x45\x38\x50\x90")) {
        return Ok(Kind::OtherArchive);
    }
    // A signature alone is not a picture.
    if head.starts_with(b"\x89PNG\r\n\x1a\n") && head.get(12..16) == Some(b"IHDR")
        || head.starts_with(b"RIFF") && matches!(head.get(8..12), Some(b"WEBP" | b"WAVE"))
    {
        return Ok(Kind::Image);
    }
    if let Some((magic, kind)) = MAGIC.iter().find(|(magic, _)| head.starts_with(magic)) {
        // Texts may begin with two letters by chance.
        let is_text = *magic == b"MZ" && std::str::from_utf8(&head).is_ok();
        if !is_text {
            return Ok(*kind);
        }
    }
    Ok(if is_tar(&head) {
        Kind::Tar
    } else if is_zlib(&head) && std::str::from_utf8(&head).is_err() {
        Kind::Zlib
    } else if head.get(7) == Some(&0) && head.get(8) == Some(&b'{') {
        Kind::Safetensors
    } else if head.get(4..8) == Some(b"TFL3") {
        Kind::Tflite
    } else if head.get(2..4) == Some(b"\r\n")
        && head.get(4..8).is_some_and(|flags| flags.iter().skip(1).all(|b| *b == 0))
    {
        Kind::Bytecode
    } else if let Some(json_or_text) = text(&head, source.length()) {
        json_or_text
    } else {
        protobuf::kind(source, &head)
    })
}

/// The second of the two bytes of a zlib header is made so that both are a multiple of 31.
fn is_zlib(head: &[u8]) -> bool {
    matches!(head, [0x78, flags @ (0x01 | 0x5e | 0x9c | 0xda), ..] if (0x7800 + u16::from(*flags)) % 31 == 0)
}

/// A tar header holds the sum of its own bytes, with the sum's place as if it were blank.
fn is_tar(head: &[u8]) -> bool {
    let Some(block) = head.get(..512) else { return false };
    let Some(field) = block.get(148..156) else { return false };
    let digits: String = field.iter().map(|byte| char::from(*byte)).filter(|digit| digit.is_digit(8)).collect();
    let Ok(stated) = u32::from_str_radix(&digits, 8) else { return false };
    let sum: u32 = block
        .iter()
        .enumerate()
        .map(|(at, byte)| if (148..156).contains(&at) { u32::from(b' ') } else { u32::from(*byte) })
        .sum();
    stated == sum && block.iter().any(|byte| *byte != 0)
}

/// JSON or other text, if there is nothing in the beginning that texts do not have.
fn text(head: &[u8], length: u64) -> Option<Kind> {
    let is_whole = head.len() as u64 == length;
    let text = match std::str::from_utf8(head) {
        Ok(text) => text,
        // The last letter may have been cut.
        Err(error) if !is_whole && error.error_len().is_none() => {
            std::str::from_utf8(head.get(..error.valid_up_to())?).ok()?
        }
        Err(_) => return None,
    };
    let is_odd = |letter: char| letter.is_control() && !matches!(letter, '\n' | '\r' | '\t' | '\x0c' | '\x1b');
    if text.contains(is_odd) {
        return None;
    }
    let begins = text.trim_start_matches('\u{feff}').trim_start();
    Some(if begins.starts_with(['{', '[']) { Kind::Json } else { Kind::Text })
}
