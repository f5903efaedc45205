"""What the documents say is true as far as a program can tell: links, anchors, settings, commands, and words of the page."""

from __future__ import annotations

import ast
import re
import shlex
from collections.abc import Iterator
from functools import cache
from pathlib import Path
from typing import Any

import pytest
import typer

from policybot.cli import app
from policybot.settings import PREFIX, Settings

ROOT = Path(__file__).resolve().parents[1]
DOCS = (ROOT / "README.md", *sorted((ROOT / "docs").glob("*.md")))
GUIDES = ("staff", "dsl", "evaluators", "administrators")
"""In these bold words are words of the page, and say so."""
SETTINGS_IN = ("administrators", "chat-models")
LINK = re.compile(r"\[(?:[^\]\[]|\[[^\]]*\])*\]\(([^)\s]+)\)")
FENCE = re.compile(r"^```.*?^```$", re.M | re.S)
TERMINAL = {"ok", "sign-in"}
"""Bold words that the terminal shows, in a table of which the source has no such string."""


def prose(path: Path) -> str:
    """The document without its fenced blocks, where nothing is a link."""
    return FENCE.sub("", path.read_text(encoding="utf-8"))


def anchors(path: Path) -> set[str]:
    """The ids that GitHub gives a document's headings."""
    found: dict[str, int] = {}
    for heading in re.findall(r"^#{1,6} +(.+?) *$", prose(path), re.M):
        words = re.sub(r"\[([^\]]*)\]\([^)]*\)", r"\1", heading).lower()
        slug = re.sub(r"[^\w\- ]", "", words).replace(" ", "-")
        found[slug] = found.get(slug, -1) + 1
        if found[slug]:
            found[f"{slug}-{found[slug]}"] = 0
    return set(found)


def links(path: Path) -> Iterator[tuple[Path, str]]:
    """Each relative link, pictures too: where it leads, and the anchor there ('' for none)."""
    for target in LINK.findall(prose(path)):
        if not re.match(r"[a-z]+:", target):
            file, _, anchor = target.partition("#")
            yield (path.parent / file).resolve() if file else path, anchor


@pytest.mark.parametrize("path", DOCS, ids=lambda path: path.stem)
def test_every_relative_link_leads_somewhere(path: Path) -> None:
    lost = []
    for target, anchor in links(path):
        if not target.exists():
            lost.append(str(target.relative_to(ROOT)))
        elif anchor and anchor not in anchors(target):
            lost.append(f"{target.name}#{anchor}")
    assert lost == []


def test_links_are_found_and_lost_ones_are_told() -> None:
    """The test above can fail: the guides do link, and an anchor that is not there is none."""
    assert {anchor for _, anchor in links(ROOT / "docs" / "staff.md")} >= {"what-is-kept"}
    assert "3-identitytoml" in anchors(ROOT / "docs" / "administrators.md") and "no-such" not in anchors(ROOT / "README.md")


def test_every_document_is_linked_from_the_readme_or_a_guide() -> None:
    linked = {target for path in DOCS for target, _ in links(path)}
    assert {path.name for path in DOCS[1:]} - {target.name for target in linked} == set()


# -- settings


def test_every_setting_is_explained_and_no_other() -> None:
    told = " ".join((ROOT / "docs" / f"{name}.md").read_text(encoding="utf-8") for name in SETTINGS_IN)
    known = {PREFIX + field.upper() for field in Settings.model_fields}
    assert {setting for setting in known if not re.search(rf"\b{setting}\b", told)} == set()
    named = {name for path in DOCS for name in re.findall(rf"\b{PREFIX}[A-Z_]*[A-Z]\b", path.read_text(encoding="utf-8"))}
    assert named - known == set()


# -- commands


@cache
def subcommands(*path: str) -> dict[str, Any]:
    """The commands under 'policybot PATH' by name; {} under one that has none."""
    command: Any = typer.main.get_command(app)
    for name in path:
        command = command.commands[name]
    return dict(getattr(command, "commands", {}))


def commands(path: Path) -> Iterator[list[str]]:
    """The words after 'policybot' wherever it is called: the lines of fenced blocks, and code in the text."""
    text = path.read_text(encoding="utf-8")
    lines = [line for block in FENCE.findall(text) for line in re.split(r"\n|&&", block)]
    lines += re.findall(r"`([^`\n]+)`", FENCE.sub("", text))
    for line in lines:
        words = re.sub(r"^(?:\.venv/bin/|\$ )", "", line.partition(" #")[0].strip())
        if re.match(r"policybot(?: |$)", words):
            yield shlex.split(words)[1:]


def wrong_in(words: list[str]) -> str:
    """What the command line does not know of it; '' where it knows all."""
    reached: list[str] = []
    while len(reached) < len(words) and not words[len(reached)].startswith("--") and subcommands(*reached):
        if words[len(reached)] not in subcommands(*reached):
            return f"no command {words[len(reached)]}"
        reached.append(words[len(reached)])
    options = subcommands(*reached[:-1])[reached[-1]].params if reached else []
    known = {option for parameter in options for option in (*parameter.opts, *parameter.secondary_opts)} | {"--help"}
    asked = (word.partition("=")[0] for word in words[len(reached) :] if word.startswith("--"))
    return " ".join(f"no option {option}" for option in asked if option not in known)


@pytest.mark.parametrize("path", DOCS, ids=lambda path: path.stem)
def test_every_command_that_is_named_exists(path: Path) -> None:
    assert [f"policybot {' '.join(words)}: {wrong}" for words in commands(path) if (wrong := wrong_in(words))] == []


def test_a_command_that_is_not_there_is_told() -> None:
    assert wrong_in(["forget"]) == "no command forget" and wrong_in(["eval", "run", "--fast"]) == "no option --fast"
    assert len(list(commands(ROOT / "docs" / "evaluators.md"))) > 10


def test_the_readme_names_every_command() -> None:
    """The evaluation's own are in the evaluators' guide."""
    readme, guide = ([words for words in commands(path)] for path in (ROOT / "README.md", ROOT / "docs" / "evaluators.md"))
    assert set(subcommands()) - {words[0] for words in readme if words} == set()
    assert set(subcommands("eval")) - {words[1] for words in guide if words[:1] == ["eval"] and len(words) > 1} == set()


# -- words of the page


@cache
def words_of_the_program() -> str:
    """Every string of the program that could come to a reader, folded, in one text."""
    paths = [*(ROOT / "src" / "policybot").rglob("*.py"), *(ROOT / "eval").glob("*.py")]
    nodes = (node for path in paths for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))))
    said = (node.value for node in nodes if isinstance(node, ast.Constant) and isinstance(node.value, str))
    return "\n".join(" ".join(text.split()) for text in said)


@pytest.mark.parametrize("guide", GUIDES)
def test_what_a_guide_calls_words_of_the_page_are(guide: str) -> None:
    text = prose(ROOT / "docs" / f"{guide}.md")
    _, said, after = text.partition("**Bold words**")
    assert said, "the guide says what its bold words are"
    bold = {" ".join(words.split()) for words in re.findall(r"\*\*(.+?)\*\*", after, re.S)} - TERMINAL
    assert len(bold) > 10
    assert {words for words in bold if words not in words_of_the_program()} == set()
