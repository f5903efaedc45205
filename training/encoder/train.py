"""Tune the encoder on the fictional policies.

usage: PYTHONPATH=src:.:training python -m encoder.train --out FOLDER [--data ../shared/training/policies]
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

import torch
from tqdm import tqdm

from encoder.data import Sheet, load, portion, split
from encoder.evaluate import originals, table
from encoder.losses import listwise, targets
from encoder.model import Encoder

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


class Run:
    """A training run and all that a checkpoint has to keep of it."""

    def __init__(self, plan: Plan, out: Path, data: Path, shared: Path | None) -> None:
        torch.manual_seed(plan.seed)
        self.plan, self.out = plan, out
        device = "cuda" if torch.cuda.is_available() else "cpu"
        self.model = Encoder(Path(plan.start) if plan.start else None, frozen=plan.frozen, device=device).train()
        train, self.held = split(load(data), seed=7)
        self.train = portion(train, plan.fraction)
        self.dev = originals(shared) if shared else []
        self.order = _order(len(self.train), plan)
        self.optimiser = torch.optim.AdamW(self.model.upper.parameters(), lr=plan.lr, weight_decay=0.01)
        self.schedule = torch.optim.lr_scheduler.LambdaLR(self.optimiser, self._rate)
        self.average = {k: v.clone() for k, v in self.model.upper.state_dict().items()}
        self.step, self.best, self.seconds = 0, -1.0, 0.0
        self._resume()

    def _rate(self, step: int) -> float:
        """Warm up over a tenth of the steps, then fall to nothing in a straight line."""
        warm = max(1, len(self.order) // 10)
        return min((step + 1) / warm, max(0.0, (len(self.order) - step) / (len(self.order) - warm)))

    def go(self) -> None:
        """All steps that are left; after each epoch the held-out policies are ranked."""
        every = len(self.train)
        started = time.monotonic() - self.seconds
        bar = tqdm(total=len(self.order), initial=self.step, desc=self.out.name, mininterval=20)
        while self.step < len(self.order):
            sheet, bare = self.order[self.step]
            loss = self._learn(self.train[sheet], bare)
            self.step += 1
            bar.update()
            bar.set_postfix(loss=f"{loss:.3f}", refresh=False)
            self.seconds = time.monotonic() - started
            if self.step % every == 0 or self.step == len(self.order):
                self._judge()
            if self.step % 20 == 0 or self.step == len(self.order):
                self._checkpoint()
        bar.close()

    def _learn(self, sheet: Sheet, bare: bool) -> float:
        """One step on one policy: all its questions against all its clauses. The loss."""
        clauses = sheet.bare if bare else sheet.path
        vectors = self.model([q.text for q in sheet.questions] + list(clauses))
        asked, found = vectors.split([len(sheet.questions), len(clauses)])
        wanted, ignored = (t.to(vectors.device) for t in targets(sheet.questions, len(clauses)))
        loss = listwise(asked, found, wanted, ignored)
        self.optimiser.zero_grad()
        loss.backward()
        torch.nn.utils.clip_grad_norm_(self.model.upper.parameters(), 1.0)
        self.optimiser.step()
        self.schedule.step()
        keep = min(AVERAGE, (1 + self.step) / (10 + self.step))
        for name, value in self.model.upper.state_dict().items():
            self.average[name].lerp_(value, 1 - keep)
        return loss.item()

    def _judge(self) -> None:
        """Rank with the averaged weights; keep them when the held-out policies are served better."""
        own = {k: v.clone() for k, v in self.model.upper.state_dict().items()}
        self.model.upper.load_state_dict(self.average)
        self.model.eval()
        with torch.no_grad():
            held = table(self.held, lambda texts: self.model(texts).cpu().numpy())
            dev = table(self.dev, lambda texts: self.model(texts).cpu().numpy()) if self.dev else {}
        line = (
            {"step": self.step, "minutes": round(self.seconds / 60, 1)} | _rounded("held", held) | _rounded("dev", dev)
        )
        with (self.out / "log.jsonl").open("a", encoding="utf-8") as log:
            log.write(json.dumps(line) + "\n")
        score = held["both"].full + held["both"].mrr
        if score > self.best:
            self.best = score
            self.model.bert.save_pretrained(self.out / "best")
        self.model.upper.load_state_dict(own)
        self.model.train()

    def _checkpoint(self) -> None:
        state = {
            "upper": self.model.upper.state_dict(), "average": self.average, "optimiser": self.optimiser.state_dict(),
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
        self.model.upper.load_state_dict(state["upper"])
        self.optimiser.load_state_dict(state["optimiser"])
        self.schedule.load_state_dict(state["schedule"])
        self.average, self.step, self.best, self.seconds = (state[k] for k in ("average", "step", "best", "seconds"))
        torch.set_rng_state(state["random"])


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
    parser.add_argument("--data", type=Path, default=Path("../shared/training/policies"))
    parser.add_argument("--shared", type=Path, help="also report its development questions; they choose nothing")
    parser.add_argument("--epochs", type=int, default=4)
    parser.add_argument("--lr", type=float, default=1e-4)
    parser.add_argument("--frozen", type=int, default=2)
    parser.add_argument("--bare", type=float, default=0.35)
    parser.add_argument("--fraction", type=float, default=1.0)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--start", help="a folder of weights to begin with; without it the packaged MiniLM")
    parser.add_argument("--threads", type=int, default=2, help="1 is faster where other programs share the cores")
    o = parser.parse_args(arguments)
    torch.set_num_threads(o.threads)
    o.out.mkdir(parents=True, exist_ok=True)
    Run(Plan(o.epochs, o.lr, o.frozen, o.bare, o.fraction, o.seed, o.start), o.out, o.data, o.shared).go()


if __name__ == "__main__":
    main()
