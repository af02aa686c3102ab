"""What one unit of each item should cost, rolled up over all levels of its bill of materials."""

from collections import defaultdict
from datetime import date
from fractions import Fraction

import pandas as pd

from calculations.cost_books import REFUSED
from calculations.exact import MICRO, checked
from calculations.item_prices import item_prices, supplier_prices
from calculations.policies import resolve
from calculations.product_structure import ProductStructure

ZERO = Fraction(0)


class CostRollUp:
    """Unit costs of a world's items, worked out where they are asked for, exactly.

    Args:
        world: items, boms, bom_lines, operations, work_centers, supplier_items and what prices come from.
        as_of: day on which bills and prices are in force. policies: resolved; `price_sources` and `loss` matter.
    Raises:
        CyclicStructure: an item contains itself; the message prints the path.
    """

    def __init__(self, world: dict[str, pd.DataFrame], as_of: date, policies: dict):
        # what nobody issues or what the customer brings is no cost of the item
        self.structure = ProductStructure(world, as_of, policies, planned_only=True)
        self.structure.refuse_cycles()
        self.prices, self.sources = item_prices(world, as_of, policies["price_sources"])
        first = supplier_prices(world, as_of).drop_duplicates("item")
        self.fees = dict(zip(first["item"], first["price_micro"].tolist(), strict=True))
        self.yields = world["items"]["yield_rate_micro"].tolist()
        self.output = dict(zip(world["boms"]["bom"], world["boms"]["output_quantity_micro"].tolist(), strict=True))
        self.operations = _operations(world)
        self.refused: list[tuple] = []
        self._rows = world["items"].index.tolist()
        self._costs: dict[int, tuple[Fraction, Fraction, Fraction]] = {}

    def of(self, position: int) -> tuple[Fraction, Fraction, Fraction]:
        """Material, conversion and subcontract cost of one unit, in micro-units of the currency."""
        if position not in self._costs:
            self._costs[position] = self._cost(position)
        return self._costs[position]

    def _cost(self, position: int) -> tuple[Fraction, Fraction, Fraction]:
        item, sourcing = self.structure.codes[position], self.structure.sourcing[position]
        bill = self.structure.bill(position)
        price = self.prices.get(item)
        if sourcing == "buy" and price is not None:
            return Fraction(price), ZERO, ZERO
        if bill is None and sourcing != "subcontract":
            if price is None and not (sourcing == "make" and item in self.operations):
                self._report(position, "no source has a price for it; its cost counts as 0")
            if price is not None:
                return Fraction(price), ZERO, ZERO
        output = Fraction(self.output[bill.code], MICRO) if bill else Fraction(1)
        material, conversion, subcontract = self._components(bill, output)
        if sourcing == "make":
            conversion += self._conversion(item, output)
        if sourcing == "subcontract":
            fee = self.fees.get(item)
            if fee is None:
                self._report(position, "no supplier has a price for processing it; its fee counts as 0")
            subcontract += fee or 0
        good = Fraction(self.yields[position], MICRO)
        return material / good, conversion / good, subcontract / good

    def _components(self, bill, output: Fraction) -> tuple[Fraction, Fraction, Fraction]:
        """Cost of what one started unit needs; a fixed loss of the order is spread over the bill's output."""
        sums = [ZERO, ZERO, ZERO]
        for component in bill.components if bill else ():
            need = (
                Fraction(component.numerator, component.denominator) + Fraction(component.fixed_micro, MICRO) / output
            )
            for kind, cost in enumerate(self.of(component.position)):
                sums[kind] += need * cost
        return tuple(sums)

    def _conversion(self, item: str, output: Fraction) -> Fraction:
        """Setup is spread over the bill's output quantity; hours × (labor + machine rate)."""
        return sum(
            (
                (Fraction(setup, MICRO) / output + Fraction(run, MICRO)) * rate
                for setup, run, rate in self.operations.get(item, ())
            ),
            ZERO,
        )

    def _report(self, position: int, what: str) -> None:
        item = self.structure.codes[position]
        message = f"{item}: {what}; give a supplier's price or a standard cost"
        self.refused.append(("items", self._rows[position], "standard_cost", "", message))


def _operations(world: dict) -> dict[str, list[tuple[int, int, int]]]:
    """Setup hours, run hours per unit and hourly rate of each item's operations, in micro-units."""
    rows = world["operations"].merge(world["work_centers"], on="work_center", how="left")
    rate = rows["labor_rate_micro"].fillna(0).astype("int64") + rows["machine_rate_micro"].fillna(0).astype("int64")
    found: dict[str, list[tuple[int, int, int]]] = defaultdict(list)
    for item, setup, run, hourly in zip(
        rows["item"], rows["setup_hours_micro"].tolist(), rows["run_hours_per_unit_micro"].tolist(), rate.tolist(),
        strict=True,
    ):  # fmt: skip
        found[item].append((setup, run, hourly))
    return dict(found)


def half_up(value: Fraction) -> int:
    """The nearest whole number, a half away from zero.

    >>> half_up(Fraction(5, 2)), half_up(Fraction(-5, 2))
    (3, -3)
    """
    sign = -1 if value < 0 else 1
    return sign * int((2 * abs(value) + 1) // 2)


def roll_up_costs(world: dict[str, pd.DataFrame], as_of: date, policies: dict | None = None) -> dict[str, pd.DataFrame]:
    """Cost of one unit of every item, of all its levels.

    Bought items take the first of the policy `price_sources` that has a price; subcontracted ones the fee of their
    first supplier; made ones their operations. Loss and yield are in: a good unit carries what it takes to get it.

    Returns:
        costs: item, material_micro, conversion_micro, subcontract_micro, total_micro (the sum of the three), source of
            the price ("" where it is rolled up); sorted by item.
        cost_lines: item, component, quantity_micro (for one good unit), unit_cost_micro, amount_micro: the first level
            below each item; sorted.
        refused: items without a price.
    """
    policies = resolve(policies, as_of)
    roll_up = CostRollUp(world, as_of, policies)
    codes = roll_up.structure.codes
    costs, lines = [], []
    for position in sorted(range(len(codes)), key=codes.__getitem__):
        parts = [half_up(part) for part in roll_up.of(position)]
        rolled = roll_up.structure.sourcing[position] != "buy" and roll_up.structure.bill(position) is not None
        costs.append((codes[position], *parts, sum(parts), "" if rolled else roll_up.sources.get(codes[position], "")))
        lines += _lines(roll_up, position) if rolled else []
    costs_frame = _frame(
        costs, ["item", "material_micro", "conversion_micro", "subcontract_micro", "total_micro", "source"]
    )
    return {
        "costs": costs_frame,
        "cost_lines": _frame(lines, ["item", "component", "quantity_micro", "unit_cost_micro", "amount_micro"]),
        "refused": pd.DataFrame(roll_up.refused, columns=REFUSED),
    }


def _lines(roll_up: CostRollUp, position: int) -> list[tuple]:
    structure = roll_up.structure
    bill = structure.bill(position)
    output, good = Fraction(roll_up.output[bill.code], MICRO), Fraction(roll_up.yields[position], MICRO)
    rows = []
    for component in bill.components:
        need = Fraction(component.numerator, component.denominator) + Fraction(component.fixed_micro, MICRO) / output
        need /= good
        unit = sum(roll_up.of(component.position), ZERO)
        codes = structure.codes[position], structure.codes[component.position]
        rows.append((*codes, half_up(need * MICRO), half_up(unit), half_up(need * unit)))
    return sorted(rows)


def _frame(rows: list[tuple], columns: list[str]) -> pd.DataFrame:
    cells = list(zip(*rows, strict=True)) if rows else [()] * len(columns)
    return pd.DataFrame(
        {
            name: checked(list(values)) if name.endswith("_micro") else pd.Series(list(values), dtype="str")
            for name, values in zip(columns, cells, strict=True)
        }
    )
