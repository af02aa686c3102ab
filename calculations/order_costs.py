"""What work and subcontract orders are charged in a month, how many units they finished, and how their cost divides.

Quantities are micro-units, amounts minor units of the currency, items and orders positions (see `cost_books`).
"""

from collections import defaultdict
from dataclasses import dataclass

import numpy as np
import pandas as pd

from calculations.allocation import split_groups, sum_by
from calculations.cost_books import LABOR, MACHINE, MATERIAL, OVERHEAD, SUBCONTRACT, CostBooks
from calculations.exact import MICRO, checked, multiply_divide, round_half_up, to_micro
from calculations.work_in_process import Charges, abnormal_loss, closing_wip

DEBIT = ["order", "element", "item", "pool", "origin", "opening", "added", "consumed"]


@dataclass(frozen=True)
class Units:
    """Units of each order in a month, by order position.

    `in_process` counts units begun and not finished at the end, `by_component` the same by (order, component).
    """

    good: np.ndarray
    scrapped: np.ndarray
    still_open: np.ndarray
    in_process: np.ndarray
    by_component: dict[tuple[int, int], int]

    @property
    def completed(self) -> np.ndarray:
        """Scrapped units count as completed."""
        return self.good + self.scrapped


def hours_worked(books: CostBooks, start, end) -> pd.DataFrame:
    """Hours of the month: order (number), position, work_center, labor_hours_micro, machine_hours_micro."""
    entries = books.world["time_entries"]
    entries = entries[(entries["date"] >= start) & (entries["date"] <= end)]
    columns = ["labor_hours_micro", "machine_hours_micro"]
    hours = entries.groupby(["order", "work_center"], as_index=False, sort=True)[columns].sum()
    hours["position"] = books.order_index.get_indexer(hours["order"])
    books.refused.extend(
        ("time_entries", row, "order", order, f"there is no work order {order}; correct the order of the time entry")
        for row, order in entries.loc[~entries["order"].isin(books.order_index), "order"].items()
    )
    return hours[hours["position"] >= 0].reset_index(drop=True)


def conversion_debits(books: CostBooks, hours: pd.DataFrame) -> pd.DataFrame:
    """Labor and machine cost by order: hours × rates of their work centers, rounded once an order and element."""
    centers = books.world["work_centers"].set_index("work_center")
    rows = []
    for element, kind in ((LABOR, "labor"), (MACHINE, "machine")):
        rate = hours["work_center"].map(centers[f"{kind}_rate_micro"]).fillna(0).astype("int64").tolist()
        exact: dict[int, int] = defaultdict(int)
        worked = hours[f"{kind}_hours_micro"].tolist()
        for order, quantity, price in zip(hours["position"].tolist(), worked, rate, strict=True):
            exact[order] += quantity * price
        unit = MICRO * books.cent
        rows += [(order, element, _half_up(value, unit)) for order, value in exact.items() if value]
    return debits([(order, element, -1, "", "", 0, amount, False) for order, element, amount in rows])


def _half_up(value: int, unit: int) -> int:
    """value ÷ unit, half away from zero, so that hours taken back take back what they cost."""
    return (1 if value >= 0 else -1) * ((2 * abs(value) + unit) // (2 * unit))


def fee_debits(books: CostBooks, moves: pd.DataFrame) -> pd.DataFrame:
    """Subcontractors' fees of what they delivered in the month, less what went back to them."""
    subcontracted = moves["order"].ge(0) & moves["kind"].isin(("subcontract_receipt", "supplier_return"))
    rows = moves[subcontracted].groupby(["order", "origin"], as_index=False, sort=False)["quantity"].sum()
    fee = books.orders["fee"].to_numpy(dtype=np.int64)[rows["order"].to_numpy(dtype=np.int64)]
    amounts = books.worth(rows["quantity"], fee).tolist()
    return debits(
        [
            (order, SUBCONTRACT, -1, "", origin, 0, amount, True)
            for order, origin, amount in zip(rows["order"].tolist(), rows["origin"], amounts, strict=True)
            if amount
        ]
    )


def pool_debits(books: CostBooks, shares: pd.DataFrame) -> pd.DataFrame:
    """Allocated overhead as charges of the orders; `shares` is what `allocation.allocate_pools` returns."""
    positions = books.order_index.get_indexer(shares["order"])
    return debits(
        [
            (order, OVERHEAD, -1, pool, origin, 0, amount, False)
            for order, pool, origin, amount in zip(
                positions.tolist(), shares["pool"], shares["origin"], shares["amount"].tolist(), strict=True
            )
        ]
    )


def debits(rows: list[tuple]) -> pd.DataFrame:
    """Charges of orders: order, element, item (−1 = none), pool, origin, opening, added, and whether the units that
    came out consumed it all (backflush, fees), so that nothing of it is in process.
    """
    frame = pd.DataFrame(rows, columns=DEBIT)
    return frame.astype(
        {
            "order": "int64",
            "element": "int64",
            "item": "int64",
            "pool": "str",
            "origin": "str",
            "opening": "int64",
            "added": "int64",
            "consumed": "bool",
        }
    )


def units_of(books: CostBooks, moves: pd.DataFrame, charges: pd.DataFrame, wip: pd.DataFrame, start, end) -> Units:
    """Finished and begun units of each order.

    How many units are in process follows from the sets of material in the order's hands: begun before + sets issued −
    finished, never more than the order still has open. Where nothing tells (no planned component was issued, or
    material was in process at the start and nobody says for how many units) all open units count as in process.
    """
    size = len(books.orders)
    made = moves[(moves["role"] == "production") & (moves["order"] >= 0)]
    good = sum_by(made["quantity"], made["order"], size)
    scrap = books.completions
    # what an earlier month's scrap cost is in that month's books; its units are only open again
    in_month = (scrap["date"] >= start) & (scrap["date"] <= end) & ~scrap["late"]
    scrapped = sum_by(scrap.loc[in_month, "scrapped"], scrap.loc[in_month, "order"], size)
    still_open = _still_open(books, end)
    by_component, in_process = _in_process(books, charges, wip, good + scrapped, still_open)
    return Units(good, scrapped, still_open, in_process, by_component)


def _still_open(books: CostBooks, end) -> np.ndarray:
    size = len(books.orders)
    until = books.moves[(books.moves["date"] <= end) & (books.moves["order"] >= 0)]
    made = until[until["kind"].isin(("completion", "subcontract_receipt", "supplier_return"))]
    scrap = books.completions[books.completions["date"] <= end]
    done = sum_by(made["quantity"], made["order"], size) + sum_by(scrap["scrapped"], scrap["order"], size)
    return np.maximum(books.orders["planned"].to_numpy() - books.orders["done"].to_numpy() - done, 0)


def _in_process(books, charges, wip, completed, still_open) -> tuple[dict[tuple[int, int], int], np.ndarray]:
    begun = _begun(wip)
    issued = charges[~charges["consumed"]].groupby(["order", "item"], as_index=False)["quantity"].sum()
    issued = issued.merge(books.needs, on=["order", "item"], how="inner")
    planned = books.orders["planned"].to_numpy()[issued["order"].to_numpy(dtype=np.int64)]
    sets = multiply_divide(issued["quantity"], planned, issued["per_order"])
    # needs are rounded up to whole units, so sets of a component may miss a whole unit of the product by a little
    step = books.step[books.orders["item"].to_numpy()[issued["order"].to_numpy(dtype=np.int64)]]
    sets = round_half_up(sets, 1, step)
    by_component: dict[tuple[int, int], int] = {}
    most: dict[int, int] = {}
    untold = _untold(wip)
    for order, item, count in zip(issued["order"].tolist(), issued["item"].tolist(), sets.tolist(), strict=True):
        if order in untold:
            continue
        before = begun.get((order, item), begun.get((order, -1), 0))
        units = min(max(before + count - int(completed[order]), 0), int(still_open[order]))
        by_component[order, item] = units
        most[order] = max(most.get(order, 0), units)
    in_process = still_open.copy()
    charged = set(charges["order"].tolist())
    for (order, _), before in begun.items():
        if order not in charged and completed[order] <= before:
            in_process[order] = min(before - completed[order], still_open[order])
    for order, units in most.items():
        in_process[order] = units
    return by_component, in_process


def _untold(wip: pd.DataFrame) -> set[int]:
    """Orders whose opening work in process has an amount of material and tells no quantity of anything."""
    told = set(wip.loc[wip["quantity"] >= 0, "order"])
    return set(wip.loc[(wip["element"] == MATERIAL) & (wip["amount"] != 0), "order"]) - told


def _begun(wip: pd.DataFrame) -> dict[tuple[int, int], int]:
    """Units in process at the start by (order, component); component −1 is the order as a whole."""
    begun: dict[tuple[int, int], int] = {}
    known = wip[wip["quantity"] >= 0]
    for order, item, quantity in zip(*(known[name].tolist() for name in ("order", "item", "quantity")), strict=True):
        for key in ((order, item), (order, -1)):
            begun[key] = max(begun.get(key, 0), quantity)
    return begun


@dataclass(frozen=True)
class OrderClosing:
    """How the cost of some orders divides; amounts by order position, over all orders.

    `wip` has order, element, item, quantity, degree, amount of what stays in process; `finished` has order, element,
    item, amount of what left it. `receipts` is what the good units carry, `abnormal` the loss beyond normal scrap,
    `late` what came after the order's last unit.
    """

    wip: pd.DataFrame
    finished: pd.DataFrame
    receipts: np.ndarray
    abnormal: np.ndarray
    late: np.ndarray


def close_orders(books: CostBooks, units: Units, wip: pd.DataFrame, charged: pd.DataFrame) -> OrderClosing:
    """Divide the charges of orders between finished units, scrap beyond the normal, and work in process.

    Args:
        wip: opening work in process of these orders (order, element, item, quantity, degree, amount).
        charged: this month's charges of these orders (see `debits`).
    """
    opening = debits(
        [
            (order, element, item, "", "", amount, 0, False)
            for order, element, item, amount in wip[["order", "element", "item", "amount"]].itertuples(index=False)
        ]
    )
    rows = pd.concat([opening, charged], ignore_index=True)
    rows = rows.groupby(["order", "element", "item", "consumed"], as_index=False)[["opening", "added"]].sum()
    rows = rows.join(_processing(books, units, wip, rows))
    pooled_by = ["order", "element", "in_process", "begun", "begun_degree", "degree", "quota"]
    pooled = rows.groupby(pooled_by, as_index=False)[["opening", "added"]].sum()
    completed = units.completed[pooled["order"].to_numpy(dtype=np.int64)]
    kept = closing_wip(
        Charges(
            completed=completed,
            **{
                name: pooled[column].to_numpy(dtype=np.int64)
                for name, column in (
                    ("opening", "opening"),
                    ("added", "added"),
                    ("opening_quantity", "begun"),
                    ("opening_degree", "begun_degree"),
                    ("in_process", "in_process"),
                    ("degree", "degree"),
                    ("quota", "quota"),
                )
            },
        ),
        books.policies["wip"],
    )
    group = rows.groupby(pooled_by).ngroup().to_numpy()
    cost = (rows["opening"] + rows["added"]).to_numpy()
    kept = split_groups(kept, np.maximum(cost, 0), group)
    order = rows["order"].to_numpy(dtype=np.int64)
    done = (units.completed[order] == 0) & (units.still_open[order] == 0)
    kept = np.where(done, 0, kept)
    return _divided(books, units, rows.assign(kept=kept, cost=cost, done=done))


def _divided(books: CostBooks, units: Units, rows: pd.DataFrame) -> OrderClosing:
    size = len(books.orders)
    late = sum_by(np.where(rows["done"], rows["cost"], 0), rows["order"], size)
    left = np.where(rows["done"], 0, rows["cost"] - rows["kept"])
    finished = rows[["order", "element", "item"]].assign(amount=left)
    total = sum_by(left, rows["order"], size)
    rate = books.yield_rate[books.orders["item"].to_numpy()] if size else np.zeros(0, dtype=np.int64)
    abnormal = abnormal_loss(total, units.good, units.scrapped, rate)
    wip = rows.rename(columns={"in_process": "quantity"})[["order", "element", "item", "quantity", "degree", "kept"]]
    wip = wip.rename(columns={"kept": "amount"})
    return OrderClosing(wip[wip["amount"] != 0], finished[finished["amount"] != 0], total - abnormal, abnormal, late)


def _processing(books: CostBooks, units: Units, wip: pd.DataFrame, rows: pd.DataFrame) -> pd.DataFrame:
    """Units in process, begun before, their degrees and the quota of each charge."""
    material_degree = to_micro(books.policies["material_degree"])
    conversion_degree = to_micro(books.policies["conversion_degree"])
    before = {
        (order, element, item): (max(quantity, 0), degree)
        for order, element, item, quantity, degree in wip[
            ["order", "element", "item", "quantity", "degree"]
        ].itertuples(index=False)
    }
    whole = {}
    for (order, element, _), value in before.items():
        whole[order, element] = max(whole.get((order, element), (0, 0)), value)
    found = []
    for order, element, item, consumed in rows[["order", "element", "item", "consumed"]].itertuples(index=False):
        in_process = units.by_component.get((order, item), int(units.in_process[order]))
        begun = before.get((order, element, item)) or whole.get((order, element)) or (0, 0)
        degree = material_degree if element in (MATERIAL, SUBCONTRACT) else conversion_degree
        found.append((0 if consumed else in_process, 0 if consumed else begun[0], 0 if consumed else begun[1], degree))
    columns = ["in_process", "begun", "begun_degree", "degree"]
    frame = pd.DataFrame(found, columns=columns, index=rows.index).astype("int64")
    return frame.assign(quota=_quotas(books, rows) if books.policies["wip"] == "quota" else 0)


def _quotas(books: CostBooks, rows: pd.DataFrame) -> np.ndarray:
    """Standard amount per unit of each charge, in minor units × 10⁶: needs × standard cost, hours × rates; else 0."""
    needs = {
        (order, item): need for order, item, need in books.needs[["order", "item", "per_order"]].itertuples(index=False)
    }
    operations = books.world["operations"].merge(books.world["work_centers"], on="work_center", how="inner")
    item_of = books.orders["item"].tolist()
    planned = books.orders["planned"].tolist()
    by_item = dict(iter(operations.groupby("item")))
    found = []
    for order, element, item in rows[["order", "element", "item"]].itertuples(index=False):
        if element == MATERIAL and (order, item) in needs:
            value, per = needs[order, item] * int(books.standard[item]), planned[order]
        elif element in (LABOR, MACHINE) and books.items[item_of[order]] in by_item:
            routing = by_item[books.items[item_of[order]]]
            rates = routing["labor_rate_micro" if element == LABOR else "machine_rate_micro"].tolist()
            times = zip(
                routing["setup_hours_micro"].tolist(), routing["run_hours_per_unit_micro"].tolist(), rates, strict=True
            )
            value = sum((setup * MICRO + run * planned[order]) * rate for setup, run, rate in times)
            per = planned[order] * MICRO
        else:
            value, per = 0, 1
        found.append(value * MICRO // (per * books.cent))
    return checked(found)
