"""Counts the kits of one order after the other from the same supply.

An order occupies what it requires of every component, as far as it is there, whether or not its set is complete: an
earlier order keeps its claim while it waits for the last part.
"""

from bisect import bisect_left
from datetime import date
from typing import NamedTuple

from calculations.item_supply import ItemSupply
from calculations.kit_looks import KitLooks, Look, Shortage
from calculations.kit_substitutes import KitSubstitutes
from calculations.product_structure import Bill, ProductStructure

EVER = 2**60
# Day and order number that cover a shortage; None when nothing does.
Cover = tuple[int, str] | None


class Kit(NamedTuple):
    """The answer for one order; the day is None when not every component will be there.

    `covers` stand beside `shortages`.
    """

    complete: int
    status: str
    day: int | None
    bottleneck: int | None
    shortages: list[Shortage]
    covers: list[Cover]


class KitCounter:
    """Serves one order after the other.

    Args:
        world: items, bills, stock, open orders. policies: resolved; see `kitting.check_kitting`.
        as_planned: look as planning does: without untracked and customer-supplied lines of bills, and with goods in
            inspection as a receipt.
    """

    def __init__(self, world: dict, as_of: date, policies: dict, as_planned: bool = False):
        self.structure = ProductStructure(world, as_of, policies, planned_only=as_planned)
        self.structure.refuse_cycles()
        self.supply = ItemSupply(world, as_of, policies, self.structure, with_inspection=as_planned)
        self.occupies = True
        self._with_receipts = policies["horizon"] == "with_receipts"
        self._substitutes = KitSubstitutes(world["substitutes"], as_of, self.structure)
        self._looks = KitLooks(
            self.structure,
            self.supply,
            self._substitutes,
            all_levels=policies["level"] == "all",
            phantom_stock=policies["phantom_stock"] == "consume",
        )

    def kit(self, position: int, quantity: int, due_day: int, covered: int = 0, bill: Bill | None = None) -> Kit:
        """The kit of `quantity` micro-units of an item, of which `covered` are complete already.

        Args:
            due_day: receipts up to this day count, where receipts count. bill: what an open order still needs; None
                takes the bill of materials in force.
        """
        if not covered:
            return self._kit(position, quantity, due_day, bill)
        self.supply.claim(position, covered)
        if covered >= quantity:
            return Kit(quantity, "ready", self.supply.today, None, [], [])
        rest = self._kit(position, quantity - covered, due_day, bill)
        status = "partial" if rest.status == "short" else rest.status
        return rest._replace(complete=rest.complete + covered, status=status)

    def take(self, bill: Bill, quantity: int) -> list[tuple[int, int, int, int, Cover]]:
        """What the components of a bill get, whatever day it comes; it is occupied.

        Returns:
            position, required, available (from stock, substitutes included), covered by nothing, and the day and order
            with which the part is complete that comes; sorted by item code.
        """
        wanted = self._looks.look(bill, quantity, self.supply.on_hand_day)
        used, short = wanted.used, {row[0]: row for row in wanted.shortages}
        direct = {part.position: part.needed(quantity) for part in bill.components}
        lines = []
        for position in sorted(self._looks.reached(bill), key=self.structure.codes.__getitem__):
            if position in short:
                _, required, available, lacking = short[position]
            else:
                # a phantom needs only what its own stock serves
                asked = 0 if self.structure.is_phantom(position) else direct.get(position, 0)
                required = available = max(asked, used.get(position, 0))
                lacking = 0
            if required:
                uncovered, cover = self._coming(position, used.get(position, 0), lacking)
                lines.append((position, required, available, uncovered, cover))
        for position, taken in used.items():
            self.supply.claim(position, taken)
        for position, _, _, lacking in wanted.shortages:
            self.supply.claim(position, lacking)
        return lines

    def _coming(self, position: int, used: int, lacking: int) -> tuple[int, Cover]:
        """How much of what is lacking no supply brings, and what completes the rest."""
        if not lacking:
            return 0, None
        coming = min(max(0, self.supply.free(position, EVER) - used), lacking)
        cover = self.supply.completed_by(position, used + coming) if coming else None
        return lacking - coming, cover

    def _kit(self, position: int, quantity: int, due_day: int, bill: Bill | None) -> Kit:
        day = max(due_day, self.supply.today) if self._with_receipts else self.supply.on_hand_day
        bill = bill or self._bill(position)
        if bill is None:
            return Kit(0, "no_bom", None, position, [], [])
        if self._looks.is_flat(bill):
            return self._flat_kit(bill, quantity, day)
        return self._deep_kit(bill, quantity, day)

    def _bill(self, position: int) -> Bill | None:
        sourcing, bill = self.structure.sourcing[position], self.structure.bill(position)
        if sourcing == "buy" or (bill is None and sourcing == "subcontract"):
            return self.structure.itself(position)
        return bill

    def _flat_kit(self, bill: Bill, quantity: int, day: int) -> Kit:
        """Each component for itself: sets by division, the day by its own supply."""
        supply, claimed = self.supply, self.supply.claimed
        complete = quantity
        fewest: tuple | None = None
        latest: tuple | None = None
        shortages, covers = [], []
        step = self.structure.steps[bill.position]
        for component in bill.components:
            position = component.position
            required = component.needed(quantity)
            free = supply.free(position, day)
            share = free / required if required else 1.0
            if required <= free:
                sets = quantity
                cover = supply.completed_by(position, required) if self._with_receipts else None
            else:
                sets = min(component.enough_for(free, step), quantity)
                cover = supply.completed_by(position, required)
                shortages.append((position, required, free, required - free))
                covers.append(cover)
                # of components with equally few sets the one with the smallest share of its need
                if fewest is None or (sets, share) < fewest[0]:
                    fewest = ((sets, share), position)
                complete = min(complete, sets)
            if self._with_receipts:
                late = (cover is None, cover[0] if cover else 0, -sets, -share)
                if latest is None or late > latest[0]:
                    latest = (late, position)
            if self.occupies:
                claimed[position] += required
        if not self._with_receipts or latest is None:
            return self._answer(quantity, complete, shortages, covers, supply.today, fewest[1] if fewest else None)
        never, last_day = latest[0][:2]
        return self._answer(quantity, complete, shortages, covers, None if never else last_day, latest[1])

    def _deep_kit(self, bill: Bill, quantity: int, day: int) -> Kit:
        wanted = self._looks.look(bill, quantity, day)
        complete, lacking = self._most_sets(bill, quantity, day, wanted)
        used, completed_by = wanted.used, self.supply.completed_by
        covers = [completed_by(short[0], used.get(short[0], 0) + short[3]) for short in wanted.shortages]
        if self._with_receipts:
            kit_day, bottleneck = self._kit_day(bill, quantity)
        else:
            kit_day, bottleneck = self.supply.today, self._shortest(lacking)
        if self.occupies:
            claimed = self.supply.claimed
            for position, taken in used.items():
                claimed[position] += taken
            for position, _, _, short in wanted.shortages:
                claimed[position] += short
        return self._answer(quantity, complete, wanted.shortages, covers, kit_day, bottleneck)

    def _answer(self, quantity: int, complete: int, shortages, covers, day: int | None, bottleneck: int | None) -> Kit:
        if not shortages:
            return Kit(quantity, "ready", day, None if day == self.supply.today else bottleneck, [], [])
        shown = day if self._with_receipts else None
        return Kit(complete, "partial" if complete else "short", shown, bottleneck, shortages, covers)

    def _most_sets(self, bill: Bill, quantity: int, day: int, wanted: Look) -> tuple[int, list[Shortage]]:
        """The most sets, in whole steps of the item, that nothing is short for, and what one step more would lack."""
        if not wanted.shortages:
            return quantity, []
        step = self.structure.steps[bill.position]
        enough, too_many, lacking = 0, -(-quantity // step), wanted.shortages
        trial = 1
        while too_many - enough > 1:
            shortages = self._looks.look(bill, trial * step, day).shortages
            if shortages:
                too_many, lacking = trial, shortages
            else:
                enough = trial
            trial = (enough + too_many) // 2
        return enough * step, lacking

    def _kit_day(self, bill: Bill, quantity: int) -> tuple[int | None, int | None]:
        """The first day on which nothing is short, and the component that was short until then."""
        days = self._receipt_days(bill)
        look = self._looks.look
        first = bisect_left(days, True, key=lambda day: not look(bill, quantity, day, True).shortages)
        if first == 0:
            return days[0], None
        bottleneck = self._shortest(look(bill, quantity, days[first - 1]).shortages)
        return (days[first] if first < len(days) else None), bottleneck

    def _shortest(self, shortages: list[Shortage]) -> int | None:
        """The component that lacks the largest share; the first by code when several do."""
        codes = self.structure.codes
        worst, most, of = None, 0, 1
        for position, required, _, short in shortages:
            # a fraction compared without dividing: a/b > c/d where a × d > c × b
            more = short * of - most * required
            if more > 0 or (more == 0 and worst is not None and codes[position] < codes[worst]):
                worst, most, of = position, short, required
        return worst

    def _receipt_days(self, bill: Bill) -> list[int]:
        """Today and every later day on which something that could serve the bill comes in."""
        days = {self.supply.today}
        for position in self._looks.reached(bill):
            for source in (position, *(choice.position for choice in self._substitutes.of(position))):
                if self.supply.has_receipts(source):
                    days.update(self.supply.timeline(source)[0][1:])
        return sorted(days)
