"""The review queue on the Evaluate page: a judged answer becomes a test, or is dismissed."""

from __future__ import annotations

import streamlit as st

from eval.reviewed import add_reviewed, case_of_mark
from policybot.bot import PolicyBot
from policybot.compose import BADGES
from policybot.identity import User
from policybot.records import Clause, Verdict
from policybot.reviews import Judgement, Mark, ReviewQueue
from policybot.web import evaluate_view, frame
from policybot.web.feedback import queue_of

SHOWN_CHARACTERS = 90
TOLD = "review-told"


def show(bot: PolicyBot, user: User) -> None:
    """Every judged answer that waits, newest first."""
    queue = queue_of(bot.settings.database, bot.settings)
    clauses = {c.id: c for c in bot.library.shelf(user.organisation).clauses()}
    if told := st.session_state.pop(TOLD, None):
        st.success(told)
    marks = queue.waiting(user.organisation)
    if not marks:
        st.html(
            "<p>Nothing waits for review. Under each answer on the page Ask, staff can say that it was right or wrong; "
            "what they say comes here.</p>"
        )
    for place, mark in enumerate(marks):
        with st.expander(frame.unmarked(evaluate_view.mark_title(mark)), expanded=place == 0, key=f"row-{mark.answer_id}"):
            _row(bot, queue, mark, clauses)


def _row(bot: PolicyBot, queue: ReviewQueue, mark: Mark, clauses: dict[str, Clause]) -> None:
    key = mark.answer_id
    st.html(evaluate_view.mark(mark, clauses))
    if mark.policy_version != bot.catalogue.version_of(mark.organisation):
        st.info("The policies have changed since this answer was given. Judge by what they say now.")
    st.html("<h3>What is right?</h3>")
    question = st.text_area(
        "The question, for the test", mark.question, key=f"question-{key}",
        help="Personal data was taken out and stands as [name 1] or the like: write an invented name in its place.",
    )  # fmt: skip
    was_right = mark.judgement is Judgement.RIGHT
    verdict = st.radio(
        "The right verdict", list(Verdict), index=list(Verdict).index(mark.verdict) if was_right else None,
        format_func=BADGES.__getitem__, key=f"verdict-{key}",
    )  # fmt: skip
    given = [clause_id for clause_id in mark.clauses if clause_id in clauses] if was_right else []
    must = _pick("Clauses that a right answer must cite, all of them", clauses, given, f"must-{key}")
    also = _pick("Clauses that are also fine to cite", clauses, [], f"also-{key}")
    note = st.text_input("Why is this right? For whoever reads a failure.", key=f"note-{key}")
    with st.container(horizontal=True, key=f"decide-{key}"):
        save = st.button("Save as a test", key=f"save-{key}", type="primary", disabled=verdict is None)
        dismiss = st.button("Dismiss", key=f"dismiss-{key}")
    with frame.problems():
        if save and verdict is not None:
            held = add_reviewed(bot.settings.home, case_of_mark(mark, verdict, must, also, question, note))
            _done(queue, mark, f"Saved. The set “Reviewed answers” now holds {held} question{'s' if held != 1 else ''}: see “Run a set”.")
        if dismiss:
            _done(queue, mark, "Dismissed. Nothing of it is kept.")


def _pick(label: str, clauses: dict[str, Clause], start: list[str], key: str) -> list[str]:
    """Clauses by label; the words of those picked stand below."""
    # No "select all": Enter after a word would take every clause that has it.
    picked = st.multiselect(
        label, list(clauses), start, format_func=lambda i: _short(clauses[i]), key=key, select_all=False,
        placeholder="Type a word of the clause",
    )  # fmt: skip
    if picked:
        st.html(evaluate_view.chosen([clauses[i] for i in picked]))
    return picked


def _short(clause: Clause) -> str:
    words = f"{clause.label}: {' '.join(clause.text.split())}"
    return words if len(words) <= SHOWN_CHARACTERS else f"{words[:SHOWN_CHARACTERS]}…"


def _done(queue: ReviewQueue, mark: Mark, told: str) -> None:
    queue.remove(mark.organisation, mark.answer_id)
    st.session_state[TOLD] = told
    st.rerun()
