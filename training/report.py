"""How a reader does on labelled cases, in the terms of shared/eval/score.py."""

from __future__ import annotations

from collections.abc import Sequence

from cases import Case

from policybot.reader import Reader
from policybot.records import Verdict

RULINGS = (Verdict.ALLOWED, Verdict.CONDITIONAL, Verdict.NOT_ALLOWED)


def report(reader: Reader, cases: Sequence[Case]) -> str:
    """Lines of 'name value' over all cases; per cent unless it is a count."""
    read = [(c.labelled, reader.read(c.understanding, c.clauses, c.signals)) for c in cases]
    answered = [(q, r) for q, r in read if q.required]
    silent = [(q, r) for q, r in read if not q.required]
    ruled = [(q, r) for q, r in answered if q.verdict in RULINGS]
    cited = [(i, q) for q, r in answered if r.covered for i in r.chosen]
    lines = {
        "questions": len(read),
        "evidence_full": _share([set(q.required) <= set(r.chosen) for q, r in answered]),
        "first": _share([r.chosen[0] in q.required for q, r in answered]),
        "precision": _share([i in q.required or i in q.also for i, q in cited]),
        "cited": round(len(cited) / max(len(answered), 1), 2),
        "verdict": _share([r.verdict is q.verdict for q, r in ruled]),
        "dangerous_yes": sum(q.verdict is Verdict.NOT_ALLOWED and r.verdict is Verdict.ALLOWED for q, r in ruled),
        "not_allowed": sum(q.verdict is Verdict.NOT_ALLOWED for q, _ in ruled),
        "abstain_recall": _share([not r.covered for _, r in silent]),
        "false_abstain": _share([not r.covered for _, r in answered]),
    }
    return "\n".join(f"{name:16s} {value}" for name, value in lines.items())


def _share(found: Sequence[bool]) -> float:
    return round(100 * sum(found) / max(len(found), 1), 1)
