"""What of an order's cost stays in work in process, and what of it is scrap beyond the normal.

Amounts are minor units of the currency, quantities and degrees micro-units; everything is exact.
"""

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np

from calculations.exact import MICRO, checked, multiply_divide


@dataclass(frozen=True)
class Charges:
    """Costs of order elements, one position each, as int64 arrays of one length.

    `opening` and `added` are amounts; `opening_quantity` and `in_process` are units not finished at the start and at
    the end; `completed` counts good and scrapped units; `quota` is the standard amount per unit in minor units × 10⁶
    (0 = there is none).
    """

    opening: np.ndarray
    added: np.ndarray
    opening_quantity: np.ndarray
    opening_degree: np.ndarray
    completed: np.ndarray
    in_process: np.ndarray
    degree: np.ndarray
    quota: np.ndarray

    @property
    def total(self) -> np.ndarray:
        """Opening work in process and what was added."""
        return self.opening + self.added


def _share(amount: int, part: int, whole: int) -> int:
    """amount × part ÷ whole, half up; what is completed is rounded and work in process keeps the rest."""
    sign = -1 if amount < 0 else 1
    kept = whole - part
    return amount - sign * ((2 * abs(amount) * kept + whole) // (2 * whole))


def equivalent_units(charges: Charges) -> np.ndarray:
    """Closing work in process by the weighted average: completed share = C ÷ (C + W × degree).

    Source: Horngren, Cost Accounting, ch. on process costing; the doctest is its Pacific Electronics case.

    >>> one = lambda *values: np.array(values, dtype=np.int64)
    >>> charges = Charges(one(18000, 8100), one(19800, 16380), one(225, 225), one(MICRO, 600_000),
    ...                   one(400, 400), one(100, 100), one(MICRO, 500_000), one(0, 0))
    >>> equivalent_units(charges).tolist()
    [7560, 2720]
    """
    rows = zip(
        *(column.tolist() for column in (charges.total, charges.completed, charges.in_process, charges.degree)),
        strict=True,
    )
    kept = []
    for total, completed, in_process, degree in rows:
        part = in_process * degree
        kept.append(_share(total, part, completed * MICRO + part) if completed else total)
    return checked(kept)


def first_in_first_out(charges: Charges) -> np.ndarray:
    """Closing work in process when the units in process at the start are finished first.

    Units still unfinished keep their opening cost; the period's cost is spread over the period's equivalent units
    C + W × degree − W₀ × degree₀.

    >>> one = lambda *values: np.array(values, dtype=np.int64)
    >>> charges = Charges(one(18000, 8100), one(19800, 16380), one(225, 225), one(MICRO, 600_000),
    ...                   one(400, 400), one(100, 100), one(MICRO, 500_000), one(0, 0))
    >>> first_in_first_out(charges).tolist()
    [7200, 2600]
    """
    fallback = equivalent_units(charges)
    kept = []
    columns = (
        charges.opening,
        charges.added,
        charges.opening_quantity,
        charges.opening_degree,
        charges.completed,
        charges.in_process,
        charges.degree,
        fallback,
    )
    for opening, added, begun, begun_degree, completed, in_process, degree, average in zip(
        *(column.tolist() for column in columns), strict=True
    ):
        work = completed * MICRO + in_process * degree - begun * begun_degree
        if not completed or work <= 0 or (opening and not begun):
            kept.append(average)
            continue
        unfinished = max(0, min(begun - completed, in_process))
        part = min(max(0, in_process * degree - unfinished * begun_degree), work)
        kept.append((_share(opening, unfinished, begun) if begun else 0) + _share(added, part, work))
    return checked(kept)


def quota(charges: Charges) -> np.ndarray:
    """Closing work in process at its standard: units × degree × standard, never more than was spent.

    An element without a standard falls back to equivalent units.

    >>> one = lambda *values: np.array(values, dtype=np.int64)
    >>> quota(Charges(one(0), one(1000), one(0), one(0), one(8), one(2 * MICRO), one(MICRO), one(90 * MICRO)))
    array([180])
    """
    standard = multiply_divide(multiply_divide(charges.in_process, charges.degree, MICRO), charges.quota, MICRO * MICRO)
    standard = np.where(
        charges.quota > 0, np.minimum(standard, np.maximum(charges.total, 0)), equivalent_units(charges)
    )
    return np.where(charges.completed > 0, standard, charges.total)


def none(charges: Charges) -> np.ndarray:
    """No work in process is valued: whatever was finished carries all; an order with nothing finished keeps its cost.

    >>> one = lambda *values: np.array(values, dtype=np.int64)
    >>> none(Charges(one(0, 5), one(9, 5), one(0, 0), one(0, 0), one(1, 0), one(3, 3), one(1, 1), one(0, 0))).tolist()
    [0, 10]
    """
    return np.where(charges.completed > 0, 0, charges.total)


WIP_METHODS: dict[str, Callable[[Charges], np.ndarray]] = {
    "equivalent_units": equivalent_units,
    "first_in_first_out": first_in_first_out,
    "quota": quota,
    "none": none,
}


def closing_wip(charges: Charges, method: str) -> np.ndarray:
    """Closing work in process by the method; nothing stays where units were finished and none is in process."""
    finished = (charges.completed > 0) & (charges.in_process == 0)
    return np.where(finished, 0, WIP_METHODS[method](charges))


def abnormal_loss(amount, good, scrapped, yield_rate) -> np.ndarray:
    """The part of a completed amount that is scrap beyond the normal, half up.

    Normal scrap = (good + scrapped) × (1 − yield); its cost stays with the good units. Where nothing good came out
    there is nobody to carry it and all of it is loss.

    >>> abnormal_loss([100_00, 100_00], [9, 9], [1, 1], [900_000, MICRO]).tolist()
    [0, 1000]
    """
    lost = []
    for cost, fine, bad, rate in zip(
        *(np.asarray(x).tolist() for x in (amount, good, scrapped, yield_rate)), strict=True
    ):
        finished = (fine + bad) * MICRO
        excess = max(0, bad * MICRO - (fine + bad) * (MICRO - rate))
        lost.append(cost if bad and not fine else cost - _share(cost, finished - excess, finished) if finished else 0)
    return checked(lost)
