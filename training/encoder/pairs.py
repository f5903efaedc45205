"""A question and a clause read together: how relevant the clause is, and what verdict it gives.

The lower layers of MiniLM read both apart, and stay as they are, so that a clause is read once a
policy version; the upper layers, which start from the tuned encoder's, read the two joined.
"""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import numpy as np
import torch
from torch import Tensor, nn
from torch.nn.functional import normalize

from encoder.data import VERDICTS
from encoder.model import Encoder

WIDTH = 384
COSINE = 20.0
"""The cosine of the two halves counts so much to begin with, as in the encoder's own training."""
JOINED = 8192
"""Word pieces of joined pairs, padding included, that go through the upper layers at once."""


class Joint(nn.Module):
    """The layers above and the two heads. What ONNX exports.

    forward(hidden (pairs, pieces, 384), asked (pairs, pieces), said (pairs, pieces)) with `asked`
    1.0 at the question's pieces, `said` 1.0 at the clause's, 0.0 at both in padding ->
    (relevance (pairs,), verdict (pairs, 4)): logits.
    """

    def __init__(self, layers: nn.ModuleList) -> None:
        super().__init__()
        self.layers = layers
        self.side = nn.Parameter(torch.zeros(WIDTH))
        self.mixed = nn.Sequential(nn.Linear(3 * WIDTH, 256), nn.GELU(), nn.Dropout(0.1))
        self.relevance, self.verdict = nn.Linear(256, 1), nn.Linear(256, len(VERDICTS))
        self.scale, self.offset = nn.Parameter(torch.tensor(COSINE)), nn.Parameter(torch.tensor(-0.5 * COSINE))
        nn.init.zeros_(self.relevance.weight)
        nn.init.zeros_(self.relevance.bias)

    def forward(self, hidden: Tensor, asked: Tensor, said: Tensor) -> tuple[Tensor, Tensor]:
        hidden = hidden + said.unsqueeze(-1) * self.side
        bias = (1.0 - asked - said)[:, None, None, :] * -1e4
        for layer in self.layers:
            hidden = layer(hidden, bias)
        q = _mean(hidden, asked)
        c = _mean(hidden, said)
        cosine = (normalize(q, dim=1) * normalize(c, dim=1)).sum(dim=1)
        mixed = self.mixed(torch.cat([q, c, q * c], dim=1))
        return self.scale * cosine + self.offset + self.relevance(mixed).squeeze(1), self.verdict(mixed)


def _mean(hidden: Tensor, mask: Tensor) -> Tensor:
    return (hidden * mask.unsqueeze(-1)).sum(dim=1) / mask.sum(dim=1, keepdim=True)


class PairReader(nn.Module):
    """Texts to logits: an Encoder's lower half, and Joint on top of it."""

    def __init__(self, folder: Path, frozen: int = 3) -> None:
        """`folder`: the tuned encoder's weights; its layers from `frozen` on are copied and learn."""
        super().__init__()
        self.lower = Encoder(folder, frozen=frozen)
        self.joint = Joint(self.lower.upper)

    def forward(self, questions: Sequence[str], clauses: Sequence[str], pairs: np.ndarray) -> tuple[Tensor, Tensor]:
        """`pairs` (n, 2): indices of a question and a clause -> relevance (n,), verdict (n, 4)."""
        self.lower._keep([*questions, *clauses])
        kept = self.lower._kept
        halves = [(kept[questions[q]], kept[clauses[c]]) for q, c in pairs]
        lengths = [len(a) + len(b) for a, b in halves]
        relevance: list[Tensor | None] = [None] * len(halves)
        verdict: list[Tensor | None] = [None] * len(halves)
        for places in batches(lengths, JOINED):
            r, v = self.joint(*joined([halves[i] for i in places]))
            for row, i in enumerate(places):
                relevance[i], verdict[i] = r[row], v[row]
        return torch.stack([r for r in relevance if r is not None]), torch.stack([v for v in verdict if v is not None])


def joined(halves: Sequence[tuple[np.ndarray, np.ndarray]]) -> tuple[Tensor, Tensor, Tensor]:
    """What Joint.forward wants of (question pieces, clause pieces) pairs, padded to the longest."""
    longest = max(len(a) + len(b) for a, b in halves)
    hidden = np.zeros((len(halves), longest, WIDTH), dtype=np.float32)
    asked, said = np.zeros((2, len(halves), longest), dtype=np.float32)
    for i, (a, b) in enumerate(halves):
        hidden[i, : len(a)], hidden[i, len(a) : len(a) + len(b)] = a, b
        asked[i, : len(a)] = 1
        said[i, len(a) : len(a) + len(b)] = 1
    return torch.from_numpy(hidden), torch.from_numpy(asked), torch.from_numpy(said)


def batches(lengths: Sequence[int], most: int) -> list[list[int]]:
    """Places of like length together, each batch at most `most` pieces with its padding."""
    chunks: list[list[int]] = []
    for i in sorted(range(len(lengths)), key=lengths.__getitem__):
        if chunks and (len(chunks[-1]) + 1) * lengths[i] <= most:
            chunks[-1].append(i)
        else:
            chunks.append([i])
    return chunks
