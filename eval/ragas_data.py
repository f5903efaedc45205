"""RAGAS: a stored run as the samples that RAGAS and programs like it read, one JSON object a line.

    {"user_input": "...", "retrieved_contexts": ["..."], "response": "...", "reference": "...", "reference_contexts": ["..."],
     "retrieved_context_ids": ["..."], "reference_context_ids": ["..."]}

Source: `SingleTurnSample` of ragas 0.4 (Es et al. 2024, "RAGAs: Automated Evaluation of Retrieval Augmented Generation").
"""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import asdict, dataclass
from pathlib import Path

from eval.cases import CaseKind
from eval.stored import StoredCase, StoredRun, replace_file
from policybot.compose import HEADLINES
from policybot.errors import PolicybotError

ClauseText = Callable[[str], str | None]
"""A clause's id -> its words, stem first; None where they are not known to be those of the run."""


class RagasDataError(PolicybotError):
    """A run cannot be made into samples."""


@dataclass(frozen=True, slots=True)
class Sample:
    """One answer. `retrieved_contexts`: the clauses that it cites, () of an abstention.

    `reference_contexts`: of each group of evidence the clause that it cites, or else the group's first, as any one
    will do. `reference`: the right verdict in words, then these clauses; nobody wrote it as an answer.
    """

    user_input: str
    retrieved_contexts: tuple[str, ...]
    response: str
    reference: str
    reference_contexts: tuple[str, ...]
    retrieved_context_ids: tuple[str, ...]
    reference_context_ids: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class RagasExport:
    """Samples by case id, in the order of the run. `disclosures`: worries about a child, left out;
    `followups`: questions left out because a run does not keep the turns before them."""

    samples: dict[str, Sample]
    disclosures: int
    followups: int


def samples_of(run: StoredRun, texts: ClauseText) -> RagasExport:
    """The run's cases as samples. RagasDataError when the words of a clause are not at hand, or no case may leave."""
    disclosures = [case for case in run.cases if case.question is None]
    followups = [case for case in run.cases if case.question is not None and case.kind is CaseKind.FOLLOWUP]
    out = {case.id for case in (*disclosures, *followups)}
    samples = {case.id: _sample(case, texts) for case in run.cases if case.id not in out}
    if not samples:
        cause = "there is nothing in it but worries about a child and follow-ups"
        raise RagasDataError(f"run {run.head.name}", cause, "Run a set with other questions.")
    return RagasExport(samples, len(disclosures), len(followups))


def write_ragas(path: Path, export: RagasExport) -> None:
    """Write the samples, whole or not at all; `ragas.EvaluationDataset.from_jsonl` reads them. StoredRunError."""
    replace_file(path, "".join(json.dumps(asdict(sample), ensure_ascii=False) + "\n" for sample in export.samples.values()))


def _sample(case: StoredCase, texts: ClauseText) -> Sample:
    needed = tuple(dict.fromkeys(next((c for c in case.cited if c in group), group[0]) for group in case.evidence))
    reference = tuple(_words(clause_id, case, texts) for clause_id in needed)
    return Sample(
        user_input=case.question or "",
        retrieved_contexts=tuple(_words(clause_id, case, texts) for clause_id in case.cited),
        response=case.answer,
        reference="\n\n".join((HEADLINES[case.right], *reference)),
        reference_contexts=reference,
        retrieved_context_ids=case.cited,
        reference_context_ids=needed,
    )


def _words(clause_id: str, case: StoredCase, texts: ClauseText) -> str:
    found = texts(clause_id)
    if found is None:
        cause = f"the words of {clause_id} are not at hand: what is ingested is not what was run"
        raise RagasDataError(f"case {case.id}", cause, "Ingest that edition of the policy, or run the set again.")
    return found
