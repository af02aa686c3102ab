"""What an item is made of, looked at one item at a time: the bill in force, its merged lines, phantoms blown through.

`bills_of_materials` answers the same questions for whole levels as arrays. Kitting and promising walk from order line
to order line, each changing what the next one finds; they need plain Python integers, built only where they walk.
"""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import date
from fractions import Fraction

import numpy as np
import pandas as pd

from calculations.errors import KitlineError, QuantityOverflow
from calculations.exact import MICRO, SAFE_PRODUCT, multiply_divide, reduced, step_of
from calculations.low_level_codes import CyclicBillOfMaterials, low_level_codes

UNTRACKED = "none"


class TotalLoss(KitlineError):
    """A loss rate of 100 % or more where the need is divided by what is left."""

    kind = "total_loss"


@dataclass(frozen=True)
class Component:
    """A component of one unit: need = quantity × numerator ÷ denominator + fixed_micro, up to whole steps.

    The fixed part is below zero where an order holds some of the component already.
    """

    position: int
    numerator: int
    denominator: int
    fixed_micro: int
    step: int

    def needed(self, quantity_micro: int) -> int:
        """Micro-units for so many micro-units of the parent, rounded as `exact.round_up_to` rounds.

        >>> Component(0, 5, 3, 0, MICRO).needed(6 * MICRO) // MICRO
        10
        """
        exact = -(-quantity_micro * self.numerator // self.denominator) + self.fixed_micro
        return up_to_step(exact, self.step) if exact > 0 else 0

    def enough_for(self, available_micro: int, step: int) -> int:
        """The largest whole steps of the parent that `available_micro` allows, never below zero."""
        usable = available_micro // self.step * self.step - self.fixed_micro
        return max(0, usable * self.denominator // self.numerator // step * step)


@dataclass(frozen=True)
class Bill:
    """The bill of materials in force for an item, or what an open order still needs; `key` tells one from the other."""

    code: str
    position: int
    phantom: bool
    components: tuple[Component, ...]
    key: int


@dataclass(frozen=True)
class BillArrays:
    """All bills in force at once. By item position: its lines are `starts` to `ends` (empty without a bill), and
    `phantom` says that it is passed through. By line: the need of a component is quantity × numerator ÷ denominator +
    fixed.
    """

    starts: np.ndarray
    ends: np.ndarray
    phantom: np.ndarray
    component: np.ndarray
    numerator: np.ndarray
    denominator: np.ndarray
    fixed: np.ndarray

    def needs(self, lines: np.ndarray, quantity: np.ndarray, steps: np.ndarray) -> np.ndarray:
        """Micro-units of the lines' components for so much of their parents, up to whole steps of the component.

        Args:
            lines: places of lines. quantity: of the parent, beside them. steps: by item position.
        """
        exact = multiply_divide(quantity, self.numerator[lines], self.denominator[lines], "up") + self.fixed[lines]
        return up_to_step(exact, steps[self.component[lines]])


def up_to_step(micro: int, step: int) -> int:
    """Whole steps, with the tolerance of one micro-unit that stands before every rounding up; arrays too.

    >>> up_to_step(1_000_001, 1_000_000), up_to_step(1_000_002, 1_000_000)
    (1000000, 2000000)
    """
    return -(-(micro - (step > 1)) // step) * step


class ProductStructure:
    """The items of a world by position, and the bill of each when asked for.

    Args:
        world: items, boms, bom_lines. as_of: the day on which effectivity is looked at.
        policies: `loss` (multiply: × (1 + rate); divide: ÷ (1 − rate)).
        planned_only: leave out untracked (`none`) and customer-supplied lines, which planning never asks for.
    """

    def __init__(self, world: dict, as_of: date, policies: dict, planned_only: bool = False):
        items = world["items"]
        self.index = pd.Index(items["item"])
        self.codes: list[str] = self.index.tolist()
        self.steps: list[int] = step_of(items["decimals"].to_numpy(dtype=np.int64)).tolist()
        self.sourcing: list[str] = items["sourcing"].tolist()
        self._divide = policies["loss"] == "divide"
        self._bills: dict[int, Bill | None] = {}
        self._with_phantom: dict[int, bool] = {}
        self._reached: dict[tuple[int, bool], list[int]] = {}
        self._pick_bills(world["boms"], as_of)
        self._sort_lines(world["bom_lines"], as_of, planned_only)

    def positions_of(self, codes: pd.Series) -> np.ndarray:
        """The position of each item code; −1 where there is no such item."""
        return self.index.get_indexer(codes)

    def low_level_codes(self) -> np.ndarray:
        """The low-level code of each item, by position, in the bills in force.

        Raises:
            CyclicBillOfMaterials: an item contains itself; the message prints the path.
        """
        parents = np.repeat(self._bill_positions, np.diff(self._starts))
        return low_level_codes(parents, self._component, self.codes)

    def refuse_cycles(self) -> None:
        """Raise CyclicBillOfMaterials, with the path, when an item contains itself in the bills in force."""
        self.low_level_codes()

    def bill_arrays(self) -> BillArrays:
        """Every bill in force as arrays, for what looks at whole levels."""
        starts, ends = (np.zeros(len(self.codes), dtype=np.int64) for _ in range(2))
        starts[self._bill_positions], ends[self._bill_positions] = self._starts[:-1], self._starts[1:]
        phantom = np.zeros(len(self.codes), dtype=bool)
        phantom[self._bill_positions] = self._bill_phantom & self._bill_has_lines
        numerator, denominator = self._ratios()
        return BillArrays(starts, ends, phantom, self._component, numerator, denominator, self._fixed)

    def _ratios(self) -> tuple[np.ndarray, np.ndarray]:
        """Units of each line's component for one of the parent, in lowest terms; see `_ratio`."""
        bill = np.repeat(np.arange(len(self._bill_index)), np.diff(self._starts))
        above, below = self._quantity, self._bill_output[bill]
        kept = np.full(len(above), MICRO), (MICRO - self._loss if self._divide else MICRO + self._loss)
        if self._divide:
            for row in np.flatnonzero(kept[1] <= 0)[:1]:
                self._ratio(1, int(self._loss[row]), 1, str(self._bill_index[bill[row]]))
        times, over = kept if self._divide else kept[::-1]
        for _ in range(2):
            # reduced crosswise, the products of the two fractions are in lowest terms
            (above, below), (times, over) = _lowest(above, below), _lowest(times, over)
            (above, over), (times, below) = _lowest(above, over), _lowest(times, below)
        if max(_largest(above, times), _largest(below, over)) > SAFE_PRODUCT:
            raise QuantityOverflow("a bill of materials has a quantity too large to count exactly; use a larger unit")
        return above * times, below * over

    def bill(self, position: int) -> Bill | None:
        """The bill in force for an item: the highest version; None when there is none, or it has no line in force."""
        if position not in self._bills:
            self._bills[position] = self._build(position)
        return self._bills[position]

    def itself(self, position: int) -> Bill:
        """A bill whose only component is the item itself: what is bought and sold as it is."""
        return Bill("", position, False, (Component(position, 1, 1, 0, self.steps[position]),), -1 - position)

    def is_phantom(self, position: int) -> bool:
        """Whether the item is passed through: never made for itself."""
        bill = self.bill(position)
        return bill is not None and bill.phantom

    def is_made(self, position: int) -> bool:
        """Whether the item comes from its components: not bought, and a bill is in force."""
        return self.sourcing[position] != "buy" and self.bill(position) is not None

    def needs(
        self,
        bill: Bill,
        quantity: int | Fraction,
        free: Callable[[int], int],
        take: Callable[[int, int], None],
    ) -> list[tuple[int, int]]:
        """What `quantity` micro-units of the bill's item need, each component once.

        Phantoms are blown through; what `free` says is there of them is used first and told to `take`.

        Returns:
            (position, micro-units rounded up to the component's step).
        """
        if not self.has_phantom(bill):
            return [(component.position, component.needed(quantity)) for component in bill.components]
        total: dict[int, Fraction] = {}
        self._blow_through(bill, Fraction(quantity), total, free, take, [bill.position])
        return [(position, up_to_step(-(-need // 1), self.steps[position])) for position, need in total.items()]

    def has_phantom(self, bill: Bill) -> bool:
        """Whether a direct component is a phantom."""
        if bill.key not in self._with_phantom:
            found = any(self.is_phantom(component.position) for component in bill.components)
            self._with_phantom[bill.key] = found
        return self._with_phantom[bill.key]

    def reached(self, bill: Bill, all_levels: bool) -> list[int]:
        """Positions of the components, phantoms among them, parents before their components.

        Only where `refuse_cycles` found none.
        """
        key = (bill.key, all_levels)
        if key not in self._reached:
            finished: dict[int, None] = {}
            self._visit(bill, all_levels, finished)
            self._reached[key] = list(reversed(finished))
        return self._reached[key]

    def _pick_bills(self, boms: pd.DataFrame, as_of: date) -> None:
        boms = boms[in_force(boms, as_of)]
        boms = boms.sort_values(["version", "bom"], ascending=[False, True], kind="stable")
        position = self.positions_of(boms["item"])
        known = position >= 0
        picked = pd.DataFrame(
            {
                "position": position[known],
                "bom": boms["bom"].to_numpy()[known],
                "output": boms["output_quantity_micro"].to_numpy()[known],
                "phantom": boms["phantom"].to_numpy()[known],
            }
        ).drop_duplicates("position")
        self._bill_phantom = picked["phantom"].to_numpy(dtype=bool)
        self._bill_output = picked["output"].to_numpy(dtype=np.int64)
        self._headers = {row[0]: row[1:] for row in zip(*(picked[name].tolist() for name in picked), strict=True)}
        self._bill_index = pd.Index(picked["bom"])
        self._bill_positions = picked["position"].to_numpy()
        self._bill_rows = {position: row for row, position in enumerate(picked["position"].tolist())}

    def _sort_lines(self, lines: pd.DataFrame, as_of: date, planned_only: bool) -> None:
        bill, component = self._bill_index.get_indexer(lines["bom"]), self.positions_of(lines["component"])
        kept = in_force(lines, as_of) & (bill >= 0)
        if planned_only:
            kept &= ((lines["issue_method"] != UNTRACKED) & (lines["supplied_by"] != "customer")).to_numpy()
        self._bill_has_lines = np.bincount(bill[kept], minlength=len(self._bill_index)) > 0
        kept &= component >= 0
        order = np.flatnonzero(kept)
        order = order[np.argsort(bill[order], kind="stable")]
        self._starts = np.searchsorted(bill[order], np.arange(len(self._bill_index) + 1))
        self._component = component[order]
        self._quantity = lines["quantity_micro"].to_numpy()[order]
        self._loss = lines["loss_rate_micro"].to_numpy()[order]
        self._fixed = lines["fixed_loss_micro"].to_numpy()[order]

    def _build(self, position: int) -> Bill | None:
        if position not in self._headers:
            return None
        code, output, phantom = self._headers[position]
        row = self._bill_rows[position]
        lines = slice(self._starts[row], self._starts[row + 1])
        merged: dict[int, tuple[int, int, int]] = {}
        columns = (self._component, self._quantity, self._loss, self._fixed)
        for component, quantity, loss, fixed in zip(*(column[lines].tolist() for column in columns), strict=True):
            upper, lower = self._ratio(quantity, loss, output, code)
            if component in merged:
                # two lines of the same component are one need: a/b + c/d
                before, divisor, fixed_before = merged[component]
                upper, lower, fixed = upper * divisor + before * lower, lower * divisor, fixed + fixed_before
            merged[component] = (upper, lower, fixed)
        if not merged:
            return None
        by_code = sorted(merged, key=self.codes.__getitem__)
        components = tuple(self._component_of(part, *merged[part]) for part in by_code)
        return Bill(code, position, phantom, components, position)

    def _component_of(self, position: int, upper: int, lower: int, fixed: int) -> Component:
        return Component(position, *reduced(upper, lower), fixed, self.steps[position])

    def _ratio(self, quantity: int, loss: int, output: int, code: str) -> tuple[int, int]:
        if not loss:
            return quantity, output
        if not self._divide:
            return quantity * (MICRO + loss), output * MICRO
        if loss >= MICRO:
            raise TotalLoss(f"bill of materials {code} loses {loss / MICRO:.0%} of a component; give a rate below 1")
        return quantity * MICRO, output * (MICRO - loss)

    def _blow_through(self, bill, quantity, total, free, take, path) -> None:
        for component in bill.components:
            position = component.position
            need = max(quantity * component.numerator / component.denominator + component.fixed_micro, Fraction(0))
            if not self.is_phantom(position):
                total[position] = total.get(position, Fraction(0)) + need
                continue
            self._refuse_cycle(position, path)
            own = min(Fraction(free(position)), need)
            if own > 0:
                take(position, -(-own // 1))
            if own < need:
                self._blow_through(self.bill(position), need - own, total, free, take, [*path, position])

    def _visit(self, bill: Bill, all_levels: bool, finished: dict) -> None:
        # the last component first, so that the reversed order keeps components in the order of their codes
        for component in reversed(bill.components):
            position = component.position
            if position in finished:
                continue
            if self.is_phantom(position) or (all_levels and self.is_made(position)):
                self._visit(self.bill(position), all_levels, finished)
            finished[position] = None

    def _refuse_cycle(self, position: int, path: list[int]) -> None:
        if position in path:
            names = " → ".join(self.codes[place] for place in [*path[path.index(position) :], position])
            raise CyclicBillOfMaterials(
                f"item {self.codes[position]} contains itself: {names}; remove one of these lines"
            )


def _lowest(numerator: np.ndarray, denominator: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    common = np.maximum(np.gcd(numerator, denominator), 1)
    return numerator // common, denominator // common


def _largest(one: np.ndarray, other: np.ndarray) -> float:
    return float((one.astype(float) * other.astype(float)).max(initial=0))


def in_force(rows: pd.DataFrame, day: date) -> np.ndarray:
    """Which rows are in force on the day, by effective_from and effective_to, both ends included."""
    when = np.datetime64(day, "s")
    starts, ends = rows["effective_from"].to_numpy(), rows["effective_to"].to_numpy()
    return (np.isnat(starts) | (starts <= when)) & (np.isnat(ends) | (ends >= when))
