//! Gzip and zlib streams, as joblib and `tar.gz` have them.

use flate2::read::{MultiGzDecoder, ZlibDecoder};

use super::{Stream, inflate};
use crate::kind::Kind;
use crate::scan::{Role, Scan, content};
use crate::source::Source;

/// Unpacks the stream and looks at what is in it.
pub(crate) fn scan(scan: &mut Scan<'_>, source: &dyn Source, kind: Kind, name: &str) {
    let stream = Stream::new(source);
    let bytes = match kind {
        Kind::Zlib => inflate(scan, ZlibDecoder::new(stream), source.length()),
        _ => inflate(scan, MultiGzDecoder::new(stream), source.length()),
    };
    let inner = name.strip_suffix(".gz").unwrap_or(name);
    scan.within("unpacked", |scan| content(scan, &bytes, inner, Role::Any));
}
