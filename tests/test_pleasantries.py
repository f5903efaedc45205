"""Greetings, thanks and goodbyes: answered as such, and never in a question's place."""

from __future__ import annotations

import subprocess
import sys

import pytest

from policybot.pleasantries import REPLIES, reply
from policybot.records import NotCovered, Occasion, Question
from policybot.web import answer_view


@pytest.mark.parametrize(
    ("text", "kind"),
    [
        ("hi", "hello"),
        ("Good morning!", "hello"),
        ("Hi there, how are you today?", "hello"),
        ("hello again 👋", "hello"),
        ("HEY", "hello"),
        ("thanks so much", "thanks"),
        ("ok great, thank you for your help!", "thanks"),
        ("Brilliant. That's all.", "thanks"),
        ("cheers mate", "thanks"),
        ("bye bye", "bye"),
        ("have a lovely weekend x", "bye"),
        ("who are you?", "about"),
        ("Hi, what can you help me with?", "about"),
        ("are you a robot", "about"),
        ("  how does this work?  ", "about"),
    ],
)
def test_what_only_greets_gets_its_own_words(text: str, kind: str) -> None:
    assert reply(text) == REPLIES[kind]


@pytest.mark.parametrize(
    "text",
    [
        "hi can i post this on facebook",
        "Hello, who approves a new page?",
        "Morning all, is LinkedIn ok at lunch?",
        "thanks - and on my own phone?",
        "Thanks. A pupil has just shown me a bruise.",
        "ok so who do I tell",
        "great, what about Instagram",
        "Is it cool to add a parent?",
        "What happens on a night out?",
        "hi! she said he hurts her",
        "bye-laws",
        "help me write to a parent whose son was hit",
        "who are your governors?",
        "what can you do to me if I post this?",
        "thank you cards for parents: may I put them online?",
        "have a good look at section 4: may I post?",
        "?",
        "...",
        "хай",
    ],
)
def test_a_question_behind_a_greeting_stays_a_question(text: str) -> None:
    assert reply(text) is None


@pytest.mark.parametrize("text", ["what do I do?", "What do I do", "hi what do i do"])
def test_somebody_at_a_loss_is_not_told_what_this_service_is(text: str) -> None:
    """It is what one writes after 'a child has just told me ...'."""
    assert reply(text) is None


@pytest.mark.parametrize("word", ["hi", "thanks", "bye"])
def test_a_long_row_of_greetings_costs_no_time(word: str) -> None:
    """A pattern that may read a word in two ways tries 2**40 of them before it gives up."""
    program = f"from policybot.pleasantries import reply; print(reply({word!r} + ' {word}' * 40 + ' zebra'))"
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, timeout=20, check=True)
    assert done.stdout.strip() == "None"


def test_every_reply_is_whole_sentences_and_its_own() -> None:
    assert set(REPLIES) == {"hello", "thanks", "bye", "about"}
    assert len(set(REPLIES.values())) == len(REPLIES)
    assert all(said[0].isupper() and said.endswith(".") for said in REPLIES.values())


def test_a_greeting_is_a_plain_card_without_a_verdict() -> None:
    greeting = NotCovered(
        id="g", question=Question("acme", "hi"), headline="Hello <you>.", text="Hello <you>.", occasion=Occasion.GREETING
    )
    card = answer_view.verdict(greeting)
    assert card == '<div class="pb-verdict pb-greeting"><p>Hello &lt;you&gt;.</p></div>'
