"""`policybot verify`: whether a shared answer is as it was made, and whether its quotes stand in the policy as it is now.

Each finding says what it proves, and no more.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum
from pathlib import Path

from rich.console import Console

from policybot.catalogue import Catalogue
from policybot.errors import UnknownOrganisation
from policybot.receipt import UNREADABLE, Quote, Receipt, ReceiptError
from policybot.records import Clause
from policybot.sealing import Envelope, envelope_of, sealing_key
from policybot.settings import Settings
from policybot.share_pdf import read_pdf
from policybot.share_sheet import UNDRAWN, asked
from policybot.share_text import read_text
from policybot.share_word import read_word

LONGEST = 20_000_000
"""Longest file that is looked at, in bytes."""


class State(StrEnum):
    """What became of one check. CHANGED: right, but the policy is another by now. OPEN: it cannot be told here."""

    RIGHT = "right"
    CHANGED = "changed"
    OPEN = "not known"
    WRONG = "WRONG"


EXITS = {State.WRONG: 1, State.OPEN: 4, State.CHANGED: 3}
"""The exit of the whole is that of its gravest finding, in this order; 0 where all is right."""


@dataclass(frozen=True, slots=True)
class Finding:
    """One check: its state, what was looked at, what was found, and what that proves ('' where it needs no words)."""

    state: State
    what: str
    found: str
    proves: str = ""


@dataclass(frozen=True, slots=True)
class Held:
    """What a file holds. `shown`: SHA-256 of what it shows a reader now, None for a receipt alone."""

    envelope: Envelope
    shown: str | None


def read(path: Path) -> Held:
    """The receipt in a PDF, a Word file, a text file, or alone as JSON. ReceiptError where there is none that can be read."""
    try:
        with path.open("rb") as file:
            content = file.read(LONGEST + 1)
    except OSError as wrong:
        raise ReceiptError(str(path), f"it cannot be opened ({wrong.strerror})", "Correct the name of the file") from wrong
    if len(content) > LONGEST:
        raise ReceiptError(str(path), "it is too long for a shared answer", UNREADABLE)
    if content.startswith(b"%PDF"):
        return Held(*read_pdf(content))
    if content.startswith(b"PK"):
        return Held(*read_word(content))
    if content.removeprefix(b"\xef\xbb\xbf").lstrip().startswith(b"{"):
        return Held(envelope_of(content.decode("utf-8-sig", "replace")), None)
    return Held(*read_text(content))


def examine(held: Held, key: bytes, catalogue: Catalogue) -> tuple[Finding, ...]:
    """All findings. `key`: this installation's, for the receipt's organisation."""
    envelope = held.envelope
    first = (_hash(envelope), _seal(envelope, key), *_shown(held, key))
    try:
        return (*first, *_against_policy(envelope.receipt, catalogue))
    except UnknownOrganisation:
        proves = "Whether the quotes stand in a policy cannot be told here. Check the file where it was made."
        return (*first, Finding(State.OPEN, "The policy", f"there is no organisation {envelope.receipt.organisation} here", proves))


def exit_of(findings: Sequence[Finding]) -> int:
    """0: all is right; 1: altered, or a quote does not hold; 3: right, but the policy has changed since; 4: nothing is found
    wrong, but this installation did not issue it."""
    states = {f.state for f in findings}
    return next((code for state, code in EXITS.items() if state in states), 0)


def verify(path: Path, settings: Settings, out: Console) -> int:
    """Print what was found; the exit code. ReceiptError where the file holds no receipt."""
    held = read(path)
    receipt = held.envelope.receipt
    catalogue = Catalogue.open(settings)
    try:
        findings = examine(held, sealing_key(settings, receipt.organisation), catalogue)
    finally:
        catalogue.close()
    code = exit_of(findings)
    for line in (*_summary(receipt), "", *_lines(findings), "", SAID[code]):
        out.print(line, markup=False, highlight=False, soft_wrap=True)
    return code


SAID = {
    0: "All is right.",
    1: "Do not rely on this file: something in it does not hold.",
    3: "Right when it was made, but the policy has changed since. Ask again before you rely on it.",
    4: "Nothing is found wrong, but this installation cannot vouch for it.",
}


def _hash(envelope: Envelope) -> Finding:
    if envelope.altered():
        return Finding(State.WRONG, "The hash", "it is not the receipt's", "The receipt was altered after it was made.")
    proves = "Nothing was altered by accident. Somebody who means to can make a new hash."
    return Finding(State.RIGHT, "The hash", "it is the receipt's", proves)


def _seal(envelope: Envelope, key: bytes) -> Finding:
    if envelope.sealed_with(key):
        proves = "This installation issued this very receipt, and nobody altered it since."
        return Finding(State.RIGHT, "The seal", "it is this installation's", proves)
    proves = "Another installation issued the receipt, or somebody made or altered it. The seal cannot tell which."
    return Finding(State.OPEN, "The seal", "it is not this installation's", proves)


def _shown(held: Held, key: bytes) -> tuple[Finding, ...]:
    """Whether what a reader sees is what was made with the receipt; nothing for a receipt alone."""
    if held.shown is None:
        return ()
    if held.shown != held.envelope.shown:
        proves = (
            "The file was changed, or another program saved it anew, so its pages could not be checked. "
            "Do not go by them: ask for the file as it was made."
        )
        return (Finding(State.WRONG, "The pages", "they are not as they were made", proves),)
    if not held.envelope.shown_sealed_with(key):
        proves = "Compare what the file shows with the receipt above."
        return (Finding(State.OPEN, "The pages", "their seal is not this installation's", proves),)
    return (Finding(State.RIGHT, "The pages", "they are as they were made", "The file shows what this installation put into it."),)


def _against_policy(receipt: Receipt, catalogue: Catalogue) -> tuple[Finding, ...]:
    """The quotes and the version, beside what is published now. UnknownOrganisation."""
    clauses = {c.id: c for policy in catalogue.policies(receipt.organisation) for c in policy.clauses}
    same = catalogue.version_of(receipt.organisation) == receipt.policy_version
    quoted = [_quoted(quote, clauses.get(quote.clause_id), same) for quote in receipt.quotes]
    if same:
        return (*quoted, Finding(State.RIGHT, "The policy", "it is the version that the answer was made from"))
    return (*quoted, Finding(State.CHANGED, "The policy", "it has changed since the answer was given", "The answer may be another now."))


def _quoted(quote: Quote, clause: Clause | None, same: bool) -> Finding:
    what = f"The quote of {quote.label}"
    if clause is not None and quote.quote in clause.whole:
        return Finding(State.RIGHT, what, f"it stands word for word in {quote.clause_id}")
    found = f"it does not stand in {quote.clause_id}" if clause else f"there is no clause {quote.clause_id} now"
    proves = "The policy is the same: it was never there." if same else "The policy has changed since: it may have stood there then."
    return Finding(State.WRONG, what, found, proves)


def _summary(receipt: Receipt) -> tuple[str, ...]:
    """What the receipt says, to compare with what the file shows."""
    of = f"{_plain(receipt.organisation_name)} ({_plain(receipt.organisation)}), shared {_plain(receipt.local_time)}"
    quotes = (f"  {_plain(quote.label)}: “{_plain(quote.quote)}”" for quote in receipt.quotes)
    verdict = f"Verdict:  {receipt.verdict} (“{_plain(receipt.headline)}”)"
    return (f"Question: {_plain(asked(receipt.question))}", verdict, f"Of:       {of}", *quotes)


def _lines(findings: Sequence[Finding]) -> tuple[str, ...]:
    """A finding a line; what it is about and what was found hold words of the file."""
    return tuple(f"{f.state:9}  {_plain(f.what)}: {_plain(f.found)}.{' ' + f.proves if f.proves else ''}" for f in findings)


def _plain(text: str) -> str:
    """`text` on one line, without what steers a terminal: a file from anywhere must not print findings of its own."""
    return "".join(c if c.isprintable() else UNDRAWN for c in " ".join(text.split()))
