//! Requests to chat completions, as messages.

use redoubt_domain::Surface;
use serde_json::{Map, Value, json};

use super::super::chat::{REASONS, calls, reasoning, refuse_sampling};
use super::super::fields::{Fields, Result};
use super::super::pivot::{Content, arguments_object};
use super::request_to_chat::{data_url, decoded_text};

pub(crate) fn request_from_chat(chat: Value, default_max_tokens: u32) -> Result<Value> {
    let mut asked = Fields::body(chat, Surface::Messages)?;
    let mut body = Map::new();
    asked.carry("model", &mut body, "model");
    let bound = asked.take("max_completion_tokens");
    let bound = bound.or(asked.take("max_tokens")).unwrap_or_else(|| default_max_tokens.into());
    body.insert("max_tokens".to_owned(), bound);
    let Turns { system, messages } = turns(&mut asked)?;
    match system.as_slice() {
        [] => {}
        [only] => {
            body.insert("system".to_owned(), only.as_str().into());
        }
        several => {
            body.insert("system".to_owned(), several.iter().map(|text| text_block(text)).collect());
        }
    }
    body.insert("messages".to_owned(), messages.into());
    if let Some(stop) = asked.take("stop") {
        body.insert("stop_sequences".to_owned(), if stop.is_array() { stop } else { json!([stop]) });
    }
    let is_hot = |value: &Value| value.as_f64().is_some_and(|degrees| degrees > 1.0);
    match asked.take("temperature") {
        Some(value) if is_hot(&value) => return Err(asked.refused("temperature", "its scale ends at 1")),
        Some(value) => {
            body.insert("temperature".to_owned(), value);
        }
        None => {}
    }
    asked.carry_all(&["top_p", "top_k", "stream"], &mut body);
    tools(&mut asked, &mut body)?;
    output(&mut asked, &mut body)?;
    let user = asked.take("user");
    if let Some(user) = asked.take("safety_identifier").or(user) {
        body.insert("metadata".to_owned(), json!({"user_id": user}));
    }
    refuse_sampling(&mut asked)?;
    asked.refuse_unless("logprobs", |value| *value == json!(false), "it tells no log probabilities")?;
    asked.refuse_unless("top_logprobs", |value| value.as_u64() == Some(0), "it tells no log probabilities")?;
    asked.ignore(&["verbosity"]);
    asked.finish(REASONS)?;
    Ok(Value::Object(body))
}

#[derive(Default)]
struct Turns {
    system: Vec<String>,
    messages: Vec<Value>,
}

fn turns(asked: &mut Fields) -> Result<Turns> {
    let mut turns = Turns::default();
    // Whether the last message is one of results, which later results and words join.
    let mut holds_results = false;
    for mut message in asked.objects("messages")? {
        let role = message.need_text("role")?;
        match role.as_str() {
            "system" | "developer" => turns.system.extend(words(&mut message)?),
            "user" => {
                let content = match Content::take(&mut message, "content")? {
                    Content::Text(text) => Value::String(text),
                    Content::Parts(parts) => Value::Array(blocks(parts)?),
                };
                match turns.messages.last_mut().filter(|_| holds_results).and_then(blocks_of) {
                    Some(blocks) => match content {
                        Value::Array(more) => blocks.extend(more),
                        content => blocks.extend(content.as_str().map(text_block)),
                    },
                    None => turns.messages.push(json!({"role": "user", "content": content})),
                }
                holds_results = false;
            }
            "tool" => {
                let result = tool_result(&mut message)?;
                match turns.messages.last_mut().filter(|_| holds_results).and_then(blocks_of) {
                    Some(blocks) => blocks.push(result),
                    None => turns.messages.push(json!({"role": "user", "content": [result]})),
                }
                holds_results = true;
            }
            "assistant" => {
                let content = assistant(&mut message)?;
                // An empty turn says nothing, and Anthropic refuses it.
                if !content.is_empty() {
                    turns.messages.push(json!({"role": "assistant", "content": plainest(content)}));
                }
                holds_results = false;
            }
            "function" => return Err(message.refused("role", "use `tools` and the role `tool`")),
            _ => return Err(message.shape("role", "`system`, `developer`, `user`, `assistant` or `tool`")),
        }
        message.finish(&[
            ("name", "its messages name no participant: write the name into the content"),
            ("function_call", "use `tool_calls`"),
            ("audio", "it hears and speaks no audio"),
        ])?;
    }
    Ok(turns)
}

fn blocks_of(message: &mut Value) -> Option<&mut Vec<Value>> {
    message.get_mut("content")?.as_array_mut()
}

fn text_block(text: &str) -> Value {
    json!({"type": "text", "text": text})
}

/// A lone text block as the plain string.
fn plainest(mut blocks: Vec<Value>) -> Value {
    if let [only] = blocks.as_mut_slice()
        && only.get("type").and_then(Value::as_str) == Some("text")
        && let Some(text) = only.get_mut("text")
    {
        return text.take();
    }
    Value::Array(blocks)
}

/// The texts of a message that holds nothing else. Empty ones are dropped: Anthropic refuses them.
fn words(message: &mut Fields) -> Result<Vec<String>> {
    let mut texts = Vec::new();
    match Content::take(message, "content")? {
        Content::Text(text) => texts.push(text),
        Content::Parts(parts) => {
            for mut part in parts {
                let key = match part.need_text("type")?.as_str() {
                    "text" => "text",
                    "refusal" => "refusal",
                    _ => return Err(part.refused("type", "only text can stand here")),
                };
                texts.push(part.need_text(key)?);
                part.ignore(&["prompt_cache_breakpoint"]);
                part.finish(&[])?;
            }
        }
    }
    texts.retain(|text| !text.is_empty());
    Ok(texts)
}

/// The blocks of a message that may hold more than text.
fn blocks(parts: Vec<Fields>) -> Result<Vec<Value>> {
    let mut blocks = Vec::new();
    for mut part in parts {
        part.ignore(&["prompt_cache_breakpoint"]);
        match part.need_text("type")?.as_str() {
            "text" => {
                let text = part.need_text("text")?;
                blocks.extend(Some(text).filter(|text| !text.is_empty()).as_deref().map(text_block));
            }
            "image_url" => blocks.push(image(&mut part)?),
            "file" => blocks.push(file(&mut part)?),
            "input_audio" => return Err(part.refused("type", "it hears no audio")),
            _ => return Err(part.refused("type", "this kind of part has no counterpart")),
        }
        part.finish(&[])?;
    }
    Ok(blocks)
}

fn image(part: &mut Fields) -> Result<Value> {
    let mut image = part.need_object("image_url")?;
    let url = image.need_text("url")?;
    image.ignore(&["detail"]);
    image.finish(&[])?;
    let source = match data_url(&url) {
        Some((media, data)) => json!({"type": "base64", "media_type": media, "data": data}),
        None if url.starts_with("data:") => return Err(part.shape("image_url.url", "an address or base64 data")),
        None => json!({"type": "url", "url": url}),
    };
    Ok(json!({"type": "image", "source": source}))
}

fn file(part: &mut Fields) -> Result<Value> {
    let mut file = part.need_object("file")?;
    if file.take("file_id").is_some() {
        return Err(file.refused("file_id", "a file stored with another vendor cannot be fetched"));
    }
    let url = file.need_text("file_data")?;
    let (media, data) = data_url(&url).ok_or_else(|| file.shape("file_data", "a `data:` URL with base64"))?;
    let source = if media == "application/pdf" {
        json!({"type": "base64", "media_type": media, "data": data})
    } else {
        let is_text = media.starts_with("text/") || media == "application/json";
        let text = if is_text { decoded_text(data) } else { None };
        let text = text.ok_or_else(|| file.refused("file_data", "it reads no files but text and PDF"))?;
        json!({"type": "text", "media_type": "text/plain", "data": text})
    };
    let mut block = json!({"type": "document", "source": source});
    if let (Some(title), Some(block)) = (file.take("filename"), block.as_object_mut()) {
        block.insert("title".to_owned(), title);
    }
    file.finish(&[])?;
    Ok(block)
}

fn tool_result(message: &mut Fields) -> Result<Value> {
    let id = message.need_text("tool_call_id")?;
    // A tool's name is that of its call, which the id names.
    message.ignore(&["name"]);
    let content = match Content::take(message, "content")? {
        Content::Text(text) => Value::String(text),
        Content::Parts(parts) => plainest(blocks(parts)?),
    };
    Ok(json!({"type": "tool_result", "tool_use_id": id, "content": content}))
}

fn assistant(message: &mut Fields) -> Result<Vec<Value>> {
    let mut blocks = Vec::new();
    let reasoning = reasoning(message)?;
    if let Some(signature) = message.text("reasoning_signature")? {
        blocks.push(json!({"type": "thinking", "thinking": reasoning, "signature": signature}));
    }
    blocks.extend(words(message)?.iter().map(|text| text_block(text)));
    if let Some(refusal) = message.text("refusal")?.filter(|text| !text.is_empty()) {
        blocks.push(text_block(&refusal));
    }
    for call in calls(message)? {
        let input = arguments_object(&call.arguments);
        blocks.push(json!({"type": "tool_use", "id": call.id, "name": call.name, "input": input}));
    }
    // An answer sent back as it came.
    message.ignore(&["annotations"]);
    Ok(blocks)
}

fn tools(asked: &mut Fields, body: &mut Map<String, Value>) -> Result<()> {
    let mut tools = Vec::new();
    for mut tool in asked.objects("tools")? {
        if tool.need_text("type")? != "function" {
            return Err(tool.refused("type", "only functions can be defined there"));
        }
        let mut function = tool.need_object("function")?;
        let mut definition = Map::new();
        function.carry_all(&["name", "description", "strict"], &mut definition);
        let schema = function.take("parameters").unwrap_or_else(|| json!({"type": "object", "properties": {}}));
        definition.insert("input_schema".to_owned(), schema);
        function.finish(&[])?;
        tool.finish(&[])?;
        tools.push(Value::Object(definition));
    }
    let is_serial = asked.flag("parallel_tool_calls")? == Some(false);
    let mut choice = match asked.take("tool_choice") {
        None => None,
        Some(Value::String(word)) => Some(match word.as_str() {
            "auto" => json!({"type": "auto"}),
            "required" => json!({"type": "any"}),
            "none" => json!({"type": "none"}),
            _ => return Err(asked.shape("tool_choice", "`auto`, `required`, `none` or a function")),
        }),
        Some(value) => {
            let mut value = Fields::at(value, "tool_choice".to_owned(), Surface::Messages)?;
            if value.need_text("type")? != "function" {
                return Err(value.refused("type", "only one function can be chosen there"));
            }
            Some(json!({"type": "tool", "name": value.need_object("function")?.need_text("name")?}))
        }
    };
    if tools.is_empty() {
        return Ok(());
    }
    body.insert("tools".to_owned(), tools.into());
    if is_serial {
        choice.get_or_insert_with(|| json!({"type": "auto"}));
    }
    if let Some(mut choice) = choice {
        let may_call = choice.get("type").and_then(Value::as_str) != Some("none");
        if let Some(choice) = choice.as_object_mut().filter(|_| is_serial && may_call) {
            choice.insert("disable_parallel_tool_use".to_owned(), true.into());
        }
        body.insert("tool_choice".to_owned(), choice);
    }
    Ok(())
}

/// The form of the answer and the effort spent on it.
fn output(asked: &mut Fields, body: &mut Map<String, Value>) -> Result<()> {
    let mut config = Map::new();
    match asked.text("reasoning_effort")?.as_deref() {
        None | Some("none") => {}
        Some("minimal") => {
            config.insert("effort".to_owned(), "low".into());
        }
        Some(effort) => {
            config.insert("effort".to_owned(), effort.into());
        }
    }
    if let Some(mut format) = asked.object("response_format")? {
        match format.need_text("type")?.as_str() {
            "text" => {}
            "json_schema" => {
                let mut named = format.need_object("json_schema")?;
                let mut schema = named.take("schema").ok_or_else(|| named.shape("schema", "an object"))?;
                if let (Some(words), Some(schema)) = (named.take("description"), schema.as_object_mut()) {
                    schema.entry("description").or_insert(words);
                }
                config.insert("format".to_owned(), json!({"type": "json_schema", "schema": schema}));
                named.ignore(&["name", "strict"]);
                named.finish(&[])?;
            }
            _ => return Err(format.refused("type", "it has no JSON mode without a schema: use `json_schema`")),
        }
    }
    if !config.is_empty() {
        body.insert("output_config".to_owned(), Value::Object(config));
    }
    Ok(())
}
