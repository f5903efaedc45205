"""Personal data is taken out of a message and put back unharmed; how much of it is found: eval/robustness/privacy.jsonl."""

from __future__ import annotations

import json
import re
import time
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from policybot.people import Lists
from policybot.privacy import Withheld, own_names, restore, withhold, withhold_all, withhold_question
from policybot.records import Question

SET = Path(__file__).parents[1] / "eval" / "robustness" / "privacy.jsonl"
BLIND = SET.with_name("privacy_blind.jsonl")
GOLD = sorted((Path(__file__).parents[1] / "eval" / "gold").glob("*.jsonl"))
PATIENT = settings(deadline=None)
"""Wall time says nothing here: test_a_long_message_is_no_burden counts the processor's."""
LEAST_RECALL, MOST_FALSE = 0.96, 0.04
MOST_TOUCHED_GOLD = 0.06
"""Share of the gold questions that may be touched."""

Row = dict[str, object]


def rows(path: Path = SET) -> list[Row]:
    return [json.loads(line) for line in path.read_text(encoding="utf-8").splitlines() if line.strip()]


def words(text: str) -> set[str]:
    return set(re.findall(r"\w+", text))


def sent(row: Row) -> Withheld:
    return withhold(row["text"], row.get("keep", ()))


# -- how much is found


def test_the_set_is_what_the_figures_are_of() -> None:
    of = rows()
    assert (len(of), sum(not row["personal"] for row in of), sum(len(row["personal"]) for row in of)) == (100, 29, 85)
    assert all(piece in row["text"] for row in of for piece in row["personal"])


def test_recall_of_personal_pieces() -> None:
    """A piece is found when every word of it is in what was withheld."""
    of = [(piece, sent(row).found) for row in rows() for piece in row["personal"]]
    missed = [piece for piece, found in of if not words(piece) <= words(" ".join(original for _, original in found))]
    recall = 1 - len(missed) / len(of)
    print(f"\nrecall of personal pieces {recall:.3f} ({len(of) - len(missed)} of {len(of)})")
    assert recall >= LEAST_RECALL, missed


def test_recall_on_messages_of_a_writer_who_had_not_seen_the_program() -> None:
    """88 of 96 when it was written (86 before double-barrelled names and initials were read whole)."""
    of = [(piece, withhold(row["text"]).found) for row in rows(BLIND) for piece in row["personal"]]
    missed = [piece for piece, found in of if not words(piece) <= words(" ".join(original for _, original in found))]
    print(f"\nrecall on the blind set {len(of) - len(missed)} of {len(of)}")
    assert len(of) == 96 and len(missed) <= 10, missed


def test_a_name_is_withheld_whole() -> None:
    assert withhold("Can I add Sarah Ellis-Price?").text == "Can I add [name 1]?"
    assert withhold("I saw Babatunde O's form").found[0][1] == "Babatunde O"


def test_false_redactions() -> None:
    """A redaction is false when it takes a word that is in no personal piece of its message."""
    of = [(original, words(" ".join(row["personal"]))) for row in rows() for _, original in sent(row).found]
    false = [original for original, personal in of if not words(original) <= personal]
    touched = [row["text"] for row in rows() if not row["personal"] and sent(row).found]
    print(f"\nfalse redactions {len(false)} of {len(of)}; messages with nothing personal that were touched {len(touched)} of 29")
    assert len(false) / len(of) <= MOST_FALSE, false
    assert len(touched) <= 2, touched


def test_ordinary_questions_are_left_alone() -> None:
    """The gold questions, which were written before this was thought of."""
    questions = [row["question"] for path in GOLD for row in rows(path)]
    touched = [found for question in questions if (found := withhold(question).found)]
    print(f"\ngold questions touched {len(touched)} of {len(questions)}")
    assert len(questions) >= 100
    assert len(touched) / len(questions) <= MOST_TOUCHED_GOLD, touched


LISTS = Lists.open()
UNLISTED = st.from_regex(r"\A[A-Z][a-z]{4,9}\Z").filter(
    lambda w: not {w.lower()} & (LISTS.institutional | LISTS.openers | LISTS.first_names | LISTS.also_words) and not w.endswith("s")
)


@PATIENT
@given(UNLISTED, st.sampled_from(["A boy called {} has messaged me.", "Is it a breach if {} has my password?", "Is Mrs {} right?"]))
def test_a_name_in_no_list_is_found_where_a_person_stands(name: str, message: str) -> None:
    """Names of any origin: the list holds the common ones only."""
    assert withhold(message.format(name)).found == (("[name 1]", name),)


# -- what is found by its form


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("Write to a.b-c+d@school.sch.uk, please.", ("[email 1]", "a.b-c+d@school.sch.uk")),
        ("ring 07700 900123.", ("[phone 1]", "07700 900123")),
        ("ring +44 (0)20 7946 0991 now", ("[phone 1]", "+44 (0)20 7946 0991")),
        ("ring 0044 7700 900456", ("[phone 1]", "0044 7700 900456")),
        ("ring +353 1 496 0123", ("[phone 1]", "+353 1 496 0123")),
        ("it is QQ 12 34 56 C.", ("[national insurance number 1]", "QQ 12 34 56 C")),
        ("UPN H801200001001", ("[pupil number 1]", "H801200001001")),
        ("UPN H80120000100A", ("[pupil number 1]", "H80120000100A")),
        ("born on the 3rd of May 2015", ("[date of birth 1]", "3rd of May 2015")),
        ("DOB: 12.03.16", ("[date of birth 1]", "12.03.16")),
        ("at sw1a 2aa", ("[postcode 1]", "sw1a 2aa")),
        ("see https://www.instagram.com/some.body_1/.", ("[profile 1]", "https://www.instagram.com/some.body_1/")),
        ("it was @some_body.", ("[profile 1]", "@some_body")),
    ],
)
def test_forms(text: str, found: tuple[str, str]) -> None:
    assert withhold(text) == Withheld(text.replace(found[1], found[0]), (found,))


@pytest.mark.parametrize(
    "text",
    [
        "The review is on 12/03/2024 and on 3 May 2025.",
        "Reference 2024 1187 3302, section 5.4.2, page 1001.",
        "Year 6 meets at 3pm, Y5 2nd in B1 3rd.",
        "We pay £12,500.00 and had 1,250,000 views.",
        "See www.gov.uk/guidance and facebook.com.",
        "Meet me @ 10:30",
        "Posted 01-02-2024 1030.",
        "",
    ],
)
def test_what_only_looks_personal_is_left(text: str) -> None:
    assert withhold(text) == Withheld(text, ())


# -- names that are also words, and what is to be kept


@pytest.mark.parametrize(
    ("text", "names"),
    [
        ("Will Will Turner mark the register?", ["Will Turner"]),
        ("Mark said that I may post.", ["Mark"]),
        ("Can we post in May about the May fair?", []),
        ("my colleague mark marks books", ["mark"]),
        ("I hope that Hope may post in May.", ["Hope"]),
        ("MAYA OKAFOR IS FILMING ME", ["MAYA OKAFOR"]),
        ("IS FACEBOOK BANNED AT OUR SCHOOL", []),
        ("She'd ask Sarah's mum.", ["Sarah"]),
        ("St Mary's and the Sarah Jones Foundation", []),
        ("Shaz and a mum called zubayda: did zubayda tell?", ["Shaz", "zubayda"]),
    ],
)
def test_names(text: str, names: list[str]) -> None:
    assert [original for _, original in withhold(text).found] == names


def test_what_is_kept_is_never_withheld() -> None:
    text = "May Jack Petchey winners mail dpo@school.example or Jack?"
    assert withhold(text, ["jack petchey", "dpo@school.example", ""]).found == (("[name 1]", "Jack"),)
    assert withhold(text, ["Jack", "Petchey", "dpo@school.example"]).found == ()


# -- placeholders


def test_the_same_piece_has_the_same_placeholder_throughout_a_conversation() -> None:
    first, second = withhold_all(["A girl called Xanthippe and Tom wrote.", "Did Tom or Xanthippe call 07700 900123?"])
    assert first.text == "A girl called [name 1] and [name 2] wrote."
    assert second.text == "Did [name 2] or [name 1] call [phone 1]?"
    assert first.found == second.found == (("[name 1]", "Xanthippe"), ("[name 2]", "Tom"), ("[phone 1]", "07700 900123"))
    assert withhold_all([]) == []


def test_a_typed_placeholder_is_neither_reused_nor_restored() -> None:
    text = "[name 1] and [Name 3] know Sarah."
    withheld = withhold(text)
    assert withheld == Withheld("[name 1] and [Name 3] know [name 4].", (("[name 4]", "Sarah"),))
    assert restore(withheld.text, withheld) == text


def test_a_models_own_writing_is_restored_whatever_its_case() -> None:
    withheld = withhold("May Sarah post?")
    assert restore("[Name 1]'s post, not [name 2]'s", withheld) == "Sarah's post, not [name 2]'s"


PIECES = [
    *("Maya Okafor", "Sarah's mum", "dan", "Mrs Patel", "Will", "May", "07700 900123", "a.b@c.example", "QQ123456C", "[name 1]"),
    *("[phone 2]", "LS6 3QR", "@mia_07", "born 3 May 2015", "facebook.com/a.b", "LinkedIn", "Ofsted", "a boy called Zed", "[name"),
    *("1]", "\n", ". ", ", ", "’s"),
]
ROWS = st.lists(st.sampled_from(PIECES), max_size=8)
TEXTS = st.one_of(st.text(max_size=80), ROWS.map(" ".join), ROWS.map("".join))


@PATIENT
@given(st.lists(TEXTS, max_size=4), st.lists(st.sampled_from(["Maya", "dan", "LinkedIn", "(", ""]), max_size=2))
def test_what_is_withheld_comes_back(texts: list[str], keep: list[str]) -> None:
    for text, withheld in zip(texts, withhold_all(texts, keep), strict=True):
        assert restore(withheld.text, withheld) == text


@PATIENT
@given(TEXTS)
def test_nothing_found_leaves_the_text_and_something_found_changes_it(text: str) -> None:
    withheld = withhold(text)
    assert (withheld.text == text) == (withheld.found == ())
    assert all(withheld.text.count(placeholder) > text.count(placeholder) for placeholder, _ in withheld.found)


@pytest.mark.parametrize("text", ["Sarah Jones told me. " * 250, "a.b" * 1500, "07 " * 1500, "born " * 1000, "Aa " * 1500])
def test_a_long_message_is_no_burden(text: str) -> None:
    """Within two seconds of processor time for 4,500 characters made to be slow (0.05 s when it was written)."""
    start = time.process_time()
    withhold(text)
    assert time.process_time() - start < 2


# -- what only looks like other characters, and what is the policy's own


@pytest.mark.parametrize(
    "text",
    ["ring 07700\u00a0900\u00a0123", "ring \uff10\uff17\uff17\uff10\uff10 900123", "ring 07700\u2011900\u2011123", "write to sarah\uff20gmail.com", "NI AB\u00a012\u00a034\u00a056\u00a0C"],
)
def test_look_alikes_are_withheld_as_what_they_look_like(text: str) -> None:
    sent, withheld = withhold_question(Question("oak", f"Can I {text}?"))
    assert withheld.found and "[" in sent.text and not any(piece in sent.text for _, piece in withheld.found)


def test_the_policys_own_names_are_not_the_askers() -> None:
    policy = ["Tell Mrs Jane Winter, the head, at office@oak.sch.uk.", "Staff will have faith in pupils born after 2015."]
    names = own_names(policy)
    assert "office@oak.sch.uk" in names and any("Winter" in n for n in names)
    sent, _ = withhold_question(Question("oak", "Do I write to office@oak.sch.uk or to will.smith@oak.sch.uk?"), names)
    assert "office@oak.sch.uk" in sent.text and "will.smith" not in sent.text
    sent, _ = withhold_question(Question("oak", "He was born on 12 March 2015, see facebook.com/kyle.smith99"), names)
    assert "March" not in sent.text and "kyle" not in sent.text and "99" not in sent.text
