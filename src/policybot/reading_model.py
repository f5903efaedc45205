"""The model that ships with the program: texts to vectors, and a question read with clauses.

Four ONNX graphs in 8 bit (training/encoder/export.py wrote them): `lower` reads a text alone, `sentence`
makes its vector of that, `pair` and `ruling` read a question and a clause joined. What `lower`
made of a clause is kept, so that a clause is read once, not once a question.
"""

from __future__ import annotations

import hashlib
import json
import threading
from collections import OrderedDict
from collections.abc import Sequence
from functools import cached_property
from importlib.resources import as_file, files
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from policybot.errors import ModelError
from policybot.vectors import FingerprintedEmbeddings

if TYPE_CHECKING:
    from onnxruntime import InferenceSession
    from tokenizers import Tokenizer

LONGEST = 128
"""Word pieces of a text that are read, as in training."""
PIECES = 2048
"""Word pieces, padding included, that go through a graph at once."""
KEPT = 3000
"""Texts whose hidden states are kept, each about 30 KB."""
FILES = ("lower.onnx", "sentence.onnx", "pair.onnx", "ruling.onnx", "tokenizer.json")
WIDTH = 384
VERDICTS = 4

Hidden = NDArray[np.float16]


class ReadingModel(FingerprintedEmbeddings):
    """The packaged model. Unit vectors, so a dot product is a cosine. Safe to share between threads."""

    def __init__(self, folder: Path, threads: int) -> None:
        """`folder` holds the graphs, the tokenizer and model.json. ModelError when one is missing or altered."""
        self._folder, self._threads = folder, threads
        self._fingerprint = f"policybot-reader@sha256:{_checked(folder)}"
        self._kept: OrderedDict[str, Hidden] = OrderedDict()
        self._keeping = threading.Lock()

    @classmethod
    def packaged(cls, threads: int) -> ReadingModel:
        """The weights that came with the program."""
        with as_file(files("policybot").joinpath("data/model")) as folder:
            return cls(Path(folder), threads)

    @property
    def fingerprint(self) -> str:
        return self._fingerprint

    @property
    def dimension(self) -> int:
        return WIDTH

    def embed_documents(self, texts: list[str]) -> list[list[float]]:
        """One unit vector a text, in order; [] for []."""
        return self.vectors(texts).tolist()

    def embed_query(self, text: str) -> list[float]:
        """The unit vector of a question."""
        return self.embed_documents([text])[0]

    def vectors(self, texts: Sequence[str]) -> NDArray[np.float32]:
        """(texts, 384) unit vectors, in order."""
        out = np.zeros((len(texts), WIDTH), dtype=np.float32)
        for i, text in enumerate(texts):
            state, mask = _padded([self._read(text)])
            out[i] = self._sentence.run(["sentence"], {"hidden": state, "mask": mask})[0][0]
        return out

    def relevance(self, question: str, clauses: Sequence[str]) -> NDArray[np.float64]:
        """(clauses,) log-odds that each must be cited; a clause as Clause.searchable has it."""
        return self._joined(self._pair, "relevance", question, clauses)

    def verdicts(self, question: str, clauses: Sequence[str]) -> NDArray[np.float64]:
        """(clauses, 4) scores of allowed, conditional, not allowed, informational, clause by clause."""
        return self._joined(self._ruling, "verdict", question, clauses).reshape(-1, VERDICTS)

    def _joined(self, graph: InferenceSession, output: str, question: str, clauses: Sequence[str]) -> NDArray[np.float64]:
        """One output of a graph that reads a question and a clause together."""
        asked, said = self._read(question), self._remembered(clauses)
        rows: list[NDArray[np.float32]] = [np.zeros(0, dtype=np.float32)] * len(said)
        for places in _batches([len(asked) + len(h) for h in said]):
            state, mask = _padded([np.concatenate([asked, said[i]]) for i in places])
            first = np.zeros_like(mask)
            first[:, : len(asked)] = 1.0
            fed = {"hidden": state, "asked": first, "said": mask - first}
            for row, i in zip(graph.run([output], fed)[0], places, strict=True):
                rows[i] = row
        return np.array(rows, dtype=np.float64)

    def _remembered(self, texts: Sequence[str]) -> list[Hidden]:
        """_read of clauses, each read once. Nothing that a person typed is ever kept here."""
        with self._keeping:
            found = {t: self._kept[t] for t in texts if t in self._kept}
            for t in found:
                self._kept.move_to_end(t)
        new = sorted({t for t in texts if t not in found})
        found |= {t: self._read(t) for t in new}
        with self._keeping:
            self._kept |= {t: found[t] for t in new}
            while len(self._kept) > KEPT:
                self._kept.popitem(last=False)
        return [found[t] for t in texts]

    def _read(self, text: str) -> Hidden:
        """What the lower layers make of a text: (pieces, 384), in half precision.

        One at a time: 8-bit graphs scale by what is in the batch, and the same text must always come out the same.
        """
        pieces = self._tokenizer.encode(text).ids
        fed = {"input_ids": np.array([pieces], dtype=np.int64), "attention_mask": np.ones((1, len(pieces)), dtype=np.int64)}
        hidden: Hidden = self._lower.run(["hidden"], fed)[0][0].astype(np.float16)
        return hidden

    @cached_property
    def _tokenizer(self) -> Tokenizer:
        from tokenizers import Tokenizer

        tokenizer = Tokenizer.from_file(str(self._folder / "tokenizer.json"))
        tokenizer.enable_truncation(LONGEST)
        return tokenizer

    @cached_property
    def _lower(self) -> InferenceSession:
        return self._session("lower")

    @cached_property
    def _sentence(self) -> InferenceSession:
        return self._session("sentence")

    @cached_property
    def _pair(self) -> InferenceSession:
        return self._session("pair")

    @cached_property
    def _ruling(self) -> InferenceSession:
        return self._session("ruling")

    def _session(self, graph: str) -> InferenceSession:
        import onnxruntime

        options = onnxruntime.SessionOptions()
        options.intra_op_num_threads = self._threads
        options.add_session_config_entry("session.intra_op.allow_spinning", "0")
        return onnxruntime.InferenceSession(str(self._folder / f"{graph}.onnx"), options, providers=["CPUExecutionProvider"])


def _checked(folder: Path) -> str:
    """The digest of all weights; ModelError unless every file is as model.json says."""
    try:
        listed = json.loads((folder / "model.json").read_text(encoding="utf-8"))["sha256"]
        expected = {name: str(listed[name]) for name in FILES}
    except (OSError, ValueError, KeyError, TypeError) as error:
        raise ModelError(f"reader's model in {folder}", f"model.json cannot be read ({error!r})", _REINSTALL) from error
    for name, digest in expected.items():
        file = folder / name
        found = hashlib.sha256(file.read_bytes()).hexdigest() if file.is_file() else "missing"
        if found != digest:
            raise ModelError(f"reader's model {file}", f"its SHA-256 is {found}, not {digest}", _REINSTALL)
    # Vectors depend on these three alone; a new pair graph leaves an index as good as it was.
    vectors = "".join(expected[n] for n in ("lower.onnx", "sentence.onnx", "tokenizer.json"))
    return hashlib.sha256(vectors.encode()).hexdigest()


_REINSTALL = "Install policybot afresh, or restore src/policybot/data/model from git"


def _batches(lengths: Sequence[int]) -> list[list[int]]:
    """Places of like length together, each batch at most PIECES with its padding."""
    chunks: list[list[int]] = []
    for i in sorted(range(len(lengths)), key=lengths.__getitem__):
        if chunks and (len(chunks[-1]) + 1) * lengths[i] <= PIECES:
            chunks[-1].append(i)
        else:
            chunks.append([i])
    return chunks


def _padded(rows: Sequence[Hidden]) -> tuple[NDArray[np.float32], NDArray[np.float32]]:
    """(rows, longest, 384) and the mask (rows, longest), 1.0 where a piece is."""
    longest = max(map(len, rows))
    state = np.zeros((len(rows), longest, WIDTH), dtype=np.float32)
    mask = np.zeros((len(rows), longest), dtype=np.float32)
    for i, row in enumerate(rows):
        state[i, : len(row)], mask[i, : len(row)] = row, 1.0
    return state, mask
