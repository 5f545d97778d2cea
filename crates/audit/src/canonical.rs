//! RFC 8785 canonical JSON: one value has one sequence of bytes.
//!
//! `serde_json` alone does not do it: its maps keep the order of insertion or sort by UTF-8, and its
//! numbers keep the form in which they came.

use std::fmt::Write as _;

use serde_json::{Map, Number, Value};
use thiserror::Error;

/// Why bytes are not canonical JSON.
#[derive(Debug, Error)]
pub enum CanonicalError {
    /// The bytes are not JSON.
    #[error("the bytes are not JSON")]
    Json(#[source] serde_json::Error),
    /// The bytes are JSON in another form than the canonical one.
    #[error("the bytes are JSON, but not in canonical form, from byte {at}")]
    Form {
        /// The first byte that differs.
        at: usize,
    },
}

/// Whole numbers beyond this are not exact in JSON (RFC 7493, section 2.2).
pub const INTEGER_MAX: u64 = (1 << 53) - 1;

/// The canonical bytes of `value`. Numbers are written as IEEE 754 doubles, as the RFC demands.
pub fn to_bytes(value: &Value) -> Vec<u8> {
    let mut out = String::with_capacity(1024);
    write_value(value, &mut out);
    out.into_bytes()
}

/// Reads `bytes` and insists on their being in canonical form; so duplicate keys are refused too.
pub fn from_bytes(bytes: &[u8]) -> Result<Value, CanonicalError> {
    let value: Value = serde_json::from_slice(bytes).map_err(CanonicalError::Json)?;
    same(&to_bytes(&value), bytes).map(|()| value)
}

/// Whether `bytes` are what would be written.
pub(crate) fn same(written: &[u8], bytes: &[u8]) -> Result<(), CanonicalError> {
    if written == bytes {
        return Ok(());
    }
    let at = written.iter().zip(bytes).take_while(|(a, b)| a == b).count();
    Err(CanonicalError::Form { at })
}

// Recursion is bounded: `serde_json` refuses what is nested deeper than 128, and our own values are flat.
pub(crate) fn write_value(value: &Value, out: &mut String) {
    match value {
        Value::Null => out.push_str("null"),
        Value::Bool(true) => out.push_str("true"),
        Value::Bool(false) => out.push_str("false"),
        Value::Number(number) => write_number(number, out),
        Value::String(text) => write_string(text, out),
        Value::Array(items) => {
            out.push('[');
            for (i, item) in items.iter().enumerate() {
                if i > 0 {
                    out.push(',');
                }
                write_value(item, out);
            }
            out.push(']');
        }
        Value::Object(members) => write_object(members, out),
    }
}

fn write_object(members: &Map<String, Value>, out: &mut String) {
    let mut sorted: Vec<(&String, &Value)> = members.iter().collect();
    // By UTF-16 code units (section 3.2.3), which differs from the order of bytes beyond the basic plane.
    sorted.sort_unstable_by(|(a, _), (b, _)| {
        if a.is_ascii() && b.is_ascii() { a.cmp(b) } else { a.encode_utf16().cmp(b.encode_utf16()) }
    });
    out.push('{');
    for (i, (key, value)) in sorted.into_iter().enumerate() {
        if i > 0 {
            out.push(',');
        }
        write_string(key, out);
        out.push(':');
        write_value(value, out);
    }
    out.push('}');
}

pub(crate) fn write_string(text: &str, out: &mut String) {
    out.push('"');
    let mut rest = text;
    // All of these are single bytes, and no byte of a longer character looks like one.
    while let Some(at) = rest.bytes().position(|byte| byte < b' ' || byte == b'"' || byte == b'\\') {
        let (plain, from) = rest.split_at(at);
        out.push_str(plain);
        let mut chars = from.chars();
        match chars.next() {
            Some('"') => out.push_str("\\\""),
            Some('\\') => out.push_str("\\\\"),
            Some('\u{8}') => out.push_str("\\b"),
            Some('\t') => out.push_str("\\t"),
            Some('\n') => out.push_str("\\n"),
            Some('\u{c}') => out.push_str("\\f"),
            Some('\r') => out.push_str("\\r"),
            Some(control) => {
                let _infallible = write!(out, "\\u{:04x}", u32::from(control));
            }
            None => {}
        }
        rest = chars.as_str();
    }
    out.push_str(rest);
    out.push('"');
}

fn write_number(number: &Number, out: &mut String) {
    // Small whole numbers, all of ours, need no detour through a double.
    if let Some(whole) = number.as_u64().filter(|&n| n <= INTEGER_MAX) {
        let _infallible = write!(out, "{whole}");
        return;
    }
    write_double(number.as_f64().unwrap_or(0.0), out);
}

/// Writes a finite double as ECMAScript does (ECMA-262, `Number::toString`).
fn write_double(number: f64, out: &mut String) {
    if number == 0.0 {
        out.push('0');
        return;
    }
    if number < 0.0 {
        out.push('-');
    }
    let number = number.abs();
    // Rust prints the shortest digits that read back, as ECMAScript does, but where two such numbers are
    // equally near it need not choose the even one. The exact form of that length does.
    let mut shortest = format!("{number:e}");
    let digits = shortest.split('e').next().map_or(0, |mantissa| mantissa.bytes().filter(u8::is_ascii_digit).count());
    let even = format!("{number:.*e}", digits.saturating_sub(1));
    if even.parse() == Ok(number) {
        shortest = even;
    }
    let (mantissa, exponent) = shortest.split_once('e').unwrap_or((&shortest, "0"));
    let digits: String = mantissa.chars().filter(char::is_ascii_digit).collect();
    let exponent: i32 = exponent.parse().unwrap_or(0);
    let count = i32::try_from(digits.len()).unwrap_or(i32::MAX);
    // Where the decimal point lies, counted from the first digit.
    let point = exponent + 1;
    let zeros = |n: i32| "0".repeat(usize::try_from(n).unwrap_or(0));
    let split = |at: i32| digits.split_at_checked(usize::try_from(at).unwrap_or(0)).unwrap_or((&digits, ""));
    if count <= point && point <= 21 {
        out.push_str(&digits);
        out.push_str(&zeros(point - count));
    } else if 0 < point && point <= 21 {
        let (whole, fraction) = split(point);
        out.push_str(whole);
        out.push('.');
        out.push_str(fraction);
    } else if -6 < point && point <= 0 {
        out.push_str("0.");
        out.push_str(&zeros(-point));
        out.push_str(&digits);
    } else {
        let (first, fraction) = split(1);
        out.push_str(first);
        if !fraction.is_empty() {
            out.push('.');
            out.push_str(fraction);
        }
        out.push_str(if exponent < 0 { "e-" } else { "e+" });
        let _infallible = write!(out, "{}", exponent.abs());
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(input: &str, expected: &str) {
        let value: Value = serde_json::from_str(input).unwrap();
        assert_eq!(String::from_utf8(to_bytes(&value)).unwrap(), expected);
    }

    #[test]
    fn the_example_of_section_3_2_2() {
        check(
            r#"{
              "numbers": [333333333.33333329, 1E30, 4.50, 2e-3, 0.000000000000000000000000001],
              "string": "\u20ac$\u000F\u000aA'\u0042\u0022\u005c\\\"\/",
              "literals": [null, true, false]
            }"#,
            "{\"literals\":[null,true,false],\"numbers\":[333333333.3333333,1e+30,4.5,0.002,1e-27],\
             \"string\":\"\u{20ac}$\\u000f\\nA'B\\\"\\\\\\\\\\\"/\"}",
        );
    }

    #[test]
    fn the_sorting_example_of_section_3_2_3() {
        check(
            r#"{
              "\u20ac": "Euro Sign",
              "\r": "Carriage Return",
              "\ufb33": "Hebrew Letter Dalet With Dagesh",
              "1": "One",
              "\ud83d\ude00": "Emoji: Grinning Face",
              "\u0080": "Control",
              "\u00f6": "Latin Small Letter O With Diaeresis"
            }"#,
            "{\"\\r\":\"Carriage Return\",\"1\":\"One\",\"\u{80}\":\"Control\",\
             \"\u{f6}\":\"Latin Small Letter O With Diaeresis\",\"\u{20ac}\":\"Euro Sign\",\
             \"\u{1f600}\":\"Emoji: Grinning Face\",\"\u{fb33}\":\"Hebrew Letter Dalet With Dagesh\"}",
        );
    }

    #[test]
    fn the_numbers_of_appendix_b() {
        let cases: [(u64, &str); 23] = [
            (0x0000_0000_0000_0000, "0"),
            (0x8000_0000_0000_0000, "0"),
            (0x0000_0000_0000_0001, "5e-324"),
            (0x8000_0000_0000_0001, "-5e-324"),
            (0x7fef_ffff_ffff_ffff, "1.7976931348623157e+308"),
            (0xffef_ffff_ffff_ffff, "-1.7976931348623157e+308"),
            (0x4340_0000_0000_0000, "9007199254740992"),
            (0xc340_0000_0000_0000, "-9007199254740992"),
            (0x4430_0000_0000_0000, "295147905179352830000"),
            (0x44b5_2d02_c7e1_4af5, "9.999999999999997e+22"),
            (0x44b5_2d02_c7e1_4af6, "1e+23"),
            (0x44b5_2d02_c7e1_4af7, "1.0000000000000001e+23"),
            (0x444b_1ae4_d6e2_ef4e, "999999999999999700000"),
            (0x444b_1ae4_d6e2_ef4f, "999999999999999900000"),
            (0x444b_1ae4_d6e2_ef50, "1e+21"),
            (0x3eb0_c6f7_a0b5_ed8c, "9.999999999999997e-7"),
            (0x3eb0_c6f7_a0b5_ed8d, "0.000001"),
            (0x41b3_de43_5555_5553, "333333333.3333332"),
            (0x41b3_de43_5555_5554, "333333333.33333325"),
            (0x41b3_de43_5555_5555, "333333333.3333333"),
            (0x41b3_de43_5555_5556, "333333333.3333334"),
            (0x41b3_de43_5555_5557, "333333333.33333343"),
            (0x4314_3ff3_c1cb_0959, "1424953923781206.2"),
        ];
        for (bits, expected) in cases {
            let mut out = String::new();
            write_double(f64::from_bits(bits), &mut out);
            assert_eq!(out, expected, "{bits:016x}");
        }
    }

    #[test]
    fn what_is_not_canonical_is_refused_with_its_place() {
        for (bytes, at) in [
            (r#"{"b":1,"a":2}"#, 2),
            (r#"{"a":1, "b":2}"#, 7),
            (r#"{"a":1,"a":1}"#, 6),
            (r#"{"a":1.0}"#, 6),
            (r#"{"a":"\u0041"}"#, 6),
            ("{\"a\":1}\n", 7),
        ] {
            assert!(
                matches!(from_bytes(bytes.as_bytes()), Err(CanonicalError::Form { at: found }) if found == at),
                "{bytes}: {:?}",
                from_bytes(bytes.as_bytes())
            );
        }
        assert!(matches!(from_bytes(b"{"), Err(CanonicalError::Json(_))));
        assert!(matches!(from_bytes(b"\"\xff\""), Err(CanonicalError::Json(_))));
        assert!(from_bytes(br#"{"a":[1,"x",null],"b":{}}"#).is_ok());
    }
}
