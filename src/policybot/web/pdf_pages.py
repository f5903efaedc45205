"""Pages of a PDF as pictures, with the places of a clause marked on them.

A picture is drawn here and goes to the person's own browser inside the page: it lies at no address, so nobody can fetch it.
"""

from __future__ import annotations

import base64
import io
import math
import threading
from collections.abc import Sequence
from dataclasses import dataclass
from html import escape

import pypdfium2

from policybot.errors import PolicybotError
from policybot.records import Box

SCALE = 2.0
"""Pixels to a point: 144 to the inch, sharp on a phone."""
MOST_PIXELS = 8_000_000
"""Pixels of a picture: four times those of an A4 page at SCALE. A larger page is drawn smaller."""
MOST_PAGES = 4
"""Pages that are drawn for one clause; it goes on in the text."""
COLOURS = 64
"""Colours of a picture: letters need few, and the picture is a third as large."""
MARGIN = 2.0
"""How far a mark reaches beyond its words, in points."""
_PDFIUM = threading.Lock()
"""PDFium is not safe to share between threads."""


class PageUnreadable(PolicybotError):
    """A page cannot be drawn."""


@dataclass(frozen=True, slots=True)
class PageImage:
    """A page, counted from 1, as PNG; `width` and `height` of the page in points."""

    number: int
    width: float
    height: float
    png: bytes


def draw(content: bytes, page: int, scale: float = SCALE) -> PageImage:
    """Page `page`, from 1, of the PDF in `content`, all of it, as the boxes of its clauses count: `scale` pixels to a point,
    fewer where that were more than MOST_PIXELS. PageUnreadable."""
    try:
        with _PDFIUM, pypdfium2.PdfDocument(content) as document:
            if not 1 <= page <= len(document):
                raise PageUnreadable(f"Page {page}", f"the document has {len(document)}", "Read it as text")
            # Boxes count from the paper's edge, and a page is drawn from its crop box.
            first = document[page - 1]
            first.set_cropbox(*first.get_mediabox())
            first.close()
            whole = document[page - 1]
            width, height = whole.get_size()
            fitting = min(scale, math.sqrt(MOST_PIXELS / max(1.0, width * height)))
            picture = whole.render(scale=fitting).to_pil().convert("RGB").quantize(COLOURS)
    except pypdfium2.PdfiumError as failure:
        raise PageUnreadable(f"Page {page}", f"it cannot be drawn ({failure})", "Read it as text") from failure
    held = io.BytesIO()
    picture.save(held, "PNG")
    return PageImage(page, width, height, held.getvalue())


def html(image: PageImage, boxes: Sequence[Box], label: str, source: str, anchor: str = "") -> str:
    """The picture with the boxes that are on this page marked. `label` and `source` name the clause and the file in words;
    `anchor`: id of the first mark, '' for none."""
    places = [box for box in boxes if box.page == image.number]
    marks = "".join(_mark(box, image, anchor if n == 0 else "") for n, box in enumerate(places))
    said = f"Page {image.number} of {source}, with {label} marked. Its words are above." if places else f"Page {image.number} of {source}."
    data = base64.b64encode(image.png).decode()
    size = f'width="{round(image.width)}" height="{round(image.height)}"'
    picture = f'<img src="data:image/png;base64,{data}" alt="{escape(said)}" {size}>'
    return f'<figure class="pb-page"><figcaption>Page {image.number}</figcaption><div>{picture}{marks}</div></figure>'


def _mark(box: Box, image: PageImage, anchor: str) -> str:
    """A mark over the words, in hundredths of the page, so that it fits at every size."""
    left, right = max(0.0, box.x0 - MARGIN), min(image.width, box.x1 + MARGIN)
    top, bottom = max(0.0, box.top - MARGIN), min(image.height, box.bottom + MARGIN)
    place = f"left:{_share(left, image.width)};top:{_share(top, image.height)};"
    size = f"width:{_share(right - left, image.width)};height:{_share(bottom - top, image.height)}"
    named = f' id="{escape(anchor)}"' if anchor else ""
    return f'<i class="pb-place"{named} style="{place}{size}" aria-hidden="true"></i>'


def _share(length: float, whole: float) -> str:
    return f"{100 * length / whole:.2f}%"
