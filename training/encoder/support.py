"""Whether clauses support a sentence about them: the panel reader's layers over both joined, and a head over the means of both
and over what stands out most among the sentence's pieces, for one wrong word is enough."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import numpy as np
import torch
from torch import Tensor, nn

from encoder.model import Encoder
from encoder.panel import JOINED, WIDTH, batches


class Support(nn.Module):
    """The layers above and the head. What ONNX exports.

    forward(hidden (n, pieces, 384), of (n, 2, pieces)) with `of` 1.0 where a piece belongs to the sentence (row 0) or
    to the clauses (row 1) -> support (n,): log-odds that the clauses say all that the sentence says.
    """

    def __init__(self, layers: nn.ModuleList) -> None:
        super().__init__()
        self.layers = layers
        self.side = nn.Parameter(torch.zeros(WIDTH))
        self.piece = nn.Sequential(nn.Linear(WIDTH, 96), nn.GELU())
        self.head = nn.Sequential(nn.Linear(4 * WIDTH + 96, 256), nn.GELU(), nn.Dropout(0.1), nn.Linear(256, 1))

    def forward(self, hidden: Tensor, of: Tensor) -> Tensor:
        hidden = hidden + of[:, 1].unsqueeze(-1) * self.side
        bias = (1.0 - of.sum(dim=1))[:, None, None, :] * -1e4
        for layer in self.layers:
            hidden = layer(hidden, bias)
        means = of @ hidden / of.sum(dim=2, keepdim=True).clamp(min=1.0)
        s, c = means[:, 0], means[:, 1]
        standing_out = (self.piece(hidden) - (1.0 - of[:, 0]).unsqueeze(-1) * 1e4).amax(dim=1)
        return self.head(torch.cat([s, c, s * c, (s - c).abs(), standing_out], dim=1)).squeeze(1)


class SupportReader(nn.Module):
    """Texts to log-odds: an Encoder's lower half, and Support on top of it."""

    def __init__(self, folder: Path, frozen: int = 3) -> None:
        """`folder`: the tuned encoder's weights; its layers from `frozen` on are copied and learn."""
        super().__init__()
        self.lower = Encoder(folder, frozen=frozen)
        self.support = Support(self.lower.upper)

    def forward(self, sentences: Sequence[str], clauses: Sequence[Sequence[str]]) -> Tensor:
        """(sentences,) log-odds; `clauses[i]` are the texts that sentence i is judged by."""
        self.lower._keep([*sentences, *(t for own in clauses for t in own)])
        kept = self.lower._kept
        rows = [[kept[s], *(kept[t] for t in own)] for s, own in zip(sentences, clauses, strict=True)]
        found: dict[int, Tensor] = {}
        for places in batches([sum(map(len, row)) for row in rows], JOINED):
            out = self.support(*paired([rows[i] for i in places]))
            found |= {i: out[k] for k, i in enumerate(places)}
        return torch.stack([found[i] for i in range(len(rows))])


def paired(rows: Sequence[Sequence[np.ndarray]]) -> tuple[Tensor, Tensor]:
    """What Support.forward wants of rows of pieces (the sentence's first, then its clauses'), padded to the longest."""
    longest = max(sum(map(len, row)) for row in rows)
    hidden = np.zeros((len(rows), longest, WIDTH), dtype=np.float32)
    of = np.zeros((len(rows), 2, longest), dtype=np.float32)
    for i, row in enumerate(rows):
        joined = np.concatenate(row)
        hidden[i, : len(joined)] = joined
        of[i, 0, : len(row[0])] = 1
        of[i, 1, len(row[0]) : len(joined)] = 1
    return torch.from_numpy(hidden), torch.from_numpy(of)
