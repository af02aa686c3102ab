"""Kitting check: how many complete sets of components each order can have, and what is missing.

An order line asks for its open quantity to be made, so its components are looked at; finished stock of the item is the
business of the promise date, unless the world says what is under way (`kit_progress.lines_under_way`). Of an item that
is bought, or subcontracted without a bill of materials, the item itself is the only component. Bills are those in force
on `as_of`, the day on which building could start. A work order asks for what it has not been issued yet.
"""

from datetime import date

import numpy as np
import pandas as pd

from calculations.exact import checked
from calculations.kit_counting import Kit, KitCounter
from calculations.kit_demands import KitDemands, kit_demands
from calculations.open_order_bills import open_order_bills
from calculations.policies import resolve
from calculations.reserved_stock import net_of_reserved

NEVER = np.iinfo(np.int64).min


def check_kitting(world: dict, as_of: date, policies: dict) -> dict[str, pd.DataFrame]:
    """Complete sets, shortages and their covering supply for everything that asks for a kit.

    A world read from a running plant may have the tables `under_way` (order, line, quantity_micro: complete already, as
    it is finished or in work), `drawn_next` (item, quantity_micro: what orders in work will still take) and `pegs` of
    the last plan, which tell how urgent a work order is.

    Policies: `kits_for` sales_orders, opportunities (open ones, after the accepted orders took theirs), work_orders
    (what they have not been issued yet) or planned_orders (production to be released within `release_within_days`,
    after the open work orders); `served_by` due_date, priority or number; `only_orders` (numbers, or number/line),
    `other_orders` occupy or ignore; `level` single or all (sub-assemblies are made as far as their components allow);
    `allocation` sequential or independent (each as if alone, accepted orders before opportunities all the same);
    `horizon` on_hand or with_receipts (what is due up to the order's date counts); `loss`, `phantom_stock`,
    `excluded_warehouses`.

    Returns:
        kits: order, line (blank of a work or planned order), item, required_sets_micro, complete_sets_micro, status
            (ready, partial, short, no_bom), kit_date (first day all is there; with horizon on_hand only of ready
            lines), bottleneck (the component that decides; "" when all is there today), demand_kind (sales_order,
            opportunity, work_order, planned_order), due_date; in the order in which they are served.
        shortages: order, line, item, required_micro, available_micro, short_micro, covered_by, covered_date (blank when
            no open supply covers it), demand_kind; in the order of the kits, then by item.
        refused: order lines that cannot be looked at.
    Raises:
        CyclicBillOfMaterials: an item contains itself; the message prints the path.
        UnknownDemand: `only_orders` names what is not open.
    """
    policies, world = resolve(policies, as_of), net_of_reserved(world, as_of)
    demands = kit_demands(world, as_of, policies)
    counter = KitCounter(world, as_of, policies)
    _reserve(counter, world.get("drawn_next"))
    answers = _counted(counter, world, demands, policies)
    rows = demands.rows[demands.asked].reset_index(drop=True)
    return {
        "kits": _kit_rows(rows, answers, counter.structure.codes),
        "shortages": _shortage_rows(rows, answers, counter.structure.codes),
        "refused": demands.refused,
    }


class KitColumns:
    """Kits column by column.

    An order book of 10,000 lines lacks 200,000 components: kept as tuples, the garbage collector would walk over all
    of them again and again, for as long as the counting itself takes.
    """

    def __init__(self):
        self.complete, self.status, self.day, self.bottleneck = [], [], [], []
        self.short_count = []
        self.position, self.required, self.available, self.short = [], [], [], []
        self.covered_day, self.covered_by = [], []
        self._of_shortages = (self.position, self.required, self.available, self.short)

    def add(self, kit: Kit) -> None:
        """Append a kit and its shortages."""
        self.complete.append(kit.complete)
        self.status.append(kit.status)
        self.day.append(kit.day)
        self.bottleneck.append(kit.bottleneck)
        self.short_count.append(len(kit.shortages))
        if kit.shortages:
            for column, cells in zip(self._of_shortages, zip(*kit.shortages, strict=True), strict=True):
                column.extend(cells)
            self.covered_day.extend([cover[0] if cover else None for cover in kit.covers])
            self.covered_by.extend([cover[1] if cover else "" for cover in kit.covers])


def _reserve(counter: KitCounter, needs: pd.DataFrame | None) -> None:
    if needs is not None:
        positions = counter.structure.positions_of(needs["item"]).tolist()
        for position, quantity in zip(positions, needs["quantity_micro"].tolist(), strict=True):
            if position >= 0:
                counter.supply.claim(position, quantity)


def _counted(counter: KitCounter, world: dict, demands: KitDemands, policies: dict) -> KitColumns:
    """The kits of the demands that are asked for; the others only take what they need."""
    rows = demands.rows
    orders = zip(
        counter.structure.positions_of(rows["item"]).tolist(),
        rows["open_micro"].tolist(),
        rows["due_date"].to_numpy().astype("datetime64[D]").astype(np.int64).tolist(),
        _covered(world, rows),
        open_order_bills(world, rows, counter.structure),
        strict=True,
    )
    answers = KitColumns()
    for row, (order, asked) in enumerate(zip(orders, demands.asked.tolist(), strict=True)):
        if row == demands.first:
            counter.occupies = policies["allocation"] == "sequential"
        kit = counter.kit(*order)
        if asked:
            answers.add(kit)
    return answers


def _covered(world: dict, rows: pd.DataFrame) -> list[int]:
    under_way = world.get("under_way")
    if under_way is None:
        return [0] * len(rows)
    joined = rows[["order", "line"]].merge(under_way, on=["order", "line"], how="left")
    return joined["quantity_micro"].astype("Int64").fillna(0).astype("int64").tolist()


def _days(days: list[int | None]) -> np.ndarray:
    values = np.array([NEVER if day is None else day for day in days], dtype=np.int64)
    return values.astype("datetime64[D]").astype("datetime64[s]")


def _kit_rows(rows: pd.DataFrame, kits: KitColumns, codes: list[str]) -> pd.DataFrame:
    bottlenecks = ["" if position is None else codes[position] for position in kits.bottleneck]
    return pd.DataFrame(
        {
            "order": rows["order"],
            "line": rows["line"],
            "item": rows["item"],
            "required_sets_micro": rows["open_micro"],
            "complete_sets_micro": np.array(kits.complete, dtype=np.int64),
            "status": pd.Series(kits.status, dtype="str"),
            "kit_date": _days(kits.day),
            "bottleneck": pd.Series(bottlenecks, dtype="str"),
            "demand_kind": rows["demand_kind"],
            "due_date": rows["due_date"],
        }
    )


def _shortage_rows(rows: pd.DataFrame, kits: KitColumns, codes: list[str]) -> pd.DataFrame:
    place = np.repeat(np.arange(len(rows)), kits.short_count)
    position = np.array(kits.position, dtype=np.int64)
    rank = np.empty(len(codes), dtype=np.int64)
    rank[np.argsort(np.array(codes, dtype=str), kind="stable")] = np.arange(len(codes))
    sort = np.lexsort((rank[position], place))
    of = rows.take(place[sort]).reset_index(drop=True)
    return pd.DataFrame(
        {
            "order": of["order"],
            "line": of["line"],
            "item": pd.Series(codes, dtype="str").take(position[sort]).reset_index(drop=True),
            "required_micro": checked(kits.required)[sort],
            "available_micro": checked(kits.available)[sort],
            "short_micro": checked(kits.short)[sort],
            "covered_by": pd.Series(np.array(kits.covered_by, dtype=object)[sort], dtype="str"),
            "covered_date": _days(kits.covered_day)[sort],
            "demand_kind": of["demand_kind"],
        }
    )
