"""What a run can be cut by; a module of its own, because the command line names it before anything heavy is loaded."""

from __future__ import annotations

from enum import StrEnum


class Part(StrEnum):
    """A case is in one part, except of tags, where it is in one for each it has. The verdict is the right one."""

    ORGANISATION = "organisation"
    KIND = "kind"
    VERDICT = "verdict"
    TAG = "tag"
