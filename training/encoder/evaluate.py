"""How well an encoder ranks all clauses of a policy: held-out fictional policies and the originals.

usage: PYTHONPATH=src:.:training python -m encoder.evaluate [--model FOLDER | --onnx FOLDER] [--shared ../shared]
"""

from __future__ import annotations

import argparse
import json
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from encoder.data import Asked, Sheet, load, split, standalone
from eval.snippets import contains
from ingest.pipeline import read_policy
from policybot.lexical import LexicalIndex

CITED = 5
"""Citations that count (score.py)."""
Encode = Callable[[Sequence[str]], np.ndarray]
"""Texts to (texts, d) unit vectors."""


@dataclass(frozen=True, slots=True)
class Figures:
    """Shares in [0, 1] over questions: all groups among the first five, the first required,
    groups found among the first five, and the mean of 1 / rank of the first required clause."""

    full: float
    first: float
    groups: float
    mrr: float

    def __str__(self) -> str:
        full, first, groups = (100 * share for share in (self.full, self.first, self.groups))
        return f"full {full:5.1f}  first {first:5.1f}  groups {groups:5.1f}  mrr {self.mrr:.3f}"


def originals(shared: Path) -> list[Sheet]:
    """The five policies with the covered development questions (evidence snippets to clause indices)."""
    raw = [json.loads(line) for line in (shared / "eval/dev.jsonl").read_text(encoding="utf-8").splitlines()]
    sheets = []
    for folder in sorted((shared / "policies/txt").iterdir()):
        clauses = read_policy(folder / "policy.txt", folder.name)[0].clauses
        asked = [_asked(q, [c.whole for c in clauses]) for q in raw if q["org"] == folder.name]
        sheets.append(
            Sheet(
                folder.name,
                tuple(c.searchable for c in clauses),
                tuple(c.text for c in clauses),
                tuple(q for q in asked if q.groups),
                tuple(q for q in asked if not q.groups),
            )
        )
    return sheets


def _asked(raw: dict, texts: Sequence[str]) -> Asked:
    groups = tuple(tuple(i for i, t in enumerate(texts) if any(contains(t, s) for s in g)) for g in raw["evidence"])
    also = frozenset(i for i, t in enumerate(texts) if any(contains(t, s) for s in raw.get("also_ok", ())))
    text = standalone(raw["question"], raw.get("history") or ())
    return Asked(text, groups, also, raw["kind"], raw["verdict"])


def rankings(sheets: Sequence[Sheet], encode: Encode) -> dict[str, list[np.ndarray]]:
    """For each way of scoring, one (questions, clauses) array a sheet, higher is better."""
    ways: dict[str, list[np.ndarray]] = {}
    for sheet in sheets:
        asked = encode([q.text for q in sheet.questions])
        path, bare = asked @ encode(sheet.path).T, asked @ encode(sheet.bare).T
        index = LexicalIndex(sheet.path)
        lexical = standardised(np.stack([index.scores(q.text) for q in sheet.questions]))
        both = standardised((path + bare) / 2)
        scored = {
            "path": path,
            "bare": bare,
            "both": both,
            "both+.2bm25": both + 0.2 * lexical,
            "both+.3bm25": both + 0.3 * lexical,
        }
        for way, scores in scored.items():
            ways.setdefault(way, []).append(scores)
    return ways


def standardised(scores: np.ndarray) -> np.ndarray:
    """Each row in standard deviations from its mean; zeros where all are equal."""
    return (scores - scores.mean(axis=1, keepdims=True)) / np.maximum(scores.std(axis=1, keepdims=True), 1e-9)


def figures(sheets: Sequence[Sheet], scores: Sequence[np.ndarray]) -> Figures:
    """The four figures of one way of scoring. A group that no clause fills counts as missed."""
    rows = []
    for sheet, table in zip(sheets, scores, strict=True):
        for question, row in zip(sheet.questions, table, strict=True):
            order = np.argsort(-row, kind="stable").tolist()
            hit = [bool(set(group) & set(order[:CITED])) for group in question.groups]
            ranks = [order.index(i) for i in question.required]
            rows.append(
                (all(hit), bool(ranks) and min(ranks) == 0, np.mean(hit), 1 / (1 + min(ranks)) if ranks else 0.0)
            )
    return Figures(*np.mean(np.array(rows, dtype=float), axis=0).tolist())


def table(sheets: Sequence[Sheet], encode: Encode) -> dict[str, Figures]:
    """Figures of every way of scoring."""
    return {way: figures(sheets, scores) for way, scores in rankings(sheets, encode).items()}


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--model", type=Path, help="a folder that train.py wrote; without it plain MiniLM")
    parser.add_argument("--onnx", type=Path, help="a folder that export.py wrote, in the model's place")
    parser.add_argument("--shared", type=Path, default=Path("../shared"))
    parser.add_argument("--data", type=Path, default=Path("training/policies"))
    options = parser.parse_args()
    import torch

    from encoder.model import Encoder
    from policybot.reading_model import ReadingModel

    torch.set_num_threads(1)
    if options.onnx:
        encode: Encode = ReadingModel(options.onnx, threads=1).vectors
    else:
        model = Encoder(options.model).eval()
        encode = torch.no_grad()(lambda texts: model(texts).numpy())
    held = split(load(options.data))[1]
    for name, sheets in (("dev", originals(options.shared)), ("held out", held)):
        for way, f in table(sheets, encode).items():
            print(f"{name:9s} {way:12s} {f}", flush=True)


if __name__ == "__main__":
    main()
