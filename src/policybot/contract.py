"""Answers as JSON, as ../shared/contract/answer.schema.json has them; questions from a batch's lines."""

from __future__ import annotations

import json
from typing import Any

from policybot.errors import BatchError
from policybot.records import Answer, Answered, Citation, Question, Turn


def as_json(answer: Answer) -> dict[str, Any]:
    """The answer as a JSON-ready dict."""
    covered = isinstance(answer, Answered)
    return {
        "id": answer.question.id or answer.id,
        "org": answer.question.organisation,
        "question": answer.question.text,
        "verdict": answer.verdict.value,
        "answer": answer.text,
        "conditions": list(answer.conditions) if covered else [],
        "citations": [_citation(c) for c in answer.citations] if covered else [],
        "nearest": [] if covered else [_citation(c) for c in answer.nearest],
        "contact": {k: v for k, v in (("who", answer.contact.who), ("clause_id", answer.contact.clause_id)) if v}
        if answer.contact
        else None,
        "notices": [{"kind": n.kind.value, "text": n.text} for n in answer.notices],
        "mode": answer.mode,
        "model": answer.model,
        "policy_version": answer.policy_version,
        "latency_ms": round(answer.latency_ms, 2),
    }


def _citation(citation: Citation) -> dict[str, Any]:
    return {
        "org": citation.organisation,
        "policy": citation.policy,
        "clause_id": citation.clause_id,
        "label": citation.label,
        "text": citation.text,
        "quote": citation.quote,
        "source": citation.source,
        "page": citation.page,
        "start": citation.start,
        "end": citation.end,
    }


def question_from(line: str, number: int, organisation: str | None = None) -> Question:
    """A batch line as a question. `organisation` stands in where the line names none. Raises BatchError with the line's number."""
    thing = f"line {number}"
    try:
        row = json.loads(line)
    except json.JSONDecodeError as error:
        raise BatchError(
            thing, f"it is not JSON ({error.msg} at column {error.colno})", "One JSON object a line."
        ) from error
    except RecursionError as error:
        raise BatchError(thing, "it is nested too deep", "One JSON object a line.") from error
    if not isinstance(row, dict):
        raise BatchError(thing, "it is not a JSON object", 'Write {"id": "q1", "org": "...", "question": "..."}.')
    missing = [k for k in ("question",) if not isinstance(row.get(k), str) or not row[k].strip()]
    if not (row.get("org") or organisation):
        missing.append("org")
    if missing:
        raise BatchError(
            thing, f"it has no {' and no '.join(missing)}", "A line needs id, org and question; history is optional."
        )
    try:
        history = tuple(Turn(str(t["role"]), str(t["content"])) for t in row.get("history") or ())
        return Question(
            str(row.get("org") or organisation),
            row["question"],
            history,
            str(row["id"]) if row.get("id") is not None else None,
        )
    except (KeyError, TypeError, ValueError) as error:
        raise BatchError(
            thing, f"its fields are not a question's ({error})", "History is a list of {role, content}."
        ) from error
