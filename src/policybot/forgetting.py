"""Of a conversation in which somebody tells of a worry nothing stays: not what was counted, sent or judged before it either."""

from __future__ import annotations

from collections.abc import Sequence

from policybot.askings import Askings
from policybot.conversations import tells_of_worry
from policybot.gaps import Gaps
from policybot.records import Answer
from policybot.reviews import ReviewQueue


def forget_if_worried(conversation: Sequence[Answer], askings: Askings, gaps: Gaps, reviews: ReviewQueue) -> bool:
    """Delete what these stores hold of the conversation when it tells of a worry; whether it does.

    The turns before a worry belong to its story, whatever they were taken for when they came.
    """
    if not tells_of_worry(conversation):
        return False
    organisation, ids = conversation[-1].question.organisation, [answer.id for answer in conversation]
    askings.forget(organisation, ids)
    for answer_id in ids:
        gaps.remove(organisation, answer_id)
        reviews.remove(organisation, answer_id)
    return True
