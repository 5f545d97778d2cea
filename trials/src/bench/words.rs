//! What is asked and what is answered: plain English around one e-mail address and one telephone number.

use super::stamp;

/// The personal data of the prompt; the answer must have it again, and an upstream behind a guard must not.
pub(super) const ADDRESS: &str = "maria.lindqvist@example.org";
const TELEPHONE: &str = "+44 20 7946 0958";

/// What the placeholder of an e-mail address begins with.
pub(super) const PLACEHOLDER: &[u8] = b"[EMAIL_ADDRESS_1_";

/// What a model of the mock upstream does.
#[derive(Clone, Copy, Debug)]
pub(super) struct Behaviour {
    pub(super) model: &'static str,
    /// Before the answer begins, in milliseconds.
    pub(super) delay_ms: u64,
    /// Bytes of a whole answer's text.
    pub(super) answer_bytes: usize,
    /// Pieces of a streamed answer, and the milliseconds between them.
    pub(super) chunks: usize,
    pub(super) pause_ms: u64,
}

/// The models of the mock upstream.
pub(super) const BEHAVIOURS: &[Behaviour] = &[
    Behaviour { model: "instant-short", delay_ms: 0, answer_bytes: 768, chunks: 0, pause_ms: 0 },
    Behaviour { model: "delayed-short", delay_ms: 20, answer_bytes: 768, chunks: 0, pause_ms: 0 },
    Behaviour { model: "instant-long", delay_ms: 0, answer_bytes: 2_048, chunks: 0, pause_ms: 0 },
    Behaviour { model: "delayed-long", delay_ms: 20, answer_bytes: 2_048, chunks: 0, pause_ms: 0 },
    Behaviour { model: "burst-stream", delay_ms: 0, answer_bytes: 0, chunks: 24, pause_ms: 0 },
    Behaviour { model: "paced-stream", delay_ms: 0, answer_bytes: 0, chunks: 24, pause_ms: 40 },
];

const PROSE: &str = "The quarterly review went better than most of us had expected, and the team in the north has \
asked for two more people before the summer. We should write down which of the older contracts still run, who \
looks after them, and what happens when they end. If the weather holds, the visit to the plant takes place on \
the second Thursday; bring sturdy shoes and a warm coat, because the halls are not heated. The kitchen closes \
early that day. Please read the notes of the last meeting first, since several questions were answered there \
already, and send whatever is still open to the whole group rather than to one person. ";

/// Prose of `bytes` bytes.
pub(super) fn prose(bytes: usize) -> String {
    PROSE.chars().cycle().take(bytes).collect()
}

/// A prompt of about `bytes` bytes, with the personal data in its middle.
pub(super) fn personal_prompt(bytes: usize) -> String {
    let data = format!("Write a friendly reply to {ADDRESS}, whose telephone number is {TELEPHONE}. ");
    let around = bytes.saturating_sub(data.len());
    format!("{}{data}{}", prose(around / 2), prose(around - around / 2))
}

/// The body of a chat completion request.
pub(super) fn request_body(model: &str, prompt: &str, stream: bool) -> String {
    serde_json::json!({
        "model": model,
        "messages": [
            {"role": "system", "content": "You are a helpful assistant. Answer briefly."},
            {"role": "user", "content": prompt},
        ],
        "temperature": 0.2,
        "stream": stream,
    })
    .to_string()
}

/// A whole answer before and after the place where it names somebody.
pub(super) fn answer_parts(behaviour: &Behaviour) -> (String, String) {
    let text = prose(behaviour.answer_bytes);
    let (first, second) = text.split_at_checked(behaviour.answer_bytes / 2).unwrap_or((&text, ""));
    let mut answer = serde_json::json!({
        "id": "chatcmpl-trial",
        "object": "chat.completion",
        "created": 1_700_000_000,
        "model": behaviour.model,
        "choices": [{
            "index": 0,
            "message": {"role": "assistant", "content": format!("{first} Dear @@ {second}"), "refusal": null},
            "logprobs": null,
            "finish_reason": "stop",
        }],
        "usage": {"prompt_tokens": 25, "completion_tokens": 180, "total_tokens": 205},
    })
    .to_string();
    let at = answer.find("@@").unwrap_or(0);
    let after = answer.split_off(at);
    (answer, after.trim_start_matches('@').to_owned())
}

/// One piece of a streamed answer, stamped with the moment it leaves.
pub(super) fn piece(model: &str, number: usize, chunks: usize, out: &mut Vec<u8>) {
    out.extend_from_slice(
        b"data: {\"id\":\"chatcmpl-trial\",\"object\":\"chat.completion.chunk\",\"created\":1700000000,",
    );
    out.extend_from_slice(b"\"model\":\"");
    out.extend_from_slice(model.as_bytes());
    out.extend_from_slice(b"\",\"system_fingerprint\":\"fp_");
    stamp::write(stamp::now(), out);
    out.extend_from_slice(b"\",\"choices\":[{\"index\":0,\"delta\":");
    if number == 0 {
        out.extend_from_slice(b"{\"role\":\"assistant\",\"content\":\"\"},\"finish_reason\":null}]}\n\n");
    } else if number + 1 == chunks {
        out.extend_from_slice(b"{},\"finish_reason\":\"stop\"}]}\n\ndata: [DONE]\n\n");
    } else {
        let word = PROSE.split(' ').nth(number).unwrap_or("and");
        out.extend_from_slice(format!("{{\"content\":\"{word} \"}},\"finish_reason\":null}}]}}\n\n").as_bytes());
    }
}
