"""What a page is shown with: the bot, the person, and the ways to the other pages."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cached_property

from streamlit.navigation.page import StreamlitPage

from policybot.bot import PolicyBot
from policybot.identity import Role, User
from policybot.records import Organisation
from policybot.shelf import Shelf


@dataclass(frozen=True, slots=True)
class Place:
    """A page: its name in the navigation, the end of its address, the module of policybot.web that shows it, and the roles
    of which a person needs one; () for everyone who is signed in."""

    title: str
    address: str
    module: str
    roles: tuple[Role, ...] = ()

    def open_to(self, user: User) -> bool:
        """Whether the person may use it."""
        return not self.roles or bool(user.roles & set(self.roles))


PLACES = (
    Place("Ask", "", "ask"),
    Place("Policies", "policies", "policies"),
    Place("Procedures", "procedures", "procedures"),
    Place("Insights", "insights", "insights", (Role.ADMINISTRATOR, Role.EVALUATOR)),
    Place("Evaluate", "evaluate", "evaluate", (Role.EVALUATOR,)),
    Place("Trust", "trust", "trust", (Role.TRUST_LEAD,)),
)
"""All pages, in the order of the navigation."""


@dataclass(frozen=True)
class Visit:
    """One run of a page. `pages`: Streamlit's pages by the module that shows them, all of them.

    What is read of the organisation is read once, so that one run shows one state of it.
    """

    bot: PolicyBot
    user: User
    pages: Mapping[str, StreamlitPage] = field(default_factory=dict)

    @cached_property
    def shelf(self) -> Shelf:
        """The shelf of the person's own organisation, as it is now. UnknownOrganisation, IndexMismatch."""
        return self.bot.library.shelf(self.user.organisation)

    @cached_property
    def organisation(self) -> Organisation:
        """The person's own, as it is now. UnknownOrganisation."""
        return self.bot.catalogue.organisation(self.user.organisation)

    @property
    def listed(self) -> tuple[StreamlitPage, ...]:
        """The pages that the person may use, in the order of the navigation."""
        return tuple(self.pages[p.module] for p in PLACES if p.module in self.pages and p.open_to(self.user))
