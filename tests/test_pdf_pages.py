"""Pages of a PDF as pictures: the right page, the places where the words are, and a name for whoever cannot see it."""

from __future__ import annotations

import base64
import io
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest
from bs4 import BeautifulSoup
from PIL import Image
from pypdf import PdfReader, PdfWriter
from reportlab.pdfgen.canvas import Canvas

from policybot.records import Box
from policybot.web import pdf_pages
from policybot.web.pdf_pages import PageImage, PageUnreadable

WIDTH, HEIGHT = 400.0, 600.0
BLOT = Box(2, 100, 150, 200, 180)
"""A black block on the second page."""


@pytest.fixture(scope="module")
def document() -> bytes:
    held = io.BytesIO()
    canvas = Canvas(held, pagesize=(WIDTH, HEIGHT))
    canvas.showPage()
    canvas.rect(BLOT.x0, HEIGHT - BLOT.bottom, BLOT.x1 - BLOT.x0, BLOT.bottom - BLOT.top, fill=1)
    canvas.showPage()
    canvas.save()
    return held.getvalue()


def cropped(document: bytes) -> bytes:
    """The same, of which a viewer shows only the upper half."""
    writer = PdfWriter(clone_from=PdfReader(io.BytesIO(document)))
    for page in writer.pages:
        page.cropbox.lower_left = (0, HEIGHT / 2)
    held = io.BytesIO()
    writer.write(held)
    return held.getvalue()


def darkness(image: PageImage, box: Box) -> float:
    """Share of dark pixels in the box, 0 to 1."""
    picture = Image.open(io.BytesIO(image.png)).convert("L")
    x, y = picture.width / image.width, picture.height / image.height
    cut = picture.crop((round(box.x0 * x), round(box.top * y), round(box.x1 * x), round(box.bottom * y)))
    return sum(value < 128 for value in cut.tobytes()) / (cut.width * cut.height)


@pytest.mark.parametrize("change", [bytes, cropped])
def test_a_page_is_drawn_whole_and_boxes_are_where_the_words_are(document: bytes, change) -> None:
    image = pdf_pages.draw(change(document), 2, scale=1)
    assert (image.number, image.width, image.height) == (2, WIDTH, HEIGHT)
    assert darkness(image, BLOT) > 0.95 and darkness(image, Box(2, 0, 0, WIDTH, 140)) == 0
    assert darkness(pdf_pages.draw(document, 1, scale=1), Box(1, 0, 0, WIDTH, HEIGHT)) == 0


@pytest.mark.parametrize("page", [0, 3])
def test_a_page_that_is_not_there_is_refused(document: bytes, page: int) -> None:
    with pytest.raises(PageUnreadable, match="the document has 2"):
        pdf_pages.draw(document, page)


def test_a_broken_document_is_refused_with_a_cure() -> None:
    with pytest.raises(PageUnreadable, match="Read it as text"):
        pdf_pages.draw(b"%PDF-1.4 and nothing more", 1)


def test_threads_draw_at_once(document: bytes) -> None:
    with ThreadPoolExecutor(4) as pool:
        drawn = list(pool.map(lambda n: pdf_pages.draw(document, 1 + n % 2, scale=0.5), range(16)))
    assert {(i.number, i.png) for i in drawn} == {(i.number, i.png) for i in drawn[:2]}


def test_a_poster_is_drawn_smaller_and_a_page_of_paper_as_it_is(document: bytes) -> None:
    held = io.BytesIO()
    side = 7_200.0
    canvas = Canvas(held, pagesize=(side, side / 2))
    canvas.rect(0, 0, side / 2, side / 2, fill=1)
    canvas.save()
    poster = pdf_pages.draw(held.getvalue(), 1)
    size = Image.open(io.BytesIO(poster.png)).size
    assert (poster.width, poster.height) == (side, side / 2) and size == (4000, 2000), "eight million pixels"
    assert darkness(poster, Box(1, 0, 0, side / 2 - 10, side / 2)) == 1 and darkness(poster, Box(1, side / 2 + 10, 0, side, side / 2)) == 0
    assert Image.open(io.BytesIO(pdf_pages.draw(document, 1).png)).size == (WIDTH * 2, HEIGHT * 2)


def test_the_marks_lie_over_the_words_and_the_picture_says_what_it_shows() -> None:
    image = PageImage(2, 400, 600, b"png")
    boxes = (Box(1, 0, 0, 10, 10), BLOT, Box(2, 0, 598, 400, 600))
    page = BeautifulSoup(pdf_pages.html(image, boxes, "Purpose <b>", "policy.pdf", "here"), "html.parser")
    assert page.img["alt"] == "Page 2 of policy.pdf, with Purpose <b> marked. Its words are above." and not page.b
    assert base64.b64decode(page.img["src"].removeprefix("data:image/png;base64,")) == b"png"
    assert [m.get("id") for m in page.select(".pb-place")] == ["here", None], "boxes of other pages are not on this one"
    assert page.select(".pb-place")[0]["style"] == "left:24.50%;top:24.67%;width:26.00%;height:5.67%"
    assert page.select(".pb-place")[1]["style"] == "left:0.00%;top:99.33%;width:100.00%;height:0.67%", "never beyond the paper"


def test_the_shipped_pdf_has_its_clauses_where_it_says(tmp_path: Path) -> None:
    from ingest.pipeline import read_policy

    path = Path(__file__).parents[1] / "corpus" / "hardmoor-early-years" / "policy.pdf"
    policy, _ = read_policy(path, "a-nursery")
    clause = next(c for c in policy.clauses if c.boxes and len(c.text) > 100)
    image = pdf_pages.draw(path.read_bytes(), clause.boxes[0].page, scale=1)
    assert darkness(image, clause.boxes[0]) > 0.02
