"""Aids for whoever reads a policy: the words that it explains itself, and the words that carry its rules.

Nothing here is anybody's own explanation: a meaning is the policy's own sentence, word for word, with the clause it stands
in; and a word is marked as a rule only where the clause's own reading (deontic.py) finds that rule.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from policybot.deontic import sentences, strengths
from policybot.modals import OPENING_NO
from policybot.records import Clause, ClauseKind, Force, Policy, Strength

LONGEST_TERM = 5
"""Most words of a term; what is longer before 'means' is a sentence, not a term."""

_LEAD = re.compile(r"^(?:(?:in|within|throughout|for(?: the)? purposes? of) (?:this|these|the|our)\b[^,]{1,40},\s*)", re.I)
_TERMS = re.compile(r"^(?:the )?(?:terms?|words?|phrases?|expressions?)\b", re.I)
_QUOTED = re.compile(r"[“\"‘'](?P<term>[^“”\"‘’']{2,40})[”\"’']")
_SAYS = re.compile(
    r"\b(?:means?|(?:is|are|can be) (?:defined as|taken to (?:mean|be|include))|(?:is|are) used to|refers? to|takes? in|"
    r"(?:can )?includes?\b(?=[^.]{0,30}\bnot limited to\b)|includes?\b(?=[^.]{0,12}\bany\b))",
    re.I,
)
_TERM_SAYS = re.compile(r"\b(?:covers?|includes?|describes?|means?|refers?|applies)\b", re.I)
"""What may come after "the term '...'", where wider words are plain enough."""
_CALLED = re.compile(r"\b(?:defined as|known as|referred to as)\s+[“\"‘']?(?P<term>[^,.;:()“”\"‘’']{3,40})")
_GLOSSARY = re.compile(r"\b(?:definitions?|glossary|abbreviations?|interpretation)\b", re.I)
_ENTRY = re.compile(r"^(?P<term>[^:–—\n]{2,40}?)\s*(?::|–|—|\s-)\s+\S")
_TERM_COLUMN = re.compile(r"(?:terms?|words?|phrases?|abbreviations?|acronyms?)$", re.I)
_ARTICLE = re.compile(r"^(?:the|an?|any|our|your)\s+", re.I)
_NO_TERM = re.compile(
    r"^(?:this|these|those|such|it|its|they|we|you|he|she|which|that|what|there|who|anything|everything|examples?|policy|and|or|but)\b|"
    r"\b(?:is|are|be|was|were|must|should|may|can|will|not|that|which|who|when|where|if|policy|policies|guidelines)\b",
    re.I,
)
_SHORT = re.compile(r"\((?P<short>[A-Z][A-Za-z&]{0,6}[A-Z])s?\)")
_SMALL = frozenset({"and", "of", "for", "the", "in", "to", "on", "&", "with", "at"})


@dataclass(frozen=True, slots=True)
class Meaning:
    """What the policy means by a term: `words` are its own, verbatim, from the clause `clause_id`, whose label is `label`."""

    term: str
    words: str
    clause_id: str
    label: str


@dataclass(frozen=True, slots=True)
class Mark:
    """Half-open range [start, end) of characters of a text: a rule of some strength, or a term with a meaning. One of both."""

    start: int
    end: int
    strength: Strength = Strength.NONE
    meaning: Meaning | None = None

    def __post_init__(self) -> None:
        if (self.strength is Strength.NONE) == (self.meaning is None):
            raise ValueError("a mark is a rule or a term")


# -- terms


def meanings_of(policy: Policy) -> tuple[Meaning, ...]:
    """The terms that the policy explains and uses in another clause too, the first explanation of each, in reading order."""
    found: dict[str, Meaning] = {}
    for clause in policy.clauses:
        for meaning in (*_defined(clause), *_spelled_out(clause)):
            found.setdefault(meaning.term.lower(), meaning)
    return tuple(m for m in found.values() if any(_uses(m.term).search(c.text) for c in policy.clauses if c.id != m.clause_id))


def terms_in(text: str, meanings: Sequence[Meaning], clause_id: str = "") -> tuple[Mark, ...]:
    """Where the terms stand in the text of clause `clause_id`, the longer term before the shorter; not in the clause that
    explains them. Marks do not overlap."""
    found: list[Mark] = []
    for meaning in sorted(meanings, key=lambda m: -len(m.term)):
        places = _uses(meaning.term).finditer(text) if meaning.clause_id != clause_id else ()
        found += [m for p in places if _free(m := Mark(p.start(), p.end(), meaning=meaning), found)]
    return tuple(sorted(found, key=lambda m: m.start))


def _free(mark: Mark, taken: Sequence[Mark]) -> bool:
    return all(mark.end <= t.start or t.end <= mark.start for t in taken)


def _uses(term: str) -> re.Pattern[str]:
    """The term as a whole word, in the plural too; an abbreviation only in its own letters."""
    return re.compile(rf"(?<![\w-]){re.escape(term)}(?:s|es)?(?![\w-])", 0 if _is_short(term) else re.I)


def _is_short(term: str) -> bool:
    return " " not in term and sum(c.isupper() for c in term) > 1


def _defined(clause: Clause) -> Iterator[Meaning]:
    """Meanings that a clause of definition gives."""
    if clause.kind is ClauseKind.ROW:
        yield from _row(clause)
    elif _GLOSSARY.search(clause.heading) and (entry := _ENTRY.match(clause.text)) and (term := _term(entry["term"])):
        yield Meaning(term, clause.text, clause.id, clause.label)
    elif clause.deontic.force is Force.DEFINITION:
        stem = (clause.stem,) if clause.stem else ()
        for sentence in (*stem, *sentences(clause.text)):
            words = clause.whole if sentence == clause.stem else sentence
            for term in _subjects(sentence):
                yield Meaning(term, words, clause.id, clause.label)


def _row(clause: Clause) -> Iterator[Meaning]:
    """A row of a table of terms: the term, then what it means."""
    cells = [cell.strip() for cell in clause.text.split("\t")]
    of_terms = len(clause.columns) >= 2 and _TERM_COLUMN.search(clause.columns[0].strip())
    if of_terms and len(cells) >= 2 and cells[1] and (term := _term(cells[0])):
        yield Meaning(term, cells[1], clause.id, clause.label)


def _subjects(sentence: str) -> Iterator[str]:
    """The terms that a sentence explains: those before 'means', or in quotation marks, or after 'defined as'."""
    rest = _LEAD.sub("", sentence)
    says = _SAYS.search(rest) or (_TERM_SAYS.search(rest) if _TERMS.match(rest) else None)
    if says is None:
        return
    before = rest[: says.start()]
    quoted = [q["term"] for q in _QUOTED.finditer(before)] if _TERMS.match(before) or before[:1] in "“\"‘'" else []
    candidates = quoted or _either(before)
    named = [term for candidate in candidates if (term := _term(candidate))]
    called = _CALLED.search(rest)
    if not named and called and len(before.split()) > LONGEST_TERM:
        named = [term for term in (_term(called["term"]),) if term]
    yield from named


def _either(words: str) -> list[str]:
    """'Social Media/Networking' is 'Social Media' and 'Social Networking'."""
    *front, last = words.split() or [""]
    return [" ".join((*front, end)) for end in last.strip(",").split("/")]


def _term(words: str) -> str | None:
    """The words as a term; None when they are none."""
    bare = _ARTICLE.sub("", words.strip(" ,;:\t“”\"‘’'*")).strip(" ,;:\t“”\"‘’'*")
    fits = 1 <= len(bare.split()) <= LONGEST_TERM and len(bare) > 1 and re.fullmatch(r"[\w&’'/ -]+", bare)
    return bare if fits and not _NO_TERM.search(bare) else None


def _spelled_out(clause: Clause) -> Iterator[Meaning]:
    """Abbreviations that stand in brackets after the words they are made from, in a clause of any kind."""
    for match in _SHORT.finditer(clause.text):
        words = clause.text[: match.start()].split("\n")[-1].split()[-10:]
        for count in range(2, len(words) + 1):
            long = words[-count:]
            if long[0].lower() not in _SMALL and _initials(long) == match["short"].upper().replace("&", ""):
                yield Meaning(match["short"], " ".join(long), clause.id, clause.label)
                break


def _initials(words: Sequence[str]) -> str:
    parts = [part for word in words if word.lower() not in _SMALL for part in re.split(r"[-/]", word.strip("“”\"‘’',(")) if part]
    return "".join(part[0].upper() for part in parts)


# -- rules

_NOT = r"(?: \w+ly| also| therefore)? (?:not|never)"
_WORDS: dict[Strength, str] = {
    Strength.MUST_NOT: rf"(?:must|shall|may|will){_NOT}|cannot|can not|can[’']t|mustn[’']t|(?:under|in) no circumstances|on no account|"
    r"(?:is|are|be) (?:strictly )?(?:not (?:permitted|allowed|acceptable)|prohibited|forbidden|banned)",
    Strength.SHOULD_NOT: rf"should{_NOT}|shouldn[’']t|ought not",
    Strength.MUST: r"must|shall|(?:is|are) required to|(?:has|have|needs?) to|will",
    Strength.SHOULD: r"should|ought to|(?:is|are) (?:advised|recommended|encouraged|expected|asked) to",
    Strength.MAY: r"may|can|(?:is|are) (?:permitted|allowed) to",
}
_RULE = re.compile(r"\b(?:" + "|".join(f"(?P<{strength}>{words})" for strength, words in _WORDS.items()) + r")\b", re.I)


def rules_in(text: str) -> tuple[Mark, ...]:
    """The words of the text that carry a rule ('must', 'may not'), in order; not the 'may' of "may lead to dismissal".
    Marks do not overlap."""
    found, at = [], 0
    for sentence in sentences(text):
        start = text.index(sentence, at)
        at = start + len(sentence)
        found += [Mark(start + m.start(), start + m.end(), strength) for m, strength in _rules_of(sentence)]
    return tuple(found)


def _rules_of(sentence: str) -> Iterator[tuple[re.Match[str], Strength]]:
    matches = tuple(_RULE.finditer(sentence))
    for match in matches:
        alone = sentence
        for other in matches:
            if other is not match:  # blotted out: each word is judged by itself
                alone = f"{alone[: other.start()]}{'·' * (other.end() - other.start())}{alone[other.end() :]}"
        read, said = strengths(alone), Strength(match.lastgroup or "")
        if said in read:
            yield match, said
        elif read and OPENING_NO.match(sentence):
            yield match, read[0]
