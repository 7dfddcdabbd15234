"""The highest rate that passes, by bisection. For RFC 9971's search with its goals use device_test("throughput")."""

from __future__ import annotations

import dataclasses
from collections.abc import Callable


@dataclasses.dataclass(frozen=True)
class Bounds:
    """What a search found, in the unit of the rates that it was given."""

    lower: float | None
    """The highest rate that passed; None when none did."""
    upper: float | None
    """The lowest rate that did not pass; None when the highest one passed."""


def highest_rate(passes: Callable[[float], bool], low: float, high: float, width: float = 0.01) -> Bounds:
    """Bisects from `high` down, until the rates that pass and those that do not are within `width` (a share of the latter)."""
    if not 0 < low <= high or not 0 < width < 1:
        raise ValueError("0 < low <= high and 0 < width < 1")
    if passes(high):
        return Bounds(high, None)
    lower, upper = None, high
    while upper - (lower or low) > width * upper:
        middle = ((lower or low) + upper) / 2
        if passes(middle):
            lower = middle
        else:
            upper = middle
    if lower is None and low < upper:
        if passes(low):
            lower = low
        else:
            upper = low
    return Bounds(lower, upper)
