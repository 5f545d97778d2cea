//! safetensors: eight bytes of length, a JSON header, and the tensors one after the other without a hole
//! (<https://github.com/huggingface/safetensors>, "Format").

use crate::finding::{JSON_DUPLICATE, SAFETENSORS_HEADER, SAFETENSORS_LAYOUT};
use crate::json::{Json, duplicate, step};
use crate::scan::Scan;
use crate::source::{Cursor, Source};

/// Metadata is a map of texts; a training log reaches some megabytes.
const METADATA_BYTES_MAX: usize = 16 << 20;
/// PyTorch has no tensor with more dimensions.
const DIMENSIONS_MAX: usize = 64;

/// Bits of an element, by the names of the format.
fn bits(dtype: &str) -> Option<u64> {
    Some(match dtype {
        "F4" => 4,
        "F6_E2M3" | "F6_E3M2" => 6,
        "BOOL" | "U8" | "I8" | "F8_E5M2" | "F8_E4M3" | "F8_E8M0" | "F8_E5M2FNUZ" | "F8_E4M3FNUZ" => 8,
        "I16" | "U16" | "F16" | "BF16" => 16,
        "I32" | "U32" | "F32" => 32,
        "F64" | "I64" | "U64" | "C64" => 64,
        _ => return None,
    })
}

/// Checks the header against the format and against the length of the file.
pub(crate) fn scan(scan: &mut Scan<'_>, source: &dyn Source) {
    let mut cursor = Cursor::new(source, 0);
    let length = match cursor.u64() {
        Ok(length) => length,
        Err(error) => return scan.unread(&error),
    };
    let max = scan.limits.safetensors_header_bytes_max;
    if length > max {
        return scan.at(SAFETENSORS_HEADER, 0, format!("a header of {length} bytes, the format allows {max}"));
    }
    if length > cursor.left() {
        let words = format!("a header of {length} bytes in a file of {}", source.length());
        return scan.at(SAFETENSORS_HEADER, 0, words);
    }
    let header = match cursor.take(length) {
        Ok(header) => header,
        Err(error) => return scan.unread(&error),
    };
    let entries = match Json::parse(&header) {
        Ok(Json::Object(entries)) => entries,
        Ok(_) => return scan.at(SAFETENSORS_HEADER, 8, "the header is no JSON object"),
        Err(error) => return scan.at(SAFETENSORS_HEADER, 8, format!("the header is not JSON: {error}")),
    };
    if let Some(key) = duplicate(&entries) {
        scan.key(JSON_DUPLICATE, step("", key), format!("the header has `{key}` twice"));
    }
    let data = source.length() - 8 - length;
    let mut spans = Vec::new();
    for (name, tensor) in &entries {
        if name == "__metadata__" {
            metadata(scan, tensor);
            continue;
        }
        match span(tensor) {
            Ok(span) => spans.push((span, name)),
            Err(reason) => scan.key(SAFETENSORS_LAYOUT, step("", name), reason),
        }
    }
    spans.sort_unstable();
    let mut reached = 0;
    for ((begin, end), name) in &spans {
        if *begin != reached {
            let what = if *begin < reached { "overlaps the one before it" } else { "leaves a hole before it" };
            scan.key(SAFETENSORS_LAYOUT, step("", name), format!("begins at {begin}, {what} which ends at {reached}"));
        }
        reached = reached.max(*end);
    }
    if reached != data {
        scan.found(SAFETENSORS_LAYOUT, format!("the tensors end at {reached}, the data at {data}"));
    }
}

fn metadata(scan: &mut Scan<'_>, metadata: &Json) {
    let Json::Object(entries) = metadata else {
        return scan.key(SAFETENSORS_HEADER, "/__metadata__", "metadata is a map of texts");
    };
    if let Some(key) = duplicate(entries) {
        scan.key(JSON_DUPLICATE, step("/__metadata__", key), format!("metadata has `{key}` twice"));
    }
    let texts: usize = entries.iter().map(|(key, value)| key.len() + value.text().map_or(0, str::len)).sum();
    if entries.iter().any(|(_, value)| value.text().is_none()) {
        scan.key(SAFETENSORS_HEADER, "/__metadata__", "metadata is a map of texts");
    }
    if texts > METADATA_BYTES_MAX {
        scan.key(SAFETENSORS_HEADER, "/__metadata__", format!("{texts} bytes of metadata"));
    }
}

/// From where to where a tensor lies in the data; the reason if that cannot be.
fn span(tensor: &Json) -> Result<(u64, u64), String> {
    let Json::Object(entries) = tensor else { return Err("a tensor is an object".to_owned()) };
    if let Some(key) = duplicate(entries) {
        return Err(format!("`{key}` stands twice"));
    }
    if let Some((key, _)) = entries.iter().find(|(key, _)| !matches!(key.as_str(), "dtype" | "shape" | "data_offsets"))
    {
        return Err(format!("a tensor has no `{key}`"));
    }
    let numbers = |key: &str| match tensor.get(key) {
        Some(Json::List(items)) => items
            .iter()
            .map(|item| if let Json::Number(number) = item { Ok(*number) } else { Err(()) })
            .collect::<Result<Vec<u64>, ()>>()
            .map_err(|()| format!("`{key}` is a list of whole numbers")),
        _ => Err(format!("`{key}` is a list of whole numbers")),
    };
    let dtype = tensor.get("dtype").and_then(Json::text).unwrap_or_default();
    let bits = bits(dtype).ok_or_else(|| format!("`{dtype}` is no type of elements"))?;
    let (shape, offsets) = (numbers("shape")?, numbers("data_offsets")?);
    let [begin, end] = *offsets.as_slice() else { return Err("`data_offsets` has two numbers".to_owned()) };
    if shape.len() > DIMENSIONS_MAX {
        return Err(format!("{} dimensions", shape.len()));
    }
    let bits = shape.iter().try_fold(bits, |all, size| all.checked_mul(*size)).ok_or("the shape is out of range")?;
    let length = end.checked_sub(begin).ok_or_else(|| format!("ends at {end} before it begins at {begin}"))?;
    if bits % 8 != 0 || bits / 8 != length {
        return Err(format!("takes {length} bytes, its shape and type {} bits", bits));
    }
    Ok((begin, end))
}
