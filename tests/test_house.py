"""The house's rules (docs/house.md beside this checkout, kept in docs/architecture.md), checked."""

from __future__ import annotations

import ast
import re
import subprocess
from collections.abc import Iterator
from functools import cache
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[1]
PACKAGES = {"policybot": ROOT / "src" / "policybot", "ingest": ROOT / "ingest", "eval": ROOT / "eval"}
TRAINING = ROOT / "training"
ORIGINALS = ROOT.parent / "shared" / "policies" / "txt"
MODULE_LINES, FUNCTION_LINES, SHORT_FUNCTION_LINES = 300, 60, 30
QUOTED_WORDS = 10
"""A run of this many words of an original may stand nowhere in the repository."""

FLOORS = (
    {"records", "errors"},
    {"settings", "models"},
    {"catalogue", "library", "reader", "compose", "grounding", "prompts"},
    {"bot"},
    {"api", "mcp", "cli", "web", "app"},
)
"""Named rooms from the ground up: a room imports those below it and its own floor, never one above."""
TOP = FLOORS[-1] | {"asking", "ingesting", "doctor", "explaining"}
"""What only faces may import: these are the commands' own rooms."""


def module_name(path: Path) -> str:
    for name, home in PACKAGES.items():
        if path.is_relative_to(home):
            parts = (name, *path.relative_to(home).with_suffix("").parts)
            return ".".join(parts[:-1] if parts[-1] == "__init__" else parts)
    return path.stem


@cache
def modules() -> dict[str, tuple[Path, ast.Module]]:
    """Every module of the packages and app.py, parsed, by dotted name."""
    paths = [p for home in PACKAGES.values() for p in sorted(home.rglob("*.py"))] + [ROOT / "app.py"]
    return {module_name(p): (p, ast.parse(p.read_text(encoding="utf-8"))) for p in paths if p.is_file()}


def imports(tree: ast.Module) -> set[str]:
    """Dotted names that a module imports, wherever in it: 'policybot.records', 'torch'."""
    found: set[str] = set()
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            found |= {alias.name for alias in node.names}
        elif isinstance(node, ast.ImportFrom) and node.module:
            found |= {node.module, *(f"{node.module}.{alias.name}" for alias in node.names)}
    return found


def only_for_types(tree: ast.Module) -> set[str]:
    """What is imported under `if TYPE_CHECKING:` alone."""
    blocks = [n for n in ast.walk(tree) if isinstance(n, ast.If) and "TYPE_CHECKING" in ast.unparse(n.test)]
    return {name for block in blocks for name in imports(ast.Module(block.body, []))}


def room(name: str) -> str:
    return name.split(".")[1] if name.startswith("policybot.") else name.split(".")[0]


def floor(name: str) -> int | None:
    return next((height for height, rooms in enumerate(FLOORS) if room(name) in rooms), None)


def functions() -> Iterator[tuple[str, ast.FunctionDef | ast.AsyncFunctionDef]]:
    for name, (_, tree) in modules().items():
        for node in ast.walk(tree):
            if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
                yield f"{name}.{node.name}", node


def length(node: ast.AST) -> int:
    return node.end_lineno - node.lineno + 1  # type: ignore[attr-defined]


# -- who imports whom


def own(names: set[str]) -> set[str]:
    """The program's own modules among imported names (a name imported from a module counts as its module)."""
    return {name for name in names if name in modules()}


def test_imports_go_down_only() -> None:
    wrong = []
    for name, (_, tree) in modules().items():
        height = floor(name)
        for target in own(imports(tree)):
            above = floor(target)
            if height is not None and above is not None and above > height:
                wrong.append(f"{name} -> {target}")
            if height is None and name.startswith("policybot.") and room(name) not in TOP and room(target) in TOP:
                wrong.append(f"{name} -> {target}")
    assert wrong == []


def test_nothing_below_imports_its_way_back_up() -> None:
    """No cycle among the modules, whichever rooms they are in."""
    graph = {name: own(imports(tree) - only_for_types(tree)) - {name} for name, (_, tree) in modules().items()}
    graph = {name: {t for t in targets if t not in ("policybot", "ingest", "eval")} for name, targets in graph.items()}
    done: set[str] = set()

    def visit(name: str, path: tuple[str, ...]) -> None:
        assert name not in path, " -> ".join([*path[path.index(name) :], name])
        if name in done:
            return
        for target in graph[name]:
            visit(target, (*path, name))
        done.add(name)

    for name in graph:
        visit(name, ())


def test_records_and_errors_stand_on_the_standard_library_alone() -> None:
    import sys

    alone = ("policybot.records", "policybot.parts", "policybot.terms", "policybot.organisation", "policybot.errors")
    for name in alone:
        outside = {t for t in imports(modules()[name][1]) if t.split(".")[0] not in sys.stdlib_module_names}
        assert all(t.startswith(alone) for t in outside), (name, outside)


def test_policybot_knows_ingest_and_eval_only_from_its_commands() -> None:
    importers = {
        n
        for n, (_, tree) in modules().items()
        if n.startswith("policybot.") and {"ingest", "eval"} & {t.split(".")[0] for t in imports(tree)}
    }
    assert {room(n) for n in importers} <= {"cli", "ingesting", "web"}


ONLY = {
    "sentence_transformers": {"policybot.models"},
    "torch": {"policybot.models"},
    "transformers": {"policybot.models"},
    "onnxruntime": {"policybot.reading_model"},
    "tokenizers": {"policybot.reading_model"},
    "chromadb": {"policybot.library", "policybot.index"},
    "streamlit": {"app", "policybot.web"},
    "sqlalchemy": {
        "policybot.catalogue",
        "policybot.schema",
        "policybot.database",
        "policybot.rows",
        "policybot.ledger",
        "policybot.reviews",
        "policybot.spending",
        "policybot.web_schema",
        "policybot.pseudonym",
        "policybot.conversations",
        "policybot.askings",
        "policybot.gaps",
        "policybot.audit",
        "policybot.source_files",
        "policybot.store",
        "policybot.migrations",
    },
    "pypdf": {"ingest"},
    "pdfplumber": {"ingest"},
    "docx": {"ingest", "policybot.share_word", "policybot.procedure_word"},
    "reportlab": {"ingest.typeset", "policybot.share_pdf"},
    "icalendar": {"policybot.review_calendar"},
    "authlib": {"policybot.claims"},
}
"""Library -> the only modules or packages that import it."""


@pytest.mark.parametrize("library", ONLY)
def test_each_library_has_one_importer(library: str) -> None:
    allowed = ONLY[library]
    found = {
        n
        for n, (_, tree) in modules().items()
        if library in {t.split(".")[0] for t in imports(tree)} and not n.startswith("eval.bench")
    }
    assert {n for n in found if not any(n == a or n.startswith(f"{a}.") for a in allowed)} == set()
    assert found or library in ("transformers",)


def test_only_settings_reads_the_programs_environment() -> None:
    readers = set()
    for name, (path, tree) in modules().items():
        text = path.read_text(encoding="utf-8")
        reads = any(isinstance(n, ast.Attribute) and n.attr in ("environ", "getenv") for n in ast.walk(tree))
        if reads and re.search(r"POLICYBOT_|os\.environ\b(?!\[\"(?:HF_|POLICYBOT_DEMO))", text):
            readers.add(name)
    # cli.py hands POLICYBOT_DEMO down to the page, a process of its own; models.py tells libraries to stay offline.
    assert readers - {"policybot.cli", "policybot.models"} <= {"policybot.settings"} | {
        n for n in readers if n.startswith("eval.bench")
    }
    cli = modules()["policybot.cli"][0].read_text(encoding="utf-8")
    assert re.findall(r"environ\S*", cli) == ['environ["POLICYBOT_DEMO"]']


# -- manners


def test_modules_are_short() -> None:
    assert {
        n: c for n, (p, _) in modules().items() if (c := len(p.read_text(encoding="utf-8").splitlines())) > MODULE_LINES
    } == {}


def test_functions_are_short_and_nine_in_ten_shorter() -> None:
    lengths = {name: length(node) for name, node in functions()}
    assert {name: lines for name, lines in lengths.items() if lines > FUNCTION_LINES} == {}
    assert sum(lines < SHORT_FUNCTION_LINES for lines in lengths.values()) / len(lengths) >= 0.9


def test_no_room_is_a_lumber_room() -> None:
    assert [n for n in modules() if re.search(r"(?:^|[._])(?:utils?|helpers?|common|misc)$", n)] == []


def test_what_is_public_says_what_it_is() -> None:
    """Every module, and every public class and function of one, has a docstring."""
    silent = [name for name, (p, tree) in modules().items() if tree.body and not ast.get_docstring(tree)]
    for name, (_, tree) in modules().items():
        if ".migrations.versions" in name:
            continue  # alembic's own two verbs
        for node in tree.body:
            named = isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef)
            if named and not node.name.startswith("_") and not ast.get_docstring(node):
                silent.append(f"{name}.{node.name}")
    assert silent == []


def test_public_functions_are_typed() -> None:
    untyped = []
    for name, node in functions():
        arguments = [*node.args.posonlyargs, *node.args.args, *node.args.kwonlyargs]
        bare = [a.arg for a in arguments if a.annotation is None and a.arg not in ("self", "cls")]
        if not node.name.startswith("_") and (bare or node.returns is None):
            untyped.append(name)
    assert untyped == []


def test_no_organisation_of_the_corpus_is_named_in_the_code() -> None:
    """No rule may know one organisation."""
    names = {home.name for home in (ROOT / "corpus").iterdir() if home.is_dir()}
    words = {name.split("-")[0] for name in names} - {"care", "learning"} | names
    pattern = re.compile(rf"\b(?:{'|'.join(sorted(words))})\b", re.I)
    code = [(n, p) for n, (p, _) in modules().items() if not n.startswith(("eval", "policybot.records"))]
    found = [f"{n}: {m.group()}" for n, p in code for m in pattern.finditer(p.read_text(encoding="utf-8"))]
    assert [f for f in found if "exceed" not in f.lower() or "learning" in f.lower()] == []


# -- other people's words


def tracked_texts() -> list[Path]:
    """Files that git tracks or would track, as far as they are text."""
    listed = subprocess.run(
        ["git", "ls-files", "--cached", "--others", "--exclude-standard"],
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=True,
    ).stdout.splitlines()
    binary = {".png", ".pdf", ".docx", ".safetensors", ".npz", ".ico", ".jpg", ".woff2"}
    return [ROOT / name for name in listed if (ROOT / name).is_file() and Path(name).suffix not in binary]


def runs(text: str) -> set[tuple[str, ...]]:
    said = re.findall(r"[a-z0-9]+(?:['’][a-z]+)?", text.lower())
    return {tuple(said[at : at + QUOTED_WORDS]) for at in range(len(said) - QUOTED_WORDS + 1)}


@pytest.mark.skipif(not ORIGINALS.is_dir(), reason="../shared is not beside this checkout")
def test_no_run_of_ten_words_of_an_original_is_in_the_repository() -> None:
    originals = set().union(*(runs(p.read_text(encoding="utf-8")) for p in ORIGINALS.glob("*/policy.txt")))
    assert len(originals) > 5000
    taken = {}
    for path in tracked_texts():
        try:
            shared = runs(path.read_text(encoding="utf-8")) & originals
        except UnicodeDecodeError:
            continue
        if shared:
            taken[str(path.relative_to(ROOT))] = " ".join(min(shared))
    assert taken == {}
