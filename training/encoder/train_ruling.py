"""Tune the ruling reader: the verdict on what is asked for leave to do, from the likeliest clauses together.

usage: PYTHONPATH=src:.:training python -m encoder.train_ruling --encoder FOLDER --start panel/best.pt --out FOLDER
A panel reader's weights learn on, on few clauses and for the verdict alone. Beside the policies' own questions it reads
training/rulings: the same question, another rule. Seeded; killed and started again with the same --out, it goes on.
"""

from __future__ import annotations

import argparse
import random
from collections.abc import Sequence
from dataclasses import asdict, dataclass, replace
from pathlib import Path

import numpy as np
import torch
from torch import Tensor
from torch.nn.functional import cross_entropy

from encoder.data import VERDICTS, Asked, Sheet, load, policies, portion, rewritten, split
from encoder.evaluate import originals, standardised
from encoder.evaluate_panel import readings
from encoder.model import Encoder
from encoder.panel import PanelReader
from encoder.training_run import TrainingRun

RULINGS = VERDICTS[:3]
AVERAGE = 0.99
LEAST, MOST = 2, 5
"""Clauses of a panel, while learning; MOST when judged."""
REACH = 8
"""Rivals come from the encoder's first REACH, the first of them always."""
RANKING = 0.3
"""What finding the governing clauses counts beside the verdict."""
DOUBT = 0.05


@dataclass(frozen=True, slots=True)
class Plan:
    """One run. `questions` of a step; `others`: share of the questions that ask for no leave shown in an epoch; `written`:
    whether training/rulings is learnt from."""

    epochs: int
    lr: float
    questions: int
    fraction: float
    seed: int
    encoder: str
    start: str
    others: float
    written: bool


class RulingRun(TrainingRun):
    """The ruling reader's run."""

    def __init__(self, plan: Plan, out: Path, data: Path, shared: Path | None) -> None:
        torch.manual_seed(plan.seed)
        train, held = split(load(data))
        self.train = portion(train, plan.fraction)
        self.choice = plan
        self.model = PanelReader(Path(plan.encoder))
        self.model.panel.load_state_dict(torch.load(plan.start, weights_only=True))
        self.encoder = Encoder(Path(plan.encoder), frozen=self.model.lower.frozen).eval()
        self.model.eval()
        self.judged = {"held": self._cases(held)} | ({"dev": self._cases(originals(shared))} if shared else {})
        self.model.train()
        self.encoder._kept = self.model.lower._kept  # both lower halves are the same: a text is read by it once
        self.order = self._order(rewritten(data.parent / "rulings", policies(data)) if plan.written else {})
        self.near: dict[int, np.ndarray] = {}
        named = list(self.model.panel.named_parameters())
        groups = [
            {"params": [p for n, p in named if n.startswith("layers")], "lr": plan.lr},
            {"params": [p for n, p in named if not n.startswith("layers")], "lr": 5 * plan.lr},
        ]
        super().__init__(asdict(plan), out, self.model.panel, groups, len(self.order), len(self.order) // plan.epochs, AVERAGE)

    def _cases(self, sheets: Sequence[Sheet]) -> list[tuple[str, list[str], str]]:
        """(question, the texts of the clauses that encoder and panel reader think likeliest, verdict) of those that ask for leave."""
        asked = [replace(s, questions=tuple(q for q in s.questions if q.verdict in RULINGS), silent=()) for s in sheets]
        asked = [s for s in asked if s.questions]
        cases = []
        for sheet, (likeness, relevance, _) in zip(asked, readings(self.model, self.encoder, asked), strict=True):
            fused = standardised(likeness) + 0.3 * np.maximum(relevance, -8.0)
            for i, question in enumerate(sheet.questions):
                first = np.argsort(-fused[i], kind="stable")[:MOST]
                cases.append((question.text, [sheet.path[c] for c in first], question.verdict))
        return cases

    def _order(self, written: dict[tuple[str, str], list[tuple[int, str, str]]]) -> list[list[tuple[int, int, tuple[int, str, str] | None]]]:
        """(policy, question, another rule in a clause's place with its verdict or None), `questions` of them a step. An epoch shows one
        of the other rules of a question, the next another one."""
        chance, steps = random.Random(self.choice.seed), []
        for turn in range(self.choice.epochs):
            epoch: list[tuple[int, int, tuple[int, str, str] | None]] = []
            for policy, sheet in enumerate(self.train):
                for i, question in enumerate(sheet.questions):
                    if question.verdict in RULINGS or chance.random() < self.choice.others:
                        epoch.append((policy, i, None))
                    if others := written.get((sheet.name, question.text)):
                        epoch.append((policy, i, others[turn % len(others)]))
            chance.shuffle(epoch)
            steps += [epoch[k : k + self.choice.questions] for k in range(0, len(epoch), self.choice.questions)]
        return steps

    def loss(self, step: int) -> Tensor:
        chance = random.Random(f"{self.choice.seed} {step}")
        texts, panels, required, wanted = [], [], [], []
        for policy, i, other in self.order[step]:
            sheet = self.train[policy]
            question = sheet.questions[i]
            shown = _shown(question, self._nearest(policy)[i], chance)
            changed = {other[0]: other[1]} if other else {}
            texts.append(question.text)
            panels.append([changed.get(c, sheet.path[c]) for c in shown])
            required.append(torch.tensor([c in question.required for c in shown]))
            wanted.append(VERDICTS.index(other[2] if other else question.verdict))
        relevance, verdict = self.model(texts, panels)
        pooled = torch.stack([torch.softmax(r, dim=0) @ v for r, v in zip(relevance, verdict, strict=True)])
        ruling = cross_entropy(pooled, torch.tensor(wanted), label_smoothing=DOUBT)
        ranking = torch.stack([r.logsumexp(0) - r[own].logsumexp(0) for r, own in zip(relevance, required, strict=True)]).mean()
        return ruling + RANKING * ranking

    def _nearest(self, policy: int) -> np.ndarray:
        """(questions, clauses) places of the clauses by the encoder's likeness, likeliest first."""
        if policy not in self.near:
            sheet = self.train[policy]
            with torch.no_grad():
                likeness = self.encoder([q.text for q in sheet.questions]) @ (self.encoder(sheet.path) + self.encoder(sheet.bare)).T
            self.near[policy] = torch.argsort(-likeness, dim=1)[:, : REACH + 3].numpy().astype(np.int16)
        return self.near[policy]

    def judge(self) -> tuple[dict, float]:
        figures = {name: judge(self.model, cases) for name, cases in self.judged.items()}
        return figures, figures["held"]["verdict"]

    def save(self) -> None:
        torch.save(self.model.panel.state_dict(), self.out / "best.pt")


def judge(model: PanelReader, cases: Sequence[tuple[str, list[str], str]]) -> dict[str, float]:
    """Per cent: the verdict right; and, of each verdict, told so; wrong leave among the banned."""
    told = []
    for start in range(0, len(cases), 100):
        part = cases[start : start + 100]
        relevance, verdict = model([q for q, _, _ in part], [panel for _, panel, _ in part])
        told += [RULINGS[int((torch.softmax(r, dim=0) @ v)[:3].argmax())] for r, v in zip(relevance, verdict, strict=True)]
    right = np.array([t == v for t, (_, _, v) in zip(told, cases, strict=True)])
    each = {v: round(100 * float(right[[c[2] == v for c in cases]].mean()), 1) for v in RULINGS}
    danger = np.mean([t == "allowed" for t, c in zip(told, cases, strict=True) if c[2] == "not_allowed"])
    return {"verdict": round(100 * float(right.mean()), 1)} | each | {"danger": round(100 * float(danger), 1)}


def _shown(question: Asked, near: np.ndarray, chance: random.Random) -> list[int]:
    """The clauses of one panel in random order: the required ones and likely others."""
    required = sorted(question.required)
    others = [int(c) for c in near if c not in question.required][:REACH]
    room = max(1, chance.randint(LEAST, MOST) - len(required))
    panel = [*required, *others[:1], *chance.sample(others[1:], min(len(others) - 1, room - 1))]
    return chance.sample(panel, len(panel))


def main(arguments: Sequence[str] | None = None) -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--encoder", required=True, help="the folder that encoder.train wrote: OUT/best")
    parser.add_argument("--start", required=True, help="the best.pt of encoder.train_panel")
    parser.add_argument("--out", type=Path, required=True)
    parser.add_argument("--data", type=Path, default=Path("training/policies"))
    parser.add_argument("--shared", type=Path, help="also report its development questions; they choose nothing")
    parser.add_argument("--epochs", type=int, default=4)
    parser.add_argument("--lr", type=float, default=1e-4)
    parser.add_argument("--questions", type=int, default=24)
    parser.add_argument("--fraction", type=float, default=1.0)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--others", type=float, default=0.1)
    parser.add_argument("--unwritten", action="store_true", help="without training/rulings: a line of the ablation")
    parser.add_argument("--until", type=int, help="stop after so many steps")
    parser.add_argument("--threads", type=int, default=2)
    o = parser.parse_args(arguments)
    torch.set_num_threads(o.threads)
    o.out.mkdir(parents=True, exist_ok=True)
    plan = Plan(o.epochs, o.lr, o.questions, o.fraction, o.seed, o.encoder, o.start, o.others, not o.unwritten)
    RulingRun(plan, o.out, o.data, o.shared).go(o.until)


if __name__ == "__main__":
    main()
