"""Other people's questions and documents -> a corpus that ingest reads and a set of cases.

Two layouts: BEIR (`eval.beir`), and a folder with `docs/` and `questions.jsonl`, whose lines have id, question,
answerable, and either `evidence` (groups of words that stand in the right clauses) or `gold_docs` and `gold_pages`.
"""

from __future__ import annotations

import json
import re
import shutil
import tempfile
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, TypeVar

from eval.beir import SPLIT, Beir, Query, read_beir
from eval.beir_markdown import places, sheets_of
from eval.cases import Case, CaseKind, Group
from eval.sets import write_set
from eval.snippets import contains
from eval.stored import json_object, read_text
from ingest.pipeline import read_policy
from ingest.sources import DESCRIPTION, find_sources
from ingest.titles import policy_slug
from policybot.errors import PolicybotError
from policybot.records import SLUG, Clause, Policy, Turn, Verdict

_Word = TypeVar("_Word", Verdict, CaseKind)
Places = Mapping[str, tuple[str, ...]]
"""Document id -> ids of the clauses it became."""


class ExternalSetError(PolicybotError):
    """A folder of documents and questions cannot be taken in."""


@dataclass(frozen=True, slots=True)
class Imported:
    """What was taken in. `left_out`: questions that were not, each with the reason."""

    organisation: str
    policies: int
    clauses: int
    cases: tuple[Case, ...]
    left_out: tuple[str, ...]


def import_set(folder: Path, name: str, corpus: Path, out: Path, split: str = SPLIT) -> Imported:
    """Write the folder's documents to `corpus`/SLUG, to be ingested, and its questions to the set `out`.

    The clause ids of the set are those that ingesting that corpus folder gives. Everything is read and written aside
    first: on an ExternalSetError, BeirError, DocumentError or SetError neither the corpus nor the set has changed.
    """
    slug = _slug(name)
    home = corpus / slug
    _require_room(home, out)
    with tempfile.TemporaryDirectory() as aside:
        made = Path(aside) / slug
        made.mkdir()
        (made / DESCRIPTION).write_text(f"name = {json.dumps(name, ensure_ascii=False)}\n", encoding="utf-8")
        imported = _labelled(folder, made) if (folder / "questions.jsonl").is_file() else _beir(folder, made, split)
        if not imported.cases:
            raise ExternalSetError(str(folder), f"no question could be taken: {imported.left_out[0]}", "Give its documents with it.")
        write_set(out, imported.cases)
        shutil.copytree(made, home, dirs_exist_ok=True)
    return imported


def read_policies(home: Path) -> tuple[Policy, ...]:
    """The policies in an organisation's folder, with the ids that ingesting it gives them. DocumentError, CorpusError."""
    slug = home.name
    (source,) = find_sources(home.parent, slug)
    read = [(path, read_policy(path, slug, source.edition)[0]) for path in source.files]
    titles = Counter(policy.id for _, policy in read)
    # As ingest does: files that share a title are named by their file names.
    return tuple(
        policy if titles[policy.id] == 1 else read_policy(path, slug, source.edition, policy_slug(path.stem))[0] for path, policy in read
    )


# -- BEIR


def _beir(folder: Path, made: Path, split: str) -> Imported:
    if not (folder / "corpus.jsonl").is_file():
        cause = "there is neither a questions.jsonl nor a corpus.jsonl in it"
        raise ExternalSetError(str(folder), cause, "Give a folder in the BEIR format, or one with docs/ and questions.jsonl.")
    beir = read_beir(folder, split)
    sheets = {f"{place:04d}.md": sheet for place, sheet in enumerate(sheets_of(beir.documents), 1)}
    for file, sheet in sheets.items():
        (made / file).write_text(sheet.markdown, encoding="utf-8")
    policies = read_policies(made)
    became: dict[str, tuple[str, ...]] = {}
    for policy in policies:
        try:
            became |= places(sheets[policy.source], policy)
        except ValueError as failure:
            raise ExternalSetError(f"the policy {policy.title!r}", str(failure), "Report this, with the corpus.") from failure
    cases, left_out = [], []
    for query in beir.queries:
        case = _case_of(query, beir, became, made.name)
        cases += [case] if isinstance(case, Case) else []
        left_out += [case] if isinstance(case, str) else []
    return _imported(made.name, policies, cases, left_out)


def _case_of(query: Query, beir: Beir, became: Places, slug: str) -> Case | str:
    """The case, or why there is none. What an export by this program says of a question is taken up again."""
    told = query.metadata
    verdict = _told(Verdict, told.get("verdict"), Verdict.INFORMATIONAL)
    relevant = beir.relevant.get(query.id, ())
    if not relevant and verdict is not Verdict.NOT_COVERED:
        return f"{query.id}: no document is judged right for it"
    if relevant and verdict is Verdict.NOT_COVERED:
        verdict = Verdict.INFORMATIONAL
    groups = _groups(told.get("evidence"), relevant)
    evidence = tuple(tuple(dict.fromkeys(i for document in group for i in became[document])) for group in groups)
    if not all(evidence):
        return f"{query.id}: no clause came of a document that is right for it"
    return Case(
        id=query.id,
        organisation=slug,
        question=query.text,
        kind=_told(CaseKind, told.get("kind"), CaseKind.FACT if evidence else CaseKind.NOT_COVERED),
        verdict=verdict,
        history=_turns(told.get("history")),
        evidence=evidence,
        also_ok=tuple(i for document in _texts(told.get("also_ok")) for i in became.get(document, ())),
    )


def _groups(told: object, relevant: Sequence[str]) -> tuple[Group, ...]:
    """The groups that the metadata tell, if they are of the judged documents; else any one of these will do."""
    groups = tuple(filter(None, map(_texts, told))) if isinstance(told, list) else ()
    if {document for group in groups for document in group} == set(relevant):
        return groups
    return (tuple(relevant),)


def _texts(told: object) -> tuple[str, ...]:
    return tuple(told) if isinstance(told, list) and all(isinstance(text, str) for text in told) else ()


def _turns(told: object) -> tuple[Turn, ...]:
    turns = told if isinstance(told, list) else []
    kept = [t for t in turns if isinstance(t, dict) and t.get("role") in ("user", "assistant") and isinstance(t.get("content"), str)]
    return tuple(Turn(t["role"], t["content"]) for t in kept)


def _told(kind: type[_Word], said: object, usual: _Word) -> _Word:
    return kind(said) if said in set(kind) else usual


# -- docs/ and questions.jsonl


def _labelled(folder: Path, made: Path) -> Imported:
    rows = [
        (where := f"questions.jsonl line {number}", json_object(line, where, ExternalSetError))
        for number, line in enumerate(read_text(folder / "questions.jsonl", ExternalSetError).split("\n"), 1)
        if line.strip()
    ]
    for where, row in rows:
        _require_fields(row, where)
    if not (folder / "docs").is_dir():
        raise ExternalSetError(str(folder / "docs"), "there is no such folder", "Put the documents into it.")
    shutil.copytree(folder / "docs", made, dirs_exist_ok=True)
    policies = read_policies(made)
    clauses = [(policy.source, clause) for policy in policies for clause in policy.clauses]
    cases, left_out = [], []
    for _, row in rows:
        evidence = _evidence(row, clauses) if row["answerable"] else ()
        if row["answerable"] and not (evidence and all(evidence)):
            left_out.append(f"{row['id']}: no clause is where its answer is said to stand")
        else:
            cases.append(_labelled_case(row, evidence, clauses, made.name))
    return _imported(made.name, policies, cases, left_out)


def _require_fields(row: Mapping[str, Any], where: str) -> None:
    kinds: dict[str, type] = {"id": str, "question": str, "answerable": bool}
    for name, kind in kinds.items():
        if not isinstance(row.get(name), kind) or not str(row[name]).strip():
            raise ExternalSetError(where, f"{name} is {row.get(name)!r}", "Every line needs id, question and answerable (true or false).")


def _evidence(row: Mapping[str, Any], clauses: Sequence[tuple[str, Clause]]) -> tuple[Group, ...]:
    """A group of clauses for each group of words; where there are none, the clauses that begin on a gold page."""
    if row.get("evidence"):
        return tuple(tuple(c.id for _, c in clauses if any(contains(c.whole, s) for s in group)) for group in row["evidence"])
    documents, pages = row.get("gold_docs", ()), row.get("gold_pages", ())
    return (tuple(c.id for source, c in clauses if source in documents and c.page in pages),)


def _labelled_case(row: Mapping[str, Any], evidence: tuple[Group, ...], clauses: Sequence[tuple[str, Clause]], slug: str) -> Case:
    needed = {i for group in evidence for i in group}
    fine = [c.id for _, c in clauses if any(contains(c.whole, s) for s in row.get("also_ok", ())) and c.id not in needed]
    return Case(
        id=row["id"],
        organisation=slug,
        question=row["question"],
        kind=CaseKind.FACT if evidence else CaseKind.NOT_COVERED,
        verdict=Verdict.INFORMATIONAL if evidence else Verdict.NOT_COVERED,
        evidence=evidence,
        also_ok=tuple(fine) if evidence else (),
        note=str(row.get("answer") or ""),
    )


# -- what both need


def _imported(slug: str, policies: Sequence[Policy], cases: Sequence[Case], left_out: Sequence[str]) -> Imported:
    twice = next((i for i, count in Counter(c.id for c in cases).items() if count > 1), None)
    if twice is not None:
        raise ExternalSetError(f"question {twice}", "its id is used twice", "Give every question its own id.")
    return Imported(slug, len(policies), sum(len(p.clauses) for p in policies), tuple(cases), tuple(left_out))


def _slug(name: str) -> str:
    slug = re.sub(r"[^a-z0-9]+", "-", name.lower()).strip("-")
    if not SLUG.match(slug):
        raise ExternalSetError(repr(name), "no organisation can be called that", "Give a name with letters, such as 'Oak School'.")
    return slug


def _require_room(home: Path, out: Path) -> None:
    if home.exists():
        raise ExternalSetError(str(home), "it is there already", "Delete it, or give another organisation or another --corpus.")
    if out.exists():
        raise ExternalSetError(str(out), "it is there already", "Delete it, or give another file.")
    if not out.parent.is_dir():
        raise ExternalSetError(str(out.parent), "there is no such folder", "Make it, or give another file.")
