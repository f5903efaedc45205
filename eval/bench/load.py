"""Many people at once: real websocket sessions that sign in, and then all ask in the same moment.

    python -m eval.bench.load --people 40

A server of its own, on a home of its own with the restated corpus. Says how long until the answer stood, how long the
server took to start and to show the first page, and its peak memory.
"""

from __future__ import annotations

import asyncio
import os
import re
import socket
import subprocess
import sys
import tempfile
import time
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import asdict, dataclass
from itertools import islice
from pathlib import Path
from statistics import median
from typing import Annotated

import typer
from rich.console import Console

from eval.bench.machine import Machine, write
from eval.bench.visitor import Visitor
from eval.cases import Case, load_cases
from eval.commands import GOLD
from eval.metrics import percentile
from policybot.errors import PolicybotError
from policybot.settings import PREFIX, project_root

PATIENCE_S = 300.0
"""How long a server may take to start."""
LAST_LINES = 20
"""Of what it wrote, when it does not."""
ANSWERED = "pb-verdict"
"""Stands in the HTML of every answer."""


@dataclass(frozen=True, slots=True)
class Load:
    """Seconds and megabytes (10^6 bytes). `rounds`: how often everybody asked; the first round meets a cold shelf."""

    machine: Machine
    people: int
    rounds: int
    start_s: float
    first_page_s: float
    alone_p50_s: float
    answer_p50_s: float
    answer_p95_s: float
    answer_worst_s: float
    whole_p95_s: float
    errors: int
    cpu_s: float
    """Processor seconds of the server for each question, asked alone."""
    peak_mb: float


async def rush(address: str, cases: list[Case], people: int, rounds: int) -> tuple[list[float], list[float], list[str]]:
    """Seconds until the verdict stood, until the page was whole, and what went wrong, over all questions of all people."""
    shown: list[float] = []
    whole: list[float] = []
    wrong: list[str] = []
    gates = [asyncio.Barrier(people) for _ in range(rounds)]

    async def one(place: int) -> None:
        mine = list(islice((c for c in cases[place:] + cases[:place] if not c.history), rounds))
        async with Visitor(address) as visitor:
            front = await visitor.open()
            page = await visitor.press(front.widgets[f"sign-in-{mine[0].organisation}"])
            own = [c for c in cases if c.organisation == mine[0].organisation and not c.history]
            for gate, number in zip(gates, range(rounds), strict=True):
                await gate.wait()
                try:
                    page_after = await visitor.say(page.widgets["question"], own[(place + number * people) % len(own)].question)
                    shown.append(page_after.first(ANSWERED, f'id="turn-{number}"'))
                    whole.append(page_after.seconds)
                except Exception as failure:
                    wrong.append(f"{type(failure).__name__}: {failure}")

    await asyncio.gather(*(one(place) for place in range(people)))
    return shown, whole, wrong


async def alone(address: str, cases: list[Case], number: int) -> list[float]:
    """Seconds until the verdict stood, for one person who asks one question after the other."""
    async with Visitor(address) as visitor:
        front = await visitor.open()
        page = await visitor.press(front.widgets[f"sign-in-{cases[0].organisation}"])
        own = [c.question for c in cases if c.organisation == cases[0].organisation and not c.history][: number + 1]
        said = [await visitor.say(page.widgets["question"], question) for question in own]
    return [run.first(ANSWERED, f'id="turn-{turn}"') for turn, run in enumerate(said)][1:]


async def first_page(address: str) -> float:
    """Seconds until the first page of a warm server was whole."""
    async with Visitor(address) as visitor:
        return (await visitor.open()).seconds


class ServerDied(PolicybotError):
    """The server does not run, or does not answer."""


def own_environment(home: Path, **further: str) -> dict[str, str]:
    """This process's environment without any setting of policybot's but the home and what is `further` given: whoever measures
    may have their own database set, and nothing may be written there."""
    kept = {name: value for name, value in os.environ.items() if not name.upper().startswith(PREFIX)}
    return kept | {f"{PREFIX}HOME": str(home), "HF_HUB_OFFLINE": "1"} | further


@contextmanager
def server(home: Path, threads: int) -> Iterator[tuple[str, int, float]]:
    """The page as `policybot run --demo` starts it: its address, its process, seconds until it answered. ServerDied."""
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    environment = own_environment(home, POLICYBOT_DEMO="1", POLICYBOT_THREADS=str(threads))
    command = [sys.executable, "-m", "streamlit", "run", "app.py", "--server.address", "127.0.0.1", "--server.port", str(port)]
    began = time.perf_counter()
    record = home / "server.log"
    with record.open("w") as log:
        running = subprocess.Popen(command, env=environment, cwd=project_root(), stdout=log, stderr=subprocess.STDOUT)
        try:
            wait_until_up(running, f"http://127.0.0.1:{port}/_stcore/health", record)
            yield f"http://127.0.0.1:{port}", running.pid, time.perf_counter() - began
        finally:
            running.terminate()
            running.wait(timeout=15)


def wait_until_up(running: subprocess.Popen[bytes], url: str, log: Path, patience_s: float = PATIENCE_S) -> None:
    """Until `url` answers. ServerDied with the end of its `log` when the server ends first, or after `patience_s`."""
    until = time.monotonic() + patience_s
    while not _answers(url):
        if running.poll() is not None or time.monotonic() > until:
            ended = "it does not answer" if running.returncode is None else f"it ended with {running.returncode}"
            last = "\n".join(log.read_text(encoding="utf-8", errors="replace").splitlines()[-LAST_LINES:])
            raise ServerDied("The server", f"{ended}; it said:\n{last}", "Mend what it names, and measure again")
        time.sleep(0.1)


def _answers(url: str) -> bool:
    try:
        urllib.request.urlopen(url, timeout=2)
        return True
    except OSError:
        return False


def cpu_s(process: int) -> float:
    """Processor seconds that a process has taken, Linux only (proc(5): utime and stime)."""
    fields = Path(f"/proc/{process}/stat").read_text(encoding="ascii").rpartition(")")[2].split()
    return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")


def peak_mb(process: int) -> float:
    """Peak resident memory of a process, Linux only."""
    status = Path(f"/proc/{process}/status").read_text(encoding="ascii")
    found = re.search(r"VmHWM:\s+(\d+) kB", status)
    return int(found[1]) * 1024 / 1e6 if found else 0.0


def ingest(home: Path) -> None:
    """The shipped corpus into `home`. CalledProcessError when it fails."""
    command = [sys.executable, "-m", "policybot.cli", "ingest", "corpus"]
    subprocess.run(command, cwd=project_root(), env=own_environment(home), check=True, stdout=subprocess.DEVNULL)


def measure(people: int, rounds: int, threads: int) -> Load:
    """Start a server, measure, and stop it."""
    machine = Machine.here()
    cases = [case for path in sorted(GOLD.glob("*.jsonl")) for case in load_cases(path)]
    with tempfile.TemporaryDirectory() as folder:
        home = Path(folder)
        ingest(home)
        with server(home, threads) as (address, process, start_s):
            asyncio.run(alone(address, cases, 3))
            shown_first = asyncio.run(first_page(address))
            before = cpu_s(process)
            one = asyncio.run(alone(address, cases[::-1], 10))
            each = (cpu_s(process) - before) / (len(one) + 1)
            shown, whole, wrong = asyncio.run(rush(address, cases, people, rounds))
            memory = peak_mb(process)
    for words in sorted(set(wrong)):
        Console(stderr=True).print(words, markup=False)
    return Load(
        machine, people, rounds, start_s, shown_first, median(one),
        median(shown), percentile(shown, 95), max(shown), percentile(whole, 95), len(wrong), each, memory,
    )  # fmt: skip


def main(
    people: Annotated[int, typer.Option(min=1)] = 40,
    rounds: Annotated[int, typer.Option(min=1)] = 3,
    threads: Annotated[int, typer.Option(min=1)] = 2,
    out: Annotated[Path | None, typer.Option(help="Folder for load.json and load.md.")] = None,
) -> None:
    """Measure and print."""
    found = measure(people, rounds, threads)
    rows = [f"{name}: {value:.2f}" if isinstance(value, float) else f"{name}: {value}" for name, value in asdict(found).items()]
    typer.echo("\n".join(rows[1:]))
    if out:
        write(out, "load", asdict(found), "\n".join([found.machine.line(), "", *(f"- {row}" for row in rows[1:])]))


if __name__ == "__main__":
    typer.run(main)
