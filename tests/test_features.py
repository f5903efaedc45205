"""The numbers a reader decides on."""

from __future__ import annotations

import numpy as np
import pytest

from policybot.deontic import read_deontic
from policybot.features import Signals, clause_facts, content_words, rank_features, z_scores
from policybot.question import understand
from policybot.records import Clause, ClauseKind, Question, Span

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
    return Signals(x, x.copy(), x * 10)


def test_signals_of_different_shapes_are_refused() -> None:
    with pytest.raises(ValueError, match="one shape"):
        Signals(np.zeros((2, 3)), np.zeros((2, 3)), np.zeros((2, 4)))


def test_signals_measured_from_unit_vectors_are_cosines() -> None:
    searches, path, bare = np.eye(2), np.array([[1.0, 0.0], [0.6, 0.8]]), np.array([[0.0, 1.0], [0.6, 0.8]])
    measured = Signals.measure(searches, path, bare, np.zeros((2, 2)))
    assert np.allclose(measured.path, [[1.0, 0.6], [0.0, 0.8]])
    assert np.allclose(measured.bare, [[0.0, 0.6], [1.0, 0.8]])
    assert measured.asked is not None and np.allclose(measured.asked, [1.0, 0.0])


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
    assert rows[:, names.index("gap")].argmin() == 1 and rows[1, names.index("rank")] == 0


def test_the_best_neighbour_of_a_clause_is_never_the_clause_itself() -> None:
    understanding = understand(Question("acorn-school", "Can I use the kettle at lunch?"))
    rows, names = rank_features(understanding, CLAUSES, signals(len(understanding.searches), 1))
    section, fused = rows[:, names.index("section_best")], rows[:, names.index("fused")]
    assert section[0] == fused[1] and section[1] == fused[0]
    assert section[2] == -3.0, "alone in its section"


def test_a_fact_that_is_asked_for_matches_the_clause_that_has_it() -> None:
    understanding = understand(Question("acorn-school", "Which version of the policy is this?"))
    rows, names = rank_features(understanding, CLAUSES, signals(len(understanding.searches), 0))
    assert rows[:, names.index("fact_match")].tolist() == [0.0, 0.0, 1.0]


def test_the_force_of_each_clause_is_a_column() -> None:
    facts = clause_facts(CLAUSES)
    assert facts.force.sum(axis=1).tolist() == [1.0, 1.0, 1.0]
    assert facts.strength[:, 1].tolist() == [1.0, 0.0, 0.0], "must"
