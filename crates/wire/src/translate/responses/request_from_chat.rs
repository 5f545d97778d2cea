//! Requests to chat completions, as responses.

use redoubt_domain::Surface;
use serde_json::{Map, Value, json};

use super::super::chat::{REASONS, calls, reasoning, refuse_sampling};
use super::super::fields::{Fields, Result};
use super::super::pivot::Content;

pub(crate) fn request_from_chat(chat: Value) -> Result<Value> {
    let mut asked = Fields::body(chat, Surface::Responses)?;
    let mut body = Map::new();
    asked.carry_all(
        &["model", "temperature", "top_p", "stream", "user", "safety_identifier", "parallel_tool_calls"],
        &mut body,
    );
    let bound = asked.take("max_completion_tokens");
    if let Some(bound) = bound.or(asked.take("max_tokens")) {
        body.insert("max_output_tokens".to_owned(), bound);
    }
    body.insert("input".to_owned(), input(&mut asked)?);
    // Chat answers are not kept by the vendor unless asked for, responses are kept unless forbidden.
    body.insert("store".to_owned(), false.into());
    tools(&mut asked, &mut body)?;
    output(&mut asked, &mut body)?;
    asked.refuse_unless("stop", |stop| *stop == json!([]), "it has no stop sequences")?;
    refuse_sampling(&mut asked)?;
    asked.finish(REASONS)?;
    Ok(Value::Object(body))
}

fn input(asked: &mut Fields) -> Result<Value> {
    let mut items = Vec::new();
    for mut message in asked.objects("messages")? {
        let role = message.need_text("role")?;
        match role.as_str() {
            "system" | "developer" | "user" => {
                let content = content(&mut message, "content", "input_text")?;
                items.push(json!({"type": "message", "role": role, "content": content}));
            }
            "tool" => {
                let id = message.need_text("tool_call_id")?;
                message.ignore(&["name"]);
                let output = content(&mut message, "content", "input_text")?;
                items.push(json!({"type": "function_call_output", "call_id": id, "output": output}));
            }
            "assistant" => assistant(&mut message, &mut items)?,
            "function" => return Err(message.refused("role", "use `tools` and the role `tool`")),
            _ => return Err(message.shape("role", "`system`, `developer`, `user`, `assistant` or `tool`")),
        }
        message.finish(&[
            ("name", "its messages name no participant: write the name into the content"),
            ("function_call", "use `tool_calls`"),
            ("audio", "it has no stored audio"),
        ])?;
    }
    Ok(Value::Array(items))
}

fn assistant(message: &mut Fields, items: &mut Vec<Value>) -> Result<()> {
    let reasoning = reasoning(message)?;
    if let Some(signature) = message.text("reasoning_signature")? {
        items.push(json!({
            "type": "reasoning", "id": format!("rs_{}", items.len()), "summary": [],
            "content": [{"type": "reasoning_text", "text": reasoning}], "encrypted_content": signature,
        }));
    }
    let words = content(message, "content", "output_text")?;
    if words.as_str() != Some("") {
        items.push(json!({"type": "message", "role": "assistant", "content": words}));
    }
    if let Some(refusal) = message.text("refusal")?.filter(|text| !text.is_empty()) {
        let part = json!({"type": "refusal", "refusal": refusal});
        items.push(json!({"type": "message", "role": "assistant", "content": [part]}));
    }
    for call in calls(message)? {
        items.push(json!({
            "type": "function_call", "call_id": call.id, "name": call.name, "arguments": call.arguments,
        }));
    }
    // An answer sent back as it came.
    message.ignore(&["annotations"]);
    Ok(())
}

/// Content with its texts under the name they have on this side of the conversation.
fn content(message: &mut Fields, key: &str, text_kind: &str) -> Result<Value> {
    let parts = match Content::take(message, key)? {
        Content::Text(text) => return Ok(Value::String(text)),
        Content::Parts(parts) => parts,
    };
    let mut out = Vec::new();
    for mut part in parts {
        part.ignore(&["prompt_cache_breakpoint"]);
        out.push(match part.need_text("type")?.as_str() {
            "text" => json!({"type": text_kind, "text": part.need_text("text")?}),
            "refusal" => json!({"type": "refusal", "refusal": part.need_text("refusal")?}),
            "image_url" => {
                let mut image = part.need_object("image_url")?;
                let url = image.need_text("url")?;
                let detail = image.text("detail")?.unwrap_or_else(|| "auto".to_owned());
                image.finish(&[])?;
                json!({"type": "input_image", "image_url": url, "detail": detail})
            }
            "file" => {
                let mut file = part.need_object("file")?;
                let mut input = Map::new();
                input.insert("type".to_owned(), "input_file".into());
                file.carry_all(&["filename", "file_data", "file_id"], &mut input);
                file.finish(&[])?;
                Value::Object(input)
            }
            "input_audio" => {
                let mut audio = Map::new();
                audio.insert("type".to_owned(), "input_audio".into());
                part.carry("input_audio", &mut audio, "input_audio");
                Value::Object(audio)
            }
            _ => return Err(part.refused("type", "this kind of part has no counterpart")),
        });
        part.finish(&[])?;
    }
    Ok(Value::Array(out))
}

fn tools(asked: &mut Fields, body: &mut Map<String, Value>) -> Result<()> {
    let mut tools = Vec::new();
    for mut tool in asked.objects("tools")? {
        if tool.need_text("type")? != "function" {
            return Err(tool.refused("type", "only functions can be defined there"));
        }
        let mut function = tool.need_object("function")?;
        let mut definition = Map::new();
        definition.insert("type".to_owned(), "function".into());
        function.carry_all(&["name", "description", "parameters"], &mut definition);
        // Chat is lenient unless told otherwise, responses are strict.
        let strict = function.flag("strict")?.unwrap_or(false);
        definition.insert("strict".to_owned(), strict.into());
        function.finish(&[])?;
        tool.finish(&[])?;
        tools.push(Value::Object(definition));
    }
    if !tools.is_empty() {
        body.insert("tools".to_owned(), tools.into());
    }
    match asked.take("tool_choice") {
        None => {}
        Some(word @ Value::String(_)) => {
            body.insert("tool_choice".to_owned(), word);
        }
        Some(value) => {
            let mut choice = Fields::at(value, "tool_choice".to_owned(), Surface::Responses)?;
            if choice.need_text("type")? != "function" {
                return Err(choice.refused("type", "only one function can be chosen"));
            }
            let name = choice.need_object("function")?.need_text("name")?;
            body.insert("tool_choice".to_owned(), json!({"type": "function", "name": name}));
        }
    }
    Ok(())
}

/// The form of the answer, the effort spent on it and what is told beside it.
fn output(asked: &mut Fields, body: &mut Map<String, Value>) -> Result<()> {
    let mut text = Map::new();
    asked.carry("verbosity", &mut text, "verbosity");
    if let Some(mut format) = asked.object("response_format")? {
        let kind = format.need_text("type")?;
        let mut flat = Map::new();
        if kind == "json_schema" {
            let mut schema = format.need_object("json_schema")?;
            schema.carry_all(&["name", "description", "schema", "strict"], &mut flat);
            schema.finish(&[])?;
        }
        flat.insert("type".to_owned(), kind.into());
        format.finish(&[])?;
        text.insert("format".to_owned(), Value::Object(flat));
    }
    if !text.is_empty() {
        body.insert("text".to_owned(), Value::Object(text));
    }
    if let Some(effort) = asked.take("reasoning_effort") {
        body.insert("reasoning".to_owned(), json!({"effort": effort}));
    }
    if asked.flag("logprobs")?.unwrap_or(false) {
        body.insert("include".to_owned(), json!(["message.output_text.logprobs"]));
        asked.carry("top_logprobs", body, "top_logprobs");
    }
    asked.ignore(&["top_logprobs"]);
    Ok(())
}
