"""Names a policy mentions: other documents, legislation, roles, platforms."""

from __future__ import annotations

import re

PLATFORMS = (
    "Facebook", "Twitter", "Instagram", "YouTube", "You Tube", "LinkedIn", "Linked In", "MySpace", "Bebo", "Yammer", "FMyLife",
    "Ning", "Blogger", "LiveJournal", "Xanga", "Google+", "Wikipedia", "Whisper", "Vine", "Tumblr", "TumbIr", "Pinterest",
    "Snapchat", "TikTok", "WhatsApp", "Threads", "Bluesky", "Discord", "Reddit", "Flickr", "Vimeo", "WordPress", "Skype",
    "Telegram", "Signal", "Mastodon", "BeReal", "Twitch", "Teams", "Zoom", "Slack", "Messenger", "FaceTime", "Periscope",
    "Friendster", "Orkut", "Viva Engage", "Nextdoor", "Quora", "WeChat", "Weibo", "Viber", "Kik", "OnlyFans", "Substack",
)  # fmt: skip
CASE_BOUND = {"Whisper", "Vine", "Threads", "Signal", "Teams", "Zoom", "Slack", "Messenger", "Blogger", "Ning", "Discord", "Kik", "Telegram"}
"""Platforms that are also words: only with their capital, and not at a sentence's start."""

DOCUMENT = re.compile(
    r"\b((?:(?:(?!(?:Policy|Policies|Procedures?|Handbook)\b)[A-Z][\w'’&/-]*|ICT|IT|e-safety|email|internet)(?:[ ](?:and|&|of|for|to|on|in|at|the|with))*[ ]){1,8}"
    r"(?:Policy|Policies|Procedures?|Code of Conduct|Handbook|Agreement|Rules|Guidance|Strategy|Statement|polic(?:y|ies))"
    r"(?:\s+(?:and|&)\s+(?:Procedures?|Policy|Guidance|Rules))?(?:\s+for\s+Staff)?|Code of Conduct(?:\s+(?:for\s+Staff|&\s+\w+\s+Rules))?)"
)
ACT = re.compile(
    r"\b((?:(?!Acts?\b)[A-Z][\w'’-]+,?[ ](?:(?:and|of|&|from|to)[ ])*){1,6}(?:Act|Regulations?|Order)\b(?:\s+\(?[A-Z]{2,6}\)?)?(?:\s+(?:of\s+)?\(?(?:19|20)\d{2}\)?)?"
    r"|(?:UK\s+)?GDPR)"
)
ROLE = re.compile(
    r"\b(designated safeguarding lead|(?:e-?safety|data protection|online safety|compliance|HR|headteacher|health and safety) (?:officer|lead)|"
    r"head ?teachers?|heads? of [A-Z][\w ]{2,25}?(?=\W|$)|head of centre|principal(?:/CEO)?|CEO|chief executive(?: officer)?|line managers?|managers?|"
    r"chair of (?:governors|directors|trustees)|governing (?:body|board)|local governing board|governors?|trustees?|"
    r"(?-i:(?:[A-Z]\w+ ){0,3})directors?(?: of [A-Z]\w+)?|HR(?:/Payroll)?|ICT support|senior leaders?|trade unions?|leadership team|management team|"
    r"company secretary|data controller|administrators?)\b",
    re.I,
)
LEADING = re.compile(r"^(?:The|This|That|Our|Your|All|Any|Where|In|Under|And|With|See|For|If|Refer to|Of|To)\s+", re.I)


def platforms_in(text: str) -> list[str]:
    """Platforms named in `text`, as it spells them, each once."""
    found = []
    for name in PLATFORMS:
        flags = 0 if name in CASE_BOUND else re.I
        match = re.search(rf"(?<![\w@.]){re.escape(name)}(?![\w])", text, flags)
        if match and not (name in CASE_BOUND and _starts_sentence(text, match.start())):
            found.append(match.group())
    return found


def _starts_sentence(text: str, at: int) -> bool:
    before = text[:at].rstrip()
    return not before or (before[-1] in ".!?:" and not re.search(r"\b(?:e\.g|i\.e|etc|cf)\.$", before))


def legislation_in(text: str) -> list[str]:
    """Acts and regulations named in `text`, verbatim, each once."""
    return _unique(_trimmed(m.group(1)) for m in ACT.finditer(text) if m.group(1).split()[0] not in ("This", "Any", "The Act"))


def documents_in(text: str) -> list[str]:
    """Other documents named in `text`, verbatim, each once; 'this policy' is none."""
    names = (_trimmed(m.group(1)) for m in DOCUMENT.finditer(text))
    return _unique(n for n in names if len(n.split()) > 1 and _is_named(n))


def _is_named(name: str) -> bool:
    """'Company policy' or 'the Trust's policies' name no document; 'e-safety policy' and 'Email Policy' do."""
    generic = re.match(r"^(?:this|these|the|does|agreed|date|any|our|new)\b", name, re.I)
    vague = re.search(r"policies$", name) or (name.endswith("policy") and len(name.split()) < 3 and name[0].isupper())
    return not generic and not vague


def roles_in(text: str) -> list[str]:
    """Roles and bodies named in `text`, verbatim, each once (compared without case)."""
    seen: dict[str, str] = {}
    for match in ROLE.finditer(text):
        seen.setdefault(match.group(1).lower(), match.group(1))
    return list(seen.values())


def _trimmed(name: str) -> str:
    while LEADING.match(name):
        name = LEADING.sub("", name, count=1)
    return name.strip(" ,")


def _unique(names: object) -> list[str]:
    return list(dict.fromkeys(n for n in names if n))  # type: ignore[attr-defined]
