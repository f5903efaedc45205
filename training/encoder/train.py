"""Tune the encoder on the fictional policies.

usage: PYTHONPATH=src:.:training python -m encoder.train --out FOLDER [--data training/policies]
Seeded. Killed and started again with the same --out, it goes on from its last checkpoint.
"""

from __future__ import annotations

import argparse
import random
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from pathlib import Path

import torch
from torch import Tensor

from encoder.data import load, portion, split
from encoder.evaluate import originals, table
from encoder.losses import listwise, targets
from encoder.model import Encoder
from encoder.training_run import TrainingRun

AVERAGE = 0.97
"""Share of the running average of the weights that a step keeps."""


@dataclass(frozen=True, slots=True)
class Plan:
    """One training run. `frozen` counts lower layers left alone; `bare` is the share of steps on
    the bare text rather than heading, stem and text; `fraction` of the training policies is
    used. `start`: the folder of weights to begin with, None for the packaged MiniLM."""

    epochs: int
    lr: float
    frozen: int
    bare: float
    fraction: float
    seed: int
    start: str | None


class EncoderRun(TrainingRun):
    """The encoder's run: a step is one policy, all its questions against all its clauses."""

    def __init__(self, plan: Plan, out: Path, data: Path, shared: Path | None) -> None:
        torch.manual_seed(plan.seed)
        device = "cuda" if torch.cuda.is_available() else "cpu"
        self.model = Encoder(Path(plan.start) if plan.start else None, frozen=plan.frozen, device=device).train()
        train, self.held = split(load(data))
        self.train = portion(train, plan.fraction)
        self.dev = originals(shared) if shared else []
        self.order = _order(len(self.train), plan)
        groups = [{"params": list(self.model.upper.parameters()), "lr": plan.lr}]
        super().__init__(asdict(plan), out, self.model.upper, groups, len(self.order), len(self.train), AVERAGE)

    def loss(self, step: int) -> Tensor:
        policy, bare = self.order[step]
        sheet = self.train[policy]
        clauses = sheet.bare if bare else sheet.path
        vectors = self.model([q.text for q in sheet.questions] + list(clauses))
        asked, found = vectors.split([len(sheet.questions), len(clauses)])
        wanted, ignored = (t.to(vectors.device) for t in targets(sheet.questions, len(clauses)))
        return listwise(asked, found, wanted, ignored)

    def judge(self) -> tuple[dict, float]:
        held = table(self.held, lambda texts: self.model(texts).cpu().numpy())
        dev = table(self.dev, lambda texts: self.model(texts).cpu().numpy()) if self.dev else {}
        return _rounded("held", held) | _rounded("dev", dev), held["both"].full + held["both"].mrr

    def save(self) -> None:
        self.model.bert.save_pretrained(self.out / "best")


def _order(policies: int, plan: Plan) -> list[tuple[int, bool]]:
    """(policy, whether the bare view) for every step of the run."""
    chance, steps = random.Random(plan.seed), []
    for _ in range(plan.epochs):
        for sheet in chance.sample(range(policies), policies):
            steps.append((sheet, chance.random() < plan.bare))
    return steps


def _rounded(name: str, figures: dict) -> dict[str, list[float]]:
    """A log line's share: per way, full, first and groups per cent, then mrr."""
    return {
        f"{name} {way}": [round(100 * f.full, 1), round(100 * f.first, 1), round(100 * f.groups, 1), round(f.mrr, 3)]
        for way, f in figures.items()
    }


def main(arguments: Sequence[str] | None = None) -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--out", type=Path, required=True)
    parser.add_argument("--data", type=Path, default=Path("training/policies"))
    parser.add_argument("--shared", type=Path, help="also report its development questions; they choose nothing")
    parser.add_argument("--epochs", type=int, default=4)
    parser.add_argument("--lr", type=float, default=1e-4)
    parser.add_argument("--frozen", type=int, default=2)
    parser.add_argument("--bare", type=float, default=0.35)
    parser.add_argument("--fraction", type=float, default=1.0)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--start", help="a folder of weights to begin with; without it the packaged MiniLM")
    parser.add_argument("--until", type=int, help="stop after so many steps")
    parser.add_argument("--threads", type=int, default=2, help="1 is faster where other programs share the cores")
    o = parser.parse_args(arguments)
    torch.set_num_threads(o.threads)
    o.out.mkdir(parents=True, exist_ok=True)
    EncoderRun(Plan(o.epochs, o.lr, o.frozen, o.bare, o.fraction, o.seed, o.start), o.out, o.data, o.shared).go(o.until)


if __name__ == "__main__":
    main()
