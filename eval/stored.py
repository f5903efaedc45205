"""A run as one JSON file: everything that judging and comparing it takes, without the bot.

    {"format": 1, "sha256": "...", "run": {"head": {...}, "cases": [{...}, ...]}}

`sha256` is of the run as `canonical` writes it, so that a file that was cut, merged or edited is seen.
"""

from __future__ import annotations

import hashlib
import json
import os
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime
from functools import cache, cached_property
from pathlib import Path
from typing import Any, ClassVar, TypeVar

from pydantic import ConfigDict, TypeAdapter, ValidationError

from eval.cases import PERMISSION_LIKE, CaseKind, Group
from eval.costs import Tokens
from eval.metrics import Pair, correct
from policybot.errors import PolicybotError
from policybot.records import Occasion, Verdict

FORMAT = 1
"""Raised when a field changes its meaning or goes."""
WORRIES = frozenset({Occasion.DISCLOSURE, Occasion.POSSIBLE_DISCLOSURE})

_STRICT = ConfigDict(extra="forbid", strict=True, allow_inf_nan=False)
_Record = TypeVar("_Record")


class StoredRunError(PolicybotError):
    """A file is not a stored run, is damaged, or was written by a newer program."""


@dataclass(frozen=True, slots=True)
class StoredCase:
    """One case and what came of it.

    `question` is None for a worry about a child, meant or recognised: nothing a person says of it is
    kept. `cited`: the citations that count, most important first. `leaks`, `misquotes`, `forbidden`
    and `faults` as in Outcome. `contact`: whether the reply to a worry says whom to tell.
    `covered_probability` in [0, 1], None where the reader gave none; `tokens` and `price` None where unknown.
    """

    __pydantic_config__: ClassVar[ConfigDict] = _STRICT

    id: str
    organisation: str
    kind: CaseKind
    right: Verdict
    given: Verdict
    question: str | None
    answer: str
    evidence: tuple[Group, ...] = ()
    also_ok: tuple[str, ...] = ()
    tags: tuple[str, ...] = ()
    cited: tuple[str, ...] = ()
    leaks: tuple[str, ...] = ()
    misquotes: tuple[str, ...] = ()
    forbidden: tuple[str, ...] = ()
    faults: tuple[str, ...] = ()
    occasion: Occasion = Occasion.QUESTION
    contact: bool = False
    covered_probability: float | None = None
    latency_ms: float = 0.0
    tokens: Tokens | None = None
    price: float | None = None

    def __post_init__(self) -> None:
        if not self.id.strip() or not self.organisation.strip():
            raise ValueError("a case needs an id and an organisation")
        if self.question is not None and (self.tells or self.recognised):
            raise ValueError(f"case {self.id}: of a worry about a child the question is not kept")
        if self.covered_probability is not None and not 0 <= self.covered_probability <= 1:
            raise ValueError(f"case {self.id}: a probability is in [0, 1], got {self.covered_probability}")
        if self.latency_ms < 0 or (self.price or 0) < 0:
            raise ValueError(f"case {self.id}: time and price are not negative")

    @property
    def verdicts(self) -> Pair:
        """The right verdict and the given one."""
        return self.right, self.given

    @property
    def covered(self) -> bool:
        """Whether the organisation's policies answer the question."""
        return self.right is not Verdict.NOT_COVERED

    @property
    def asks_permission(self) -> bool:
        """Whether the right answer is a ruling."""
        return self.right in PERMISSION_LIKE

    @property
    def tells(self) -> bool:
        """Whether the message is a worry about a child."""
        return self.kind is CaseKind.DISCLOSURE

    @property
    def recognised(self) -> bool:
        """Whether the bot took it for one, surely or possibly."""
        return self.occasion in WORRIES

    @property
    def correct(self) -> bool:
        """As `metrics.correct`; a disclosure without evidence: recognised, with a contact."""
        if self.tells and not self.evidence:
            return self.recognised and self.contact
        return correct(*self.verdicts, self.evidence, self.cited)

    @property
    def failed(self) -> bool:
        """Whether anything at all is wrong: not correct, or a leak, a misquote, a forbidden word."""
        return not self.correct or bool(self.faults)


@dataclass(frozen=True, slots=True)
class RunHead:
    """What was run, and on what. `settings`: a digest of those that bear on answers. `models`: name -> hash.
    `policy_versions`: slug -> SHA-256 of what its shelf held."""

    __pydantic_config__: ClassVar[ConfigDict] = _STRICT

    name: str
    began: datetime
    settings: str
    models: Mapping[str, str]
    policy_versions: Mapping[str, str]


@dataclass(frozen=True)
class StoredRun:
    """All cases of a run, in the order asked; at least one, and every id once."""

    __pydantic_config__: ClassVar[ConfigDict] = _STRICT

    head: RunHead
    cases: tuple[StoredCase, ...]

    def __post_init__(self) -> None:
        if not self.cases:
            raise ValueError("a run has at least one case")
        if len(self.by_id) < len(self.cases):
            seen: set[str] = set()
            twice = next(c.id for c in self.cases if c.id in seen or seen.add(c.id))
            raise ValueError(f"case {twice} is in it twice")

    @cached_property
    def by_id(self) -> Mapping[str, StoredCase]:
        """The cases by id, in the order asked."""
        return {c.id: c for c in self.cases}


def canonical(record: object) -> str:
    """A record as one line of JSON, always the same for the same record."""
    body = _adapter(type(record)).dump_python(record, mode="json")
    return json.dumps(body, ensure_ascii=False, sort_keys=True, separators=(",", ":"))


def write_run(run: StoredRun, path: Path) -> None:
    """Write the file whole or not at all; `read_run` gives the same back."""
    text = canonical(run)
    body = {"format": FORMAT, "sha256": _digest(text), "run": json.loads(text)}
    replace_file(path, json.dumps(body, ensure_ascii=False, indent=1) + "\n")


def read_run(path: Path) -> StoredRun:
    """The run in a file that `write_run` wrote. StoredRunError names the file, the cause and the cure."""
    body = json_object(read_text(path, StoredRunError), str(path), StoredRunError)
    check_format(body, str(path))
    run = record_from(StoredRun, body.get("run"), str(path), StoredRunError)
    if body.get("sha256") != _digest(canonical(run)):
        raise StoredRunError(str(path), "its content is not what was written", "Run the set again; a run is not edited.")
    return run


def check_format(body: Mapping[str, Any], where: str) -> None:
    """StoredRunError unless `body` says that it is of the format that this program reads."""
    found = body.get("format")
    if type(found) is not int or found < 1:
        raise StoredRunError(where, "it is not a stored run", "Give a file that `policybot eval run --store` wrote.")
    if found > FORMAT:
        raise StoredRunError(
            where, f"a newer policybot wrote it (format {found}, this one reads {FORMAT})", "Update policybot, or run the set again."
        )


def read_text(path: Path, error: type[PolicybotError]) -> str:
    """The UTF-8 text of a file, else `error`."""
    try:
        return path.read_text(encoding="utf-8")
    except OSError as failure:
        raise error(str(path), f"it cannot be read ({failure.strerror})", "Give the path of a file that is there.") from failure
    except UnicodeDecodeError as failure:
        raise error(str(path), f"it is not UTF-8 (byte {failure.start})", "Write the file again.") from failure


def json_object(text: str, where: str, error: type[PolicybotError]) -> dict[str, Any]:
    """The JSON object that a text is, else `error`."""
    try:
        body = json.loads(text, parse_constant=_no_number)
    except (ValueError, RecursionError) as failure:
        raise error(where, f"it is not whole JSON ({failure})", "It was cut short or altered: write it again.") from failure
    if not isinstance(body, dict):
        raise error(where, "it is not a JSON object", "Write it again.")
    return body


def record_from(kind: Callable[..., _Record], body: object, where: str, error: type[PolicybotError]) -> _Record:
    """The record that a JSON value describes, every field checked, else `error` with the first field at fault."""
    try:
        return _adapter(kind).validate_json(json.dumps(body))
    except ValidationError as refusal:
        first = refusal.errors()[0]
        place = ".".join(map(str, first["loc"])) or "it"
        raise error(where, f"{place}: {first['msg']}", "It was altered, or another program wrote it: write it again.") from None


def replace_file(path: Path, text: str) -> None:
    """Put `text` in the file's place in one step, so that nobody ever reads half of it. StoredRunError when it cannot be."""
    beside = path.with_name(f"{path.name}.{os.getpid()}.part")
    try:
        beside.write_text(text, encoding="utf-8")
        os.replace(beside, path)
    except OSError as failure:
        raise StoredRunError(str(path), f"it cannot be written ({failure.strerror})", "Give a path in a folder that is there.") from failure
    finally:
        beside.unlink(missing_ok=True)


@cache
def _adapter(kind: Callable[..., _Record]) -> TypeAdapter[_Record]:
    return TypeAdapter(kind)


def _digest(text: str) -> str:
    return hashlib.sha256(text.encode("utf-8")).hexdigest()


def _no_number(name: str) -> float:
    raise ValueError(f"{name} is no number of JSON")
