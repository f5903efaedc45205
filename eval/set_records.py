"""The records of a JSONL or YAML file -> drafts."""

from __future__ import annotations

import difflib
import json
from collections.abc import Iterator
from dataclasses import fields
from pathlib import Path
from typing import Any

import yaml

from eval.cases import Case
from eval.draft import Draft
from eval.fault import Fault, SetError
from policybot.records import Turn

FIELDS = tuple(f.name for f in fields(Case))
_TEXTS = ("id", "organisation", "question", "kind", "verdict", "note")
_TOO_DEEP = "it is nested too deeply"


class TextLoader(yaml.SafeLoader):
    """YAML's safe loader, whose plain scalars stay text: a verdict `no` is not false, nor 2024-10-05 a date."""

    yaml_implicit_resolvers = {  # noqa: RUF012 - the library's own way
        first: [(tag, shape) for tag, shape in resolvers if tag == "tag:yaml.org,2002:null"]
        for first, resolvers in yaml.SafeLoader.yaml_implicit_resolvers.items()
    }


def drafts_in_jsonl(path: Path, faults: list[Fault]) -> Iterator[Draft]:
    """A draft for each line with words; what is wrong with a line is added to `faults`. SetError if it is no text."""
    # Not splitlines(): that also parts at U+2028, which may stand inside a JSON string.
    for number, line in enumerate(_utf8(path).split("\n"), 1):
        if not line.strip():
            continue
        where = f"line {number}"
        try:
            row = json.loads(line, object_pairs_hook=_once)
        except (ValueError, RecursionError) as error:
            cause = _TOO_DEEP if isinstance(error, RecursionError) else f"it is not JSON ({error})"
            faults.append(Fault(where, cause, "Write one JSON object a line"))
        else:
            yield from _drafts(row, where, str(number), faults)


def drafts_in_yaml(path: Path, faults: list[Fault]) -> Iterator[Draft]:
    """A draft for each item of the list; what is wrong with one is added to `faults`. SetError if it is no YAML."""
    loader, items = _yaml_items(path)
    for number, node in enumerate(items, 1):
        where = f"item {number} (line {node.start_mark.line + 1})"
        twice = _repeated_keys(node)
        if twice:
            faults.append(Fault(where, f"the field {twice} is there twice", "Keep one of the two"))
            continue
        try:
            row = loader.construct_document(node)
        except yaml.YAMLError as error:
            faults.append(Fault(where, f"it is not plain YAML ({_on_one_line(error)})", "Write text, without tags such as !!python"))
        else:
            yield from _drafts(row, where, str(number), faults)


def _yaml_items(path: Path) -> tuple[TextLoader, list[yaml.Node]]:
    """The items of the file's list, not yet made into values; none in an empty file."""
    try:
        loader = TextLoader(_utf8(path))
        root = loader.get_single_node()
    except (yaml.YAMLError, RecursionError) as error:
        cause = _TOO_DEEP if isinstance(error, RecursionError) else f"it is not YAML ({_on_one_line(error)})"
        cure = "Mend it there; put a text that has ': ' or ' #' in it between quotation marks"
        raise SetError(path.name, [Fault("the file", cause, cure)]) from error
    if root is not None and not isinstance(root, yaml.SequenceNode):
        raise SetError(path.name, [Fault("the file", "it is not a list", "Start each case with '- organisation: ...'")])
    return loader, list(root.value) if root else []


def _on_one_line(error: Exception) -> str:
    return " ".join(str(error).split())


def _utf8(path: Path) -> str:
    try:
        return path.read_text(encoding="utf-8-sig")
    except UnicodeDecodeError as error:
        cause = f"it is not UTF-8 ({error.reason} at byte {error.start})"
        raise SetError(path.name, [Fault("the file", cause, "Save it as UTF-8")]) from error


def _once(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    names = [name for name, _ in pairs]
    for name in names:
        if names.count(name) > 1:
            raise ValueError(f"the field {name!r} is there twice")
    return dict(pairs)


def _repeated_keys(node: yaml.Node) -> str | None:
    """The first key that a mapping has twice; None for another node."""
    keys = [key.value for key, _ in node.value] if isinstance(node, yaml.MappingNode) else []
    return next((repr(key) for at, key in enumerate(keys) if key in keys[:at]), None)


def _drafts(row: object, where: str, tag: str, faults: list[Fault]) -> Iterator[Draft]:
    """The row's draft, or none when the row is not made as a case is."""
    if not isinstance(row, dict):
        faults.append(Fault(where, "it is not a record with named fields", f"The fields are {', '.join(FIELDS)}"))
        return
    row = {name: value for name, value in row.items() if value is not None}
    wrong = [fault for name, value in row.items() if (fault := _fault_of(name, value, where))]
    faults += wrong
    if not wrong:
        yield Draft(
            where=where,
            tag=tag,
            **{name: row.get(name, "") for name in _TEXTS},
            history=tuple(Turn(turn["role"], turn["content"]) for turn in row.get("history", ())),
            evidence=tuple(tuple(group) for group in row.get("evidence", ())),
            also_ok=tuple(row.get("also_ok", ())),
            must_not=tuple(row.get("must_not", ())),
        )


def _fault_of(name: object, value: object, where: str) -> Fault | None:
    """What is wrong with a field; None when its name is known and its value has the right shape."""
    if name not in FIELDS:
        near = difflib.get_close_matches(str(name), FIELDS, n=1, cutoff=0.0)[0]
        return Fault(where, f"there is no field {name!r}", f"Did you mean {near!r}? The fields are {', '.join(FIELDS)}")
    shapes = {
        "history": (_is_turns, "a list of turns, each with role ('user' or 'assistant') and content"),
        "evidence": (_is_groups, "a list of groups, each a list of one or more clauses"),
    }
    is_right, shape = shapes.get(str(name), (_is_text, "text") if name in _TEXTS else (_is_texts, "a list of texts, none empty"))
    return None if is_right(value) else Fault(f"{where}, {name}", f"{value!r} is not {shape}", f"Write {shape}")


def _is_text(value: object) -> bool:
    return isinstance(value, str)


def _is_texts(value: object) -> bool:
    return isinstance(value, list) and all(isinstance(v, str) and v.strip() for v in value)


def _is_groups(value: object) -> bool:
    return isinstance(value, list) and all(group and _is_texts(group) for group in value)


def _is_turns(value: object) -> bool:
    return isinstance(value, list) and all(_is_turn(turn) for turn in value)


def _is_turn(turn: object) -> bool:
    if not isinstance(turn, dict) or set(turn) != {"role", "content"}:
        return False
    return turn["role"] in ("user", "assistant") and isinstance(turn["content"], str)
