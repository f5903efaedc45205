"""The row under an answer to share or print it. Each file is made only when somebody asks for it."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime

import streamlit as st

from policybot.receipt import Receipt, may_be_shared, receipt_of
from policybot.records import Answer
from policybot.sealing import as_file, sealed, sealing_key
from policybot.settings import Settings
from policybot.share_pdf import pdf_file
from policybot.share_text import text_file
from policybot.share_word import word_file
from policybot.web.browser import print_button, time_zone
from policybot.web.visit import Visit

Make = Callable[[Receipt, bytes], bytes]
FORMATS: tuple[tuple[str, str, str, Make], ...] = (
    ("PDF", "pdf", "application/pdf", pdf_file),
    ("Word", "docx", "application/vnd.openxmlformats-officedocument.wordprocessingml.document", word_file),
    ("Text", "txt", "text/plain", text_file),
    ("Receipt", "json", "application/json", lambda receipt, key: as_file(sealed(receipt, key))),
)
"""Name on the button, end of the file's name, media type, and what makes it."""
ABOUT = "Each file has the quotes and a receipt: the time, the version of the policy and a seal. Your name is not added."


@st.cache_resource(show_spinner=False)
def _key(organisation: str, database: str, _settings: Settings) -> bytes:
    """The organisation's key in the database at this address, drawn once."""
    return sealing_key(_settings, organisation)


def note_time(answer: Answer) -> None:
    """Remember that `answer` was given just now. To be called once, when it is; without it a receipt does not say when it
    was asked."""
    st.session_state[f"asked-at-{answer.id}"] = datetime.now(UTC)


def controls(visit: Visit, answer: Answer, key: str) -> None:
    """The row; nothing for an answer that may not leave the page. `key` is the turn's own."""
    if not may_be_shared(answer):
        return
    with st.container(key=f"share-{key}"), st.expander("Share or print", key=f"share-open-{key}"):
        st.html(f'<p class="pb-soft">{ABOUT}</p>')
        with st.container(horizontal=True, key=f"share-files-{key}"):
            for name, ending, media, make in FORMATS:
                st.download_button(
                    name, _maker(visit, answer, make), f"answer-{answer.id}.{ending}", media, key=f"share-{ending}-{key}",
                    icon=":material/download:", on_click="ignore",
                )  # fmt: skip
            print_button(f"share-print-{key}", "Print this page")


def _maker(visit: Visit, answer: Answer, make: Make) -> Callable[[], bytes]:
    """What makes the file once it is asked for. What the browser told of itself is read now: then it is not to be had."""
    zone, settings = time_zone(), visit.bot.settings
    asked, name = st.session_state.get(f"asked-at-{answer.id}"), visit.organisation.name

    def made() -> bytes:
        receipt = receipt_of(answer, name, datetime.now(zone), asked)
        return make(receipt, _key(visit.user.organisation, settings.database, settings))

    return made
