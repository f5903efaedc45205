"""The Insights page: what staff ask and what the policy does not tell them, in figures. For administrators and evaluators."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from datetime import date

import streamlit as st

from policybot import insights
from policybot.askings import Asking, Askings
from policybot.features import content_words
from policybot.identity import Role, require_any_role
from policybot.insights import Figures, PolicyWords
from policybot.settings import Settings
from policybot.shelf import Shelf
from policybot.web import feedback, frame, gap, insight_charts
from policybot.web.visit import Visit

MONTH = "insights-month"
MOST = 1000
"""Most marks and gaps that are read for the figures."""


@st.cache_resource(show_spinner=False)
def askings_of(database: str, _settings: Settings) -> Askings:
    """What was asked, in the database at this address, opened once."""
    return Askings.open(_settings)
SENT_SHOWN = 20
"""Most sent questions that are listed at once."""


def show(visit: Visit) -> None:
    """The figures of a month. RoleMissing for anyone but an administrator or evaluator, whatever address they came by."""
    organisation, settings = visit.organisation, visit.bot.settings
    frame.bar(organisation, visit.listed)
    require_any_role(visit.user, (Role.ADMINISTRATOR, Role.EVALUATOR), "The page Insights")
    askings = askings_of(settings.database, settings)
    held = _held(organisation.slug, askings.count(organisation.slug), askings.today, askings)
    with st.container(key="insights"):
        st.html(insight_charts.intro(organisation.name))
        if not askings.counting:
            st.html(insight_charts.switched_off())
        if held:
            _figures(visit, held)
        elif askings.counting:
            st.html(insight_charts.nothing_yet())
        _sent(visit)
        _queue(visit, held)
        st.html(insight_charts.method())


@st.cache_data(max_entries=50, show_spinner=False)
def _held(slug: str, count: int, today: date, _askings: Askings) -> dict[date, tuple[Asking, ...]]:
    """The finished months; read once for the `count` askings that there are on the day."""
    return insights.months(_askings.kept(slug), today)


def _figures(visit: Visit, held: Mapping[date, tuple[Asking, ...]]) -> None:
    """The month that was chosen, then the months one after the other."""
    newest_first = sorted(held, reverse=True)
    if st.session_state.get(MONTH) not in held:
        st.session_state.pop(MONTH, None)
    month = st.selectbox("Month", newest_first, format_func=lambda first: f"{first:%B %Y}", key=MONTH)
    slug = visit.user.organisation
    shelf, settings = visit.bot.library.shelf(slug), visit.bot.settings
    sent = insights.sent_in(month, gap.gaps_of(settings.database, settings).told(slug, MOST))
    with st.spinner("Working out the figures …"):
        of = _worked_out(slug, month, shelf.version, len(held[month]), sent, held[month], shelf)
    st.html(insight_charts.totals(of))
    st.html(insight_charts.topics(of))
    st.html(insight_charts.gaps(of))
    with st.container(key="insights-time"):
        st.html(insight_charts.weeks(of))
        st.html(insight_charts.months(insights.use(held)))


@st.cache_data(max_entries=100, show_spinner=False)
def _worked_out(
    slug: str, month: date, version: str, count: int, sent: frozenset[str], _askings: Sequence[Asking], _shelf: Shelf
) -> Figures:
    """The figures of a month; worked out once for its `count` askings and the organisation's policies as they are (`version`)."""
    stems = frozenset(stem for clause in _shelf.clauses() for stem in content_words(clause.searchable))
    return insights.figures(_askings, PolicyWords(stems, _shelf.embed), sent)


def _sent(visit: Visit) -> None:
    """What staff sent to the policy's owner, each with a button that takes it off the list. For administrators alone."""
    if Role.ADMINISTRATOR not in visit.user.roles:
        return
    settings, slug = visit.bot.settings, visit.user.organisation
    with st.container(key="insights-sent"), frame.problems():
        kept = gap.gaps_of(settings.database, settings)
        waiting = kept.told(slug, SENT_SHOWN + 1)
        st.html(insight_charts.sent(bool(waiting)))
        labels = {clause.id: clause.label for clause in visit.shelf.clauses()} if waiting else {}
        for one in waiting[:SENT_SHOWN]:
            with st.container(key=f"sent-{one.answer_id}", gap="xxsmall"):
                # A clause that went with an older policy has no name any more.
                st.html(insight_charts.sent_question(one.question, [labels[i] for i in one.nearest if i in labels], one.at.date()))
                # Not by on_click: that would be done before anybody asks whether the person is still signed in.
                if st.button("Done", key=f"sent-done-{one.answer_id}"):
                    kept.remove(slug, one.answer_id)
                    st.rerun()
        if len(waiting) > SENT_SHOWN:
            st.html(insight_charts.more_sent(SENT_SHOWN))


def _queue(visit: Visit, held: Mapping[date, tuple[Asking, ...]]) -> None:
    """How many answers wait for review: counted one by one for those who review them, else as every other figure."""
    settings, slug = visit.bot.settings, visit.user.organisation
    marks = feedback.queue_of(settings.database, settings).waiting(slug, MOST)
    reviews = Role.EVALUATOR in visit.user.roles
    st.html(insight_charts.queue(Counter(m.judgement for m in marks) if reviews else insights.waiting(marks, held), reviews))
    if reviews and marks:
        st.page_link(visit.pages["evaluate"], label="Review them", icon=":material/rate_review:")
