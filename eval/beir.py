"""BEIR: a corpus, questions and which documents answer them, as three files that retrieval benchmarks read.

    FOLDER/corpus.jsonl     {"_id": "...", "title": "...", "text": "...", "metadata": {...}}
    FOLDER/queries.jsonl    {"_id": "...", "text": "...", "metadata": {...}}
    FOLDER/qrels/test.tsv   query-id <tab> corpus-id <tab> score, below a header of these words

Source: Thakur et al. 2021, "BEIR: A Heterogeneous Benchmark for Zero-shot Evaluation of Information Retrieval Models".
"""

from __future__ import annotations

import csv
import io
import json
import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any

from eval.cases import Case, CaseKind, check_cases
from eval.stored import json_object, read_text, replace_file
from policybot.catalogue import Catalogue
from policybot.errors import PolicybotError
from policybot.records import Clause, Policy

SPLIT = "test"
_HALF_PAIR = re.compile("[\ud800-\udfff]")
HEADER = ("query-id", "corpus-id", "score")


class BeirError(PolicybotError):
    """A folder is not in the BEIR format, or cases cannot be written in it."""


@dataclass(frozen=True, slots=True)
class Document:
    """One document of a corpus. `policy`: the title of the policy that it is a clause of, '' where nothing says so."""

    id: str
    title: str
    text: str
    policy: str = ""


@dataclass(frozen=True, slots=True)
class Query:
    """One question. `metadata`: what its writer added, {} where nothing."""

    id: str
    text: str
    metadata: Mapping[str, Any] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Beir:
    """A folder as read. `relevant`: query id -> ids of the documents with a score above 0, at least one."""

    documents: tuple[Document, ...]
    queries: tuple[Query, ...]
    relevant: Mapping[str, tuple[str, ...]]


@dataclass(frozen=True, slots=True)
class BeirExport:
    """What was written, counted. `silent`: questions that no policy answers, without a judgement;
    `disclosures`: worries about a child, which were left out."""

    documents: int
    queries: int
    judgements: int
    silent: int
    disclosures: int


def write_beir(folder: Path, cases: Sequence[Case], catalogue: Catalogue) -> BeirExport:
    """Write the cases, and every clause of the organisations they ask, into `folder`, which is made.

    Each clause of the evidence gets score 1. What BEIR has no place for (which clauses are needed together,
    verdict, kind, earlier turns) stands in a question's metadata. Worries about a child are left out.
    CaseError or BeirError before anything is written.
    """
    kept = [case for case in cases if case.kind is not CaseKind.DISCLOSURE]
    _require(kept)
    check_cases(kept, catalogue)
    slugs = dict.fromkeys(case.organisation for case in kept)
    documents = [_document_row(clause, policy) for slug in slugs for policy in catalogue.policies(slug) for clause in policy.clauses]
    judged = [(c.id, clause_id, "1") for c in kept for clause_id in dict.fromkeys(i for group in c.evidence for i in group)]
    done = BeirExport(len(documents), len(kept), len(judged), sum(not c.covered for c in kept), len(cases) - len(kept))
    try:
        (folder / "qrels").mkdir(parents=True, exist_ok=True)
    except OSError as failure:
        raise BeirError(str(folder), f"it cannot be made ({failure.strerror})", "Give another folder.") from failure
    replace_file(folder / "corpus.jsonl", _lines(documents))
    replace_file(folder / "queries.jsonl", _lines([_query_row(case) for case in kept]))
    replace_file(folder / "qrels" / f"{SPLIT}.tsv", _tsv([HEADER, *judged]))
    replace_file(folder / "README.md", _readme(done, list(slugs)))
    return done


def read_beir(folder: Path, split: str = SPLIT) -> Beir:
    """The corpus, the questions and the judgements of a split. BeirError names the file, the line, the cause and the cure."""
    documents = tuple(
        Document(_id(row, where), _text(row, "title", where), _text(row, "text", where), _policy(row))
        for where, row in _rows(folder / "corpus.jsonl")
    )
    queries = tuple(
        Query(_id(row, where), _text(row, "text", where, True), _metadata(row)) for where, row in _rows(folder / "queries.jsonl")
    )
    for what, ids in (("document", [d.id for d in documents]), ("question", [q.id for q in queries])):
        twice = next((i for i in ids if ids.count(i) > 1), None) if len(set(ids)) < len(ids) else None
        if twice is not None:
            raise BeirError(str(folder), f"{what} {twice!r} is in it twice", "Give each its own _id.")
    return Beir(documents, queries, _relevant(folder, split, {d.id for d in documents}, {q.id for q in queries}))


def _require(cases: Sequence[Case]) -> None:
    seen: set[str] = set()
    for case in cases:
        if case.id in seen:
            raise BeirError(f"case {case.id}", "its id is used twice", "Give every case its own id.")
        seen.add(case.id)
    if not cases:
        raise BeirError("the set", "there is nothing in it that may leave", "Give a set with other cases than worries about a child.")


def _document_row(clause: Clause, policy: Policy) -> dict[str, Any]:
    metadata = {"organisation": clause.organisation, "policy": policy.title, "label": clause.label}
    return {"_id": clause.id, "title": " > ".join((policy.title, *clause.heading_path)), "text": clause.whole, "metadata": metadata}


def _query_row(case: Case) -> dict[str, Any]:
    metadata: dict[str, Any] = {"organisation": case.organisation, "kind": case.kind.value, "verdict": case.verdict.value}
    told = {"evidence": case.evidence, "also_ok": case.also_ok, "history": [asdict(turn) for turn in case.history]}
    return {"_id": case.id, "text": case.question, "metadata": metadata | {name: value for name, value in told.items() if value}}


def _lines(rows: Sequence[Mapping[str, Any]]) -> str:
    lines = (json.dumps(row, ensure_ascii=False) for row in rows)
    # Half a surrogate pair, which a set of attacks may ask with, is no UTF-8: as JSON's own escape it is kept.
    return "".join(_HALF_PAIR.sub(lambda half: f"\\u{ord(half[0]):04x}", line) + "\n" for line in lines)


def _tsv(rows: Sequence[Sequence[str]]) -> str:
    written = io.StringIO()
    csv.writer(written, delimiter="\t", lineterminator="\n").writerows(rows)
    return written.getvalue()


def _readme(done: BeirExport, slugs: Sequence[str]) -> str:
    several = (
        "\nA question is asked inside one organisation. There are several here: search only the documents whose\n"
        "metadata.organisation is the question's, or the figures mean nothing.\n"
        if len(slugs) > 1
        else ""
    )
    return f"""# Questions on {", ".join(slugs)}, in the BEIR format

{done.documents} documents (one a clause), {done.queries} questions, {done.judgements} judgements.
{several}
- A judgement of 1: the clause is evidence. A question's metadata.evidence says more: every group in it is needed, by any one clause.
- {done.silent} questions are not answered by the policy (metadata.verdict is not_covered). They have no line in
  qrels, because no document is right for them; most programs leave them out unseen.
- Worries about a child never leave: {done.disclosures} were left out.
- A follow-up's earlier turns stand in metadata.history; its text alone is not the whole question.
"""


# -- reading


def _rows(path: Path) -> Iterator[tuple[str, dict[str, Any]]]:
    for number, line in enumerate(read_text(path, BeirError).split("\n"), 1):
        if line.strip():
            where = f"{path.name} line {number}"
            yield where, json_object(line, where, BeirError)


def _id(row: Mapping[str, Any], where: str) -> str:
    found = row.get("_id")
    if isinstance(found, bool) or not isinstance(found, str | int) or not str(found).strip():
        raise BeirError(where, f"_id is {found!r}", "Give every line an _id that is text.")
    return str(found)


def _text(row: Mapping[str, Any], name: str, where: str, needed: bool = False) -> str:
    found = row.get(name)
    if found is None and not needed:
        return ""
    if not isinstance(found, str) or (needed and not found.strip()):
        raise BeirError(where, f"{name} is {found!r}", f"Give every line a {name} with words.")
    return found


def _metadata(row: Mapping[str, Any]) -> Mapping[str, Any]:
    found = row.get("metadata")
    return found if isinstance(found, dict) else {}


def _policy(row: Mapping[str, Any]) -> str:
    found = _metadata(row).get("policy")
    return found if isinstance(found, str) else ""


def _relevant(folder: Path, split: str, documents: set[str], queries: set[str]) -> dict[str, tuple[str, ...]]:
    path = folder / "qrels" / f"{split}.tsv"
    if not path.is_file():
        there = sorted(p.stem for p in (folder / "qrels").glob("*.tsv"))
        cure = f"Choose one of {', '.join(there)}." if there else "Put the judgements into qrels/test.tsv."
        raise BeirError(str(path), "there is no such file", cure)
    found: dict[str, list[str]] = {}
    for number, row in enumerate(csv.reader(io.StringIO(read_text(path, BeirError)), delimiter="\t"), 1):
        if not row or (number == 1 and tuple(row) == HEADER):
            continue
        where = f"{path.name} line {number}"
        query, document, score = _judgement(row, where)
        for what, name, known in (("question", query, queries), ("document", document, documents)):
            if name not in known:
                raise BeirError(where, f"there is no {what} {name!r}", f"Correct the id, or add the {what}.")
        if score > 0:
            found.setdefault(query, []).append(document)
    return {query: tuple(dict.fromkeys(ids)) for query, ids in found.items()}


def _judgement(row: Sequence[str], where: str) -> tuple[str, str, float]:
    try:
        query, document, score = row
        return query, document, float(score)
    except ValueError as failure:
        raise BeirError(where, f"it is {row!r}", "Write query-id, corpus-id and a number, parted by tabs.") from failure
