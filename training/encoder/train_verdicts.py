"""Tune a reader of verdicts: the pair reader's layers, on a question and the clauses that truly govern it.

usage: PYTHONPATH=src:.:training python -m encoder.train_verdicts --encoder FOLDER --start FILE.pt --out FOLDER
Seeded; a few minutes. Started again it begins anew unless best.pt and done are there.
"""

from __future__ import annotations

import argparse
import json
import random
import time
from collections.abc import Sequence
from pathlib import Path

import numpy as np
import torch
from torch import Tensor
from torch.nn.functional import cross_entropy
from tqdm import tqdm

from encoder.data import VERDICTS, Asked, Sheet, load, split
from encoder.evaluate import originals
from encoder.pairs import PairReader

AVERAGE, BATCH = 0.98, 32
SECOND = 0.6
"""What a further required clause counts beside the first."""
INFORMED = 0.25
"""Share of the questions that ask for no leave shown in an epoch."""
RULINGS = VERDICTS[:3]


def pooled(model: PairReader, batch: Sequence[tuple[Sheet, Asked]], bare: bool = False) -> Tensor:
    """(questions, 4) verdict scores: the required clauses' own, the first counting most."""
    clauses: list[str] = []
    pairs, weights = [], []
    for row, (sheet, question) in enumerate(batch):
        first = [g[0] for g in question.groups if g]
        for place, i in enumerate(first):
            pairs.append((row, len(clauses)))
            clauses.append((sheet.bare if bare else sheet.path)[i])
            weights.append((row, 1.0 if place == 0 else SECOND))
    _, verdict = model([q.text for _, q in batch], clauses, np.array(pairs))
    share = torch.zeros(len(batch), len(pairs))
    for k, (row, weight) in enumerate(weights):
        share[row, k] = weight
    return share / share.sum(dim=1, keepdim=True) @ verdict


@torch.no_grad()
def accuracy(model: PairReader, sheets: Sequence[Sheet]) -> dict[str, float]:
    """Per cent of permission questions ruled right, and of bans told as leave."""
    rows = [(s, q) for s in sheets for q in s.questions if q.verdict in RULINGS and all(q.groups)]
    told = np.concatenate([pooled(model, rows[i : i + 64]).numpy() for i in range(0, len(rows), 64)])[:, :3].argmax(axis=1)
    truth = np.array([RULINGS.index(q.verdict) for _, q in rows])
    return {
        "verdict": round(100 * float((told == truth).mean()), 1),
        "danger": round(100 * float(((told == 0) & (truth == 2)).mean()), 1),
    }


def main(arguments: Sequence[str] | None = None) -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--encoder", required=True)
    parser.add_argument("--start", required=True, help="the pair reader's best.pt")
    parser.add_argument("--out", type=Path, required=True)
    parser.add_argument("--data", type=Path, default=Path("training/policies"))
    parser.add_argument("--shared", type=Path, help="also report its development questions; they choose nothing")
    parser.add_argument("--epochs", type=int, default=8)
    parser.add_argument("--until", type=int, help="stop after so many of the epochs that the rate is planned for")
    parser.add_argument("--lr", type=float, default=1e-4)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--threads", type=int, default=2)
    o = parser.parse_args(arguments)
    o.out.mkdir(parents=True, exist_ok=True)
    if (o.out / "done").exists():
        return
    torch.set_num_threads(o.threads)
    torch.manual_seed(o.seed)
    chance = random.Random(o.seed)
    train, held = split(load(o.data))
    dev = originals(o.shared) if o.shared else []
    model = PairReader(Path(o.encoder)).train()
    model.joint.load_state_dict(torch.load(o.start, weights_only=True))
    ruled = [(s, q) for s in train for q in s.questions if q.verdict in RULINGS]
    others = [(s, q) for s in train for q in s.questions if q.verdict not in RULINGS]
    steps = o.epochs * ((len(ruled) + int(INFORMED * len(others))) // BATCH)
    layers = [p for n, p in model.joint.named_parameters() if n.startswith("layers")]
    heads = [p for n, p in model.joint.named_parameters() if not n.startswith("layers")]
    optimiser = torch.optim.AdamW([{"params": layers, "lr": o.lr}, {"params": heads, "lr": 4 * o.lr}], weight_decay=0.01)
    warm = max(1, steps // 10)
    schedule = torch.optim.lr_scheduler.LambdaLR(
        optimiser, lambda k: min((k + 1) / warm, max(0.0, (steps - k) / (steps - warm)))
    )
    average = {k: v.clone() for k, v in model.joint.state_dict().items()}
    best, done, started = -1.0, 0, time.monotonic()
    bar = tqdm(total=steps, desc="verdicts", mininterval=20)
    for epoch in range(o.until or o.epochs):
        rows = ruled + chance.sample(others, int(INFORMED * len(others)))
        chance.shuffle(rows)
        for start in range(0, len(rows) - BATCH + 1, BATCH):
            batch = rows[start : start + BATCH]
            wanted = torch.tensor([VERDICTS.index(q.verdict) for _, q in batch])
            loss = cross_entropy(pooled(model, batch, chance.random() < 0.25), wanted, label_smoothing=0.05)
            optimiser.zero_grad()
            loss.backward()
            torch.nn.utils.clip_grad_norm_(model.joint.parameters(), 1.0)
            optimiser.step()
            schedule.step()
            done += 1
            keep = min(AVERAGE, (1 + done) / (10 + done))
            for name, value in model.joint.state_dict().items():
                average[name].lerp_(value, 1 - keep)
            bar.update()
            bar.set_postfix(loss=f"{loss.item():.3f}", refresh=False)
        own = {k: v.clone() for k, v in model.joint.state_dict().items()}
        model.joint.load_state_dict(average)
        model.eval()
        line = {"epoch": epoch + 1, "minutes": round((time.monotonic() - started) / 60, 1), "held": accuracy(model, held)}
        line |= {"dev": accuracy(model, dev)} if dev else {}
        with (o.out / "log.jsonl").open("a", encoding="utf-8") as log:
            log.write(json.dumps(line) + "\n")
        score = line["held"]["verdict"] - line["held"]["danger"]
        if score > best:
            best = score
            torch.save(average, o.out / "best.pt")
        model.joint.load_state_dict(own)
        model.train()
    bar.close()
    (o.out / "done").touch()


if __name__ == "__main__":
    main()
