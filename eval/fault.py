"""What is wrong in a set, place by place, told all at once."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from eval.cases import CaseError


@dataclass(frozen=True, slots=True)
class Fault:
    """One thing that is wrong: where ('row 4, column Must cite'), why, and what to do about it."""

    where: str
    cause: str
    cure: str

    def __str__(self) -> str:
        return f"{self.where}: {self.cause}. {self.cure}"


class SetError(CaseError):
    """A file of cases cannot be read, or a set cannot be written. `faults`: everything that is wrong, in its order.

    Told together, because whoever mends a file of 80 rows should not have to upload it 80 times.
    """

    def __init__(self, file: str, faults: Sequence[Fault]) -> None:
        if not faults:
            raise ValueError("a SetError needs a fault")
        count = "1 fault" if len(faults) == 1 else f"{len(faults)} faults"
        super().__init__(file, f"{count}, so none of it was taken", "\n".join(["Correct:", *(f"- {f}" for f in faults)]))
        self.faults = tuple(faults)
