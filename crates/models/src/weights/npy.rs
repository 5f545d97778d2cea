//! NumPy arrays (NEP 1). An array of objects is a header and a pickle.

use crate::finding::NPY_HEADER;
use crate::pickle::{self, Loader};
use crate::scan::Scan;
use crate::source::{Cursor, Part, ReadError, Source};

/// NumPy refuses a longer header before it evaluates it.
const HEADER_BYTES_MAX: u64 = 10_000;

/// Reads the header, and the pickle behind it if there is one.
pub(crate) fn scan(scan: &mut Scan<'_>, source: &dyn Source) {
    let (header, data_at) = match read_header(source) {
        Ok(header) => header,
        Err(error) => return scan.at(NPY_HEADER, 0, format!("the header is cut: {error}")),
    };
    let Some(header) = header else {
        return scan.at(NPY_HEADER, 8, format!("a header of more than {HEADER_BYTES_MAX} bytes"));
    };
    // A literal of Python, which is evaluated: a dictionary with these three keys and nothing that is called.
    let is_literal = header.trim_start().starts_with('{')
        && ["'descr'", "'fortran_order'", "'shape'"].iter().all(|key| header.contains(key))
        && !header.contains("__");
    if !is_literal {
        scan.at(NPY_HEADER, 8, "the header is not the dictionary that NumPy writes");
    }
    let types = header.split("'fortran_order'").next().unwrap_or_default();
    let data = Part::new(source, data_at, u64::MAX);
    // `|O`, `O8` or `O` in the description of a field.
    let has_objects =
        types.split('\'').skip(1).step_by(2).any(|text| text.trim_start_matches(['|', '<', '>', '=']).starts_with('O'));
    if has_objects || !is_literal {
        scan.within("objects", |scan| pickle::scan(scan, &data, Loader::Any, has_objects));
    }
}

fn read_header(source: &dyn Source) -> Result<(Option<String>, u64), ReadError> {
    let mut cursor = Cursor::new(source, 6);
    let [major, _minor] = cursor.array()?;
    let length = if major == 1 { u64::from(cursor.u16()?) } else { u64::from(cursor.u32()?) };
    if length > HEADER_BYTES_MAX {
        return Ok((None, cursor.at()));
    }
    let header = cursor.take(length)?;
    Ok((Some(String::from_utf8_lossy(&header).into_owned()), cursor.at()))
}
