"""What every training run does whatever it learns: rate, running average, checkpoints, going on after a kill."""

from __future__ import annotations

import json
import time
from collections.abc import Sequence
from pathlib import Path

import torch
from torch import Tensor, nn
from tqdm import tqdm


class TrainingRun:
    """`learner`: the module whose weights change; `groups`: AdamW's parameter groups; `average`: share of the running
    average of the weights that a step keeps; `judge_every` steps the averaged weights are judged."""

    def __init__(self, plan: dict, out: Path, learner: nn.Module, groups: Sequence[dict], steps: int, judge_every: int, average: float) -> None:
        self.plan, self.out, self.learner, self.steps, self.judge_every, self.keep = plan, out, learner, steps, judge_every, average
        self.optimiser = torch.optim.AdamW(list(groups), weight_decay=0.01)
        self.schedule = torch.optim.lr_scheduler.LambdaLR(self.optimiser, self._rate)
        self.average = {k: v.clone() for k, v in learner.state_dict().items()}
        self.step, self.best, self.seconds = 0, -1e9, 0.0
        self._resume()

    def loss(self, step: int) -> Tensor:
        """The loss of one step, counted from 0."""
        raise NotImplementedError

    def judge(self) -> tuple[dict, float]:
        """Figures for the log, and one number that is higher the better."""
        raise NotImplementedError

    def save(self) -> None:
        """Write the weights that the learner has now as the best so far."""
        raise NotImplementedError

    def go(self, until: int | None = None) -> None:
        """All steps that are left, or those before `until`."""
        started = time.monotonic() - self.seconds
        last = min(self.steps, until or self.steps)
        bar = tqdm(total=last, initial=self.step, desc=self.out.name, mininterval=20)
        while self.step < last:
            loss = self._learn()
            bar.update()
            bar.set_postfix(loss=f"{loss:.3f}", refresh=False)
            self.seconds = time.monotonic() - started
            if self.step % self.judge_every == 0 or self.step == last:
                self._judge()
            if self.step % 40 == 0 or self.step == last:
                self._checkpoint()
        bar.close()

    def _rate(self, step: int) -> float:
        """Warm up over a tenth of the steps, then fall to nothing in a straight line."""
        warm = max(1, self.steps // 10)
        return min((step + 1) / warm, max(0.0, (self.steps - step) / (self.steps - warm)))

    def _learn(self) -> float:
        loss = self.loss(self.step)
        self.optimiser.zero_grad()
        loss.backward()
        torch.nn.utils.clip_grad_norm_(self.learner.parameters(), 1.0)
        self.optimiser.step()
        self.schedule.step()
        self.step += 1
        keep = min(self.keep, (1 + self.step) / (10 + self.step))
        for name, value in self.learner.state_dict().items():
            self.average[name].lerp_(value, 1 - keep)
        return loss.item()

    def _judge(self) -> None:
        own = {k: v.clone() for k, v in self.learner.state_dict().items()}
        self.learner.load_state_dict(self.average)
        self.learner.eval()
        with torch.no_grad():
            figures, score = self.judge()
        line = {"step": self.step, "minutes": round(self.seconds / 60, 1)} | figures
        with (self.out / "log.jsonl").open("a", encoding="utf-8") as log:
            log.write(json.dumps(line) + "\n")
        if score > self.best:
            self.best = score
            self.save()
        self.learner.load_state_dict(own)
        self.learner.train()

    def _checkpoint(self) -> None:
        state = {
            "learner": self.learner.state_dict(), "average": self.average, "optimiser": self.optimiser.state_dict(),
            "schedule": self.schedule.state_dict(), "step": self.step, "best": self.best, "seconds": self.seconds,
            "random": torch.get_rng_state(), "plan": self.plan,
        }  # fmt: skip
        torch.save(state, self.out / "checkpoint.new")
        (self.out / "checkpoint.new").replace(self.out / "checkpoint.pt")

    def _resume(self) -> None:
        file = self.out / "checkpoint.pt"
        if not file.exists():
            return
        state = torch.load(file, weights_only=True)
        if state["plan"] != self.plan:
            raise SystemExit(f"{file} belongs to another plan ({state['plan']}). Name another --out or delete it.")
        self.learner.load_state_dict(state["learner"])
        self.optimiser.load_state_dict(state["optimiser"])
        self.schedule.load_state_dict(state["schedule"])
        self.average, self.step, self.best, self.seconds = (state[k] for k in ("average", "step", "best", "seconds"))
        torch.set_rng_state(state["random"])
