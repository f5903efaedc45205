"""Tune the panel reader on the fictional policies, from the tuned encoder.

usage: PYTHONPATH=src:.:training python -m encoder.train_panel --encoder FOLDER --out FOLDER
Seeded. Killed and started again with the same --out, it goes on from its last checkpoint.
"""

from __future__ import annotations

import argparse
import random
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from pathlib import Path

import numpy as np
import torch
from torch import Tensor
from torch.nn.functional import cross_entropy

from encoder.data import VERDICTS, Asked, Sheet, load, portion, split
from encoder.evaluate import originals
from encoder.evaluate_panel import judge
from encoder.model import Encoder
from encoder.panel import SLOTS, PanelReader
from encoder.training_run import TrainingRun

RULINGS = VERDICTS[:3]
AVERAGE = 0.98
LEAST = 6
"""Clauses of a panel at least, while learning."""
HARDEST, REACH = 4, 20
"""A panel has the encoder's likeliest HARDEST, and others out of its first REACH."""
EMPTIED = 0.08
"""Share of the answered questions shown without any clause that answers: the policy might as well be silent."""


@dataclass(frozen=True, slots=True)
class Plan:
    """One run. `questions`: of a policy in one step; `start`: a best.pt to go on from; `verdict`: what the verdict's
    loss counts beside the ranking's; `others`: share of the questions that ask for no leave shown in an epoch; `most`: clauses of
    a panel at most."""

    epochs: int
    lr: float
    questions: int
    fraction: float
    seed: int
    encoder: str
    start: str | None
    verdict: float
    others: float
    most: int


class PanelRun(TrainingRun):
    """The panel reader's run."""

    def __init__(self, plan: Plan, out: Path, data: Path, shared: Path | None) -> None:
        torch.manual_seed(plan.seed)
        self.choice = plan
        train, self.held = split(load(data))
        self.train = portion(train, plan.fraction)
        self.dev = originals(shared) if shared else []
        self.model = PanelReader(Path(plan.encoder)).train()
        self.encoder = Encoder(Path(plan.encoder), frozen=self.model.lower.frozen).eval()
        self.encoder._kept = self.model.lower._kept  # both lower halves are the same: a text is read by it once
        if plan.start:
            self.model.panel.load_state_dict(torch.load(plan.start, weights_only=True), strict=False)
        self.order = _order(self.train, plan)
        named = list(self.model.panel.named_parameters())
        groups = [
            {"params": [p for n, p in named if n.startswith("layers")], "lr": plan.lr},
            {"params": [p for n, p in named if not n.startswith("layers")], "lr": 5 * plan.lr},
        ]
        self.near: dict[int, np.ndarray] = {}
        super().__init__(asdict(plan), out, self.model.panel, groups, len(self.order), len(self.order) // plan.epochs, AVERAGE)

    def loss(self, step: int) -> Tensor:
        policy, asked, bare = self.order[step]
        sheet = self.train[policy]
        questions = [sheet.everything[i] for i in asked]
        chance = random.Random(f"{self.choice.seed} {step}")
        near = self._nearest(policy)
        shown = [_shown(q, near[i], self.choice.most, chance) for q, i in zip(questions, asked, strict=True)]
        clauses = sheet.bare if bare else sheet.path
        relevance, verdict = self.model([q.text for q in questions], [[clauses[i] for i in own] for own in shown])
        return torch.stack([self._loss(*row) for row in zip(questions, shown, relevance, verdict, strict=True)]).mean()

    def _loss(self, question: Asked, shown: Sequence[int], relevance: Tensor, verdict: Tensor) -> Tensor:
        """Each required clause against the rivals and against "none" (logit 0); where nothing shown
        answers, "none" against all; and the verdict, pooled by relevance as when answering."""
        required = torch.tensor([c in question.required for c in shown])
        rival = torch.tensor([c not in question.required and c not in question.also for c in shown])
        rivals = torch.cat([relevance[rival], relevance.new_zeros(1)]).logsumexp(dim=0)
        if not required.any():
            return rivals
        own = relevance[required]
        ranking = (torch.logaddexp(own, rivals) - own).mean()
        pooled = (torch.softmax(relevance, dim=0)[:, None] * verdict).sum(dim=0, keepdim=True)
        wanted = torch.tensor([VERDICTS.index(question.verdict)])
        return ranking + self.choice.verdict * cross_entropy(pooled, wanted, label_smoothing=0.05)

    def _nearest(self, policy: int) -> np.ndarray:
        """(questions, clauses) places of the clauses by the encoder's likeness, likeliest first."""
        if policy not in self.near:
            sheet = self.train[policy]
            with torch.no_grad():
                asked = self.encoder([q.text for q in sheet.everything])
                likeness = asked @ (self.encoder(sheet.path) + self.encoder(sheet.bare)).T
            self.near[policy] = torch.argsort(-likeness, dim=1).numpy().astype(np.int16)
        return self.near[policy]

    def judge(self) -> tuple[dict, float]:
        held = judge(self.model, self.encoder, self.held)
        figures = {"held": held} | ({"dev": judge(self.model, self.encoder, self.dev)} if self.dev else {})
        return figures, held["full"] + held["first"] + held["verdict"] + held["auroc"]

    def save(self) -> None:
        torch.save(self.model.panel.state_dict(), self.out / "best.pt")


def _shown(question: Asked, near: np.ndarray, most: int, chance: random.Random) -> list[int]:
    """The clauses of one panel in random order: the required ones (now and then none of them), and likely others."""
    size = chance.randint(LEAST, most)
    required = sorted(question.required)
    emptied = bool(required) and chance.random() < EMPTIED
    barred = question.required | question.also if emptied else question.required
    others = [int(c) for c in near if c not in barred]
    room = size if emptied else max(2, size - len(required))
    hardest, rest = others[: min(HARDEST, room)], others[HARDEST:REACH]
    picked = hardest + chance.sample(rest, min(len(rest), room - len(hardest)))
    panel = picked if emptied else [*required, *picked]
    return chance.sample(panel, len(panel))[:SLOTS]


def _order(sheets: Sequence[Sheet], plan: Plan) -> list[tuple[int, tuple[int, ...], bool]]:
    """(policy, questions, whether the bare view) for every step."""
    chance, steps = random.Random(plan.seed), []
    for _ in range(plan.epochs):
        epoch = []
        for policy, sheet in enumerate(sheets):
            asked = [i for i, q in enumerate(sheet.everything) if q.verdict in RULINGS or plan.others == 1 or chance.random() < plan.others]
            order = chance.sample(asked, len(asked))
            for start in range(0, len(order), plan.questions):
                epoch.append((policy, tuple(order[start : start + plan.questions]), chance.random() < 0.15))
        steps += chance.sample(epoch, len(epoch))
    return steps


def main(arguments: Sequence[str] | None = None) -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--encoder", required=True, help="the folder that encoder.train wrote: OUT/best")
    parser.add_argument("--out", type=Path, required=True)
    parser.add_argument("--data", type=Path, default=Path("training/policies"))
    parser.add_argument("--shared", type=Path, help="also report its development questions; they choose nothing")
    parser.add_argument("--epochs", type=int, default=2)
    parser.add_argument("--lr", type=float, default=8e-5)
    parser.add_argument("--questions", type=int, default=20)
    parser.add_argument("--fraction", type=float, default=1.0)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--start", help="a best.pt to go on from; without it the encoder's own layers")
    parser.add_argument("--verdict", type=float, default=1.0, help="weight of the verdict's loss")
    parser.add_argument("--others", type=float, default=1.0, help="share of the questions that ask for no leave, an epoch")
    parser.add_argument("--most", type=int, default=SLOTS, help="clauses of a panel at most")
    parser.add_argument("--until", type=int, help="stop after so many steps")
    parser.add_argument("--threads", type=int, default=2)
    o = parser.parse_args(arguments)
    torch.set_num_threads(o.threads)
    o.out.mkdir(parents=True, exist_ok=True)
    plan = Plan(o.epochs, o.lr, o.questions, o.fraction, o.seed, o.encoder, o.start, o.verdict, o.others, o.most)
    PanelRun(plan, o.out, o.data, o.shared).go(o.until)


if __name__ == "__main__":
    main()
