"""A decided answer in a chat model's words: sentence by sentence, each shown only as far as its clauses bear it out.

The model never decides alone: the reader has decided what is cited and with what verdict. Where the model reads the clauses
more strictly, the stricter counts and the turn is marked for review. Where nothing of what it wrote holds, or it is away, slow or too
dear, the composed answer is shown.
"""

from __future__ import annotations

import threading
from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from datetime import UTC, date, datetime
from functools import cached_property

from policybot.chatting import Chat, Usage
from policybot.deontic import read_deontic
from policybot.errors import ChatRefused, ChatResting, ChatTimedOut, ChatUnavailable
from policybot.judging import Fault, Judge
from policybot.models import chat_model, reading_model
from policybot.privacy import Withheld, own_names, restore, withhold_question
from policybot.prompts import MOST_SENTENCES, DraftReader, DraftSentence, messages
from policybot.records import Clause, Question, Strength, Verdict
from policybot.rewriting import needs_rewriting, quick, rewritten
from policybot.settings import Settings
from policybot.spending import AnswerCache, AnswerKey, Ledger, Outcome, Use, price
from policybot.support import gives_leave
from policybot.supporting import Supporter

PROMPT = 1
"""Version of the words that are sent and of what is checked: part of the key of kept answers."""
WHOLE_ENDINGS = (None, "stop", "STOP", "end_turn", "stop_sequence", "eos")
"""What providers call an end that the model came to itself; None: it was not told."""
STRICTNESS = (Verdict.ALLOWED, Verdict.CONDITIONAL, Verdict.NOT_ALLOWED)


Tell = Callable[[Verdict | DraftSentence], None]
"""Hears the verdict that will stand, once, and then each sentence that holds; nothing it hears is taken back."""


@dataclass(frozen=True, slots=True)
class Brief:
    """What there is to word: the question, the clauses that may be used (those cited among them), and what the reader decided."""

    question: Question
    clauses: tuple[Clause, ...]
    verdict: Verdict
    cited: tuple[str, ...]
    policy_version: str
    today: date


@dataclass(slots=True)
class Worded:
    """What became of it. `shown`: the sentences that hold, in order; `faults`: how many were dropped for what; `told`: how many of
    those shown a listener has heard; `late`: a verdict that came after the first of them; `whole`: the model
    came to its end, so that no condition is missing that it would still have told."""

    outcome: Outcome
    verdict: Verdict | None = None
    shown: list[DraftSentence] = field(default_factory=list)
    faults: dict[Fault, int] = field(default_factory=dict)
    malformed: int = 0
    told: int = 0
    late: Verdict | None = None
    whole: bool = True
    usage: Usage = field(default_factory=Usage)

    @property
    def written(self) -> int:
        """Sentences that the model wrote and that could be read."""
        return len(self.shown) + sum(self.faults.values())


@dataclass(frozen=True, slots=True)
class Terms:
    """What an organisation's deployment allows: prices for a million tokens, money a month (None: no cap), and whether the
    model runs on somebody else's machine, so that personal data is taken out of what is sent. `context`: characters of clauses it is given."""

    model: str
    price_in: float = 0.0
    price_out: float = 0.0
    cap: float | None = None
    hosted: bool = True
    context: int = 24_000


class Wordsmith:
    """Words answers with a chat model. Safe to share between threads."""

    def __init__(self, chat: Chat, judge: Judge, ledger: Ledger, cache: AnswerCache, terms: Terms) -> None:
        self.chat, self.terms = chat, terms
        self._judge, self._ledger, self._cache = judge, ledger, cache
        self._here = threading.local()

    @contextmanager
    def counting(self) -> Iterator[list[Use]]:
        """While it is open, the list is given whatever this thread is charged."""
        self._here.charged = charged = list[Use]()
        try:
            yield charged
        finally:
            self._here.charged = None

    def _book(self, use: Use) -> None:
        self._ledger.charge(use)
        if (charged := getattr(self._here, "charged", None)) is not None:
            charged.append(use)

    def standalone(self, question: Question, policy_version: str, others: Collection[str] = ()) -> str | None:
        """A follow-up as a question that stands alone, in the asker's own words; None where there is none that holds.

        `others`: names of organisations that are not the asker's. Whoever asks sees to it that it is no disclosure.
        """
        if not needs_rewriting(question) or not self._may_spend(question):
            return None
        alone = rewritten(question, self._quick, self.terms.hosted, others)
        used = self._quick.last_usage
        if used.tokens_in or used.tokens_out:
            self._book(
                Use(
                    organisation=question.organisation, model=self.terms.model, policy_version=policy_version, outcome=Outcome.REWRITTEN,
                    tokens_in=used.tokens_in, tokens_out=used.tokens_out, price=self._price(used),
                )
            )  # fmt: skip
        return alone

    @cached_property
    def _quick(self) -> Chat:
        return quick(self.chat)

    def _may_spend(self, question: Question) -> bool:
        """The month that was paid for is the clock's, whatever day the answer is judged by."""
        return self._ledger.may_spend(question.organisation, datetime.now(UTC).date(), self.terms.cap)

    def _price(self, used: Usage) -> float:
        return price(used.tokens_in, used.tokens_out, self.terms.price_in, self.terms.price_out)

    def word(self, brief: Brief, tell: Tell | None = None) -> Worded:
        """The answer's sentences that hold. `tell` hears each as soon as it is known to hold, and before the first the verdict.

        Never fails for the model's sake: every failure is an outcome without sentences.
        """
        decided = f"{brief.verdict}#{' '.join(brief.cited)}#{self._judge.supporter.line:g}"
        key = AnswerKey(brief.question, brief.policy_version, f"{self.terms.model}#{PROMPT}#{decided}")
        if (kept := self._cache.get(key)) is not None:
            return _recalled(kept, brief, tell)
        if not self._may_spend(brief.question):
            self._charge(brief, Worded(Outcome.CAPPED))
            return Worded(Outcome.CAPPED)
        sent, names = withhold_question(brief.question, keep=own_names([c.searchable for c in brief.clauses]))
        worded = Worded(Outcome.COMPOSED)
        try:
            self._write(brief, sent if self.terms.hosted else brief.question, names, worded, tell)
        finally:  # whoever asked may leave in the middle, and what was written by then is paid for
            worded.usage = self.chat.last_usage
            self._charge(brief, worded)
        if worded.shown and worded.whole and not names.found:
            self._cache.put(key, _kept(worded))
        return worded

    def _write(self, brief: Brief, asked: Question, names: Withheld, worded: Worded, tell: Tell | None) -> None:
        """Into `worded` what the model makes of the question `asked`, from which `names` may have been taken out."""
        sent = messages(asked.text, asked.history, brief.clauses, brief.verdict, brief.cited, brief.today)
        by_id = {c.id: c for c in brief.clauses}
        try:
            for item in self._items(brief.clauses, sent, worded):
                if isinstance(item, Verdict):
                    worded.late = item if worded.shown else None  # too late: the verdict has been shown
                    worded.verdict = worded.verdict if worded.shown else item
                    continue
                said = replace(item, text=" ".join(restore(item.text, names).split())) if self.terms.hosted else item
                self._take(said, by_id, brief, worded, tell)
            worded.whole = self.chat.last_usage.ending in WHOLE_ENDINGS
            worded.outcome = Outcome.GENERATED if worded.shown else Outcome.MALFORMED if not worded.written else Outcome.COMPOSED
        except ChatUnavailable as failure:
            worded.outcome, worded.whole = Outcome.GENERATED if worded.shown else _outcome(failure), False
        _tell_on(brief, worded, tell, whole=True)

    def _items(self, clauses: Sequence[Clause], sent: list, worded: Worded) -> Iterator[Verdict | DraftSentence]:
        reader = DraftReader(clauses)
        try:
            for chunk in self.chat.stream(sent):
                yield from reader.feed(chunk)
            yield from reader.finish()
        finally:
            worded.malformed = reader.draft.malformed

    def _take(self, said: DraftSentence, clauses: Mapping[str, Clause], brief: Brief, worded: Worded, tell: Tell | None) -> None:
        """Count a sentence that does not hold; show one that does, unless it was said before."""
        fault = self._judge.fault(said, clauses, brief.question.text)
        if fault is None and brief.verdict is Verdict.NOT_ALLOWED and set(said.clauses) & set(brief.cited) and gives_leave(said.text):
            fault = Fault.LOOSER
        if fault is not None:
            worded.faults[fault] = worded.faults.get(fault, 0) + 1
        elif len(worded.shown) < MOST_SENTENCES and all(said.text != before.text for before in worded.shown):
            # The clause that the quote stands in comes first: it is what the sentence rests on.
            _show(replace(said, clauses=tuple(sorted(said.clauses, key=lambda i: said.quote not in clauses[i].whole))), brief, worded, tell)

    def _charge(self, brief: Brief, worded: Worded) -> None:
        used = worded.usage
        self._book(
            Use(
                organisation=brief.question.organisation, model=self.terms.model, policy_version=brief.policy_version,
                outcome=worded.outcome, tokens_in=used.tokens_in, tokens_out=used.tokens_out,
                price=self._price(used),
                sentences_written=worded.written, sentences_shown=len(worded.shown), review=disagrees(brief.verdict, worded.verdict) or disagrees(brief.verdict, worded.late),
            )
        )  # fmt: skip


def disagrees(decided: Verdict, told: Verdict | None) -> bool:
    """Whether the model read the clauses otherwise than the reader did."""
    return told is not None and told is not decided


def stricter(decided: Verdict, worded: Worded, cited: Sequence[str] = ()) -> Verdict:
    """The verdict to show: the reader's, or the model's where that is a stricter ruling which a shown sentence on one of the `cited`
    clauses carries. A model that only says "not allowed" without a sentence for it is not believed."""
    told = worded.verdict
    if told is None or not _stricter_is_asked(decided, told):
        return decided
    return told if any(s.clauses[0] in cited and _carries(s.text, told) for s in worded.shown) else decided


def _stricter_is_asked(decided: Verdict, told: Verdict | None) -> bool:
    return decided in STRICTNESS and told in STRICTNESS and STRICTNESS.index(told) > STRICTNESS.index(decided)


def _carries(sentence: str, verdict: Verdict) -> bool:
    """Whether the sentence itself says so much: a ban, or for conditional a duty, a condition or an exception."""
    said = read_deontic(sentence, None, "")
    if verdict is Verdict.NOT_ALLOWED:
        return said.strength in (Strength.MUST_NOT, Strength.SHOULD_NOT) and not said.exceptions
    return bool(said.conditions or said.exceptions) or (said.strength is not Strength.MAY and said.strength is not Strength.NONE)


def _outcome(failure: ChatUnavailable) -> Outcome:
    for error, outcome in ((ChatTimedOut, Outcome.TIMED_OUT), (ChatResting, Outcome.OPEN_CIRCUIT), (ChatRefused, Outcome.REFUSED)):
        if isinstance(failure, error):
            return outcome
    return Outcome.MALFORMED


def _kept(worded: Worded) -> dict:
    return {
        "verdict": worded.verdict.value if worded.verdict else None,
        "sentences": [[s.text, list(s.clauses), s.quote] for s in worded.shown],
    }


def _recalled(kept: dict, brief: Brief, tell: Tell | None) -> Worded:
    worded = Worded(Outcome.GENERATED, Verdict(kept["verdict"]) if kept["verdict"] else None)
    for text, ids, quote in kept["sentences"]:
        _show(DraftSentence(text, tuple(ids), quote), brief, worded, tell)
    _tell_on(brief, worded, tell, whole=True)
    return worded


def _show(said: DraftSentence, brief: Brief, worded: Worded, tell: Tell | None) -> None:
    worded.shown.append(said)
    _tell_on(brief, worded, tell, whole=False)


def _tell_on(brief: Brief, worded: Worded, tell: Tell | None, whole: bool) -> None:
    """Tell what is shown and not told yet: the verdict first. As long as the model's stricter verdict waits for a sentence that
    carries it, nothing is told, for it could not be taken back; at the end of all (`whole`) it waits no longer."""
    verdict = stricter(brief.verdict, worded, brief.cited)
    waiting = not worded.told and verdict is brief.verdict and _stricter_is_asked(brief.verdict, worded.verdict)
    if tell is None or not worded.shown or (waiting and not whole):
        return
    if not worded.told:
        tell(verdict)
    for said in worded.shown[worded.told :]:
        tell(said)
    worded.told = len(worded.shown)


def open_wordsmith(settings: Settings) -> Wordsmith | None:
    """The wordsmith that `settings` ask for; None when they name no chat model. ModelError."""
    model = chat_model(settings)
    if model is None or settings.chat_model is None:
        return None
    chat = Chat(model, timeout_s=settings.chat_timeout_s, retries=settings.chat_retries)
    judge = Judge(Supporter.open(reading_model(settings)))
    terms = Terms(settings.chat_model, settings.chat_price_in, settings.chat_price_out, settings.chat_monthly_cap, settings.chat_hosted, settings.chat_context)
    return Wordsmith(chat, judge, Ledger.open(settings), AnswerCache.open(settings), terms)
