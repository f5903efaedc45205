"""Verdicts and kinds as people write them: 'Not allowed', 'allowed if', 'your policy does not say'."""

from __future__ import annotations

import difflib
import re

from eval.cases import PERMISSION_LIKE, CaseError, CaseKind
from eval.snippets import normalised
from policybot.compose import BADGES, HEADLINES
from policybot.records import Verdict

_WORD = re.compile(r"[^\W_]+")

_SAID: dict[Verdict, tuple[str, ...]] = {
    Verdict.ALLOWED: ("yes", "permitted", "is allowed", "may", "fine", "ok", "okay"),
    Verdict.CONDITIONAL: (
        "allowed if",
        "allowed only if",
        "allowed when",
        "allowed with conditions",
        "allowed on conditions",
        "only if",
        "yes if",
        "depends",
        "it depends",
    ),
    Verdict.NOT_ALLOWED: ("no", "forbidden", "prohibited", "banned", "not permitted", "is not allowed", "must not"),
    Verdict.INFORMATIONAL: ("information", "info", "says", "the policy says", "policy says", "explains", "no ruling"),
    Verdict.NOT_COVERED: (
        "does not say",
        "doesnt say",
        "the policy does not say",
        "policy does not say",
        "your policy doesnt say",
        "the policy doesnt say",
        "silent",
        "not in the policy",
        "no answer",
    ),
}
_VERDICTS = {
    " ".join(_WORD.findall(said.lower())): verdict
    for verdict, others in _SAID.items()
    for said in (verdict.value, HEADLINES[verdict], BADGES[verdict], *others)
}
_CONDITION = re.compile(r"(?:allowed(?: only)?|yes|only) (?:if|when|with)\b")
"""How a verdict starts whose condition is written out: 'Allowed if your manager agrees'."""

_KINDS = {
    **{kind.value.replace("_", ""): kind for kind in CaseKind},
    "ruling": CaseKind.PERMISSION,
    "howto": CaseKind.PROCEDURE,
    "aboutthedocument": CaseKind.METADATA,
    "doesnotsay": CaseKind.NOT_COVERED,
}
KINDS: dict[CaseKind, str] = {
    kind: {CaseKind.FOLLOWUP: "Follow-up"}.get(kind, kind.value.replace("_", " ").capitalize()) for kind in CaseKind
}
"""How a kind is written in a spreadsheet."""


def words(text: str) -> tuple[str, ...]:
    """The words of `text` in lower case, punctuation gone: "Don't post!" is ('dont', 'post'); () without words."""
    return tuple(_WORD.findall(normalised(text).replace("'", "")))


def verdict_of(said: str) -> Verdict:
    """The verdict that these words mean; CaseError names the plain words to choose from."""
    plain = " ".join(words(said))
    if plain in _VERDICTS:
        return _VERDICTS[plain]
    if _CONDITION.match(plain):
        return Verdict.CONDITIONAL
    choice = ", ".join(repr(badge) for badge in BADGES.values())
    raise CaseError(repr(said), "it is not a verdict", f"{_meant(plain, list(_VERDICTS))}Write one of {choice}")


def kind_of(said: str) -> CaseKind:
    """The kind that these words mean; CaseError names the kinds there are."""
    plain = "".join(words(said))
    if plain in _KINDS:
        return _KINDS[plain]
    choice = ", ".join(repr(kind) for kind in KINDS.values())
    raise CaseError(repr(said), "it is not a kind of question", f"{_meant(plain, list(_KINDS))}Write one of {choice}, or leave it empty")


def usual_kind(verdict: Verdict) -> CaseKind:
    """The kind of a case that names none: permission for a ruling, not_covered where the policy is silent, else fact."""
    if verdict in PERMISSION_LIKE:
        return CaseKind.PERMISSION
    return CaseKind.NOT_COVERED if verdict is Verdict.NOT_COVERED else CaseKind.FACT


def _meant(plain: str, known: list[str]) -> str:
    near = difflib.get_close_matches(plain, known, n=1)
    return f"Did you mean {near[0]!r}? " if near else ""
