"""A case in the cells of a spreadsheet, and back."""

from __future__ import annotations

import re
from collections.abc import Mapping

from eval.cases import Case, CaseError, Group
from eval.draft import Draft
from eval.plain_words import KINDS
from policybot.compose import BADGES
from policybot.records import Turn

HEADINGS: dict[str, str] = {
    "organisation": "Organisation",
    "question": "Question",
    "history": "Earlier turns",
    "verdict": "Expected verdict",
    "evidence": "Must cite",
    "also_ok": "Also fine",
    "must_not": "Must not say",
    "kind": "Kind",
    "note": "Note",
    "id": "Id",
}
"""Field of a case -> heading of its column, in the order of the template."""
COLUMNS = {name: f"column {heading}" for name, heading in HEADINGS.items()}
EXAMPLE = "example"
"""Id of a row of the template that shows how to fill in the others."""
SEPARATORS = re.compile(r"[;\n]")
SPEAKERS = {"staff": "user", "user": "user", "bot": "assistant", "assistant": "assistant"}
SPOKEN = {"user": "Staff", "assistant": "Bot"}
_SPEAKER = re.compile(rf"\s*({'|'.join(SPEAKERS)})\s*:", re.I)


def cells_of(case: Case) -> dict[str, str]:
    """The case's cells by field: plain words for verdict and kind, clauses by id, a list's parts a line each."""
    return {
        "organisation": case.organisation,
        "question": case.question,
        "history": "\n".join(f"{SPOKEN[turn.role]}: {turn.content}" for turn in case.history),
        "verdict": BADGES[case.verdict],
        "evidence": "\n".join(" | ".join(group) for group in case.evidence),
        "also_ok": "\n".join(case.also_ok),
        "must_not": "\n".join(case.must_not),
        "kind": KINDS[case.kind],
        "note": case.note,
        "id": case.id,
    }


def draft_of(where: str, tag: str, cells: Mapping[str, str]) -> Draft:
    """The draft in these cells, by field; a field that is not there is empty. CaseError for turns nobody says."""
    cell = {name: _tidy(text) for name, text in cells.items()}
    return Draft(
        where=where,
        tag=tag,
        called=COLUMNS,
        id=cell.get("id", ""),
        organisation=cell.get("organisation", ""),
        question=cell.get("question", ""),
        kind=cell.get("kind", ""),
        verdict=cell.get("verdict", ""),
        history=turns(cell.get("history", "")),
        evidence=_groups(cell.get("evidence", "")),
        also_ok=_parts(cell.get("also_ok", "")),
        must_not=_parts(cell.get("must_not", "")),
        note=cell.get("note", ""),
    )


def turns(text: str) -> tuple[Turn, ...]:
    """The turns in a cell: each starts a line with 'Staff:' or 'Bot:' and goes on to the next of these.

    A first line without either is the staff's. CaseError for a turn without words.
    """
    spoken: list[tuple[str, list[str]]] = []
    for line in text.split("\n") if text else ():
        speaker = _SPEAKER.match(line)
        if speaker or not spoken:
            role = SPEAKERS[speaker[1].lower()] if speaker else "user"
            spoken.append((role, [line[speaker.end() :] if speaker else line]))
        else:
            spoken[-1][1].append(line)
    made = tuple(Turn(role, "\n".join(lines).strip()) for role, lines in spoken)
    if not all(turn.content for turn in made):
        raise CaseError(repr(text), "a turn has no words", "Write 'Staff: ...' or 'Bot: ...', each on a line of its own")
    return made


def lost_in_cells(case: Case) -> tuple[str, ...]:
    """Fields that cells cannot hold as they are, so that writing them would change the case; () for most cases.

    A ';' inside a string that must not be said, a line of a turn that starts like another turn.
    """
    try:
        draft = draft_of("", "", cells_of(case))
    except CaseError:
        return ("history",)
    plain = ("id", "question", "history", "evidence", "also_ok", "must_not", "note")
    lost = tuple(name for name in plain if getattr(draft, name) != getattr(case, name))
    return ("id", *lost) if is_example(draft) else lost


def is_example(draft: Draft) -> bool:
    """Whether the row is one of the template's examples, which are no part of a set."""
    return draft.id.lower() == EXAMPLE


def _groups(text: str) -> tuple[Group, ...]:
    groups = (tuple(name for name in map(str.strip, part.split("|")) if name) for part in _parts(text))
    return tuple(group for group in groups if group)


def _parts(text: str) -> tuple[str, ...]:
    return tuple(part for part in map(str.strip, SEPARATORS.split(text)) if part)


def _tidy(text: str) -> str:
    # _x000D_ is how Excel keeps the return of a text that was pasted in from elsewhere.
    return text.replace("_x000D_", "").replace("\r\n", "\n").replace("\r", "\n").strip()
