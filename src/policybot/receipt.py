"""A receipt: what was asked and answered, when, from which words of which policy. Frozen, and with a hash over all of it.

A receipt says nothing about who asked. Of a message that tells, or may tell, of harm to somebody there is none.
"""

from __future__ import annotations

import hashlib
import json
from dataclasses import asdict, dataclass, fields
from datetime import UTC, datetime
from typing import Any, Self

from policybot.errors import PolicybotError
from policybot.organisation import require_slug
from policybot.records import Answer, Answered, Citation, Occasion, Verdict

LOCAL = "%-d %B %Y, %H:%M"
"""How a time is written for people."""
UNREADABLE = "Ask for the file again, as it was made"


class NotShareable(PolicybotError):
    """Nothing of this answer may leave the page."""


class ReceiptError(PolicybotError):
    """There is no receipt here, or it cannot be read."""


@dataclass(frozen=True, slots=True)
class Quote:
    """The words of a clause, verbatim, and where they stand. `page` counts from 1, None without pages."""

    clause_id: str
    label: str
    policy: str
    page: int | None
    quote: str

    def __post_init__(self) -> None:
        _require_words(self, "clause_id", "label", "policy", "quote")
        if not (self.page is None or (type(self.page) is int and self.page > 0)):
            raise ValueError(f"a page counts from 1, got {self.page!r}")


@dataclass(frozen=True, slots=True)
class Said:
    """A sentence in a chat model's words, and the ids of the clauses that it rests on."""

    text: str
    clause_ids: tuple[str, ...]

    def __post_init__(self) -> None:
        _require_words(self, "text")
        _require_texts("clause_ids", self.clause_ids)


@dataclass(frozen=True, slots=True, kw_only=True)
class Receipt:
    """One answer as it was given. Times are ISO 8601: `shared_at` and `asked_at` in UTC ('' where it is not known when it
    was asked), `local_time` what the clock on the wall said when it was shared, with its zone.

    `quotes` settle the question; where the verdict is not_covered they are only nearest. `policy_version` is the version
    of all the organisation's policies together (SHA-256, hex, 64). `model`: of a chat model's words, '' for none.
    `whom`: whom to ask, in words, '' for nobody.
    """

    answer_id: str
    organisation: str
    organisation_name: str
    question: str
    verdict: str
    headline: str
    remarks: tuple[str, ...]
    sentences: tuple[Said, ...]
    conditions: tuple[str, ...]
    quotes: tuple[Quote, ...]
    whom: str
    notices: tuple[str, ...]
    mode: str
    model: str
    policy_version: str
    asked_at: str
    shared_at: str
    local_time: str

    def __post_init__(self) -> None:
        require_slug("organisation", self.organisation)
        _require_words(self, "answer_id", "organisation_name", "question", "headline", "mode", "policy_version", "local_time")
        for name in ("verdict", "whom", "model", "asked_at", "shared_at"):
            _require_texts(name, (getattr(self, name),))
        for name in ("remarks", "conditions", "notices"):
            _require_texts(name, getattr(self, name))
        covered = Verdict(self.verdict) is not Verdict.NOT_COVERED
        if covered and not self.quotes:
            raise ValueError("an answer that settles something has a quote")
        if not all(q.clause_id.startswith(f"{self.organisation}/") for q in self.quotes):
            raise ValueError(f"a quote is not of organisation {self.organisation!r}")
        if not {i for s in self.sentences for i in s.clause_ids} <= {q.clause_id for q in self.quotes}:
            raise ValueError("a sentence rests on a clause that is not quoted")
        _require_utc("shared_at", self.shared_at)
        if self.asked_at:
            _require_utc("asked_at", self.asked_at)

    @property
    def ruled(self) -> Verdict:
        """The verdict as a term."""
        return Verdict(self.verdict)

    @property
    def sha256(self) -> str:
        """SHA-256 (hex, 64) of all of it in canonical form."""
        return hashlib.sha256(canonical(asdict(self))).hexdigest()

    @classmethod
    def from_fields(cls, held: object) -> Self:
        """The receipt that JSON holds. ReceiptError where it holds none, or anything else besides."""
        try:
            given = _exactly(cls, held)
            given["quotes"] = tuple(Quote(**_exactly(Quote, q)) for q in given["quotes"])
            given["sentences"] = tuple(Said(**_exactly(Said, s)) for s in given["sentences"])
            receipt = cls(**given)
            canonical(asdict(receipt))
        except (KeyError, TypeError, ValueError) as wrong:
            raise ReceiptError("The receipt", f"its fields are not a receipt's ({wrong})", UNREADABLE) from wrong
        return receipt


def may_be_shared(answer: Answer) -> bool:
    """Whether an answer may leave the page: the answer to a question, and to nothing else."""
    return answer.occasion is Occasion.QUESTION


def receipt_of(answer: Answer, organisation_name: str, shared: datetime, asked: datetime | None = None) -> Receipt:
    """The receipt of `answer`. Both times have a zone; `shared`'s is the reader's own. NotShareable of a worry or a greeting."""
    if not may_be_shared(answer):
        cause = f"it is the reply to a {answer.occasion.replace('_', ' ')}, not to a question"
        raise NotShareable("This answer", cause, "Tell people yourself what they must know")
    if shared.tzinfo is None or (asked is not None and asked.tzinfo is None):
        raise ValueError("a receipt's times need their zones")
    covered = isinstance(answer, Answered)
    quotes = answer.citations if covered else answer.nearest
    return Receipt(
        answer_id=answer.id, organisation=answer.question.organisation, organisation_name=organisation_name,
        question=_whole(answer.question.text), verdict=answer.verdict.value, headline=answer.headline, remarks=answer.remarks,
        sentences=tuple(Said(s.text, s.clause_ids) for s in answer.sentences) if covered else (),
        conditions=answer.conditions if covered else (), quotes=tuple(_quote(c) for c in quotes), whom=_whom(answer),
        notices=tuple(n.text for n in answer.notices), mode=answer.mode, model=answer.model or "",
        policy_version=answer.policy_version or "unknown", asked_at=_utc(asked) if asked else "", shared_at=_utc(shared),
        local_time=f"{shared:{LOCAL}} ({shared.tzname() or 'UTC'})",
    )  # fmt: skip


def canonical(fields: dict[str, Any]) -> bytes:
    """JSON in one form only: keys sorted, no white space, UTF-8 (as RFC 8785 has it; there are no fractions here)."""
    return json.dumps(fields, ensure_ascii=False, sort_keys=True, separators=(",", ":"), allow_nan=False).encode()


def _exactly(record: type[Quote | Said | Receipt], held: object) -> dict[str, Any]:
    """The fields of `record`, lists as tuples. ValueError where one is missing or there is another."""
    if not isinstance(held, dict):
        raise ValueError("it is no JSON object")
    odd = held.keys() ^ {field.name for field in fields(record)}
    if odd:
        raise ValueError(f"{min(odd)!r} is {'not one of them' if min(odd) in held else 'missing'}")
    return {name: tuple(value) if isinstance(value, list) else value for name, value in held.items()}


def _quote(citation: Citation) -> Quote:
    return Quote(citation.clause_id, citation.label, citation.policy, citation.page, citation.quote)


def _whom(answer: Answer) -> str:
    """'the head, head@school.example (named in your policy)'."""
    contact = answer.contact
    if contact is None:
        return ""
    named = "named in the policy" if contact.clause_id else "named by the organisation"
    return f"{', '.join(w for w in (contact.who, contact.email, contact.phone) if w)} ({named})"


def _whole(text: str) -> str:
    """`text` without halves of characters, which no file can hold."""
    return text.encode("utf-8", "replace").decode()


def _utc(time: datetime) -> str:
    return time.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")


def _require_utc(name: str, time: str) -> None:
    if datetime.fromisoformat(time).tzinfo is not UTC:
        raise ValueError(f"{name} is not a time in UTC: {time!r}")


def _require_words(record: object, *names: str) -> None:
    for name in names:
        value = getattr(record, name)
        if not isinstance(value, str) or not value.strip():
            raise ValueError(f"{name} has no words")


def _require_texts(name: str, values: object) -> None:
    if not isinstance(values, tuple) or not all(isinstance(v, str) for v in values):
        raise ValueError(f"{name} is not text")
