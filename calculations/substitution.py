"""Substitutes in planning: what a main material lacks is taken from free stock of other materials, and logged.

Materials that replace each other are planned together, at the deepest low-level code among them.
"""

from bisect import bisect_left
from collections.abc import Callable
from graphlib import CycleError, TopologicalSorter

import numpy as np
import pandas as pd

from calculations.bills_of_materials import first_days, last_days
from calculations.exact import MICRO
from calculations.low_level_codes import CyclicBillOfMaterials
from calculations.planning_inputs import FORECAST, SALES, Needs, PlanningInputs, joined


class CyclicSubstitutes(CyclicBillOfMaterials):
    """A material that would have to be planned before and after its own substitute."""


class PlanningGroups:
    """Which items replace each other; `group` gives each item the first position of its group."""

    def __init__(self, group: np.ndarray):
        self.group = group

    def codes(self, low_level_codes: Callable, parent: np.ndarray, component: np.ndarray, names) -> np.ndarray:
        """Low-level codes, equal within a group.

        Raises:
            CyclicBillOfMaterials: an item contains itself.
            CyclicSubstitutes: an item contains its own substitute.
        """
        codes = low_level_codes(parent, component, names)
        if (self.group == np.arange(len(names))).all():
            return codes
        try:
            return low_level_codes(self.group[parent], self.group[component], names)[self.group]
        except CyclicBillOfMaterials as error:
            path = substitute_circle(self.group.tolist(), parent.tolist(), component.tolist(), names)
            raise CyclicSubstitutes(
                f"a substitute is made from what it replaces: {path}, where ↔ joins materials that replace each other; "
                "remove the substitute or the bill line"
            ) from error


def substitute_circle(group: list, parent: list, component: list, names) -> str:
    """The first circle of bill lines and substitutes, like "PEG → LEG ↔ PEG"; "" where there is none."""
    lines: dict[tuple, tuple] = {}
    above: dict = {}
    for upper, lower in sorted(zip(parent, component, strict=True)):
        lines.setdefault((group[upper], group[lower]), (upper, lower))
        above.setdefault(group[lower], []).append(group[upper])
    try:
        TopologicalSorter(above).prepare()
    except CycleError as found:
        circle = found.args[1]
        hops = [lines[step] for step in zip(circle[:-1], circle[1:], strict=True)]
        path = str(names[hops[0][0]])
        for (_, lower), (then, _) in zip(hops, [*hops[1:], hops[0]], strict=True):
            path += f" → {names[lower]}" + (f" ↔ {names[then]}" if then != lower else "")
        return path
    return ""


def planning_groups(world: dict, index: pd.Index) -> PlanningGroups:
    """Groups of items that replace each other, directly or through others."""
    group = np.arange(len(index))
    rows = world["substitutes"]
    pairs = zip(index.get_indexer(rows["component"]), index.get_indexer(rows["substitute"]), strict=True)
    pairs = [(a, b) for a, b in pairs if a >= 0 and b >= 0]
    changed = bool(pairs)
    while changed:
        changed = False
        for a, b in pairs:
            lowest = min(group[a], group[b])
            changed |= group[a] != lowest or group[b] != lowest
            group[a] = group[b] = lowest
    return PlanningGroups(group)


class Substitutions:
    """Replaces needs of main materials that stock and receipts leave uncovered; `log` lists every decision.

    A log row is main material, substitute, day and micro-units of the main material replaced. Only components are
    replaced: what a customer ordered or is expected to order is delivered as ordered.
    """

    def __init__(self, world: dict, inputs: PlanningInputs, groups: PlanningGroups):
        self.inputs = inputs
        self.log: list[tuple[int, int, int, int]] = []
        rows = world["substitutes"]
        main, other = inputs.index.get_indexer(rows["component"]), inputs.index.get_indexer(rows["substitute"])
        columns = (other, rows["priority"], rows["ratio_micro"], rows["strategy"], rows["bom"],
                   first_days(rows["effective_from"]), last_days(rows["effective_to"]))  # fmt: skip
        self.rules: dict[int, list[tuple]] = {}
        for of, *rule in sorted(zip(main.tolist(), *(np.asarray(column).tolist() for column in columns), strict=True)):
            if of >= 0 and rule[0] >= 0:
                self.rules.setdefault(of, []).append(tuple(rule))
        for of in self.rules:
            self.rules[of].sort(key=lambda rule: (rule[1], rule[0]))
        self.bill_codes = inputs.bills.code.tolist()
        self.concerned = np.zeros(len(inputs.items), dtype=bool)
        for of, rules in self.rules.items():
            self.concerned[[of, *(rule[0] for rule in rules)]] = True
        self.plan_on_substitute = inputs.policies["substitute_uncovered"] == "substitute"

    def replace(self, needs: Needs, receipts: np.ndarray, here: np.ndarray) -> Needs:
        """The needs of a level with uncovered parts moved to substitutes."""
        mains = [item for item in here.tolist() if item in self.rules] if self.rules else []
        if not mains or not len(needs):
            return needs
        balances = _Balances(self.inputs, needs, receipts)
        rows = np.flatnonzero(np.isin(needs.item, mains))
        rows = rows[np.lexsort([column[rows] for column in
                                (needs.ref, needs.kind, needs.item, needs.priority, needs.day)])]  # fmt: skip
        quantity, added = needs.quantity.copy(), []
        for row in rows.tolist():
            left, taken = self._serve(needs, row, balances)
            quantity[row] = left
            added += [(row, item, amount) for item, amount in taken]
        kept = np.flatnonzero(quantity > 0)
        own = needs.take(kept, quantity=quantity[kept])
        if not added:
            return own
        source, item, amount = (np.array(column, dtype=np.int64) for column in zip(*added, strict=True))
        return joined([own, needs.take(source, item=item, quantity=amount)])

    def _serve(self, needs: Needs, row: int, balances: "_Balances") -> tuple[int, list[tuple[int, int]]]:
        """What stays with the main material, and what each substitute gets, in its own units."""
        item, day, wanted = int(needs.item[row]), int(needs.day[row]), int(needs.quantity[row])
        from_stock = balances.take_main(item, day, wanted)
        short = wanted - from_stock
        if not short or needs.kind[row] in (SALES, FORECAST):
            return wanted, []
        bill = self.bill_codes[needs.bill[row]] if needs.bill[row] >= 0 else ""
        rules = [rule for rule in self.rules[item] if rule[4] in ("", bill) and rule[5] <= day <= rule[6]]
        taken = []
        for other, _, ratio, strategy, *_ in rules:
            whole = strategy == "whole"
            if whole and taken:
                continue
            step = int(self.inputs.step[item])
            replaced = balances.free(other, day) * MICRO // ratio // step * step
            replaced = wanted if whole and replaced >= wanted else (0 if whole else min(short, replaced))
            if replaced:
                taken.append((other, balances.take(other, day, _in_units_of(self.inputs.step[other], replaced, ratio))))
                self.log.append((item, other, day, replaced))
            if whole and replaced:
                balances.give_back(item, from_stock)
                return 0, taken
            short -= replaced
            if not short:
                return from_stock, taken
        if not rules or not self.plan_on_substitute:
            return from_stock + short, taken
        other, _, ratio, strategy, *_ = rules[0]
        if strategy == "whole":
            balances.give_back(item, from_stock)
            from_stock, short = 0, wanted
        self.log.append((item, other, day, short))
        return from_stock, [*taken, (other, _in_units_of(self.inputs.step[other], short, ratio))]


class _Balances:
    """What is free on a day: of a main material in the order of its needs, of a substitute after all of its own."""

    def __init__(self, inputs: PlanningInputs, needs: Needs, receipts: np.ndarray):
        self.inputs, self.needs, self.receipts = inputs, needs, receipts
        self.used: dict[int, int] = {}
        self.supplies: dict[int, tuple[list[int], list[int]]] = {}
        self.profiles: dict[int, tuple[list[int], np.ndarray]] = {}

    def take_main(self, item: int, day: int, wanted: int) -> int:
        """Take what stock above the safety stock and receipts up to the day still allow."""
        days, totals = self._supply(item)
        free = totals[bisect_left(days, day + 1)] - self.used.get(item, 0)
        served = max(0, min(wanted, free))
        self.used[item] = self.used.get(item, 0) + served
        return served

    def give_back(self, item: int, quantity: int) -> None:
        """Return what was taken of a main material."""
        self.used[item] -= quantity

    def free(self, item: int, day: int) -> int:
        """What no demand of its own needs, on the day or later."""
        days, balance = self._profile(item)
        place = max(bisect_left(days, day + 1) - 1, 0)
        return max(0, int(balance[place:].min()))

    def take(self, item: int, day: int, quantity: int) -> int:
        """Take a substitute from the day on; gives the quantity back for convenience."""
        days, balance = self._profile(item)
        balance[max(bisect_left(days, day + 1) - 1, 0) :] -= quantity
        return quantity

    def _supply(self, item: int) -> tuple[list[int], list[int]]:
        if item not in self.supplies:
            rows = self.receipts[self.inputs.receipts.item[self.receipts] == item]
            totals = np.cumsum(np.append(self._start(item), self.inputs.receipts.quantity[rows]))
            self.supplies[item] = (self.inputs.receipts.day[rows].tolist(), totals.tolist())
        return self.supplies[item]

    def _profile(self, item: int) -> tuple[list[int], np.ndarray]:
        if item not in self.profiles:
            receipts = self.receipts[self.inputs.receipts.item[self.receipts] == item]
            needs = np.flatnonzero(self.needs.item == item)
            day = np.concatenate([[self.inputs.as_of], self.inputs.receipts.day[receipts], self.needs.day[needs]])
            change = np.concatenate(
                [[self._start(item)], self.inputs.receipts.quantity[receipts], -self.needs.quantity[needs]]
            )
            days, place = np.unique(day, return_inverse=True)
            total = np.zeros(len(days), dtype=np.int64)
            np.add.at(total, place, change)
            self.profiles[item] = (days.tolist(), np.cumsum(total))
        return self.profiles[item]

    def _start(self, item: int) -> int:
        return int(self.inputs.on_hand[item] - self.inputs.safety_today[item])


def _in_units_of(step: int, quantity: int, ratio: int) -> int:
    """Units of the substitute for so much of the main material, rounded up to what it is counted in."""
    step = int(step)
    exact = -(-quantity * ratio // MICRO)
    return -(-(exact - (step > 1)) // step) * step
