"""Texts against clauses, with the shipped model: cosines of all, the likelier ones read."""

from __future__ import annotations

import numpy as np
import pytest

from policybot.features import UNREAD, Signals
from policybot.lexical import LexicalIndex
from policybot.measuring import LEXICAL_WEIGHT, READ, READ_PART, RULED, WIDER, fuse, measure
from policybot.models import reading_model
from policybot.reading_model import VERDICTS
from policybot.settings import Settings

TOPICS = ("lockers", "kettles", "ladders", "minibuses", "printers", "uniforms", "gardens", "invoices", "rotas", "keys")
CLAUSES = (
    "Staff must not put photographs of pupils on social media.",
    *(f"{topic.capitalize()} are checked {when} by the caretaker." for topic in TOPICS for when in ("weekly", "monthly", "yearly")),
)
ASKED, WIDER_TEXT, PART = "Can I post a picture of the children on Facebook?", "picture photographs social media pupils", "who checks keys"


def views() -> tuple[np.ndarray, np.ndarray]:
    model = reading_model(Settings.load())
    return model.vectors([f"Rules\n{c}" for c in CLAUSES]), model.vectors(CLAUSES)


def measured(*texts: str) -> Signals:
    model = reading_model(Settings.load())
    return measure(texts, CLAUSES, views(), model, LexicalIndex(CLAUSES), model)


@pytest.fixture(scope="module")
def three() -> Signals:
    return measured(ASKED, WIDER_TEXT, PART)


def test_every_text_has_its_row_and_every_clause_its_column(three: Signals) -> None:
    assert three.path.shape == three.bare.shape == three.lexical.shape == three.pairs.shape == (3, len(CLAUSES))
    assert three.verdicts.shape == (len(CLAUSES), VERDICTS) and three.governing.shape == (len(CLAUSES),)
    assert all(np.isfinite(a).all() for a in (three.path, three.bare, three.lexical, three.pairs, three.verdicts, three.governing))


def test_likeness_is_the_cosine_with_each_view(three: Signals) -> None:
    model = reading_model(Settings.load())
    asked, (path, bare) = model.vectors([ASKED, WIDER_TEXT, PART]), views()
    assert three.path == pytest.approx(asked @ path.T, abs=1e-3)
    assert three.bare == pytest.approx(asked @ bare.T, abs=1e-3)
    assert np.abs(three.path - three.bare).max() > 0.01, "two views, not one twice"


def test_words_are_counted_for_each_text(three: Signals) -> None:
    index = LexicalIndex(CLAUSES)
    assert three.lexical == pytest.approx(np.stack([index.scores(t) for t in (ASKED, WIDER_TEXT, PART)]))
    assert three.lexical[0, 0] < three.lexical[1, 0]


def test_the_question_is_read_with_its_likelier_clauses_only(three: Signals) -> None:
    assert len(CLAUSES) > READ > READ_PART
    assert [(row > UNREAD).sum() for row in three.pairs] == [READ, 0, READ_PART]


def test_verdicts_are_read_of_the_likeliest_clauses(three: Signals) -> None:
    ruled = np.abs(three.verdicts).sum(axis=1) > 0
    assert ruled.sum() == RULED and ruled[three.pairs[0].argmax()]
    assert ((three.governing > 0) <= ruled).all() and three.governing.sum() == pytest.approx(1)


def test_the_text_with_the_policys_words_is_no_question_to_read(three: Signals) -> None:
    assert (three.pairs[WIDER] == UNREAD).all()


def test_it_still_helps_to_find_what_to_read() -> None:
    """Clauses like the wider text are read with the question, however unlike the question they are."""
    alone = measured("Is it fine?", "Is it fine?")
    helped = measured("Is it fine?", "invoices are checked by the caretaker")
    invoices = [i for i, c in enumerate(CLAUSES) if c.startswith("Invoices")]
    assert (helped.pairs[0, invoices] > UNREAD).all()
    assert (helped.pairs[0] > UNREAD).sum() == (alone.pairs[0] > UNREAD).sum() == READ


def test_what_answers_is_read_as_answering(three: Signals) -> None:
    assert three.pairs[0].argmax() == 0
    assert three.pairs[0, 0] > np.delete(three.pairs[0], 0).max() + 1


def test_what_is_read_is_what_the_model_reads() -> None:
    model, few = reading_model(Settings.load()), CLAUSES[:4]
    texts = (ASKED, WIDER_TEXT)
    signals = measure(texts, few, (model.vectors(few), model.vectors(few)), model, LexicalIndex(few), model)
    # Of a short question the better of two readings counts: as typed, and in the policy's words.
    near = np.argsort(-signals.pairs[0])
    assert signals.pairs[0, 0] == pytest.approx(max(model.readings(t, few)[0] for t in texts), abs=1.5)
    assert near[0] == 0 and signals.verdicts[0].argmax() == 2, "not allowed"


def test_a_single_text_and_a_single_clause_will_do() -> None:
    model = reading_model(Settings.load())
    one = CLAUSES[:1]
    signals = measure([ASKED], one, (model.vectors(one), model.vectors(one)), model, LexicalIndex(one), model)
    assert signals.pairs.shape == (1, 1) and signals.pairs[0, 0] > UNREAD


# -- the fusion


def test_fusion_by_hand() -> None:
    # z of (1, 2, 3) is (-1.2247, 0, 1.2247); z of (0, 0, 3) is (-0.7071, -0.7071, 1.4142)
    fused = fuse(np.array([1.0, 2.0, 3.0]), np.array([0.0, 0.0, 3.0]))
    expected = [-1.224745 - LEXICAL_WEIGHT * 0.707107, -LEXICAL_WEIGHT * 0.707107, 1.224745 + LEXICAL_WEIGHT * 1.414214]
    assert fused == pytest.approx(expected, abs=1e-5)


def test_equal_scores_say_nothing_and_scale_does_not_matter() -> None:
    dense = np.array([0.1, 0.5, 0.3], dtype=np.float32)
    assert fuse(np.ones(3), np.zeros(3)).tolist() == [0, 0, 0]
    assert fuse(dense, np.ones(3)) == pytest.approx(fuse(dense * 100 + 7, np.zeros(3)), abs=1e-4)
    assert fuse(dense, np.ones(3)).dtype == np.float64
