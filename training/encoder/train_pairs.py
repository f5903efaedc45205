"""Tune the pair reader on the fictional policies, from the tuned encoder.

usage: PYTHONPATH=src:.:training python -m encoder.train_pairs --encoder FOLDER --out FOLDER
Seeded. Killed and started again with the same --out, it goes on from its last checkpoint.
"""

from __future__ import annotations

import argparse
import json
import random
import time
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from pathlib import Path

import numpy as np
import torch
from torch import Tensor
from torch.nn.functional import cross_entropy
from tqdm import tqdm

from encoder.data import VERDICTS, Asked, Sheet, load, portion, split
from encoder.evaluate import originals
from encoder.evaluate_pairs import judge
from encoder.model import Encoder
from encoder.pairs import PairReader

AVERAGE = 0.98


@dataclass(frozen=True, slots=True)
class Plan:
    """One run. `rivals`: clauses that are not required, shown with every question: the encoder's
    likeliest, some at random; `questions`: of a policy in one step. `start`: a best.pt to go on from;
    `verdict`: what the verdict's loss counts beside the ranking's."""

    epochs: int
    lr: float
    rivals: int
    questions: int
    fraction: float
    seed: int
    encoder: str
    start: str | None
    verdict: float


class Run:
    """A training run and all that a checkpoint has to keep of it."""

    def __init__(self, plan: Plan, out: Path, data: Path, shared: Path | None) -> None:
        torch.manual_seed(plan.seed)
        self.plan, self.out = plan, out
        train, self.held = split(load(data))
        self.train = portion(train, plan.fraction)
        self.dev = originals(shared) if shared else []
        self.encoder = Encoder(Path(plan.encoder)).eval()
        self.model = PairReader(Path(plan.encoder)).train()
        if plan.start:
            self.model.joint.load_state_dict(torch.load(plan.start, weights_only=True))
        self.steps = _order(self.train, plan)
        self.parameters = list(self.model.joint.parameters())
        heads = [p for n, p in self.model.joint.named_parameters() if not n.startswith("layers")]
        layers = [p for n, p in self.model.joint.named_parameters() if n.startswith("layers")]
        self.optimiser = torch.optim.AdamW(
            [{"params": layers, "lr": plan.lr}, {"params": heads, "lr": 5 * plan.lr}], weight_decay=0.01
        )
        self.schedule = torch.optim.lr_scheduler.LambdaLR(self.optimiser, self._rate)
        self.average = {k: v.clone() for k, v in self.model.joint.state_dict().items()}
        self.step, self.best, self.seconds = 0, -1.0, 0.0
        self.near: dict[int, np.ndarray] = {}
        self._resume()

    def _rate(self, step: int) -> float:
        warm = max(1, len(self.steps) // 10)
        return min((step + 1) / warm, max(0.0, (len(self.steps) - step) / (len(self.steps) - warm)))

    def go(self) -> None:
        """All steps that are left; after each epoch the held-out policies are read."""
        every = len(self.steps) // self.plan.epochs
        started = time.monotonic() - self.seconds
        bar = tqdm(total=len(self.steps), initial=self.step, desc=self.out.name, mininterval=20)
        while self.step < len(self.steps):
            loss = self._learn(*self.steps[self.step])
            self.step += 1
            bar.update()
            bar.set_postfix(loss=f"{loss:.3f}", refresh=False)
            self.seconds = time.monotonic() - started
            if self.step % every == 0 or self.step == len(self.steps):
                self._judge()
            if self.step % 40 == 0 or self.step == len(self.steps):
                self._checkpoint()
        bar.close()

    def _learn(self, policy: int, asked: tuple[int, ...], bare: bool) -> float:
        sheet = self.train[policy]
        questions = [sheet.everything[i] for i in asked]
        chance = random.Random(f"{self.plan.seed} {self.step}")
        near = self._nearest(policy)
        shown = [_shown(q, near[i], self.plan.rivals, chance) for q, i in zip(questions, asked, strict=True)]
        pairs = np.array([(i, c) for i, own in enumerate(shown) for c in own])
        clauses = sheet.bare if bare else sheet.path
        relevance, verdict = self.model([q.text for q in questions], clauses, pairs)
        sizes = [len(own) for own in shown]
        loss = torch.stack(
            [
                self._loss(q, own, r, v)
                for q, own, r, v in zip(questions, shown, relevance.split(sizes), verdict.split(sizes), strict=True)
            ]
        ).mean()
        self.optimiser.zero_grad()
        loss.backward()
        torch.nn.utils.clip_grad_norm_(self.parameters, 1.0)
        self.optimiser.step()
        self.schedule.step()
        keep = min(AVERAGE, (1 + self.step) / (10 + self.step))
        for name, value in self.model.joint.state_dict().items():
            self.average[name].lerp_(value, 1 - keep)
        return loss.item()

    def _loss(self, question: Asked, shown: Sequence[int], relevance: Tensor, verdict: Tensor) -> Tensor:
        """Each required clause against the rivals and against "none" (logit 0); where the policy is
        silent, "none" against all; and the verdict, pooled by relevance as when answering."""
        required = torch.tensor([c in question.required for c in shown])
        rivals = torch.cat([relevance[~required], relevance.new_zeros(1)]).logsumexp(dim=0)
        if not question.groups:
            return rivals
        own = relevance[required]
        ranking = (torch.logaddexp(own, rivals) - own).mean()
        pooled = (torch.softmax(relevance, dim=0)[:, None] * verdict).sum(dim=0, keepdim=True)
        wanted = torch.tensor([VERDICTS.index(question.verdict)])
        return ranking + self.plan.verdict * cross_entropy(pooled, wanted, label_smoothing=0.05)

    def _nearest(self, policy: int) -> np.ndarray:
        """(questions, clauses) places of the clauses by the encoder's likeness, likeliest first."""
        if policy not in self.near:
            sheet = self.train[policy]
            with torch.no_grad():
                asked = self.encoder([q.text for q in sheet.everything])
                likeness = asked @ (self.encoder(sheet.path) + self.encoder(sheet.bare)).T
            self.encoder.forget()
            self.near[policy] = torch.argsort(-likeness, dim=1).numpy().astype(np.int16)
        return self.near[policy]

    def _judge(self) -> None:
        own = {k: v.clone() for k, v in self.model.joint.state_dict().items()}
        self.model.joint.load_state_dict(self.average)
        self.model.eval()
        held = judge(self.model, self.encoder, self.held)
        line = {"step": self.step, "minutes": round(self.seconds / 60, 1), "held": held}
        if self.dev:
            line["dev"] = judge(self.model, self.encoder, self.dev)
        with (self.out / "log.jsonl").open("a", encoding="utf-8") as log:
            log.write(json.dumps(line) + "\n")
        score = held["full"] + held["first"] + held["verdict"] + held["auroc"]
        if score > self.best:
            self.best = score
            torch.save(self.model.joint.state_dict(), self.out / "best.pt")
        self.model.joint.load_state_dict(own)
        self.model.train()

    def _checkpoint(self) -> None:
        state = {
            "joint": self.model.joint.state_dict(), "average": self.average, "optimiser": self.optimiser.state_dict(),
            "schedule": self.schedule.state_dict(), "step": self.step, "best": self.best, "seconds": self.seconds,
            "random": torch.get_rng_state(), "plan": asdict(self.plan),
        }  # fmt: skip
        torch.save(state, self.out / "checkpoint.new")
        (self.out / "checkpoint.new").replace(self.out / "checkpoint.pt")

    def _resume(self) -> None:
        file = self.out / "checkpoint.pt"
        if not file.exists():
            return
        state = torch.load(file, weights_only=True)
        if state["plan"] != asdict(self.plan):
            raise SystemExit(f"{file} belongs to another plan ({state['plan']}). Name another --out or delete it.")
        self.model.joint.load_state_dict(state["joint"])
        self.optimiser.load_state_dict(state["optimiser"])
        self.schedule.load_state_dict(state["schedule"])
        self.average, self.step, self.best, self.seconds = (state[k] for k in ("average", "step", "best", "seconds"))
        torch.set_rng_state(state["random"])


def _shown(question: Asked, near: np.ndarray, rivals: int, chance: random.Random) -> list[int]:
    """The clauses to show with a question: the required ones, and `rivals` of the likeliest 18: the first three and some others."""
    others = [int(c) for c in near if c not in question.required and c not in question.also]
    hardest, rest = others[:3], others[3:18]
    picked = hardest + chance.sample(rest, min(len(rest), max(0, rivals - len(hardest))))
    return [*sorted(question.required), *picked]


def _order(sheets: Sequence[Sheet], plan: Plan) -> list[tuple[int, tuple[int, ...], bool]]:
    """(policy, questions, whether the bare view) for every step."""
    chance, steps = random.Random(plan.seed), []
    for _ in range(plan.epochs):
        epoch = []
        for policy, sheet in enumerate(sheets):
            order = chance.sample(range(len(sheet.everything)), len(sheet.everything))
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
    parser.add_argument("--epochs", type=int, default=3)
    parser.add_argument("--lr", type=float, default=6e-5)
    parser.add_argument("--rivals", type=int, default=7)
    parser.add_argument("--questions", type=int, default=20)
    parser.add_argument("--fraction", type=float, default=1.0)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--start", help="a best.pt to go on from; without it the encoder's own layers")
    parser.add_argument("--verdict", type=float, default=0.7, help="weight of the verdict's loss")
    parser.add_argument("--threads", type=int, default=2)
    o = parser.parse_args(arguments)
    torch.set_num_threads(o.threads)
    o.out.mkdir(parents=True, exist_ok=True)
    plan = Plan(o.epochs, o.lr, o.rivals, o.questions, o.fraction, o.seed, o.encoder, o.start, o.verdict)
    Run(plan, o.out, o.data, o.shared).go()


if __name__ == "__main__":
    main()
