"""What a provider's package raised -> what it means here: too late, refused or broken, and whether to try again.

No package is imported: each has its own classes, and all of them keep the HTTP status and
what caused what. Only the status goes into a message, because the text of a refusal may
repeat what was sent.
"""

from __future__ import annotations

from collections.abc import Iterator

from policybot.errors import ChatBroken, ChatRefused, ChatTimedOut, ChatUnavailable

THING = "the chat model"
PASSING = {408, 409, 425, 429}
"""Statuses below 500 that another attempt may not meet."""
OF_THE_REQUEST = {400, 413, 414, 422}
"""Statuses that speak of what was asked, and say nothing about the next question."""
UNREADABLE = (ValueError, TypeError, LookupError, AttributeError)
"""What reading an answer in the wrong format raises. It was paid for, and would be again."""
CURES = {
    401: "Correct the provider's key in the environment",
    403: "The key may not use this model: choose another, or ask the provider",
    404: "Check the name in POLICYBOT_CHAT_MODEL, and POLICYBOT_CHAT_BASE_URL",
    429: "Too much was asked of it in a short time, or its credit is spent: wait, or see the provider's console",
}


def unavailable(failure: BaseException, begun: bool) -> ChatUnavailable:
    """`failure` as this program's own error, caused by it; `begun`: words had come already."""
    if isinstance(failure, ChatUnavailable):
        return failure
    told = _told(failure, begun)
    told.__cause__ = failure
    return told


def _told(failure: BaseException, begun: bool) -> ChatUnavailable:
    status = _status(failure)
    if status is not None:
        cure = CURES.get(status, "Run policybot doctor; the provider's status page may know more")
        return ChatRefused(THING, f"its provider answered with HTTP status {status}", cure)
    if any(isinstance(e, TimeoutError) or "Timeout" in type(e).__name__ for e in _chain(failure)):
        return ChatTimedOut(THING, "its answer did not come in time", "Ask again, or raise POLICYBOT_CHAT_TIMEOUT_S")
    if not begun and any(isinstance(e, OSError) for e in _chain(failure)):
        return ChatRefused(THING, "it cannot be reached", "Check POLICYBOT_CHAT_BASE_URL, the network, and that its server runs")
    cause = "its answer broke off" if begun else "what came back is no answer"
    return ChatBroken(THING, f"{cause} ({type(failure).__name__})", "Ask again; if it stays so, check POLICYBOT_CHAT_BASE_URL")


def worth_another_try(failure: BaseException) -> bool:
    """Whether the same request may fare better in a moment."""
    status = _status(failure)
    if status is not None:
        return status in PASSING or status >= 500
    return isinstance(failure, Exception) and not isinstance(failure, UNREADABLE)


def fault_of_the_request(failure: ChatUnavailable) -> bool:
    """Whether the provider refused this one request, being well itself."""
    return _status(failure) in OF_THE_REQUEST


def retry_after_s(failure: BaseException) -> float:
    """Seconds that the provider asks to wait, >= 0; 0 when it does not say, or names a date."""
    for error in _chain(failure):
        headers = getattr(getattr(error, "response", None), "headers", None) or {}
        told = str(headers.get("retry-after", "")).strip()
        if told.isdecimal():
            return float(told)
    return 0.0


def _status(failure: BaseException) -> int | None:
    """The HTTP status (400..599) that lies behind it; None when there was no refusal."""
    for error in _chain(failure):
        for said in (error, getattr(error, "response", None)):
            for name in ("status_code", "code"):
                status = getattr(said, name, None)
                if isinstance(status, int) and 400 <= status <= 599:
                    return int(status)
    return None


def _chain(failure: BaseException) -> Iterator[BaseException]:
    """It, and what it was caused by."""
    seen: set[int] = set()
    error: BaseException | None = failure
    while error is not None and id(error) not in seen:
        seen.add(id(error))
        yield error
        error = error.__cause__ or error.__context__
