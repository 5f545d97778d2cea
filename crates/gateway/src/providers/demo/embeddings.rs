//! The demonstration as OpenAI embeddings: words hashed to directions and added up, so that texts with the
//! same words lie close together.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use serde_json::{Value, json};

use super::tokens;

const DIMENSIONS: usize = 256;
const DIMENSIONS_MAX: usize = 4_096;

/// Answers `body`, or says what is wrong with it.
pub(super) fn answer(body: &Value, model: &str) -> Result<Value, &'static str> {
    let inputs: Vec<String> = match body.get("input") {
        Some(Value::String(text)) => vec![text.clone()],
        Some(Value::Array(items)) if items.iter().all(Value::is_number) => {
            vec![Value::Array(items.clone()).to_string()]
        }
        Some(Value::Array(items)) => {
            items.iter().map(|item| item.as_str().map_or_else(|| item.to_string(), str::to_owned)).collect()
        }
        _ => return Err("`input` must be a string or a list"),
    };
    let dimensions = match body.get("dimensions").and_then(Value::as_u64) {
        None => DIMENSIONS,
        Some(dimensions) => usize::try_from(dimensions)
            .ok()
            .filter(|dimensions| (1..=DIMENSIONS_MAX).contains(dimensions))
            .ok_or("`dimensions` must lie between 1 and 4096")?,
    };
    let as_base64 = body.get("encoding_format").and_then(Value::as_str) == Some("base64");
    let embed = |(index, text): (usize, &String)| {
        let vector = vector(text, dimensions);
        let embedding = if as_base64 {
            let bytes: Vec<u8> = vector.iter().flat_map(|number| number.to_le_bytes()).collect();
            json!(STANDARD.encode(bytes))
        } else {
            json!(vector)
        };
        json!({ "object": "embedding", "index": index, "embedding": embedding })
    };
    let used: usize = inputs.iter().map(|text| tokens(text).len()).sum();
    let data: Vec<Value> = inputs.iter().enumerate().map(embed).collect();
    Ok(json!({
        "object": "list",
        "data": data,
        "model": model,
        "usage": { "prompt_tokens": used, "total_tokens": used },
    }))
}

/// A vector of length one.
fn vector(text: &str, dimensions: usize) -> Vec<f32> {
    let mut vector = vec![0.0_f32; dimensions];
    for word in text.to_lowercase().split(|c: char| !c.is_alphanumeric()).filter(|word| !word.is_empty()) {
        let mut stream = blake3::Hasher::new().update(word.as_bytes()).finalize_xof();
        let mut byte = [0_u8; 1];
        for number in &mut vector {
            stream.fill(&mut byte);
            *number += f32::from(u8::from_le_bytes(byte).cast_signed());
        }
    }
    let length = vector.iter().map(|number| number * number).sum::<f32>().sqrt();
    if length == 0.0 {
        if let Some(first) = vector.first_mut() {
            *first = 1.0;
        }
        return vector;
    }
    vector.iter().map(|number| number / length).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn vectors_have_length_one_and_know_their_words() {
        let dot = |a: &str, b: &str| -> f32 { vector(a, 64).iter().zip(vector(b, 64)).map(|(x, y)| x * y).sum() };
        assert!((dot("the cat sat", "the cat sat") - 1.0).abs() < 1e-5);
        assert!(dot("the cat sat", "the cat slept") > dot("the cat sat", "quarterly revenue"));
        assert!((dot("", "") - 1.0).abs() < 1e-5);
    }
}
