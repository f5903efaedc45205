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

from policybot.records import Deontic, Force, Strength

PEOPLE = (
    r"staff|employees?|workers?|colleagues?|users?|managers?|governors?|trustees|heads?|headteachers?|principals?|"
    r"directors?|teachers?|tutors?|trainers?|assessors?|practitioners?|volunteers?|contractors?|individuals?|persons?|"
    r"people|personnel|members?|administrators?|editors?|owners?|students?|pupils?|learners?|apprentices?|children|"
    r"parents?|carers?|visitors?|leads?|officers?|coordinators?|supervisors?|departments?|hr|it support|ict support|"
    r"you|we|they|anyone|everyone|nobody|somebody|someone|creators?|bloggers?|chair|ceo|dsl|dpo|team|leader|leaders"
)
BODIES = (
    r"school|college|nursery|centre|trust|academy|academies|company|organisation|council|charity|setting|institute|"
    r"provider|board|committee|body|partnership|service|university|federation"
)
_ROLE = re.compile(rf"\b({PEOPLE}|{BODIES})\b", re.I)

_ORDER = (Strength.MUST_NOT, Strength.MUST, Strength.SHOULD_NOT, Strength.SHOULD, Strength.MAY)
_FORCES = {
    Strength.MUST_NOT: Force.PROHIBITION,
    Strength.MUST: Force.OBLIGATION,
    Strength.SHOULD_NOT: Force.RECOMMENDATION,
    Strength.SHOULD: Force.RECOMMENDATION,
    Strength.MAY: Force.PERMISSION,
}
_NEGATED = {Strength.MUST: Strength.MUST_NOT, Strength.SHOULD: Strength.SHOULD_NOT, Strength.MAY: Strength.MUST_NOT}

_EPISTEMIC = (
    r"(?:also |well |still |then |therefore |sometimes |potentially |even )*"
    r"(?:be (?:subject|liable|treated|regarded|considered|deemed|found|held|seen|viewed|identified|identifiable|"
    r"accessed|difficult|necessary|possible|appropriate|inappropriate|obvious|required|asked|dealt|referred|affected|"
    r"damaged|harmed|more|less|easier|unlawful|libel|defamatory|private|secure|aware|safe|able|clear|suitable|"
    r"interpreted|perceived|misinterpreted|misconstrued|traced|visible|associated|defined|attributed|withdrawn|"
    r"suspended|dismissed|ended|terminated|useful|harmful|offensive|exposed|vulnerable|recorded|open|to )|"
    r"lead|result|amount|constitute|cause|affect|have|include|appear|remain|become|damage|harm|contain|arise|expose|"
    r"put|come|go wrong|face|breach|bring|render|give rise|occur|happen|invite|seem|feel|find|breach|not always|"
    r"realise|know|mean|help|offer|need|guarantee|attract|suggest|indicate|lose|want|wish|depend|vary|differ|apply)\b"
)
_FILL = r"(?:\s+(?:therefore|also|always|only|still|then|at all times|first|normally|ordinarily|strictly|expressly|in turn|at no time))*"

_SPEC: tuple[tuple[Strength, str], ...] = (
    (Strength.MAY, r"\b(?:is|are|does|do) not (?:prohibit|forbid|ban|prevent|restrict)\w*"),
    (Strength.MAY, r"\bnothing\b[^.;]{0,60}\b(?:restricts?|prevents?|prohibits?|forbids?|stops?|limits?)\b"),
    (Strength.MAY, r"\b(?:not|nor) (?:intended|meant|designed|wish|seek|aim) to (?:\w+ ){0,2}(?:prevent|restrict|stop|discourage|prohibit|ban)\w*"),
    (Strength.MAY, r"\b(?:need not|(?:do|does) not (?:need|have) to|(?:is|are) not (?:required|obliged) to)\b"),
    (Strength.MAY, r"\b(?:is|are) (?:free|entitled|welcome|at liberty|authorised) to\b"),
    (Strength.SHOULD_NOT, r"\b(?:should|ought)(?: \w+){0,3}? (?:not|never|avoid|refrain)\b|\bshouldn['’]t\b"),
    (Strength.SHOULD_NOT, r"\b(?:advised|recommended|asked|encouraged|urged|expected|requested)(?: \w+)? (?:not to|against|never to|to refrain|to avoid)\b"),
    (Strength.SHOULD_NOT, r"\b(?:is|are) (?:strongly |actively )?discouraged\b|\b(?:inadvisable|not advisable|not recommended|unwise)\b"),
    (Strength.MUST_NOT, r"\b(?:must|shall)(?: (?:therefore|also|always|at all times|first))*,? (?:not|never|in no circumstances|under no circumstances|refrain|avoid|neither|on no account|at no time)\b|\b(?:mustn['’]t|shan['’]t)\b"),
    (Strength.MUST_NOT, rf"\bmay (?:not|never)\b(?! {_EPISTEMIC})"),
    (Strength.MUST_NOT, rf"\b(?:cannot|can['’]t|can not|can never)\b(?! (?:{_EPISTEMIC}|control|accept|rely|assume|be (?:sure|certain|guaranteed)))"),
    (Strength.MUST_NOT, r"(?<!not )\b(?:is|are|be|remains?)(?: \w+ly)* (?:forbidden|prohibited|banned|barred|ruled out|off limits|disallowed|out of bounds|unacceptable|not (?:be )?(?:permitted|allowed|acceptable|authorised|tolerated))\b"),
    (Strength.MUST_NOT, r"\b(?:is|are|be)(?: \w+ly)* (?:not|never)(?: \w+ly)? (?:permitted|allowed|acceptable|authorised|tolerated|to be|to)\b"),
    (Strength.MUST_NOT, r"\b(?:under|in) no circumstances\b|\bon no account\b|\bat no time\b"),
    (Strength.MUST_NOT, r"\b(?:refrain from|prohibited from|forbidden to|banned from|barred from|have no right to)\b"),
    (Strength.SHOULD, r"\b(?:should|ought to)\b"),
    (Strength.SHOULD, r"\b(?:is|are|be|strongly|further|also)(?: \w+ly)? (?:advised|recommended|asked|encouraged|urged|requested|reminded) (?:to|that)\b|\b(?:we|it is|school|centre|college|trust) (?:strongly )?(?:advises?|recommends?|recommended|encourages?|asks?)\b"),
    (Strength.SHOULD, r"\b(?:is|are) expected (?:to|that)\b|\bexpects? (?:\w+ ){0,6}?(?:to|will|that)\b|\b(?:good|best) practice\b|\bgood idea\b"),
    (Strength.MUST, r"\b(?:must|shall)\b"),
    (Strength.MUST, r"\b(?:is|are|be)(?: \w+ly)? (?:required|obliged|bound|under a duty) (?:to|by|that|under)\b|\b(?:is|are) required\b|\brequires? (?:\w+ ){0,5}(?:to|that)\b"),
    (Strength.MUST, r"\b(?:has|have|needs?) to (?!do\b)|\b(?:needs? (?:the )?(?:prior |written )*(?:approval|permission|consent|authorisation))"),
    (Strength.MUST, r"\b(?:is|are) to (?:be )?(?!be\b)\w+|\b(?:has a|have a) (?:duty|responsibility) (?:to|of)\b|\bresponsib(?:ility|le) (?:to|for) (?:\w*ing\b|ensure|read)"),
    (Strength.MUST, r"\bresponsibility to\b"),
    (Strength.MAY, rf"\bmay\b(?! (?:not|never)\b)(?! {_EPISTEMIC})"),
    (Strength.MAY, rf"\bcan\b(?! (?:not|never)\b)(?! {_EPISTEMIC})(?! (?:access|see|view|search|identify|control|get)\b)"),
    (Strength.MAY, r"\b(?:is|are|be|being)(?: \w+ly)* (?:permitted|allowed|acceptable|permissible|authorised|fine)\b|\ballowed to\b|\bpermitted to\b|\bis a privilege\b"),
)
_MODALS = tuple((strength, re.compile(pattern, re.I)) for strength, pattern in _SPEC)
_WILL = re.compile(r"\bwill\b(?! (?:mean|help|allow|guide|minimise|enable|ensure that you are safe|be (?:easier|visible|seen|considered|treated|regarded|associated|subject|liable|dealt)|result|lead|likely|often|usually|amount|become|have seen))", re.I)
_WILL_NOT = re.compile(r"\bwill (?:not|never)\b|\bwon['’]t\b", re.I)
_OPENING_NO = re.compile(r"^(?:no|nobody|no-one|none|neither|at no time|under no circumstances|in no circumstances|never|on no account)\b", re.I)
_NO_DUTY = re.compile(r"\b(?:needs? to|has to|have to|required|obliged to)\b", re.I)
_SUBORDINATE_STRONG = re.compile(r"\b(?:that|which|who|(?:if|whether|when|what|how|where)(?: (?:you|they|he|she|it|we|one|staff|employees))?)\s*$", re.I)
_SUBORDINATE_WEAK = re.compile(r"\b(?:that|which|who|whom|whose|if|whether|when|what|how|where|because|as|so that)\b(?:\s+[\w'’-]+){0,4}\s*$", re.I)
_INTRO_THAT = re.compile(r"\b(?:reminded|note|aware|remember|clear|insists?|understand|means) that\b[^,;]*$", re.I)

_NEGATIVE_ORDER = re.compile(r"^(?:please )?(?:do not|don['’]t|never|no )\b|[-–,:]\s*don['’]t\b", re.I)
_AVOID = re.compile(r"^(?:please )?avoid\b", re.I)
_IMPERATIVE = re.compile(
    r"^(?:please |always |only |if [^,]+, |when [^,]+, |where [^,]+, |before [^,]+, |immediately )*(?:please |always )?"
    r"(?:ensure|make|keep|use|respect|report|check|consider|think|be|remember|tell|ask|seek|get|obtain|follow|set|read|"
    r"protect|take|contact|inform|speak|talk|remove|delete|store|turn|leave|log|sign|refer|review|treat|send|show|"
    r"stop|save|record|write|add|act|help|change|choose|put|pass|hand|discuss|complete|bring|give|let|comply|observe|"
    r"maintain|decline|block|screenshot|switch|note|adhere|familiarise|assume|post|share|credit|state|include|avoid)\b(?!['’]s)",
    re.I,
)
_CONSEQUENCE = re.compile(
    r"\b(?:disciplin\w+ (?:action|procedure|proceedings|offence|process|matter)|dismiss(?:al|ed)|gross misconduct|misconduct|sanctions?|"
    r"prosecut\w+|criminal offence|liab(?:le|ility)|legal action|suspen(?:sion|ded)|warning|personally responsible|"
    r"(?:may|will|can|could) (?:\w+ )?(?:result in|lead to|amount to|constitute|be (?:subject to|treated as|regarded as|considered|dealt with|"
    r"referred to|withdrawn|ended|suspended|terminated|investigated))|vicariously|consequences?)\b",
    re.I,
)
_DEFINITION = re.compile(
    r"\b(?:means?|(?:is|are|can be|be) defined as|refers? to|for the purposes? of|the terms?|is taken to|counts? as|"
    r"includes?(?:,)? but (?:is|are|not)|include(?:s)?,? (?:but|for example|any|all)|applies (?:to|whether|equally|irrespective|within|even)|apply to|"
    r"covers?|relates to|binds|falls? (?:outside|within)|examples? (?:of|include)|in scope|does not (?:apply|cover))\b",
    re.I,
)
_HEADINGS = (
    (Strength.MUST_NOT, re.compile(r"\b(?:prohibit|forbidden|unacceptable|not allowed|must not|do not|don['’]t|never|banned|inappropriate use|not permitted)", re.I)),
    (Strength.MAY, re.compile(r"\b(?:what you (?:can|may)|you (?:can|may)|permitted|allowed|acceptable use of)\b", re.I)),
    (Strength.MUST, re.compile(r"\b(?:you must|must do|requirements?|always)\b", re.I)),
)

_PIECE_END = r"(?=[.;:](?:\s|$)|,? (?:and|but|or) (?:staff|employees|you|they|must|shall|should|may|is|are)\b|$)"
_EXCEPTION = re.compile(
    rf"\b(?:unless|except(?:ing)?(?: (?:for|where|when|in|that|if|with|on|as))?|other than|save (?:that|where|in|for|as|with)?|apart from|with (?:the )?exception of|"
    rf"an exception to|excluding|are excepted|is excepted|does not apply (?:to|where|if))\b.*?{_PIECE_END}",
    re.I,
)
_CONDITION = re.compile(
    rf"\b(?:so long as|as long as|provid(?:ed|ing) (?:that)?|on condition|only (?:if|where|when|with|for|after|once|in|on|by|from|to|those|staff)|"
    rf"with (?:the )?(?:\w+ )?(?:\w+ )?(?:approval|permission|consent|agreement|authorisation|authority)|without (?:\w+['’]?s? ){{0,5}}?(?:approval|permission|consent|agreement|authorisation|authority|asking|approved)|"
    rf"if\b(?! in doubt| you are (?:unsure|in (?:any )?doubt))|subject to|in advance|prior to|beforehand|first obtain|"
    rf"(?:written|prior|express|signed|parental) (?:\w+ )?(?:consent|approval|permission|agreement)|in accordance with|approved by|not more than|no more than)\b.*?{_PIECE_END}",
    re.I,
)
_ADDRESSEE = re.compile(
    r"\b(?:(?:report\w*|refer\w*|directed|passed|declared?|disclos\w+|bring\b[^.]*?|notified|handed|raised?|spoken?|talk|speak) (?:\w+ ){0,4}?(?:to|with)|"
    r"inform\w*|tell|notify|consult\w*|contact|approved by|authorised by|agreed (?:by|with)|(?:approval|permission|consent|authority|authorisation) (?:of|from)|discuss\w* (?:\w+ ){0,4}?with)"
    rf" ((?:the |their |your |our |his or her |an? |its )?(?:[\w'’/-]+ ){{0,3}}?(?:{PEOPLE}))\b",
    re.I,
)


def sentences(text: str) -> tuple[str, ...]:
    """The sentences of a clause, in order; abbreviations such as "e.g." do not end one."""
    guarded = re.sub(r"\b(e\.g|i\.e|etc|no|mr|mrs|ms|dr)\.", lambda m: m.group(1) + "\x00", text, flags=re.I)
    pieces = re.split(r"(?<=[.!?])[\"”’)]*\s+(?=[\"“‘(A-Z0-9])|\n+", guarded)
    return tuple(p.replace("\x00", ".").strip() for p in pieces if p.strip())


def _subordinate(before: str, strength: Strength) -> bool:
    """Whether a modal after `before` belongs to a relative or conditional clause."""
    if strength is Strength.MAY:
        return bool(_SUBORDINATE_WEAK.search(before))
    return bool(_SUBORDINATE_STRONG.search(before)) and not _INTRO_THAT.search(before)


def _will(sentence: str) -> Strength | None:
    """ "will" is a duty when somebody who can have duties is its subject, or something is done by them."""
    match = _WILL.search(sentence)
    if match is None or _SUBORDINATE_WEAK.search(sentence[: match.start()]):
        return None
    subject = sentence[: match.start()].strip()
    duty = not subject or _ROLE.search(subject) or re.match(r"will (?:\w+ )?be \w+", sentence[match.start() :], re.I)
    if not duty:
        return None
    return Strength.MUST_NOT if _WILL_NOT.search(sentence) else Strength.MUST


def _without(sentence: str, span: tuple[int, int]) -> str:
    return sentence[: span[0]] + "·" * (span[1] - span[0]) + sentence[span[1] :]


@lru_cache(maxsize=8192)
def strengths(sentence: str) -> tuple[Strength, ...]:
    """Every rule in the main clauses of one sentence, strongest first; () for none."""
    found, rest = set(), sentence
    for strength, pattern in _MODALS:
        # Longer forms come first and are blotted out, so that "must not" is not also "must".
        for match in list(pattern.finditer(rest)):
            if not _subordinate(sentence[: match.start()], strength):
                found.add(strength)
            rest = _without(rest, match.span())
    if not found and (duty := _will(sentence)):
        found.add(duty)
    if _OPENING_NO.match(sentence) and found:
        if _NO_DUTY.search(sentence):
            found = {Strength.MAY}
        else:
            found = {_NEGATED.get(s, s) for s in found}
    return tuple(s for s in _ORDER if s in found)


def _order(sentence: str) -> Strength | None:
    """The strength of an imperative sentence, None when it is not one."""
    if _NEGATIVE_ORDER.search(sentence):
        return Strength.MUST_NOT
    if _AVOID.match(sentence):
        return Strength.SHOULD_NOT
    return Strength.MUST if _IMPERATIVE.match(sentence) else None


def _governing(text: str) -> tuple[Strength, str] | None:
    """Strength and sentence of the first sentence of `text` with a modal in its main clause."""
    for sentence in sentences(text):
        found = strengths(sentence)
        if found and not (found == (Strength.MAY,) and _CONSEQUENCE.search(sentence)):
            return found[0], sentence
    return None


_BARE_MODAL = re.compile(r"^(?:must|should|shall|will|may|can|cannot|are|is|have|need)\b", re.I)
_SUBJECT = re.compile(rf"^(?:(?:any|all|the|a|an|no|every|each|only|our|your|their|this|these|such|it|we|you|they)\b|(?:[\w'’/-]+ ){{0,4}}?(?:{PEOPLE}|{BODIES})\b)", re.I)


def _own_rule(text: str, stemmed: bool) -> tuple[Strength, str] | None:
    """An item's own modal; under a stem with a rule it needs a subject or to open with the modal."""
    own = _governing(text)
    if own is None or not stemmed:
        return own
    first = sentences(text)[0]
    return own if own[1] == first and (_BARE_MODAL.match(text) or _SUBJECT.match(text)) else None


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
    own = _own_rule(text, from_stem is not None)
    if own or from_stem:
        return own or from_stem
    for sentence in sentences(text):
        if order := _order(sentence):
            return order, sentence
    return None


def _plain_force(text: str, stem: str | None) -> Force:
    """The force of a clause without a rule."""
    whole = f"{stem or ''} {text}"
    if _CONSEQUENCE.search(whole):
        return Force.CONSEQUENCE
    return Force.DEFINITION if _DEFINITION.search(whole) else Force.FACT


def _consequence_first(text: str) -> bool:
    """Whether the first sentence that says anything says what happens to whoever breaks the rules."""
    first = sentences(text)[:1]
    return bool(first) and bool(_CONSEQUENCE.search(first[0])) and not strengths(first[0])


def _actor(words: str) -> str | None:
    """The subject of the governing words, when it is somebody who can have duties."""
    before = re.split(r"\b(?:must|shall|should|may|can|cannot|will|is|are|have|has|need|needs|ought|expects?)\b", words, maxsplit=1, flags=re.I)[0]
    before = re.sub(r"^(?:if|when|where|in|on|during|while|before|for|as)\b[^,]*,\s*", "", before.strip(" ,:-"), flags=re.I)
    match = _ROLE.search(before)
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
    exceptions, conditions = pieces(_EXCEPTION, whole), pieces(_CONDITION, whole)
    addressee = _ADDRESSEE.search(whole)
    rule = _rule(text, stem)
    if rule is None or (_consequence_first(text) and not stem):
        force, strength = _plain_force(text, stem), Strength.NONE
        if force is Force.FACT and len(text.split()) > 2:
            strength = next((s for s, p in _HEADINGS if p.search(heading)), Strength.NONE)
            force = _FORCES.get(strength, force)
    else:
        strength = rule[0]
        force = _FORCES[strength]
    return Deontic(
        force=force,
        strength=strength,
        actor=_actor(rule[1]) if rule else None,
        addressee=addressee.group(1) if addressee else None,
        conditions=conditions,
        exceptions=exceptions,
    )
