"""What training/calibrate.py learnt: data/reader.json."""

from __future__ import annotations

import json
from dataclasses import dataclass
from functools import lru_cache
from importlib.resources import files

from policybot.errors import ModelError
from policybot.logistic import Logistic
from policybot.trees import Forest
from policybot.wording import Wording


@dataclass(frozen=True, slots=True)
class Choices:
    """Where the lines are drawn. `covered`: least probability that the policy answers;
    `covered_permission`: the same for permission questions, whose verdict an abstention loses.
    `permission`: least probability of a permission question to be given a ruling.
    `allowed`, `not_allowed`: factors on those verdicts' probabilities, so that doubt falls on
    the strict side; "allowed" must have at least `allowed_least` of what they then come to.
    `cite_share`, `cite_least`: a clause is cited from this share of the best one's relevance, and
    this relevance, on."""

    covered: float
    covered_permission: float
    permission: float
    allowed: float
    not_allowed: float
    allowed_least: float
    cite_share: float
    cite_least: float


@dataclass(frozen=True, slots=True)
class Weights:
    """All coefficients: the two readings of a question's wording, the ranker, and the two decisions."""

    kind: Wording
    verdict_wording: Wording
    verdict_meaning: Logistic
    ranker: Forest
    coverage: Logistic
    ruling: Logistic
    choices: Choices

    @classmethod
    @lru_cache(maxsize=1)
    def open(cls) -> Weights:
        """The coefficients that ship with the package, read once. ModelError without them."""
        try:
            return cls.load(json.loads(files("policybot").joinpath("data/reader.json").read_text(encoding="utf-8")))
        except (FileNotFoundError, KeyError, ValueError) as error:
            raise ModelError(
                "policybot/data/reader.json",
                f"it is not the reader's coefficients ({error!r})",
                "Run python training/calibrate.py",
            ) from error

    @classmethod
    def load(cls, raw: dict) -> Weights:
        """From the JSON that training/calibrate.py writes. KeyError when a part is missing."""
        return cls(
            kind=Wording.load(raw["kind"]),
            verdict_wording=Wording.load(raw["verdict_wording"]),
            verdict_meaning=Logistic.load(raw["verdict_meaning"]),
            ranker=Forest.load(raw["ranker"]),
            coverage=Logistic.load(raw["coverage"]),
            ruling=Logistic.load(raw["ruling"]),
            choices=Choices(**raw["choices"]),
        )
