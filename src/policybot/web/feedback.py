"""The controls under an answer: this was right, this was wrong."""

from __future__ import annotations

from collections.abc import Sequence

import streamlit as st

from policybot.bot import PolicyBot
from policybot.disclosure import Worry
from policybot.errors import PolicybotError
from policybot.legible import legible
from policybot.privacy import own_names
from policybot.records import Answer
from policybot.reviews import LONGEST_REASON, Judgement, ReviewQueue, mark_of, may_be_marked
from policybot.settings import Settings
from policybot.web import frame

LABELS = {Judgement.RIGHT: "This was right", Judgement.WRONG: "This was wrong"}


class NotKept(PolicybotError):
    """What somebody wrote about an answer may not be kept."""


@st.cache_resource(show_spinner=False)
def queue_of(database: str, _settings: Settings) -> ReviewQueue:
    """The queue in the database at this address, opened once."""
    return ReviewQueue.open(_settings)


def controls(bot: PolicyBot, conversation: Sequence[Answer], number: int) -> None:
    """Under the last answer of `conversation`: the two buttons, then what was said and room for a reason."""
    if not may_be_marked(conversation):
        return
    answer, said = conversation[-1], f"judged-{conversation[-1].id}"
    with st.container(key=f"feedback-{number}", horizontal=True, vertical_alignment="center"):
        for judgement, label in LABELS.items():
            chosen = st.session_state.get(said) is judgement
            if st.button(label, key=f"{judgement}-{answer.id}", type="primary" if chosen else "secondary"):
                _keep(bot, answer, judgement, "")
                st.session_state[said] = judgement
                st.rerun()
        if said not in st.session_state:
            st.html('<p class="pb-soft">If you press one, question and answer are kept for review, without your name.</p>')
    with frame.problems():
        if said in st.session_state:
            _thanks(bot, answer, st.session_state[said], number)


def _thanks(bot: PolicyBot, answer: Answer, judgement: Judgement, number: int) -> None:
    """What became of it; for a wrong answer, a line for the reason."""
    told = f"reason-{answer.id}-told"
    kept = "Your reason is kept with it." if told in st.session_state else "It is kept for review, without your name."
    st.html(f'<p class="pb-soft" role="status">Thank you. {kept}</p>')
    if judgement is Judgement.RIGHT or told in st.session_state:
        return
    with st.form(key=f"why-{number}", border=False):
        reason = st.text_input("What was wrong? You need not say.", key=f"reason-{answer.id}", max_chars=LONGEST_REASON)
        sent = st.form_submit_button("Send the reason")
    if sent and reason.strip():
        _require_no_worry(bot, answer, reason)
        _keep(bot, answer, judgement, reason)
        st.session_state[told] = True
        st.rerun()


def _keep(bot: PolicyBot, answer: Answer, judgement: Judgement, reason: str) -> None:
    names = own_names([c.searchable for c in bot.library.shelf(answer.question.organisation).clauses()])
    queue_of(bot.settings.database, bot.settings).put(mark_of(answer, judgement, reason, names))


def _require_no_worry(bot: PolicyBot, answer: Answer, reason: str) -> None:
    """NotKept when the reason itself tells of harm to somebody: that belongs to a person, not into a queue."""
    if bot.reader.reports_harm(legible(reason), bot.library.shelf(answer.question.organisation).embed) is not Worry.NONE:
        cause = "it reads like a worry about somebody, and nothing of that is kept"
        cure = "If you are worried about somebody, tell your safeguarding lead now; otherwise word it without the story"
        raise NotKept("Your reason", cause, cure)
