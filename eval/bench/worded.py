"""Answers with a chat model beside the composed ones: how many of its sentences hold, and whether the answers got worse.

    python -m eval.bench.worded lying --corpus ../shared/policies/txt --questions ../shared/eval/dev.jsonl --score ../shared/eval/score.py
    python -m eval.bench.worded smollm2 ... --count 40 --context 4000

`honest`, `lying`, `obedient` (eval.bench.liars) and `smollm2` (eval.bench.weak_model) answer over a real server on this machine.
"""

from __future__ import annotations

import json
import subprocess
import sys
import tempfile
from collections import Counter
from collections.abc import Sequence
from enum import StrEnum
from pathlib import Path
from typing import Annotated

import typer

from eval.bench import liars
from eval.bench.chat_server import ChatServer, Reply
from eval.bench.machine import Machine
from eval.bench.weak_model import weak_model
from ingest.pipeline import ingest
from policybot import models
from policybot.bot import PolicyBot
from policybot.chatting import Breaker, Chat
from policybot.contract import as_json, question_from
from policybot.fluent import Brief, Tell, Terms, Worded, Wordsmith
from policybot.judging import Judge
from policybot.records import Answer, Answered, Question
from policybot.settings import Settings
from policybot.spending import AnswerCache, Ledger
from policybot.supporting import Supporter

PATIENCE_S = 240.0


class Writer(StrEnum):
    """Who writes."""

    HONEST = "honest"
    LYING = "lying"
    OBEDIENT = "obedient"
    SMOLLM2 = "smollm2"

    def reply(self) -> Reply:
        """What it answers. ModelError."""
        return {"honest": liars.honest, "lying": liars.lying, "obedient": liars.obedient}.get(self.value) or weak_model()


class Watched(Wordsmith):
    """A wordsmith that keeps what became of every answer."""

    def word(self, brief: Brief, tell: Tell | None = None) -> Worded:
        worded = super().word(brief, tell)
        self.seen = [*getattr(self, "seen", []), worded]
        return worded


def questions(file: Path, count: int | None) -> list[Question]:
    """The questions of a file as `policybot ask --batch` takes it; with `count` so many, the organisations in turn."""
    lines = file.read_text(encoding="utf-8").splitlines()
    asked = [question_from(line, n) for n, line in enumerate(lines, 1)]
    before: Counter[str] = Counter()
    places = []
    for question in asked:
        places.append(before[question.organisation])
        before[question.organisation] += 1
    return [q for _, q in sorted(zip(places, asked, strict=True), key=lambda pair: pair[0])][:count]


def scored(score: Path, file: Path, answers: Sequence[Answer], folder: Path) -> str:
    """What score.py says of the answers to some of the file's questions."""
    wanted = {a.question.id for a in answers}
    rows = [line for line in file.read_text(encoding="utf-8").splitlines() if json.loads(line)["id"] in wanted]
    (folder / "asked.jsonl").write_text("\n".join(rows) + "\n", encoding="utf-8")
    told = [json.dumps(as_json(a), ensure_ascii=False) for a in answers]
    (folder / "answers.jsonl").write_text("\n".join(told) + "\n", encoding="utf-8")
    command = [sys.executable, str(score), str(folder / "asked.jsonl"), str(folder / "answers.jsonl")]
    return subprocess.run(command, capture_output=True, text=True, check=True).stdout.strip()


def wordsmith(bot: PolicyBot, url: str, context: int) -> Watched:
    """One whose model is at `url`, patient with a slow one."""
    model = models.chat_model(Settings.load(chat_model="openai:any", chat_base_url=url, chat_timeout_s=PATIENCE_S))
    assert model is not None
    chat = Chat(model, timeout_s=PATIENCE_S, retries=0, breaker=Breaker(failures=1_000, rest_s=1))
    judge = Judge(Supporter.open(models.reading_model(bot.settings)))
    return Watched(chat, judge, Ledger.open(bot.settings), AnswerCache.open(bot.settings, capacity=1), Terms("any", hosted=False, context=context))


def tally(worded: Sequence[Worded], shown: Sequence[Answered]) -> str:
    """What became of the sentences, as a Markdown list."""
    faults = sum((Counter({f.value: n for f, n in w.faults.items()}) for w in worded), Counter())
    lines = [
        f"answers that went to the model: {len(worded)}; outcomes {dict(Counter(w.outcome.value for w in worded))}",
        f"records that could not be read: {sum(w.malformed for w in worded)}",
        f"sentences written {sum(w.written for w in worded)}, shown {sum(len(a.sentences) for a in shown)}",
        f"dropped for {dict(faults)}",
    ]
    return "\n".join(f"- {line}" for line in lines)


def main(
    writer: Writer,
    corpus: Annotated[Path, typer.Option()],
    questions_file: Annotated[Path, typer.Option("--questions")],
    score: Annotated[Path | None, typer.Option(help="score.py")] = None,
    count: Annotated[int | None, typer.Option(help="so many questions, the organisations in turn")] = None,
    context: Annotated[int, typer.Option(help="characters of clauses that are sent")] = 24_000,
    shown: Annotated[Path | None, typer.Option(help="write the sentences that were shown here")] = None,
) -> None:
    """Ask the questions without and with the writer, and compare."""
    typer.echo(Machine.here().line())
    with tempfile.TemporaryDirectory() as folder, ChatServer(reply=writer.reply()) as server:
        home = Path(folder)
        bot = PolicyBot.open(Settings.load(home=home / "state"))
        ingest(corpus, bot.catalogue, bot.library, home / "ingest.lock", corpus)
        asked = questions(questions_file, count)
        composed = [bot.answer(q) for q in asked]
        watched = bot.wordsmith = wordsmith(bot, server.url, context)
        worded = [bot.answer(q) for q in asked]
        typer.echo(f"\n{writer.value}, {len(asked)} questions\n" + tally(getattr(watched, "seen", []), [a for a in worded if isinstance(a, Answered)]))
        if shown:
            lines = [f"{a.question.text} | {s.text} | {s.quote}" for a in worded if isinstance(a, Answered) for s in a.sentences]
            shown.write_text("\n".join(lines) + "\n", encoding="utf-8")
        if score:
            for name, answers in (("composed", composed), ("worded", worded)):
                typer.echo(f"\n{name}\n{scored(score, questions_file, answers, home)}")


if __name__ == "__main__":
    typer.run(main)
