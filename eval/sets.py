"""Sets of cases as files: JSONL, YAML, CSV and XLSX, read and written."""

from __future__ import annotations

import json
from collections.abc import Iterator, Sequence
from dataclasses import asdict
from pathlib import Path

import yaml

from eval.cases import Case, save_cases
from eval.cells import HEADINGS, cells_of, lost_in_cells
from eval.draft import Draft, case_of
from eval.fault import Fault, SetError
from eval.names import Names
from eval.set_records import drafts_in_jsonl, drafts_in_yaml
from eval.sheet_writing import unwritable, workbook_of, write_csv
from eval.spreadsheet import read_csv, read_xlsx
from eval.table import drafts_in, heading_count
from policybot.catalogue import Catalogue

SUFFIXES = (".jsonl", ".yaml", ".yml", ".csv", ".xlsx")
SPREADSHEETS = (".csv", ".xlsx")


def read_set(path: Path, catalogue: Catalogue) -> tuple[Case, ...]:
    """The cases of a file, in order, their clauses found in the catalogue.

    SetError tells everything that is wrong, each with its row and its cure; then nothing is read. A row
    without a kind gets the usual one of its verdict, a row without an id the file's name and its own number.
    """
    faults: list[Fault] = []
    names = Names(catalogue)
    cases: list[Case] = []
    seen: dict[str, str] = {}
    for draft in _drafts(path, faults):
        case = case_of(draft, names, path.stem, faults)
        if case is None:
            continue
        if case.id in seen:
            cause = f"id {case.id!r} is already used at {seen[case.id]}"
            faults.append(Fault(draft.place("id"), cause, "Give every case its own id, or none"))
        seen[case.id] = draft.where
        cases.append(case)
    if not faults and not cases:
        faults.append(Fault("the file", "there are no cases in it", "Write one question a row; the template's examples do not count"))
    if faults:
        raise SetError(path.name, faults)
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
        # By way of JSON, because YAML's safe writer knows neither tuples nor verdicts.
        plain = json.loads(json.dumps([{k: v for k, v in asdict(case).items() if v} for case in cases]))
        path.write_text(yaml.safe_dump(plain, allow_unicode=True, sort_keys=False, width=110), encoding="utf-8")


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
