"""Nothing stays of a conversation in which somebody tells of a worry; real stores."""

from __future__ import annotations

from dataclasses import replace

import pytest
from conftest import make_organisation

from policybot.askings import Asking, Askings
from policybot.catalogue import Catalogue
from policybot.forgetting import forget_if_worried
from policybot.gaps import Gap, Gaps
from policybot.records import NotCovered, Occasion, Question, Verdict
from policybot.reviews import Judgement, Mark, ReviewQueue
from policybot.settings import Settings


@pytest.fixture
def stores(settings: Settings, catalogue: Catalogue) -> tuple[Askings, Gaps, ReviewQueue]:
    for slug in ("oak", "elm"):
        catalogue.save_organisation(make_organisation(slug))
    return Askings.open(settings), Gaps.open(settings), ReviewQueue.open(settings)


def answer(number: str, occasion: Occasion = Occasion.QUESTION) -> NotCovered:
    return NotCovered(id=number, question=Question("oak", "Who collects her?"), text="-", headline="-", occasion=occasion)


def fill(stores: tuple[Askings, Gaps, ReviewQueue], organisation: str, *ids: str) -> None:
    askings, gaps, reviews = stores
    for i in ids:
        askings.put(Asking(id=i, organisation=organisation, day=askings.today, asker="a", verdict=Verdict.NOT_COVERED, question="who?"))
        gaps.put(Gap(organisation=organisation, answer_id=i, question="who?", nearest=()))
        reviews.put(
            Mark(organisation=organisation, answer_id=i, question="who?", history=(), verdict=Verdict.NOT_COVERED, clauses=(), policy_version="v", judgement=Judgement.WRONG)
        )  # fmt: skip


def held(stores: tuple[Askings, Gaps, ReviewQueue], organisation: str) -> list[set[str]]:
    askings, gaps, reviews = stores
    return [{a.id for a in askings.kept(organisation)}, {g.answer_id for g in gaps.told(organisation)}, {m.answer_id for m in reviews.waiting(organisation)}]


@pytest.mark.parametrize("worry", [Occasion.DISCLOSURE, Occasion.POSSIBLE_DISCLOSURE])
def test_what_was_asked_before_a_worry_goes_with_it(stores: tuple[Askings, Gaps, ReviewQueue], worry: Occasion) -> None:
    fill(stores, "oak", "a1", "a2", "other")
    fill(stores, "elm", "a1", "b1")
    talk = [answer("a1"), answer("a2"), answer("a3", worry)]
    assert forget_if_worried(talk, *stores)
    assert held(stores, "oak") == [{"other"}] * 3
    assert held(stores, "elm") == [{"a1", "b1"}] * 3, "an equal id of another organisation is another answer"


def test_without_a_worry_all_stays(stores: tuple[Askings, Gaps, ReviewQueue]) -> None:
    fill(stores, "oak", "a1")
    assert not forget_if_worried([answer("a1"), replace(answer("a2"), occasion=Occasion.GREETING)], *stores)
    assert not forget_if_worried([], *stores)
    assert held(stores, "oak") == [{"a1"}] * 3
