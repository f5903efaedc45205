"""Sets of cases as files: JSONL, YAML, CSV and XLSX, read and written."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping, MutableMapping, Sequence
from dataclasses import asdict
from pathlib import Path

import yaml

from eval.cases import Case, CaseKind, save_cases
from eval.cells import EXAMPLE, HEADINGS, cells_of, lost_in_cells
from eval.draft import Draft, case_of
from eval.fault import Fault, SetError
from eval.names import Names
from eval.set_records import drafts_in_jsonl, drafts_in_yaml
from eval.sheet_writing import unwritable, workbook_of, write_csv
from eval.spreadsheet import read_csv, read_xlsx
from eval.table import drafts_in, heading_count
from policybot.catalogue import Catalogue
from policybot.records import Turn, Verdict

SUFFIXES = (".jsonl", ".yaml", ".yml", ".csv", ".xlsx")
SPREADSHEETS = (".csv", ".xlsx")


def read_set(path: Path, catalogue: Catalogue) -> tuple[Case, ...]:
    """The cases of a file, in order, their clauses found in the catalogue.

    SetError tells everything that is wrong, each with its row and its cure; then nothing is read. A row
    without a kind gets the usual one of its verdict, a row without an id the file's name and its own number.
    """
    return read_sets((path,), catalogue)


def read_sets(paths: Sequence[Path], catalogue: Catalogue) -> tuple[Case, ...]:
    """The cases of all files, one after the other, as `read_set`; an id is used once in all of them.

    SetError tells what is wrong in every file; then none is read. ValueError without a file.
    """
    if not paths:
        raise ValueError("at least one set is needed")
    names, seen = Names(catalogue), dict[str, tuple[Path, str]]()
    cases: list[Case] = []
    wrong: dict[Path, Sequence[Fault]] = {}
    for path in paths:
        faults: list[Fault] = []
        try:
            cases += _cases(path, names, seen, faults)
        except SetError as error:
            faults = list(error.faults)
        if faults:
            wrong[path] = faults
    if wrong:
        raise _refusal(wrong)
    return tuple(cases)


def write_set(path: Path, cases: Sequence[Case]) -> None:
    """Write the set in the format of the file's name; `read_set` gives the same cases back.

    SetError before anything is written when a spreadsheet could not hold a case as it is.
    """
    suffix = _suffix(path)
    if not cases:
        raise SetError(path.name, [Fault("the set", "there are no cases in it", "Write a set of one case or more")])
    if suffix in SPREADSHEETS:
        _require_writable(path, cases)
        rows = [tuple(HEADINGS.values()), *(tuple(cells_of(case).values()) for case in cases)]
        if suffix == ".csv":
            write_csv(path, rows)
        else:
            workbook_of(rows).save(path)
    elif suffix == ".jsonl":
        save_cases(path, cases)
    else:
        _write_yaml(path, [{k: v for k, v in asdict(case).items() if v} for case in cases])


def write_examples(path: Path, catalogue: Catalogue) -> None:
    """Two example records with every field, as JSONL or YAML, to write one's own below; `read_set` leaves them out.

    Spreadsheets have `eval.template`. SetError before anything is written.
    """
    suffix = _suffix(path)
    clauses = [c for o in catalogue.organisations() for p in catalogue.policies(o.slug) for c in p.clauses]
    if suffix in SPREADSHEETS or not clauses:
        cause, cure = ("a spreadsheet has a template of its own", "End its name in .jsonl or .yaml") if clauses else (
            "no policy is ingested", "Ingest one first: policybot ingest")  # fmt: skip
        raise SetError(path.name, [Fault("the template", cause, cure)])
    organisation, (first, *others) = clauses[0].organisation, [c.id for c in clauses if c.organisation == clauses[0].organisation]
    ruling = Case(
        EXAMPLE, organisation, "ok to put a pic from sports day on my own insta?", CaseKind.PERMISSION, Verdict.NOT_ALLOWED,
        evidence=((first,),), also_ok=tuple(others[:1]), must_not=("you may",), note="Say why this is right.",
    )  # fmt: skip
    turns = (Turn("user", "can I check my phone at lunch?"), Turn("assistant", "Allowed."))
    silent = Case(EXAMPLE, organisation, "and on the way home?", CaseKind.FOLLOWUP, Verdict.NOT_COVERED, history=turns)
    rows = [asdict(ruling), asdict(silent)]
    if suffix == ".jsonl":
        path.write_text("".join(f"{json.dumps(row, ensure_ascii=False)}\n" for row in rows), encoding="utf-8")
    else:
        _write_yaml(path, rows)


def _write_yaml(path: Path, rows: Sequence[Mapping[str, object]]) -> None:
    # By way of JSON, because YAML's safe writer knows neither tuples nor verdicts.
    plain = json.loads(json.dumps(rows))
    path.write_text(yaml.safe_dump(plain, allow_unicode=True, sort_keys=False, width=110), encoding="utf-8")


def _cases(path: Path, names: Names, seen: MutableMapping[str, tuple[Path, str]], faults: list[Fault]) -> list[Case]:
    """The file's cases; `seen` (id -> file and place) and `faults` grow. SetError when the file cannot be read at all."""
    cases: list[Case] = []
    for draft in _drafts(path, faults):
        if draft.id.strip().lower() == EXAMPLE:
            continue
        case = case_of(draft, names, path.stem, faults)
        if case is None:
            continue
        if case.id in seen:
            file, place = seen[case.id]
            where = place if file == path else f"{file.name}, {place}"
            faults.append(Fault(draft.place("id"), f"id {case.id!r} is already used at {where}", "Give every case its own id, or none"))
        seen[case.id] = path, draft.where
        cases.append(case)
    if not faults and not cases:
        faults.append(Fault("the file", "there are no cases in it", "Write one question a row; the template's examples do not count"))
    return cases


def _refusal(wrong: Mapping[Path, Sequence[Fault]]) -> SetError:
    """One error for all files; of several, each fault says which file it is in."""
    if len(wrong) == 1:
        ((path, faults),) = wrong.items()
        return SetError(path.name, faults)
    told = [Fault(f"{path.name}, {f.where}", f.cause, f.cure) for path, faults in wrong.items() for f in faults]
    return SetError(", ".join(path.name for path in wrong), told)


def _drafts(path: Path, faults: list[Fault]) -> Iterator[Draft]:
    suffix = _suffix(path)
    if not path.is_file():
        raise SetError(path.name, [Fault(str(path), "there is no such file", "Correct its name, or start from the template")])
    if suffix == ".jsonl":
        return drafts_in_jsonl(path, faults)
    if suffix in SPREADSHEETS:
        return drafts_in(read_xlsx(path) if suffix == ".xlsx" else read_csv(path, heading_count), faults)
    return drafts_in_yaml(path, faults)


def _suffix(path: Path) -> str:
    suffix = path.suffix.lower()
    if suffix not in SUFFIXES:
        cause = f"a set cannot be {f'a {suffix} file' if suffix else 'a file without an ending'}"
        raise SetError(path.name, [Fault("the file", cause, f"Save it as one of {', '.join(SUFFIXES)}")])
    return suffix


def _require_writable(path: Path, cases: Sequence[Case]) -> None:
    faults = []
    for case in cases:
        lost = dict.fromkeys((*lost_in_cells(case), *(n for n, text in cells_of(case).items() if unwritable(text))))
        faults += [
            Fault(f"case {case.id}, {HEADINGS[name]}", "a spreadsheet cannot hold it as it is", "Write the set as .jsonl or .yaml")
            for name in lost
        ]
    if faults:
        raise SetError(path.name, faults)
