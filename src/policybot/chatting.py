"""A chat model that may be slow, dear, broken or away: its words as they come, in time or not at all.

Every failure is a ChatUnavailable, whatever the provider's package raises. The model is
awaited on a loop of this module's own thread, so that an answer nobody waits for any more
is cancelled and its connection closed, and not read to the end on somebody's account.
Nothing is traced to LangSmith, whatever the environment says.
"""

from __future__ import annotations

import asyncio
import math
import queue
import threading
import time
from collections.abc import AsyncIterator, Callable, Generator, Iterator, Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import TYPE_CHECKING

from tenacity import AsyncRetrying, RetryCallState, retry_if_exception, stop_after_attempt, stop_before_delay, wait_exponential_jitter

from policybot.chat_failures import fault_of_the_request, retry_after_s, unavailable, worth_another_try
from policybot.errors import ChatBroken, ChatRefused, ChatResting, ChatUnavailable

if TYPE_CHECKING:
    from langchain_core.language_models import BaseChatModel
    from langchain_core.messages import BaseMessage

CHARACTERS_A_TOKEN = 4
"""The usual estimate for English, where a provider does not say what it counted."""
FIRST_SHARE = 0.5
"""Share of an answer's time in which its first word must come: later there is no time for the rest."""
TELLS_ITS_END = {"openai", "azure"}
"""Providers, as LangChain notes them on a chunk, whose protocol has a reason for every end: without it a stream was cut."""
ENDINGS = ("finish_reason", "stop_reason", "done_reason")
"""What the packages call the reason for an end."""
GRACE_S = 0.5
"""Seconds the loop may be late with telling that time is up."""
BACKOFF = wait_exponential_jitter(initial=0.25, max=4, exp_base=2, jitter=0.25)
"""Seconds before the next attempt: about 0.25, 0.5, 1, 2, 4, and up to 0.25 more so that many callers do not return at once."""


@dataclass(frozen=True, slots=True)
class Usage:
    """What one answer took, in tokens >= 0. `estimated`: the provider did not say, and characters were counted.

    `ending` is the provider's word for why it ended ('stop', 'length', 'content_filter'), None when it gave none.
    """

    tokens_in: int = 0
    tokens_out: int = 0
    estimated: bool = True
    ending: str | None = None


class Breaker:
    """A circuit breaker: after `failures` in a row nobody is let through for `rest_s` seconds, then one is, to try.

    Safe to share between threads, and meant to be: one for each chat model. `clock` gives seconds that never go back.
    """

    def __init__(self, failures: int = 3, rest_s: float = 60.0, clock: Callable[[], float] = time.monotonic) -> None:
        """ValueError for fewer than 1 failure or a rest below 0."""
        if failures < 1 or rest_s < 0:
            raise ValueError(f"failures is 1 or more and rest_s 0 or more, got {failures} and {rest_s}")
        self.failures, self.rest_s, self._clock = failures, rest_s, clock
        self._lock, self._failed, self._until = threading.Lock(), 0, -math.inf

    def enter(self) -> None:
        """ChatResting while the circuit is open. Who is let through to try opens it anew until it tells how it went."""
        with self._lock:
            if self._failed < self.failures:
                return
            left = self._until - self._clock()
            if left > 0:
                raise ChatResting("the chat model", f"it failed {self._failed} times in a row", f"It is tried again in {math.ceil(left)} s")
            self._until = self._clock() + self.rest_s

    def succeeded(self) -> None:
        """Close the circuit."""
        with self._lock:
            self._failed = 0

    def failed(self) -> None:
        """One failure more; opens the circuit, or keeps it open, from `failures` on."""
        with self._lock:
            self._failed += 1
            self._until = self._clock() + self.rest_s

    @property
    def open(self) -> bool:
        """Whether the next caller would be turned away."""
        with self._lock:
            return self._failed >= self.failures and self._clock() < self._until


class Chat:
    """A chat model with deadlines, retries and a circuit breaker. Safe to share between threads."""

    def __init__(
        self,
        model: BaseChatModel,
        timeout_s: float = 20.0,
        retries: int = 2,
        breaker: Breaker | None = None,
        first_s: float | None = None,
    ) -> None:
        """`timeout_s`: seconds to the last word, `first_s`: to the first (half of that when None), all attempts together.

        `retries`: further attempts, made only while no word has come. ValueError for times not above 0 or retries below 0.
        """
        self.model, self.timeout_s, self.retries = model, timeout_s, retries
        self.first_s = timeout_s * FIRST_SHARE if first_s is None else first_s
        if timeout_s <= 0 or self.first_s <= 0 or retries < 0:
            raise ValueError(f"times are above 0 and retries 0 or more, got {timeout_s}, {self.first_s} and {retries}")
        self.breaker = breaker or Breaker()
        self._thread = threading.local()

    @property
    def last_usage(self) -> Usage:
        """What the answer that the calling thread last asked for took: known once it has ended, failed or been closed."""
        return getattr(self._thread, "usage", Usage())

    def stream(self, messages: Sequence[BaseMessage]) -> Generator[str, None, None]:
        """The answer piece by piece, none empty; joined they are the answer. ChatUnavailable at any point.

        Closing it early cancels the answer; that is no failure of the model's.
        """
        self._thread.usage = Usage()
        self.breaker.enter()
        answer = _Answer(self, messages)
        coming = asyncio.run_coroutine_threadsafe(answer.come(), _loop())
        refused = False
        try:
            yield from answer.pieces()
            self.breaker.succeeded()
        except ChatUnavailable as failure:
            refused = isinstance(failure, ChatRefused)
            if not fault_of_the_request(failure):
                self.breaker.failed()
            raise
        finally:
            coming.cancel()
            self._thread.usage = answer.usage(refused)

    def ask(self, messages: Sequence[BaseMessage]) -> str:
        """The whole answer, never empty. ChatUnavailable."""
        return "".join(self.stream(messages))


class _Answer:
    """One answer on its way: `come` runs on the loop, `pieces` in the thread of whoever asked."""

    def __init__(self, chat: Chat, messages: Sequence[BaseMessage]) -> None:
        self._chat, self._messages = chat, list(messages)
        self._pieces: queue.SimpleQueue[str | ChatUnavailable | None] = queue.SimpleQueue()
        self._written, self._told_in, self._told_out = 0, 0, 0
        self._provider: str | None = None
        self._ending: str | None = None

    async def come(self) -> None:
        """Put down each piece, then None or the failure."""
        from langsmith import tracing_context  # half a second, and long since imported where there is a model

        try:
            with tracing_context(enabled=False):
                async with asyncio.timeout(self._chat.timeout_s):
                    await self._written_down()
            self._pieces.put(None)
        except Exception as failure:  # each provider's package has its own
            self._pieces.put(unavailable(failure, begun=self._written > 0))

    def pieces(self) -> Iterator[str]:
        """What has been put down. What came in time is given, however late it is asked for."""
        ends = time.monotonic() + self._chat.timeout_s + GRACE_S
        while True:
            try:
                piece = self._pieces.get(timeout=max(0.0, ends - time.monotonic()))
            except queue.Empty:
                raise unavailable(TimeoutError(), begun=True) from None
            if isinstance(piece, ChatUnavailable):
                raise piece
            if piece is None:
                return
            yield piece

    def usage(self, refused: bool) -> Usage:
        """As told, else estimated; what was `refused` was not read."""
        if self._told_in or self._told_out:
            return Usage(self._told_in, self._told_out, estimated=False, ending=self._ending)
        asked = 0 if refused else sum(len(message.text) for message in self._messages)
        return Usage(math.ceil(asked / CHARACTERS_A_TOKEN), math.ceil(self._written / CHARACTERS_A_TOKEN), ending=self._ending)

    async def _written_down(self) -> None:
        attempts = AsyncRetrying(
            stop=stop_after_attempt(self._chat.retries + 1) | stop_before_delay(self._chat.first_s),
            wait=_pause,
            retry=retry_if_exception(worth_another_try),
            reraise=True,
        )
        async with asyncio.timeout(self._chat.first_s):
            piece, rest = await attempts(self._begun)
        while piece is not None:
            self._written += len(piece)
            self._pieces.put(piece)
            piece = await anext(rest, None)
        if self._ending is None and self._provider in TELLS_ITS_END:
            raise ChatBroken("the chat model", "its answer broke off without an end", "Ask again; if it stays so, see its server or proxy")

    async def _begun(self) -> tuple[str, AsyncIterator[str]]:
        """One attempt: its first piece, and the rest to come."""
        pieces = self._texts()
        first = await anext(pieces, None)
        if first is None:
            raise ChatBroken("the chat model", "its answer is empty", "Ask again, or choose another POLICYBOT_CHAT_MODEL")
        return first, pieces

    async def _texts(self) -> AsyncIterator[str]:
        """The text of each chunk that has any; what a chunk tells besides is noted."""
        async for chunk in self._chat.model.astream(self._messages):
            if told := getattr(chunk, "usage_metadata", None):
                self._told_in += told["input_tokens"]
                self._told_out += told["output_tokens"]
            told_besides = chunk.response_metadata
            self._provider = told_besides.get("model_provider", self._provider)
            self._ending = next((told_besides[key] for key in ENDINGS if told_besides.get(key)), self._ending)
            if chunk.text:
                yield str(chunk.text)


def _pause(state: RetryCallState) -> float:
    """Seconds to the next attempt: the backoff, or longer where the provider asks for it."""
    failure = state.outcome.exception() if state.outcome else None
    return max(BACKOFF(state), retry_after_s(failure) if failure else 0.0)


_STARTING = threading.Lock()


def _loop() -> asyncio.AbstractEventLoop:
    """The one loop all answers come on: providers' packages keep connections, which belong to a loop."""
    with _STARTING:
        return _started_loop()


@lru_cache(maxsize=1)
def _started_loop() -> asyncio.AbstractEventLoop:
    loop = asyncio.new_event_loop()
    threading.Thread(target=loop.run_forever, name="policybot-chat", daemon=True).start()
    return loop
