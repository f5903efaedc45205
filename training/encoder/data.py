"""The fictional policies as models are trained on them: two views of every clause, and the questions."""

from __future__ import annotations

import json
import random
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from policybot.errors import PolicybotError

VERDICTS = ("allowed", "conditional", "not_allowed", "informational")
"""What a clause may say to a question, in the order of every model's outputs."""


@dataclass(frozen=True, slots=True)
class Asked:
    """A question. `groups`: each a tuple of clause indices of which one must be cited, () when
    the policy does not answer; `also`: indices of clauses that are relevant too (neither right
    nor wrong); `verdict`: one of VERDICTS, or "not_covered"."""

    text: str
    groups: tuple[tuple[int, ...], ...]
    also: frozenset[int]
    kind: str
    verdict: str

    @property
    def required(self) -> frozenset[int]:
        """Every index that fills a group."""
        return frozenset(i for group in self.groups for i in group)


@dataclass(frozen=True, slots=True)
class Sheet:
    """One policy: `path` (heading path, stem, text) and `bare` (text) of each clause, same order.
    `questions` are those that it answers, `silent` those that it does not."""

    name: str
    path: tuple[str, ...]
    bare: tuple[str, ...]
    questions: tuple[Asked, ...]
    silent: tuple[Asked, ...] = ()

    @property
    def everything(self) -> tuple[Asked, ...]:
        """All questions, the answered ones first."""
        return self.questions + self.silent


def standalone(question: str, history: Sequence[dict]) -> str:
    """A follow-up with the last thing the user asked before it; otherwise the question itself."""
    asked = [turn["content"] for turn in history if turn["role"] == "user"]
    return f"{asked[-1]} {question}" if asked else question


HELD_OUT = Path(__file__).resolve().parents[1] / "held-out.txt"
"""Names of the policies that no model learns from: a tenth, drawn once, so that new data leave it as it is."""


def policies(folder: Path) -> list[dict]:
    """All policies of `folder`/*.jsonl, files by name, each with its further questions, written later, of the
    folder beside it that is called questions. PolicybotError when there is none."""
    raw = _lines(folder)
    if not raw:
        raise PolicybotError(f"training data {folder}", "it holds no *.jsonl policy", "Name the folder with --data")
    further: dict[str, list[dict]] = {}
    for question in _lines(folder.parent / "questions"):
        further.setdefault(question["policy_id"], []).append(question)
    return [policy | {"questions": policy["questions"] + further.get(policy["policy_id"], [])} for policy in raw]


def _lines(folder: Path) -> list[dict]:
    return [json.loads(line) for file in sorted(folder.glob("*.jsonl")) for line in file.read_text(encoding="utf-8").splitlines()]


def load(folder: Path) -> list[Sheet]:
    """All of `policies`, as models are trained on them."""
    return [_sheet(raw) for raw in policies(folder)]


def rewritten(folder: Path, written_for: Sequence[dict]) -> dict[tuple[str, str], list[tuple[int, str, str]]]:
    """Of `folder`/*.jsonl, for (policy, question): the clause whose rule is another, how it then reads
    (heading path, stem, text), and the verdict that follows. See FORMAT.md beside them."""
    known = {p["policy_id"]: {c["id"]: (i, c) for i, c in enumerate(p["clauses"])} for p in written_for}
    out: dict[tuple[str, str], list[tuple[int, str, str]]] = {}
    for row in _lines(folder):
        place, clause = known[row["policy_id"]][row["clause"]]
        reads = _whole(clause | {"text": row["text"], "stem": row["stem"] or clause["stem"]})
        out.setdefault((row["policy_id"], row["q"]), []).append((place, reads, row["verdict"]))
    return out


def _whole(clause: dict) -> str:
    return "\n".join(filter(None, (clause["section"], clause["stem"], clause["text"])))


def _sheet(raw: dict) -> Sheet:
    place = {clause["id"]: i for i, clause in enumerate(raw["clauses"])}
    questions = [
        Asked(
            text=standalone(q["q"], q.get("history") or ()),
            groups=tuple((place[i],) for i in q["gold"]),
            also=frozenset(place[i] for i in q.get("also") or ()),
            kind=q["kind"],
            verdict=q["verdict"],
        )
        for q in raw["questions"]
    ]
    return Sheet(
        name=raw["policy_id"],
        path=tuple(_whole(c) for c in raw["clauses"]),
        bare=tuple(c["text"] for c in raw["clauses"]),
        questions=tuple(q for q in questions if q.groups),
        silent=tuple(q for q in questions if not q.groups),
    )


def split(sheets: Sequence[Sheet], seed: int = 7) -> tuple[list[Sheet], list[Sheet]]:
    """(to train on, in an order drawn by `seed`; held out: those that HELD_OUT names)."""
    names = frozenset(HELD_OUT.read_text(encoding="utf-8").split())
    order = sorted((s for s in sheets if s.name not in names), key=lambda s: s.name)
    random.Random(seed).shuffle(order)
    return order, [s for s in sheets if s.name in names]


def portion(sheets: Sequence[Sheet], fraction: float) -> list[Sheet]:
    """The first `fraction` in (0, 1] of the policies, at least one: a point of the learning curve."""
    return list(sheets[: max(1, round(fraction * len(sheets)))])
