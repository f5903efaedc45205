"""What a child process of eval.bench.resources does; prints its measurements as one JSON object.

python -m eval.bench.child ingest CORPUS HOME
python -m eval.bench.child answer HOME QUESTIONS NUMBER
"""

from __future__ import annotations

import json
import resource
import sys
import time
from pathlib import Path
from typing import Any


def ingest_corpus(corpus: Path, home: Path) -> dict[str, Any]:
    """Ingest into a fresh home with the model loaded, then again, unchanged."""
    from ingest.pipeline import ingest
    from policybot.catalogue import Catalogue
    from policybot.library import Library
    from policybot.models import embeddings
    from policybot.settings import Settings

    settings = Settings.load(home=home)
    catalogue, model = Catalogue.open(settings), embeddings(settings)
    library = Library.open(settings, catalogue, model)
    model.embed_query("so that loading the model is not counted")
    spent = []
    for _ in range(2):
        began = time.perf_counter()
        report = ingest(corpus, catalogue, library, settings.home / "ingest.lock", settings.corpus)
        spent.append(time.perf_counter() - began)
        if report.refused:
            raise report.refused[0]
    clauses = sum(len(p.clauses) for o in catalogue.organisations() for p in catalogue.policies(o.slug))
    return {"clauses": clauses, "seconds": spent[0], "again_seconds": spent[1]}


def answer_questions(home: Path, questions: Path, number: int) -> dict[str, Any]:
    """Load the models, answer the first `number` questions, and answer them again warm."""
    from eval.labelled import load_labelled
    from policybot.bot import PolicyBot
    from policybot.settings import Settings

    began = time.perf_counter()
    bot = PolicyBot.open(Settings.load(home=home))
    asked = [labelled.asked() for labelled in _spread(load_labelled(questions), number)]
    bot.answer(asked[0])
    loaded = time.perf_counter() - began
    latencies = []
    for turn in range(3):
        for question in asked:
            began = time.perf_counter()
            bot.answer(question)
            if turn:
                latencies.append((time.perf_counter() - began) * 1000)
    return {"load_seconds": loaded, "latencies_ms": latencies, "questions": len(asked)}


def _spread(questions: tuple[Any, ...], number: int) -> list[Any]:
    """`number` of them at even distances, so that all organisations are asked."""
    step = max(1, len(questions) // number)
    return list(questions[::step])[:number]


def peak_megabytes() -> float:
    """The most memory this process held, in MB of 10^6 bytes. (Linux counts in KiB, macOS in bytes.)"""
    unit = 1 if sys.platform == "darwin" else 1024
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * unit / 1e6


def main(arguments: list[str]) -> None:
    """Run the named measurement."""
    match arguments:
        case ["ingest", corpus, home]:
            measured = ingest_corpus(Path(corpus), Path(home))
        case ["answer", home, questions, number]:
            measured = answer_questions(Path(home), Path(questions), int(number))
        case _:
            sys.exit(__doc__)
    print(json.dumps({**measured, "peak_mb": peak_megabytes()}))


if __name__ == "__main__":
    main(sys.argv[1:])
