//! What the demonstration hears: a request of any surface in one shape.

use serde_json::Value;

use super::tokens;

/// Who spoke.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Voice {
    User,
    Assistant,
    Tool,
    Document,
}

/// A tool on offer.
#[derive(Clone, Debug)]
pub(super) struct Tool {
    pub(super) name: String,
    pub(super) schema: Value,
}

/// A request in one shape.
#[derive(Clone, Debug, Default)]
pub(super) struct Ask {
    pub(super) system: String,
    pub(super) turns: Vec<(Voice, String)>,
    pub(super) tools: Vec<Tool>,
    /// Whether a tool must be called, whatever is said.
    pub(super) tool_required: bool,
    pub(super) output_tokens_max: Option<usize>,
    pub(super) choices: usize,
    pub(super) include_usage: bool,
    pub(super) logprobs: bool,
    /// The schema of a JSON answer; `null` for any JSON.
    pub(super) json: Option<Value>,
}

impl Ask {
    pub(super) fn input_tokens(&self) -> usize {
        let turns: usize = self.turns.iter().map(|(_, text)| tokens(text).len()).sum();
        turns + tokens(&self.system).len()
    }

    /// What was said since the demonstration last spoke.
    pub(super) fn latest(&self) -> &[(Voice, String)] {
        let start = self.turns.iter().rposition(|(voice, _)| *voice == Voice::Assistant).map_or(0, |last| last + 1);
        self.turns.get(start..).unwrap_or_default()
    }
}

fn text<'a>(value: &'a Value, key: &str) -> &'a str {
    value.get(key).and_then(Value::as_str).unwrap_or_default()
}

fn number(value: &Value, key: &str) -> Option<usize> {
    value.get(key).and_then(Value::as_u64).and_then(|number| usize::try_from(number).ok())
}

fn flag(value: &Value, key: &str) -> bool {
    value.get(key).and_then(Value::as_bool).unwrap_or(false)
}

fn items<'a>(value: &'a Value, key: &str) -> impl Iterator<Item = &'a Value> {
    value.get(key).and_then(Value::as_array).into_iter().flatten()
}

/// The text of a `content`: a string, or parts of which those with text count.
fn content(value: Option<&Value>) -> String {
    match value {
        Some(Value::String(text)) => text.clone(),
        Some(Value::Array(parts)) => {
            let texts: Vec<&str> = parts.iter().filter_map(|part| part.get("text")?.as_str()).collect();
            texts.join("\n")
        }
        _ => String::new(),
    }
}

/// Hears an OpenAI chat completion.
pub(super) fn from_chat(body: &Value) -> Ask {
    let mut ask = Ask {
        output_tokens_max: number(body, "max_completion_tokens").or_else(|| number(body, "max_tokens")),
        choices: number(body, "n").unwrap_or(1).clamp(1, 16),
        include_usage: body.get("stream_options").is_some_and(|options| flag(options, "include_usage")),
        logprobs: flag(body, "logprobs"),
        ..Ask::default()
    };
    for message in items(body, "messages") {
        let said = content(message.get("content"));
        match text(message, "role") {
            "system" | "developer" => {
                if !ask.system.is_empty() {
                    ask.system.push('\n');
                }
                ask.system.push_str(&said);
            }
            "assistant" => ask.turns.push((Voice::Assistant, said)),
            "tool" | "function" => ask.turns.push((Voice::Tool, said)),
            _ => ask.turns.push((Voice::User, said)),
        }
    }
    for tool in items(body, "tools") {
        if let Some(function) = tool.get("function") {
            let schema = function.get("parameters").cloned().unwrap_or_default();
            ask.tools.push(Tool { name: text(function, "name").to_owned(), schema });
        }
    }
    match body.get("tool_choice") {
        Some(Value::String(choice)) if choice == "none" => ask.tools.clear(),
        Some(Value::String(choice)) => ask.tool_required = choice == "required",
        Some(choice @ Value::Object(_)) => {
            let name = choice.get("function").map(|function| text(function, "name")).unwrap_or_default();
            ask.tools.retain(|tool| tool.name == name);
            ask.tool_required = true;
        }
        _ => {}
    }
    let format = body.get("response_format");
    ask.json = format.and_then(|format| match text(format, "type") {
        "json_object" => Some(Value::Null),
        "json_schema" => Some(format.pointer("/json_schema/schema").cloned().unwrap_or_default()),
        _ => None,
    });
    ask
}

/// Hears an Anthropic message.
pub(super) fn from_messages(body: &Value) -> Ask {
    let mut ask = Ask {
        system: content(body.get("system")),
        output_tokens_max: number(body, "max_tokens"),
        choices: 1,
        ..Ask::default()
    };
    for message in items(body, "messages") {
        let voice = if text(message, "role") == "assistant" { Voice::Assistant } else { Voice::User };
        let Some(Value::Array(blocks)) = message.get("content") else {
            ask.turns.push((voice, content(message.get("content"))));
            continue;
        };
        for block in blocks {
            match text(block, "type") {
                "tool_result" => ask.turns.push((Voice::Tool, content(block.get("content")))),
                "document" => {
                    let source = block.get("source");
                    let inner = source.map(|source| match text(source, "type") {
                        "content" => content(source.get("content")),
                        _ => text(source, "data").to_owned(),
                    });
                    ask.turns.push((Voice::Document, inner.unwrap_or_default()));
                }
                "search_result" => ask.turns.push((Voice::Document, content(block.get("content")))),
                "text" => ask.turns.push((voice, text(block, "text").to_owned())),
                _ => {}
            }
        }
        if voice == Voice::Assistant && !matches!(ask.turns.last(), Some((Voice::Assistant, _))) {
            ask.turns.push((Voice::Assistant, String::new()));
        }
    }
    for tool in items(body, "tools") {
        let schema = tool.get("input_schema").cloned().unwrap_or_default();
        ask.tools.push(Tool { name: text(tool, "name").to_owned(), schema });
    }
    if let Some(choice) = body.get("tool_choice") {
        match text(choice, "type") {
            "none" => ask.tools.clear(),
            "any" => ask.tool_required = true,
            "tool" => {
                ask.tools.retain(|tool| tool.name == text(choice, "name"));
                ask.tool_required = true;
            }
            _ => {}
        }
    }
    let schema = body.pointer("/output_config/format/schema").or_else(|| body.pointer("/output_format/schema"));
    ask.json = schema.cloned();
    ask
}

/// Hears one prompt of an OpenAI completion.
pub(super) fn from_prompt(body: &Value, prompt: &str) -> Ask {
    Ask {
        turns: vec![(Voice::User, prompt.to_owned())],
        output_tokens_max: number(body, "max_tokens"),
        choices: number(body, "n").unwrap_or(1).clamp(1, 16),
        include_usage: body.get("stream_options").is_some_and(|options| flag(options, "include_usage")),
        logprobs: number(body, "logprobs").is_some(),
        ..Ask::default()
    }
}
