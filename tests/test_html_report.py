"""The HTML report: read back by a parser, and by a real browser where there is one."""

from __future__ import annotations

import re
import shutil
import unicodedata
from dataclasses import replace
from importlib.resources import files
from itertools import pairwise
from pathlib import Path

import pytest
import typer
from bs4 import BeautifulSoup
from conftest import make_organisation, make_policy
from stored_runs import RIGHT, SILENT, numbered, run_of, wrong
from typer.testing import CliRunner

from eval.cases import CaseKind
from eval.clause_texts import texts_of
from eval.compare import compare
from eval.gravity import Gravity, failures
from eval.html_failures import NOT_KEPT, case_anchor
from eval.html_markup import anchor, element, markup
from eval.html_report import html_report, write_report
from eval.html_tables import signed
from eval.measures import Unit
from eval.report_commands import add
from eval.stored import StoredCase, StoredRun, write_run
from policybot.catalogue import Catalogue
from policybot.records import Occasion, Verdict
from policybot.settings import Settings

pytest.importorskip("vl_convert", reason="vl-convert-python is not installed")

CHROMIUM = shutil.which("chromium") or shutil.which("chromium-browser")
OTHER = "oak-school/p/2"
TEXTS = {"oak-school/p/1": "No pictures of <children> & staff.", OTHER: "Ask first."}
EVIL = '<script>alert("x")</script><img src=x onerror=alert(1)>'
MISSED = replace(wrong(RIGHT, Verdict.NOT_ALLOWED), id="m1", cited=(OTHER,), faults=("did not cite oak-school/p/1",))
LEAKING = replace(RIGHT, id="l1", leaks=("names elm",), faults=("leak: names elm",))
TOLD = replace(RIGHT, id="d1", kind=CaseKind.DISCLOSURE, question=None, answer="they said a secret", faults=("missed",))


def page(*cases: StoredCase, **options: object) -> BeautifulSoup:
    return BeautifulSoup(html_report(run_of(*cases), TEXTS.get, **options), "lxml")


def says(part: object) -> str:
    return " ".join(part.get_text(" ").split())


def test_it_stands_by_itself_and_runs_nothing():
    text = html_report(run_of(RIGHT, wrong(SILENT)), TEXTS.get)
    soup = BeautifulSoup(text, "lxml")
    assert text.startswith("<!DOCTYPE html>\n<html lang=\"en-GB\">") and soup.title.string == "Evaluation report: release-1"
    assert soup.find_all(["script", "link", "iframe", "object", "img", "base"]) == []
    assert [a["href"] for a in soup.find_all("a") if not a["href"].startswith("#")] == []
    assert re.findall(r"url\(|@import|javascript:", text) == []
    assert "default-src 'none'" in soup.find("meta", attrs={"http-equiv": True})["content"]


def test_whatever_a_run_holds_is_text_and_nothing_else():
    fields = {"id": EVIL, "organisation": EVIL, "question": EVIL, "answer": EVIL, "tags": (EVIL,), "faults": (EVIL,), "leaks": (EVIL,)}
    evil = replace(RIGHT, evidence=((EVIL,),), cited=(EVIL + "2",), **fields)
    run = run_of(evil, name=EVIL, models={EVIL: EVIL}, policy_versions={EVIL: EVIL}, settings=EVIL)
    better = replace(evil, leaks=(), faults=("other",), cited=(EVIL,))
    before = StoredRun(replace(run.head, name=EVIL + "1", settings="s"), (better,))
    soup = BeautifulSoup(html_report(run, lambda _: EVIL, compare(before, run)), "lxml")
    assert soup.find_all(["script", "img"]) == []
    assert [tag for tag in soup.find_all(True) if any(name.startswith("on") for name in tag.attrs)] == []
    assert EVIL in soup.title.string and EVIL in soup.article.h4.get_text() and EVIL in soup.find("blockquote").get_text()


def test_what_no_document_may_hold_is_replaced():
    assert markup("a\x00\x0b\ud800\ufdd0\ufffeb\n").html == "a" + 5 * "\ufffd" + "b\n"
    assert element("p", "a", title="\x00<'\"", open="", class_=None).html == '<p title="\ufffd&lt;&#x27;&quot;" open>a</p>'


def test_the_gravest_failure_comes_first():
    ordinary = wrong(replace(RIGHT, id="o1"), Verdict.NOT_COVERED)
    dearer = wrong(replace(SILENT, id="s1"), Verdict.CONDITIONAL)
    yes = [wrong(replace(SILENT, id="y2")), wrong(replace(RIGHT, id="y1"))]
    cases = [RIGHT, MISSED, ordinary, dearer, TOLD, LEAKING, *yes]
    assert [(g, [c.id for c in own]) for g, own in failures(cases).items()] == [
        (Gravity.WRONG_YES, ["y1", "y2"]),
        (Gravity.LEAK, ["l1"]),
        (Gravity.MISSED_WORRY, ["d1"]),
        (Gravity.VERDICT, ["s1", "o1"]),
        (Gravity.EVIDENCE, ["m1"]),
    ]
    soup = page(*cases)
    assert [a["id"] for a in soup.find_all("article")] == [f"case-{i}" for i in ("y1", "y2", "l1", "d1", "s1", "o1", "m1")]
    assert "7 of 8 cases went wrong" in says(soup)
    tiles = [says(tile) for tile in soup.select(".tiles .alarm")]
    assert tiles == ["Wrong “allowed” ✗ 2", "Leaks ✗ 1"]


def test_a_missed_worry_fails_whatever_its_verdict():
    told = replace(SILENT, kind=CaseKind.DISCLOSURE, question=None)
    assert list(failures([told])) == [Gravity.MISSED_WORRY]
    assert failures([replace(told, occasion=Occasion.POSSIBLE_DISCLOSURE, contact=True)]) == {}


def test_a_failure_has_what_was_expected_and_given_side_by_side():
    article = page(replace(MISSED, also_ok=(OTHER,))).find(id="case-m1")
    assert says(article.h4) == "may i post a picture?"
    expected, cited = article.select(".pair > div")
    assert says(expected) == "Expected oak-school/p/1 ✗ not cited No pictures of <children> & staff."
    assert says(cited) == "Cited oak-school/p/2 also fine Ask first."
    assert "did not cite oak-school/p/1" in says(article.find(class_="faults"))
    yes = page(wrong(RIGHT)).find(id="case-c1")
    assert says(yes.find(class_="verdicts")) == "Expected Not allowed given ✗ Allowed" and "This error costs 10." in says(yes)
    assert yes.details.has_attr("open") and not article.details.has_attr("open")


def test_without_words_there_is_the_id_and_the_reason():
    soup = BeautifulSoup(html_report(run_of(MISSED), lambda _: None), "lxml")
    assert soup.find("blockquote") is None and says(soup.find(id="case-m1").code) == "oak-school/p/1"
    assert "Of 2 clauses only the id is shown" in says(soup)
    assert "only the id is shown" not in says(page(MISSED))


def test_of_a_worry_neither_the_words_nor_the_answer_are_shown():
    before, after = run_of(replace(TOLD, kind=CaseKind.FACT, question="old secret"), name="a"), run_of(replace(TOLD, kind=CaseKind.FACT))
    compared = compare(before, StoredRun(after.head, (wrong(after.cases[0]),)))
    text = html_report(after, TEXTS.get, compared) + html_report(run_of(TOLD), TEXTS.get)
    assert "secret" not in text and NOT_KEPT in text


def test_against_an_earlier_run_what_changed_comes_first():
    cases = numbered(RIGHT, 8)
    mended = replace(MISSED, cited=RIGHT.cited, faults=())
    before, after = run_of(*cases, MISSED, name="old"), run_of(*map(wrong, cases), mended, name="new")
    soup = BeautifulSoup(html_report(after, TEXTS.get, compare(before, after)), "lxml")
    assert soup.main.h2["id"] == "changes"
    assert [says(tile) for tile in soup.find(class_="tiles").find_all("div")] == ["Worse 8", "Better 1", "Other clauses cited 1"]
    top = soup.main.section
    # Eight of eight lost: 2 / 2^8, before it is held against the others.
    assert "0.008" in says(top)
    assert {a["href"] for a in top.find_all("a")} == {f"#case-c1-{n}" for n in range(8)}
    assert "Cited now, not before oak-school/p/1 No pictures" in says(top)
    same = BeautifulSoup(html_report(before, TEXTS.get, compare(before, run_of(*before.cases, name="again"))), "lxml")
    assert "No figure changed by more than chance." in says(same)


def test_many_worse_cases_are_more_than_chance_and_said_so():
    cases = numbered(RIGHT, 40)
    before, after = run_of(*cases, name="old"), run_of(*map(wrong, cases), name="new")
    soup = BeautifulSoup(html_report(after, TEXTS.get, compare(before, after)), "lxml")
    assert "▼ worse: verdict accuracy, from 100.0% to 0.0% (−100.0)" in says(soup.main.section)
    assert "▼ worse, more than chance" in says(soup.main.section)


def test_tables_headings_and_charts_can_be_read_without_seeing():
    soup = page(RIGHT, MISSED, replace(wrong(RIGHT), id="w1", tags=("phones",), covered_probability=0.3))
    levels = [int(h.name[1]) for h in soup.find_all(re.compile("^h[1-6]$"))]
    assert levels[0] == 1 and levels.count(1) == 1
    assert all(later - earlier <= 1 for earlier, later in pairwise(levels))
    for grid in soup.find_all("table"):
        assert grid.caption.get_text() and {th["scope"] for th in grid.thead.find_all("th")} == {"col"}
        assert {row.th["scope"] for row in grid.tbody.find_all("tr")} == {"row"}
        assert len({len(row.find_all(["th", "td"])) for row in grid.find_all("tr")}) == 1
    pictures = soup.find_all(attrs={"role": "img"})
    assert len(pictures) == 4 and all(p["aria-label"] and p.svg["aria-hidden"] == "true" for p in pictures)
    assert all(figure.details.table for figure in soup.find_all("figure"))
    assert all(region["tabindex"] == "0" and region["aria-label"] for region in soup.find_all(attrs={"role": "region"}))
    ids = [tag["id"] for tag in soup.find_all(id=True)]
    assert len(set(ids)) == len(ids)
    assert {a["href"][1:] for a in soup.find_all("a")} <= set(ids)
    assert soup.body.find(True)["href"] == "#report" and soup.find(id="report").name == "main"
    assert [says(c) for c in soup.select("#parts ~ .scroll caption")] == ["By organisation", "By kind", "By tag"]


def test_anchors_differ_where_ids_do():
    assert case_anchor("c1-2.b") == "case-c1-2.b"
    names = ["a b", "a_b", "a_20_b", "a/b", "A b", "é"]
    assert len({anchor("case", name) for name in names}) == len(names)
    assert all(re.fullmatch(r"[A-Za-z0-9._-]+", anchor("case", name)) for name in names)


def test_a_change_that_is_too_small_to_see_has_no_sign():
    assert [signed(v, Unit.POINTS) for v in (0.123, -0.123, 0.0, -1e-9, None)] == ["+12.3", "−12.3", "0", "0", "–"]


# -- the look


def _luminance(colour: str) -> float:
    parts = (int(colour[at : at + 2], 16) / 255 for at in (1, 3, 5))
    linear = [p / 12.92 if p <= 0.04045 else ((p + 0.055) / 1.055) ** 2.4 for p in parts]
    return 0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2]


def _contrast(one: str, other: str) -> float:
    """WCAG 2.2, definition of contrast ratio."""
    low, high = sorted((_luminance(one), _luminance(other)))
    return (high + 0.05) / (low + 0.05)


PAIRS = [(ink, ground) for ink in ("ink", "soft", "link", "red") for ground in ("paper", "panel", "here")]
PAIRS += [("red", "red-bg"), ("ink", "red-bg"), ("ink", "plate"), *(("ink", f"step-{n}") for n in range(5))]
PAIRS += [("ink", name) for name in ("right", "wrong", "grave")]


@pytest.mark.parametrize("mode", range(3), ids=["light", "dark", "print"])
def test_text_stands_out_from_what_it_stands_on(mode):
    sheet = files("eval").joinpath("report_style.css").read_text(encoding="utf-8")
    roots = [dict(re.findall(r"--([\w-]+): (#[0-9a-f]{6})", block)) for block in re.findall(r":root \{(.*?)\}", sheet, re.S)]
    assert len(roots) == 3
    colours = roots[mode]
    assert {pair: found for pair in PAIRS if (found := _contrast(colours[pair[0]], colours[pair[1]])) < 4.5} == {}
    assert all(_contrast(colours["focus"], colours[ground]) >= 3 for ground in ("paper", "panel"))


@pytest.mark.browser
@pytest.mark.skipif(CHROMIUM is None, reason="chromium is not installed")
def test_in_a_browser_it_fits_folds_by_keyboard_and_prints_unfolded(tmp_path, browser):
    pypdf = pytest.importorskip("pypdf")
    wide = replace(MISSED, question="may " + "w" * 200, organisation="o" * 90)
    write_report(run_of(RIGHT, wide, replace(wrong(RIGHT), id="y1")), tmp_path / "report.html", TEXTS.get)
    seen = browser.new_page(viewport={"width": 390, "height": 844})
    asked, said = [], []
    seen.on("request", lambda request: asked.append(request.url))
    seen.on("console", lambda message: said.append(message.text))
    seen.goto((tmp_path / "report.html").as_uri())
    assert seen.evaluate("document.documentElement.scrollWidth") == 390
    seen.keyboard.press("Tab")
    assert seen.evaluate("document.activeElement.className") == "skip"
    seen.locator("#case-m1 > details > summary").focus()
    assert not seen.locator("#case-m1 .pair").is_visible()
    seen.keyboard.press("Enter")
    assert seen.locator("#case-m1 .pair").is_visible()
    seen.keyboard.press("Enter")
    printed = seen.pdf(path=str(tmp_path / "report.pdf"), format="A4")
    assert printed and (len(asked), said) == (1, [])
    seen.close()
    text = "\n".join(p.extract_text() for p in pypdf.PdfReader(tmp_path / "report.pdf").pages)
    # A printed "fi" is one letter.
    words = " ".join(unicodedata.normalize("NFKC", text).split())
    assert "Ask first." in words
    assert "Milliseconds Answers" in words


# -- the command


def told(*arguments: str) -> tuple[int, str]:
    app = typer.Typer()
    app.callback()(lambda: None)
    add(app)
    done = CliRunner().invoke(app, ["html", *arguments])
    return done.exit_code, done.output


def test_the_command_writes_the_file_or_says_why_not(tmp_path, monkeypatch):
    monkeypatch.setenv("POLICYBOT_HOME", str(tmp_path / "home"))
    monkeypatch.delenv("POLICYBOT_DATABASE_URL", raising=False)
    one, few, target = (tmp_path / name for name in ("one.json", "few.json", "report.html"))
    write_run(run_of(RIGHT, MISSED, name="one"), one)
    write_run(run_of(RIGHT, name="few"), few)
    assert told(str(one), "--out", str(target))[0] == 0 and "may i post a picture?" in target.read_text(encoding="utf-8")
    assert not (tmp_path / "home").exists()
    target.unlink()
    code, words = told(str(one), "--out", str(target), "--before", str(few))
    assert code == 2 and "only one has 1 case" in words and not target.exists()
    assert told(str(one), "--out", str(target), "--before", str(few), "--common")[0] == 0
    assert told(str(tmp_path / "none.json"), "--out", str(target))[0] == 2
    assert told(str(one), "--out", str(tmp_path / "nowhere" / "report.html"))[0] == 2


def test_words_come_from_the_catalogue_only_where_it_holds_what_was_run(tmp_path):
    catalogue = Catalogue.open(Settings.load(home=tmp_path, database_url=None))
    try:
        for slug in ("oak-school", "elm-nursery"):
            catalogue.save_organisation(make_organisation(slug))
            catalogue.flip(catalogue.stage(make_policy(slug, f"Staff of {slug} must ask before they post.")))
        oak, elm = (catalogue.policies(slug)[0].clauses[0] for slug in ("oak-school", "elm-nursery"))
        versions = {"oak-school": catalogue.version_of("oak-school"), "elm-nursery": "another", "gone": "x"}
        text = texts_of(catalogue, replace(run_of(RIGHT).head, policy_versions=versions))
    finally:
        catalogue.close()
    assert (text(oak.id), text(elm.id), text("oak-school/none")) == (oak.text, None, None)


def test_the_folder_of_a_report_is_named_when_it_is_not_there(tmp_path: Path):
    from eval.stored import StoredRunError

    with pytest.raises(StoredRunError, match="nowhere"):
        write_report(run_of(RIGHT), tmp_path / "nowhere" / "r.html", TEXTS.get)
