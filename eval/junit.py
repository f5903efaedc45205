"""A run as JUnit XML, which every CI shows: a suite an organisation, a test case a case.

Source of the form: https://github.com/testmoapp/junitxml, what CI servers agree on.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from pathlib import Path
from xml.etree import ElementTree

from eval.breakdown import parts
from eval.part import Part
from eval.stored import StoredCase, StoredRun, replace_file

_NOT_XML = re.compile("[^\t\n\r\u0020-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")
"""Characters that no XML 1.0 document may hold, however they are written (XML 1.0, section 2.2)."""


def junit_xml(run: StoredRun) -> str:
    """The document. A case fails when it is wrong or has a fault; its faults are the failure's text, and its
    question unless it is a worry about a child."""
    root = ElementTree.Element("testsuites", name=_clean(run.head.name), **_counts(run.cases))
    began = run.head.began.isoformat(timespec="seconds")
    for organisation, cases in parts(run.cases, Part.ORGANISATION).items():
        suite = ElementTree.SubElement(root, "testsuite", name=_clean(organisation), timestamp=began, **_counts(cases))
        for case in cases:
            _add(suite, case)
    ElementTree.indent(root)
    return f'<?xml version="1.0" encoding="UTF-8"?>\n{ElementTree.tostring(root, encoding="unicode")}\n'


def write_junit(run: StoredRun, path: Path) -> None:
    """Write `junit_xml` to a file, whole or not at all."""
    replace_file(path, junit_xml(run))


def _add(suite: ElementTree.Element, case: StoredCase) -> None:
    place = f"{case.organisation}.{case.kind}"
    row = ElementTree.SubElement(suite, "testcase", name=_clean(case.id), classname=_clean(place), time=_seconds([case]))
    if case.failed:
        faults = [_clean(fault) for fault in case.faults] or ["wrong"]
        failure = ElementTree.SubElement(row, "failure", message=faults[0], type=_clean(f"{case.right} as {case.given}"))
        failure.text = "\n".join([*([_clean(case.question)] if case.question else []), *faults])


def _counts(cases: Sequence[StoredCase]) -> dict[str, str]:
    failures = sum(c.failed for c in cases)
    return {"tests": str(len(cases)), "failures": str(failures), "errors": "0", "skipped": "0", "time": _seconds(cases)}


def _seconds(cases: Sequence[StoredCase]) -> str:
    return f"{sum(c.latency_ms for c in cases) / 1000:.3f}"


def _clean(text: str) -> str:
    return _NOT_XML.sub("\ufffd", text)
