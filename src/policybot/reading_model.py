"""The model that ships with the program: texts to vectors, and a question read with clauses.

Five ONNX graphs in 8 bit (training/encoder/export.py wrote them): `lower` reads a text alone, `sentence`
makes its vector of that, `panel` reads a question and a panel of up to twelve clauses joined for what must be cited,
`ruling` a question and a few clauses for the verdict, `support` a sentence and the clauses it is said of. What `lower` made of a clause is kept, so that a clause is read once, not once a question.
"""

from __future__ import annotations

import hashlib
import json
import threading
from collections import OrderedDict
from collections.abc import Callable, Collection, Iterator, Sequence
from contextlib import contextmanager
from contextvars import ContextVar
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
SLOTS = 12
"""Clauses of a panel at most, as in training."""
KEPT = 3000
"""Texts whose hidden states are kept, each about 30 KB."""
FILES = ("lower.onnx", "sentence.onnx", "panel.onnx", "ruling.onnx", "support.onnx", "support_trees.onnx", "support.json", "tokenizer.json")
WIDTH = 384
VERDICTS = 4

Hidden = NDArray[np.float16]
_asked: ContextVar[dict[tuple[int, str, str], NDArray[np.floating]] | None] = ContextVar("asked", default=None)
"""What was made of the texts of the question in hand, by model and graph."""


class ReadingModel(FingerprintedEmbeddings):
    """The packaged model. Unit vectors, so a dot product is a cosine. Safe to share between threads."""

    def __init__(self, folder: Path, threads: int, unmade: Collection[str] = ()) -> None:
        """`folder` holds the graphs, the tokenizer and model.json. ModelError when one is missing or altered. `unmade`: those of FILES
        that training has yet to make."""
        self._folder, self._threads = folder, threads
        self._fingerprint = f"policybot-reader@sha256:{_checked(folder, unmade)}"
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

    @contextmanager
    def one_question(self) -> Iterator[None]:
        """While it is open, what is made of a text in this thread is not made again: a question is looked at for several
        decisions. Nothing of it is left afterwards. Inside another one it is that one."""
        if _asked.get() is not None:
            yield
            return
        token = _asked.set({})
        try:
            yield
        finally:
            _asked.reset(token)

    def vectors(self, texts: Sequence[str]) -> NDArray[np.float32]:
        """(texts, 384) unit vectors, in order."""
        out = np.zeros((len(texts), WIDTH), dtype=np.float32)
        for i, text in enumerate(texts):
            out[i] = self._once("sentence", text, self._vector)
        return out

    def _vector(self, text: str) -> NDArray[np.float32]:
        state = self._read(text).astype(np.float32)[None]
        made: NDArray[np.float32] = self._sentence.run(["sentence"], {"hidden": state, "mask": np.ones(state.shape[:2], np.float32)})[0][0]
        return made

    def _once(self, graph: str, text: str, make: Callable[[str], NDArray[np.floating]]) -> NDArray[np.floating]:
        asked = _asked.get()
        if asked is None:
            return make(text)
        key = (id(self), graph, text)
        if key not in asked:
            asked[key] = make(text)
        return asked[key]

    def readings(self, question: str, clauses: Sequence[str]) -> NDArray[np.float64]:
        """(clauses,) log-odds that each must be cited. Clauses as Clause.searchable has them, likeliest first: more than
        SLOTS are dealt to several panels."""
        relevance = np.zeros(len(clauses))
        asked, said = self._read(question), self._remembered(clauses)
        panels = -(-len(clauses) // SLOTS)
        for places in (range(k, len(clauses), panels) for k in range(panels)):
            hidden, of = _joined([asked, *(said[i] for i in places)])
            relevance[places] = self._panel.run(["relevance"], {"hidden": hidden, "of": of})[0][0, : len(places)]
        return relevance

    def rulings(self, question: str, clauses: Sequence[str]) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
        """(clauses, 4) what each rules on the question: scores of allowed, conditional, not allowed, informational; and (clauses,)
        in [0, 1], summing to 1, how far each governs. 1 to SLOTS clauses, as Clause.searchable has them."""
        hidden, of = _joined([self._read(question), *self._remembered(clauses)])
        relevance, verdicts = self._ruling.run(["relevance", "verdict"], {"hidden": hidden, "of": of})
        likely = relevance[0, : len(clauses)].astype(np.float64)
        share = np.exp(likely - likely.max())
        return verdicts[0, : len(clauses)].astype(np.float64), share / share.sum()

    def support(self, sentence: str, clauses: Sequence[str]) -> float:
        """Log-odds that the clauses, as Clause.searchable has them, say all that the sentence says. One clause or more."""
        hidden, of = _joined([self._read(sentence), *self._remembered(clauses)])
        of = np.stack([of[0, 0], of[0, 1 : len(clauses) + 1].sum(axis=0)])[None]
        return float(self._support.run(["support"], {"hidden": hidden, "of": of})[0][0])

    def support_trees(self, numbers: NDArray[np.float64]) -> float:
        """Log-odds of the same by the trees. `numbers`: (BESIDE,) of policybot.beside."""
        return float(self._support_trees.run(["odds"], {"X": numbers[None].astype(np.float32)})[0][0, 0])

    def file(self, name: str) -> Path:
        """One of FILES, as it was checked."""
        return self._folder / name

    def pieces(self, text: str) -> NDArray[np.float32]:
        """(pieces, 384) what the lower layers make of every word piece, the first and the last being marks."""
        return self._read(text).astype(np.float32)

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
        """What the lower layers make of a text: (pieces, 384), in half precision."""
        return self._once("lower", text, self._read_anew)

    def _read_anew(self, text: str) -> Hidden:
        """_read, whatever was read before.

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
    def _panel(self) -> InferenceSession:
        return self._session("panel")

    @cached_property
    def _ruling(self) -> InferenceSession:
        return self._session("ruling")

    @cached_property
    def _support(self) -> InferenceSession:
        return self._session("support")

    @cached_property
    def _support_trees(self) -> InferenceSession:
        return self._session("support_trees")

    def _session(self, graph: str) -> InferenceSession:
        import onnxruntime

        options = onnxruntime.SessionOptions()
        options.intra_op_num_threads = self._threads
        options.add_session_config_entry("session.intra_op.allow_spinning", "0")
        return onnxruntime.InferenceSession(str(self._folder / f"{graph}.onnx"), options, providers=["CPUExecutionProvider"])


def _checked(folder: Path, unmade: Collection[str] = ()) -> str:
    """The digest of all weights; ModelError unless every file is as model.json says."""
    try:
        listed = json.loads((folder / "model.json").read_text(encoding="utf-8"))["sha256"]
        expected = {name: str(listed[name]) for name in FILES if name not in unmade}
    except (OSError, ValueError, KeyError, TypeError) as error:
        raise ModelError(f"reader's model in {folder}", f"model.json cannot be read ({error!r})", _REINSTALL) from error
    for name, digest in expected.items():
        file = folder / name
        found = hashlib.sha256(file.read_bytes()).hexdigest() if file.is_file() else "missing"
        if found != digest:
            raise ModelError(f"reader's model {file}", f"its SHA-256 is {found}, not {digest}", _REINSTALL)
    # Vectors depend on these three alone; a new panel graph leaves an index as good as it was.
    vectors = "".join(expected[n] for n in ("lower.onnx", "sentence.onnx", "tokenizer.json"))
    return hashlib.sha256(vectors.encode()).hexdigest()


_REINSTALL = "Install policybot afresh, or restore src/policybot/data/model from git"


def _joined(texts: Sequence[Hidden]) -> tuple[NDArray[np.float32], NDArray[np.float32]]:
    """What the panel graph reads of a question and its clauses: (1, pieces, 384), and (1, 1 + SLOTS, pieces), 1.0 where a piece is that text's."""
    hidden = np.concatenate(texts).astype(np.float32)
    of = np.zeros((1 + SLOTS, len(hidden)), dtype=np.float32)
    ends = np.cumsum([len(t) for t in texts])
    for slot, end in enumerate(ends):
        of[slot, end - len(texts[slot]) : end] = 1.0
    return hidden[None], of[None]
