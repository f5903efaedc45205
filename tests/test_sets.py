"""Sets as files: every format reads back what was written; every mistake is told with row and cure."""

from __future__ import annotations

import csv
import json
import re
import zipfile
from dataclasses import replace
from datetime import datetime, time
from pathlib import Path

import pytest
import yaml
from conftest import make_organisation, make_policy
from hypothesis import HealthCheck, given
from hypothesis import settings as tried
from hypothesis import strategies as st
from openpyxl import Workbook, load_workbook

from eval.cases import Case, CaseError, CaseKind, load_cases
from eval.cells import HEADINGS, turns
from eval.fault import Fault, SetError
from eval.names import Names
from eval.plain_words import KINDS, kind_of, verdict_of, words
from eval.sets import SUFFIXES, read_set, write_set
from eval.template import LAST_ROW, write_template
from ingest.pipeline import read_policy
from policybot.catalogue import Catalogue
from policybot.compose import BADGES, HEADLINES
from policybot.records import Organisation, Span, Turn, Verdict
from policybot.settings import Settings

CORPUS = Path(__file__).resolve().parents[1] / "corpus"
GOLD = Path(__file__).resolve().parents[1] / "eval" / "gold"
HEAD = ("Organisation", "Question", "Expected verdict", "Must cite")
GOOD = ("oak-school", "pics on insta?", "Not allowed", "oak-school/rules/p0")
CLAUSES = (
    "Staff must not post photographs of pupils.",
    "Phones are fine at lunch; ask the head's secretary first.",
    "Lanyards worn always.",
    "Staff must not post jokes about pupils.",
)


def filled(settings: Settings) -> Catalogue:
    """A catalogue of two organisations: oak-school with two policies, elm-nursery with one."""
    made = Catalogue.open(settings)
    for slug in ("oak-school", "elm-nursery"):
        made.save_organisation(replace(make_organisation(slug), aliases=("The " + slug[:3].title(), "Ours")))
    made.flip(made.stage(make_policy("oak-school", *CLAUSES)))
    made.flip(made.stage(make_policy("oak-school", "Laptops go home on Fridays only.", name="kit")))
    made.flip(made.stage(make_policy("elm-nursery", "Cameras stay in the office.")))
    return made


@pytest.fixture(scope="module")
def oak(tmp_path_factory):
    """For tests that only read it: made once."""
    home = tmp_path_factory.mktemp("oak")
    made = filled(Settings.load(home=home / "home", corpus=home / "corpus"))
    yield made
    made.close()


@pytest.fixture
def own_oak(settings):
    """For tests that add to it."""
    made = filled(settings)
    yield made
    made.close()


@pytest.fixture
def read(oak, tmp_path):
    """Reads rows of cells by way of a file: .xlsx, or .csv."""

    def reading(*rows, suffix=".xlsx"):
        path = tmp_path / f"My set{suffix}"
        if suffix == ".csv":
            with path.open("w", encoding="utf-8", newline="") as file:
                csv.writer(file).writerows(rows)
        else:
            book = Workbook()
            for row in rows:
                book.active.append(row)
            book.save(path)
        return read_set(path, oak)

    return reading


@pytest.fixture
def faults(read):
    def of(*rows, suffix=".xlsx"):
        with pytest.raises(SetError) as refused:
            read(*rows, suffix=suffix)
        return refused.value.faults

    return of


@pytest.fixture
def text_set(oak, tmp_path):
    def reading(text, suffix):
        path = tmp_path / f"mine{suffix}"
        path.write_bytes(text if isinstance(text, bytes) else text.encode())
        return read_set(path, oak)

    return reading


def only(faults):
    (fault,) = faults
    return fault


# -- there and back


plain = st.text(st.characters(blacklist_categories=("Cs", "Cc", "Cn")), min_size=1, max_size=30).map(str.strip).filter(bool)
lines = st.lists(plain, min_size=1, max_size=2).map("\n".join)
cell_texts = plain.map(lambda s: s.replace(";", ",").replace("|", ",")).filter(str.strip)
said = lines.filter(lambda s: ":" not in s)
ids = st.sampled_from([f"oak-school/rules/p{place}" for place in range(4)] + ["oak-school/kit/p0"])


@st.composite
def case_sets(draw):
    cases = []
    for number in range(draw(st.integers(1, 3))):
        verdict = draw(st.sampled_from(Verdict))
        groups = st.lists(st.lists(ids, min_size=1, max_size=3).map(tuple), min_size=1, max_size=3)
        turn_list = st.lists(st.builds(Turn, st.sampled_from(["user", "assistant"]), said), max_size=3)
        cases.append(
            Case(
                id=f"{draw(cell_texts)}{number}",
                organisation="oak-school",
                question=draw(lines),
                kind=draw(st.sampled_from(CaseKind)),
                verdict=verdict,
                history=tuple(draw(turn_list)),
                evidence=() if verdict is Verdict.NOT_COVERED else tuple(draw(groups)),
                also_ok=tuple(draw(st.lists(ids, max_size=2))),
                must_not=tuple(draw(st.lists(cell_texts, max_size=2))),
                note=draw(st.one_of(st.just(""), lines)),
            )
        )
    return tuple(cases)


@pytest.mark.parametrize("suffix", SUFFIXES)
@tried(max_examples=25, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow])
@given(cases=case_sets())
def test_what_is_written_is_what_is_read(oak, tmp_path, suffix, cases):
    path = tmp_path / f"set{suffix}"
    write_set(path, cases)
    assert read_set(path, oak) == cases


@pytest.mark.parametrize("suffix", SUFFIXES)
@pytest.mark.parametrize(
    "question",
    ["=1+1", "'=1+1", "'quoted'", "-- well?", "@head ok?", "+1?", "no", "5.10", "a_x000D", "a\u2028b", "a;b,c\t\"d\""],
)
def test_what_looks_like_a_formula_stays_the_words_it_is(oak, tmp_path, suffix, question):
    case = Case("1", "oak-school", f"{question} x", CaseKind.FACT, Verdict.NOT_COVERED, note=question)
    write_set(tmp_path / f"set{suffix}", [case])
    assert read_set(tmp_path / f"set{suffix}", oak) == (case,)


def test_no_formula_runs_when_the_file_is_opened(tmp_path):
    case = Case("1", "oak-school", '=HYPERLINK("http://x")', CaseKind.FACT, Verdict.NOT_COVERED)
    write_set(tmp_path / "set.csv", [case])
    assert "'=HYPERLINK" in (tmp_path / "set.csv").read_text(encoding="utf-8-sig")
    write_set(tmp_path / "set.xlsx", [case])
    assert load_workbook(tmp_path / "set.xlsx")["Questions"]["B2"].data_type == "s"


@pytest.mark.parametrize("suffix", [".csv", ".xlsx"])
@pytest.mark.parametrize(
    ("change", "column"),
    [
        ({"must_not": ("yes; go on",)}, "Must not say"),
        ({"history": (Turn("user", "he said\nBot: no"),)}, "Earlier turns"),
        ({"history": (Turn("user", " "),)}, "Earlier turns"),
        ({"question": "a\rb"}, "Question"),
        ({"question": "a\x07b"}, "Question"),
        ({"question": "a_x000D_b"}, "Question"),
        ({"note": "x" * 32_768}, "Note"),
        ({"id": "Example"}, "Id"),
    ],
)
def test_what_a_spreadsheet_cannot_hold_is_refused_before_anything_is_written(tmp_path, suffix, change, column):
    case = Case("1", "oak-school", "may i?", CaseKind.FACT, Verdict.NOT_COVERED)
    with pytest.raises(SetError) as refused:
        write_set(tmp_path / f"set{suffix}", [case, replace(case, **{"id": "2", **change})])
    assert only(refused.value.faults).where.endswith(f", {column}")
    assert not (tmp_path / f"set{suffix}").exists()


def test_the_shipped_sets_survive_every_format(own_oak, tmp_path):
    slug = "hardmoor-early-years"
    own_oak.save_organisation(make_organisation(slug))
    own_oak.flip(own_oak.stage(read_policy(CORPUS / slug / "policy.md", slug)[0]))
    cases = load_cases(GOLD / f"{slug}.jsonl")
    for suffix in SUFFIXES:
        write_set(tmp_path / f"set{suffix}", cases)
        assert read_set(tmp_path / f"set{suffix}", own_oak) == cases
    assert read_set(GOLD / f"{slug}.jsonl", own_oak) == cases


# -- what a person writes


def test_a_row_in_plain_words_becomes_a_case(read):
    head = ["  organisation", "QUESTION ", "Earlier  Turns", "expectedVerdict", "Must cite", "also FINE", "Must not say", "Kind", "note"]
    row = [
        "Oak  school",
        " can i?\n really? ",
        "hello\nthere\nBOT: Hi.",
        "allowed if your manager agrees",
        "Must not POST “photographs” of\n  oak-school/rules/p2 | Laptops go home on ; Lanyards worn always",
        "P3",
        "Elm; nursery\nyes",
        "follow up",
        " why ",
    ]
    (case,) = read(head, row)
    assert case == Case(
        id="my-set-2",
        organisation="oak-school",
        question="can i?\n really?",
        kind=CaseKind.FOLLOWUP,
        verdict=Verdict.CONDITIONAL,
        history=(Turn("user", "hello\nthere"), Turn("assistant", "Hi.")),
        evidence=(("oak-school/rules/p0",), ("oak-school/rules/p2", "oak-school/kit/p0"), ("oak-school/rules/p2",)),
        also_ok=("oak-school/rules/p3",),
        must_not=("Elm", "nursery", "yes"),
        note="why",
    )


@pytest.mark.parametrize(
    ("plain", "verdict"),
    [
        ("allowed", Verdict.ALLOWED),
        ("YES", Verdict.ALLOWED),
        ("Not allowed", Verdict.NOT_ALLOWED),
        ("not_allowed", Verdict.NOT_ALLOWED),
        ("No.", Verdict.NOT_ALLOWED),
        ("allowed if", Verdict.CONDITIONAL),
        ("Allowed if …", Verdict.CONDITIONAL),
        ("conditional", Verdict.CONDITIONAL),
        ("yes, if the head agrees", Verdict.CONDITIONAL),
        ("it depends", Verdict.CONDITIONAL),
        ("does not say", Verdict.NOT_COVERED),
        ("Your policy doesn’t say", Verdict.NOT_COVERED),
        ("your policy says", Verdict.INFORMATIONAL),
        *((headline, verdict) for verdict, headline in HEADLINES.items()),
        *((badge, verdict) for verdict, badge in BADGES.items()),
        *((verdict.value, verdict) for verdict in Verdict),
    ],
)
def test_a_verdict_in_plain_words(plain, verdict):
    assert verdict_of(plain) is verdict


@pytest.mark.parametrize("wrong", ["perhaps", "allowed unless", "not allowed if", "iffy", "!", "yes no"])
def test_words_that_are_no_verdict_are_refused(wrong):
    with pytest.raises(CaseError, match=r"it is not a verdict.*'Not allowed'"):
        verdict_of(wrong)


def test_a_kind_in_plain_words():
    assert [kind_of(shown) for shown in KINDS.values()] == list(CaseKind)
    assert kind_of(" FOLLOW up") is CaseKind.FOLLOWUP
    assert kind_of("not-covered") is CaseKind.NOT_COVERED
    with pytest.raises(CaseError, match="Did you mean 'procedure'"):
        kind_of("procedur")


@pytest.mark.parametrize(
    ("verdict", "cite", "kind"),
    [
        ("allowed", "p2", CaseKind.PERMISSION),
        ("not allowed", "p2", CaseKind.PERMISSION),
        ("allowed if", "p2", CaseKind.PERMISSION),
        ("your policy says", "p2", CaseKind.FACT),
        ("does not say", "", CaseKind.NOT_COVERED),
    ],
)
def test_a_kind_left_empty_follows_from_the_verdict(read, verdict, cite, kind):
    (case,) = read(HEAD, ["oak-school", "q?", verdict, cite])
    assert case.kind is kind


@pytest.mark.parametrize(
    ("name", "clause"),
    [
        ("oak-school/rules/p1", "rules/p1"),
        ("Oak-School/Rules/P1", "rules/p1"),
        ("P2", "rules/p2"),
        ("must not post photographs", "rules/p0"),
        ("“Fine at lunch -- ask the HEADS Secretary”", "rules/p1"),
        ("lanyards worn always", "rules/p2"),
        ("go home on fridays", "kit/p0"),
    ],
)
def test_a_clause_goes_by_id_label_or_words(oak, name, clause):
    assert Names(oak).clause("oak-school", name) == f"oak-school/{clause}"


@pytest.mark.parametrize(
    ("name", "cause", "cure"),
    [
        ("staff must not post", "2 clauses", "oak-school/rules/p0 (p0: 'Staff must not post photographs of pupils.'); oak-school/rules/p3"),
        ("p0", "2 clauses", "oak-school/kit/p0"),
        ("are fine at", "3 words are too few", "Copy at least 4 words"),
        ("photographs", "1 word is too few", "Near it: oak-school/rules/p0"),
        ("photographs of pupils at home", "these words in a row", "Near it: oak-school/rules/p0"),
        ("must not post photo", "these words in a row", "Near it: oak-school/rules/p0"),
        ("zebra quagga okapi gnu", "these words in a row", "words in a row from the policy, or write the clause's id or label"),
        ("cameras stay in the office", "these words in a row", ""),
        ("oak-school/rules/p9", "no current clause has this id", "Near it: oak-school/rules/p"),
        ("elm-nursery/rules/p0", "it is a clause of elm-nursery", "of its own"),
        ("!!!", "0 words are too few", ""),
    ],
)
def test_a_clause_that_is_not_clear_is_refused_with_those_near_it(oak, name, cause, cure):
    with pytest.raises(CaseError) as refused:
        Names(oak).clause("oak-school", name)
    assert cause in refused.value.cause
    assert cure in refused.value.cure
    assert "elm-nursery/" not in refused.value.cure


def test_more_candidates_than_can_be_read_are_counted(own_oak):
    own_oak.flip(own_oak.stage(make_policy("elm-nursery", *(f"Cameras stay in the office of room {n}." for n in range(5)))))
    with pytest.raises(CaseError, match=r"5 clauses.*rules/p2.*; and 2 more"):
        Names(own_oak).clause("elm-nursery", "stay in the office")


def test_a_clause_s_own_text_goes_before_the_stem_it_shares(own_oak):
    stem = "Staff must never do these things:"
    policy = make_policy("elm-nursery", stem, "share logins with anyone;", "leave gates open.")
    clauses = tuple(replace(c, stem=stem, stem_span=Span(0, len(stem))) if place else c for place, c in enumerate(policy.clauses))
    own_oak.flip(own_oak.stage(replace(policy, clauses=clauses)))
    names = Names(own_oak)
    assert names.clause("elm-nursery", "staff must never do") == "elm-nursery/rules/p0"
    assert names.clause("elm-nursery", "do these things: leave gates") == "elm-nursery/rules/p2"


def test_an_organisation_goes_by_slug_name_or_alias(oak):
    names = Names(oak)
    assert names.organisation("OAK SCHOOL") == names.organisation("oak-school") == names.organisation("the oak") == "oak-school"
    with pytest.raises(CaseError, match=r"several organisations are called that.*elm-nursery, oak-school"):
        names.organisation("ours")
    with pytest.raises(CaseError, match=r"Did you mean oak-school\? Write one of elm-nursery, oak-school"):
        names.organisation("Oak Scool")


def test_without_any_organisation_the_cure_is_to_ingest(catalogue):
    with pytest.raises(CaseError, match="policybot ingest"):
        Names(catalogue).organisation("oak-school")


def test_turns_in_a_cell():
    assert turns("") == ()
    assert turns("hi") == (Turn("user", "hi"),)
    assert turns("Staff: a\nb\n assistant : c\nUser:d") == (Turn("user", "a\nb"), Turn("assistant", "c"), Turn("user", "d"))
    with pytest.raises(CaseError, match="a turn has no words"):
        turns("Staff: a\nBot:\nStaff: b")


def test_words_leave_capitals_and_punctuation():
    assert words("“Don’t”, *post*! Snake_case ﬁne") == ("dont", "post", "snake", "case", "fine")
    assert words("!?") == ()


# -- cells


def test_formulas_dates_and_numbers_are_read_as_text(read):
    values = ["=A1&B1", datetime(2024, 10, 5), datetime(2024, 10, 5, 9, 30), time(9, 30), 5.0, 5.25, True]
    cases = read(HEAD, *(["oak-school", value, "does not say"] for value in values))
    assert [c.question for c in cases] == ["=A1&B1", "2024-10-05", "2024-10-05 09:30:00", "09:30:00", "5", "5.25", "TRUE"]


def test_a_number_is_read_in_the_shape_it_is_shown(oak, tmp_path):
    book = Workbook()
    book.active.append([*HEAD, "Id"])
    book.active.append(["oak-school", 5.1, "does not say", None, 7])
    book.active["B2"].number_format = "0.00"
    book.save(tmp_path / "s.xlsx")
    (case,) = read_set(tmp_path / "s.xlsx", oak)
    assert (case.question, case.id) == ("5.10", "7")


def rewrite_sheet(source, target, change):
    """A copy of the workbook, the XML of its first sheet changed: what openpyxl itself would not write."""
    with zipfile.ZipFile(source) as old, zipfile.ZipFile(target, "w") as new:
        for name in old.namelist():
            data = old.read(name)
            if name == "xl/worksheets/sheet1.xml":
                changed = change(data.decode()).encode()
                assert changed != data
                data = changed
            new.writestr(name, data)


def test_a_formula_is_read_as_what_it_came_to(oak, tmp_path):
    """A workbook as Excel saves it: the formula and its last result in one cell."""
    write_set(tmp_path / "a.xlsx", [Case("1", "oak-school", "RESULT?", CaseKind.FACT, Verdict.NOT_COVERED)])
    cell = '<c r="B2" t="str"><f>A2&amp;"?"</f><v>what it came to?</v></c>'
    rewrite_sheet(tmp_path / "a.xlsx", tmp_path / "b.xlsx", lambda xml: re.sub(r'<c r="B2".*?</c>', cell, xml))
    assert read_set(tmp_path / "b.xlsx", oak)[0].question == "what it came to?"


def test_a_workbook_that_is_wrong_about_its_size_is_read_whole(oak, tmp_path):
    case = Case("1", "oak-school", "q?", CaseKind.FACT, Verdict.NOT_COVERED)
    write_set(tmp_path / "a.xlsx", [case])
    rewrite_sheet(tmp_path / "a.xlsx", tmp_path / "b.xlsx", lambda xml: re.sub(r'<dimension ref="[^"]*"', '<dimension ref="A1"', xml))
    assert read_set(tmp_path / "b.xlsx", oak) == (case,)


@pytest.mark.parametrize("suffix", [".csv", ".xlsx"])
def test_empty_rows_are_skipped_and_rows_keep_their_numbers(read, suffix):
    cases = read(["A set of mine"], [], HEAD, GOOD, ["", " ", None, ""], [], ["oak-school", "b?", "does not say"], suffix=suffix)
    assert [c.id for c in cases] == ["my-set-4", "my-set-7"]


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "cp1252", "utf-16"])
@pytest.mark.parametrize("delimiter", [",", ";", "\t"])
@pytest.mark.parametrize("end", ["\n", "\r\n"])
def test_a_csv_file_in_any_usual_dress(text_set, encoding, delimiter, end):
    rows = [HEAD, ("oak-school", '"Zoë’s “pics”, on\ninsta; ok?"', "not allowed", '"must not post photographs; p2"')]
    data = end.join(delimiter.join(row) for row in rows).encode(encoding)
    (case,) = text_set(data, ".csv")
    assert case.question == "Zoë’s “pics”, on\ninsta; ok?"
    assert case.evidence == (("oak-school/rules/p0",), ("oak-school/rules/p2",))


def test_a_csv_file_may_say_its_delimiter(text_set):
    assert text_set("sep=|\n" + "|".join(HEAD) + "\noak-school|a?|does not say|\n", ".CSV")[0].id == "mine-2"


def test_every_sheet_with_headings_is_read(oak, tmp_path):
    book = Workbook()
    book.active.title = "Notes to self"
    book.active.append(["Question"])
    for name in ("Oak one", "Oak two"):
        sheet = book.create_sheet(name)
        sheet.append(HEAD)
        sheet.append(GOOD)
    book.save(tmp_path / "s.xlsx")
    assert [c.id for c in read_set(tmp_path / "s.xlsx", oak)] == ["s-oak-one-2", "s-oak-two-2"]
    book["Oak two"]["C2"] = "perhaps"
    book.save(tmp_path / "s.xlsx")
    with pytest.raises(SetError, match="sheet 'Oak two', row 2, column Expected verdict: 'perhaps'"):
        read_set(tmp_path / "s.xlsx", oak)


# -- mistakes


def test_all_mistakes_are_told_together_and_nothing_is_read(read):
    with pytest.raises(SetError) as refused:
        read(
            [*HEAD, "Kind", "Earlier turns", "Also fine"],
            GOOD,
            ["oak", "", "perhaps", "p0"],
            ["oak-school", "q?", "allowed", "p0; some words of mine", "chat", "Bot:", "p8"],
        )
    error = refused.value
    assert isinstance(error, CaseError)
    assert error.thing == "My set.xlsx"
    assert [f.where for f in error.faults] == [
        "row 3, column Organisation",
        "row 3, column Question",
        "row 3, column Expected verdict",
        "row 4, column Earlier turns",
        "row 4, column Kind",
        "row 4, column Must cite",
        "row 4, column Must cite",
        "row 4, column Also fine",
    ]
    assert str(error).startswith("My set.xlsx: 8 faults, so none of it was taken. Correct:\n- row 3, column Organisation: 'oak'")
    assert all(str(fault) in str(error) and fault.cure for fault in error.faults)


@pytest.mark.parametrize(
    ("row", "column", "cause", "cure"),
    [
        (["", *GOOD[1:]], "Organisation", "this is empty", "A row needs"),
        (["oak-school", " ", "allowed", "p2"], "Question", "this is empty", "A row needs"),
        (["oak-school", "q?", "", "p2"], "Expected verdict", "this is empty", "A row needs"),
        (["fir-school", "q?", "allowed", "p2"], "Organisation", "no organisation of that name", "Write one of elm-nursery, oak-school"),
        (["oak-school", "q?", "alowed", "p2"], "Expected verdict", "'alowed': it is not a verdict", "Did you mean 'allowed'?"),
        (["oak-school", "q?", "allowed", ""], "Must cite", "at least one clause", "Your policy does not say"),
        (["oak-school", "q?", "allowed", " | ;"], "Must cite", "at least one clause", "Your policy does not say"),
        (["oak-school", "q?", "does not say", "p2"], "Must cite", "no clause can have to be cited", "Empty this"),
        (["oak-school", "q?", "allowed", "elm-nursery/rules/p0"], "Must cite", "a clause of elm-nursery", "of its own"),
        (["oak-school", "#REF!", "allowed", "p2"], "Question", "its formula fails (#REF!)", "Write the words"),
    ],
)
@pytest.mark.parametrize("suffix", [".csv", ".xlsx"])
def test_a_cell_that_is_wrong_is_told_by_row_and_column(faults, suffix, row, column, cause, cure):
    fault = only(faults(HEAD, GOOD, row, suffix=suffix))
    assert fault.where == f"row 3, column {column}"
    assert cause in fault.cause
    assert cure in fault.cure


@pytest.mark.parametrize(
    ("head", "row", "where", "cause", "cure"),
    [
        ([*HEAD, "Must ctie"], GOOD, "row 1", "there is no heading 'Must ctie'", "Did you mean 'Must cite'?"),
        ([*HEAD, "Reviewed by"], GOOD, "row 1", "there is no heading 'Reviewed by'", "put anything else into Note"),
        ([*HEAD, "question"], GOOD, "row 1", "the heading 'question' is there twice", "Keep one"),
        (HEAD[1:], GOOD[1:], "row 1", "there is no column Organisation", "Add it"),
        (HEAD, [*GOOD, "", "stray"], "row 2, column F", "'stray' stands in a column without a heading", "between quotation marks"),
    ],
)
@pytest.mark.parametrize("suffix", [".csv", ".xlsx"])
def test_a_table_that_is_wrong_is_refused(faults, suffix, head, row, where, cause, cure):
    fault = faults(head, row, suffix=suffix)[0]
    assert fault.where == where
    assert cause in fault.cause
    assert cure in fault.cure


@pytest.mark.parametrize("suffix", [".csv", ".xlsx"])
def test_a_file_without_headings_or_cases_is_refused(faults, suffix):
    assert only(faults(GOOD, GOOD, suffix=suffix)).cause == "there are no headings"
    assert only(faults(HEAD, ["", ""], suffix=suffix)).cause == "there are no cases in it"


def test_an_id_is_used_once(faults):
    row = ["oak-school", "q?", "does not say", ""]
    fault = only(faults([*HEAD, "Id"], [*row, "my-set-3"], [*row, ""]))
    assert fault == Fault("row 3, column Id", "id 'my-set-3' is already used at row 2", "Give every case its own id, or none")


def test_a_file_that_is_no_set_is_refused(oak, tmp_path):
    def fault(name, data=None):
        if data is not None:
            (tmp_path / name).write_bytes(data)
        with pytest.raises(SetError) as refused:
            read_set(tmp_path / name, oak)
        assert refused.value.thing == name
        return only(refused.value.faults)

    assert "there is no such file" in fault("none.csv").cause
    assert ".xlsx" in fault("set.docx", b"").cure
    assert "without an ending" in fault("set", b"").cause
    assert "not a whole .xlsx workbook" in fault("a.xlsx", b"Organisation,Question").cause
    assert "NUL bytes" in fault("a.csv", b"a\x00b").cause
    fine = tmp_path / "fine.xlsx"
    write_set(fine, [Case("1", "oak-school", "q?", CaseKind.FACT, Verdict.NOT_COVERED)])
    assert "not a whole .xlsx workbook" in fault("cut.xlsx", fine.read_bytes()[:-200]).cause
    with zipfile.ZipFile(tmp_path / "other.xlsx", "w") as other:
        other.writestr("hello.txt", "no workbook")
    assert "not a whole .xlsx workbook" in fault("other.xlsx").cause
    with zipfile.ZipFile(tmp_path / "bomb.xlsx", "w", zipfile.ZIP_DEFLATED) as bomb:
        bomb.writestr("xl/workbook.xml", b"0" * 100_000_001)
    assert "unpacks to more than" in fault("bomb.xlsx").cause
    unclosed = fault("open.csv", b'Organisation,Question,Expected verdict\noak-school,"q?,allowed\n')
    assert (unclosed.where, "quotation marks" in unclosed.cause) == ("row 2", True)


def test_nothing_is_written_without_cases_or_under_another_ending(tmp_path):
    case = Case("1", "oak-school", "q?", CaseKind.FACT, Verdict.NOT_COVERED)
    with pytest.raises(SetError, match="there are no cases"):
        write_set(tmp_path / "s.csv", [])
    with pytest.raises(SetError, match="Save it as one of"):
        write_set(tmp_path / "s.txt", [case])
    assert list(tmp_path.glob("s.*")) == []


def test_a_set_error_needs_a_fault():
    with pytest.raises(ValueError, match="needs a fault"):
        SetError("x", [])


# -- JSONL and YAML

ROW = {"organisation": "oak-school", "question": "q?", "verdict": "not allowed", "evidence": [["must not post photographs"]]}


def as_text(rows, suffix):
    if suffix == ".jsonl":
        return "\n".join(json.dumps(row) for row in rows)
    return yaml.safe_dump(rows)


@pytest.mark.parametrize("suffix", [".jsonl", ".yaml", ".yml"])
def test_a_record_may_use_plain_words_too(text_set, suffix):
    (case,) = text_set(as_text([{**ROW, "kind": None}], suffix), suffix)
    assert case.id == "mine-1"
    assert (case.verdict, case.kind) == (Verdict.NOT_ALLOWED, CaseKind.PERMISSION)
    assert case.evidence == (("oak-school/rules/p0",),)


@pytest.mark.parametrize("suffix", [".jsonl", ".yaml"])
@pytest.mark.parametrize(
    ("change", "field", "cause"),
    [
        ({"verdit": "yes"}, "", "there is no field 'verdit'"),
        ({"history": [{"role": "bot", "content": "x"}]}, ", history", "is not a list of turns"),
        ({"history": [{"role": "user"}]}, ", history", "is not a list of turns"),
        ({"history": "hello"}, ", history", "is not a list of turns"),
        ({"evidence": ["p0"]}, ", evidence", "is not a list of groups"),
        ({"evidence": [[]]}, ", evidence", "is not a list of groups"),
        ({"also_ok": "p0"}, ", also_ok", "is not a list of texts"),
        ({"must_not": [" "]}, ", must_not", "is not a list of texts"),
        ({"question": ["q"]}, ", question", "is not text"),
        ({"evidence": [["no such clause here"]]}, ", evidence", "these words in a row"),
        ({"verdict": "perhaps"}, ", verdict", "it is not a verdict"),
        ({"verdict": None}, ", verdict", "this is empty"),
    ],
)
def test_a_record_that_is_wrong_is_told_by_line_and_field(text_set, suffix, change, field, cause):
    with pytest.raises(SetError) as refused:
        text_set(as_text([ROW, {**ROW, **change}], suffix), suffix)
    fault = only(refused.value.faults)
    assert fault.where.startswith("line 2" if suffix == ".jsonl" else "item 2 (line ")
    assert fault.where.endswith(field or ("2" if suffix == ".jsonl" else ")"))
    assert cause in fault.cause
    assert fault.cure


def test_every_bad_line_of_jsonl_is_told(text_set):
    lines = ["{", "[1]", '{"id": "a", "id": "b"}', "[" * 100_000, "", json.dumps(ROW), '{"question": 3}']
    with pytest.raises(SetError) as refused:
        text_set("\n".join(lines), ".jsonl")
    assert [f.where for f in refused.value.faults] == ["line 1", "line 2", "line 3", "line 4", "line 7, question"]
    assert "the field 'id' is there twice" in refused.value.faults[2].cause


def test_yaml_keeps_words_as_words(text_set):
    (case,) = text_set("- {organisation: oak-school, question: 2024-10-05, verdict: no, evidence: [[p2]], id: 007, note: ~}", ".yaml")
    assert (case.question, case.verdict, case.id, case.note) == ("2024-10-05", Verdict.NOT_ALLOWED, "007", "")


@pytest.mark.parametrize(
    ("text", "cause"),
    [
        ("a: [", "it is not YAML"),
        ("cases: []", "it is not a list"),
        ("- just words", "not a record"),
        ("- {question: a, question: b}", "the field 'question' is there twice"),
        ("- !!python/object/apply:os.system ['true']", "it is not plain YAML"),
        ("- {question: !!int 5}", "5 is not text"),
        ("- {[a]: b}", "not plain YAML"),
        ("[" * 3000, "nested too deeply"),
        ("", "there are no cases"),
        (b"- \xff\xfe", "it is not UTF-8"),
    ],
)
def test_yaml_that_is_no_set_is_refused(text_set, text, cause):
    with pytest.raises(SetError) as refused:
        text_set(text, ".yaml")
    assert cause in refused.value.faults[0].cause


# -- the template


@pytest.fixture
def organisations():
    return (Organisation("oak-school", "Oak School"), Organisation("elm-nursery", "Twins"), Organisation("fir-nursery", "Twins"))


@pytest.mark.parametrize("suffix", [".csv", ".xlsx"])
def test_the_template_holds_headings_and_two_examples_that_are_no_cases(oak, tmp_path, organisations, suffix):
    path = tmp_path / f"template{suffix}"
    write_template(path, organisations)
    with pytest.raises(SetError) as refused:
        read_set(path, oak)
    assert only(refused.value.faults).cause == "there are no cases in it"
    if suffix == ".csv":
        rows = list(csv.reader(path.open(encoding="utf-8-sig", newline="")))
    else:
        rows = [[cell or "" for cell in row] for row in load_workbook(path)["Questions"].iter_rows(values_only=True)]
    assert rows[0] == list(HEADINGS.values())
    assert [row[0] for row in rows[1:]] == ["Oak School", "Twins"]
    assert [row[-1] for row in rows[1:]] == ["example", "example"]


def test_the_filled_template_is_read(oak, tmp_path, organisations):
    path = tmp_path / "filled.xlsx"
    write_template(path, organisations)
    book = load_workbook(path)
    book["Questions"].append(["Oak School", "pics?", None, "Not allowed", "must not post photographs"])
    book.save(path)
    (case,) = read_set(path, oak)
    assert (case.id, case.evidence) == ("filled-4", (("oak-school/rules/p0",),))


def test_the_template_explains_every_column_and_offers_its_choices(tmp_path, organisations):
    path = tmp_path / "template.xlsx"
    write_template(path, organisations)
    book = load_workbook(path)
    explained = dict(book["How to fill it in"].iter_rows(min_row=2, values_only=True))
    assert set(explained) == set(HEADINGS.values()) and all(explained.values())
    offered = {}
    for rule in book["Questions"].data_validations.dataValidation:
        sheet, cells = rule.formula1.split("!")
        column = str(rule.sqref).split(":")[0].rstrip("2")
        assert str(rule.sqref) == f"{column}2:{column}{LAST_ROW}"
        heading = book["Questions"][f"{column}1"].value
        offered[heading] = [cell.value for (cell,) in book[sheet][cells.replace("$", "")]]
    assert offered == {
        "Organisation": ["Oak School", "elm-nursery", "fir-nursery"],
        "Expected verdict": list(BADGES.values()),
        "Kind": list(KINDS.values()),
    }


def test_a_template_needs_an_organisation_and_a_spreadsheet(tmp_path, organisations):
    with pytest.raises(SetError, match="policybot ingest"):
        write_template(tmp_path / "t.xlsx", [])
    with pytest.raises(SetError, match=r"End its name in \.xlsx or \.csv"):
        write_template(tmp_path / "t.jsonl", organisations)
    assert list(tmp_path.glob("t.*")) == []
