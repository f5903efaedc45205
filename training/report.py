"""How readers do on labelled cases, in the terms of shared/eval/score.py, and how calibrated they are."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from cases import Case

from policybot.reader import Reader
from policybot.records import Verdict

RULINGS = (Verdict.ALLOWED, Verdict.CONDITIONAL, Verdict.NOT_ALLOWED)
BINS = 10


def report(readers: Sequence[Reader], cases: Sequence[Case]) -> dict[str, object]:
    """Figures by name, per cent unless they are counts; `readers[i]` reads case i."""
    read = [(c.labelled, r.read(c.understanding, c.clauses, c.signals)) for c, r in zip(cases, readers, strict=True)]
    answered = [(q, r) for q, r in read if q.required]
    silent = [(q, r) for q, r in read if not q.required]
    ruled = [(q, r) for q, r in answered if q.verdict in RULINGS]
    cited = [(i, q) for q, r in answered if r.covered for i in r.chosen]
    full = [r.covered and set(q.required) <= set(r.chosen) for q, r in answered]
    right = [q.verdict not in RULINGS or r.verdict is q.verdict for q, r in answered]
    clauses = [(float(p), i in q.required) for q, r in answered for i, p in enumerate(r.relevance) if i not in q.also]
    return {
        "questions": len(read),
        "evidence_full": _share(full),
        "first": _share([r.covered and r.chosen[0] in q.required for q, r in answered]),
        "precision": _share([i in q.required or i in q.also for i, q in cited]),
        "cited": round(len(cited) / max(sum(r.covered for _, r in answered), 1), 2),
        "verdict": _share([r.verdict is q.verdict for q, r in ruled]),
        "dangerous_yes": sum(q.verdict is Verdict.NOT_ALLOWED and r.verdict is Verdict.ALLOWED for q, r in ruled),
        "not_allowed": sum(q.verdict is Verdict.NOT_ALLOWED for q, _ in ruled),
        "abstain_recall": _share([not r.covered for _, r in silent]),
        "false_abstain": _share([not r.covered for _, r in answered]),
        "correct": _share([f and v for f, v in zip(full, right, strict=True)] + [not r.covered for _, r in silent]),
        "reliability_covered": reliability([(r.covered_probability, bool(q.required)) for q, r in read]),
        "reliability_clause": reliability(clauses),
    }


def elsewhere(readers: Sequence[Reader], cases: Sequence[Case]) -> dict[str, object]:
    """Per cent of the stray questions refused: of those that no policy speaks of, and of those answered on a shelf of several."""
    refused = [(bool(c.labelled.required), not r.read(c.understanding, c.clauses, c.signals).covered) for c, r in zip(cases, readers, strict=True)]
    return {"elsewhere_refused": _share([r for known, r in refused if not known]), "together_refused": _share([r for known, r in refused if known])}


def reliability(pairs: Sequence[tuple[float, bool]]) -> list[tuple[float, float, int]]:
    """(mean probability, share that came true, how many) in each of ten bins that is not empty."""
    p, y = np.array([a for a, _ in pairs]), np.array([b for _, b in pairs], dtype=float)
    place = np.minimum((p * BINS).astype(int), BINS - 1)
    return [
        (round(float(p[place == k].mean()), 3), round(float(y[place == k].mean()), 3), int((place == k).sum()))
        for k in range(BINS)
        if (place == k).any()
    ]


def _share(found: Sequence[bool]) -> float:
    return round(100 * sum(found) / max(len(found), 1), 1)
