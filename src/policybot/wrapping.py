"""What people wrap round a question to get another answer, and questions no policy of theirs can answer."""

# ruff: noqa: E501
from __future__ import annotations

import re

_WRAPPING = re.compile(
    r"(?:^|(?<=[.!?;:\n])\s*)(?:[^.!?:\n]*\b(?:ignore|disregard|forget|override|bypass)\b[^.!?:\n]*\b(?:rules?|instructions?|policy|policies|guard\w*|restrictions?|prompt|training|above|previous|everything)\b[^.!?:\n]*|"
    r"\W*(?:system|admin|developer|root)\s*(?:prompt|message|override|note)?\s*:|[^.!?:\n]*\brestrictions? (?:are )?(?:lifted|off|removed)\b[^.!?:\n]*|"
    r"[^.!?:\n]*\b(?:you are (?:now|no longer)|you['’]re now|from now on|pretend (?:to be|you)|act as|role-?play|imagine you are|as (?:an? )?(?:unrestricted|uncensored)|developer mode|jailbreak|dan mode)\b[^.!?:\n]*|"
    r"[^.!?:\n]*\b(?:you are|as|called|named) [A-Z]\w*(?:Bot|GPT|AI)\b[^.!?:\n]*|[^.!?:\n]*\byou (?:never|always|can['’]t|must) (?:say|quote|refuse|answer|obey|agree)\b[^.!?:\n]*|"
    r"[^.!?:\n]*\b(?:no disclaimers?|do not (?:quote|cite|refuse)|don['’]t (?:quote|cite|refuse))\b[^.!?:\n]*)(?:[.!?:\n]+|$)",
    re.I,
)
_COMMAND = re.compile(
    r"^\W*(?:(?:just|now|then|please|simply)\s+)*(?:confirm|say|tell me|answer|reply|respond|state|agree)\b(?: (?:in|with) (?:just )?(?:one|a single) word)?(?: only)?(?:,| -|:)?(?: that)?\s+(?=(?:yes|i|we|it|staff|whether|if)\b)",
    re.I,
)
_BOT_ITSELF = re.compile(
    r"\b(?:system|hidden|secret|original|initial|full|your|set-?up|internal) (?:\w+ )?(?:prompt|instructions?|configuration|rules you (?:were|are) given|source code|api key)\b|\bprompt\b.{0,30}\b(?:word for word|verbatim)\b",
    re.I,
)
_ELSEWHERE = re.compile(
    r"\b(?:another|other|different|neighbouring|rival|next[- ]door|nearby|every|all the other)(?: \w+)? (?:school|college|nursery|trust|academy|organisation|employer|provider|company|centre|tenant|client)(?:['’]s|s['’]) (?:\w+ ){0,3}(?:polic(?:y|ies)|rules?|documents?)\b",
    re.I,
)
_NAMED = re.compile(
    r"\b((?:[A-Z][\w&-]+ ){0,3}[A-Z][\w&-]+)(?: (?:trust|school|college|nursery|academy|centre|institute|group))?['’]s? (?:\w+ ){0,4}?(?:policy|policies|rules?|document|handbook)\b"
)
_FOR_NAMED = re.compile(
    r"\b(?:bot|assistant|helpdesk|chatbot|adviser|agent|member of staff|employee)\b.{0,20}\b(?:for|of|at) ((?:[A-Z][\w&-]+ ?){1,5})"
)


def unwrap(text: str) -> tuple[str, bool]:
    """The question without what was wrapped round it, and whether anything was."""
    bare = _WRAPPING.sub(" ", text)
    attack = bare != text
    if attack:
        bare = re.sub(r"\s+", " ", _COMMAND.sub("", bare.strip())).strip()
        bare = re.sub(r"^(?:that )?(I|we) (may|can)\b", r"\2 \1", bare, flags=re.I)
    return (bare if len(bare.split()) >= 3 else text), attack


def other_names(text: str, slug: str) -> tuple[str, ...]:
    """Organisations whose policy is asked for by name, the asker's own left out."""
    own = set(slug.split("-"))
    names = [m.group(1) for m in _NAMED.finditer(text)] + [m.group(1).strip() for m in _FOR_NAMED.finditer(text)]
    return tuple(dict.fromkeys(n for n in names if not {w.lower() for w in n.split()} & own))


def outside(text: str) -> str | None:
    """Why no policy of the asker's own can answer, or None."""
    if _BOT_ITSELF.search(text):
        return "the bot itself"
    return "another organisation" if _ELSEWHERE.search(text) else None


_TASK = re.compile(
    r"\b(?:write|compose|draw|sing|translate|repeat|recite|print|output|dump|export|list|show|reveal|display|encode|decode|execute|run|switch|delete|drop|"
    r"insert|select|read out|summari[sz]e|return|echo|concatenate|enable|unlock|confirm|begin|start|reply|respond|send)\b[^.?!\n]{0,80}?"
    r"\b(?:poems?|limericks?|stor(?:y|ies)|songs?|jokes?|essays?|code|script|sql|json|xml|csv|tenants?|organisations|every (?:policy|clause|document|organisation)|"
    r"all (?:the |of the )?(?:policies|clauses|documents|organisations|users)|databases?|settings|config\w*|environment|env|variables?|logs?|memory|chat history|"
    r"conversation|other users|files?|folders?|path|exactly|verbatim|after me|the following|mode|token|password hash|passwords|credentials|api keys?|from users|table)\b",
    re.I,
)
_HONEST = re.compile(
    r"(?:^|[.!?:;,\n]\s*|\b(?:and|so|but|then)\s+)(?:(?:hi|hello|hey|ok|so|please|also|just|quick (?:one|question))\W+)*"
    r"(?:can|could|may|am|are|is|do|does|did|should|must|shall|will|would|have|has|who|whom|whose|what|when|where|which|how|why|any)\b[^?\n]{6,}\?",
    re.I,
)
_ABOUT_BOT = re.compile(r"\b(?:you|your|yourself|prompt|model|system|bot|assistant|ai)\b", re.I)
_REAL_WORD = re.compile(r"[a-z]{3,}", re.I)


def no_question(bare: str, attack: bool) -> str | None:
    """"no question" for a message without one that a policy could answer: a task for the bot, wrapping with nothing
    in it, or no words at all. `bare` and `attack` as `unwrap` gives them."""
    if len(_REAL_WORD.findall(bare)) < 2 and not re.search(r"\b[a-z]{4,}", bare, re.I):
        return "no question"
    honest = any(not _ABOUT_BOT.search(m.group()) for m in _HONEST.finditer(bare))
    if honest:
        return None
    return "no question" if _TASK.search(bare) or (attack and not unwrap(bare)[0].strip().endswith("?")) else None
