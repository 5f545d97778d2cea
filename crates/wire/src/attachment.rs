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

/// Media whose bytes are read as text in whatever encoding they are.
const TEXT: [&str; 7] =
    ["text/", "image/svg", "application/json", "application/xml", "application/yaml", "+xml", "+json"];

/// How much of a file is looked at to see whether it is what it says: a multiple of four, for base64.
const SNIFFED_BYTES: usize = 256;

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
    if is_binary && !begins_as_text(data) {
        return Attached::Opaque(media);
    }
    // Line breaks and the URL alphabet are accepted by some decoder or other.
    let compact: Vec<u8> = compacted(data).collect();
    let Ok(bytes) = BASE64.decode(&compact) else { return Attached::Plain };
    let is_text = TEXT.iter().any(|text| media.starts_with(text) || media.ends_with(text));
    match text_of(bytes, is_text) {
        Some(text) => Attached::Text { text, encoding },
        None if media.is_empty() => Attached::Opaque("application/octet-stream".to_owned()),
        None => Attached::Opaque(media),
    }
}

/// The digits of base64, as the standard alphabet has them.
fn compacted(data: &str) -> impl Iterator<Item = u8> {
    data.bytes().filter(|byte| !byte.is_ascii_whitespace()).map(|byte| match byte {
        b'-' => b'+',
        b'_' => b'/',
        other => other,
    })
}

/// Whether a file that is said to be an image, a recording or the like is text: what a caller says of a file
/// must not decide whether it is read.
fn begins_as_text(data: &str) -> bool {
    let head: Vec<u8> = compacted(data).take(SNIFFED_BYTES).collect();
    let Ok(head) = BASE64.decode(&head) else { return false };
    // Pictures and sounds begin with a byte that no text begins with, but for the marks of UTF-8 and UTF-16.
    let is_marked = [b"\xef\xbb\xbf".as_slice(), b"\xff\xfe", b"\xfe\xff"].iter().any(|mark| head.starts_with(mark));
    (is_marked || head.first().is_some_and(u8::is_ascii)) && text_of(head, false).is_some()
}

/// The text of a file. One that `is_text` by its type is read whatever its bytes are: a single byte of Latin-1
/// would otherwise hide the rest.
fn text_of(bytes: Vec<u8>, is_text: bool) -> Option<String> {
    // PDF files begin with readable words.
    if bytes.starts_with(b"%PDF-") && !is_text {
        return None;
    }
    if let Some(text) = utf_16(&bytes) {
        return Some(text);
    }
    let is_text = is_text || is_prose(&bytes);
    let text = String::from_utf8(bytes).unwrap_or_else(|error| latin_1(error.as_bytes()));
    is_text.then_some(text)
}

/// Whether hardly any byte is a control character, as in text of any encoding that extends ASCII. In what is
/// compressed one in nine is.
fn is_prose(bytes: &[u8]) -> bool {
    let is_control = |byte: &&u8| **byte < 0x20 && !matches!(**byte, b'\t' | b'\n' | b'\r' | 0x0c | 0x1b);
    bytes.iter().filter(is_control).count() * 25 <= bytes.len()
}

/// UTF-16 with its mark, or such that every other byte is zero.
fn utf_16(bytes: &[u8]) -> Option<String> {
    let zeros = |odd: usize| bytes.iter().skip(odd).step_by(2).filter(|byte| **byte == 0).count();
    let most = bytes.len() * 3 / 8;
    let is_big = match bytes {
        [0xff, 0xfe, ..] => false,
        [0xfe, 0xff, ..] => true,
        [] => return None,
        _ if zeros(1) > most && zeros(0) == 0 => false,
        _ if zeros(0) > most && zeros(1) == 0 => true,
        _ => return None,
    };
    let units = bytes.chunks_exact(2).filter_map(|pair| <[u8; 2]>::try_from(pair).ok());
    let units = units.map(|pair| if is_big { u16::from_be_bytes(pair) } else { u16::from_le_bytes(pair) });
    Some(char::decode_utf16(units).map(|unit| unit.unwrap_or(char::REPLACEMENT_CHARACTER)).collect())
}

fn latin_1(bytes: &[u8]) -> String {
    bytes.iter().copied().map(char::from).collect()
}

/// The literal's text for `text` put in place of what `literal` held.
pub(crate) fn write(literal: &str, text: &str, encoding: Encoding) -> String {
    let encoded = BASE64.encode(text);
    match (encoding, literal.split_once(',')) {
        (Encoding::DataUrl, Some((head, _))) => format!("{head},{encoded}"),
        _ => encoded,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const CARD: &str = "name,card\nann,4111111111111111\n";

    fn text(media: Option<&str>, bytes: &[u8]) -> Option<String> {
        match read(&BASE64.encode(bytes), media) {
            Attached::Text { text, .. } => Some(text),
            Attached::Opaque(_) | Attached::Plain => None,
        }
    }

    #[test]
    fn text_is_read_in_any_encoding_and_under_any_name() {
        let utf_16 = |order: fn(u16) -> [u8; 2]| CARD.encode_utf16().flat_map(order).collect::<Vec<u8>>();
        let little = utf_16(u16::to_le_bytes);
        let files = [
            CARD.as_bytes().to_vec(),
            [b"caf\xe9 ".as_slice(), CARD.as_bytes()].concat(),
            [CARD.as_bytes(), b"\0"].concat(),
            [b"\xff\xfe".as_slice(), &little].concat(),
            [b"\xfe\xff".as_slice(), &utf_16(u16::to_be_bytes)].concat(),
            little,
        ];
        for file in &files {
            for media in [None, Some("text/plain"), Some("image/png"), Some("application/pdf"), Some("audio/wav")] {
                let text = text(media, file).unwrap_or_default();
                assert!(text.contains("4111111111111111"), "{media:?} {text:?}");
            }
        }
    }

    #[test]
    fn what_is_no_text_stays_opaque_unless_it_is_said_to_be_text() {
        let png = b"\x89PNG\r\n\x1a\n\0\0\0\rIHDR\0\0\0\x01\0\0\0\x01\x08\x02\0\0\0";
        let pdf = b"%PDF-1.7\n%\xe2\xe3\xcf\xd3\n1 0 obj\n";
        for file in [png.as_slice(), pdf] {
            for media in [None, Some("image/png"), Some("application/pdf"), Some("application/zip")] {
                assert_eq!(text(media, file), None, "{media:?}");
            }
        }
        assert!(text(Some("text/plain"), png).is_some());
    }
}
