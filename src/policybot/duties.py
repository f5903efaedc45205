"""Who must do what: the rules in a policy's clauses, each with who has to keep it and who is told, in the clause's words.

A clause's force comes from `deontic`; this reads, sentence by sentence, whose it is. Nobody is guessed: a subject counts
only where it is somebody who can have duties and does the thing ("pupils must not be discussed" binds no pupil).
"""

# ruff: noqa: E501
from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from policybot.actors import Naming, naming_for
from policybot.deontic import read_deontic, sentences, strengths
from policybot.modals import IMPERATIVE, NEGATIVE_ORDER
from policybot.records import Clause, ClauseKind, Deontic, Force, Strength

YOU = "you"
"""The actor of a clause that speaks to whoever reads it: 'you' or an order ('Do not publish ...')."""
RULING = (Force.PROHIBITION, Force.OBLIGATION, Force.RECOMMENDATION, Force.PERMISSION)
BANS = (Strength.MUST_NOT, Strength.SHOULD_NOT)
READERS = {"you", "your"}
BACKWARDS = {"they", "them"}
UNKNOWN = {"he", "she", "he/she"}
"""Whom these stand for, a rule cannot say: 'tell the clerk; she may ...' means another than 'the clerk must ...; she may ...'."""


@dataclass(frozen=True, slots=True)
class Rule:
    """One rule of a clause. `words`: the sentence that gives it, verbatim. `actors`: who must keep it, as the clause names
    them, YOU for its reader, () where it does not say. `told`: who is told or asked, as the clause names them."""

    strength: Strength
    words: str
    actors: tuple[str, ...] = ()
    told: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Duty:
    """A clause with at least one rule in it."""

    clause: Clause
    rules: tuple[Rule, ...]

    def __post_init__(self) -> None:
        if not self.rules:
            raise ValueError(f"clause {self.clause.id} lays nothing down")

    @property
    def strengths(self) -> tuple[Strength, ...]:
        """Each once, in the order of the sentences."""
        return tuple(dict.fromkeys(r.strength for r in self.rules))

    @property
    def actors(self) -> tuple[str, ...]:
        """Of all its rules, each once."""
        return tuple(dict.fromkeys(a for r in self.rules for a in r.actors))

    @property
    def told(self) -> tuple[str, ...]:
        """Of all its rules, each once."""
        return tuple(dict.fromkeys(a for r in self.rules for a in r.told))


def duties(clauses: Sequence[Clause], names: Sequence[str] = ()) -> tuple[Duty, ...]:
    """The clauses that lay something down, in their order. `names`: the organisation's own, which can have duties too."""
    naming = naming_for(tuple(names))
    found = ((clause, tuple(_rules(clause, naming))) for clause in clauses)
    return tuple(Duty(clause, rules) for clause, rules in found if rules)


def _rules(clause: Clause, naming: Naming) -> Iterator[Rule]:
    if clause.kind in (ClauseKind.COVER, ClauseKind.FURNITURE):
        return
    before = _acting(clause.stem, naming)[0] if clause.stem else ()
    for place, sentence in enumerate(sentences(clause.text)):
        stem = clause.stem if place == 0 else None
        strength = _strength(clause, sentence, stem)
        acting, told = _parties(clause, sentence, stem, naming, strength)
        if strength is not Strength.NONE:
            named = before if {a.lower() for a in acting} & BACKWARDS else acting
            actors = tuple(a for a in named if a.lower() not in UNKNOWN)
            yield Rule(strength, sentence, actors, tuple(t for t in told if t.lower() not in BACKWARDS | READERS | UNKNOWN))
        before = tuple(a for a in acting if a.lower() not in BACKWARDS | UNKNOWN) or before


# -- what force


_NO_RULE = re.compile(
    r"\bshould (?:an?|any|the|you|they|it|anyone|somebody|someone)\b|\bliable to be \w+|\bunacceptable to \w+|\bnot only\b|\beven so\b|\bmay be an? (?:\w+ )?example\b|"
    r"\bhow \w+ (?:\w+ ){0,3}?(?:is|are) to\b|^(?:the reason|this) is (?:that|because)\b.*",
    re.I,
)
"""What looks like a rule, or a harder one, and is none: 'should anybody misbehave' is a condition, 'unacceptable to
colleagues' an opinion, 'should consider not only' no ban."""
_CLEFT = r"\bit is (?=(?P<who>.+?) (?:that|who) (?:is|are) responsible\b)"
CLEFT = re.compile(_CLEFT, re.I)


def _strength(clause: Clause, sentence: str, stem: str | None) -> Strength:
    """The force of one sentence, NONE where it lays nothing down."""
    if CLEFT.search(sentence):
        return Strength.MUST
    read = read_deontic(_NO_RULE.sub("", sentence), stem)
    return read.strength if read.force in RULING else _from_heading(clause, sentence, read)


def _from_heading(clause: Clause, sentence: str, read: Deontic) -> Strength:
    """An item with no word of force of its own has its heading's ('Prohibited use'); a paragraph may be about anything."""
    listed = clause.kind is ClauseKind.ITEM and read.force is Force.FACT and clause.text.startswith(sentence)
    wordless = listed and read_deontic(clause.text, clause.stem).force not in RULING
    return clause.deontic.strength if wordless and clause.deontic.force in RULING else Strength.NONE


# -- whose it is


_PARTICIPLE = r"(?:\w+ed|\w+en|made|kept|put|told|sent|held|set|read|sought|brought|found|done|paid|left|dealt|shown)"
_BOUND = "required|advised|recommended|expected|encouraged|asked|urged|reminded|requested|permitted|allowed|authorised|entitled|obliged|prohibited|forbidden"
_GIVEN = _BOUND.replace("asked|", "").replace("reminded|", "").replace("requested|", "")
"""'Pupils must not be asked to ...' binds whoever might ask."""
MODAL = re.compile(
    r"\b(?:must|shall|should|will|may|can|cannot|needs? to|ought to|ha(?:ve|s) (?:to|an?|the|no)|takes? (?:\w+ )?responsibility|owes?|expects|recommends|encourages|advises|asks|(?<=we )(?:expect|recommend|encourage|advise|ask)|"
    rf"(?:is|are) (?:not )?(?:\w+ly )?(?:not )?(?:{_BOUND}|free|welcome|bound|responsible|to))\b",
    re.I,
)
PASSIVE = re.compile(
    rf"^\s*(?:(?:not|never|also|always|then|only|therefore|either|\w+ly),? )*be (?:\w+ly )?(?!(?:{_GIVEN}|concerned|prepared|committed)\b){_PARTICIPLE}\b", re.I
)
IS_TOLD = re.compile(r"^\s*(?:(?:also|always|then|\w+ly),? )*be (?:\w+ly )?(?:told|informed|notified|consulted|alerted|contacted|made aware)\b", re.I)
WISHES = re.compile(r"^(?:expects?|recommends?|encourages?|advises?|asks?)$", re.I)
RELATIVE = re.compile(r"\b(?:who|which|that|whom|if|whether)(?: \w+ly| also| then)?\s*$", re.I)
BARE = re.compile(r"^(?:must|should|shall|will|may|can|cannot|is|are|has|have)\b", re.I)
TO_WHOM = re.compile(r"^(?:\w+ )?(?:is|are) the (?:person|people|one) (?:to|with) whom\b", re.I)
FOR_WHOM = re.compile(r"\b(?:forbidden|prohibited|permitted|allowed|acceptable|essential|important|necessary|required|unacceptable) for (?=.+? to\b)", re.I)
AGENT = re.compile(rf"\bbe (?:\w+ly )?{_PARTICIPLE}(?: \w+)? by ", re.I)
SUBORDINATE = re.compile(
    r"^(?:if|when|where|whenever|wherever|whatever|whichever|whether|before|after|while|unless|once|so that|even|although|because|to|at|on|in|for|as|by|with|without|from|over|under|outside|during)\b", re.I
)

PREPOSITION = re.compile(r"\b(?:of|to|by|with|for|from|in|at|on|about|and|or|that|which|who|if|when|where|is|are|than|as)\s+$|^$|,\s*$", re.I)

Parties = tuple[tuple[str, ...], tuple[str, ...]]


def _parties(clause: Clause, sentence: str, stem: str | None, naming: Naming, strength: Strength) -> Parties:
    """Who acts and who is told in one sentence, which reads on from `stem`."""
    if whom := _person_to_whom(sentence, naming):
        return (), whom
    bare = BARE.match(sentence)
    acting, told = ((), ()) if bare else _acting(sentence, naming)
    lead, lead_told = _acting(stem, naming) if stem and not acting else ((), ())
    if bare and not stem:
        lead = naming.at(clause.heading, whole=True)
    if not acting and clause.kind is ClauseKind.ROW:
        lead = naming.at(re.split(r"[\t:]", clause.text, maxsplit=1)[0].strip(), whole=True)
    agents = tuple(a for m in AGENT.finditer(sentence) for a in naming.at(sentence[m.end() :]))
    reader = _reader(sentence, stem, strength)
    who = (() if stem else reader) or acting or agents or lead or reader
    whole = f"{stem}\n{sentence}" if stem else sentence
    heard = (*told, *lead_told, *_told(whole, naming, strength))
    return who, tuple(t for t in dict.fromkeys(heard) if t not in who)


def _person_to_whom(sentence: str, naming: Naming) -> tuple[str, ...]:
    """'The head is the person to whom it is reported' -> the head."""
    who = naming.spans(sentence)
    return tuple(name for name, _, end in who if TO_WHOM.match(sentence[end:].lstrip()))


def _reader(sentence: str, stem: str | None, strength: Strength) -> tuple[str, ...]:
    """The reader, of an order; nobody otherwise."""
    ordered = IMPERATIVE.search(sentence) or NEGATIVE_ORDER.search(sentence) or (stem and IMPERATIVE.search(stem))
    return (YOU,) if ordered and strength is not Strength.NONE and not strengths(sentence) else ()


def _acting(sentence: str, naming: Naming) -> Parties:
    """The subject of the governing verb where it acts, or where it is told; ((), ()) where neither."""
    if (cleft := CLEFT.search(sentence)) and (who := naming.at(sentence[cleft.end() :])):
        return who, ()
    if (for_whom := FOR_WHOM.search(sentence)) and (who := naming.at(sentence[for_whom.end() :])):
        return who, ()
    for modal in MODAL.finditer(sentence):
        before, after = sentence[: modal.start()], sentence[modal.end() :]
        if RELATIVE.search(before):
            continue
        if WISHES.match(modal.group()):
            return naming.at(re.sub(r"^\s*(?:that\s+)?", "", after)), ()
        who = _subject(before, naming)
        if who and IS_TOLD.match(after):
            return (), who
        if who:
            return ((), ()) if PASSIVE.match(after) else (who, ())
    return (), ()


def _subject(before: str, naming: Naming) -> tuple[str, ...]:
    """Whom `before` names as the subject of the verb that follows: at its start, or after what only leads in."""
    text = re.sub(r"^\(?(?:\d{1,2}(?:\.\d+)*\.?|[a-z])\)?\s+(?=[A-Z])", "", before.strip())
    if (last := re.search(r"\b(?:you|we|they)$", text, re.I)) and not re.search(r"\b(?:to|with|for|by|of) \w+$", text):
        return (last.group(),)
    candidates = [text]
    if SUBORDINATE.match(text):
        candidates += [text[m.end() :] for m in re.finditer(r",\s+", text)]
    for candidate in candidates:
        opened = re.sub(r"^(?:(?:and|but|however|also|therefore|please|then|in addition|nb\.?),?\s+)+", "", candidate, flags=re.I)
        if not SUBORDINATE.match(opened) and (who := naming.at(opened)):
            return who
    return _last(text, naming) if SUBORDINATE.match(text) else ()


def _last(text: str, naming: Naming) -> tuple[str, ...]:
    """Who is named at the very end, where nothing makes them part of what leads in ('At any time the school')."""
    ends = [(name, start) for name, start, end in naming.spans(text) if end == len(text)]
    return tuple(name for name, start in ends if not PREPOSITION.search(re.sub(r"\b(?:the|an?|any|all)\s+$", "", text[:start], flags=re.I)))


TELLING = re.compile(
    r"\b(?:(?:report|reports|reported|refer(?! to)|referred|directed|pass|passed|declared?|disclosed?|handed|bring|brought|taken?|raised?|spoken?|speak|talk|discuss|discussed|discussion|delegated?|let)"
    r"(?: [^\s.;:]+){0,12}? (?:to|with)|inform|informed|tell|tells|told|notify|notified|consult|consulted|contact|contacted|alert|alerted|"
    r"(?:approved|authorised|agreed)(?: \w+)? by|(?:approval|permission|consent|authority|authorisation|advice)(?: \w+)? (?:of|from)),?\s+",
    re.I,
)
LEAVE = re.compile(r"approv|permi|consent|authori", re.I)


def _told(whole: str, naming: Naming, strength: Strength) -> tuple[str, ...]:
    """Who is told or asked; of a ban only whose leave would lift it ('must not contact a pupil' bids to tell nobody)."""
    found = [m for m in TELLING.finditer(whole) if strength not in BANS or LEAVE.search(m.group())]
    return tuple(who for m in found for who in naming.at(whole[m.end() :]))
