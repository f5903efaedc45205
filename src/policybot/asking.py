"""`policybot ask`: one question, or a batch whose bad lines cost nobody else an answer."""

from __future__ import annotations

import json
import sys
from contextlib import nullcontext
from pathlib import Path
from typing import TextIO

from rich.console import Console
from rich.progress import track

from policybot.bot import PolicyBot
from policybot.contract import as_json, question_from
from policybot.errors import BatchError, PolicybotError, UnknownOrganisation
from policybot.records import Answer, Question
from policybot.settings import Settings

SEPARATORS = {ord(char): f"\\u{ord(char):04x}" for char in "\u0085\u2028\u2029"}
"""Characters that end a line for some readers of JSON lines, as JSON may write them instead."""


def ask_one(settings: Settings, text: str, organisation: str) -> Answer:
    """Answer one question. Raises UnknownOrganisation and what opening the bot raises."""
    try:
        question = Question(organisation, text)
    except ValueError as error:
        raise UnknownOrganisation(
            f"organisation {organisation}", str(error), "Say --org as its corpus folder is named."
        ) from error
    return PolicyBot.open(settings).answer(question)


def ask_batch(settings: Settings, batch: Path, out: Path | None, organisation: str | None, err: Console) -> int:
    """Answer a file's questions in order, one JSON line each; how many lines could not be answered (reported on `err`).

    The answers appear at `out` only when all are there. Raises BatchError when there is no such file.
    """
    if not batch.is_file():
        raise BatchError(str(batch), "there is no such file", "Give a file with one JSON object a line.")
    if out is not None and not out.parent.is_dir():
        raise BatchError(str(out), "its folder is not there", "Make the folder, or give another --out.")
    lines = _lines(batch)
    bot = PolicyBot.open(settings)
    partial = out.with_name(out.name + ".part") if out else None
    with partial.open("w", encoding="utf-8") if partial else nullcontext(sys.stdout) as sink:
        bad = _answer_lines(bot, lines, organisation, sink, err)
    if partial and out:
        partial.replace(out)
    if bad:
        err.print(f"{bad} of {len(lines)} lines were not answered.")
    return bad


def _lines(batch: Path) -> list[tuple[int, str]]:
    """Lines that are not blank, with their numbers from 1. Only \\n ends one: JSON may hold the other separators."""
    try:
        text = batch.read_bytes().decode("utf-8-sig")
    except UnicodeDecodeError as error:
        raise BatchError(
            str(batch), f"it is not UTF-8 ({error.reason} at byte {error.start})", "Save it as UTF-8."
        ) from error
    return [(number, line) for number, line in enumerate(text.split("\n"), 1) if line.strip()]


def _answer_lines(
    bot: PolicyBot, lines: list[tuple[int, str]], organisation: str | None, sink: TextIO, err: Console
) -> int:
    bad = 0
    for number, line in track(lines, description="asking", console=err, disable=not err.is_terminal):
        try:
            answer = bot.answer(question_from(line, number, organisation))
        except PolicybotError as error:
            bad += 1
            where = "" if isinstance(error, BatchError) else f"line {number}: "
            err.print(f"{where}{error}", highlight=False, markup=False, soft_wrap=True)
            continue
        sink.write(json.dumps(as_json(answer), ensure_ascii=False).translate(SEPARATORS) + "\n")
    return bad
