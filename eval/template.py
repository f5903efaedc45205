"""The template of a set: a spreadsheet to fill in, with examples, explanations and drop-down lists."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from openpyxl.utils import get_column_letter
from openpyxl.workbook import Workbook
from openpyxl.worksheet.datavalidation import DataValidation

from eval.cases import CaseKind
from eval.cells import EXAMPLE, HEADINGS
from eval.fault import Fault, SetError
from eval.plain_words import KINDS
from eval.sheet_writing import fill, workbook_of, write_csv
from policybot.compose import BADGES
from policybot.records import Organisation, Verdict

LAST_ROW = 1000
"""Drop-down lists reach down to this row."""
LISTS = "Lists"
EXPLAINED: dict[str, str] = {
    "organisation": "Whose policy is asked. Choose from the list.",
    "question": "What a member of staff would really type, slips and all. Not in the policy's own words: "
    "such a question proves only that the bot can search.",
    "history": "For a follow-up: what was said before, each turn on a new line that begins with Staff: or Bot:",
    "verdict": "The right answer. Choose from the list, or write yes, no, allowed if ..., does not say.",
    "evidence": "The clauses that a right answer has to cite. Name each by its id, its label or at least four of its "
    "words in a row, copied from the policy. All of several clauses: a new line or ; between them. Any one of "
    "several: | between them. Empty where the policy does not say, and only there.",
    "also_ok": "Clauses that are no error to cite, named in the same way. May be empty.",
    "must_not": "Words that would be wrong in the answer; a new line or ; between them. May be empty.",
    "kind": "What sort of question it is. Empty: permission for allowed, allowed if and not allowed, "
    "not covered where the policy does not say, else fact.",
    "note": "Why this is the right answer, for whoever reads a failure. No real person's name. May be empty.",
    "id": f"Any name used once in the set. Empty: the file's name and the row. Rows whose Id is '{EXAMPLE}' are left out.",
}
"""Field -> what goes into its column, for somebody who does not program."""


def write_template(path: Path, organisations: Sequence[Organisation]) -> None:
    """Write the template as .xlsx, or as .csv with headings and examples alone. SetError before anything is written."""
    suffix = path.suffix.lower()
    if suffix not in (".xlsx", ".csv"):
        raise SetError(path.name, [Fault("the file", "a template is a spreadsheet", "End its name in .xlsx or .csv")])
    if not organisations:
        raise SetError(path.name, [Fault("the template", "no organisation is ingested", "Ingest a policy first: policybot ingest")])
    rows = [tuple(HEADINGS.values()), *_examples(organisations)]
    if suffix == ".csv":
        write_csv(path, rows)
        return
    book = workbook_of(rows)
    fill(book.create_sheet("How to fill it in"), _explanations())
    _add_lists(book, organisations)
    book.save(path)


def _examples(organisations: Sequence[Organisation]) -> list[tuple[str, ...]]:
    first, last = organisations[0].name, organisations[-1].name
    ruling = {
        "organisation": first,
        "question": "ok to put a pic from sports day on my own insta?",
        "verdict": BADGES[Verdict.NOT_ALLOWED],
        "evidence": "four or more words copied from the clause",
        "kind": KINDS[CaseKind.PERMISSION],
        "note": "The clause forbids it without exception. Write your own rows below.",
    }
    silent = {
        "organisation": last,
        "question": "and on the way home?",
        "history": "Staff: can I check my phone at lunch?\nBot: Allowed.",
        "verdict": BADGES[Verdict.NOT_COVERED],
        "note": "The policy speaks of working hours only, so nothing has to be cited.",
    }
    return [tuple({**row, "id": EXAMPLE}.get(name, "") for name in HEADINGS) for row in (ruling, silent)]


def _explanations() -> list[tuple[str, ...]]:
    return [("Column", "What goes in"), *((HEADINGS[name], EXPLAINED[name]) for name in HEADINGS)]


def _add_lists(book: Workbook, organisations: Sequence[Organisation]) -> None:
    """Drop-down lists for organisation, verdict and kind; their choices stand on a sheet of their own."""
    # On a sheet, because choices inside the rule itself may not be longer than 255 characters together.
    sheet = book.create_sheet(LISTS)
    lists = {
        "organisation": _told_apart(organisations),
        "verdict": tuple(BADGES.values()),
        "kind": tuple(KINDS.values()),
    }
    longest = max(map(len, lists.values()))
    columns = [(f"For {HEADINGS[name]}", *choices, *[""] * (longest - len(choices))) for name, choices in lists.items()]
    fill(sheet, list(zip(*columns, strict=True)))
    for at, (name, choices) in enumerate(lists.items(), 1):
        source = get_column_letter(at)
        rule = DataValidation("list", formula1=f"{LISTS}!${source}$2:${source}${len(choices) + 1}", allow_blank=True)
        rule.showErrorMessage, rule.errorTitle = True, HEADINGS[name]
        # A warning only: 'allowed if the head agrees' is no choice of the list and is read all the same.
        rule.errorStyle, rule.error = "warning", "This is not in the list. Keep it all the same?"
        target = get_column_letter(list(HEADINGS).index(name) + 1)
        rule.add(f"{target}2:{target}{LAST_ROW}")
        book["Questions"].add_data_validation(rule)


def _told_apart(organisations: Sequence[Organisation]) -> tuple[str, ...]:
    """Their names; the slug of those that share one."""
    names = [organisation.name for organisation in organisations]
    return tuple(o.name if names.count(o.name) == 1 else o.slug for o in organisations)
