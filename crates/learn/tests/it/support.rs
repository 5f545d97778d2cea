//! Golden values, and samples to draw.

use redoubt_learn::random::Random;
use serde_json::Value;

pub(crate) fn golden(name: &str) -> Value {
    let path = std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/golden").join(name);
    serde_json::from_slice(&std::fs::read(path).unwrap()).unwrap()
}

pub(crate) fn numbers(value: &Value) -> Vec<f64> {
    value.as_array().unwrap().iter().map(|value| value.as_f64().unwrap()).collect()
}

pub(crate) fn whole(value: &Value) -> Vec<usize> {
    value.as_array().unwrap().iter().map(|value| usize::try_from(value.as_u64().unwrap()).unwrap()).collect()
}

pub(crate) fn rows(value: &Value) -> Vec<Vec<f64>> {
    value.as_array().unwrap().iter().map(numbers).collect()
}

/// Equal to a billionth, absolute or relative.
pub(crate) fn close(name: &str, found: f64, expected: f64) {
    within(name, found, expected, 1e-9);
}

pub(crate) fn within(name: &str, found: f64, expected: f64, allowed: f64) {
    assert!((found - expected).abs() <= allowed * expected.abs().max(1.0), "{name}: {found} instead of {expected}");
}

pub(crate) fn normals(random: &mut Random, count: usize, mean: f64) -> Vec<f64> {
    (0..count).map(|_| mean + random.normal()).collect()
}
