"""How surely clauses bear a sentence out: the support reader and trees over what stands out between the two, mixed."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Self

from policybot.beside import beside
from policybot.reading_model import ReadingModel
from policybot.records import Clause


@dataclass(frozen=True, slots=True)
class Supporter:
    """`mix`: what a log-odd of the trees and of the reader counts, and a constant; `line`: log-odds from which a sentence is taken
    as supported, drawn where 2% of the unsupported ones would pass (training/fit_support.py)."""

    model: ReadingModel
    mix: tuple[float, float, float]
    line: float

    @classmethod
    def open(cls, model: ReadingModel) -> Self:
        """The mix that was fitted to the models."""
        fitted = json.loads(model.file("support.json").read_text(encoding="utf-8"))
        trees, reader, constant = fitted["mix"]
        return cls(model, (trees, reader, constant), fitted["line"])

    def support(self, sentence: str, clauses: Sequence[Clause], question: str) -> float:
        """Log-odds that the clauses (one or more) say all that the sentence says. `question`: its words may be taken up."""
        with self.model.one_question():
            trees = self.model.support_trees(beside(sentence, clauses, question, self.model))
            reader = self.model.support(sentence, [c.searchable for c in clauses])
        return self.mix[0] * trees + self.mix[1] * reader + self.mix[2]
