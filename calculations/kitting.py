"""Kitting check: how many complete sets of components each open order line can have, and what is missing.

An order line asks for its open quantity to be made, so its components are looked at; finished stock of the item is the
business of the promise date, unless the world says what is under way (`kit_progress.lines_under_way`). Of an item that
is bought, or subcontracted without a bill of materials, the item itself is the only component. Bills are those in force
on `as_of`, the day on which building could start.

A line occupies what it requires of every component, as far as it is there, whether or not its set is complete: an
earlier order keeps its claim while it waits for the last part.
"""

from bisect import bisect_left
from collections.abc import Callable
from datetime import date
from typing import NamedTuple

import numpy as np
import pandas as pd

from calculations.exact import checked
from calculations.item_supply import ItemSupply
from calculations.kit_substitutes import KitSubstitutes
from calculations.order_lines import open_order_lines
from calculations.policies import resolve
from calculations.product_structure import Bill, ProductStructure


class Shortage(NamedTuple):
    """A component that is not there in full, in micro-units of the component."""

    position: int
    required: int
    available: int
    short: int


class Kit(NamedTuple):
    """The answer for one order line; the day is None when not every component will be there."""

    complete: int
    status: str
    day: int | None
    bottleneck: int | None
    shortages: list[tuple[Shortage, tuple[int, str] | None]]


class Look(NamedTuple):
    """What a number of sets would take of each item's supply, and what would be short."""

    used: dict[int, int]
    shortages: list[Shortage]


def check_kitting(world: dict, as_of: date, policies: dict) -> dict[str, pd.DataFrame]:
    """Complete sets, shortages and their covering supply for every open order line.

    A world read from a running plant may have the tables `under_way` (order, line, quantity_micro: complete already, as
    it is finished or in work) and `drawn_next` (item, quantity_micro: what orders in work will still take).

    Policies: `level` single or all (sub-assemblies are made as far as their components allow), `allocation` sequential
    (by due date, priority, number) or independent, `horizon` on_hand or with_receipts (what is due up to the line's due
    date counts), `loss`, `phantom_stock`, `excluded_warehouses`.

    Returns:
        kits: order, line, item, required_sets_micro, complete_sets_micro, status (ready, partial, short, no_bom),
            kit_date (first day all is there; with horizon on_hand only of ready lines), bottleneck (the component that
            decides; "" when all is there today); sorted by due date, priority, order, line.
        shortages: order, line, item, required_micro, available_micro, short_micro, covered_by, covered_date (blank when
            no open supply covers it); in the order of the kits, then by item.
        refused: order lines that cannot be looked at.
    Raises:
        CyclicBillOfMaterials: an item contains itself; the message prints the path.
    """
    policies = resolve(policies, as_of)
    lines, refused = open_order_lines(world)
    check = KittingCheck(world, as_of, policies)
    positions = check.structure.positions_of(lines["item"]).tolist()
    due_days = lines["due_date"].to_numpy().astype("datetime64[D]").astype(np.int64).tolist()
    covered = _covered(world, lines)
    kits = [
        check.kit(*line) for line in zip(positions, lines["open_micro"].tolist(), due_days, covered, strict=True)
    ]  # fmt: skip
    return {
        "kits": _kit_rows(lines, kits, check.structure.codes),
        "shortages": _shortage_rows(lines, kits, check.structure.codes),
        "refused": refused,
    }


class KittingCheck:
    """Serves one order line after the other from the same supply."""

    def __init__(self, world: dict, as_of: date, policies: dict):
        self.structure = ProductStructure(world, as_of, policies)
        self.structure.refuse_cycles()
        self.supply = ItemSupply(world, as_of, policies, self.structure)
        self.substitutes = KitSubstitutes(world["substitutes"], as_of, self.structure)
        self._all_levels = policies["level"] == "all"
        self._sequential = policies["allocation"] == "sequential"
        self._with_receipts = policies["horizon"] == "with_receipts"
        self._phantom_stock = policies["phantom_stock"] == "consume"
        self._plain: dict[int, bool] = {}
        self._reserve(world.get("drawn_next"))

    def _reserve(self, needs: pd.DataFrame | None) -> None:
        if needs is not None:
            for position, quantity in zip(
                self.structure.positions_of(needs["item"]).tolist(), needs["quantity_micro"].tolist(), strict=True
            ):
                if position >= 0:
                    self.supply.claim(position, quantity)

    def kit(self, position: int, quantity: int, due_day: int, covered: int = 0) -> Kit:
        """The kit of `quantity` micro-units of an item, of which `covered` are complete already.

        What it takes is occupied when allocation is sequential.
        """
        if not covered:
            return self._kit(position, quantity, due_day)
        self.supply.claim(position, covered)
        if covered >= quantity:
            return Kit(quantity, "ready", self.supply.today, None, [])
        rest = self._kit(position, quantity - covered, due_day)
        status = "partial" if rest.status == "short" else rest.status
        return rest._replace(complete=rest.complete + covered, status=status)

    def _kit(self, position: int, quantity: int, due_day: int) -> Kit:
        day = max(due_day, self.supply.today) if self._with_receipts else self.supply.on_hand_day
        bill = self.structure.bill(position)
        if self.structure.sourcing[position] == "buy" or (
            bill is None and self.structure.sourcing[position] == "subcontract"
        ):
            bill = self.structure.itself(position)
        if bill is None:
            return Kit(0, "no_bom", None, position, [])
        if self._is_plain(bill):
            return self._plain_kit(bill, quantity, day)
        return self._deep_kit(bill, quantity, day)

    def _is_plain(self, bill: Bill) -> bool:
        """Whether its components are looked at one by one: no phantom, no substitute, nothing made below."""
        if bill.position not in self._plain:
            self._plain[bill.position] = not bill.code or not any(
                self.substitutes.of(component.position)
                or self.structure.is_phantom(component.position)
                or (self._all_levels and self._is_made_below(bill, component.position))
                for component in bill.components
            )
        return self._plain[bill.position]

    def _is_made_below(self, bill: Bill, position: int) -> bool:
        return self.structure.is_made(position) and position != bill.position

    def _plain_kit(self, bill: Bill, quantity: int, day: int) -> Kit:
        supply, claimed = self.supply, self.supply.claimed
        complete = quantity
        fewest: tuple | None = None
        latest: tuple | None = None
        shortages = []
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
                shortages.append((Shortage(position, required, free, required - free), cover))
                # of components with equally few sets the one with the smallest share of its need
                if fewest is None or (sets, share) < fewest[0]:
                    fewest = ((sets, share), position)
                complete = min(complete, sets)
            if self._with_receipts:
                late = (cover is None, cover[0] if cover else 0, -sets, -share)
                if latest is None or late > latest[0]:
                    latest = (late, position)
            if self._sequential:
                claimed[position] += required
        if not self._with_receipts:
            return self._answer(quantity, complete, shortages, supply.today, fewest[1] if fewest else None)
        never, last_day = latest[0][:2]
        return self._answer(quantity, complete, shortages, None if never else last_day, latest[1])

    def _deep_kit(self, bill: Bill, quantity: int, day: int) -> Kit:
        wanted = self._look(bill, quantity, day)
        complete, lacking = self._most_sets(bill, quantity, day, wanted)
        covers = [
            (short, self.supply.completed_by(short.position, wanted.used.get(short.position, 0) + short.short))
            for short in sorted(wanted.shortages, key=lambda short: self.structure.codes[short.position])
        ]
        if self._with_receipts:
            kit_day, bottleneck = self._kit_day(bill, quantity)
        else:
            kit_day, bottleneck = self.supply.today, self._shortest(lacking)
        if self._sequential:
            for position, used in wanted.used.items():
                self.supply.claim(position, used)
            for short in wanted.shortages:
                self.supply.claim(short.position, short.short)
        return self._answer(quantity, complete, covers, kit_day, bottleneck)

    def _answer(self, quantity: int, complete: int, shortages: list, day: int | None, bottleneck: int | None) -> Kit:
        if not shortages:
            return Kit(quantity, "ready", day, None if day == self.supply.today else bottleneck, [])
        shown = day if self._with_receipts else None
        return Kit(complete, "partial" if complete else "short", shown, bottleneck, shortages)

    def _most_sets(self, bill: Bill, quantity: int, day: int, wanted: Look) -> tuple[int, list[Shortage]]:
        """The most sets, in whole steps of the item, that nothing is short for, and what one step more would lack."""
        if not wanted.shortages:
            return quantity, []
        step = self.structure.steps[bill.position]
        enough, too_many, lacking = 0, -(-quantity // step), wanted.shortages
        trial = 1
        while too_many - enough > 1:
            shortages = self._look(bill, trial * step, day).shortages
            if shortages:
                too_many, lacking = trial, shortages
            else:
                enough = trial
            trial = (enough + too_many) // 2
        return enough * step, lacking

    def _kit_day(self, bill: Bill, quantity: int) -> tuple[int | None, int | None]:
        """The first day on which nothing is short, and the component that was short until then."""
        days = self._receipt_days(bill)
        first = bisect_left(days, True, key=lambda day: not self._look(bill, quantity, day, True).shortages)
        if first == 0:
            return days[0], None
        bottleneck = self._shortest(self._look(bill, quantity, days[first - 1]).shortages)
        return (days[first] if first < len(days) else None), bottleneck

    def _shortest(self, shortages: list[Shortage]) -> int | None:
        """The component that lacks the largest share; the first by code when several do."""
        worst = None
        for short in shortages:
            # a fraction compared without dividing: a/b > c/d where a × d > c × b
            more = 1 if worst is None else short.short * worst.required - worst.short * short.required
            if more > 0 or (more == 0 and self.structure.codes[short.position] < self.structure.codes[worst.position]):
                worst = short
        return worst.position if worst else None

    def _receipt_days(self, bill: Bill) -> list[int]:
        """Today and every later day on which something that could serve the bill comes in."""
        days = {self.supply.today}
        for position in self.structure.reached(bill, self._all_levels):
            for source in (position, *(choice.position for choice in self.substitutes.of(position))):
                if self.supply.has_receipts(source):
                    days.update(self.supply.timeline(source)[0][1:])
        return sorted(days)

    def _look(self, bill: Bill, sets: int, day: int, stop_when_short: bool = False) -> Look:
        """What `sets` micro-units of the bill's item take of what is free on the day, claiming nothing.

        Stock of a component goes first, then its substitutes, then it is made, where all levels are looked at. Each
        item is looked at once, when everything that needs it is known. To know whether anything is short at all,
        `stop_when_short` ends with the first shortage.
        """
        used: dict[int, int] = {}
        needs = Needs(self.structure, self.substitutes)
        supply_free = self.supply.free

        def free(position: int) -> int:
            left = supply_free(position, day) - used.get(position, 0)
            return left if left > 0 else 0

        def take(position: int, quantity: int) -> None:
            used[position] = used.get(position, 0) + quantity

        own = free if self._phantom_stock else (lambda _: 0)
        waiting, shortages = [], []
        needs.explode(bill, sets, own, take)
        for position in self.structure.reached(bill, self._all_levels):
            required = needs.total.get(position, 0)
            if not required:
                continue
            taken = min(free(position), required)
            if taken:
                used[position] = used.get(position, 0) + taken
            if taken == required:
                continue
            made = self._all_levels and self._is_made_below(bill, position)
            if position in needs.by_bill and not made:
                # a substitute's own needs come first, so those who borrow it wait until all are known
                waiting.append((position, taken))
            elif made:
                if position in needs.by_bill:
                    taken += self.substitutes.fill(position, needs.by_bill[position], taken, used, free)
                if taken < required:
                    needs.explode(self.structure.bill(position), required - taken, own, take)
            else:
                shortages.append(Shortage(position, required, taken, required - taken))
                if stop_when_short:
                    return Look(used, shortages)
        for position, taken in waiting:
            required = needs.total[position]
            taken += self.substitutes.fill(position, needs.by_bill[position], taken, used, free, True)
            if taken < required:
                shortages.append(Shortage(position, required, taken, required - taken))
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


def _covered(world: dict, lines: pd.DataFrame) -> list[int]:
    under_way = world.get("under_way")
    if under_way is None:
        return [0] * len(lines)
    joined = lines[["order", "line"]].merge(under_way, on=["order", "line"], how="left")
    return joined["quantity_micro"].astype("Int64").fillna(0).astype("int64").tolist()


def _days(days: list[int | None]) -> np.ndarray:
    values = np.array([np.iinfo(np.int64).min if day is None else day for day in days], dtype=np.int64)
    return values.astype("datetime64[D]").astype("datetime64[s]")


def _kit_rows(lines: pd.DataFrame, kits: list[Kit], codes: list[str]) -> pd.DataFrame:
    bottlenecks = ["" if kit.bottleneck is None else codes[kit.bottleneck] for kit in kits]
    return pd.DataFrame(
        {
            "order": lines["order"],
            "line": lines["line"],
            "item": lines["item"],
            "required_sets_micro": lines["open_micro"],
            "complete_sets_micro": np.array([kit.complete for kit in kits], dtype=np.int64),
            "status": pd.Series([kit.status for kit in kits], dtype="str"),
            "kit_date": _days([kit.day for kit in kits]),
            "bottleneck": pd.Series(bottlenecks, dtype="str"),
        }
    )


def _shortage_rows(lines: pd.DataFrame, kits: list[Kit], codes: list[str]) -> pd.DataFrame:
    rows = [(line, short, cover) for line, kit in enumerate(kits) for short, cover in kit.shortages]
    place = np.array([line for line, _, _ in rows], dtype=np.int64)
    shorts = [short for _, short, _ in rows]
    return pd.DataFrame(
        {
            "order": lines["order"].take(place).reset_index(drop=True),
            "line": lines["line"].take(place).reset_index(drop=True),
            "item": pd.Series([codes[short.position] for short in shorts], dtype="str"),
            "required_micro": checked([short.required for short in shorts]),
            "available_micro": checked([short.available for short in shorts]),
            "short_micro": checked([short.short for short in shorts]),
            "covered_by": pd.Series([cover[1] if cover else "" for _, _, cover in rows], dtype="str"),
            "covered_date": _days([cover[0] if cover else None for _, _, cover in rows]),
        }
    )
