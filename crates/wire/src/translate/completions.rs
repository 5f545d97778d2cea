//! OpenAI completions to and from chat completions.
//!
//! A prompt is what the user says; the answer's words are the completion. The other way only a lone text of a
//! user fits, because a conversation would need the model's own template. Reasoning has no place in a
//! completion and is dropped; a refusal is text that ends with `content_filter`.

use redoubt_domain::Surface;
use serde_json::{Map, Value, json};

use super::TranslateError;
use super::chat::{REASONS, finish_from, finish_into, only_first, refuse_sampling, tokens_from, tokens_into};
use super::fields::{Fields, Result};
use super::pivot::{Answer, Choice, Content, Delta, Event, Finish, Head, Piece, Tokens};

const SHARED: &[&str] = &["model", "temperature", "top_p", "seed", "stop", "stream", "stream_options", "user"];
const SAMPLING: &[&str] = &["n", "frequency_penalty", "presence_penalty", "logit_bias", "top_k"];

pub(super) fn request_to_chat(body: Value) -> Result<Value> {
    let mut asked = Fields::body(body, Surface::ChatCompletions)?;
    let mut chat = Map::new();
    let prompt = match asked.take("prompt") {
        Some(Value::String(prompt)) => prompt,
        Some(Value::Array(prompts)) => match <[Value; 1]>::try_from(prompts) {
            Ok([Value::String(prompt)]) => prompt,
            Ok(_) => return Err(asked.refused("prompt", "tokens mean nothing to another model: send text")),
            Err(_) => return Err(asked.refused("prompt", "it answers one prompt at a time")),
        },
        _ => return Err(asked.shape("prompt", "a string")),
    };
    chat.insert("messages".to_owned(), json!([{"role": "user", "content": prompt}]));
    asked.carry_all(SHARED, &mut chat);
    asked.carry_all(SAMPLING, &mut chat);
    asked.carry("max_tokens", &mut chat, "max_completion_tokens");
    if let Some(count) = asked.number("logprobs")? {
        chat.insert("logprobs".to_owned(), true.into());
        chat.insert("top_logprobs".to_owned(), count.into());
    }
    asked.refuse_unless("best_of", |best| best.as_u64() == Some(1), "it gives the answers it makes")?;
    asked.refuse_unless("echo", |echo| *echo == json!(false), "it does not repeat the prompt")?;
    asked.refuse_unless("suffix", |suffix| suffix.as_str() == Some(""), "it cannot fill a gap")?;
    asked.finish(&[])?;
    Ok(Value::Object(chat))
}

pub(super) fn request_from_chat(chat: Value) -> Result<Value> {
    let mut asked = Fields::body(chat, Surface::Completions)?;
    let mut body = Map::new();
    let mut prompt = None;
    for mut message in asked.objects("messages")? {
        if message.need_text("role")? != "user" || prompt.is_some() {
            return Err(message.refused("role", "a conversation needs the model's own template"));
        }
        prompt = Some(match Content::take(&mut message, "content")? {
            Content::Text(text) => text,
            Content::Parts(parts) => {
                let mut joined = String::new();
                for mut part in parts {
                    if part.need_text("type")? != "text" {
                        return Err(part.refused("type", "a prompt is text"));
                    }
                    joined.push_str(&part.need_text("text")?);
                }
                joined
            }
        });
        message.finish(&[])?;
    }
    body.insert("prompt".to_owned(), prompt.ok_or_else(|| asked.shape("messages", "a list with a message"))?.into());
    asked.carry_all(SHARED, &mut body);
    asked.carry_all(SAMPLING, &mut body);
    let bound = asked.take("max_completion_tokens");
    if let Some(bound) = bound.or(asked.take("max_tokens")) {
        body.insert("max_tokens".to_owned(), bound);
    }
    refuse_sampling(&mut asked)?;
    asked.refuse_unless("logprobs", |value| *value == json!(false), "it tells them in another form")?;
    asked.refuse_unless("response_format", |value| *value == json!({"type": "text"}), "it answers in free text")?;
    asked.ignore(&["safety_identifier", "reasoning_effort", "verbosity", "parallel_tool_calls"]);
    asked.finish(REASONS)?;
    Ok(Value::Object(body))
}

pub(super) fn read_answer(body: Value) -> Result<Answer> {
    let mut body = Fields::body(body, Surface::ChatCompletions)?;
    let head = head(&mut body)?;
    let usage = body.object("usage")?.map(tokens_from).transpose()?;
    let mut choices = Vec::new();
    for (position, mut choice) in body.objects("choices")?.into_iter().enumerate() {
        choices.push(Choice {
            index: choice.number("index")?.unwrap_or(position as u64),
            text: choice.need_text("text")?,
            finish: finish_from(choice.text("finish_reason")?.as_deref(), None, false),
            ..Choice::default()
        });
    }
    Ok(Answer { head, choices, usage })
}

fn head(body: &mut Fields) -> Result<Head> {
    Ok(Head {
        id: body.text("id")?.unwrap_or_default(),
        model: body.text("model")?.unwrap_or_default(),
        created: body.number("created")?.unwrap_or(0),
    })
}

pub(super) fn write_answer(answer: Answer) -> Result<Value> {
    let Answer { head, choices, usage } = answer;
    let mut written = Vec::new();
    for choice in choices {
        let Choice { index, reasoning: _, signature: _, text, refusal, calls, finish, logprobs } = choice;
        if !calls.is_empty() {
            return Err(calls_refused());
        }
        let finish = if refusal.is_empty() { finish } else { Finish::Filter };
        let logprobs = logprobs.map(|logprobs| Offsets::default().logprobs(&logprobs));
        written.push(choice_value(index, &(text + &refusal), logprobs, Some(finish)));
    }
    let mut body = envelope(&head, written);
    if let (Some(tokens), Some(body)) = (usage, body.as_object_mut()) {
        body.insert("usage".to_owned(), tokens_into(tokens));
    }
    Ok(body)
}

fn calls_refused() -> TranslateError {
    TranslateError::Unsupported {
        field: "choices.tool_calls".to_owned(),
        to: Surface::Completions.name(),
        reason: "a completion calls no tools",
    }
}

fn envelope(head: &Head, choices: Vec<Value>) -> Value {
    let Head { model, created, .. } = head;
    let id = head.id_as("cmpl-");
    json!({"id": id, "object": "text_completion", "created": created, "model": model, "choices": choices})
}

fn choice_value(index: u64, text: &str, logprobs: Option<Value>, finish: Option<Finish>) -> Value {
    let mut choice = Map::new();
    choice.insert("text".to_owned(), text.into());
    choice.insert("index".to_owned(), index.into());
    choice.insert("logprobs".to_owned(), logprobs.unwrap_or(Value::Null));
    match finish {
        // A completion has no name for it, and has no calls to wait for.
        Some(Finish::ToolCalls) => finish_into(Finish::Stop, &mut choice),
        Some(finish) => finish_into(finish, &mut choice),
        None => {
            choice.insert("finish_reason".to_owned(), Value::Null);
        }
    }
    Value::Object(choice)
}

/// Where the next token begins, in characters.
#[derive(Debug, Default)]
struct Offsets(usize);

impl Offsets {
    /// The log probabilities of chat in the form of completions.
    fn logprobs(&mut self, chat: &Value) -> Value {
        let (mut tokens, mut probabilities, mut tops, mut offsets) = (vec![], vec![], vec![], vec![]);
        for entry in chat.get("content").and_then(Value::as_array).into_iter().flatten() {
            let token = entry.get("token").and_then(Value::as_str).unwrap_or_default();
            offsets.push(self.0);
            self.0 += token.chars().count();
            tokens.push(token);
            probabilities.push(entry.get("logprob").cloned().unwrap_or(Value::Null));
            let top = entry.get("top_logprobs").and_then(Value::as_array).into_iter().flatten();
            let top = top.filter_map(|top| Some((top.get("token")?.as_str()?.to_owned(), top.get("logprob")?.clone())));
            tops.push(Value::Object(top.collect()));
        }
        json!({"tokens": tokens, "token_logprobs": probabilities, "top_logprobs": tops, "text_offset": offsets})
    }
}

/// Reads the chunks of a completion.
#[derive(Debug, Default)]
pub(super) struct ChunkReader {
    is_started: bool,
}

impl ChunkReader {
    pub(super) fn read(&mut self, data: Value) -> Result<Vec<Piece>> {
        if data.get("error").is_some_and(|error| !error.is_null()) {
            return Ok(vec![Piece::Failure(data)]);
        }
        let mut chunk = Fields::body(data, Surface::ChatCompletions)?;
        let head = head(&mut chunk)?;
        let mut pieces = Vec::new();
        if !self.is_started {
            self.is_started = true;
            pieces.push(Piece::Start(head));
        }
        for mut choice in chunk.objects("choices")? {
            let index = choice.number("index")?.unwrap_or(0);
            if let Some(text) = choice.text("text")?.filter(|text| !text.is_empty()) {
                pieces.push(Piece::Delta { choice: index, delta: Delta::Text { text, logprobs: None } });
            }
            if let Some(reason) = choice.text("finish_reason")? {
                pieces.push(Piece::Finish { choice: index, finish: finish_from(Some(&reason), None, false) });
            }
        }
        pieces.extend(chunk.object("usage")?.map(tokens_from).transpose()?.map(Piece::Usage));
        Ok(pieces)
    }
}

/// Writes the chunks of a completion.
#[derive(Debug, Default)]
pub(super) struct ChunkWriter {
    state: State,
    tokens: Option<Tokens>,
}

#[derive(Debug, Default)]
enum State {
    #[default]
    Idle,
    Open {
        head: Head,
        is_refusal: bool,
        is_finished: bool,
        offsets: Offsets,
    },
    Ended,
}

impl ChunkWriter {
    pub(super) fn write(&mut self, piece: Piece, out: &mut Vec<Event>) -> Result<()> {
        match (&mut self.state, piece) {
            (State::Ended, _) => return Err(TranslateError::order("an event came after the end")),
            (_, Piece::Failure(error)) => {
                self.state = State::Ended;
                out.push((None, error));
            }
            (_, Piece::Usage(tokens)) => self.tokens = Some(tokens),
            (State::Idle, Piece::Start(head)) => {
                let offsets = Offsets::default();
                self.state = State::Open { head, is_refusal: false, is_finished: false, offsets };
            }
            (State::Open { .. }, Piece::Start(_)) => return Err(TranslateError::order("the answer began twice")),
            (State::Idle, _) => return Err(TranslateError::order("words came before the answer began")),
            (State::Open { head, is_refusal, offsets, .. }, Piece::Delta { choice, delta }) => {
                let (text, logprobs) = match delta {
                    Delta::Text { text, logprobs } => (text, logprobs),
                    Delta::Refusal(text) => {
                        *is_refusal = true;
                        (text, None)
                    }
                    Delta::Reasoning(_) | Delta::Signature(_) => return Ok(()),
                    Delta::Call { .. } => return Err(calls_refused()),
                };
                if logprobs.is_some() {
                    // One count of characters serves one choice.
                    only_first(choice, Surface::Completions)?;
                }
                let logprobs = logprobs.map(|logprobs| offsets.logprobs(&logprobs));
                out.push((None, envelope(head, vec![choice_value(choice, &text, logprobs, None)])));
            }
            (State::Open { head, is_refusal, is_finished, .. }, Piece::Finish { choice, finish }) => {
                *is_finished = true;
                let finish = if *is_refusal { Finish::Filter } else { finish };
                out.push((None, envelope(head, vec![choice_value(choice, "", None, Some(finish))])));
            }
        }
        Ok(())
    }

    pub(super) fn done(&mut self, out: &mut Vec<Event>) {
        let State::Open { head, is_refusal, is_finished, .. } = std::mem::replace(&mut self.state, State::Ended) else {
            return;
        };
        if !is_finished {
            let finish = if is_refusal { Finish::Filter } else { Finish::Stop };
            out.push((None, envelope(&head, vec![choice_value(0, "", None, Some(finish))])));
        }
        if let Some(tokens) = self.tokens {
            let mut chunk = envelope(&head, Vec::new());
            if let Some(chunk) = chunk.as_object_mut() {
                chunk.insert("usage".to_owned(), tokens_into(tokens));
            }
            out.push((None, chunk));
        }
    }
}

#[cfg(test)]
mod tests {
    use super::super::tests::check_request;
    use super::*;

    #[test]
    fn a_prompt_is_what_the_user_says() {
        let to_chat = |body| request_to_chat(body);
        check_request(
            to_chat,
            json!({"model": "m", "prompt": "Once", "max_tokens": 5, "n": 2, "stop": "x", "logprobs": 2, "echo": false}),
            Ok(json!({
                "model": "m", "messages": [{"role": "user", "content": "Once"}], "max_completion_tokens": 5, "n": 2,
                "stop": "x", "logprobs": true, "top_logprobs": 2,
            })),
        );
        check_request(to_chat, json!({"prompt": ["a"]}), Ok(json!({"messages": [{"role": "user", "content": "a"}]})));
        for (field, value) in [
            ("prompt", json!(["a", "b"])),
            ("prompt", json!([1, 2])),
            ("prompt", json!([[1, 2]])),
            ("echo", json!(true)),
            ("suffix", json!("end")),
            ("best_of", json!(3)),
            ("new_field", json!("text")),
        ] {
            let mut body = json!({"prompt": "a"});
            body[field] = value;
            check_request(to_chat, body, Err(field));
        }
        check_request(to_chat, json!({}), Err("prompt"));
    }

    #[test]
    fn only_a_lone_text_becomes_a_prompt() {
        let from_chat = |body| request_from_chat(body);
        let parts = json!([{"type": "text", "text": "a"}, {"type": "text", "text": "b"}]);
        check_request(
            from_chat,
            json!({"model": "m", "messages": [{"role": "user", "content": parts}], "max_tokens": 3}),
            Ok(json!({"prompt": "ab", "model": "m", "max_tokens": 3})),
        );
        let two = json!([{"role": "user", "content": "a"}, {"role": "user", "content": "b"}]);
        check_request(from_chat, json!({"messages": two}), Err("messages[1].role"));
        check_request(from_chat, json!({"messages": [{"role": "system", "content": "a"}]}), Err("messages[0].role"));
        let one = json!([{"role": "user", "content": "a"}]);
        check_request(from_chat, json!({"messages": one, "tools": [{"type": "function"}]}), Err("tools"));
        check_request(from_chat, json!({"messages": []}), Err("messages"));
    }

    #[test]
    fn log_probabilities_change_their_form() {
        let chat = json!({"content": [
            {"token": "é", "logprob": -0.5, "bytes": null, "top_logprobs": [{"token": "e", "logprob": -1.0}]},
            {"token": "b", "logprob": -0.25, "top_logprobs": []},
        ]});
        assert_eq!(
            Offsets::default().logprobs(&chat),
            json!({
                "tokens": ["é", "b"], "token_logprobs": [-0.5, -0.25], "top_logprobs": [{"e": -1.0}, {}],
                "text_offset": [0, 1],
            })
        );
    }
}
