"""Under an answer that the policy does not say: a way to tell the policy's owner."""

from __future__ import annotations

from html import escape

import streamlit as st

from policybot.disclosure import Worry
from policybot.errors import PolicybotError
from policybot.gaps import Gap, Gaps, gap_of, mail_link, may_be_told
from policybot.legible import legible
from policybot.privacy import own_names
from policybot.records import Answer
from policybot.settings import Settings
from policybot.web import answer_text, frame
from policybot.web.visit import Visit

LABEL = "Tell the policy owner about this gap"


class NotTold(PolicybotError):
    """A question may not be kept as a gap."""


@st.cache_resource(show_spinner=False)
def gaps_of(database: str, _settings: Settings) -> Gaps:
    """The gaps in the database at this address, opened once."""
    return Gaps.open(_settings)


def controls(visit: Visit, answer: Answer, key: str) -> None:
    """The button, then what was sent; nothing under an answer that is no gap."""
    if not may_be_told(answer):
        return
    told = f"gap-told-{answer.id}"
    with st.container(key=f"gap-{key}"), frame.problems():
        if told not in st.session_state:
            if st.button(LABEL, key=f"gap-tell-{answer.id}", icon=":material/outgoing_mail:"):
                st.session_state[told] = _tell(visit, answer)
                st.rerun()
            st.html('<p class="pb-soft">Your question is passed on without your name, and without other names in it.</p>')
        else:
            _sent(visit, answer, st.session_state[told])


def _tell(visit: Visit, answer: Answer) -> Gap:
    """Keep the question for the policy's owner. NotTold when it tells of harm to somebody: that belongs to a person."""
    shelf = visit.shelf
    said = [answer.question.text, *(t.content for t in answer.question.history if t.role == "user")]
    if any(visit.bot.reader.reports_harm(legible(text), shelf.embed) is not Worry.NONE for text in said):
        cause = "you wrote something that reads like a worry about somebody, and nothing of that is passed on"
        raise NotTold("Your question", cause, "If you are worried about somebody, tell your safeguarding lead now")
    gap = gap_of(answer, own_names([c.searchable for c in shelf.clauses()]))
    gaps_of(visit.bot.settings.database, visit.bot.settings).put(gap)
    return gap


def _sent(visit: Visit, answer: Answer, gap: Gap) -> None:
    """What the owner will read, and a mail to them where their address is known."""
    st.html(
        '<div class="pb-gap" role="status"><p><strong>Thank you. This is kept for the policy owner:</strong></p>'
        f"<p>“{escape(gap.question)}”</p></div>"
    )
    contact = answer.contact if answer.contact and answer.contact.email else visit.organisation.contact
    link = mail_link(gap, contact, {c.clause_id: c.label for c in answer_text.citations(answer)})
    if link and contact:
        st.html(f'<p class="pb-gap-mail"><a href="{escape(link)}">Write to {escape(contact.who)} yourself</a></p>')
