"""Reading aids: a meaning is the policy's own sentence, and a rule word is marked where the rule is."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest
from bs4 import BeautifulSoup
from conftest import make_policy
from hypothesis import given
from hypothesis import strategies as st

from ingest.pipeline import read_policy
from policybot.reading_aids import Mark, Meaning, meanings_of, rules_in, terms_in
from policybot.records import ClauseKind, Policy, Strength
from policybot.web import aids_view, policy_text

ROOT = Path(__file__).parents[1]


def policy_of(tmp_path: Path, body: str) -> Policy:
    """A policy as the ingest reads it."""
    path = tmp_path / "policy.md"
    path.write_text(f"# Van Policy\n\n## Scope\n\n{body}\n", encoding="utf-8")
    return read_policy(path, "elm")[0]


USES = "\n\n## Rules\n\nEvery driver checks each courier bag, depot gate, work van and DSL note, and asks the DSLs about couriers."


@pytest.mark.parametrize(
    ("body", "terms", "words"),
    [
        ("In this policy, work van means any van that the depot pays for.", ["work van"], "{}"),
        ("The terms 'driver' and 'courier' include agency workers.", ["driver", "courier"], "{}"),
        ("“Courier” refers to whoever carries a parcel for us.", ["Courier"], "{}"),
        ("Vehicles that somebody drives for the company and pays no rent for can be defined as work vans.", ["work vans"], "{}"),
        ("The depot gate is old and so is the yard. A courier is defined as anybody who carries.", ["courier"],
         "A courier is defined as anybody who carries."),
        ("Report it to the Depot Safety Lead (DSL) at once.", ["DSL"], "Depot Safety Lead"),
        ("This means that nobody may drive. It refers to all of us.", [], ""),
        ("Report it to the Depot Safety Lead (XYZ) at once.", [], ""),
        ("A parking meter means a machine that takes coins for a place.", [], ""),
    ],
)  # fmt: skip
def test_terms_are_those_the_policy_explains_and_uses(tmp_path: Path, body: str, terms: list[str], words: str) -> None:
    found = meanings_of(policy_of(tmp_path, body + USES.replace("work van", "work vans") if "work vans" in body else body + USES))
    assert [m.term for m in found] == terms
    assert {m.words for m in found} <= {words.format(body)}


def test_two_names_before_a_stroke_are_two_terms(tmp_path: Path) -> None:
    body = "Depot Gate/Yard means the place where vans stand.\n\n## Rules\n\nThe depot gate and the depot yard are locked at night."
    found = meanings_of(policy_of(tmp_path, body))
    assert [m.term for m in found] == ["Depot Gate", "Depot Yard"]


def test_a_list_is_the_meaning_with_its_lead_in(tmp_path: Path) -> None:
    body = "Heavy goods include, but are not limited to:\n\n- Pianos\n- Safes\n- Stoves"
    (meaning,) = meanings_of(policy_of(tmp_path, f"{body}\n\n## Rules\n\nTwo people carry heavy goods together down the stairs."))
    assert meaning.term == "Heavy goods" and meaning.words.startswith("Heavy goods include") and "Safes" in meaning.words


def test_a_table_of_terms_explains_them() -> None:
    policy = make_policy("elm", "Depot\tWhere the vans stand at night.", "The depot is locked at night by the last driver.")
    row = replace(policy.clauses[0], kind=ClauseKind.ROW, columns=("Term", "Meaning"))
    (meaning,) = meanings_of(replace(policy, clauses=(row, *policy.clauses[1:])))
    assert (meaning.term, meaning.words) == ("Depot", "Where the vans stand at night.")
    other = replace(row, columns=("Place", "Name"))
    assert meanings_of(replace(policy, clauses=(other, *policy.clauses[1:]))) == ()


@pytest.mark.parametrize("slug", sorted(p.parent.name for p in (ROOT / "corpus").glob("*/policy.md")))
def test_every_meaning_of_the_corpus_is_verbatim_and_used(slug: str) -> None:
    policy, _ = read_policy(ROOT / "corpus" / slug / "policy.md", slug)
    clauses = {c.id: c for c in policy.clauses}
    for meaning in meanings_of(policy):
        assert meaning.words in clauses[meaning.clause_id].whole
        assert any(terms_in(c.text, (meaning,), c.id) for c in policy.clauses)
        assert not terms_in(clauses[meaning.clause_id].text, (meaning,), meaning.clause_id), "not where it is explained"


def test_a_term_is_a_whole_word_and_the_longer_one_wins() -> None:
    van, work = Meaning("van", "A car.", "elm/p/1", "1"), Meaning("work van", "A van.", "elm/p/2", "2")
    text = "Work vans and a van, a caravan, a van-hire firm."
    found = terms_in(text, (van, work))
    assert [(text[m.start : m.end], m.meaning) for m in found] == [("Work vans", work), ("van", van)]
    short = Meaning("DSL", "Lead.", "elm/p/3", "3")
    assert [m.start for m in terms_in("DSLs, a dsl and the DSL", (short,))] == [0, 20]


@pytest.mark.parametrize(
    ("text", "marked"),
    [
        ("Staff must lock the van.", [("must", Strength.MUST)]),
        ("Staff must not sell the van, and they may wash it.", [("must not", Strength.MUST_NOT), ("may", Strength.MAY)]),
        ("Staff should not wait. Drivers should tell the office.", [("should not", Strength.SHOULD_NOT), ("should", Strength.SHOULD)]),
        ("No member of staff may drive alone.", [("may", Strength.MUST_NOT)]),
        ("Such conduct may lead to dismissal.", []),
        ("The fair is on 3 May 2026.", []),
        ("Staff cannot sell the van. Staff are required to lock it.", [("cannot", Strength.MUST_NOT), ("are required to", Strength.MUST)]),
    ],
)
def test_rule_words_are_marked_where_they_are_rules(text: str, marked: list[tuple[str, Strength]]) -> None:
    assert [(text[m.start : m.end], m.strength) for m in rules_in(text)] == marked


def test_a_mark_is_one_thing() -> None:
    for wrong in (lambda: Mark(0, 1), lambda: Mark(0, 1, Strength.MUST, Meaning("a", "b", "c", "d"))):
        with pytest.raises(ValueError, match="a rule or a term"):
            wrong()


# -- as HTML

VAN = make_policy("elm", "A van is what staff drive.", "Staff must lock the van, and the van only.", "The van must be clean.")
AIDS = policy_text.Aids((Meaning("van", "A van is <b>what</b> staff drive.", VAN.clauses[0].id, "p0"),), rules=True)


def test_marks_add_no_word_and_keep_all() -> None:
    page = BeautifulSoup(policy_text.html(VAN, words="lock", aids=AIDS), "html.parser")
    assert page.get_text(" ").split() == VAN.text.replace("van,", "van ,").split()
    assert [e.get_text() for e in page.select(".pb-rule.pb-must")] == ["must", "must"] and page.mark.get_text() == "lock"
    (term,) = page.select(".pb-term")
    assert term.get_text() == "van" and term["tabindex"] == "0" and term["role"] == "button"
    assert term.find_parent(id=VAN.clauses[1].id), "once in a section, and not where it is explained"
    glossary = BeautifulSoup(aids_view.glossary(AIDS.meanings), "html.parser")
    assert glossary.find(id=term["aria-describedby"]).get_text() == "A van is <b>what</b> staff drive." and not glossary.b
    assert glossary.a["href"] == f"#{VAN.clauses[0].id}"
    assert not BeautifulSoup(policy_text.html(VAN), "html.parser").select(".pb-rule, .pb-term")


def test_every_clause_has_a_link_with_a_name_and_no_words() -> None:
    page = BeautifulSoup(policy_text.html(VAN), "html.parser")
    for clause in VAN.clauses:
        (link,) = page.find(id=clause.id).select("a.pb-link")
        assert link["href"] == f"policies?clause={clause.id}" and not link.get_text()
        assert link["aria-label"] == f"Copy link to {clause.label}"


def test_the_sections_are_a_tree_in_which_the_opened_clause_is_marked() -> None:
    text = "One\nTwo\nA clause that stands under two.\nThree\nFour"
    policy = make_policy("elm", *text.split("\n"))
    outline = tuple((level, word, text.index(word)) for level, word in ((1, "One"), (3, "Two"), (2, "Three"), (1, "Four")))
    policy = replace(policy, outline=outline)
    tree = BeautifulSoup(policy_text.sections(policy, policy.clauses[2].id), "html.parser")
    assert [a.get_text() for a in tree.select("a[aria-current=location]")] == ["Two"]
    assert [len(a.find_parents("ul")) for a in tree.select("a")] == [1, 2, 2, 1]
    assert not BeautifulSoup(policy_text.sections(policy), "html.parser").select("[aria-current]")
    assert policy_text.sections(VAN) == ""


@given(st.lists(st.integers(1, 6), min_size=1, max_size=12))
def test_the_tree_is_well_formed_for_any_levels(levels: list[int]) -> None:
    policy = make_policy("elm", *(f"Heading number {n}" for n in range(len(levels))))
    policy = replace(policy, outline=tuple((level, c.text, c.span.start) for level, c in zip(levels, policy.clauses, strict=True)))
    said = policy_text.sections(policy)
    assert said.count("<ul>") == said.count("</ul>") and said.count("<li>") == said.count("</li>") == len(levels)
    tree = BeautifulSoup(said, "html.parser")
    assert [a.get_text() for a in tree.select("ul > li > a")] == [c.text for c in policy.clauses]


@given(st.text(alphabet="<>&\"'`vanmust .\n\t", max_size=60))
def test_nothing_marked_is_markup(text: str) -> None:
    marker = policy_text._Marker(("must",), AIDS)
    page = BeautifulSoup(marker.body(text), "html.parser")
    assert {e.name for e in page.find_all()} <= {"span", "mark"} and page.get_text().split() == text.split()
