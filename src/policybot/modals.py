"""The forms of words that carry a rule, a condition or an exception, as patterns."""

# ruff: noqa: E501
from __future__ import annotations

import re

from policybot.records import Force, Strength

PEOPLE = (
    r"staff|employees?|appraisees?|complainants?|applicants?|candidates?|trainees?|associates?|holders?|lecturers?|councillors?|workers?|colleagues?|users?|managers?|governors?|trustees|heads?|headteachers?|principals?|"
    r"directors?|teachers?|tutors?|trainers?|assessors?|practitioners?|volunteers?|contractors?|individuals?|persons?|"
    r"people|personnel|members?|administrators?|editors?|owners?|students?|pupils?|learners?|apprentices?|children|"
    r"parents?|carers?|visitors?|leads?|officers?|coordinators?|supervisors?|departments?|hr|it support|ict support|"
    r"you|we|they|anyone|everyone|nobody|somebody|someone|creators?|bloggers?|chair|ceo|dsl|dpo|team|leader|leaders"
)
BODIES = (
    r"school|college|nursery|centre|trust|academy|academies|company|organisation|council|charity|setting|institute|"
    r"provider|board|committee|body|partnership|service|university|federation"
)
ROLE = re.compile(rf"\b({PEOPLE}|{BODIES})\b", re.I)

ORDER = (Strength.MUST_NOT, Strength.MUST, Strength.SHOULD_NOT, Strength.SHOULD, Strength.MAY)
FORCES = {
    Strength.MUST_NOT: Force.PROHIBITION,
    Strength.MUST: Force.OBLIGATION,
    Strength.SHOULD_NOT: Force.RECOMMENDATION,
    Strength.SHOULD: Force.RECOMMENDATION,
    Strength.MAY: Force.PERMISSION,
}
NEGATED = {Strength.MUST: Strength.MUST_NOT, Strength.SHOULD: Strength.SHOULD_NOT, Strength.MAY: Strength.MUST_NOT}

LEADING = r"^(?:,[^,;]{1,60},)?\s*(?:also |well |still |then |therefore |sometimes |potentially |even |not )*"
NEVER_LEAVE = re.compile(
    LEADING
    + r"(?:be (?:subject|liable|ordered|sued|fined|prosecuted|disciplined|treated|regarded|considered|deemed|found|held|seen|viewed|identified|identifiable|"
    r"accessed|difficult|necessary|possible|appropriate|inappropriate|obvious|required|asked|dealt|referred|affected|"
    r"damaged|harmed|more|less|easier|unlawful|libel|defamatory|private|secure|aware|safe|able|clear|suitable|sure|certain|"
    r"interpreted|perceived|misinterpreted|misconstrued|traced|visible|associated|defined|attributed|withdrawn|guaranteed|"
    r"suspended|dismissed|ended|terminated|useful|harmful|offensive|exposed|vulnerable|recorded|open|to\b)|"
    r"lead|result|amount|constitute|face|feel|find|want|wish|need|realise|know|lose|seem|occur|happen|arise|depend|vary|"
    r"differ|rely|assume|control|guarantee|go wrong|always|mean)\b",
    re.I,
)
NO_LEAVE_FOR_THINGS = re.compile(
    LEADING
    + r"(?:cause|affect|have|include|appear|remain|become|damage|harm|contain|expose|put|come|breach|bring (?:\w+ ){0,4}into|render|"
    r"embarrass|make (?:this|that|it) \w+|undermine|compromise|accept (?:any |no )?(?:responsib|liab)\w*|"
    r"give rise|invite|help|offer|attract|suggest|indicate|apply|access|see|view|search|identify|get|reveal)\b",
    re.I,
)
PERSON_BEFORE = re.compile(
    rf"\b(?:{PEOPLE})(?: \w+ly| also| then| still)?\s*$|"
    rf"^(?!.*\b(?:about|by|to|with|between|against|concerning|regarding)\b)(?:[\w'’,-]+ ){{0,6}}?(?:{PEOPLE}) (?:of|at|in|on|from) [^,;]{{1,60}}$",
    re.I,
)

SPEC: tuple[tuple[Strength, str], ...] = (
    (Strength.MAY, r"\b(?:is|are|does|do) not (?:prohibit|forbid|ban|prevent|restrict)\w*"),
    (Strength.MAY, r"\bnothing\b[^.;]{0,60}\b(?:restricts?|prevents?|prohibits?|forbids?|stops?|limits?)\b"),
    (
        Strength.MAY,
        r"\b(?:not|nor) (?:intended|meant|designed|wish|seek|aim|set out|here|there) to (?:\w+ ){0,2}(?:prevent|restrict|stop|discourage|deter|prohibit|ban)\w*",
    ),
    (
        Strength.MAY,
        r"\b(?:purpose|aim|objective|intention|intent)\b[^.,;:]{0,60} (?:is|are) not to (?:\w+ ){0,2}(?:prevent|restrict|stop|discourage|deter|prohibit|ban)\w*",
    ),
    (
        Strength.MAY,
        r"\b(?:need not|no need to|(?:do|does) not (?:need|have) to|(?:is|are) not (?:required|obliged) to)\b",
    ),
    (Strength.MAY, r"\b(?:is|are) (?:free|entitled|welcome|at liberty|authorised) to\b"),
    (Strength.SHOULD_NOT, r"\b(?:should|ought)(?: \w+){0,3}? (?:not|never|avoid|refrain)\b|\bshouldn['’]t\b"),
    (
        Strength.SHOULD_NOT,
        r"\b(?:advised|recommended|asked|encouraged|urged|expected|requested)(?: \w+)? (?:not to|against|never to|to refrain|to avoid)\b",
    ),
    (
        Strength.SHOULD_NOT,
        r"\b(?:is|are) (?:strongly |actively )?discouraged\b|\b(?:inadvisable|not advisable|not recommended|unwise)\b",
    ),
    (
        Strength.MUST_NOT,
        r"\b(?:must|shall)(?: (?:therefore|also|always|at all times|first))*,? (?:not|never|in no circumstances|under no circumstances|refrain|avoid|neither|on no account|at no time)\b|\b(?:mustn['’]t|shan['’]t)\b",
    ),
    (Strength.MUST_NOT, r"\bmay (?:not|never)\b"),
    (Strength.MUST_NOT, r"\b(?:cannot|can['’]t|can not|can never)\b"),
    (
        Strength.MUST_NOT,
        r"(?<!not )\b(?:is|are|be|remains?)(?: \w+ly)* (?:forbidden|prohibited|banned|barred|ruled out|off limits|disallowed|out of bounds|unacceptable|not (?:be )?(?:permitted|allowed|acceptable|authorised|tolerated))\b",
    ),
    (
        Strength.MUST_NOT,
        r"\b(?:is|are|be)(?: \w+ly)* (?:not|never)(?: \w+ly)? (?:permitted|allowed|acceptable|authorised|tolerated|to be|to)\b",
    ),
    (Strength.MUST_NOT, r"\b(?:under|in) no circumstances\b|\bon no account\b|\bat no time\b"),
    (Strength.MUST_NOT, r"\b(?:refrain from|prohibited from|forbidden to|banned from|barred from|have no right to)\b"),
    (Strength.SHOULD, r"\b(?:should|ought to)\b"),
    (
        Strength.SHOULD,
        r"\b(?:is|are|be|strongly|further|also)(?: \w+ly)? (?:advised|recommended|asked|encouraged|urged|requested|reminded) (?:to|that)\b|\b(?:we|it is|school|centre|college|trust) (?:strongly )?(?:advises?|recommends?|recommended|encourages?|asks?)\b",
    ),
    (
        Strength.SHOULD,
        r"\b(?:is|are) expected (?:to|that)\b|\bexpects? (?:\w+ ){0,6}?(?:to|will|that)\b|\b(?:good|best) practice\b|\bgood idea\b",
    ),
    (Strength.MUST, r"\b(?:must|shall)\b"),
    (
        Strength.MUST,
        r"\b(?:is|are|be)(?: \w+ly)? (?:required|obliged|bound|under a duty) (?:to|by|that|under)\b|\b(?:is|are) required\b|\brequires? (?:\w+ ){0,5}(?:to|that)\b",
    ),
    (
        Strength.MUST,
        r"\b(?:has|have|needs?) to (?!do\b)|\b(?:needs? (?:the )?(?:prior |written )*(?:approval|permission|consent|authorisation))",
    ),
    (
        Strength.MUST,
        r"\b(?:is|are) to (?!be expected)(?:be )?(?!be\b)\w+|\b(?:has|have) (?:a|the) (?:duty|responsibility) (?:to|of)\b|\bowes? (?:\w+ ){0,6}?a duty (?:of \w+ )?to\b|\bresponsib(?:ility|le) (?:to|for) (?:\w*ing\b|ensure|read)",
    ),
    (Strength.MUST, r"\bresponsibility to\b"),
    (Strength.MAY, r"\bmay\b"),
    (Strength.MAY, r"\bcan\b"),
    (
        Strength.MAY,
        r"\b(?:is|are|be|being)(?: \w+ly)* (?:permitted|allowed|acceptable|permissible|authorised|fine)\b|\ballowed to\b|\bpermitted to\b|\bis a privilege\b",
    ),
)
MODALS = tuple((strength, re.compile(pattern, re.I)) for strength, pattern in SPEC)
_ADVERBS = r"(?:\w+ly |also |then |always |at first |at all times )*"
WILL = re.compile(
    rf"\bwill\b(?! {_ADVERBS}(?:mean|help|allow|guide|minimise|enable|ensure that you are safe|be (?:easier|visible|seen|considered|treated|regarded|associated|subject|liable|dealt|personally (?:responsible|liable)|(?:addressed|handled) (?:under|through))|result|lead|likely|often|usually|amount|become|have seen))",
    re.I,
)
WILL_BE_DONE = re.compile(rf"will {_ADVERBS}(?:\w+ )?be \w+", re.I)
WILL_NOT = re.compile(r"\bwill (?:not|never)\b|\bwon['’]t\b", re.I)
OPENING_NO = re.compile(
    r"^(?:no|nobody|no-one|none|neither|at no time|under no circumstances|in no circumstances|never|on no account)\b",
    re.I,
)
NO_DUTY = re.compile(r"\b(?:needs? to|has to|have to|required|obliged to)\b", re.I)
SUBORDINATE_STRONG = re.compile(
    r"\b(?:that|which|who|(?:how|whether)(?: [\w'’-]+){1,2}|(?:if|whether|when|what|how|where)(?: (?:you|they|he|she|he/she|he or she|it|we|one|staff|employees))?)\s*$",
    re.I,
)
SUBORDINATE_WEAK = re.compile(
    r"\bwho(?: \w+)?\s*$|\b(?:that|which|whom|whose|if|whether|when|what|how|where|because|as|so that)\b(?:\s+[\w'’-]+){0,4}\s*$",
    re.I,
)
REDUCED_RELATIVE = re.compile(
    r"\b(?:risks?|dangers?|harm|anything|everything|something|information|content|material|ways?|things?|steps?) (?:that )?(?:you|they|he|she|we|staff|employees)\s*$",
    re.I,
)
INTRO_THAT = re.compile(r"\b(?:reminded|note|aware|remember|clear|insists?|understand|means) that\b[^,;]*$", re.I)

PURPOSE_IS = re.compile(r"\b(?:purpose|aim|objective|intention|intent|goal)s?\b[^.,;:]{0,80}$", re.I)
IS_TO = re.compile(r"(?:is|are)\b[\w ]*? to\b", re.I)
MONTH_BEFORE = re.compile(
    r"\b(?:in|by|of|from|until|till|since|during|before|after|each|every|late|early|mid|end|april|\d{1,2}(?:st|nd|rd|th)?)[ -]$",
    re.I,
)
MONTH_AFTER = re.compile(r",? \d|[ -]half[ -]term|(?: and| or| to|/) ?(?:June|July)", re.I)

NEGATIVE_ORDER = re.compile(r"^(?:please )?(?:do not|don['’]t|never|no )\b|[-–,:]\s*don['’]t\b", re.I)
AVOID = re.compile(r"^(?:please )?avoid\b", re.I)
_ORDERS = (
    r"(?:ensure|make|keep|use|respect|report|check|consider|think|be|remember|tell|ask|seek|get|obtain|follow|set|read|"
    r"protect|take|contact|inform|speak|talk|remove|delete|store|turn|leave|log|sign|refer|review|treat|send|show|"
    r"stop|save|record|write|add|act|help|change|choose|put|pass|hand|discuss|complete|bring|give|let|comply|observe|"
    r"maintain|decline|block|screenshot|switch|note|adhere|familiarise|assume|post|share|credit|state|include|avoid)\b"
    r"(?!['’]s| (?:is|are|was|were|means?|includes?|may|can|must|should|will|shall|due|dates?)\b)(?<!use(?= of))(?<!review(?= of|:))"
)
_LEAD_IN = (
    r"(?:(?:(?:even )?if|when|where|before|after|while|unless|once|wherever|whenever|whether) [^,]+(?:, [^,]+){0,2}|"
    r"(?:at|on|in|for|as|by|to|with|without|from|over|under|outside|during) (?:(?!\b(?:we|is|are|can|may|must|should|will|means?)\b)[^,]){1,80}), "
)
LEADING_PHRASE = re.compile(rf"^(?:{_LEAD_IN}|at all times |however,? |therefore,? )+", re.I)
IMPERATIVE = re.compile(
    rf"^(?:please |always |only |immediately |at all times |however,? |therefore,? |{_LEAD_IN})*(?:please |always )?{_ORDERS}|\bplease (?:always )?{_ORDERS}",
    re.I,
)
POINTER = re.compile(
    r"^for (?:any |the )?(?:more|further|additional|full|details?|policy|guidance|information)\b", re.I
)
OFFENDER = r"who (?:\w+ )?(?:breach(?:es)?|breaks?|bull(?:y|ies)|fails?|misuses?|commits?|harass(?:es)?|ignores?)\b"
OFFENDER_WILL = re.compile(rf"\b{OFFENDER}[^,;]* will\b", re.I)
CONSEQUENCE = re.compile(
    rf"\b{OFFENDER}|"
    r"\b(?:disciplin\w+ (?:action|procedure|proceedings|offence|process|matter)|dismiss(?:al|ed)|gross misconduct|misconduct|sanctions?|"
    r"prosecut\w+|criminal offence|liab(?:le|ility)|legal action|suspen(?:sion|ded)|warning|personally responsible|"
    r"(?:may|will|can|could)(?:,[^,.;]{1,60},)? (?:\w+ ){0,2}?(?:result in|lead to|amount to|constitute|be (?:subject to|treated as|regarded as|considered|dealt with|addressed under|"
    r"referred to|withdrawn|ended|suspended|terminated|investigated))|vicariously|consequences?)\b",
    re.I,
)
DEFINITION = re.compile(
    r"\b(?:means?|(?:is|are|can be|be) defined as|refers? to|for the purposes? of|the terms?|is taken to|counts? as|"
    r"includes?(?:,)? but (?:is|are|not)|include(?:s)?,? (?:but|for example|any|all)|not limited to|covered by (?:this|these|our)|applies (?:to|on|where|when|whether|equally|irrespective|within|even|however)|apply to|"
    r"covers?|^[\x22“‘][^\x22”’]+[\x22”’] includes?|relates to|binds|falls? (?:outside|within|under)|examples? (?:of|include)|in scope|does not (?:apply|cover))\b",
    re.I,
)
HEADINGS = (
    (
        Strength.MUST_NOT,
        re.compile(
            r"\b(?:prohibit|forbidden|unacceptable|not allowed|must not|do not|don['’]t|never|banned|inappropriate use|not permitted)",
            re.I,
        ),
    ),
    (
        Strength.MAY,
        re.compile(r"\b(?:what you (?:can|may)|you (?:can|may)|permitted|allowed|acceptable use of)\b", re.I),
    ),
    (Strength.MUST, re.compile(r"\b(?:you must|must do|requirements?|always)\b", re.I)),
)

ANNOUNCES = re.compile(
    r"\b(?:the following|these|as follows)(?: \w+){0,3}(?: (?:apply|applies|will be|are|is)\b[^:.]*)?\s*:?\s*$", re.I
)
READS_ON = re.compile(r"\b(?:to|must|should|shall|will|may|can|not|by)\s*:?\s*$", re.I)

PIECE_END = r"(?=[.;:](?:\s|$)|,? (?:and|but|or) (?:staff|employees|you|they|must|shall|should|may|is|are)\b|$)"
EXCEPTION = re.compile(
    rf"\b(?:unless|except(?:ing)?(?: (?:for|where|when|in|that|if|with|on|as))?|other than|save (?:that|where|in|for|as|with)?|apart from|with (?:the )?exception of|"
    rf"an exception to|excluding|are excepted|is excepted|does not apply (?:to|where|if))\b.*?{PIECE_END}",
    re.I,
)
CONDITION = re.compile(
    rf"\b(?:so long as|as long as|provid(?:ed|ing) (?:that)?|on condition|only (?:if|where|when|with|for|after|once|in|on|by|from|to|those|staff)|"
    rf"with (?:the )?(?:\w+ )?(?:\w+ )?(?:approval|permission|consent|agreement|authorisation|authority)|without (?:\w+['’]?s? ){{0,5}}?(?:approval|permission|consent|agreement|authorisation|authority|asking|approved)|"
    rf"if\b(?! in doubt| you are (?:unsure|in (?:any )?doubt))|subject to|in advance|prior to|beforehand|first obtain|"
    rf"(?:written|prior|express|signed|parental) (?:\w+ )?(?:consent|approval|permission|agreement)|in accordance with|approved by|not more than|no more than)\b.*?{PIECE_END}",
    re.I,
)
ADDRESSEE = re.compile(
    r"\b(?:(?:report\w*|refer\w*|directed|passed|declared?|disclos\w+|bring\b[^.]*?|notified|handed|raised?|spoken?|talk|speak) (?:\w+ ){0,4}?(?:to|with)|"
    r"inform\w*|tell|notify|consult\w*|contact|approved by|authorised by|agreed (?:by|with)|(?:approval|permission|consent|authority|authorisation) (?:of|from)|discuss\w* (?:\w+ ){0,4}?with)"
    rf" ((?:the |their |your |our |his or her |an? |its )?(?:[\w'’/-]+ ){{0,3}}?(?:{PEOPLE}))\b",
    re.I,
)
