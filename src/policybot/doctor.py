"""What is configured, what is missing, and the cure."""

from __future__ import annotations

import os
import sys
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path

from policybot.errors import PolicybotError
from policybot.settings import Settings, project_root


@dataclass(frozen=True, slots=True)
class Finding:
    """One thing looked at; `cure` is empty where all is well."""

    ok: bool
    what: str
    found: str
    cure: str = ""


def examine(settings: Settings) -> tuple[Finding, ...]:
    """Look at everything an answer needs. A fault becomes a finding, never an exception."""
    return tuple(
        _guarded(look, settings) for look in (_python, _home, _model, _catalogue, _index, _answers, _chat_model, _sign_in, _demo)
    )


def _guarded(look: Callable[[Settings], Finding], settings: Settings) -> Finding:
    try:
        return look(settings)
    except PolicybotError as error:
        return Finding(False, _named(look), f"{error.thing}: {error.cause}", error.cure)
    except Exception as error:  # whatever is broken, the other findings still help
        return Finding(
            False,
            _named(look),
            f"{type(error).__name__}: {error}",
            "Mend what it names; POLICYBOT_HOME may be moved aside and made anew.",
        )


def _named(look: Callable[[Settings], Finding]) -> str:
    return look.__name__.strip("_").replace("_", " ")


def _python(_: Settings) -> Finding:
    version = ".".join(map(str, sys.version_info[:3]))
    good = sys.version_info[:2] in ((3, 11), (3, 12))
    return Finding(good, "python", version, "" if good else "Use Python 3.11.")


def _home(settings: Settings) -> Finding:
    home = settings.home
    near = home if home.exists() else next(p for p in home.parents if p.exists())
    good = os.access(near, os.W_OK)
    return Finding(good, "state folder", str(home), "" if good else "Set POLICYBOT_HOME to a folder you may write to.")


def _model(settings: Settings) -> Finding:
    from policybot.models import embeddings

    model = embeddings(settings)
    return Finding(
        True,
        "embedding model",
        f"{settings.embedding_model}, {model.dimension} numbers a vector, weights as they should be",
    )


def _catalogue(settings: Settings) -> Finding:
    from policybot.catalogue import Catalogue

    catalogue = Catalogue.open(settings)
    counts = [len(catalogue.policies(o.slug)) for o in catalogue.organisations()]
    found = f"{len(counts)} organisations, {sum(counts)} policies"
    good = sum(counts) > 0
    return Finding(good, "policies", found, "" if good else "Run: policybot ingest corpus")


def _index(settings: Settings) -> Finding:
    from policybot.catalogue import Catalogue
    from policybot.library import Library
    from policybot.models import embeddings

    catalogue = Catalogue.open(settings)
    library = Library.open(settings, catalogue, embeddings(settings))
    clauses = sum(len(library.shelf(o.slug).clauses()) for o in catalogue.organisations())
    return Finding(True, "index", f"{clauses} clauses, built by this model")


def _answers(settings: Settings) -> Finding:
    from policybot.bot import PolicyBot
    from policybot.records import Question

    bot = PolicyBot.open(settings)
    organisations = bot.catalogue.organisations()
    if not organisations:
        return Finding(False, "a question", "nobody to ask for", "Run: policybot ingest corpus")
    answer = bot.answer(Question(organisations[0].slug, "Can I use Facebook at work?"))
    return Finding(True, "a question", f"answered in {answer.latency_ms:.0f} ms")


def _chat_model(settings: Settings) -> Finding:
    """Whether it answers: a word or so is asked for, nobody's question is sent."""
    from langchain_core.messages import HumanMessage

    from policybot.chatting import Chat
    from policybot.models import chat_model

    model = chat_model(settings)
    if model is None:
        return Finding(True, "chat model", "none: answers are composed from the clauses, which is the default")
    began = time.perf_counter()
    words = Chat(model, settings.chat_timeout_s, retries=0).stream([HumanMessage("Reply with one word: yes")])
    next(words)
    words.close()  # its first token is proof enough; no limit is sent, since each provider calls it otherwise
    return Finding(True, "chat model", f"{settings.chat_model}, its first word after {(time.perf_counter() - began) * 1000:.0f} ms")


def _sign_in(settings: Settings) -> Finding:
    return sign_in_finding(settings, secret_folders())


def sign_in_finding(settings: Settings, folders: Sequence[Path]) -> Finding:
    """Whether people can sign in; without real sign-in that is no fault. `folders`: where .streamlit/secrets.toml may lie."""
    from policybot.catalogue import Catalogue
    from policybot.identity import SECRETS, SECRETS_CURE, providers
    from policybot.identity_file import read_auth, read_identity_file, require_ingested

    try:
        auth = read_auth(folders)
        if settings.identity is None:
            alone = Finding(False, "sign-in", f"{SECRETS} is there, but no identity.toml", "Write it, and set POLICYBOT_IDENTITY")
            return alone if auth else Finding(True, "sign-in", "not set up")
        file = read_identity_file(settings.identity)
        require_ingested(file, (o.slug for o in Catalogue.open(settings).organisations()))
        if auth is None:
            looked = " or ".join(str(folder) for folder in folders)
            return Finding(False, "sign-in", f"there is no section {SECRETS} in {looked}", SECRETS_CURE)
        services = [provider.label for provider in providers(auth)]
    except PolicybotError as error:
        return Finding(False, "sign-in", f"{error.thing}: {error.cause}", error.cure)
    organisations = len({rule.organisation for rule in file.rules})
    return Finding(True, "sign-in", f"{_some(len(file.rules), 'rule')}, {_some(organisations, 'organisation')}, {', '.join(services)}")


def _some(count: int, noun: str) -> str:
    return f"{count} {noun}" if count == 1 else f"{count} {noun}s"


def secret_folders() -> tuple[Path, ...]:
    """Where Streamlit looks, the most important first: where policybot run starts it, and the home folder."""
    try:
        return (project_root(), Path.home())
    except PolicybotError:
        return (Path.cwd(), Path.home())


def _demo(settings: Settings) -> Finding:
    if settings.demo and settings.identity:
        return Finding(True, "demo accounts", "off, since real sign-in is set up")
    return Finding(True, "demo accounts", "on, for this computer only" if settings.demo else "off")
