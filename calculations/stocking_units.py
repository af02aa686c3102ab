"""Quantities entered in another unit, in the item's stocking unit: converted once, where the item is known."""

from collections.abc import Callable

import pandas as pd

from calculations.exact import MICRO, micro_text
from calculations.stock_ledger import Refused


class StockingUnits:
    """The stocking unit and step of each item, and the conversions to it; an item's own come before general ones."""

    def __init__(self, world: dict[str, pd.DataFrame]):
        items = world["items"]
        self._unit = dict(zip(items["item"].tolist(), items["unit"].tolist(), strict=True))
        self._step = {
            item: 10 ** (6 - places) for item, places in zip(items["item"], items["decimals"].tolist(), strict=True)
        }
        rows = world["unit_conversions"]
        keys = zip(rows["item"].tolist(), rows["from_unit"].tolist(), rows["to_unit"].tolist(), strict=True)
        self._factor = dict(zip(keys, rows["factor_micro"].tolist(), strict=True))

    def quantity(self, item: str, unit: str, entered: int, rounding: Callable[[int, int], int]) -> int:
        """Micro-units of the stocking unit in `entered` micro-units of `unit` ("" is the stocking unit).

        Args:
            rounding: `down` for what comes in, `up` for what goes out, to the item's decimals.
        Raises:
            Refused: no conversion is known, or nothing is left after rounding.
        """
        stocking = self._unit.get(item, unit)
        if not unit or unit == stocking:
            return entered
        step = self._step.get(item, 1)
        exact = self._exact(item, unit, stocking, entered)
        if exact is None:
            raise Refused("unit", unit, f"unit {unit} of {item} cannot be converted to its stocking unit {stocking}; "
                          f"add the factor to unit_conversions, or enter the quantity in {stocking}")  # fmt: skip
        numerator, denominator, doubt = exact
        nearest = (2 * numerator + denominator * step) // (2 * denominator * step) * step
        # a factor is known to six decimals: a whole step within what that leaves open is meant
        whole = abs(nearest * denominator - numerator) <= doubt
        converted = nearest if whole else rounding(numerator, denominator * step) * step
        if converted == 0:
            raise Refused("quantity", micro_text(entered), f"{micro_text(entered)} {unit} of {item} are less than the "
                          f"smallest quantity of it in {stocking}; correct the quantity")  # fmt: skip
        return converted

    def _exact(self, item: str, unit: str, stocking: str, entered: int) -> tuple[int, int, int] | None:
        """Numerator and denominator of the exact quantity, and by how much the numerator may be off."""
        for owner in (item, ""):
            factor = self._factor.get((owner, unit, stocking))
            if factor is not None:
                return entered * factor, MICRO, max(abs(entered) // 2, MICRO)
            factor = self._factor.get((owner, stocking, unit))
            if factor is not None:
                # entered ÷ (factor ± half a micro-unit), to the first order
                return entered * MICRO, factor, max(abs(entered) * MICRO // (2 * factor), factor)
        return None


def down(numerator: int, denominator: int) -> int:
    """Rounded down: goods that come in are not more than was there.

    >>> down(35, 10), down(-35, 10)
    (3, -4)
    """
    return numerator // denominator


def up(numerator: int, denominator: int) -> int:
    """Rounded up: what goes out is enough; what comes back (negative) is not more than was there.

    >>> up(35, 10), up(-35, 10)
    (4, -3)
    """
    return -(-numerator // denominator)
