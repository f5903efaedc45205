"""One real, weak model over the real path: whatever it writes, what is shown is tied to the asker's clauses and no worse than the composed answer."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from eval.bench.chat_server import ChatServer
from eval.bench.weak_model import weak_model, weights
from eval.bench.worded import wordsmith
from ingest.pipeline import ingest
from policybot.bot import PolicyBot
from policybot.records import Answered, Question
from policybot.settings import Settings

pytest.importorskip("langchain_openai", reason="langchain-openai is not installed: pip install 'policybot[openai]'")
pytestmark = [
    pytest.mark.skipif(weights() is None, reason="SmolLM2 is not installed: see eval/bench/weak_model.py"),
    pytest.mark.timeout(900),
]

CORPUS = Path(__file__).parents[1] / "corpus"
ASKED = (
    Question("expanse-learning", "Can I use social networking sites during working time?"),
    Question("exceed-learning-partnership", "Am I allowed to accept a friend request from a pupil?"),
)


@pytest.fixture(scope="module")
def bot(tmp_path_factory: pytest.TempPathFactory) -> Iterator[PolicyBot]:
    home = tmp_path_factory.mktemp("weak")
    bot = PolicyBot.open(Settings.load(home=home / "state"))
    ingest(CORPUS, bot.catalogue, bot.library, home / "ingest.lock", CORPUS)
    yield bot


def test_a_weak_models_answers_are_no_worse_than_composed_ones(bot: PolicyBot) -> None:
    composed = [bot.answer(q) for q in ASKED]
    with ChatServer(reply=weak_model()) as server:
        bot.wordsmith = wordsmith(bot, server.url, context=1_200)
        worded = [bot.answer(q) for q in ASKED]
        assert len(server.requests) == len(ASKED), "it was asked"
    for plain, answer in zip(composed, worded, strict=True):
        assert isinstance(plain, Answered) and isinstance(answer, Answered)
        shelf = {c.id: c.whole for c in bot.library.shelf(answer.question.organisation).clauses()}
        assert answer.verdict is plain.verdict and {c.clause_id for c in plain.citations} <= {c.clause_id for c in answer.citations}
        assert all(s.quote in shelf[s.clause_ids[0]] for s in answer.sentences)
