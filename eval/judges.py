"""Judges: how a chat model rates answers that a chat model wrote. Wanted by some, needed by nothing else here.

RAGAS asks the questions; the judge is any LangChain chat model, pinned apart from the one that answered. Install
it with `pip install 'policybot[judges]'`.
"""

from __future__ import annotations

import json
import math
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from importlib.util import find_spec
from os import environ
from pathlib import Path
from typing import Protocol, Self

import numpy as np
from langchain_core.embeddings import Embeddings
from langchain_core.language_models import BaseChatModel

from eval.intervals import Interval, bootstrap_interval
from eval.measures import SEED, ratio
from eval.ragas_data import ClauseText, Sample, samples_of
from eval.stored import RunHead, StoredCase, StoredRun, replace_file
from policybot.errors import PolicybotError
from policybot.records import Verdict

INSTALL = "pip install 'policybot[judges]'"
LOWEST = 5
"""So many of the worst answers are named."""


class JudgeError(PolicybotError):
    """There is no judge, or it cannot judge."""


@dataclass(frozen=True, slots=True)
class Rating:
    """One answer's shares in [0, 1]; None where the judge came to none.

    `faithfulness`: statements of the answer that the cited clauses bear out / statements. `relevancy`: mean cosine
    of the question and questions that the answer would fit, 0 for an evasive one (Es et al. 2024).
    """

    faithfulness: float | None
    relevancy: float | None


class Judge(Protocol):
    """Whoever rates one answer. `name` goes into the record; any exception means that this answer has no rating."""

    @property
    def name(self) -> str: ...

    def rate(self, sample: Sample) -> Rating: ...


@dataclass(frozen=True, slots=True)
class Judgement:
    """Ratings by case id. `failed`: case id -> why it has none. `passed_over`: answers that were not put to the judge."""

    run: str
    judge: str
    ratings: Mapping[str, Rating]
    failed: Mapping[str, str]
    passed_over: int

    def mean(self, name: str) -> tuple[float | None, Interval | None, int]:
        """Mean of 'faithfulness' or 'relevancy' in [0, 1], its 95% interval over resampled cases, and of how many answers."""
        rated = [value for rating in self.ratings.values() if (value := getattr(rating, name)) is not None]
        rows = np.array([(value, 1.0) for value in rated], dtype=np.float64).reshape(len(rated), 2)
        return (float(rows[:, 0].mean()), bootstrap_interval(rows, ratio, SEED), len(rated)) if rated else (None, None, 0)

    def lowest(self, name: str) -> tuple[tuple[str, float], ...]:
        """The up to five answers rated lowest, worst first."""
        rated = [(case_id, value) for case_id, rating in self.ratings.items() if (value := getattr(rating, name)) is not None]
        return tuple(sorted(rated, key=lambda pair: pair[1])[:LOWEST])


def judge_run(run: StoredRun, judge: Judge, texts: ClauseText, composed: bool = False) -> Judgement:
    """Put the run's generated answers to the judge, with `composed` the composed ones as well.

    Passed over: abstentions, worries about a child, follow-ups (a run does not keep the turns before them).
    JudgeError or RagasDataError when there is nothing to judge; JudgeError when the first answer fails, which may be a key or a name that
    is wrong; a later failure is kept with its case, and is no rating of 0.
    """
    answered = tuple(case for case in run.cases if case.given is not Verdict.NOT_COVERED and (composed or generated(case)))
    if not answered:
        cause = "no answer in it was worded by a chat model: composed answers quote, and need no judge"
        raise JudgeError(f"run {run.head.name}", cause, "Run the set with a chat model, or judge composed answers with --composed.")
    samples = samples_of(StoredRun(run.head, answered), texts).samples
    ratings: dict[str, Rating] = {}
    failed: dict[str, str] = {}
    for case_id, sample in samples.items():
        try:
            ratings[case_id] = judge.rate(sample)
        except Exception as failure:  # whatever a provider's library raises
            if not ratings:
                cause = f"it failed at case {case_id} ({type(failure).__name__}: {failure})"
                raise JudgeError(f"judge {judge.name}", cause, "Check its key, its name and the network.") from failure
            failed[case_id] = f"{type(failure).__name__}: {failure}"
    return Judgement(run.head.name, judge.name, ratings, failed, len(run.cases) - len(samples))


def generated(case: StoredCase) -> bool:
    """Whether a chat model worded the answer: a composed one is known to have taken no tokens."""
    return case.tokens is None or case.tokens.all > 0


def require_apart(judge_model: str, head: RunHead, chat_model: str | None) -> None:
    """JudgeError when the judge is a model that answered: one named in the run, or the configured one.

    A model rates its own words too well (Panickssery, Bowman & Feng 2024, "LLM Evaluators Recognize and Favor Their Own
    Generations").
    """
    answering = {name.lower() for name in (*head.models.values(), chat_model) if name}
    if judge_model.lower() in answering:
        raise JudgeError(f"judge {judge_model}", "it is the model that answered", "Name another, or say --same if you mean it.")


def write_judgement(judgement: Judgement, path: Path) -> None:
    """Write ratings and failures as JSON, whole or not at all. StoredRunError."""
    body = {
        "run": judgement.run,
        "judge": judgement.judge,
        "ratings": {case_id: asdict(rating) for case_id, rating in judgement.ratings.items()},
        "failed": dict(judgement.failed),
        "passed_over": judgement.passed_over,
    }
    replace_file(path, json.dumps(body, ensure_ascii=False, indent=1) + "\n")


class RagasJudge:
    """RAGAS's faithfulness and answer relevancy, asked of a LangChain chat model."""

    def __init__(self, name: str, model: BaseChatModel, embeddings: Embeddings) -> None:
        """`embeddings` tell how like two questions are. JudgeError when RAGAS is not installed."""
        # RAGAS sends usage figures home unless this stands there when it is imported.
        environ["RAGAS_DO_NOT_TRACK"] = "true"
        try:
            from ragas.embeddings import LangchainEmbeddingsWrapper
            from ragas.llms import LangchainLLMWrapper
            from ragas.metrics import Faithfulness, ResponseRelevancy
        except ImportError as missing:
            raise JudgeError("RAGAS", f"it is not installed whole ({missing})", f"Install it: {INSTALL}") from missing
        asked = LangchainLLMWrapper(model)
        self._name = name
        self._faithfulness = Faithfulness(llm=asked)
        self._relevancy = ResponseRelevancy(llm=asked, embeddings=LangchainEmbeddingsWrapper(embeddings))

    @classmethod
    def named(cls, name: str, embeddings: Embeddings) -> Self:
        """The judge `PROVIDER:NAME`, such as 'anthropic:claude-sonnet-4-5'. JudgeError when it cannot be had."""
        if find_spec("ragas") is None:
            raise JudgeError("RAGAS", "it is not installed", f"Install it: {INSTALL}")
        return cls(name, chat_model(name), embeddings)

    @property
    def name(self) -> str:
        return self._name

    def rate(self, sample: Sample) -> Rating:
        """Both ratings; raises what the provider's library raises."""
        from ragas import SingleTurnSample

        put = SingleTurnSample(
            user_input=sample.user_input, response=sample.response, retrieved_contexts=list(sample.retrieved_contexts)
        )
        return Rating(_share(self._faithfulness.single_turn_score(put)), _share(self._relevancy.single_turn_score(put)))


def chat_model(name: str) -> BaseChatModel:
    """LangChain's chat model PROVIDER:NAME, as little given to chance as it can be. JudgeError when it cannot be had."""
    from langchain.chat_models import init_chat_model

    provider, colon, model = name.partition(":")
    if not (provider and colon and model):
        raise JudgeError(f"judge {name}", "it names no provider and model", "Write PROVIDER:NAME, such as openai:gpt-5-mini.")
    try:
        return init_chat_model(model, model_provider=provider, temperature=0)
    except ImportError as missing:
        cure = f"Install what it names: pip install langchain-{provider.replace('_', '-')}"
        raise JudgeError(f"judge {name}", str(missing), cure) from missing
    except Exception as refusal:  # an unknown provider, a key that is not set: each library has its own
        raise JudgeError(f"judge {name}", str(refusal), "Correct the name, and set the provider's key.") from refusal


def _share(value: object) -> float | None:
    """RAGAS says NaN where it came to nothing."""
    number = float(value)  # type: ignore[arg-type]
    return None if math.isnan(number) else number
