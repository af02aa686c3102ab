"""Lead time of one item at a time: its own, else its supplier's, else its routing's."""

from datetime import date
from fractions import Fraction

import numpy as np
import pandas as pd

from calculations.errors import KitlineError
from calculations.exact import MICRO, micro_text
from calculations.offer_order import by_preference
from calculations.product_structure import ProductStructure, in_force

# A day of a work center that is not described, in micro-hours: what the import gives one without a capacity.
USUAL_HOURS = 8 * MICRO
# Working days in a century and a half: a routing that takes longer is a slip in its hours.
LONGEST_DAYS = 36600


class TooLongRouting(KitlineError):
    """Hours of a routing that make an order last longer than any calendar reaches."""

    kind = "too_long_routing"


def too_long(quantity_micro: int, name: str) -> TooLongRouting:
    """The error for an order of so much whose routing (of an item, or at a work center) never ends."""
    return TooLongRouting(
        f"an order of {micro_text(quantity_micro)} takes more than {LONGEST_DAYS} working days {name}; correct "
        "run_hours_per_unit, setup_hours or capacity_hours, or the quantity"
    )


class LeadTimes:
    """Working days from the start of an order to its receipt.

    A lead time given for the item is fixed, 0 too. Blank takes that of the supplier with the first priority in force;
    of a made item that of its routing: setup + run × quantity over the daily capacity of each work center, together up
    to whole days.
    """

    def __init__(self, world: dict, as_of: date, structure: ProductStructure):
        self._given = _or_none(world["items"]["lead_time_days"])
        self._sourcing, self._codes = structure.sourcing, structure.codes
        self._supplier = self._supplier_days(world["supplier_items"], as_of, structure)
        self._routing = self._routing_days(world["operations"], world["work_centers"], structure)

    def days(self, position: int, quantity_micro: int) -> int | None:
        """Working days to make, buy or subcontract so much; None where nothing says."""
        given = self._given[position]
        if given is not None:
            return given
        if self._sourcing[position] != "make":
            return self._supplier.get(position)
        if position not in self._routing:
            return None
        fixed, per_unit = self._routing[position]
        days = -int(-(fixed + per_unit * quantity_micro / MICRO) // 1)
        if days > LONGEST_DAYS:
            raise too_long(quantity_micro, f"to make {self._codes[position]}")
        return days

    def is_fixed(self, position: int) -> bool:
        """Whether the lead time is known and the same for every quantity."""
        return self._given[position] is not None or (
            self._sourcing[position] != "make" and self._supplier.get(position) is not None
        )

    def fixed_days(self) -> np.ndarray:
        """By position, the lead time that is the same for every quantity; −1 where it is not, or nothing says."""
        days = [self.days(position, 0) if self.is_fixed(position) else None for position in range(len(self._given))]
        return np.array([-1 if day is None else day for day in days], dtype=np.int64)

    def supplier(self, position: int) -> str:
        """The supplier whose lead time and offer come first; "" where there is none in force."""
        return self._suppliers.get(position, "")

    def _supplier_days(self, sources: pd.DataFrame, as_of: date, structure: ProductStructure) -> dict:
        sources = by_preference(sources[in_force(sources, as_of)]).drop_duplicates("item")
        days = _or_none(sources["lead_time_days"])
        positions = structure.positions_of(sources["item"]).tolist()
        self._suppliers = dict(zip(positions, sources["supplier"].tolist(), strict=True))
        return dict(zip(positions, days, strict=True))

    def _routing_days(self, operations: pd.DataFrame, centers: pd.DataFrame, structure: ProductStructure) -> dict:
        capacity = dict(zip(centers["work_center"], centers["capacity_hours_micro"].tolist(), strict=True))
        routing: dict[int, tuple[Fraction, Fraction]] = {}
        columns = (
            structure.positions_of(operations["item"]).tolist(),
            operations["work_center"].tolist(),
            operations["setup_hours_micro"].to_numpy(dtype=np.int64).tolist(),
            operations["run_hours_per_unit_micro"].to_numpy(dtype=np.int64).tolist(),
        )
        for position, center, setup, run in zip(*columns, strict=True):
            hours = capacity.get(center, USUAL_HOURS)
            if hours > 0:
                fixed, per_unit = routing.get(position, (Fraction(0), Fraction(0)))
                routing[position] = (fixed + Fraction(setup, hours), per_unit + Fraction(run, hours))
        return routing


def _or_none(numbers: pd.Series) -> list[int | None]:
    values, missing = numbers.fillna(0).to_numpy(dtype=np.int64).tolist(), numbers.isna().to_numpy().tolist()
    return [None if blank else value for value, blank in zip(values, missing, strict=True)]
