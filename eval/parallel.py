"""Work on many things at once, its results in order."""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from itertools import islice
from typing import TypeVar

Item = TypeVar("Item")
Result = TypeVar("Result")


def in_order(work: Callable[[Item], Result], items: Sequence[Item], workers: int) -> Iterator[Result]:
    """`work` of each item, in the order of the items, done by `workers` threads (at least 1: ValueError).

    What `work` raises is raised here in its item's turn. After that, or when the caller stops early or is
    interrupted, nothing further is begun; what is under way is waited for and thrown away.
    """
    pool = ThreadPoolExecutor(workers, thread_name_prefix="evaluation")
    try:
        # No more than is worked on and what comes next: a process that is told to end must not first finish them all.
        rest, begun = iter(items), deque[Future[Result]]()
        for item in islice(rest, 2 * workers):
            begun.append(pool.submit(work, item))
        while begun:
            result = begun.popleft().result()
            begun.extend(pool.submit(work, item) for item in islice(rest, 1))
            yield result
    finally:
        pool.shutdown(wait=True, cancel_futures=True)
