"""What training/calibrate.py learnt: data/reader.json."""

from __future__ import annotations

import json
from dataclasses import dataclass
from functools import lru_cache
from importlib.resources import files

from policybot.disclosure import DisclosureModel
from policybot.errors import ModelError
from policybot.logistic import Logistic
from policybot.recogniser import Recogniser
from policybot.wording import Wording


@dataclass(frozen=True, slots=True)
class Choices:
    """Where the lines are drawn. `covered`: least probability that the policy answers; `covered_short`: the same for
    questions of few words, in which there is less to be sure by.
    `surely`: from this relevance of its best clause on the policy answers.
    `permission`: least probability of a permission question to be given a ruling.
    `not_allowed`, `allowed`: the least share of the three rulings' probability that those need, the ban looked at first; leave
    is told only while the ban's share is below `ban_at_most`, and where it is likelier than conditional, which is what is left:
    doubt falls on the strict side.
    `no_question`: from this probability on a message is taken to ask nothing that a policy could answer. `cite_share`, `cite_least`: a clause is cited from this share of the best one's relevance, and
    this relevance, on."""

    covered: float
    covered_short: float
    surely: float
    permission: float
    allowed: float
    not_allowed: float
    ban_at_most: float
    cite_share: float
    cite_least: float
    no_question: float


@dataclass(frozen=True, slots=True)
class Weights:
    """All coefficients: the kind of a question by its wording, the ranker, the decisions, and disclosures.

    `wording` is what the words of a question alone say of its verdict, `ruling` the deontic reading, `verdict` weighs it with the reading model's,
    `idle` whether a message asks anything at all."""

    kind: Wording
    wording: Wording
    ranker: Logistic
    coverage: Logistic
    ruling: Logistic
    verdict: Logistic
    disclosure: DisclosureModel
    idle: Recogniser
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
            wording=Wording.load(raw["wording"]),
            ranker=Logistic.load(raw["ranker"]),
            coverage=Logistic.load(raw["coverage"]),
            ruling=Logistic.load(raw["ruling"]),
            verdict=Logistic.load(raw["verdict"]),
            disclosure=DisclosureModel.load(raw["disclosure"]),
            idle=Recogniser.load(raw["idle"]),
            choices=Choices(**raw["choices"]),
        )
