"""The reading age of our own words: what a page, an answer or an error says, at or below 12.

Flesch-Kincaid grade (Kincaid, Fishburne, Rogers and Chissom 1975, Navy Research Branch Report 8-75):
0.39 words/sentence + 11.8 syllables/word - 15.59; a pupil of US grade g is g + 5 years old. What policies and
people wrote is not counted, nor what only a log or the command line shows.
"""

from __future__ import annotations

import ast
import html
import re
from collections.abc import Iterator
from pathlib import Path

import pytest

SOURCE = Path(__file__).parents[1] / "src" / "policybot"
OLDEST = 12.0
"""Years."""
HARDEST = 18.0
"""No sentence of ten words or more on its own may be harder than this; short ones are at the mercy of one long word."""
PROSE = 6
"""Words from which a text is a sentence and no label: labels make a page look easier than it reads."""
MODULES = ("compose.py", "comparison.py", "audit.py", "identity.py", "signposts.py", "web/*.py")
TERMS = {"organisation": 4, "organisations": 4, "safeguarding": 3, "policies": 3, "policy": 3}
"""Syllables that the rule of thumb below counts wrong."""


def syllables(word: str) -> int:
    """Groups of vowels, without a silent final e; at least one."""
    bare = word.lower().replace("’", "").replace("'", "")
    if bare in TERMS:
        return TERMS[bare]
    groups = len(re.findall(r"[aeiouy]+", bare))
    if re.search(r"(?:[^aeiouyl]|[aeiouy]l)e$|[^aeiouydt]ed$|[^aeiouysxzcgh]es$", bare) and groups > 1:
        groups -= 1
    return max(1, groups)


def age(sentences: list[list[str]]) -> float:
    """Reading age in years of sentences of words; at least one of each."""
    words = [word for sentence in sentences for word in sentence]
    grade = 0.39 * len(words) / len(sentences) + 11.8 * sum(map(syllables, words)) / len(words) - 15.59
    return grade + 5


def literals(tree: ast.Module) -> Iterator[str]:
    """Every text of a module that is no docstring; what is filled in later reads as 'this'. Joined where they are written as one."""
    documented = {id(n.value) for n in ast.walk(tree) if isinstance(n, ast.Expr) and isinstance(n.value, ast.Constant)}
    inside = {id(part) for n in ast.walk(tree) if isinstance(n, ast.JoinedStr) for part in ast.walk(n) if part is not n}
    for node in ast.walk(tree):
        if id(node) in documented or id(node) in inside:
            continue
        if isinstance(node, ast.Constant) and isinstance(node.value, str):
            yield node.value
        elif isinstance(node, ast.JoinedStr):
            yield "".join(part.value if isinstance(part, ast.Constant) else "this" for part in node.values)


def spoken(text: str) -> Iterator[list[str]]:
    """The sentences of a literal that is for people, as words: [] of a key, a pattern, a script, a style or a fragment of HTML."""
    if re.search(r"[{};\\]|=>|\(\?|^\s*<svg|^SELECT|\w/\w+\.\w|^[\w.:/#\[\]=~*-]+$", re.sub(r"<[^>]*>", "", text)) and "<p" not in text:
        return
    plain = html.unescape(re.sub(r"<[^>]*>?", "\n", text)).replace("*", "")
    for line in re.split(r"(?<=[.!?:])\s+|\n+| · ", plain):
        words = re.findall(r"[A-Za-z]+(?:['’][a-z]+)?", line)
        # A label of one or two words is no sentence; a sentence begins with a capital.
        if len(words) > 2 and re.match(r"\W*[A-Z]", line):
            yield words


def our_sentences() -> list[tuple[str, list[str]]]:
    """(module, words) of everything that we say."""
    found = []
    for pattern in MODULES:
        for path in sorted(SOURCE.glob(pattern)):
            tree = ast.parse(path.read_text(encoding="utf-8"))
            found += [(path.name, words) for text in literals(tree) for words in spoken(text)]
    return found


@pytest.mark.parametrize(
    ("word", "count"),
    [("ask", 1), ("rule", 1), ("table", 2), ("policy", 3), ("allowed", 2), ("named", 1), ("wanted", 2), ("your", 1), ("question", 2)],
)
def test_syllables(word: str, count: int) -> None:
    assert syllables(word) == count


def test_the_formula_on_a_sentence_worked_by_hand() -> None:
    """12 words, 13 syllables: 0.39 * 12 + 11.8 * 13/12 - 15.59 + 5."""
    words = ["the", "cat", "sat", "on", "the", "mat", "and", "the", "dog", "ran", "to", "Alice"]
    assert age([words]) == pytest.approx(0.39 * 12 + 11.8 * 13 / 12 - 10.59)


def test_what_is_for_people_is_told_from_what_is_for_machines() -> None:
    assert list(spoken("<p>Ask your lead first.</p><p>Then read it.</p>")) == [["Ask", "your", "lead", "first"], ["Then", "read", "it"]]
    scripts = ("export default function ({ data }) { x(); }", r"\b(?:tell|inform)\b", "color: red; gap: 1px")
    for code in ("st-key-open", ":material/add:", *scripts):
        assert list(spoken(code)) == [], code


def test_our_words_are_for_readers_of_twelve() -> None:
    said = our_sentences()
    assert len(said) > 150, "the pages say more than that: what is counted has come loose"
    hardest = sorted(((age([words]), module, " ".join(words)) for module, words in said), reverse=True)
    table = "\n".join(f"{years:5.1f} {module}: {text}" for years, module, text in hardest[:15])
    print(table)
    whole, prose = age([words for _, words in said]), age([words for _, words in said if len(words) >= PROSE])
    print(f"the whole: {whole:.1f} years, {len(said)} sentences; without labels: {prose:.1f}")
    assert whole <= OLDEST and prose <= OLDEST, table
    long = [(y, m, t) for y, m, t in hardest if len(t.split()) >= 10 and y > HARDEST]
    assert long == [], "reword these"


def test_each_page_is_for_readers_of_twelve() -> None:
    pages: dict[str, list[list[str]]] = {}
    for module, words in our_sentences():
        pages.setdefault(module, []).append(words)
    hard = {module: round(age(held), 1) for module, held in pages.items() if sum(map(len, held)) >= 100 and age(held) > OLDEST}
    assert hard == {}
