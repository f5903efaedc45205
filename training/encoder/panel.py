"""A question and the likeliest clauses of a policy read together, all at once: which must be cited, what verdict
each gives, and (none of them being relevant) that the policy is silent.

The lower layers of MiniLM read every text apart, and stay as they are, so that a clause is read once a policy version;
the upper layers, which start from the tuned encoder's, read the question and the whole panel joined: a clause is seen beside its rivals.
"""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import numpy as np
import torch
from torch import Tensor, nn
from torch.nn.functional import normalize

from encoder.data import VERDICTS
from encoder.model import Encoder, batches

WIDTH = 384
COSINE = 20.0
"""The cosine of question and clause counts so much to begin with, as in the encoder's own training."""
SLOTS = 12
"""Clauses of a panel at most."""
JOINED = 8192
"""Word pieces of joined panels, padding included, that go through the upper layers at once."""


class Panel(nn.Module):
    """The layers above and the two heads. What ONNX exports.

    forward(hidden (panels, pieces, 384), of (panels, 1 + SLOTS, pieces)) with `of` 1.0 where a piece belongs to the
    question (row 0) or to the clause of a slot -> (relevance (panels, SLOTS), verdict (panels, SLOTS, 4)): logits.
    What an empty slot gets means nothing.
    """

    def __init__(self, layers: nn.ModuleList) -> None:
        super().__init__()
        self.layers = layers
        self.side = nn.Parameter(torch.zeros(WIDTH))
        self.slot = nn.Parameter(0.02 * torch.randn(SLOTS, WIDTH))
        self.mixed = nn.Sequential(nn.Linear(3 * WIDTH, 256), nn.GELU(), nn.Dropout(0.1))
        self.relevance, self.verdict = nn.Linear(256, 1), nn.Linear(256, len(VERDICTS))
        self.scale, self.offset = nn.Parameter(torch.tensor(COSINE)), nn.Parameter(torch.tensor(-0.5 * COSINE))
        nn.init.zeros_(self.relevance.weight)
        nn.init.zeros_(self.relevance.bias)

    def forward(self, hidden: Tensor, of: Tensor) -> tuple[Tensor, Tensor]:
        said = of[:, 1:]
        hidden = hidden + said.transpose(1, 2) @ (self.slot + self.side)
        bias = (1.0 - of.sum(dim=1))[:, None, None, :] * -1e4
        for layer in self.layers:
            hidden = layer(hidden, bias)
        means = of @ hidden / of.sum(dim=2, keepdim=True).clamp(min=1.0)
        c = means[:, 1:]
        q = means[:, :1].expand_as(c)
        cosine = (normalize(q, dim=2) * normalize(c, dim=2)).sum(dim=2)
        mixed = self.mixed(torch.cat([q, c, q * c], dim=2))
        return self.scale * cosine + self.offset + self.relevance(mixed).squeeze(2), self.verdict(mixed)


class PanelReader(nn.Module):
    """Texts to logits: an Encoder's lower half, and Panel on top of it."""

    def __init__(self, folder: Path, frozen: int = 3) -> None:
        """`folder`: the tuned encoder's weights; its layers from `frozen` on are copied and learn."""
        super().__init__()
        self.lower = Encoder(folder, frozen=frozen)
        self.panel = Panel(self.lower.upper)

    def forward(self, questions: Sequence[str], panels: Sequence[Sequence[str]]) -> tuple[list[Tensor], list[Tensor]]:
        """One panel of clauses a question -> for each (clauses,) relevance and (clauses, 4) verdict logits."""
        self.lower._keep([*questions, *(t for panel in panels for t in panel)])
        kept = self.lower._kept
        rows = [[kept[q], *(kept[t] for t in panel)] for q, panel in zip(questions, panels, strict=True)]
        relevance: dict[int, Tensor] = {}
        verdict: dict[int, Tensor] = {}
        for places in batches([sum(map(len, row)) for row in rows], JOINED):
            r, v = self.panel(*joined([rows[i] for i in places]))
            for row, i in enumerate(places):
                relevance[i], verdict[i] = r[row, : len(rows[i]) - 1], v[row, : len(rows[i]) - 1]
        order = range(len(rows))
        return [relevance[i] for i in order], [verdict[i] for i in order]


def joined(rows: Sequence[Sequence[np.ndarray]]) -> tuple[Tensor, Tensor]:
    """What Panel.forward wants of rows of pieces (the question's first, then a clause's each), padded to the longest."""
    longest = max(sum(map(len, row)) for row in rows)
    hidden = np.zeros((len(rows), longest, WIDTH), dtype=np.float32)
    of = np.zeros((len(rows), 1 + SLOTS, longest), dtype=np.float32)
    for i, row in enumerate(rows):
        start = 0
        for slot, pieces in enumerate(row):
            hidden[i, start : start + len(pieces)] = pieces
            of[i, slot, start : start + len(pieces)] = 1
            start += len(pieces)
    return torch.from_numpy(hidden), torch.from_numpy(of)
