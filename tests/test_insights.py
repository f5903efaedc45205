"""Figures that point at nobody: what is shown, and that nothing else can be worked out from it."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import replace
from datetime import UTC, date, datetime
from itertools import combinations, product

import numpy as np
import pytest
from hypothesis import given
from hypothesis import settings as examples
from hypothesis import strategies as st
from made_up_askings import MONTHS, PEOPLE, TODAY, month_of_askings

from policybot import insights
from policybot.askings import Asking
from policybot.features import content_words
from policybot.gaps import Gap as Told
from policybot.insights import FEWEST, SILENT, Figures, PolicyWords, figures, months, parted, people, use, waiting, weeks
from policybot.records import Verdict
from policybot.reviews import Judgement, Mark
from policybot.vectors import FingerprintedEmbeddings

FEBRUARY = date(2026, 2, 1)
ANSWERS = tuple(v for v in Verdict if v is not Verdict.NOT_COVERED)
FAR = PolicyWords((), lambda texts: np.eye(len(texts), dtype=np.float32))
"""No question is near another."""


def asking(number: int, asker: int, verdict: Verdict = Verdict.ALLOWED, topic: str = "T", day: int = 1, question: str = "") -> Asking:
    return Asking(
        id=f"a{number}", organisation="elm", day=FEBRUARY.replace(day=day), asker=f"p{asker}", verdict=verdict, topic=topic,
        question=question,
    )


def of_people(*counts: tuple[str, int]) -> list[Asking]:
    """So many people for each topic, one question each."""
    topics = [topic for topic, count in counts for _ in range(count)]
    return [asking(n, n, topic=topic) for n, topic in enumerate(topics)]


def shown(of: Figures) -> dict[str, int]:
    return {t.heading: t.questions for t in of.topics}


# -- nothing can be worked out

Cell = tuple[str, Verdict, int]


def cell_of(a: Asking) -> Cell:
    return (SILENT if a.verdict is Verdict.NOT_COVERED else a.topic, a.verdict, sum(a.day.day >= start for start in insights.WEEKS))


def every_cell(askings: Sequence[Asking]) -> list[Cell]:
    """All crossings of topic, verdict and week, occupied or not: whoever looks at the page does not know which are."""
    topics = sorted({a.topic for a in askings})
    return [*product(topics, ANSWERS, range(1, 5)), *((SILENT, Verdict.NOT_COVERED, week) for week in range(1, 5))]


def released(of: Figures, cells: Sequence[Cell]) -> list[tuple[int, np.ndarray]]:
    """Every exact number of the page, with the cells that it is the sum of."""
    told = {t.heading for t in of.topics}

    def which(test: object) -> np.ndarray:
        return np.array([bool(test(*c)) for c in cells], dtype=int)  # type: ignore[operator]

    numbers = [(of.questions, which(lambda t, v, w: True))]
    for topic in of.topics:
        numbers.append((topic.questions, which(lambda t, v, w, h=topic.heading: t == h)))
        numbers += [(n, which(lambda t, v, w, h=topic.heading, x=x: t == h and v is x)) for x, n in topic.verdicts.items()]
        if topic.other:
            numbers.append((topic.other, which(lambda t, v, w, h=topic.heading, x=topic.verdicts: t == h and v not in x)))
    if of.silent is not None:
        numbers.append((of.silent, which(lambda t, v, w: t == SILENT)))
    if of.others:
        numbers.append((of.others, which(lambda t, v, w: t not in told and not (t == SILENT and of.silent is not None))))
    starts = {day: week for week, day in enumerate(insights.WEEKS, 1)}
    for at, stretch in enumerate(of.weeks):
        first = starts[stretch.first.day]
        last = starts[of.weeks[at + 1].first.day] - 1 if at + 1 < len(of.weeks) else 4
        numbers.append((stretch.questions, which(lambda t, v, w, a=first, b=last: a <= w <= b)))
    return numbers


ASKINGS = st.lists(
    st.tuples(st.integers(0, 11), st.sampled_from(Verdict), st.sampled_from("ABCD"), st.integers(1, 28)), min_size=5, max_size=60
).map(lambda rows: [asking(n, *row) for n, row in enumerate(rows)])


@given(ASKINGS)
@examples(max_examples=60, deadline=None)
def test_no_sum_or_difference_of_shown_numbers_is_about_fewer_than_five_people(askings: list[Asking]) -> None:
    if people(askings) < FEWEST:
        return
    of, cells = figures(askings, FAR), every_cell(askings)
    numbers = released(of, cells)
    held = Counter(cell_of(a) for a in askings)
    for number, sums in numbers:
        assert number == sum(held[c] for c, part in zip(cells, sums, strict=True) if part), "each is what we take it for"
    vectors, place = np.array([sums for _, sums in numbers]), {c: at for at, c in enumerate(cells)}
    for size in (1, 2, 3):
        for chosen in combinations(range(len(vectors)), size):
            for signs in product((1, -1), repeat=size):
                found = np.array(signs) @ vectors[list(chosen)]
                if found.min() == 0 and found.max() == 1:
                    asked = [a for a in askings if found[place[cell_of(a)]]]
                    assert not asked or people(asked) >= FEWEST


@given(ASKINGS)
@examples(max_examples=60, deadline=None)
def test_no_hidden_cell_of_fewer_than_five_people_follows_from_all_that_is_shown(askings: list[Asking]) -> None:
    if people(askings) < FEWEST:
        return
    cells = every_cell(askings)
    vectors = np.array([sums for _, sums in released(figures(askings, FAR), cells)]).T.astype(float)
    hidden = [{c} for c in cells]
    hidden += [{c for c in cells if all(c[axis] == value for axis, value in fixed)} for fixed in _fixings(cells)]
    for cell in hidden:
        asked = [a for a in askings if cell_of(a) in cell]
        if asked and people(asked) < FEWEST:
            wanted = np.array([float(c in cell) for c in cells])
            answer = np.linalg.lstsq(vectors, wanted, rcond=None)[0]
            assert np.abs(vectors @ answer - wanted).max() > 1e-6, "it is a sum or difference of shown numbers, whatever the factors"


def _fixings(cells: Sequence[Cell]) -> list[tuple[tuple[int, object], ...]]:
    """Every topic, verdict, week, and every pair of them."""
    alone = [(axis, value) for axis in range(3) for value in {c[axis] for c in cells}]
    return [*((one,) for one in alone), *(pair for pair in combinations(alone, 2) if pair[0][0] != pair[1][0])]


# -- parts


def test_a_small_topic_takes_the_smallest_shown_one_with_it_into_the_rest() -> None:
    assert shown(figures(of_people(("A", 9), ("B", 6), ("C", 7)), FAR)) == {"A": 9, "C": 7, "B": 6}
    hiding = figures(of_people(("A", 9), ("B", 6), ("C", 7), ("D", 1)), FAR)
    assert shown(hiding) == {"A": 9, "C": 7} and hiding.others == 7
    enough = figures(of_people(("A", 9), ("B", 6), ("D", 3), ("E", 2)), FAR)
    assert shown(enough) == {"A": 9, "B": 6} and enough.others == 5
    alone = figures(of_people(("A", 9), ("D", 4)), FAR)
    assert shown(alone) == {} and alone.others == 13


def test_people_are_counted_and_not_questions() -> None:
    often = [asking(n, n % 4, topic="A") for n in range(40)] + [asking(100 + n, n, topic="B") for n in range(6)]
    assert shown(figures(often, FAR)) == {} and figures(often, FAR).others == 46
    with pytest.raises(ValueError, match="at least 5"):
        parted(often[:40], lambda a: a.topic)
    with pytest.raises(ValueError, match="one month"):
        people([often[0], replace(often[1], day=TODAY)])
    assert parted([], lambda a: a.topic).rest == ()


def test_unanswered_questions_of_too_few_are_among_everything_else() -> None:
    few = of_people(("A", 9), ("B", 6)) + [asking(50 + n, 50 + n, Verdict.NOT_COVERED, question="?") for n in range(2)]
    of = figures(few, FAR)
    assert of.silent is None and shown(of) == {"A": 9} and of.others == 8 and of.gaps == ()
    many = of_people(("A", 9)) + [asking(50 + n, 50 + n, Verdict.NOT_COVERED, question="?") for n in range(5)]
    assert figures(many, FAR).silent == 5 and figures(many, FAR).others == 0


def test_within_a_topic_verdicts_of_too_few_are_mixed() -> None:
    askings = [asking(n, n, verdict) for n, verdict in enumerate([Verdict.ALLOWED] * 6 + [Verdict.NOT_ALLOWED] * 7 + [Verdict.CONDITIONAL])]
    (topic,) = figures(askings, FAR).topics
    assert (topic.verdicts, topic.other) == ({Verdict.NOT_ALLOWED: 7}, 7)


# -- gaps


def test_forty_made_up_people_give_two_gaps_with_words_and_headings(embeddings: FingerprintedEmbeddings) -> None:
    askings = month_of_askings("elm", FEBRUARY)
    policy = PolicyWords(content_words("Personal use of a phone at work."), lambda t: np.asarray(embeddings.embed_documents(list(t))))
    sent = {a.id for a in askings if "drone" in a.question.lower()}
    of = figures(askings, policy, sent)
    assert (of.people, of.questions, of.silent) == (PEOPLE, len(askings), 19)
    assert [(g.missing, g.heading, g.at_least, g.sent) for g in of.gaps] == [
        (("drone",), "Scope", 5, 5),
        (("smartwatch",), "Personal Use", 5, 0),
    ]
    told = [Told(organisation="elm", answer_id=i, question="?", at=datetime(2026, 2 + n, 1, tzinfo=UTC)) for n, i in enumerate(("a", "b"))]
    assert insights.sent_in(FEBRUARY, told) == {"a"}
    assert figures(askings, policy, list(sent)[:4]).gaps[0].sent == 0
    assert insights.about_topics(of) == "Staff asked most about “Personal Use”"
    assert insights.about_gaps(of) == f"Your policy did not answer 19 of {len(askings)} questions"


def test_a_gap_tells_neither_its_exact_size_nor_the_nearest_heading_of_a_few() -> None:
    near = PolicyWords((), lambda texts: np.ones((len(texts), 1), dtype=np.float32))
    askings = [asking(n, n, Verdict.NOT_COVERED, topic="AB"[n % 2], question="drone?") for n in range(9)]
    (gap,) = figures(askings, near).gaps
    assert (gap.at_least, gap.heading, gap.missing) == (5, "A", ("drone",))
    (gap,) = figures(askings[:8], near).gaps
    assert (gap.at_least, gap.heading) == (5, "")


# -- time


def test_only_months_that_are_over_and_have_five_people_are_told_of() -> None:
    askings = [a for month in MONTHS for a in month_of_askings("elm", month)]
    few = [replace(a, id=f"{a.id}-n", day=date(2025, 10, 1)) for a in askings[:4]]
    more = [replace(a, id=f"{a.id}-s", day=date(2025, 9, 1)) for a in askings[:5]]
    held = months([*askings, *few, *more], TODAY)
    assert list(held) == [date(2025, 9, 1), *MONTHS[:3]], "March is not over, October has four people"
    assert [count is None for _, count in use(held)] == [False, True, True, False, False, False]
    assert use({}) == () and months([], TODAY) == {}


def test_a_week_of_too_few_is_one_with_the_next_and_the_last_with_the_one_before() -> None:
    def on(*days: int) -> list[tuple[int, int, int]]:
        return [(w.first.day, w.last.day, w.questions) for w in weeks([asking(n, n, day=day) for n, day in enumerate(days)])]

    assert on(*[1] * 5, *[9] * 5, *[16] * 5, *[28] * 6) == [(1, 7, 5), (8, 14, 5), (15, 21, 5), (22, 28, 6)]
    assert on(*[1] * 4, *[9] * 5, *[16] * 5, *[28] * 2) == [(1, 14, 9), (15, 28, 7)]
    assert on(*[1] * 5, 28) == [(1, 28, 6)] and on(*[28] * 5) == [(1, 28, 5)]


# -- words


def test_headings_say_what_the_charts_show() -> None:
    of = figures(of_people(("A", 12), ("B", 7)), FAR)
    assert insights.about_topics(of) == "Most questions were about “A”"
    assert insights.about_topics(figures(of_people(("A", 7), ("B", 7), ("C", 5)), FAR)) == "Staff asked most about “A” and “B”"
    assert insights.about_topics(figures(of_people(("A", 7), ("B", 7), ("C", 7)), FAR)) == "Several topics were asked about as often"
    assert insights.about_topics(figures(of_people(("A", 4), ("B", 4)), FAR)) == "No topic stands out"
    assert insights.about_topics(figures(of_people(("", 8)), FAR)) == "Most questions were about the start of your policy"
    assert insights.about_gaps(of) == "There is no gap that five people asked about"
    assert insights.about_weeks(of) == "Too few people asked to tell the weeks apart"
    busy = [asking(n, n, day=day) for n, day in enumerate([1] * 5 + [9] * 6 + [16] * 5 + [28] * 5)]
    assert insights.about_weeks(figures(busy, FAR)) == "8–14 February was the busiest time"
    november, december = date(2025, 11, 1), date(2025, 12, 1)
    assert insights.about_months([(november, 9)]) == "9 questions in November 2025"
    assert insights.about_months([(november, 9), (december, 5)]) == "Fewer questions in December than in November"
    assert insights.about_months([(november, 9), (december, None), (FEBRUARY, 9)]) == "As many questions in February as in November"


# -- the review queue


def mark(of: Asking, judgement: Judgement) -> Mark:
    return Mark(
        organisation="elm", answer_id=of.id, question="?", history=(), verdict=of.verdict, clauses=(), policy_version="v",
        judgement=judgement, at=datetime(2026, 2, 1, tzinfo=UTC),
    )  # fmt: skip


def test_judged_answers_are_told_of_from_five_people_on_and_in_fives() -> None:
    askings = of_people(("A", 17))
    held = {FEBRUARY: tuple(askings)}
    marks = [mark(a, Judgement.RIGHT) for a in askings[:9]] + [mark(a, Judgement.WRONG) for a in askings[9:13]]
    assert waiting(marks, held) == {Judgement.RIGHT: 5, Judgement.WRONG: 0}
    assert waiting([*marks, mark(askings[13], Judgement.WRONG)], held)[Judgement.WRONG] == 5
    one_person = {FEBRUARY: tuple(replace(a, asker="p") for a in askings)}
    assert set(waiting(marks, one_person).values()) == {0} == set(waiting(marks, {}).values())
