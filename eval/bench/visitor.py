"""A visitor of the page without a browser: Streamlit's own protocol over a real websocket.

The server does for it all that it does for a browser; only drawing is left out.
"""

from __future__ import annotations

import asyncio
import time
from dataclasses import dataclass, field
from types import TracebackType
from typing import Self

from streamlit.proto.BackMsg_pb2 import BackMsg
from streamlit.proto.Delta_pb2 import Delta
from streamlit.proto.Element_pb2 import Element
from streamlit.proto.ForwardMsg_pb2 import ForwardMsg
from streamlit.proto.WidgetStates_pb2 import WidgetState
from websockets.asyncio.client import ClientConnection, connect

PATIENCE_S = 120.0


class VisitFailed(Exception):
    """The page did not do what it must: an error, or nothing for too long."""


@dataclass(slots=True)
class Run:
    """What one run of the page sent. `widgets`: the end of a widget's id (its key) -> the id. `html`: (seconds since the
    run was asked for, what was shown)."""

    widgets: dict[str, str] = field(default_factory=dict)
    html: list[tuple[float, str]] = field(default_factory=list)
    seconds: float = 0.0

    def first(self, words: str, after: str) -> float:
        """Seconds until something with `words` was shown below what has `after` in it. VisitFailed when nothing was."""
        below = next((n for n, (_, body) in enumerate(self.html) if after in body), len(self.html))
        found = next((at for at, body in self.html[below:] if words in body), None)
        if found is None:
            errors = [body for _, body in self.html if "pb-error" in body]
            raise VisitFailed(f"nothing with {words!r} was shown; {errors[-1] if errors else 'no error was shown either'}")
        return found


class Visitor:
    """One session of its own. Use as an async context."""

    def __init__(self, address: str) -> None:
        """`address`: http://127.0.0.1:8501"""
        self._address = address
        self._page = ""
        self._states: dict[str, WidgetState] = {}
        self._socket: ClientConnection | None = None

    async def __aenter__(self) -> Self:
        url = self._address.replace("http", "ws", 1) + "/_stcore/stream"
        self._socket = await connect(url, subprotocols=["streamlit"], max_size=None, open_timeout=PATIENCE_S)
        return self

    async def __aexit__(self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None) -> None:
        if self._socket:
            await self._socket.close()

    async def open(self) -> Run:
        """The first run of the page."""
        return await self._run(())

    async def press(self, widget: str) -> Run:
        """Press the button with this id."""
        return await self._run((WidgetState(id=widget, trigger_value=True),))

    async def say(self, widget: str, text: str) -> Run:
        """Send `text` through the question box with this id."""
        said = WidgetState(id=widget)
        said.chat_input_value.data = text
        return await self._run((said,))

    async def _run(self, triggers: tuple[WidgetState, ...]) -> Run:
        assert self._socket is not None
        message = BackMsg()
        message.rerun_script.query_string = ""
        message.rerun_script.page_script_hash = self._page
        message.rerun_script.widget_states.widgets.extend(triggers)
        began, run = time.perf_counter(), Run()
        await self._socket.send(message.SerializeToString())
        while True:
            told = ForwardMsg()
            told.ParseFromString(await asyncio.wait_for(self._socket.recv(decode=False), PATIENCE_S))
            if told.HasField("new_session"):
                self._page = told.new_session.page_script_hash or self._page
            elif told.HasField("navigation"):
                self._page = told.navigation.page_script_hash or self._page
            elif told.HasField("delta"):
                _note(told.delta, run, time.perf_counter() - began)
            elif told.HasField("script_finished") and told.script_finished != ForwardMsg.FINISHED_EARLY_FOR_RERUN:
                run.seconds = time.perf_counter() - began
                return run


def _note(delta: Delta, run: Run, at: float) -> None:
    element: Element = delta.new_element
    kind = element.WhichOneof("type")
    if kind == "html":
        run.html.append((at, element.html.body))
    elif kind == "exception":
        raise VisitFailed(f"{element.exception.type}: {element.exception.message}")
    elif kind in ("button", "chat_input"):
        widget = getattr(element, kind).id
        run.widgets[widget.split("-", 2)[-1]] = widget
