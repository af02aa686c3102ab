"""Substitutes counted in a kit: what may stand in for a component, in which order, and how much of it that takes."""

from collections.abc import Callable
from datetime import date
from typing import NamedTuple

import numpy as np
import pandas as pd

from calculations.exact import MICRO
from calculations.product_structure import ProductStructure, in_force, up_to_step


class Choice(NamedTuple):
    """One substitute of a component; `ratio_micro` units of it for one unit of the main material."""

    position: int
    ratio_micro: int
    whole: bool
    bill: str

    def applies_to(self, by_bill: dict[str, int]) -> int:
        """The part of the need that this substitute may serve: all, or what its bill of materials asks for."""
        return by_bill.get(self.bill, 0) if self.bill else sum(by_bill.values())


class KitSubstitutes:
    """The substitutes in force on a day, by priority, then code.

    Args:
        rows: the table substitutes. structure: gives the items their positions.
    """

    def __init__(self, rows: pd.DataFrame, as_of: date, structure: ProductStructure):
        self._steps = structure.steps
        self._choices: dict[int, list[Choice]] = {}
        rows = rows[in_force(rows, as_of)].sort_values(["priority", "substitute", "bom"], kind="stable")
        columns = (
            structure.positions_of(rows["component"]),
            structure.positions_of(rows["substitute"]),
            rows["ratio_micro"].to_numpy(dtype=np.int64),
            (rows["strategy"] == "whole").to_numpy(),
            rows["bom"],
        )
        for component, position, ratio, whole, bill in zip(*(column.tolist() for column in columns), strict=True):
            if component >= 0 and position >= 0 and ratio > 0:
                self._choices.setdefault(component, []).append(Choice(position, ratio, whole, bill))

    def of(self, position: int) -> list[Choice]:
        """The substitutes of a component; none is the rule."""
        return self._choices.get(position, [])

    def fill(
        self,
        position: int,
        by_bill: dict[str, int],
        taken: int,
        used: dict[int, int],
        free: Callable[[int], int],
        whole_may_be_partial: bool = False,
    ) -> int:
        """Micro-units that substitutes add to what was `taken` of the main material; `used` is brought up to date.

        Mixed substitutes fill up what the main material leaves open. If that is not enough, the first whole substitute
        that serves the entire need replaces everything. With `whole_may_be_partial` the single material that serves
        most does, where none serves all.
        """
        required = sum(by_bill.values())
        mixed, borrowed = self._mix(position, by_bill, required - taken, free)
        if mixed < required - taken:
            whole = [choice for choice in self.of(position) if choice.whole and choice.applies_to(by_bill) == required]
            served = [(self._serves(choice, position, required, free), choice) for choice in whole]
            best = next((pair for pair in served if pair[0] == required), None)
            if best is None and whole_may_be_partial and served:
                best = max(served, key=lambda pair: pair[0])
            if best and best[0] > taken + mixed:
                used[position] = used.get(position, 0) - taken
                self._borrow(best[1], best[0], used, free)
                return best[0] - taken
        for choice, quantity in borrowed:
            self._borrow(choice, quantity, used, free)
        return mixed

    def _mix(self, position, by_bill, rest, free) -> tuple[int, list[tuple[Choice, int]]]:
        left_of_bill, left_of, borrowed, mixed = dict(by_bill), {}, [], 0
        for choice in self.of(position):
            if choice.whole or mixed == rest:
                continue
            limit = min(rest - mixed, choice.applies_to(left_of_bill))
            there = left_of.get(choice.position, free(choice.position))
            quantity = min(limit, self._worth(choice, position, there))
            if quantity <= 0:
                continue
            left_of[choice.position] = there - self._units(choice, quantity)
            if choice.bill:
                left_of_bill[choice.bill] -= quantity
            borrowed.append((choice, quantity))
            mixed += quantity
        return mixed, borrowed

    def _serves(self, choice: Choice, position: int, required: int, free) -> int:
        return min(required, self._worth(choice, position, free(choice.position)))

    def _worth(self, choice: Choice, position: int, there: int) -> int:
        """Main material that so many units of the substitute replace, in whole steps of the main material."""
        step = self._steps[position]
        return max(0, there) * MICRO // choice.ratio_micro // step * step

    def _units(self, choice: Choice, quantity: int) -> int:
        """Units of the substitute for so much main material."""
        return up_to_step(-(-quantity * choice.ratio_micro // MICRO), self._steps[choice.position])

    def _borrow(self, choice: Choice, quantity: int, used: dict[int, int], free) -> None:
        units = min(self._units(choice, quantity), free(choice.position))
        used[choice.position] = used.get(choice.position, 0) + units
