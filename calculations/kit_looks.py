"""What a number of sets would take of each item's supply, and what would be short: a look claims nothing.

Stock of a component goes first, then its substitutes, then it is made, where all levels are looked at. Each item is
looked at once, when everything that needs it is known.
"""

from collections.abc import Callable
from typing import NamedTuple

from calculations.item_supply import ItemSupply
from calculations.kit_substitutes import KitSubstitutes
from calculations.product_structure import Bill, Component, ProductStructure, up_to_step

# Position, required, available and short micro-units of a component that is not there in full. Plain tuples: an order
# book of 10,000 lines lacks 200,000 components.
Shortage = tuple[int, int, int, int]


class Look(NamedTuple):
    """What is taken of each item by position, and what is short, in the order in which it was looked at."""

    used: dict[int, int]
    shortages: list[Shortage]


class KitLooks:
    """Looks at bills against what is free.

    Args:
        all_levels: components that are made count as far as their own components allow.
        phantom_stock: whether stock of a phantom is used before its components.
    """

    def __init__(
        self,
        structure: ProductStructure,
        supply: ItemSupply,
        substitutes: KitSubstitutes,
        all_levels: bool,
        phantom_stock: bool,
    ):
        self._structure, self._supply, self._substitutes = structure, supply, substitutes
        self._all_levels, self._phantom_stock = all_levels, phantom_stock
        self._ladders: dict[int, Ladder | None] = {}

    def is_flat(self, bill: Bill) -> bool:
        """Whether the components are looked at one by one: no phantom, no substitute, nothing made below."""
        ladder = self.ladder(bill)
        return ladder is not None and ladder.is_flat

    def look(self, bill: Bill, sets: int, day: int, stop_when_short: bool = False) -> Look:
        """What `sets` micro-units of the bill's item take of what is free on the day.

        To know whether anything is short at all, `stop_when_short` ends with the first shortage.
        """
        ladder = self.ladder(bill)
        if ladder is None:
            return self._look(bill, sets, day, stop_when_short)
        return ladder.look(sets, self._supply, day, stop_when_short)

    def reached(self, bill: Bill) -> list[int]:
        """The components that a look may come to, parents first."""
        return self._structure.reached(bill, self._all_levels)

    def ladder(self, bill: Bill) -> "Ladder | None":
        """The levels of a bill ready for many looks; None where phantoms or substitutes are on the way."""
        if bill.key not in self._ladders:
            reached = self.reached(bill)
            winding = any(self._substitutes.of(item) or self._structure.is_phantom(item) for item in reached)
            self._ladders[bill.key] = None if winding else self._ladder(bill, reached)
        return self._ladders[bill.key]

    def _ladder(self, bill: Bill, reached: list[int]) -> "Ladder":
        below = [self._structure.bill(item) if self._is_made_below(bill, item) else None for item in reached]
        return Ladder(reached, bill.components, [made.components if made else () for made in below])

    def _is_made_below(self, bill: Bill, position: int) -> bool:
        return self._all_levels and self._structure.is_made(position) and position != bill.position

    def _look(self, bill: Bill, sets: int, day: int, stop_when_short: bool) -> Look:
        used: dict[int, int] = {}
        needs = Needs(self._structure, self._substitutes)
        supply_free = self._supply.free

        def free(position: int) -> int:
            left = supply_free(position, day) - used.get(position, 0)
            return left if left > 0 else 0

        def take(position: int, quantity: int) -> None:
            used[position] = used.get(position, 0) + quantity

        own = free if self._phantom_stock else (lambda _: 0)
        waiting, shortages = [], []
        needs.explode(bill, sets, own, take)
        for position in self.reached(bill):
            required = needs.total.get(position, 0)
            if not required:
                continue
            taken = min(free(position), required)
            if taken:
                used[position] = used.get(position, 0) + taken
            if taken == required:
                continue
            made = self._is_made_below(bill, position)
            if position in needs.by_bill and not made:
                # a substitute's own needs come first, so those who borrow it wait until all are known
                waiting.append((position, taken))
            elif made:
                if position in needs.by_bill:
                    taken += self._substitutes.fill(position, needs.by_bill[position], taken, used, free)
                if taken < required:
                    needs.explode(self._structure.bill(position), required - taken, own, take)
            else:
                shortages.append((position, required, taken, required - taken))
                if stop_when_short:
                    return Look(used, shortages)
        for position, taken in waiting:
            required = needs.total[position]
            taken += self._substitutes.fill(position, needs.by_bill[position], taken, used, free, True)
            if taken < required:
                shortages.append((position, required, taken, required - taken))
        return Look(used, shortages)


class Ladder:
    """The items below a bill, parents first, each with the rungs down to its components; no phantom, no substitute.

    A rung is the component's row, how many times the parent's quantity it needs, its step, and the component itself
    where the need is no whole number of times.
    """

    def __init__(self, items: list[int], components: tuple[Component, ...], below: list[tuple[Component, ...]]):
        self._rows = {position: row for row, position in enumerate(items)}
        self._items = items
        self._top = self._rungs(components)
        self._below = [self._rungs(parts) for parts in below]
        self.is_flat = not any(below)

    def _rungs(self, components: tuple[Component, ...]) -> tuple[tuple, ...]:
        simple = [component.denominator == 1 and component.fixed_micro == 0 for component in components]
        return tuple(
            (self._rows[part.position], part.numerator, part.step, None if whole else part)
            for part, whole in zip(components, simple, strict=True)
        )

    def look(self, sets: int, supply: ItemSupply, day: int, stop_when_short: bool) -> Look:
        """See `KitLooks.look`."""
        needs = [0] * len(self._items)
        for row, times, step, part in self._top:
            need = part.needed(sets) if part else sets * times
            needs[row] = need if not need % step else up_to_step(need, step)
        used: dict[int, int] = {}
        shortages: list[Shortage] = []
        there, claimed, free_of = supply.on_hand, supply.claimed, supply.free
        only_on_hand = day < supply.today
        # `needs` of later rows grow while earlier ones are looked at
        for position, required, rungs in zip(self._items, needs, self._below, strict=True):
            if not required:
                continue
            free = there[position] - claimed[position] if only_on_hand else free_of(position, day)
            if free >= required:
                used[position] = required
                continue
            if free > 0:
                used[position] = free
                rest = required - free
            else:
                free, rest = 0, required
            if not rungs:
                shortages.append((position, required, free, rest))
                if stop_when_short:
                    break
            for row, times, step, part in rungs:
                need = part.needed(rest) if part else rest * times
                needs[row] += need if not need % step else up_to_step(need, step)
        return Look(used, shortages)


class Needs:
    """What has been asked of each component so far; for those with substitutes also by the bill that asks."""

    def __init__(self, structure: ProductStructure, substitutes: KitSubstitutes):
        self.total: dict[int, int] = {}
        self.by_bill: dict[int, dict[str, int]] = {}
        self._structure, self._substitutes = structure, substitutes

    def explode(self, bill: Bill, quantity: int, free: Callable, take: Callable) -> None:
        """Add what so many micro-units of the bill's item need; phantoms take their own stock first."""
        total = self.total
        for position, need in self._structure.needs(bill, quantity, free, take):
            total[position] = total.get(position, 0) + need
            if self._substitutes.of(position):
                by_bill = self.by_bill.setdefault(position, {})
                by_bill[bill.code] = by_bill.get(bill.code, 0) + need
