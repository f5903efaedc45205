"""What training minimises: how far the ranking of a policy's clauses is from the labels."""

from __future__ import annotations

from collections.abc import Sequence

import torch
from torch import Tensor

from encoder.data import Asked

SCALE = 20.0
"""Cosines are multiplied by it before the softmax (1 / temperature)."""


def targets(questions: Sequence[Asked], clauses: int) -> tuple[Tensor, Tensor]:
    """(wanted, ignored): (questions, clauses) shares of probability that sum to 1 a row, and
    True where a clause is relevant too and so must not be pushed away."""
    wanted = torch.zeros(len(questions), clauses)
    ignored = torch.zeros(len(questions), clauses, dtype=torch.bool)
    for row, question in enumerate(questions):
        wanted[row, sorted(question.required)] = 1 / len(question.required)
        ignored[row, sorted(question.also - question.required)] = True
    return wanted, ignored


def listwise(asked: Tensor, clauses: Tensor, wanted: Tensor, ignored: Tensor) -> Tensor:
    """Mean cross-entropy between `wanted` and the softmax over every clause of the policy, >= 0.

    `asked` (q, d) and `clauses` (c, d) are unit vectors; ListNet's top-one loss (Cao et al., 2007).
    A required clause does not compete with another required one of the same question.
    """
    logits = (SCALE * asked @ clauses.T).masked_fill(ignored, float("-inf"))
    positive = wanted > 0
    others = logits.masked_fill(positive, float("-inf")).logsumexp(dim=1, keepdim=True)
    own = torch.logaddexp(logits, others.expand_as(logits)) - logits
    return (wanted * own.masked_fill(~positive, 0.0)).sum(dim=1).mean()
