"""Write docs/model-card.md: data, sizes, licences, figures, limits of the shipped reader.

usage: card.py --work FOLDER [--policies FOLDER] [--model FOLDER] [--out FOLDER]
"""

from __future__ import annotations

import argparse
import json
from collections import Counter
from pathlib import Path

from encoder.data import load, split
from reliability import diagram

ROOT = Path(__file__).resolve().parents[1]


SUPPORT = ("sentences", "auroc", "false_pass", "false_strip")
"""Of the support judge's report."""


def last(log: Path) -> dict:
    """The last line of a log, {} without one."""
    lines = log.read_text(encoding="utf-8").splitlines() if log.is_file() else []
    return json.loads(lines[-1]) if lines else {}


def card(work: Path, policies: Path, model: Path) -> str:
    """The card as Markdown."""
    train, held = split(load(policies))
    verdicts = Counter(q.verdict for s in (*train, *held) for q in s.everything)
    report = json.loads((work / "report.json").read_text(encoding="utf-8"))
    figures = "\n".join(f"| {k} | {v} |" for k, v in report.items() if not isinstance(v, list))
    sizes = "\n".join(f"| {f.name} | {f.stat().st_size / 1e6:.1f} MB |" for f in sorted(model.iterdir()))
    curve = "\n".join(f"| {p:.2f} | {t:.2f} | {n} |" for p, t, n in report["reliability_covered"])
    encoder = last(work / "encoder/log.jsonl")
    support = json.loads((work / "support.json").read_text(encoding="utf-8"))
    borne = "\n".join(f"| {name} | {' | '.join(str(f[k]) for k in SUPPORT)} |" for name, f in support.items())
    return f"""# Model card: the reader

Reads clauses of a staff policy for a question: which must be cited, whether they answer, and with what verdict. Written by
`training/card.py`; made by `training/train.py`.

**Base.** sentence-transformers/all-MiniLM-L6-v2 (Apache 2.0), its lower three layers unchanged, its upper three tuned four times over:
alone (encoder); over a question and up to twelve clauses joined, for what must be cited (panel); over a question and the five
likeliest clauses, for the verdict (ruling); and over a sentence and the clauses it rests on, for whether they bear it out (support; with trees
over what stands out between the two). ONNX, 8-bit weights.
**Licence** of weights, data and code: the project's.

**Data.** Fictional policies only: {len(train)} to train on, {len(held)} held out whole for stopping and calibration;
{sum(map(len, (s.everything for s in train)))} and {sum(map(len, (s.everything for s in held)))} questions
({", ".join(f"{v} {n}" for v, n in verdicts.most_common())}). No real policy, no evaluation question.

| file | size |
|---|---:|
{sizes}

## Figures on the held-out policies (cross-validated; per cent, counts for dangerous_yes, not_allowed, questions)

| | |
|---|---:|
{figures}

Encoder alone, held out (full at 5, first, groups, MRR): {encoder.get("held both")}.

Sentences about clauses (`training/fit_support.py`): false passes and false strips, per cent, by policies held out from everything and by
those kept apart from reader and trees.

| policies | {" | ".join(SUPPORT)} |
|---|---:|---:|---:|---:|
{borne}

Reliability of "the policy answers" (said, came true; the diagonal would be perfect):

![reliability diagram](reliability.svg)

| said | came true | questions |
|---:|---:|---:|
{curve}

## Limits

- English, UK staff policies of schools, nurseries, colleges and training providers; others work less well and are measured in docs/reader.md.
- Texts are read to their 128th word piece; longer clauses are judged by their beginning.
- Verdicts lean to the strict side: most plain leave is told as conditional rather than allowed. A wrong "allowed" costs more.
- Recognition of disclosures misses some oblique ones (docs/reader.md). It is no substitute for staff training.
"""


def main() -> None:
    """See the module's docstring."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--work", type=Path, required=True)
    parser.add_argument("--policies", type=Path, default=ROOT / "training/policies")
    parser.add_argument("--model", type=Path, default=ROOT / "src/policybot/data/model")
    parser.add_argument("--out", type=Path, default=ROOT / "docs")
    o = parser.parse_args()
    (o.out / "model-card.md").write_text(card(o.work, o.policies, o.model), encoding="utf-8")
    report = json.loads((o.work / "report.json").read_text(encoding="utf-8"))
    curves = {"the policy answers": report["reliability_covered"], "a clause must be cited": report["reliability_clause"]}
    (o.out / "reliability.svg").write_text(diagram(curves), encoding="utf-8")


if __name__ == "__main__":
    main()
