"""Chat: a real server that speaks OpenAI's protocol, well and badly, and LangChain's own client of it."""

from __future__ import annotations

import importlib.util
import os
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, given
from hypothesis import settings as how
from hypothesis import strategies as st
from langchain_core.language_models import BaseChatModel
from langchain_core.language_models.fake_chat_models import GenericFakeChatModel
from langchain_core.messages import AIMessage, HumanMessage, SystemMessage

from eval.bench.chat_server import GOOD, Behaviour, ChatServer, dying, echo, malformed, pieces, refusing, slow
from policybot import doctor, models
from policybot.chatting import Breaker, Chat, Usage
from policybot.errors import ChatBroken, ChatRefused, ChatResting, ChatTimedOut, ChatUnavailable, ModelError
from policybot.settings import Settings

MESSAGES = [SystemMessage("Answer from the clauses."), HumanMessage("May I post a photo of the garden?")]
SAID = "Yes, but only with the written agreement of the manager.\n"
KEYS = [key for provider in models.PROVIDERS.values() for key in provider.keys]


@pytest.fixture(autouse=True)
def _no_keys_from_outside(monkeypatch: pytest.MonkeyPatch) -> None:
    for key in KEYS:
        monkeypatch.delenv(key, raising=False)


def chat_model(server: ChatServer) -> BaseChatModel:
    """The client of `server`, made as the program makes it."""
    pytest.importorskip("langchain_openai", reason="langchain-openai is not installed: pip install 'policybot[openai]'")
    made = models.chat_model(Settings.load(chat_model="openai:any", chat_base_url=server.url))
    assert made is not None
    return made


def serving(*script: Behaviour, reply: Callable[[Any], str] = lambda _: SAID) -> ChatServer:
    return ChatServer(reply=reply, script=script or (GOOD,))


def until(true: Callable[[], bool], seconds: float = 5.0) -> bool:
    """Whether it comes true in that time: for what another thread is about to do."""
    ends = time.monotonic() + seconds
    while not true() and time.monotonic() < ends:
        time.sleep(0.01)
    return true()


# -- a model that is well


def test_the_pieces_come_one_by_one_and_joined_are_the_answer() -> None:
    with serving() as server:
        chat = Chat(chat_model(server))
        assert list(chat.stream(MESSAGES)) == pieces(SAID)
        assert chat.ask(MESSAGES) == SAID
    asked = server.requests[0]
    assert asked.text == "Answer from the clauses.\nMay I post a photo of the garden?"
    assert (asked.body["temperature"], asked.body["stream"], asked.body["model"]) == (0, True, "any")


def test_the_first_piece_is_there_before_the_last_is_written() -> None:
    with serving(slow(between_s=0.4), reply=lambda _: "one two three four five") as server:
        began = time.monotonic()
        words = Chat(chat_model(server), timeout_s=20).stream(MESSAGES)
        first, at = next(words), time.monotonic() - began
        rest = list(words)
    assert (first, "".join(rest)) == ("one ", "two three four five")
    assert time.monotonic() - began - at > 1.2, "four pauses were still to come"


@how(max_examples=15, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.lists(st.text(min_size=1, max_size=60), min_size=1, max_size=4))
def test_any_text_arrives_as_it_was_sent(shared: tuple[ChatServer, Chat], said: list[str]) -> None:
    server, chat = shared
    assert chat.ask([HumanMessage(text) for text in said]) == said[-1]
    assert [message["content"] for message in server.requests[-1].messages] == said


@pytest.fixture(scope="module")
def shared() -> Iterator[tuple[ChatServer, Chat]]:
    with ChatServer(reply=echo) as server:
        yield server, Chat(chat_model(server))


def test_what_it_took_is_as_the_provider_tells() -> None:
    with serving(Behaviour(ending="length")) as server:
        chat = Chat(chat_model(server))
        assert chat.last_usage == Usage(0, 0, estimated=True), "nothing was asked yet"
        chat.ask(MESSAGES)
    assert chat.last_usage == Usage(4 + 8, 10, estimated=False, ending="length")


def test_what_it_took_is_estimated_where_the_provider_does_not_tell() -> None:
    with serving(Behaviour(usage=False)) as server:
        chat = Chat(chat_model(server))
        chat.ask(MESSAGES)
    assert chat.last_usage == Usage(-(-(24 + 33) // 4), -(-len(SAID) // 4), estimated=True, ending="stop")


def test_each_thread_sees_the_usage_of_its_own_answer() -> None:
    with ChatServer(reply=echo) as server:
        chat, told, meet = Chat(chat_model(server)), {}, threading.Barrier(2)

        def ask(words: int) -> None:
            chat.ask([HumanMessage("word " * words)])
            meet.wait(10)
            told[words] = chat.last_usage.tokens_out

        threads = [threading.Thread(target=ask, args=(words,)) for words in (3, 70)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
    assert told == {3: 3, 70: 70}


def test_a_model_that_cannot_be_awaited_is_streamed_all_the_same() -> None:
    """LangChain models of a house's own need no asynchronous side, and need not tell how they end."""
    chat = Chat(GenericFakeChatModel(messages=iter([AIMessage("Yes, you may.")])))
    assert chat.ask(MESSAGES) == "Yes, you may."
    assert chat.last_usage == Usage(15, 4, estimated=True)


# -- a model that is late


@pytest.mark.parametrize("late", [slow(first_s=30), slow(first_s=30, keeps_alive=True)], ids=["silent", "kept alive"])
def test_the_first_word_comes_in_time_or_not_at_all(late: Behaviour) -> None:
    with serving(late) as server:
        chat, began = Chat(chat_model(server), timeout_s=20, first_s=0.6), time.monotonic()
        with pytest.raises(ChatTimedOut, match="POLICYBOT_CHAT_TIMEOUT_S"):
            chat.ask(MESSAGES)
        assert 0.5 < time.monotonic() - began < 3
        assert len(server.requests) == 1, "time is up: nothing is tried again"
    assert chat.last_usage == Usage(15, 0, estimated=True), "what was read is charged for, said or not"


def test_the_last_word_comes_in_time_or_the_answer_is_none() -> None:
    with serving(slow(between_s=0.5)) as server:
        chat, began, got = Chat(chat_model(server), timeout_s=1.8), time.monotonic(), []
        with pytest.raises(ChatTimedOut):
            for piece in chat.stream(MESSAGES):
                got.append(piece)
        assert 1.5 < time.monotonic() - began < 4
        assert got == pieces(SAID)[: len(got)] and 0 < len(got) < 10
        assert until(lambda: server.hung_up == [0]), "nobody reads on: the connection is closed"
    assert chat.last_usage.tokens_out == -(-len("".join(got)) // 4)


def test_what_came_in_time_is_given_to_a_slow_reader_too() -> None:
    with serving() as server:
        words = Chat(chat_model(server), timeout_s=1.5).stream(MESSAGES)
        first = next(words)
        time.sleep(2.5)
        assert first + "".join(words) == SAID


def test_closing_early_ends_the_answer_and_is_no_failure() -> None:
    with serving(slow(between_s=0.2), reply=lambda _: "word " * 500) as server:
        chat = Chat(chat_model(server), timeout_s=60, breaker=Breaker(failures=1))
        words = chat.stream(MESSAGES)
        assert next(words) == "word "
        words.close()
        assert until(lambda: server.hung_up == [0])
        assert not chat.breaker.open and chat.last_usage.tokens_out > 0


# -- a model that is broken


@pytest.mark.parametrize("after", [1, 4])
@pytest.mark.parametrize("politely", [False, True])
def test_a_connection_that_dies_is_no_answer_and_is_not_begun_again(after: int, politely: bool) -> None:
    with serving(dying(after, politely), GOOD) as server:
        got = []
        with pytest.raises(ChatBroken, match="broke off"):
            for piece in Chat(chat_model(server)).stream(MESSAGES):
                got.append(piece)
        assert got == pieces(SAID)[:after]
        assert len(server.requests) == 1, "a second answer would not go on where the first broke off"


def test_a_connection_that_dies_before_the_first_word_is_tried_again() -> None:
    with serving(dying(0), GOOD) as server:
        assert Chat(chat_model(server)).ask(MESSAGES) == SAID
        assert len(server.requests) == 2


@pytest.mark.parametrize("how_so", ["text", "shape", "event"])
def test_what_cannot_be_read_is_no_answer(how_so: str) -> None:
    with serving(malformed(how_so), GOOD) as server:
        with pytest.raises(ChatBroken):
            Chat(chat_model(server)).ask(MESSAGES)
        assert len(server.requests) == 1, "it was paid for once"


def test_silence_is_no_answer() -> None:
    with serving(reply=lambda _: "") as server, pytest.raises(ChatBroken, match="empty"):
        Chat(chat_model(server), retries=0).ask(MESSAGES)


# -- a model that refuses


def test_what_passes_is_tried_again() -> None:
    with serving(refusing(429, retry_after=1), refusing(500), GOOD) as server:
        began = time.monotonic()
        assert Chat(chat_model(server)).ask(MESSAGES) == SAID
        assert time.monotonic() - began > 1.4, "as long as the provider asked, then as long as we think fit"
        assert len(server.requests) == 3


@pytest.mark.parametrize(("status", "retries", "requests"), [(401, 2, 1), (404, 2, 1), (400, 2, 1), (429, 0, 1), (503, 1, 2), (500, 2, 3)])
def test_a_refusal_names_status_and_cure_and_nothing_that_was_sent(status: int, retries: int, requests: int) -> None:
    with serving(refusing(status)) as server:
        chat = Chat(chat_model(server), retries=retries)
        with pytest.raises(ChatRefused, match=f"HTTP status {status}") as refused:
            chat.ask(MESSAGES)
        assert len(server.requests) == requests
    assert "garden" not in str(refused.value) and "Bearer" not in str(refused.value) and refused.value.cure
    assert "garden" in str(refused.value.__cause__), "the provider repeats what was sent, so this could have failed"
    assert chat.last_usage == Usage(0, 0, estimated=True), "what was refused is not charged for"


def test_a_wait_longer_than_the_time_there_is_ends_it_at_once() -> None:
    with serving(refusing(429, retry_after=60), GOOD) as server:
        chat, began = Chat(chat_model(server), timeout_s=20), time.monotonic()
        with pytest.raises(ChatRefused, match="429"):
            chat.ask(MESSAGES)
        assert time.monotonic() - began < 5 and len(server.requests) == 1


def test_nobody_at_the_address_is_a_refusal() -> None:
    with serving() as server:
        model = chat_model(server)
    with pytest.raises(ChatRefused, match="POLICYBOT_CHAT_BASE_URL"):
        Chat(model, retries=0).ask(MESSAGES)


@pytest.mark.parametrize("wrong", [{"timeout_s": 0}, {"first_s": -1}, {"retries": -1}])
def test_impossible_times_are_refused(wrong: dict[str, Any]) -> None:
    with pytest.raises(ValueError):
        Chat(GenericFakeChatModel(messages=iter([])), **wrong)


# -- the circuit breaker


class Clock:
    """Seconds that pass when told to."""

    def __init__(self) -> None:
        self.now = 1000.0

    def __call__(self) -> float:
        return self.now


def test_a_model_that_keeps_failing_is_left_alone_and_tried_again_later() -> None:
    clock = Clock()
    with serving(refusing(500), refusing(500), refusing(500), GOOD) as server:
        chat = Chat(chat_model(server), retries=0, breaker=Breaker(failures=2, rest_s=60, clock=clock))
        for _ in range(2):
            with pytest.raises(ChatRefused):
                chat.ask(MESSAGES)
        with pytest.raises(ChatResting, match="in 60 s"):
            chat.ask(MESSAGES)
        assert (len(server.requests), chat.last_usage) == (2, Usage(0, 0)), "nothing was sent"
        clock.now += 61
        with pytest.raises(ChatRefused):
            chat.ask(MESSAGES)
        with pytest.raises(ChatResting):
            chat.ask(MESSAGES)
        clock.now += 61
        assert [chat.ask(MESSAGES) for _ in range(2)] == [SAID, SAID]
        assert len(server.requests) == 5


def test_a_request_at_fault_says_nothing_of_the_model() -> None:
    with serving(refusing(400), refusing(413), GOOD) as server:
        chat = Chat(chat_model(server), breaker=Breaker(failures=1))
        for _ in range(2):
            with pytest.raises(ChatRefused):
                chat.ask(MESSAGES)
        assert chat.ask(MESSAGES) == SAID


def test_a_success_forgets_the_failures_before_it() -> None:
    breaker = Breaker(failures=2)
    breaker.failed()
    breaker.succeeded()
    breaker.failed()
    breaker.enter()
    breaker.failed()
    assert breaker.open
    with pytest.raises(ChatResting):
        breaker.enter()


@given(st.lists(st.one_of(st.sampled_from(["ask", "fail", "succeed"]), st.floats(0, 40)), max_size=60))
def test_while_open_at_most_one_is_let_through_in_a_rest(steps: list[str | float]) -> None:
    clock, failed, allowed = Clock(), 0, -1.0
    breaker = Breaker(failures=3, rest_s=30, clock=clock)
    for step in steps:
        if isinstance(step, float):
            clock.now += step
        elif step == "succeed":
            breaker.succeeded()
            failed = 0
        elif step == "fail":
            breaker.failed()
            failed, allowed = failed + 1, clock.now + 30
        else:
            turned_away = failed >= 3 and clock.now < allowed
            assert breaker.open is turned_away
            if turned_away:
                with pytest.raises(ChatResting):
                    breaker.enter()
            else:
                breaker.enter()
                allowed = clock.now + 30 if failed >= 3 else allowed


def test_of_many_threads_one_tries_the_model_again() -> None:
    clock, through, meet = Clock(), [], threading.Barrier(16)
    breaker = Breaker(failures=1, rest_s=5, clock=clock)
    breaker.failed()
    clock.now += 6

    def enter() -> None:
        meet.wait(10)
        try:
            breaker.enter()
            through.append(1)
        except ChatResting:
            pass

    threads = [threading.Thread(target=enter) for _ in range(16)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(through) == 1


@pytest.mark.parametrize("wrong", [{"failures": 0}, {"rest_s": -1}])
def test_an_impossible_breaker_is_refused(wrong: dict[str, Any]) -> None:
    with pytest.raises(ValueError):
        Breaker(**wrong)


# -- from the settings to the model


def test_no_name_no_model() -> None:
    assert models.chat_model(Settings.load()) is None


@pytest.mark.parametrize(("name", "told"), [("mistral:small", "Did you mean mistralai?"), ("abacus:x", "openai, azure_openai, anthropic")])
def test_an_unknown_provider_is_refused_with_those_there_are(name: str, told: str) -> None:
    with pytest.raises(ModelError, match=name.split(":")[0]) as refused:
        models.chat_model(Settings.load(chat_model=name))
    assert told in refused.value.cure


PACKAGES = {"openai": "langchain_openai", "azure_openai": "langchain_openai", "anthropic": "langchain_anthropic",
            "google_genai": "langchain_google_genai", "mistralai": "langchain_mistralai", "ollama": "langchain_ollama"}  # fmt: skip


@pytest.mark.parametrize("name", PACKAGES)
def test_each_provider_is_made_or_says_what_is_missing(name: str, monkeypatch: pytest.MonkeyPatch) -> None:
    provider, settings = models.PROVIDERS[name], Settings.load(chat_model=f"{name}:any", chat_timeout_s=7.5)
    monkeypatch.setenv("AZURE_OPENAI_ENDPOINT", "https://example.invalid")
    monkeypatch.setenv("OPENAI_API_VERSION", "2024-06-01")
    if importlib.util.find_spec(PACKAGES[name]) is None:
        with pytest.raises(ModelError, match="its package is not installed") as refused:
            models.chat_model(settings)
        assert refused.value.cure == f"pip install 'policybot[{provider.extra}]'"
        return
    if provider.keys:
        with pytest.raises(ModelError, match="its key is missing") as refused:
            models.chat_model(settings)
        assert all(key in refused.value.cure for key in provider.keys)
        monkeypatch.setenv(provider.keys[0], "sk-secret")
    made = models.chat_model(settings)
    assert isinstance(made, BaseChatModel) and made.temperature == 0  # type: ignore[attr-defined]
    assert "sk-secret" not in repr(made)


def test_the_extras_that_are_named_exist() -> None:
    import tomllib

    project = tomllib.loads((Path(__file__).parents[1] / "pyproject.toml").read_text(encoding="utf-8"))["project"]
    extras = project["optional-dependencies"]
    for name, provider in models.PROVIDERS.items():
        assert extras[provider.extra][0].startswith(PACKAGES[name].replace("_", "-"))


def test_what_a_package_will_not_have_is_said_in_its_words(monkeypatch: pytest.MonkeyPatch) -> None:
    pytest.importorskip("langchain_openai", reason="langchain-openai is not installed")
    monkeypatch.setenv("AZURE_OPENAI_API_KEY", "sk-secret")
    monkeypatch.delenv("OPENAI_API_VERSION", raising=False)
    with pytest.raises(ModelError, match="OPENAI_API_VERSION") as refused:
        models.chat_model(Settings.load(chat_model="azure_openai:any", chat_base_url="https://example.invalid"))
    assert "sk-secret" not in str(refused.value)


def test_the_key_is_the_environments_and_a_server_of_ones_own_needs_none(monkeypatch: pytest.MonkeyPatch) -> None:
    with serving() as server:
        Chat(chat_model(server)).ask(MESSAGES)
        monkeypatch.setenv("OPENAI_API_KEY", "sk-mine")
        Chat(chat_model(server)).ask(MESSAGES)
    assert [asked.headers["authorization"] for asked in server.requests] == ["Bearer unused", "Bearer sk-mine"]


TRACED = """
import sys
from langchain_core.messages import HumanMessage
from langchain_core.tracers.langchain import wait_for_all_tracers
from policybot.chatting import Chat
from policybot.models import chat_model
from policybot.settings import Settings
model = chat_model(Settings.load())
Chat(model).ask([HumanMessage("spoken in Chat")])
if "control" in sys.argv:
    model.invoke("spoken past it")
wait_for_all_tracers()
"""


@pytest.mark.parametrize("control", [[], ["control"]], ids=["chat alone", "control"])
def test_nothing_is_traced_to_a_third_party_whatever_the_environment_says(control: list[str]) -> None:
    with serving() as server, ChatServer(script=[refusing(422)]) as tracer:
        chat_model(server)
        told = {"LANGSMITH_TRACING": "true", "LANGSMITH_API_KEY": "k", "LANGSMITH_ENDPOINT": tracer.url.removesuffix("/v1"),
                "POLICYBOT_CHAT_MODEL": "openai:any", "POLICYBOT_CHAT_BASE_URL": server.url}  # fmt: skip
        subprocess.run([sys.executable, "-c", TRACED, *control], env={**os.environ, **told}, check=True, timeout=240)
        assert len(server.requests) == 1 + len(control)
        assert bool(tracer.requests) is bool(control)


# -- doctor


def finding(settings: Settings) -> doctor.Finding:
    return next(found for found in doctor.examine(settings) if found.what == "chat model")


def test_doctor_asks_the_chat_model_for_a_word(tmp_path: Path) -> None:
    assert finding(Settings.load(home=tmp_path)).found == "none: answers are composed from the clauses, which is the default"
    with serving() as server:
        chat_model(server)
        settings = Settings.load(home=tmp_path, chat_model="openai:any", chat_base_url=server.url)
        well = finding(settings)
        assert well.ok and well.found.startswith("openai:any, its first word after ")
        assert len(server.requests) == 1 and "organisation" not in server.requests[0].text
        server.script = (refusing(401),)
        unwell = finding(settings)
        assert (unwell.ok, unwell.cure) == (False, "Correct the provider's key in the environment")
    away = finding(settings)
    assert not away.ok and "cannot be reached" in away.found and "POLICYBOT_CHAT_BASE_URL" in away.cure


def test_every_way_to_fail_is_one_error_to_catch() -> None:
    assert {ChatTimedOut, ChatRefused, ChatBroken, ChatResting} == set(ChatUnavailable.__subclasses__())
