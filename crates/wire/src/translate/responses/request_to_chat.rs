//! Requests to responses, as chat completions.

use redoubt_domain::Surface;
use serde_json::{Map, Value, json};

use super::super::TranslateError;
use super::super::chat::{call_value, simplest};
use super::super::fields::{Fields, Result};
use super::super::pivot::{Call, Content};

/// Fields whose absence changes no meaning.
const HINTS: &[&str] = &[
    "store",
    "metadata",
    "service_tier",
    "prompt_cache_key",
    "prompt_cache_options",
    "prompt_cache_retention",
    "stream_options",
    "truncation",
    "max_tool_calls",
];

/// Why the others are refused.
const REASONS: &[(&str, &str)] = &[
    ("previous_response_id", "the earlier response is kept by another vendor: send the whole input"),
    ("conversation", "the conversation is kept by another vendor: send the whole input"),
    ("prompt", "the prompt is kept by another vendor: send its text"),
    ("context_management", "it manages no context"),
];

pub(crate) fn request_to_chat(body: Value) -> Result<Value> {
    let mut asked = Fields::body(body, Surface::ChatCompletions)?;
    let mut chat = Map::new();
    asked.carry_all(&["model", "temperature", "top_p", "user", "safety_identifier", "parallel_tool_calls"], &mut chat);
    asked.carry("max_output_tokens", &mut chat, "max_completion_tokens");
    if asked.flag("stream")?.unwrap_or(false) {
        chat.insert("stream".to_owned(), true.into());
        // A stream of responses always tells its usage.
        chat.insert("stream_options".to_owned(), json!({"include_usage": true}));
    }
    chat.insert("messages".to_owned(), messages(&mut asked)?);
    tools(&mut asked, &mut chat)?;
    output(&mut asked, &mut chat)?;
    asked.refuse_unless("background", |value| *value == json!(false), "it answers at once")?;
    asked.ignore(HINTS);
    asked.finish(REASONS)?;
    // An effort or a choice of tools without tools is refused by some servers and says nothing.
    if !chat.contains_key("tools") {
        chat.remove("tool_choice");
        chat.remove("parallel_tool_calls");
    }
    Ok(Value::Object(chat))
}

fn messages(asked: &mut Fields) -> Result<Value> {
    let mut turns = Turns::default();
    if let Some(instructions) = asked.text("instructions")? {
        turns.messages.push(json!({"role": "system", "content": instructions}));
    }
    match Content::take(asked, "input")? {
        Content::Text(text) => turns.messages.push(json!({"role": "user", "content": text})),
        Content::Parts(items) => {
            for item in items {
                turns.item(item)?;
            }
        }
    }
    turns.flush();
    Ok(Value::Array(turns.messages))
}

/// Gathers the items that are one assistant's message in chat.
#[derive(Default)]
struct Turns {
    messages: Vec<Value>,
    assistant: Option<Assistant>,
}

#[derive(Default)]
struct Assistant {
    reasoning: String,
    signatures: Vec<String>,
    parts: Vec<Value>,
    calls: Vec<Value>,
}

impl Turns {
    fn item(&mut self, mut item: Fields) -> Result<()> {
        item.ignore(&["id", "status", "phase"]);
        let kind = item.text("type")?.unwrap_or_else(|| "message".to_owned());
        match kind.as_str() {
            "message" => self.message(&mut item)?,
            "reasoning" => {
                // Reasoning opens the turn it belongs to.
                if self.assistant.as_ref().is_some_and(|turn| !(turn.parts.is_empty() && turn.calls.is_empty())) {
                    self.flush();
                }
                let turn = self.assistant.get_or_insert_default();
                for key in ["summary", "content"] {
                    for mut part in item.objects(key)? {
                        turn.reasoning.push_str(&part.need_text("text")?);
                    }
                }
                turn.signatures.extend(item.text("encrypted_content")?);
            }
            "function_call" => {
                let call = Call {
                    id: item.need_text("call_id")?,
                    name: item.need_text("name")?,
                    arguments: item.need_text("arguments")?,
                };
                self.assistant.get_or_insert_default().calls.push(call_value(call));
            }
            "function_call_output" => {
                self.flush();
                let id = item.need_text("call_id")?;
                let content = match Content::take(&mut item, "output")? {
                    Content::Text(text) => Value::String(text),
                    Content::Parts(parts) => simplest(parts.into_iter().map(part).collect::<Result<_>>()?),
                };
                self.messages.push(json!({"role": "tool", "tool_call_id": id, "content": content}));
                item.ignore(&["name"]);
            }
            "item_reference" => {
                return Err(item.refused("type", "the item is kept by another vendor: send the whole of it"));
            }
            _ => return Err(item.refused("type", "this kind of item has no counterpart")),
        }
        item.ignore(&["caller"]);
        item.finish(&[])
    }

    fn message(&mut self, item: &mut Fields) -> Result<()> {
        let role = item.need_text("role")?;
        let mut parts = match Content::take(item, "content")? {
            Content::Text(text) => vec![json!({"type": "text", "text": text})],
            Content::Parts(parts) => parts.into_iter().map(part).collect::<Result<_>>()?,
        };
        match role.as_str() {
            "assistant" => {
                // Words after calls are the next turn, as they came after.
                if self.assistant.as_ref().is_some_and(|turn| !turn.calls.is_empty()) {
                    self.flush();
                }
                self.assistant.get_or_insert_default().parts.append(&mut parts);
            }
            "user" | "system" | "developer" => {
                self.flush();
                self.messages.push(json!({"role": role, "content": simplest(parts)}));
            }
            _ => return Err(item.shape("role", "`user`, `assistant`, `system` or `developer`")),
        }
        Ok(())
    }

    /// Ends the assistant's turn.
    fn flush(&mut self) {
        let Some(Assistant { reasoning, mut signatures, parts, calls }) = self.assistant.take() else { return };
        let mut message = Map::new();
        message.insert("role".to_owned(), "assistant".into());
        message.insert("content".to_owned(), if parts.is_empty() { Value::Null } else { simplest(parts) });
        if !reasoning.is_empty() {
            message.insert("reasoning_content".to_owned(), reasoning.into());
            if let (Some(signature), true) = (signatures.pop(), signatures.is_empty()) {
                message.insert("reasoning_signature".to_owned(), signature.into());
            }
        }
        if !calls.is_empty() {
            message.insert("tool_calls".to_owned(), calls.into());
        }
        self.messages.push(Value::Object(message));
    }
}

fn part(mut part: Fields) -> Result<Value> {
    part.ignore(&["prompt_cache_breakpoint", "annotations", "logprobs"]);
    let value = match part.need_text("type")?.as_str() {
        "input_text" | "output_text" | "text" => json!({"type": "text", "text": part.need_text("text")?}),
        "refusal" => json!({"type": "refusal", "refusal": part.need_text("refusal")?}),
        "input_image" => {
            stored(&mut part)?;
            let mut image = Map::new();
            image.insert("url".to_owned(), part.need_text("image_url")?.into());
            part.carry("detail", &mut image, "detail");
            json!({"type": "image_url", "image_url": image})
        }
        "input_file" => {
            stored(&mut part)?;
            part.refuse_unless("file_url", |_| false, "it takes files by content, not by address")?;
            part.ignore(&["detail"]);
            let mut file = Map::new();
            part.carry("filename", &mut file, "filename");
            file.insert("file_data".to_owned(), part.need_text("file_data")?.into());
            json!({"type": "file", "file": file})
        }
        "input_audio" => {
            let mut audio = Map::new();
            audio.insert("type".to_owned(), "input_audio".into());
            part.carry("input_audio", &mut audio, "input_audio");
            Value::Object(audio)
        }
        _ => return Err(part.refused("type", "this kind of part has no counterpart")),
    };
    part.finish(&[])?;
    Ok(value)
}

fn stored(part: &mut Fields) -> Result<()> {
    part.refuse_unless("file_id", |_| false, "a file stored with another vendor cannot be fetched")
}

fn tools(asked: &mut Fields, chat: &mut Map<String, Value>) -> Result<()> {
    let mut tools = Vec::new();
    for mut tool in asked.objects("tools")? {
        if tool.need_text("type")? != "function" {
            return Err(tool.refused("type", "the vendor's own tools do not exist there"));
        }
        let mut function = Map::new();
        tool.carry_all(&["name", "description", "parameters", "strict"], &mut function);
        tool.finish(&[])?;
        tools.push(json!({"type": "function", "function": function}));
    }
    if !tools.is_empty() {
        chat.insert("tools".to_owned(), tools.into());
    }
    match asked.take("tool_choice") {
        None => {}
        Some(word @ Value::String(_)) => {
            chat.insert("tool_choice".to_owned(), word);
        }
        Some(value) => {
            let mut choice = Fields::at(value, "tool_choice".to_owned(), Surface::ChatCompletions)?;
            if choice.need_text("type")? != "function" {
                return Err(choice.refused("type", "only one function can be chosen there"));
            }
            let name = choice.need_text("name")?;
            chat.insert("tool_choice".to_owned(), json!({"type": "function", "function": {"name": name}}));
        }
    }
    Ok(())
}

/// The form of the answer, the effort spent on it and what is told beside it.
fn output(asked: &mut Fields, chat: &mut Map<String, Value>) -> Result<()> {
    if let Some(mut text) = asked.object("text")? {
        text.carry("verbosity", chat, "verbosity");
        if let Some(mut format) = text.object("format")? {
            let format = match format.need_text("type")?.as_str() {
                "json_schema" => {
                    let mut schema = Map::new();
                    format.carry_all(&["name", "description", "schema", "strict"], &mut schema);
                    format.finish(&[])?;
                    json!({"type": "json_schema", "json_schema": schema})
                }
                "text" => Value::Null,
                "json_object" => json!({"type": "json_object"}),
                _ => return Err(format.shape("type", "`text`, `json_schema` or `json_object`")),
            };
            if !format.is_null() {
                chat.insert("response_format".to_owned(), format);
            }
        }
        text.finish(&[])?;
    }
    if let Some(mut reasoning) = asked.object("reasoning")? {
        reasoning.carry("effort", chat, "reasoning_effort");
        reasoning.ignore(&["summary", "generate_summary", "context", "mode"]);
        reasoning.finish(&[])?;
    }
    if let Some(count) = asked.number("top_logprobs")? {
        chat.insert("logprobs".to_owned(), true.into());
        chat.insert("top_logprobs".to_owned(), count.into());
    }
    for (at, value) in asked.list("include")? {
        match value.as_str() {
            Some("message.output_text.logprobs") => {
                chat.insert("logprobs".to_owned(), true.into());
            }
            // The others tell more of what the vendor's own tools did, or of stored input.
            Some(_) => {}
            None => return Err(TranslateError::shape(at, "a string")),
        }
    }
    Ok(())
}
