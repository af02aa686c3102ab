"""Components of released work and subcontract orders: the bill in force, rounded as planning rounds.

Phantoms are passed through: what lies in stock of them and is not promised elsewhere is used first, once.
"""

from dataclasses import dataclass
from datetime import date

import numpy as np
import pandas as pd

from calculations.bills_of_materials import BillsOfMaterials, bills_of_materials
from calculations.exact import step_of
from calculations.item_supply import usable_stock
from calculations.planning_inputs import component_needs, days_of


@dataclass(frozen=True)
class Components:
    """Explodes released orders; items are positions in `index`."""

    world: dict
    as_of: date
    policies: dict
    index: pd.Index
    bills: BillsOfMaterials
    phantom: np.ndarray
    step: np.ndarray

    def bill_positions(self, orders: pd.DataFrame, day: str) -> np.ndarray:
        """The bill in force for each order's item on the day in the column `day`; -1 where there is none."""
        items = self.index.get_indexer(orders["item"])
        chosen = np.full(len(orders), -1, dtype=np.int64)
        known = np.flatnonzero(items >= 0)
        chosen[known] = self.bills.pick(items[known], days_of(orders[day])[known])
        return chosen

    def bill_codes(self, bills: np.ndarray) -> np.ndarray:
        """The bills' codes, "" for none."""
        return np.append(self.bills.code, "").astype(object)[bills]

    def needs(self, orders: pd.DataFrame, day: str) -> pd.DataFrame:
        """Needs of the orders: order, item, quantity_micro, issue_method; sorted by order and item."""
        bill, days = self.bill_positions(orders, day), days_of(orders[day])
        quantity = orders["quantity_micro"].to_numpy(dtype=np.int64)
        free = self._free_phantoms()
        order, denominator = np.arange(len(orders)), np.ones(len(orders), dtype=np.int64)
        fixed, found = np.ones(len(orders), dtype=bool), []
        while len(order):
            row, line, need, divisor = component_needs(
                self.bills, self.phantom, self.step, bill, days[order], quantity, denominator, fixed
            )
            item = self.bills.component[line]
            method = self._issue_methods(bill[row], item)
            passed = self.phantom[item]
            found += zip(order[row][~passed], item[~passed], need[~passed], method[~passed], strict=True)
            through = np.flatnonzero(passed)
            rest = np.empty(len(through), dtype=np.int64)
            for place, part in enumerate(through.tolist()):
                # the phantom's own stock first; what it lacks goes on as the exact ratio, rounded only at the end
                whole = -(-int(need[part]) // int(divisor[part]))
                used = min(free.get(int(item[part]), 0), whole)
                if used:
                    free[int(item[part])] -= used
                    found.append((order[row][part], item[part], used, method[part]))
                rest[place] = max(0, int(need[part]) - used * int(divisor[part]))
            going = np.flatnonzero(rest > 0)
            order, quantity, denominator = order[row][through][going], rest[going], divisor[through][going]
            bill = self.bills.pick(item[through][going], days[order])
            fixed = np.ones(len(order), dtype=bool)
        return self._summed(orders, found)

    def _summed(self, orders: pd.DataFrame, found: list[tuple]) -> pd.DataFrame:
        total: dict[tuple[int, int], int] = {}
        picked: set[tuple[int, int]] = set()
        for row, item, need, method in found:
            key = (int(row), int(item))
            total[key] = total.get(key, 0) + int(need)
            if method == "issue":
                picked.add(key)
        numbers, codes = orders["order"].tolist(), self.index.tolist()
        rows = sorted((numbers[row], codes[item], need, (row, item)) for (row, item), need in total.items())
        return pd.DataFrame(
            {
                "order": pd.Series([row[0] for row in rows], dtype="str"),
                "item": pd.Series([row[1] for row in rows], dtype="str"),
                "quantity_micro": np.array([row[2] for row in rows], dtype=np.int64),
                "issue_method": pd.Series(["issue" if row[3] in picked else "backflush" for row in rows], dtype="str"),
            }
        )

    def _issue_methods(self, bill: np.ndarray, item: np.ndarray) -> np.ndarray:
        """Issue method of each component; one that is picked on any line of the bill is picked."""
        lines = self.world["bom_lines"]
        planned = lines[lines["issue_method"] == "issue"]
        picked = set(zip(planned["bom"].tolist(), planned["component"].tolist(), strict=True))
        codes = self.index.to_numpy(dtype=object)[item]
        return np.array(
            ["issue" if key in picked else "backflush" for key in zip(self.bill_codes(bill), codes, strict=True)],
            dtype=object,
        )

    def _free_phantoms(self) -> dict[int, int]:
        """Usable stock of phantoms that no open work order waits for, in micro-units by item."""
        if self.policies["phantom_stock"] == "ignore" or not self.phantom.any():
            return {}
        stock = usable_stock(self.world, self.as_of, self.policies)
        free = stock.groupby("item")["quantity_micro"].sum()
        for table, used in (("work_order_components", "issued"), ("subcontract_order_components", "sent")):
            waiting = self.world[table]
            open_quantity = (waiting["quantity_micro"] - waiting[f"{used}_quantity_micro"]).clip(lower=0)
            free = free.sub(open_quantity.groupby(waiting["item"]).sum(), fill_value=0)
        by_item = free[free > 0].astype("int64")
        positions = self.index.get_indexer(by_item.index)
        pairs = zip(positions.tolist(), by_item.tolist(), strict=True)
        return {item: quantity for item, quantity in pairs if item >= 0 and self.phantom[item]}


def components_of(world: dict, as_of: date, policies: dict) -> Components:
    """The components of a world's bills, with the rounding of its items."""
    items = world["items"]
    index = pd.Index(items["item"])
    bills = bills_of_materials(world, index, policies)
    day = int(np.datetime64(as_of, "D").astype(np.int64))
    step = step_of(items["decimals"].to_numpy(dtype=np.int64))
    return Components(world, as_of, policies, index, bills, bills.phantoms(day), step)
