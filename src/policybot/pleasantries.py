"""Greetings, thanks and goodbyes: what is no question gets a human word, not a search."""

from __future__ import annotations

import re
from collections.abc import Sequence

_PRAISE = ("great", "brilliant", "perfect", "lovely", "helpful", "useful")
_THAT = ("", "that was ", "that's ", "thats ", "that is ")
_KINDS = {
    "hello": (
        "hi", "hiya", "hello", "hey", "heya", "hullo", "helo", "morning", "evening", "afternoon", "good morning", "good afternoon",
        "good evening", "good day", "greetings", "yo", "howdy", "alright", "how are you", "how are you doing", "how are you today",
        "how are you doing today",
    ),
    "thanks": (
        "thank", "thanks", "thank you", "thankyou", "thx", "ta", "cheers", "much appreciated", "appreciate it", "thats all", "that's all",
        "great", "brilliant", "perfect", "lovely", "super", "nice one", "ok", "okay", "got it", "understood", "fab", "cool",
        *(f"{that}{so}{good}" for that in _THAT for so in ("really ", "very ", "so ") for good in _PRAISE),
        *(f"{that}{good}" for that in _THAT[1:] for good in _PRAISE),
    ),
    "bye": (
        "bye", "bye bye", "goodbye", "see you", "see ya", "good night", "night",
        *(f"have a {good} {time}" for good in ("good", "nice", "lovely") for time in ("day", "evening", "weekend", "one")),
    ),
    "": (
        "there", "bot", "policybot", "mate", "all", "again", "everyone", "so much", "very much", "a lot", "lots", "a million", "for that",
        "for this", "for your help", "for the help", "then", "you too", "to you", "and", "that was", "really", "helpful",
        "hope you are well", "hope you're well", "lol",
    ),
}  # fmt: skip
"""What each kind says; under '' what may follow any of them and says nothing alone."""
_KIND = {tuple(phrase.split()): kind for kind, phrases in _KINDS.items() for phrase in phrases}
_LONGEST = max(map(len, _KIND))
_WORD = re.compile(r"\w+(?:'\w+)*")
_ABOUT = re.compile(
    r"(?:(?:hi|hello|hey) )?(?:(?:who|what) are you|what can you (?:do|help)(?: me)?(?: with)?(?: for me)?|what can i ask you|"
    r"how does this work|are you (?:a )?(?:bot|robot|human|real|person))"
)
REPLIES = {
    "hello": "Hello. Ask me what your organisation's policy says, in your own words.",
    "thanks": "You are welcome. Ask again whenever something is unclear.",
    "bye": "Goodbye. I am here whenever you need to check something.",
    "about": "I look up what your organisation's own policies say and quote them word for word. Ask, for example, what you may "
    "post, who has to approve it, or whom to tell when something goes wrong.",
}


def reply(text: str) -> str | None:
    """What to say to a message that only greets, thanks or takes leave; None for everything else."""
    words = _WORD.findall(text.lower().replace("’", "'"))
    if _ABOUT.fullmatch(" ".join(words)):
        return REPLIES["about"]
    return REPLIES.get(_only(words) or "")


def _only(words: Sequence[str]) -> str | None:
    """The kind of the first phrase, where `words` are phrases of `_KIND` end to end; the longest is taken at each place."""
    kinds, at = [], 0
    while at < len(words):
        size = next((n for n in range(_LONGEST, 0, -1) if tuple(words[at : at + n]) in _KIND), 0)
        kiss = not size and not words[at].strip("x")
        if not size and not kiss:
            return None
        kinds.append("" if kiss else _KIND[tuple(words[at : at + size])])
        at += size or 1
    return kinds[0] if kinds else None
