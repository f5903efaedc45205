"""The Evaluate page: review judged answers, run sets, read reports. For evaluators of the organisation alone."""

from __future__ import annotations

import streamlit as st

from eval.background import Background, Underway
from eval.cases import Case
from eval.fault import SetError
from eval.journal import journal_of
from eval.own_runs import OwnRun, free_title, own_file, own_journal, own_report, own_runs
from eval.own_sets import OwnSet, keep_upload, read_own, read_upload, sets_of, template_of
from policybot.bot import PolicyBot
from policybot.errors import PolicybotError
from policybot.identity import Role, User, require_role
from policybot.web import evaluate_sets, evaluate_view, frame, review, session
from policybot.web.visit import Visit

PARTS = ("Review queue", "Run a set", "Reports")
PART, RESUME, UPLOADED = "evaluate-part", "evaluate-resume", "evaluate-uploaded"
CHOSEN_SETS, CHOSEN_RUN, TITLE = "evaluate-sets", "evaluate-run", "evaluate-title"
UPLOAD_MB = 5
REPORT_HEIGHT = 900
"""Pixels of the window that a report is read in."""


@st.cache_resource(show_spinner=False)
def _background(_bot: PolicyBot) -> Background:
    """One for everyone who uses this server."""
    return Background(_bot)


def show(visit: Visit) -> None:
    """The part that was chosen. RoleMissing for anyone but an evaluator, whatever address they came by."""
    bot, user, organisation = visit.bot, visit.user, visit.organisation
    frame.bar(organisation, visit.listed)
    require_role(user, Role.EVALUATOR, "The page Evaluate")
    with st.container(key="evaluate"):
        st.html(evaluate_view.intro(organisation.name))
        st.session_state.setdefault(PART, PARTS[0])
        part = st.segmented_control("What do you want to do?", PARTS, required=True, key=PART)
        with frame.problems():
            if part == PARTS[0]:
                review.show(bot, user)
            elif part == PARTS[1]:
                _run_a_set(visit)
            else:
                _reports(bot, organisation.slug)


def _run_a_set(visit: Visit) -> None:
    """Choose sets or send one, give the run a name, and watch it."""
    bot, organisation = visit.bot, visit.organisation
    home, slug = bot.settings.home, organisation.slug
    if _watched(bot, visit.user):
        return
    told = "Fill in the spreadsheet, one question a row, and choose it here. Or go on with the sets that are there."
    st.html(f"<h2>1. Your questions</h2><p>{told}</p>")
    st.download_button(
        "Download the spreadsheet to fill in", lambda: template_of(organisation), file_name="my-set.xlsx",
        key="evaluate-template", icon=":material/download:", on_click="ignore",
    )  # fmt: skip
    _upload(bot, slug)
    st.html("<h2>2. The sets to run</h2>")
    found = {own.key: own for own in sets_of(home, slug)}
    picked = [key for key in st.session_state.get(CHOSEN_SETS, []) if key in found]
    st.session_state[CHOSEN_SETS] = picked
    keys = st.multiselect("Sets", list(found), format_func=lambda key: found[key].label, key=CHOSEN_SETS, placeholder="Choose one or more")
    cases = _read(bot, slug, [found[key] for key in keys]) if keys else ()
    if cases:
        labels = {c.id: c.label for c in bot.library.shelf(slug).clauses()}
        with st.expander(f"The {len(cases)} question{'s' if len(cases) != 1 else ''} in it"):
            st.html(evaluate_view.cases(cases, labels))
    evaluate_sets.manage(home, slug, tuple(found.values()))
    st.html("<h2>3. Run it</h2>")
    title = st.text_input("Name of the run", free_title(home, slug), key=TITLE, help="Letters, digits, “.”, “_” and “-”.", max_chars=40)
    if st.button("Run", type="primary", key="evaluate-go", disabled=not cases):
        _background(bot).begin(own_journal(home, slug, title), cases)
        for done in (TITLE, UPLOADED):
            st.session_state.pop(done, None)
        st.rerun()


def _upload(bot: PolicyBot, slug: str) -> None:
    """A file that somebody sends: its faults, or that it was kept. The box is empty again at once, for the mended file."""
    count, told = st.session_state.get(UPLOADED, (0, ""))
    kinds = ["xlsx", "csv", "yaml", "yml", "jsonl"]
    file = st.file_uploader("Your filled-in file", kinds, key=f"evaluate-file-{count}", max_upload_size=UPLOAD_MB)
    if file is not None:
        try:
            cases = read_upload(file.name, file.getvalue(), bot.catalogue, slug)
            st.session_state[CHOSEN_SETS] = [keep_upload(file.name, cases, bot.settings.home, slug).key]
            told = evaluate_view.kept(file.name, len(cases))
        except SetError as wrong:
            told = evaluate_view.faults(file.name, wrong.faults)
        st.session_state[UPLOADED] = count + 1, told
        st.rerun()
    if told:
        st.html(told)


def _read(bot: PolicyBot, slug: str, sets: list[OwnSet]) -> tuple[Case, ...]:
    """The cases of the sets; () when they cannot be read, which is then said."""
    try:
        return read_own(sets, bot.catalogue, slug)
    except SetError as wrong:
        st.html(evaluate_view.faults(", ".join(own.label for own in sets), wrong.faults))
        return ()


def _watched(bot: PolicyBot, user: User) -> bool:
    """Whether a run is under way, and then how far it is; what became of the one before."""
    slug = user.organisation
    if name := st.session_state.pop(RESUME, None):
        _background(bot).resume(journal_of(bot.settings.home, name), slug)
    latest = _background(bot).latest(slug)
    if latest is None:
        return False
    name = latest.path.stem
    if not latest.over.is_set():
        _progress(latest, user)
        return True
    if latest.failure:
        frame.error(latest.failure)
    elif latest.path.is_file():
        st.success(f"The run {frame.unmarked(name.removeprefix(f'{slug}.'))} is finished: {latest.total} questions.")
        st.button("Read its report", key="evaluate-read", type="primary", on_click=_open_report, args=(name,))
    return False


@st.fragment(run_every=1.0)
def _progress(run: Underway, user: User) -> None:
    """How far the run is; the whole page again when it is over, and when the person's sign-in is."""
    session.require_still(user)
    with frame.problems():
        if run.over.is_set():
            st.rerun()
        done = run.done
        st.html(f"<h2>The run {run.path.stem.removeprefix(f'{user.organisation}.')} is under way</h2>")
        st.progress(done / run.total, text=f"{done} of {run.total} questions")
        st.html('<p class="pb-soft">You may leave this page: the run goes on, and its report will stand under “Reports”.</p>')


def _go_on(name: str) -> None:
    st.session_state[PART], st.session_state[RESUME] = PARTS[1], name


def _open_report(name: str) -> None:
    st.session_state[PART], st.session_state[CHOSEN_RUN] = PARTS[2], name


def _reports(bot: PolicyBot, slug: str) -> None:
    """The kept runs; the report of one, against an earlier one where wanted."""
    kept = own_runs(bot.settings.home, slug)
    if not kept:
        st.html("<p>No run is kept yet. Choose “Run a set” above.</p>")
        return
    st.html(evaluate_view.runs(kept))
    for run in kept:
        if run.resumable:
            st.button(f"Go on with {frame.unmarked(run.title)}", key=f"resume-{run.name}", on_click=_go_on, args=(run.name,))
    finished = {run.name: run for run in kept if run.finished}
    if not finished:
        return
    if st.session_state.get(CHOSEN_RUN) not in finished:
        st.session_state.pop(CHOSEN_RUN, None)
    name = st.selectbox("Run to read", list(finished), format_func=lambda n: finished[n].title, key=CHOSEN_RUN)
    earlier = [other for other in finished if other != name]
    before = st.selectbox(
        "Compare it with an earlier run", [None, *earlier], key=f"before-{name}",
        format_func=lambda other: finished[other].title if other else "no comparison",
    )  # fmt: skip
    common = bool(before) and st.checkbox("Only the questions that both runs have", key=f"common-{name}")
    _report(bot, slug, finished[name], before, common)


def _report(bot: PolicyBot, slug: str, run: OwnRun, before: str | None, common: bool) -> None:
    try:
        with st.spinner("Drawing the report …"):
            report = _drawn(slug, run.name, str(run.began), before, common, bot.catalogue.version_of(slug), bot)
    except PolicybotError as problem:
        frame.error(problem)
        return
    with st.container(horizontal=True, key="evaluate-downloads"):
        st.download_button("Download the report", report, f"{run.name}.html", "text/html", key="evaluate-html", on_click="ignore")
        run_file = own_file(bot.settings.home, slug, run.name)
        st.download_button("Download the run", run_file, f"{run.name}.json", "application/json", key="evaluate-json", on_click="ignore")
    # The report lets no script run, says its own content security policy.
    st.iframe(report, height=REPORT_HEIGHT, alt=f"Report of the run {run.title}")


@st.cache_data(max_entries=20, show_spinner=False)
def _drawn(slug: str, name: str, began: str, before: str | None, common: bool, version: str, _bot: PolicyBot) -> str:
    """The report; drawn once for a run as it is (`began`), and the organisation's policies as they are (`version`)."""
    return own_report(_bot.settings.home, _bot.catalogue, slug, name, before, common)

