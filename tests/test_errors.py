"""The tree of errors, and the page that draws it."""

from __future__ import annotations

import inspect

from policybot import errors
from policybot.errors import PolicybotError


def subclasses(root: type[PolicybotError]) -> set[type[PolicybotError]]:
    return {root}.union(*(subclasses(child) for child in root.__subclasses__() if child.__module__ == errors.__name__))


def test_every_error_is_drawn_and_every_drawn_one_exists() -> None:
    drawn = {
        word for line in (errors.__doc__ or "").splitlines() for word in line.split() if "─" not in word and word != "│"
    }
    names = {cls.__name__ for cls in subclasses(PolicybotError)}
    assert names <= drawn
    assert {cls.__name__ for _, cls in inspect.getmembers(errors, inspect.isclass)} == names


def test_the_drawing_has_the_document_errors_under_their_own() -> None:
    under = [line for line in (errors.__doc__ or "").splitlines() if line.startswith("│   ")]
    assert {line.split("── ")[1].split()[0] for line in under} == {
        c.__name__ for c in errors.DocumentError.__subclasses__()
    }


def test_an_error_says_thing_cause_and_cure() -> None:
    error = errors.BrokenDocument("policy.pdf", "it ends too soon", "Export it again.")
    assert (error.thing, error.cause, error.cure) == ("policy.pdf", "it ends too soon", "Export it again.")
    assert str(error) == "policy.pdf: it ends too soon. Export it again."
