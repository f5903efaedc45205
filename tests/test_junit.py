"""JUnit XML, read back by a standard parser."""

from __future__ import annotations

from dataclasses import replace
from xml.etree import ElementTree

from hypothesis import given, settings
from hypothesis import strategies as st
from stored_runs import RIGHT, SILENT, run_of, wrong

from eval.cases import CaseKind
from eval.junit import junit_xml, write_junit

ELM = replace(RIGHT, id="e1", organisation="elm-nursery", latency_ms=1500.0)
AWKWARD = 'is "a<b" & c]]> ok?\x00\x0b \ufffe'


def test_a_test_case_a_case_and_a_failure_a_wrong_one(tmp_path):
    bad = replace(wrong(RIGHT), faults=("leak: names elm", "said allowed, right is not_allowed"), leaks=("names elm",))
    write_junit(run_of(bad, SILENT, ELM), tmp_path / "junit.xml")
    root = ElementTree.parse(tmp_path / "junit.xml").getroot()
    assert root.tag == "testsuites" and root.get("name") == "release-1"
    assert [root.get(k) for k in ("tests", "failures", "errors", "skipped", "time")] == ["3", "1", "0", "0", "1.520"]
    elm, oak = root.findall("testsuite")
    assert (elm.get("name"), elm.get("tests"), elm.get("failures"), elm.get("time")) == ("elm-nursery", "1", "0", "1.500")
    assert (oak.get("name"), oak.get("tests"), oak.get("failures")) == ("oak-school", "2", "1")
    assert oak.get("timestamp") == "2026-01-02T03:04:05+00:00"
    failing, passing = oak.findall("testcase")
    assert (failing.get("name"), failing.get("classname"), failing.get("time")) == ("c1", "oak-school.permission", "0.010")
    failure = failing.find("failure")
    assert (failure.get("message"), failure.get("type")) == ("leak: names elm", "not_allowed as allowed")
    assert failure.text.split("\n") == ["may i post a picture?", "leak: names elm", "said allowed, right is not_allowed"]
    assert passing.find("failure") is None


def test_what_xml_cannot_hold_is_replaced_and_the_rest_escaped():
    case = replace(wrong(RIGHT), id=AWKWARD, question=AWKWARD, faults=(AWKWARD,))
    (row,) = ElementTree.fromstring(junit_xml(run_of(case, name=AWKWARD)).encode()).iter("testcase")
    clean = 'is "a<b" & c]]> ok?\ufffd\ufffd \ufffd'
    assert row.get("name") == row.find("failure").get("message") == clean
    assert row.find("failure").text == f"{clean}\n{clean}"


def test_of_a_worry_no_word_is_shown():
    told = replace(RIGHT, kind=CaseKind.DISCLOSURE, question=None)
    (row,) = ElementTree.fromstring(junit_xml(run_of(wrong(told))).encode()).iter("testcase")
    assert row.find("failure").text == "said allowed, right is not_allowed"


@settings(deadline=None, max_examples=50)
@given(st.text(min_size=1).filter(str.strip))
def test_any_text_makes_a_document_that_can_be_read(text):
    case = replace(wrong(RIGHT), id=text, question=text, faults=(text,))
    (row,) = ElementTree.fromstring(junit_xml(run_of(case, name=text)).encode()).iter("testcase")
    assert row.find("failure") is not None
