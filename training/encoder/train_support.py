"""Tune the support reader on sentences and the clauses they are said of, from the panel reader.

usage: PYTHONPATH=src:.:training python -m encoder.train_support --encoder FOLDER --panel FILE.pt --out FOLDER
Seeded. Killed and started again with the same --out, it goes on from its last checkpoint. A few minutes.
"""

from __future__ import annotations

import argparse
import json
import random
import zlib
from collections.abc import Iterator, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path

import numpy as np
import torch
from sklearn.metrics import roc_auc_score
from torch import Tensor
from torch.nn.functional import binary_cross_entropy_with_logits

from encoder.corrupted import pairs
from encoder.data import HELD_OUT, policies
from encoder.support import SupportReader
from encoder.training_run import TrainingRun

AVERAGE, BATCH = 0.98, 24
STRANGERS = 0.25
"""Share of the supported sentences shown once more with a clause that says nothing of it."""


@dataclass(frozen=True, slots=True)
class Said:
    """A sentence, the texts of the clauses that it is said of, and whether they support it. `strangers`: other clauses' texts."""

    sentence: str
    clauses: tuple[str, ...]
    supported: bool
    fault: str | None
    strangers: tuple[str, ...]
    policy: str


@dataclass(frozen=True, slots=True)
class Plan:
    epochs: int
    lr: float
    seed: int
    encoder: str
    panel: str
    apart: int


def load(folder: Path, data: Path) -> tuple[list[Said], list[Said]]:
    """(to learn from, held out) of `folder`/*.jsonl, sentences about the policies of `data`."""
    shelves = {p["policy_id"]: {c["id"]: "\n".join(filter(None, (c["section"], c["stem"], c["text"]))) for c in p["clauses"]} for p in policies(data)}
    names = frozenset(HELD_OUT.read_text(encoding="utf-8").split())
    parts: tuple[list[Said], list[Said]] = ([], [])
    for file in sorted(folder.glob("*.jsonl")):
        for line in file.read_text(encoding="utf-8").splitlines():
            row = json.loads(line)
            texts = shelves[row["policy_id"]]
            own = tuple(texts[i] for i in row["clauses"])
            strangers = tuple(t for i, t in texts.items() if i not in row["clauses"])
            said = Said(row["sentence"], own, row["supported"], row["fault"], strangers, row["policy_id"])
            parts[row["policy_id"] in names].append(said)
    return parts


def apart(policy: str) -> bool:
    """Whether a policy is left out of what the reader learns from, so that what stands beside it can be fitted: every sixth."""
    return zlib.crc32(policy.encode()) % 6 == 0


def by_rule(data: Path, leave_apart: bool) -> Iterator[Said]:
    """Sentences made from the clauses of the policies that are learnt from."""
    held = frozenset(HELD_OUT.read_text(encoding="utf-8").split())
    for policy in policies(data):
        name = policy["policy_id"]
        if name in held or (leave_apart and apart(name)):
            continue
        texts = tuple("\n".join(filter(None, (c["section"], c["stem"], c["text"]))) for c in policy["clauses"])
        for place, sentence, supported, fault in pairs(policy["clauses"], random.Random(name)):
            yield Said(sentence, (texts[place],), supported, fault, texts[:place] + texts[place + 1 :], name)


class SupportRun(TrainingRun):
    """The support reader's run."""

    def __init__(self, plan: Plan, out: Path, folder: Path, data: Path) -> None:
        torch.manual_seed(plan.seed)
        learnt, self.held = load(folder, data)
        written = [s for s in learnt if not plan.apart or not apart(s.policy)]
        made = list(by_rule(data, plan.apart))
        self.train = [*written, *made]
        self.model = SupportReader(Path(plan.encoder)).train()
        own = self.model.support.state_dict()
        start = {k: v for k, v in torch.load(plan.panel, weights_only=True).items() if k in own and v.shape == own[k].shape}
        self.model.support.load_state_dict(start, strict=False)
        chance = random.Random(plan.seed)
        order = chance.sample(range(len(self.train)), len(self.train))
        for _ in range(plan.epochs - 1):
            some = chance.sample(range(len(written), len(self.train)), len(written) // 3)
            order += chance.sample([*range(len(written)), *some], len(written) + len(some))
        self.order = [order[i : i + BATCH] for i in range(0, len(order), BATCH)]
        named = list(self.model.support.named_parameters())
        groups = [
            {"params": [p for n, p in named if n.startswith("layers")], "lr": plan.lr},
            {"params": [p for n, p in named if not n.startswith("layers")], "lr": 5 * plan.lr},
        ]
        self.seed = plan.seed
        super().__init__(asdict(plan), out, self.model.support, groups, len(self.order), 250, AVERAGE)

    def loss(self, step: int) -> Tensor:
        rows = [self.train[i] for i in self.order[step]]
        chance = random.Random(f"{self.seed} {step}")
        shown = [(r.sentence, r.clauses, r.supported) for r in rows]
        shown += [(r.sentence, (chance.choice(r.strangers),), False) for r in rows if r.supported and chance.random() < STRANGERS]
        odds = self.model([s for s, _, _ in shown], [c for _, c, _ in shown])
        wanted = torch.tensor([float(y) for _, _, y in shown])
        return binary_cross_entropy_with_logits(odds, 0.05 + 0.9 * wanted)

    def judge(self) -> tuple[dict, float]:
        odds = np.concatenate([self.model([s.sentence for s in part], [s.clauses for s in part]).numpy() for part in _chunks(self.held, 64)])
        truth = np.array([s.supported for s in self.held])
        auroc = float(roc_auc_score(truth, odds))
        strict = np.quantile(odds[~truth], 0.98)
        faults = {f: round(100 * float((odds[[s.fault == f for s in self.held]] > 0).mean()), 1) for f in sorted({s.fault for s in self.held} - {None})}
        figures = {
            "auroc": round(100 * auroc, 1), "right": round(100 * float(((odds > 0) == truth).mean()), 1),
            "stripped at 2% false passes": round(100 * float((odds[truth] <= strict).mean()), 1), "passed by fault": faults,
        }  # fmt: skip
        return figures, auroc

    def save(self) -> None:
        torch.save(self.model.support.state_dict(), self.out / "best.pt")


def _chunks(rows: Sequence[Said], size: int) -> list[Sequence[Said]]:
    return [rows[i : i + size] for i in range(0, len(rows), size)]


def main(arguments: Sequence[str] | None = None) -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--encoder", required=True)
    parser.add_argument("--panel", required=True, help="the panel reader's best.pt to start from, or an earlier run's own")
    parser.add_argument("--out", type=Path, required=True)
    parser.add_argument("--support", type=Path, default=Path("training/support"))
    parser.add_argument("--data", type=Path, default=Path("training/policies"))
    parser.add_argument("--epochs", type=int, default=5)
    parser.add_argument("--lr", type=float, default=8e-5)
    parser.add_argument("--apart", type=int, default=0, help="1: leave every sixth policy out, to fit on")
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--until", type=int, help="stop after so many steps")
    parser.add_argument("--threads", type=int, default=2)
    o = parser.parse_args(arguments)
    torch.set_num_threads(o.threads)
    o.out.mkdir(parents=True, exist_ok=True)
    SupportRun(Plan(o.epochs, o.lr, o.seed, o.encoder, o.panel, o.apart), o.out, o.support, o.data).go(o.until)


if __name__ == "__main__":
    main()
