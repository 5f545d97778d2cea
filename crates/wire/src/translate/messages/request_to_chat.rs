//! Requests to messages, as chat completions.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use redoubt_domain::Surface;
use serde_json::{Map, Value, json};

use super::super::chat::{call_value, simplest};
use super::super::fields::{Fields, Result, is_empty};
use super::super::pivot::{Call, Content, arguments_text};

/// Fields whose absence changes no meaning: caching, speed, accounting.
const HINTS: &[&str] = &["cache_control", "service_tier", "speed", "diagnostics"];

/// Why the others are refused.
const REASONS: &[(&str, &str)] = &[
    ("container", "it has no containers"),
    ("mcp_servers", "it calls no remote tools"),
    ("inference_geo", "it cannot promise where the model runs"),
];

pub(crate) fn request_to_chat(body: Value) -> Result<Value> {
    let mut asked = Fields::body(body, Surface::ChatCompletions)?;
    let mut chat = Map::new();
    asked.carry_all(&["model", "temperature", "top_p", "top_k"], &mut chat);
    asked.carry("max_tokens", &mut chat, "max_completion_tokens");
    asked.carry("stop_sequences", &mut chat, "stop");
    if asked.flag("stream")?.unwrap_or(false) {
        chat.insert("stream".to_owned(), true.into());
        // A stream of messages always tells its usage.
        chat.insert("stream_options".to_owned(), json!({"include_usage": true}));
    }
    chat.insert("messages".to_owned(), messages(&mut asked)?);
    tools(&mut asked, &mut chat)?;
    output(&mut asked, &mut chat)?;
    if let Some(mut metadata) = asked.object("metadata")? {
        metadata.carry("user_id", &mut chat, "user");
    }
    asked.ignore(HINTS);
    asked.finish(REASONS)?;
    Ok(Value::Object(chat))
}

fn messages(asked: &mut Fields) -> Result<Value> {
    let mut messages = Vec::new();
    let system = match Content::take(asked, "system")? {
        Content::Text(text) => Value::String(text),
        Content::Parts(blocks) => words(blocks)?,
    };
    if !(system.as_str().is_some_and(str::is_empty) || is_empty(&system)) {
        messages.push(json!({"role": "system", "content": system}));
    }
    for mut message in asked.objects("messages")? {
        let role = message.need_text("role")?;
        let content = Content::take(&mut message, "content")?;
        match (role.as_str(), content) {
            ("user" | "assistant" | "system", Content::Text(text)) => {
                messages.push(json!({"role": role, "content": text}));
            }
            ("user", Content::Parts(blocks)) => user(blocks, &mut messages)?,
            ("assistant", Content::Parts(blocks)) => messages.push(assistant(blocks)?),
            ("system", Content::Parts(blocks)) => {
                messages.push(json!({"role": "system", "content": words(blocks)?}));
            }
            _ => return Err(message.shape("role", "`user`, `assistant` or `system`")),
        }
        message.finish(&[])?;
    }
    Ok(Value::Array(messages))
}

/// Blocks that can be nothing but text.
fn words(blocks: Vec<Fields>) -> Result<Value> {
    let mut parts = Vec::new();
    for mut block in blocks {
        match block.need_text("type")?.as_str() {
            "text" => parts.push(text_part(block)?),
            _ => return Err(block.refused("type", "only text can stand here")),
        }
    }
    Ok(simplest(parts))
}

/// A user message: results of tools become messages of their own, in their place.
fn user(blocks: Vec<Fields>, messages: &mut Vec<Value>) -> Result<()> {
    let mut parts = Vec::new();
    let flush = |parts: &mut Vec<Value>, messages: &mut Vec<Value>| {
        if !parts.is_empty() {
            messages.push(json!({"role": "user", "content": simplest(std::mem::take(parts))}));
        }
    };
    for mut block in blocks {
        let kind = block.need_text("type")?;
        if kind == "tool_result" {
            flush(&mut parts, messages);
            messages.push(tool_result(block)?);
        } else {
            push_parts(&kind, block, &mut parts)?;
        }
    }
    flush(&mut parts, messages);
    Ok(())
}

fn tool_result(mut block: Fields) -> Result<Value> {
    let id = block.need_text("tool_use_id")?;
    let is_error = block.flag("is_error")?.unwrap_or(false);
    let mut content = match Content::take(&mut block, "content")? {
        Content::Text(text) => Value::String(text),
        Content::Parts(blocks) => {
            let mut parts = Vec::new();
            for mut block in blocks {
                let kind = block.need_text("type")?;
                push_parts(&kind, block, &mut parts)?;
            }
            if parts.is_empty() { Value::String(String::new()) } else { simplest(parts) }
        }
    };
    if is_error && content.as_str().is_some_and(str::is_empty) {
        content = "error".into();
    }
    block.ignore(&["cache_control"]);
    block.finish(&[])?;
    Ok(json!({"role": "tool", "tool_call_id": id, "content": content}))
}

/// The parts that say what one block says.
fn push_parts(kind: &str, block: Fields, parts: &mut Vec<Value>) -> Result<()> {
    match kind {
        "text" => parts.push(text_part(block)?),
        "image" => parts.push(image(block)?),
        "document" => document(block, parts)?,
        "search_result" => search_result(block, parts)?,
        _ => return Err(block.refused("type", "this kind of block has no counterpart")),
    }
    Ok(())
}

fn text_part(mut block: Fields) -> Result<Value> {
    let text = block.need_text("text")?;
    block.ignore(&["cache_control"]);
    block.refuse_unless("citations", is_empty, "it has no citations")?;
    block.finish(&[])?;
    Ok(json!({"type": "text", "text": text}))
}

fn image(mut block: Fields) -> Result<Value> {
    let mut source = block.need_object("source")?;
    let url = match source.need_text("type")?.as_str() {
        "base64" => format!("data:{};base64,{}", source.need_text("media_type")?, source.need_text("data")?),
        "url" => source.need_text("url")?,
        _ => return Err(source.refused("type", "an image stored with another vendor cannot be fetched")),
    };
    block.ignore(&["cache_control"]);
    block.finish(&[])?;
    Ok(json!({"type": "image_url", "image_url": {"url": url}}))
}

fn document(mut block: Fields, parts: &mut Vec<Value>) -> Result<()> {
    let title = block.text("title")?;
    let context = block.text("context")?;
    if let Some(mut citations) = block.object("citations")? {
        citations.refuse_unless("enabled", |enabled| *enabled == json!(false), "it has no citations")?;
    }
    let mut source = block.need_object("source")?;
    let kind = source.need_text("type")?;
    if kind == "base64" {
        let media = source.need_text("media_type")?;
        let data = source.need_text("data")?;
        parts.extend(context.map(|text| json!({"type": "text", "text": text})));
        let name = title.unwrap_or_else(|| "document.pdf".to_owned());
        parts.push(json!({
            "type": "file", "file": {"filename": name, "file_data": format!("data:{media};base64,{data}")},
        }));
    } else {
        parts.extend([title, context].into_iter().flatten().map(|text| json!({"type": "text", "text": text})));
        match kind.as_str() {
            "text" => parts.push(json!({"type": "text", "text": source.need_text("data")?})),
            "content" => match Content::take(&mut source, "content")? {
                Content::Text(text) => parts.push(json!({"type": "text", "text": text})),
                Content::Parts(blocks) => {
                    for mut block in blocks {
                        match block.need_text("type")?.as_str() {
                            "text" => parts.push(text_part(block)?),
                            "image" => parts.push(image(block)?),
                            _ => return Err(block.refused("type", "only text and images can stand here")),
                        }
                    }
                }
            },
            "url" => return Err(source.refused("type", "it takes files by content, not by address")),
            _ => return Err(source.refused("type", "a file stored with another vendor cannot be fetched")),
        }
    }
    block.ignore(&["cache_control"]);
    block.finish(&[])
}

fn search_result(mut block: Fields, parts: &mut Vec<Value>) -> Result<()> {
    for key in ["title", "source"] {
        parts.push(json!({"type": "text", "text": block.need_text(key)?}));
    }
    for mut inner in block.objects("content")? {
        match inner.need_text("type")?.as_str() {
            "text" => parts.push(text_part(inner)?),
            _ => return Err(inner.refused("type", "only text can stand here")),
        }
    }
    if let Some(mut citations) = block.object("citations")? {
        citations.refuse_unless("enabled", |enabled| *enabled == json!(false), "it has no citations")?;
    }
    block.ignore(&["cache_control"]);
    block.finish(&[])
}

fn assistant(blocks: Vec<Fields>) -> Result<Value> {
    let mut parts = Vec::new();
    let mut calls = Vec::new();
    let mut reasoning = Vec::new();
    let mut signature = String::new();
    for mut block in blocks {
        match block.need_text("type")?.as_str() {
            "text" => parts.push(text_part(block)?),
            "thinking" => {
                reasoning.push(block.need_text("thinking")?);
                signature = block.text("signature")?.unwrap_or_default();
            }
            "redacted_thinking" => {}
            "tool_use" => {
                calls.push(call_value(Call {
                    id: block.need_text("id")?,
                    name: block.need_text("name")?,
                    arguments: arguments_text(&block.take("input").unwrap_or_else(|| json!({}))),
                }));
                block.ignore(&["cache_control", "caller"]);
                block.finish(&[])?;
            }
            kind => push_parts(kind, block, &mut parts)?,
        }
    }
    let mut message = Map::new();
    message.insert("role".to_owned(), "assistant".into());
    message.insert("content".to_owned(), if parts.is_empty() { Value::Null } else { simplest(parts) });
    if !reasoning.is_empty() {
        if reasoning.len() == 1 && !signature.is_empty() {
            message.insert("reasoning_signature".to_owned(), signature.into());
        }
        message.insert("reasoning_content".to_owned(), reasoning.concat().into());
    }
    if !calls.is_empty() {
        message.insert("tool_calls".to_owned(), calls.into());
    }
    Ok(Value::Object(message))
}

fn tools(asked: &mut Fields, chat: &mut Map<String, Value>) -> Result<()> {
    let mut tools = Vec::new();
    for mut tool in asked.objects("tools")? {
        if tool.text("type")?.is_some_and(|kind| kind != "custom") {
            return Err(tool.refused("type", "the vendor's own tools do not exist there"));
        }
        let mut function = Map::new();
        tool.carry_all(&["name", "description", "strict"], &mut function);
        let mut schema = tool.take("input_schema").unwrap_or_else(|| json!({"type": "object"}));
        if let (Some(examples), Some(schema)) = (tool.take("input_examples"), schema.as_object_mut()) {
            schema.insert("examples".to_owned(), examples);
        }
        function.insert("parameters".to_owned(), schema);
        tool.ignore(&["cache_control", "eager_input_streaming"]);
        tool.finish(&[])?;
        tools.push(json!({"type": "function", "function": function}));
    }
    if !tools.is_empty() {
        chat.insert("tools".to_owned(), tools.into());
    }
    let Some(mut choice) = asked.object("tool_choice")? else { return Ok(()) };
    let value = match choice.need_text("type")?.as_str() {
        "auto" => "auto".into(),
        "any" => "required".into(),
        "none" => "none".into(),
        "tool" => json!({"type": "function", "function": {"name": choice.need_text("name")?}}),
        _ => return Err(choice.shape("type", "`auto`, `any`, `tool` or `none`")),
    };
    chat.insert("tool_choice".to_owned(), value);
    if choice.flag("disable_parallel_tool_use")?.unwrap_or(false) {
        chat.insert("parallel_tool_calls".to_owned(), false.into());
    }
    choice.finish(&[])
}

/// The form of the answer and the effort spent on it.
fn output(asked: &mut Fields, chat: &mut Map<String, Value>) -> Result<()> {
    if let Some(mut thinking) = asked.object("thinking")?
        && let Some(budget) = thinking.number("budget_tokens")?
    {
        let effort = match budget {
            0..4_096 => "low",
            4_096..16_384 => "medium",
            _ => "high",
        };
        chat.insert("reasoning_effort".to_owned(), effort.into());
    }
    let mut format = asked.object("output_format")?;
    if let Some(mut config) = asked.object("output_config")? {
        config.carry("effort", chat, "reasoning_effort");
        format = config.object("format")?.or(format);
        config.finish(&[])?;
    }
    let Some(mut format) = format else { return Ok(()) };
    if format.need_text("type")? != "json_schema" {
        return Err(format.shape("type", "`json_schema`"));
    }
    let schema = format.take("schema").ok_or_else(|| format.shape("schema", "an object"))?;
    chat.insert(
        "response_format".to_owned(),
        json!({"type": "json_schema", "json_schema": {"name": "answer", "strict": true, "schema": schema}}),
    );
    format.finish(&[])
}

/// The content of a `data:` URL: media type and base64.
pub(super) fn data_url(url: &str) -> Option<(&str, &str)> {
    url.strip_prefix("data:")?.split_once(";base64,")
}

/// Text that travels as base64.
pub(super) fn decoded_text(data: &str) -> Option<String> {
    String::from_utf8(STANDARD.decode(data).ok()?).ok()
}
