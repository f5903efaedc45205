"""An answer as JSON and back, every field of it: what a conversation is kept as.

    {"kind": "answered" | "not_covered", ...the record's fields by name...}

contract.as_json is for other programs and leaves fields out; this is for the program itself. A field that the dict
lacks (an older program wrote it) is what the record says it is by default; a field that no record has is refused, since
nobody knows what it would have said.
"""

from __future__ import annotations

import json
import math
from collections.abc import Iterator, Mapping, Sequence
from functools import cache
from typing import Any

from pydantic import TypeAdapter, ValidationError

from policybot.errors import PolicybotError, ScopeViolation
from policybot.organisation import require_slug
from policybot.records import Answer, Answered, NotCovered

THING = "An answer that was kept"
CURE = "Delete the conversation and ask again"
KINDS: dict[str, type[Answered] | type[NotCovered]] = {"answered": Answered, "not_covered": NotCovered}


class KeptAnswerError(PolicybotError):
    """What was kept is not an answer: it was altered, or a newer program kept it."""


def as_kept(answer: Answer) -> dict[str, Any]:
    """The answer as a JSON-ready dict; `from_kept` gives an equal one back. ValueError for a latency that is no number."""
    if not math.isfinite(answer.latency_ms):
        raise ValueError(f"a latency is a number, got {answer.latency_ms}")
    kind = next(name for name, record in KINDS.items() if isinstance(answer, record))
    return {"kind": kind, **_adapter(kind).dump_python(answer, mode="json")}


def from_kept(body: object, organisation: str) -> Answer:
    """The answer that `as_kept` made `body` of, for a member of `organisation`.

    KeptAnswerError when it is no answer's dict or its records cannot be; ScopeViolation when anything in it is another
    organisation's. Its quotes were checked against the policy when it was given, not again: the policy may have
    changed, which Answer.policy_version tells.
    """
    require_slug("organisation", organisation)
    if not isinstance(body, Mapping) or body.get("kind") not in tuple(KINDS):
        raise KeptAnswerError(THING, "it does not say what kind of answer it is", CURE)
    kind, fields = body["kind"], {name: value for name, value in body.items() if name != "kind"}
    try:
        answer = _adapter(kind).validate_json(json.dumps(fields, allow_nan=False), strict=True)
    except (ValidationError, TypeError, ValueError, RecursionError) as refusal:
        raise KeptAnswerError(THING, f"it cannot be read ({_first(refusal)})", CURE) from None
    if not _holds(as_kept(answer), body):
        raise KeptAnswerError(THING, "a newer policybot kept it", CURE)
    if stranger := next((owner for owner in _owners(answer) if owner != organisation), None):
        raise ScopeViolation(THING, f"it has something of {stranger}, and {organisation} asked", "This is a bug; please report it.")
    return answer


def ids_of(bodies: Sequence[object]) -> list[str]:
    """The answers' ids, in order, of what `as_kept` made; '' for what is no answer's dict."""
    return [str(body.get("id", "")) if isinstance(body, Mapping) else "" for body in bodies]


def _owners(answer: Answer) -> Iterator[str]:
    """The organisation of everything in the answer that has one."""
    yield answer.question.organisation
    for citation in answer.citations if isinstance(answer, Answered) else answer.nearest:
        yield citation.organisation
        yield citation.clause_id.partition("/")[0]
    if answer.contact and answer.contact.clause_id:
        yield answer.contact.clause_id.partition("/")[0]


def _holds(whole: object, given: object) -> bool:
    """Whether all that is `given` stands in `whole`, at the same place."""
    if isinstance(given, Mapping):
        return isinstance(whole, Mapping) and all(name in whole and _holds(whole[name], value) for name, value in given.items())
    if isinstance(given, list):
        return isinstance(whole, list) and len(whole) == len(given) and all(map(_holds, whole, given))
    return whole == given


def _first(refusal: Exception) -> str:
    """Where it fails first, and how. Never the value, which is somebody's question."""
    if not isinstance(refusal, ValidationError):
        return "it is not JSON"
    first = refusal.errors()[0]
    return f"{'.'.join(map(str, first['loc'])) or 'as a whole'}: {first['type'].replace('_', ' ')}"


@cache
def _adapter(kind: str) -> TypeAdapter[Any]:
    return TypeAdapter(KINDS[kind])
