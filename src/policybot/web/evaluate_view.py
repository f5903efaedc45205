"""What the Evaluate page shows, as HTML. Every word of a policy or a person is escaped; nothing here decides."""

from __future__ import annotations

from collections.abc import Sequence
from html import escape

from eval.cases import Case
from eval.fault import Fault
from eval.own_runs import OwnRun
from policybot.compose import BADGES
from policybot.records import Clause
from policybot.reviews import Judgement, Mark

SAID = {Judgement.RIGHT: "Called right", Judgement.WRONG: "Called wrong"}


def intro(organisation: str) -> str:
    """What this page is for."""
    return (
        '<div class="pb-intro"><h1>Evaluate</h1><p>Find out what the answers get right. '
        f"Only questions of <strong>{escape(organisation)}</strong> are run and shown here.</p></div>"
    )


def table(heads: Sequence[str], rows: Sequence[Sequence[str]], caption: str) -> str:
    """A table that becomes a list of cards where it does not fit."""
    head = "".join(f'<th scope="col">{escape(name)}</th>' for name in heads)
    body = "".join(f"<tr>{_cells(heads, row)}</tr>" for row in rows)
    named = f'<caption class="pb-hidden">{escape(caption)}</caption><thead><tr>{head}</tr></thead>'
    return f'<div class="pb-grid"><table>{named}<tbody>{body}</tbody></table></div>'


def _cells(heads: Sequence[str], row: Sequence[str]) -> str:
    return "".join(f'<td data-head="{escape(name)}">{escape(cell)}</td>' for name, cell in zip(heads, row, strict=True))


def faults(file: str, found: Sequence[Fault]) -> str:
    """Everything that is wrong in a file, each with its cure."""
    count = "1 thing is" if len(found) == 1 else f"{len(found)} things are"
    rows = [(fault.where, fault.cause, fault.cure) for fault in found]
    return (
        f'<section class="pb-error" role="alert"><h2>{count} wrong in {escape(file)}</h2>'
        "<p>Nothing of it was taken. Correct these, save the file and choose it again.</p>"
        f"{table(('Where', 'What is wrong', 'What to do'), rows, f'What is wrong in {file}')}</section>"
    )


def kept(file: str, count: int) -> str:
    """That a file was read and kept."""
    questions = f"{count} question{'s' if count != 1 else ''}"
    return f'<p class="pb-kept" role="status">{questions} read from {escape(file)} and kept. The set is chosen below.</p>'


def cases(held: Sequence[Case], labels: dict[str, str]) -> str:
    """Questions with what is right; `labels`: clause id -> label."""
    needed = ["; ".join(" or ".join(labels.get(i, i) for i in group) for group in c.evidence) or "nothing" for c in held]
    rows = [(c.question, BADGES[c.verdict], cite) for c, cite in zip(held, needed, strict=True)]
    return table(("Question", "Right verdict", "Must cite"), rows, "The questions")


def runs(kept: Sequence[OwnRun]) -> str:
    """The kept runs."""
    return table(("Run", "Begun (UTC)", "Questions", "Right %", "State"), [_run_row(run) for run in kept], "Kept runs")


def mark_title(mark: Mark) -> str:
    """'Called wrong, 3 May 2026: may I …?', of at most about 100 characters."""
    question = " ".join(mark.question.split())
    return f"{SAID[mark.judgement]}, {mark.at:%-d %b %Y}: {question[:70]}{'…' if len(question) > 70 else ''}"


def mark(of: Mark, clauses: dict[str, Clause]) -> str:
    """What was asked, answered and said of it."""
    turns = "".join(f"<li><strong>{'Staff' if t.role == 'user' else 'Bot'}:</strong> {escape(t.content)}</li>" for t in of.history)
    before = f'<p class="pb-soft">Said before:</p><ul class="pb-turns">{turns}</ul>' if turns else ""
    reason = f"<dt>Reason given</dt><dd>{escape(of.reason)}</dd>" if of.reason else ""
    cited = "".join(f"<li>{clause(clauses[i]) if i in clauses else f'{escape(i)} (not in the current policy)'}</li>" for i in of.clauses)
    shown = f"<ul>{cited}</ul>" if cited else "no clause"
    return (
        f'{before}<dl class="pb-facts"><dt>Question</dt><dd>{escape(of.question)}</dd>'
        f"<dt>Answer given</dt><dd>{escape(BADGES[of.verdict])}</dd><dt>It cited</dt><dd>{shown}</dd>{reason}</dl>"
    )


def clause(of: Clause) -> str:
    """A clause by its label, with its words."""
    return f'<strong>{escape(of.label)}</strong> <span class="pb-verbatim">{escape(of.whole)}</span>'


def chosen(clauses: Sequence[Clause]) -> str:
    """The words of the clauses that were picked."""
    items = "".join(f"<li>{clause(c)}</li>" for c in clauses)
    return f'<ul class="pb-chosen">{items}</ul>'


def _run_row(run: OwnRun) -> tuple[str, ...]:
    if run.began is None:
        return run.title, "–", "–", "–", run.problem or "cannot be read"
    state = "finished" if run.finished else "not finished"
    return run.title, f"{run.began:%-d %b %Y, %H:%M}", str(run.cases), run.correct or "–", state
