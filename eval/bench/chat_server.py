"""A real HTTP server that speaks OpenAI's chat-completions protocol, well or badly, as a script has it.

    with ChatServer(reply=lambda messages: "Yes.", script=[refusing(429, retry_after=1), GOOD]) as server:
        ChatOpenAI(model="any", base_url=server.url, api_key="any")
        server.requests[0].text

Each request is met by the next behaviour of the script, and the last one stays. Standard library only.
"""

from __future__ import annotations

import json
import re
import socket
import threading
from collections.abc import Callable, Iterator, Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any, Self

Message = dict[str, Any]
"""As OpenAI's protocol has it: {"role": "user", "content": "…"}."""
Reply = Callable[[list[Message]], str]


@dataclass(frozen=True, slots=True)
class Behaviour:
    """How one request is met. Times in seconds."""

    status: int = 200
    retry_after: float | None = None
    """Header of a refusal; None: it is not sent."""
    first_s: float = 0.0
    """Before the first byte."""
    between_s: float = 0.0
    """Before each further piece of a stream."""
    dies_after: int | None = None
    """Pieces until the connection is cut; 0: after the headers of a good answer."""
    politely: bool = False
    """The cut stream ends as HTTP has it, but neither its end nor its usage is told: a proxy that gives up."""
    malformed: str | None = None
    """'text': no JSON at all; 'shape': JSON of another shape; 'event': a good start, then an event that is no JSON."""
    keeps_alive: bool = False
    """The pauses are filled with SSE comments, so that the connection is never silent."""
    usage: bool = True
    """Whether what was spent is told, if it is asked for."""
    ending: str = "stop"


GOOD = Behaviour()


def slow(first_s: float = 0.0, between_s: float = 0.0, keeps_alive: bool = False) -> Behaviour:
    """Good, but late."""
    return Behaviour(first_s=first_s, between_s=between_s, keeps_alive=keeps_alive)


def dying(after: int = 2, politely: bool = False) -> Behaviour:
    """Cuts the connection after so many pieces."""
    return Behaviour(dies_after=after, politely=politely)


def malformed(how: str = "text") -> Behaviour:
    """Status 200 and nonsense: 'text', 'shape' or 'event' (see Behaviour)."""
    return Behaviour(malformed=how)


def refusing(status: int = 401, retry_after: float | None = None) -> Behaviour:
    """An HTTP error with OpenAI's body for errors, which repeats what was sent, as some do."""
    return Behaviour(status=status, retry_after=retry_after)


def echo(messages: list[Message]) -> str:
    """The last message's own words."""
    return str(messages[-1]["content"])


@dataclass(frozen=True, slots=True)
class Asked:
    """One request as it came; `headers` by name in lower case."""

    path: str
    headers: dict[str, str]
    body: dict[str, Any]

    @property
    def messages(self) -> list[Message]:
        return self.body.get("messages", [])

    @property
    def text(self) -> str:
        """Everything that was said, in order, a line each: for looking whether something was sent."""
        return "\n".join(str(message["content"]) for message in self.messages)


@dataclass
class ChatServer:
    """Runs on a free loopback port from `with` to the end of it. Answers many requests at once."""

    reply: Reply = echo
    script: Sequence[Behaviour] = (GOOD,)
    requests: list[Asked] = field(default_factory=list)
    hung_up: list[int] = field(default_factory=list)
    """Numbers (from 0) of the requests whose asker closed the connection before all was said."""

    def __enter__(self) -> Self:
        self.closing, self._lock = threading.Event(), threading.Lock()
        self.connections: list[socket.socket] = []
        self._http = ThreadingHTTPServer(("127.0.0.1", 0), type("Handler", (_Handler,), {"chat": self}))
        self._http.daemon_threads = True
        self._thread = threading.Thread(target=self._http.serve_forever, kwargs={"poll_interval": 0.02}, daemon=True)
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self.closing.set()
        self._http.shutdown()
        self._http.server_close()
        self._thread.join()
        for connection in self.connections:  # a client may keep one, and would be answered still
            with suppress(OSError):
                connection.shutdown(socket.SHUT_RDWR)

    @property
    def url(self) -> str:
        """The base URL to give to a client."""
        return f"http://127.0.0.1:{self._http.server_address[1]}/v1"

    def met(self, asked: Asked) -> tuple[int, Behaviour]:
        """Note a request: its number from 0, and how it is to be met."""
        with self._lock:
            self.requests.append(asked)
            number = len(self.requests) - 1
        return number, self.script[min(number, len(self.script) - 1)]


def pieces(text: str) -> list[str]:
    """The words with the space after them, as a model would stream them; joined they are `text`."""
    return re.findall(r"\s*\S+\s*|\s+", text)


def tokens(text: str) -> int:
    """What this server calls tokens: words."""
    return len(text.split())


class _Handler(BaseHTTPRequestHandler):
    """One request: note it, then behave."""

    chat: ChatServer
    protocol_version = "HTTP/1.1"

    def setup(self) -> None:
        super().setup()
        self.chat.connections.append(self.connection)

    def log_message(self, *_: object) -> None:
        """Tests read `requests`."""

    def do_POST(self) -> None:
        said = self.rfile.read(int(self.headers.get("content-length", 0)))
        body = json.loads(said) if said[:1] == b"{" else {}
        asked = Asked(self.path, {name.lower(): value for name, value in self.headers.items()}, body)
        number, behaviour = self.chat.met(asked)
        try:
            self._behave(asked, behaviour)
        except OSError:
            self.chat.hung_up.append(number)
            self.close_connection = True

    def do_GET(self) -> None:
        self.do_POST()

    def _behave(self, asked: Asked, behaviour: Behaviour) -> None:
        streamed = bool(asked.body.get("stream"))
        if not (behaviour.keeps_alive and streamed):
            self.chat.closing.wait(behaviour.first_s)
        if behaviour.status != 200:
            self._refuse(asked, behaviour)
        elif not asked.path.endswith("/chat/completions"):
            self._whole(404, b'{"error": {"message": "no such path"}}')
        elif streamed:
            self._stream(asked, behaviour)
        else:
            self._answer(asked, behaviour)

    def _refuse(self, asked: Asked, behaviour: Behaviour) -> None:
        message = f"refused with {behaviour.status}: {asked.text} {asked.headers.get('authorization', '')}"
        self._whole(
            behaviour.status,
            json.dumps({"error": {"message": message, "type": "refusal", "code": None}}).encode(),
            {} if behaviour.retry_after is None else {"Retry-After": f"{behaviour.retry_after:g}"},
        )

    def _answer(self, asked: Asked, behaviour: Behaviour) -> None:
        text = self.chat.reply(asked.messages)
        choice = {"index": 0, "message": {"role": "assistant", "content": text}, "finish_reason": behaviour.ending}
        whole = {**_frame(asked, "chat.completion"), "choices": [choice]}
        if behaviour.usage:
            whole["usage"] = _usage(asked, text)
        sent = {"text": b"<html>good day</html>", "shape": b'{"choices": 7}', "event": b'{"choi'}
        data = sent[behaviour.malformed] if behaviour.malformed else json.dumps(whole).encode()
        if behaviour.dies_after is None:
            return self._whole(200, data)
        self._head(200, {"Content-Length": str(len(data))})
        self.wfile.write(data[: len(data) // 2])
        self._cut()

    def _whole(self, status: int, data: bytes, headers: dict[str, str] | None = None) -> None:
        self._head(status, {"Content-Length": str(len(data)), **(headers or {})})
        self.wfile.write(data)

    def _head(self, status: int, headers: dict[str, str], kind: str = "application/json") -> None:
        self.send_response(status)
        for name, value in {"Content-Type": kind, **headers}.items():
            self.send_header(name, value)
        self.end_headers()
        self.wfile.flush()

    # -- a stream: server-sent events in chunks, so that a cut is told from an end

    def _stream(self, asked: Asked, behaviour: Behaviour) -> None:
        self._head(200, {"Transfer-Encoding": "chunked"}, "text/event-stream")
        if behaviour.malformed in ("text", "shape"):
            self._event("good day" if behaviour.malformed == "text" else '{"choices": 7}')
            return self._end()
        if behaviour.keeps_alive:
            self._wait(behaviour.first_s, True)
        for place, event in enumerate(self._events(asked, behaviour)):
            if place:
                self._wait(behaviour.between_s, behaviour.keeps_alive)
            if place == behaviour.dies_after:
                return self._end() if behaviour.politely else self._cut()
            if place == 2 and behaviour.malformed == "event":
                event = '{"choices": [{"del'
            self._event(event)
        self._event("[DONE]")
        self._end()

    def _events(self, asked: Asked, behaviour: Behaviour) -> Iterator[str]:
        text = self.chat.reply(asked.messages)
        frame = _frame(asked, "chat.completion.chunk")
        for piece in pieces(text):
            delta = {"role": "assistant", "content": piece}
            yield json.dumps({**frame, "choices": [{"index": 0, "delta": delta, "finish_reason": None}]})
        yield json.dumps({**frame, "choices": [{"index": 0, "delta": {}, "finish_reason": behaviour.ending}]})
        if behaviour.usage and (asked.body.get("stream_options") or {}).get("include_usage"):
            yield json.dumps({**frame, "choices": [], "usage": _usage(asked, text)})

    def _wait(self, seconds: float, keeps_alive: bool) -> None:
        steps = max(1, round(seconds / 0.05)) if keeps_alive else 1
        for _ in range(steps):
            if self.chat.closing.wait(seconds / steps):
                return
            if keeps_alive:
                self._chunk(b": still here\n\n")

    def _event(self, data: str) -> None:
        self._chunk(f"data: {data}\n\n".encode())

    def _chunk(self, data: bytes) -> None:
        self.wfile.write(f"{len(data):x}\r\n".encode() + data + b"\r\n")
        self.wfile.flush()

    def _end(self) -> None:
        self.wfile.write(b"0\r\n\r\n")

    def _cut(self) -> None:
        self.wfile.flush()
        self.close_connection = True


def _frame(asked: Asked, kind: str) -> dict[str, Any]:
    return {"id": "chatcmpl-1", "object": kind, "created": 1_700_000_000, "model": asked.body.get("model", "any")}


def _usage(asked: Asked, text: str) -> dict[str, int]:
    sent, written = tokens(asked.text), tokens(text)
    return {"prompt_tokens": sent, "completion_tokens": written, "total_tokens": sent + written}
