"""An upstream that says exactly what a test puts into its mouth, cut where the test wants it cut."""

import json
import socket
import threading


def head(kind, status=200, headers=None, length=None):
    lines = [f"HTTP/1.1 {status} X", f"content-type: {kind}", "connection: close"]
    lines += [f"{name}: {value}" for name, value in (headers or {}).items()]
    if length is not None:
        lines.append(f"content-length: {length}")
    return ("\r\n".join(lines) + "\r\n\r\n").encode()


def whole(body, status=200, headers=None):
    """A complete answer."""
    body = body if isinstance(body, bytes) else json.dumps(body).encode()
    return [head("application/json", status, headers, len(body)) + body]


def event(data, name=None):
    text = data if isinstance(data, str) else json.dumps(data)
    return (f"event: {name}\n" if name else "") + f"data: {text}\n\n"


def stream(events, cut=None, headers=None):
    """Server-sent events, each in a piece of its own or cut every `cut` bytes."""
    pieces = [text if isinstance(text, bytes) else text.encode() for text in events]
    if cut:
        joined = b"".join(pieces)
        pieces = [joined[at:at + cut] for at in range(0, len(joined), cut)]
    return [head("text/event-stream", headers=headers), *pieces]


class Upstream:
    """Answers every request with `script` (bytes, piece by piece) and keeps what it was asked."""

    def __init__(self):
        self.script, self.requests = whole({}), []
        self.listener = socket.create_server(("127.0.0.1", 0), backlog=256)
        self.port = self.listener.getsockname()[1]
        threading.Thread(target=self.accept, daemon=True).start()

    def accept(self):
        while True:
            try:
                connection, _ = self.listener.accept()
            except OSError:
                return
            threading.Thread(target=self.serve, args=(connection,), daemon=True).start()

    def serve(self, connection):
        with connection:
            try:
                connection.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
                self.answer(connection)
            except OSError:
                pass

    def answer(self, connection):
        received = b""
        while b"\r\n\r\n" not in received:
            piece = connection.recv(1 << 16)
            if not piece:
                return
            received += piece
        front, body = received.split(b"\r\n\r\n", 1)
        lines = front.decode("latin-1").split("\r\n")
        headers = dict(line.lower().split(": ", 1) for line in lines[1:])
        length = int(headers.get("content-length", 0))
        while len(body) < length:
            body += connection.recv(1 << 16)
        path = lines[0].split()[1]
        self.requests.append((path, headers, body))
        script = self.script(path, body) if callable(self.script) else self.script
        for piece in script:
            connection.sendall(piece)
        connection.shutdown(socket.SHUT_WR)
        connection.settimeout(2)
        while connection.recv(1 << 16):
            pass

    def close(self):
        self.listener.close()
