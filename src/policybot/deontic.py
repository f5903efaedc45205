"""What a clause does: its force, its strength, to whom, and what turns it off.

Reads the modal that governs a clause. The rule, which another edition of the same
policy must survive as long as it keeps the modals:

1. An item reads on from its stem. It is governed by a modal of its own when one
   stands in its main clause, else by its stem's.
2. Of several sentences the first with a rule in it governs.
3. Of several rules in that sentence the strongest governs: must not, must,
   should not, should, may.
4. No modal: an imperative is a rule, then consequence and definition are tried, then
   the heading ("Prohibited use") is weak evidence; what is left is a fact.

Consequences, definitions and facts have no strength: "may lead to dismissal" allows nobody
anything.
"""

from __future__ import annotations

import re
from functools import lru_cache

from policybot.modals import (
    ADDRESSEE,
    ANNOUNCES,
    AVOID,
    BODIES,
    CONDITION,
    CONSEQUENCE,
    DEFINITION,
    EXCEPTION,
    FORCES,
    HEADINGS,
    IMPERATIVE,
    INTRO_THAT,
    IS_TO,
    LEADING_PHRASE,
    MODALS,
    MONTH_AFTER,
    MONTH_BEFORE,
    NEGATED,
    NEGATIVE_ORDER,
    NEVER_LEAVE,
    NO_DUTY,
    NO_LEAVE_FOR_THINGS,
    OFFENDER_WILL,
    OPENING_NO,
    ORDER,
    PEOPLE,
    PERSON_BEFORE,
    POINTER,
    PURPOSE_IS,
    READS_ON,
    REDUCED_RELATIVE,
    ROLE,
    SUBORDINATE_STRONG,
    SUBORDINATE_WEAK,
    WILL,
    WILL_BE_DONE,
    WILL_NOT,
)
from policybot.records import Deontic, Force, Strength


def sentences(text: str) -> tuple[str, ...]:
    """The sentences of a clause, in order; abbreviations such as "e.g." do not end one."""
    guarded = re.sub(r"\b(e\.g|i\.e|etc|no|mr|mrs|ms|dr)\.", lambda m: m.group(1) + "\x00", text, flags=re.I)
    pieces = re.split(r"(?<=[.!?])[\"”’)]*\s+(?=[\"“‘(A-Z0-9])|\n+", guarded)
    return tuple(p.replace("\x00", ".").strip() for p in pieces if p.strip())


def _subordinate(before: str, strength: Strength) -> bool:
    """Whether a modal after `before` belongs to a relative or conditional clause."""
    if strength is Strength.MAY:
        if REDUCED_RELATIVE.search(before):
            return True
        # "Where the head agrees, staff may stay": the comma ends the subordinate clause.
        return bool(SUBORDINATE_WEAK.search(before.rpartition(",")[2]))
    return bool(SUBORDINATE_STRONG.search(before)) and not INTRO_THAT.search(before)


_POSSIBILITY = re.compile(r"^(?:may|can)\b", re.I)


def _only_possible(sentence: str, match: re.Match[str]) -> bool:
    """Whether "may", "can" or their negation says what might happen, not what one has leave to do."""
    if not _POSSIBILITY.match(match.group(0)):
        return False
    after = sentence[match.end() :]
    if NEVER_LEAVE.match(after):
        return True
    return bool(NO_LEAVE_FOR_THINGS.match(after)) and not PERSON_BEFORE.search(sentence[: match.start()])


def _no_modal(before: str, match: re.Match[str], after: str) -> bool:
    """Whether what looks like a modal is the month, or says what a policy is for ("Its aim is to ...")."""
    if match.group(0).startswith("May"):
        return bool(MONTH_AFTER.match(after) or MONTH_BEFORE.search(before))
    return bool(IS_TO.match(match.group(0)) and PURPOSE_IS.search(before))


def _will(sentence: str) -> Strength | None:
    """ "will" is a duty when somebody who can have duties is its subject, or something is done by them."""
    match = WILL.search(sentence)
    if match is None or OFFENDER_WILL.search(sentence) or SUBORDINATE_WEAK.search(sentence[: match.start()]):
        return None
    subject = sentence[: match.start()].strip()
    duty = not subject or ROLE.search(subject) or WILL_BE_DONE.match(sentence, match.start())
    if not duty:
        return None
    return Strength.MUST_NOT if WILL_NOT.search(sentence) else Strength.MUST


def _without(sentence: str, span: tuple[int, int]) -> str:
    return sentence[: span[0]] + "·" * (span[1] - span[0]) + sentence[span[1] :]


@lru_cache(maxsize=8192)
def strengths(sentence: str) -> tuple[Strength, ...]:
    """Every rule in the main clauses of one sentence, strongest first; () for none."""
    found, rest = set(), sentence
    for strength, pattern in MODALS:
        # Longer forms come first and are blotted out, so that "must not" is not also "must".
        for match in list(pattern.finditer(rest)):
            before, after = sentence[: match.start()], sentence[match.end() :]
            hidden = (
                _subordinate(before, strength) or _only_possible(sentence, match) or _no_modal(before, match, after)
            )
            if not hidden:
                found.add(strength)
            rest = _without(rest, match.span())
    if not found and (duty := _will(sentence)):
        found.add(duty)
    if OPENING_NO.match(sentence) and found:
        no_duty = NO_DUTY.search(sentence)
        found = {Strength.MAY} if no_duty else {NEGATED.get(s, s) for s in found}
    return tuple(s for s in ORDER if s in found)


def _order(sentence: str) -> Strength | None:
    """The strength of an imperative sentence, None when it is not one."""
    if NEGATIVE_ORDER.search(sentence):
        return Strength.MUST_NOT
    if AVOID.match(sentence):
        return Strength.SHOULD_NOT
    return Strength.MUST if IMPERATIVE.search(sentence) and not POINTER.match(sentence) else None


def _governing(text: str) -> tuple[Strength, str] | None:
    """Strength and sentence of the first sentence of `text` with a modal in its main clause."""
    for sentence in sentences(text):
        found = strengths(sentence)
        if found and not (found == (Strength.MAY,) and CONSEQUENCE.search(sentence)):
            return found[0], sentence
    return None


_BARE_MODAL = re.compile(r"^(?:must|should|shall|will|may|can|cannot|are|is|have|need)\b", re.I)
_SUBJECT = re.compile(
    r"^(?:(?:any|all|the|a|an|no|every|each|only|our|your|their|this|these|such|it|we|you|they)\b|"
    rf"(?:[\w'’/-]+ ){{0,4}}?(?:{PEOPLE}|{BODIES})\b)",
    re.I,
)


_SUBJECT_STRICT = re.compile(
    rf"^(?:(?:any|all|the|a|an|no|every|each|only|our|your|their|this|these|such|it|we|you|they)\b|(?:{PEOPLE}|{BODIES})\b|"
    rf"(?:[\w'’/-]+ ){{1,3}}?(?:{PEOPLE}|{BODIES}) (?:must|should|shall|will|may|can|cannot|are|is)\b)",
    re.I,
)


def _own_subject(text: str, stem: str) -> bool:
    """Whether an item has a subject of its own, so that it does not read on from its stem."""
    bare = LEADING_PHRASE.sub("", text)
    if _BARE_MODAL.match(bare):
        return True
    if READS_ON.search(stem):
        # After "must not ... to:" comes a verb: "accept that the school needs ..." has no subject.
        return bool(_SUBJECT_STRICT.match(bare)) and not IMPERATIVE.match(bare)
    return bool(_SUBJECT.match(bare))


def _own_rule(text: str, stem: str | None) -> tuple[Strength, str] | None:
    """An item's own modal; under a `stem` with a rule it needs a subject or to open with the modal.

    A stem that only announces its items ("the following rules apply:") leaves them whole sentences.
    """
    own = _governing(text)
    if own is None or stem is None or ANNOUNCES.search(stem):
        return own
    return own if own[1] == sentences(text)[0] and _own_subject(text, stem) else None


_FLIP = {Strength.MUST: Strength.MUST_NOT, Strength.SHOULD: Strength.SHOULD_NOT, Strength.MAY: Strength.SHOULD_NOT}
_NEGATIVE_ITEM = re.compile(r"^(?:not\b|never\b|do not\b|don['’]t\b|avoid\b|refrain\b|no\b|against\b)", re.I)


def _stem_rule(stem: str, text: str) -> tuple[Strength, str] | None:
    """The stem's rule as the item reads on from it ("should:" + "not post ..." is should not)."""
    governed = _governing(stem)
    if governed is None:
        order = _order(stem)
        governed = (order, stem) if order else None
    if governed is None:
        return None
    strength = governed[0]
    if _NEGATIVE_ITEM.match(text):
        strength = _FLIP.get(strength, strength)
    return strength, stem


def _rule(text: str, stem: str | None) -> tuple[Strength, str] | None:
    """The governing rule and the words it was read from; None when the clause gives none."""
    from_stem = _stem_rule(stem, text) if stem else None
    own = _own_rule(text, stem if from_stem else None)
    if own or from_stem:
        return own or from_stem
    for sentence in sentences(text):
        if order := _order(sentence):
            return order, sentence
    return None


def _plain_force(text: str, stem: str | None) -> Force:
    """The force of a clause without a rule."""
    whole = f"{stem or ''} {text}"
    if CONSEQUENCE.search(whole):
        return Force.CONSEQUENCE
    return Force.DEFINITION if DEFINITION.search(whole) else Force.FACT


def _consequence_first(text: str) -> bool:
    """Whether the first sentence that says anything says what happens to whoever breaks the rules."""
    first = sentences(text)[:1]
    return bool(first) and bool(CONSEQUENCE.search(first[0])) and not strengths(first[0])


def _actor(words: str) -> str | None:
    """The subject of the governing words, when it is somebody who can have duties."""
    before = re.split(
        r"\b(?:must|shall|should|may|can|cannot|will|is|are|have|has|need|needs|ought|expects?)\b",
        words,
        maxsplit=1,
        flags=re.I,
    )[0]
    before = re.sub(
        r"^(?:if|when|where|in|on|during|while|before|for|as)\b[^,]*,\s*", "", before.strip(" ,:-"), flags=re.I
    )
    match = ROLE.search(before)
    if match is None:
        return None
    return " ".join(before.split()[:8]).rstrip(":,")


def pieces(pattern: re.Pattern[str], whole: str) -> tuple[str, ...]:
    """The distinct verbatim pieces of `whole` that `pattern` finds, at least two words long."""
    found = (m.group(0).strip(" ,") for s in whole.split("\n") for m in pattern.finditer(s))
    return tuple(dict.fromkeys(p for p in found if " " in p))


@lru_cache(maxsize=4096)
def read_deontic(text: str, stem: str | None, heading: str = "") -> Deontic:
    """Read one clause: `text`, the `stem` it reads on from (or None), its nearest `heading`."""
    whole = f"{stem}\n{text}" if stem else text
    exceptions, conditions = pieces(EXCEPTION, whole), pieces(CONDITION, whole)
    addressee = ADDRESSEE.search(whole)
    rule = _rule(text, stem)
    if rule is None or (_consequence_first(text) and not stem):
        force, strength = _plain_force(text, stem), Strength.NONE
        if force is Force.FACT and len(text.split()) > 2:
            strength = next((s for s, p in HEADINGS if p.search(heading)), Strength.NONE)
            force = FORCES.get(strength, force)
    else:
        strength = rule[0]
        force = FORCES[strength]
    return Deontic(
        force=force,
        strength=strength,
        actor=_actor(rule[1]) if rule else None,
        addressee=addressee.group(1) if addressee else None,
        conditions=conditions,
        exceptions=exceptions,
    )
