//! Files that travel inside strings.

use base64::Engine as _;
use base64::alphabet::STANDARD;
use base64::engine::{DecodePaddingMode, GeneralPurpose, GeneralPurposeConfig};
use redoubt_domain::Encoding;

/// As forgiving as the vendors' own decoders: with or without padding.
pub(crate) const BASE64: GeneralPurpose = GeneralPurpose::new(
    &STANDARD,
    GeneralPurposeConfig::new()
        .with_decode_padding_mode(DecodePaddingMode::Indifferent)
        .with_decode_allow_trailing_bits(true),
);

/// What was found in a string that holds a file.
pub(crate) enum Attached {
    /// Text, decoded.
    Text { text: String, encoding: Encoding },
    /// Something else, by its media type.
    Opaque(String),
    /// No encoding at all: the string is the text.
    Plain,
}

/// Media that are not text whatever their bytes look like to us.
const BINARY: [&str; 12] = [
    "image/",
    "audio/",
    "video/",
    "font/",
    "application/pdf",
    "application/zip",
    "application/gzip",
    "application/msword",
    "application/vnd.ms-",
    "application/vnd.openxmlformats-",
    "application/epub",
    "application/x-tar",
];

/// SVG is an image that is text.
const TEXT_AFTER_ALL: &str = "image/svg";

/// Reads `string`, a `data:` URL or bare base64 of which the body says that it is `media`.
pub(crate) fn read(string: &str, media: Option<&str>) -> Attached {
    let Some(url) = string.strip_prefix("data:") else {
        return decode(string, media.unwrap_or_default(), Encoding::Base64);
    };
    let Some((head, data)) = url.split_once(',') else { return Attached::Plain };
    let Some(media) = head.strip_suffix(";base64") else { return Attached::Plain };
    decode(data, media, Encoding::DataUrl)
}

fn decode(data: &str, media: &str, encoding: Encoding) -> Attached {
    let media = media.split(';').next().unwrap_or_default().trim().to_ascii_lowercase();
    let is_binary = BINARY.iter().any(|binary| media.starts_with(binary)) && !media.starts_with(TEXT_AFTER_ALL);
    if is_binary {
        return Attached::Opaque(media);
    }
    // Line breaks and the URL alphabet are accepted by some decoder or other.
    let compact: Vec<u8> = data
        .bytes()
        .filter(|byte| !byte.is_ascii_whitespace())
        .map(|byte| match byte {
            b'-' => b'+',
            b'_' => b'/',
            other => other,
        })
        .collect();
    let Ok(bytes) = BASE64.decode(&compact) else { return Attached::Plain };
    match String::from_utf8(bytes) {
        Ok(text) if !is_binary_text(&text) => Attached::Text { text, encoding },
        _ if media.is_empty() => Attached::Opaque("application/octet-stream".to_owned()),
        _ => Attached::Opaque(media),
    }
}

/// PDF files and the like begin with readable words.
fn is_binary_text(text: &str) -> bool {
    text.starts_with("%PDF-") || text.contains('\0')
}

/// The literal's text for `text` put in place of what `literal` held.
pub(crate) fn write(literal: &str, text: &str, encoding: Encoding) -> String {
    let encoded = BASE64.encode(text);
    match (encoding, literal.split_once(',')) {
        (Encoding::DataUrl, Some((head, _))) => format!("{head},{encoded}"),
        _ => encoded,
    }
}
