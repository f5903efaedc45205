"""A run while it is running: a file that only grows, a line a case, so that a crash loses at most one.

    {"format": 1, "head": {...}}
    {"case": {...}}
    ...
    {"finished": 120}

Nothing but the last line can be half written; it is left out of what is read, and cut off on resuming.
Runs are kept in a folder of the settings' home, each under its name.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import IO, Any, Self

from eval.stored import FORMAT, RunHead, StoredCase, StoredRun, StoredRunError, canonical, check_format, json_object, read_run, record_from

RUNS = "runs"
"""Folder in the settings' home."""
NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]{0,79}")
"""What a run may be called: a file's name on every system, and no path."""


@dataclass(frozen=True, slots=True)
class Partial:
    """What is there of a run; `cases` may be (). `finished`: whether its last line is."""

    head: RunHead
    cases: tuple[StoredCase, ...]
    finished: bool


class Journal:
    """A run being written. A context manager; `finish` says that no case is missing. `written`: what was there on resuming."""

    def __init__(self, file: IO[str], written: tuple[StoredCase, ...] = ()) -> None:
        self._file = file
        self.written = written
        self._ids = {c.id for c in written}

    @classmethod
    def begin(cls, path: Path, head: RunHead) -> Self:
        """A new file. StoredRunError when there is one already."""
        try:
            file = path.open("x", encoding="utf-8", newline="\n")
        except OSError as failure:
            cause = f"it cannot be begun ({failure.strerror})"
            raise StoredRunError(str(path), cause, "Resume that run, or give another name.") from failure
        file.write(f'{{"format":{FORMAT},"head":{canonical(head)}}}\n')
        file.flush()
        return cls(file)

    @classmethod
    def resume(cls, path: Path, head: RunHead) -> Self:
        """Go on with an unfinished run on the same settings, models and policies; StoredRunError otherwise."""
        partial = read_partial(path)
        if partial.finished:
            raise StoredRunError(str(path), "the run is finished", "Give another name for a new one.")
        if changed := surroundings(partial.head, head):
            raise StoredRunError(
                str(path), f"half of it would be of something else: {'; '.join(changed)}", "Begin a new run under another name."
            )
        whole = path.read_bytes()
        with path.open("r+b") as file:
            file.truncate(whole.rfind(b"\n") + 1)
        return cls(path.open("a", encoding="utf-8", newline="\n"), partial.cases)

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self._file.close()

    @property
    def ids(self) -> frozenset[str]:
        """The cases that are written and need not be asked again."""
        return frozenset(self._ids)

    def add(self, case: StoredCase) -> None:
        """Write a case; it is in the file before this returns. ValueError when it is there already."""
        if case.id in self._ids:
            raise ValueError(f"case {case.id} is in the run already")
        self._line(f'{{"case":{canonical(case)}}}')
        self._ids.add(case.id)

    def finish(self) -> None:
        """Write the last line."""
        self._line(json.dumps({"finished": len(self._ids)}))

    def _line(self, text: str) -> None:
        self._file.write(text + "\n")
        self._file.flush()


def journal_of(home: Path, name: str) -> Path:
    """Where the run of this name is kept. StoredRunError for what cannot be a name."""
    if not NAME.fullmatch(name):
        cure = "Use letters, digits, '.', '_' and '-', 80 at most, a letter or digit first."
        raise StoredRunError(repr(name), "a run cannot be called that", cure)
    return home / RUNS / f"{name}.jsonl"


def located(home: Path, given: Path) -> Path:
    """The file of a run that is given as a path or by the name it is kept under; `given` itself when it is neither."""
    kept = journal_of(home, str(given)) if NAME.fullmatch(str(given)) else given
    return kept if kept.is_file() and not given.is_file() else given


def kept_runs(home: Path) -> Iterator[tuple[str, Partial | StoredRunError]]:
    """Every kept run by name, and what is there of it, or why it cannot be read; in the order of their names."""
    for path in sorted((home / RUNS).glob("*.jsonl")):
        try:
            yield path.stem, read_partial(path)
        except StoredRunError as error:
            yield path.stem, error


def surroundings(before: RunHead, after: RunHead) -> tuple[str, ...]:
    """What two runs were made on that is not the same, in words; () when all is."""
    found = ["the settings differ"] if before.settings != after.settings else []
    for what, one, other in (
        ("model", before.models, after.models),
        ("the policy of", before.policy_versions, after.policy_versions),
    ):
        found += [f"{what} {name} differs" for name in sorted(one.keys() | other.keys()) if one.get(name) != other.get(name)]
    return tuple(found)


def read_partial(path: Path) -> Partial:
    """What is there of a run, finished or not. StoredRunError when a line before the last is damaged."""
    lines = list(_lines(path))
    if not lines or "head" not in lines[0][1]:
        raise StoredRunError(str(path), "it does not begin as a run does", "Begin the run again.")
    (where, first), *rest = lines
    check_format(first, where)
    head = record_from(RunHead, first["head"], where, StoredRunError)
    cases: list[StoredCase] = []
    for place, (where, line) in enumerate(rest, 1):
        if set(line) == {"case"}:
            cases.append(record_from(StoredCase, line["case"], where, StoredRunError))
        elif line != {"finished": len(cases)} or place < len(rest):
            raise StoredRunError(where, "it is neither a case nor the right last line", "The file was altered: run the set again.")
    if len({c.id for c in cases}) < len(cases):
        raise StoredRunError(str(path), "a case is in it twice", "The file was altered: run the set again.")
    return Partial(head, tuple(cases), finished=bool(rest) and "finished" in rest[-1][1])


def open_run(path: Path) -> StoredRun:
    """A run from its JSON file, or from a journal (.jsonl) that is finished. StoredRunError otherwise."""
    if path.suffix != ".jsonl":
        return read_run(path)
    partial = read_partial(path)
    if not partial.finished:
        raise StoredRunError(str(path), f"the run is not finished ({len(partial.cases)} cases so far)", "Resume it first.")
    try:
        return StoredRun(partial.head, partial.cases)
    except ValueError as failure:
        raise StoredRunError(str(path), str(failure), "Run the set again.") from failure


def _lines(path: Path) -> Iterator[tuple[str, dict[str, Any]]]:
    """Where each whole line stands, and the object it is. What follows the last line break is half a line."""
    try:
        held = path.read_bytes()
    except OSError as failure:
        raise StoredRunError(str(path), f"it cannot be read ({failure.strerror})", "Give the path of a run's journal.") from failure
    for number, line in enumerate(held.split(b"\n")[:-1], 1):
        where = f"{path} line {number}"
        try:
            text = line.decode("utf-8")
        except UnicodeDecodeError as failure:
            raise StoredRunError(where, f"it is not UTF-8 (byte {failure.start})", "The file was altered: run the set again.") from failure
        yield where, json_object(text, where, StoredRunError)
