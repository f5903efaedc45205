"""Forty made-up people who ask for four months, for the tests of the figures. No store is needed for it."""

from __future__ import annotations

import random
from datetime import date, timedelta

from policybot.askings import Asking
from policybot.records import Verdict

TODAY = date(2026, 3, 10)
MONTHS = (date(2025, 12, 1), date(2026, 1, 1), date(2026, 2, 1), date(2026, 3, 1))
PEOPLE = 40

ANSWERED = (
    ("Personal Use", Verdict.CONDITIONAL, 9), ("Personal Use", Verdict.NOT_ALLOWED, 8), ("Personal Use", Verdict.ALLOWED, 6),
    ("Business Use", Verdict.CONDITIONAL, 6), ("Business Use", Verdict.NOT_ALLOWED, 3), ("Business Use", Verdict.INFORMATIONAL, 2),
    ("General", Verdict.NOT_ALLOWED, 8), ("Equal Opportunity", Verdict.INFORMATIONAL, 2), ("Scope", Verdict.INFORMATIONAL, 6),
    ("Introduction", Verdict.INFORMATIONAL, 1),
)  # fmt: skip
"""Topic, verdict, and how often of a hundred questions or so."""
DRONES = (
    "Can I fly a drone over the playground?", "Are drones allowed on school trips?", "May I film sports day with a drone?",
    "Can we use a drone to take pictures of the site?", "Is it ok to bring my drone to work?", "Who may fly the drone at the summer fair?",
)  # fmt: skip
WATCHES = (
    "Can I wear a smartwatch in the nursery?", "Are smartwatches allowed in the baby room?",
    "My smartwatch shows messages, is that fine at work?", "Is it ok to keep my smartwatch on during the day?",
    "May I read messages on my smartwatch at work?",
)  # fmt: skip
ODD = ("Can I park in the front drive?", "How much is sick pay?", "What is for lunch in the canteen?", "Can I bring my dog to work?")


def month_of_askings(organisation: str, first: date, seed: int = 0, share: float = 1.0) -> list[Asking]:
    """One month of about 75 questions by up to PEOPLE people; `share` (0 to 1) of them. The same for the same seed."""
    chance = random.Random(f"{organisation} {first} {seed}")
    said: list[tuple[str, Verdict, str]] = [(topic, verdict, "") for topic, verdict, often in ANSWERED for _ in range(often)]
    said += [("Scope", Verdict.NOT_COVERED, text) for text in (*DRONES, *DRONES[:2])]
    said += [("Personal Use", Verdict.NOT_COVERED, text) for text in (*WATCHES, *WATCHES[:2])]
    said += [("", Verdict.NOT_COVERED, text) for text in ODD]
    chance.shuffle(said)
    made, end = [], (first + timedelta(days=31)).replace(day=1)
    for number, (topic, verdict, question) in enumerate(said[: round(share * len(said))]):
        # Sixteen days in, half of everything has been asked: weeks differ, and nobody asks at weekends only.
        day = first + timedelta(days=min((end - first).days - 1, int(chance.triangular(0, 31, 12))))
        made.append(
            Asking(
                id=f"{organisation}-{first:%Y-%m}-{number}", organisation=organisation, day=day,
                asker=f"{first:%Y-%m} person {number % PEOPLE}", verdict=verdict, topic=topic, question=question,
            )
        )  # fmt: skip
    return made
