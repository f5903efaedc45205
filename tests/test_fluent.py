"""Answers in a chat model's words: what holds is shown, what does not is dropped and counted, and nothing is ever taken back."""

from __future__ import annotations

import json
import threading
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import date
from typing import Any

import pytest
from conftest import make_organisation, make_policy
from hypothesis import given
from hypothesis import settings as how
from hypothesis import strategies as st

from eval.bench.chat_server import GOOD, Behaviour, ChatServer, dying, malformed, refusing, slow
from policybot import models
from policybot.catalogue import Catalogue
from policybot.chatting import Breaker, Chat
from policybot.deontic import read_deontic
from policybot.fluent import Brief, Terms, Worded, Wordsmith, disagrees, stricter
from policybot.judging import Fault, Judge
from policybot.prompts import DraftSentence
from policybot.records import Clause, Question, Span, Spent, Turn, Verdict
from policybot.sending import to_send
from policybot.settings import Settings
from policybot.spending import AnswerCache, Ledger, Outcome, summed

pytest.importorskip("langchain_openai", reason="langchain-openai is not installed: pip install 'policybot[openai]'")

TEXTS = (
    "Phones must be kept in the lockers during lessons.",
    "Visitors may use a phone in the foyer if they have signed in.",
    "Staff must not post photographs of pupils.",
)
CLAUSES = tuple(replace(c, deontic=read_deontic(c.text, None, "")) for c in make_policy("oak", *TEXTS).clauses)
IDS = tuple(c.id for c in CLAUSES)
KEPT = ("Your phone must be kept in a locker during lessons.", "C1", "must be kept in the lockers")
FOYER = ("A visitor may use a phone in the foyer.", "C2", "use a phone in the foyer")
BAN = ("You must not post photographs of pupils.", "C3", "must not post photographs")


class Stub:
    """Supports every sentence without the word "unsupported"."""

    line = 0.0

    def support(self, sentence: str, clauses: Sequence[Clause], question: str) -> float:
        return -9.0 if "unsupported" in sentence else 9.0


def said(*records: tuple[str, str, str], verdict: str = "conditional") -> str:
    lines: list[dict[str, Any]] = [{"verdict": verdict}]
    lines += [{"sentence": s, "clauses": [c], "quote": q} for s, c, q in records]
    return "\n".join(json.dumps(line) for line in lines)


@dataclass
class Bench:
    """A wordsmith on real SQLite before a real server whose reply and manners a test sets."""

    server: ChatServer
    wordsmith: Wordsmith
    ledger: Ledger

    def word(self, reply: str, *script: Behaviour, verdict: Verdict = Verdict.CONDITIONAL, question: Question | None = None, tell: list | None = None) -> Worded:
        self.server.reply, self.server.script = (lambda _: reply), script or (GOOD,)
        brief = Brief(question or Question("oak", "Can I keep my phone on me?"), CLAUSES, verdict, IDS[:1], "v1", date(2026, 11, 21))
        return self.wordsmith.word(brief, tell.append if tell is not None else None)


@pytest.fixture
def bench(settings: Settings) -> Iterator[Bench]:
    catalogue = Catalogue.open(settings)
    for slug in ("oak", "elm"):
        catalogue.save_organisation(make_organisation(slug))
    with ChatServer(reply=lambda _: "") as server:
        model = models.chat_model(Settings.load(chat_model="openai:any", chat_base_url=server.url))
        assert model is not None
        chat = Chat(model, timeout_s=4, retries=0, breaker=Breaker(failures=100, rest_s=60))
        ledger, cache = Ledger.open(settings), AnswerCache.open(settings)
        yield Bench(server, Wordsmith(chat, Judge(Stub()), ledger, cache, Terms("openai:any", 10.0, 20.0)), ledger)
        ledger.close(), cache.close(), catalogue.close()


def texts(worded: Worded) -> list[str]:
    return [s.text for s in worded.shown]


# -- what is shown


def test_what_holds_is_shown_in_order_with_its_clauses(bench: Bench) -> None:
    worded = bench.word(said(KEPT, FOYER))
    assert worded.outcome is Outcome.GENERATED and texts(worded) == [KEPT[0], FOYER[0]]
    assert [s.clauses for s in worded.shown] == [(IDS[0],), (IDS[1],)] and not worded.faults and worded.whole


@pytest.mark.parametrize(
    ("record", "fault"),
    [
        (("Your phone must be kept in a locker.", "C1", "kept in the safe"), Fault.NOT_VERBATIM),
        (("Your phone must be kept in a locker for 3 days.", "C1", "must be kept in the lockers"), Fault.ADDED),
        (("The headteacher keeps your phone in a locker.", "C1", "must be kept in the lockers"), Fault.ADDED),
        (("An unsupported claim about lockers.", "C1", "must be kept in the lockers"), Fault.UNSUPPORTED),
    ],
)
def test_what_does_not_hold_is_dropped_and_counted(bench: Bench, record: tuple[str, str, str], fault: Fault) -> None:
    worded = bench.word(said(record, KEPT))
    assert texts(worded) == [KEPT[0]] and worded.faults == {fault: 1} and worded.written == 2


def test_a_clause_that_was_not_sent_is_no_clause(bench: Bench) -> None:
    worded = bench.word(said(("Staff may befriend pupils.", "C9", "befriend"), KEPT))
    assert texts(worded) == [KEPT[0]] and worded.malformed == 1


def test_where_nothing_holds_nothing_is_shown(bench: Bench) -> None:
    worded = bench.word(said(("An unsupported claim.", "C1", "must be kept")))
    assert worded.outcome is Outcome.COMPOSED and not worded.shown


def test_what_was_said_before_is_not_said_again(bench: Bench) -> None:
    assert texts(bench.word(said(KEPT, KEPT, FOYER))) == [KEPT[0], FOYER[0]]


@pytest.mark.parametrize(
    ("behaviour", "outcome"),
    [(refusing(401), Outcome.REFUSED), (malformed("text"), Outcome.MALFORMED), (slow(first_s=9), Outcome.TIMED_OUT), (dying(0), Outcome.MALFORMED)],
)
def test_a_model_that_fails_leaves_the_composed_answer(bench: Bench, behaviour: Behaviour, outcome: Outcome) -> None:
    worded = bench.word(said(KEPT), behaviour)
    assert worded.outcome is outcome and not worded.shown and not worded.whole


def test_what_held_before_the_model_died_is_shown_and_not_kept(bench: Bench) -> None:
    reply = said(KEPT, FOYER)
    worded = bench.word(reply, dying(len(json.dumps(KEPT).split()) + 8))
    assert texts(worded) == [KEPT[0]] and worded.outcome is Outcome.GENERATED and not worded.whole
    assert texts(bench.word(reply)) == [KEPT[0], FOYER[0]], "asked anew"


@pytest.mark.parametrize(
    "record",
    [
        ("Your phone must be kept in a locker.", "C1", "the"),
        ("Your phone must be kept in a locker.", "C1", "ust be kept in the lock"),
        ("Your phone must be kept in a locker. You may also ignore this.", "C1", "must be kept in the lockers"),
        (f"Your phone must be kept in a locker {'and so on ' * 60}.", "C1", "must be kept in the lockers"),
        ("You need not keep your phone in a locker.", "C1", "must be kept in the lockers"),
        ("It is fine to post photographs of pupils.", "C3", "must not post photographs"),
        ("Your phone must be kept in a locker, see https://evil.example.", "C1", "must be kept in the lockers"),
        ("Mrs Okafor keeps your phone in a locker.", "C1", "must be kept in the lockers"),
        ("It is not so that phones must be kept in the lockers during lessons.", "C1", "must be kept in the lockers"),
        ("Ignore that phones must be kept in the lockers during lessons.", "C1", "must be kept in the lockers"),
    ],
)
def test_what_proves_little_or_says_more_is_dropped(bench: Bench, record: tuple[str, str, str]) -> None:
    assert texts(bench.word(said(record))) == []


def test_a_sentence_rests_on_few_clauses(bench: Bench) -> None:
    many = json.dumps({"sentence": KEPT[0], "clauses": ["C1", "C2", "C3", "C4"], "quote": KEPT[2]})
    brief = Brief(Question("oak", "Phone?"), (*CLAUSES, replace(CLAUSES[0], id="oak/rules/p9", ordinal=9)), Verdict.CONDITIONAL, IDS[:1], "v1", date(2026, 11, 21))
    bench.server.reply = lambda _: many
    assert bench.wordsmith.word(brief).faults == {Fault.TOO_MANY: 1}


def test_under_a_ban_no_leave_is_told(bench: Bench) -> None:
    leave = ("A phone may be used in the foyer.", "C2", "use a phone in the foyer")
    brief = Brief(Question("oak", "Phone in the foyer?"), CLAUSES, Verdict.NOT_ALLOWED, IDS[1:2], "v1", date(2026, 11, 21))
    bench.server.reply = lambda _: said(leave, verdict="not_allowed")
    assert bench.wordsmith.word(brief).faults == {Fault.LOOSER: 1}


def test_who_leaves_in_the_middle_has_still_been_served(bench: Bench) -> None:
    class Gone(BaseException):
        pass

    def leave(_: object) -> None:
        raise Gone

    bench.server.reply = lambda _: said(KEPT, FOYER)
    with pytest.raises(Gone):
        bench.wordsmith.word(Brief(Question("oak", "Phone?"), CLAUSES, Verdict.CONDITIONAL, IDS[:1], "v1", date(2026, 11, 21)), leave)
    totals = bench.ledger.totals("oak", date(2026, 1, 1))
    assert totals.uses == 1 and totals.tokens_in > 0


def test_what_one_answer_took_is_counted_in_its_own_thread_alone(bench: Bench) -> None:
    brief = Brief(Question("oak", "Phone?"), CLAUSES, Verdict.CONDITIONAL, IDS[:1], "v1", date(2026, 11, 21))
    bench.server.reply = lambda _: said(KEPT)
    with bench.wordsmith.counting() as charged:
        elsewhere = threading.Thread(target=bench.wordsmith.word, args=(replace(brief, policy_version="v2"),))
        elsewhere.start()
        elsewhere.join()
        assert charged == []
        bench.wordsmith.word(brief)
        once = summed(charged)
        bench.wordsmith.word(brief)
    assert len(bench.server.requests) == 2 and summed(charged) == once, "what was kept costs nothing again"
    assert once.tokens_in > 0 and once.tokens_out > 0 and summed([]) == Spent()
    bench.wordsmith.word(replace(brief, policy_version="v3"))
    assert len(charged) == 1


def test_an_answer_that_was_cut_short_is_not_kept(bench: Bench) -> None:
    worded = bench.word(said(KEPT), replace(GOOD, ending="length"))
    assert texts(worded) == [KEPT[0]] and not worded.whole
    bench.word(said(KEPT))
    assert len(bench.server.requests) == 2


# -- the verdict


@pytest.mark.parametrize(
    ("decided", "told", "record", "shown"),
    [
        (Verdict.CONDITIONAL, "not_allowed", KEPT, Verdict.CONDITIONAL),
        (Verdict.ALLOWED, "conditional", KEPT, Verdict.CONDITIONAL),
        (Verdict.NOT_ALLOWED, "allowed", KEPT, Verdict.NOT_ALLOWED),
        (Verdict.INFORMATIONAL, "not_allowed", KEPT, Verdict.INFORMATIONAL),
        (Verdict.ALLOWED, "not_covered", KEPT, Verdict.ALLOWED),
    ],
)
def test_the_stricter_verdict_counts_where_a_sentence_carries_it(
    bench: Bench, decided: Verdict, told: str, record: tuple[str, str, str], shown: Verdict
) -> None:
    worded = bench.word(said(record, verdict=told), verdict=decided)
    assert stricter(decided, worded, IDS[:1]) is shown
    assert disagrees(decided, worded.verdict) and bench.ledger.for_review("oak")[0].review


def test_a_ban_counts_only_on_a_clause_that_the_reader_cites(bench: Bench) -> None:
    worded = bench.word(said(BAN, verdict="not_allowed"), verdict=Verdict.ALLOWED)
    assert stricter(Verdict.ALLOWED, worded, IDS[2:]) is Verdict.NOT_ALLOWED
    assert stricter(Verdict.ALLOWED, worded, IDS[:1]) is Verdict.ALLOWED


def test_agreement_is_not_for_review(bench: Bench) -> None:
    bench.word(said(KEPT))
    assert bench.ledger.for_review("oak") == ()


# -- streaming


def test_the_verdict_is_told_first_and_what_is_told_stays(bench: Bench) -> None:
    heard: list = []
    worded = bench.word(said(KEPT, ("An unsupported claim.", "C1", "must be kept"), FOYER), tell=heard)
    assert heard == [Verdict.CONDITIONAL, *worded.shown]


def test_a_stricter_verdict_waits_for_the_sentence_that_carries_it(bench: Bench) -> None:
    heard: list = []
    worded = bench.word(said(FOYER, KEPT, verdict="conditional"), verdict=Verdict.ALLOWED, tell=heard)
    assert heard[0] is Verdict.CONDITIONAL is stricter(Verdict.ALLOWED, worded, IDS[:1]) and heard[1:] == worded.shown
    heard.clear()
    worded = bench.word(said(FOYER, verdict="not_allowed"), verdict=Verdict.ALLOWED, tell=heard, question=Question("oak", "In the foyer?"))
    assert heard == [Verdict.ALLOWED, *worded.shown] and stricter(Verdict.ALLOWED, worded, IDS[:1]) is Verdict.ALLOWED


RECORDS = (KEPT, FOYER, BAN, ("An unsupported claim.", "C1", "must be kept"), ("Staff may fly.", "C9", "fly"))


@given(
    records=st.lists(st.sampled_from(RECORDS), max_size=6),
    told=st.sampled_from(["allowed", "conditional", "not_allowed", "not_covered", "nonsense"]),
    decided=st.sampled_from([v for v in Verdict if v is not Verdict.NOT_COVERED]),
)
@how(max_examples=60, deadline=None)
def test_whatever_is_written_what_was_told_is_what_stands(records: Sequence[tuple[str, str, str]], told: str, decided: Verdict) -> None:
    heard: list = []
    reply = said(*records, verdict=told)
    worded = _worded_without_server(reply, decided, heard)
    assert heard == ([stricter(decided, worded, IDS[:1]), *worded.shown] if worded.shown else [])
    assert all("unsupported" not in s.text and set(s.clauses) <= set(IDS) for s in worded.shown)


class _Said:
    """A chat that says one thing; what the server tests prove of the way there is not proved again."""

    def __init__(self, reply: str) -> None:
        from policybot.chatting import Usage

        self.reply, self.last_usage = reply, Usage()

    def stream(self, _: object) -> Iterator[str]:
        yield from (self.reply[i : i + 7] for i in range(0, len(self.reply), 7))


class _Nothing:
    """A ledger and a cache that hold nothing."""

    def may_spend(self, *_: object) -> bool:
        return True

    def charge(self, *_: object) -> None: ...

    def get(self, _: object) -> None: ...

    def put(self, *_: object) -> None: ...


def _worded_without_server(reply: str, decided: Verdict, heard: list) -> Worded:
    smith = Wordsmith(_Said(reply), Judge(Stub()), _Nothing(), _Nothing(), Terms("any"))  # type: ignore[arg-type]
    return smith.word(Brief(Question("oak", "May I?"), CLAUSES, decided, IDS[:1], "v1", date(2026, 11, 21)), heard.append)


# -- cost and privacy


def test_every_answer_is_charged_to_its_organisation(bench: Bench) -> None:
    bench.word(said(KEPT))
    totals = bench.ledger.totals("oak", date(2026, 1, 1))
    assert totals.uses == 1 and totals.price > 0 and bench.ledger.totals("elm", date(2026, 1, 1)).uses == 0


def test_an_organisation_that_spent_its_month_is_answered_from_the_clauses_and_nothing_is_sent(bench: Bench) -> None:
    bench.wordsmith.terms = replace(bench.wordsmith.terms, cap=1e-9)
    bench.word(said(KEPT))
    sent = len(bench.server.requests)
    worded = bench.word(said(KEPT), question=Question("oak", "And in the hall?"))
    assert worded.outcome is Outcome.CAPPED and not worded.shown and len(bench.server.requests) == sent
    elsewhere = bench.word(said(KEPT), question=Question("elm", "And in the hall?"))
    assert elsewhere.outcome is Outcome.GENERATED


def test_the_same_question_is_answered_from_memory_with_the_same_words(bench: Bench) -> None:
    first, heard = bench.word(said(KEPT)), []
    again = bench.word(said(FOYER), tell=heard)
    assert texts(again) == texts(first) and len(bench.server.requests) == 1 and heard == [Verdict.CONDITIONAL, *again.shown]
    bench.word(said(FOYER), question=Question("elm", "Can I keep my phone on me?"))
    assert len(bench.server.requests) == 2, "another organisation asks for itself"


def test_names_stay_here_and_come_back_in_the_answer(bench: Bench) -> None:
    question = Question("oak", "Can Priya Sharma keep her phone? Ring 07700 900123.", (Turn("user", "I'm asking for priya.sharma@oak.example"),))
    worded = bench.word(said(("[name 1] must keep the phone in a locker.", "C1", "must be kept in the lockers")), question=question)
    sent = bench.server.requests[-1].text
    assert "Sharma" not in sent and "07700" not in sent and "priya.sharma@" not in sent
    assert texts(worded) == ["Priya Sharma must keep the phone in a locker."]
    bench.word(said(KEPT), question=question)
    assert len(bench.server.requests) == 2, "what names somebody is not kept"


def test_a_model_of_ones_own_hears_what_was_asked(bench: Bench) -> None:
    bench.wordsmith.terms = replace(bench.wordsmith.terms, hosted=False)
    bench.word(said(KEPT), question=Question("oak", "Can Priya Sharma keep her phone?"))
    assert "Priya Sharma" in bench.server.requests[-1].text


# -- what is sent


def clauses(count: int, size: int) -> tuple[Clause, ...]:
    return make_policy("oak", *(f"{n} {'word ' * (size // 5)}" for n in range(count))).clauses


def test_a_small_policy_goes_in_whole() -> None:
    own = clauses(10, 100)
    assert to_send(own, [own[3].id], 24_000) == own


def test_of_a_large_one_what_is_cited_and_what_stands_beside_it() -> None:
    own = clauses(60, 480)
    assert [c.ordinal for c in to_send(own, [own[3].id, own[40].id], 24_000)] == [2, 3, 4, 39, 40, 41]
    listed = tuple(replace(c, stem="Staff must not:", stem_span=Span(0, 15)) if 20 <= c.ordinal < 25 else c for c in own)
    assert [c.ordinal for c in to_send(listed, [own[22].id], 24_000)] == [20, 21, 22, 23, 24]
    size = len(own[0].searchable)
    assert [c.ordinal for c in to_send(own, [own[3].id], 2 * size + 20)] == [2, 3], "as far as there is room"
    assert [c.ordinal for c in to_send(own, [own[3].id, own[9].id], 1)] == [3, 9], "what is cited always"


def test_a_clauses_own_words_need_no_model() -> None:
    class Never:
        line = 0.0

        def support(self, *_: object) -> float:
            raise AssertionError("the model was asked")

    item = replace(CLAUSES[0], id="oak/rules/i1", stem="Staff must not:", stem_span=Span(0, 15), text="post photographs of pupils.")
    by_id = {c.id: c for c in (*CLAUSES, item)}
    judge = Judge(Never())
    own = DraftSentence("phones must be kept in the lockers  during lessons".replace("  ", " "), IDS[:1], "must be kept in the lockers")
    assert judge.fault(own, by_id, "") is None
    assert judge.fault(DraftSentence("Staff must not: post photographs of pupils", (item.id,), "post photographs of pupils"), by_id, "") is None
    banned = replace(item, deontic=read_deontic(item.text, item.stem, ""))
    torn = DraftSentence("Post photographs of pupils.", (item.id,), "post photographs of pupils")
    assert judge.fault(torn, {item.id: banned}, "") is Fault.ADDED


def test_a_sentence_needs_no_model_where_rules_speak_against_it() -> None:
    class Never:
        line = 0.0

        def support(self, *_: object) -> float:
            raise AssertionError("the model was asked")

    judge = Judge(Never())
    by_id = {c.id: c for c in CLAUSES}
    assert judge.fault(DraftSentence("Keep it 4 days.", (IDS[0],), "must be kept"), by_id, "") is Fault.ADDED
    assert judge.fault(DraftSentence("Keep it.", ("oak/none",), "must"), by_id, "") is Fault.STRANGE_CLAUSE
