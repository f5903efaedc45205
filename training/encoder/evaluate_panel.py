"""How well the panel reader ranks, rules and knows silence, over the encoder's first clauses."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import torch
from sklearn.metrics import roc_auc_score

from encoder.data import VERDICTS, Sheet
from encoder.evaluate import CITED, standardised
from encoder.model import Encoder
from encoder.panel import SLOTS, PanelReader

RULINGS = VERDICTS[:3]


@torch.no_grad()
def readings(model: PanelReader, encoder: Encoder, sheets: Sequence[Sheet], shown: int = SLOTS) -> list[tuple[np.ndarray, ...]]:
    """For each sheet: likeness (questions, clauses), relevance (the same, -30 beyond the `shown`
    first) and verdict (questions, clauses, 4) logits, over `Sheet.everything`."""
    out = []
    for sheet in sheets:
        texts = [q.text for q in sheet.everything]
        likeness = (encoder(texts) @ (encoder(sheet.path) + encoder(sheet.bare)).T / 2).numpy()
        near = np.argsort(-likeness, axis=1)[:, :shown]
        r, v = model(texts, [[sheet.path[i] for i in row] for row in near])
        relevance = np.full(likeness.shape, -30.0)
        verdict = np.zeros((*likeness.shape, len(VERDICTS)))
        for i, row in enumerate(near):
            relevance[i, row], verdict[i, row] = r[i].numpy(), v[i].numpy()
        out.append((likeness, relevance, verdict))
        model.lower.forget()
        encoder.forget()
    return out


def judge(model: PanelReader, encoder: Encoder, sheets: Sequence[Sheet], shown: int = SLOTS) -> dict[str, float]:
    """Per cent: full, first alone; the same fused with the encoder; verdict of permission questions
    (pooled by relevance), wrong leave among the banned; AUROC of covered by the best relevance."""
    rows, rulings, danger, covered, precise = [], [], [], [], []
    for sheet, (likeness, relevance, verdict) in zip(sheets, readings(model, encoder, sheets, shown), strict=True):
        fused = standardised(likeness) + 0.3 * np.maximum(relevance, -8.0)
        for i, question in enumerate(sheet.everything):
            covered.append((bool(question.groups), np.logaddexp.reduce(relevance[i])))
            if not question.groups:
                continue
            hits = []
            for score in (relevance[i], fused[i]):
                order = np.argsort(-score, kind="stable")[:CITED].tolist()
                hits += [all(set(g) & set(order) for g in question.groups), order[0] in question.required]
            rows.append(hits)
            good = question.required | question.also
            top = [c for c in np.argsort(-relevance[i])[:3] if relevance[i][c] > relevance[i].max() - 1.5]
            precise.append(np.mean([c in good for c in top]))
            if question.verdict in RULINGS:
                share = np.exp(relevance[i] - relevance[i].max())
                pooled = (share[:, None] * verdict[i]).sum(axis=0)[:3]
                told = RULINGS[int(np.argmax(pooled))]
                rulings.append(told == question.verdict)
                danger.append(told == "allowed" and question.verdict == "not_allowed")
    full, first, fused_full, fused_first = (100 * np.mean(np.array(rows, dtype=float), axis=0)).round(1).tolist()
    labels, scores = zip(*covered, strict=True)
    return {
        "full": full, "first": first, "fused full": fused_full, "fused first": fused_first, "precise": round(100 * float(np.mean(precise)), 1),
        "verdict": round(100 * float(np.mean(rulings)), 1), "danger": round(100 * float(np.mean(danger)), 1),
        "auroc": round(100 * float(roc_auc_score(labels, scores)), 1) if len(set(labels)) > 1 else 0.0,
    }  # fmt: skip
