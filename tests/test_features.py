"""The numbers a reader decides on."""

from __future__ import annotations

import numpy as np
import pytest

from policybot.deontic import read_deontic
from policybot.features import UNREAD, FloatArray, Signals, content_words, part_readings, rank_features, z_scores
from policybot.question import understand
from policybot.records import Clause, ClauseKind, Question, Span, Turn

POLICY = "acorn-school/kettle-policy"


def clause(place: int, text: str, *path: str, stem: str | None = None) -> Clause:
    return Clause(
        id=f"{POLICY}/{place}",
        organisation="acorn-school",
        policy_id=POLICY,
        heading_path=path,
        label=str(place),
        ordinal=place,
        kind=ClauseKind.PARAGRAPH,
        text=text,
        span=Span(0, len(text)),
        stem=stem,
        stem_span=Span(0, len(stem)) if stem else None,
        deontic=read_deontic(text, stem),
    )


CLAUSES = (
    clause(0, "Kettles must be emptied at the end of the day.", "Kettles"),
    clause(1, "Kettles may be used at break.", "Kettles"),
    clause(2, "Version 3, reviewed in May 2024 by the board.", "Document control"),
)


def signals(searches: int, best: int) -> Signals:
    x = np.full((searches, len(CLAUSES)), 0.1)
    x[:, best] = 0.8
    return Signals(x, x.copy(), x * 10, x * 10 - 4, np.zeros((x.shape[1], 4)), np.zeros(x.shape[1]))


def test_signals_of_different_shapes_are_refused() -> None:
    fit, verdicts, governing = np.zeros((2, 3)), np.zeros((3, 4)), np.zeros(3)
    Signals(fit, fit, fit, fit, verdicts, governing)
    for place in range(4):
        arrays = [fit, fit, fit, fit]
        arrays[place] = np.zeros((2, 4))
        with pytest.raises(ValueError, match="one shape"):
            Signals(*arrays, verdicts, governing)
    for wrong in (np.zeros(3), np.zeros((3, 3)), np.zeros((4, 4))):
        with pytest.raises(ValueError, match="verdicts"):
            Signals(fit, fit, fit, fit, wrong, governing)
    with pytest.raises(ValueError, match="governing"):
        Signals(fit, fit, fit, fit, verdicts, np.zeros(2))


def test_content_words_are_stemmed_and_leave_out_small_words() -> None:
    assert content_words("Can I be posting the photos?") == content_words("post photo")
    assert "the" not in content_words("the kettle")


def test_z_scores_have_mean_0_and_deviation_1_and_are_0_without_spread() -> None:
    z = z_scores(np.array([1.0, 2.0, 3.0]))
    assert z.mean() == pytest.approx(0) and z.std() == pytest.approx(1)
    assert np.array_equal(z_scores(np.ones(4)), np.zeros(4))


def test_one_row_a_clause_one_named_column_a_feature() -> None:
    understanding = understand(Question("acorn-school", "Can I use the kettle at lunch?"))
    rows, names = rank_features(understanding, CLAUSES, signals(len(understanding.searches), 1))
    assert rows.shape == (len(CLAUSES), len(names)) and len(set(names)) == len(names)
    assert np.isfinite(rows).all()
    assert rows[:, names.index("pair")].tolist() == [-3.0, 4.0, -3.0]
    assert rows[:, names.index("pair_gap")].tolist() == [7.0, 0.0, 7.0]


def test_the_best_neighbour_of_a_clause_is_never_the_clause_itself() -> None:
    understanding = understand(Question("acorn-school", "Can I use the kettle at lunch?"))
    rows, names = rank_features(understanding, CLAUSES, signals(len(understanding.searches), 1))
    for group in ("pair_list", "pair_section"):
        neighbour, own = rows[:, names.index(group)], rows[:, names.index("pair")]
        assert neighbour[0] == own[1] and neighbour[1] == own[0]
        assert neighbour[2] == UNREAD, "alone in its section"


def readings(text: str, *history: str) -> tuple[int, FloatArray]:
    """How many texts are searched with, and the readings of the parts where text k was read as k everywhere."""
    turns = tuple(Turn(("user", "assistant")[i % 2], t) for i, t in enumerate(history))
    understanding = understand(Question("acorn-school", text, turns))
    searches = len(understanding.searches)
    measured = signals(searches, 1)
    measured.pairs[:] = np.arange(searches)[:, None]
    return searches, part_readings(understanding, measured)


def test_each_part_of_a_compound_question_has_its_own_readings() -> None:
    searches, parts = readings("Can I use the kettle at lunch? And who empties it at the end of the day?")
    assert searches > 3 and parts[:, 0].tolist() == list(range(2, searches))


def test_the_whole_question_is_the_only_part_of_a_plain_one_and_of_a_follow_up() -> None:
    assert readings("Can I use the kettle at lunch?")[1][:, 0].tolist() == [0.0]
    searches, parts = readings("and at break?", "Can I use the kettle at lunch?", "Yes.")
    assert searches > 2 and parts[:, 0].tolist() == [0.0]


def test_a_fact_that_is_asked_for_matches_the_clause_that_has_it() -> None:
    understanding = understand(Question("acorn-school", "Which version of the policy is this?"))
    rows, names = rank_features(understanding, CLAUSES, signals(len(understanding.searches), 0))
    assert rows[:, names.index("fact_match")].tolist() == [0.0, 0.0, 1.0]
