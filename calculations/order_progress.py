"""How far each order line is: what covers it, what its material waits for, and whether the date holds."""

from datetime import date

import numpy as np
import pandas as pd

THERE, ORDERED, SUGGESTED = range(3)
# What a peg's supply kind says about the goods behind it.
STAGE_OF_SUPPLY = {"stock": THERE, "inspection": THERE, "purchase_order": ORDERED, "work_order": ORDERED,
                   "subcontract_order": ORDERED, "planned_order": SUGGESTED}  # fmt: skip
COVER = {
    "stock": "ready_micro",
    "inspection": "inspecting_micro",
    "purchase_order": "purchased_micro",
    "work_order": "making_micro",
    "subcontract_order": "subcontracted_micro",
    "planned_order": "suggested_micro",
}
DOCUMENT = {"purchase": "purchase_order", "production": "work_order", "subcontract": "subcontract_order"}
# A line that is due within so many days and not ready is at risk.
RISK_DAYS = 7


def order_progress(lines: pd.DataFrame, pegs: pd.DataFrame, bought: pd.Index, as_of: date) -> pd.DataFrame:
    """Progress of each order line, derived from facts and from the pegs of a planning run.

    What covers a line is never more than what is open.

    Args:
        lines: order, line, quantity_micro, shipped_quantity_micro, due_date, promised_date, last_shipped (dates may be
            missing), state of the order.
        pegs: supply_kind, supply, demand_kind, demand, line, item, quantity_micro.
        bought: items that are bought; only these count as material.
    Returns:
        `lines` with open_micro; ready_micro, inspecting_micro, making_micro, subcontracted_micro, purchased_micro and
        suggested_micro (what covers the open quantity); materials, materials_there, materials_ordered (how many bought
        components it needs on all levels, has in stock, has at least on order); status.
    """
    progress = lines.reset_index(drop=True)
    progress["open_micro"] = (progress["quantity_micro"] - progress["shipped_quantity_micro"]).clip(lower=0)
    owner = _owners(progress, pegs)
    for kind, column in COVER.items():
        rows = (owner >= 0) & (pegs["supply_kind"] == kind).to_numpy()
        progress[column] = _sums(owner[rows], pegs["quantity_micro"].to_numpy()[rows], len(progress))
    _without_shipped(progress)
    counts = _materials(len(progress), owner, pegs, bought)
    progress["materials"], progress["materials_there"], progress["materials_ordered"] = counts
    progress["status"] = _status(progress, as_of)
    return progress


def follow_releases(pegs: pd.DataFrame, releases: pd.DataFrame) -> pd.DataFrame:
    """The pegs with every planned order that was released since then replaced by the document it became.

    Args:
        releases: planned_order, order, kind (purchase, production or subcontract).
    """
    order = pd.Series(releases["order"].to_numpy(), index=releases["planned_order"])
    kind = pd.Series(releases["kind"].map(DOCUMENT).to_numpy(), index=releases["planned_order"])
    followed = pegs.copy()
    for side in ("supply", "demand"):
        released = (pegs[f"{side}_kind"] == "planned_order") & pegs[side].isin(order.index)
        followed.loc[released, f"{side}_kind"] = pegs.loc[released, side].map(kind)
        followed.loc[released, side] = pegs.loc[released, side].map(order)
    return followed


def _without_shipped(progress: pd.DataFrame) -> None:
    """Take what was shipped since the planning run off the covers, what was nearest to the customer first."""
    covers = list(COVER.values())
    excess = (progress[covers].sum(axis=1) - progress["open_micro"]).clip(lower=0)
    for column in covers:
        taken = np.minimum(progress[column], excess)
        progress[column] -= taken
        excess -= taken


def _sums(group: np.ndarray, values: np.ndarray, count: int) -> np.ndarray:
    sums = np.zeros(count, dtype=np.int64)
    np.add.at(sums, group, values)
    return sums


def _owners(lines: pd.DataFrame, pegs: pd.DataFrame) -> np.ndarray:
    """For each peg the position of the order line it serves directly, or -1."""
    if pegs.empty or lines.empty:
        return np.full(len(pegs), -1)
    asked = pd.MultiIndex.from_arrays([lines["order"], lines["line"].astype("int64")])
    number = pegs["line"].fillna(-1).astype("int64")
    owner = asked.get_indexer(pd.MultiIndex.from_arrays([pegs["demand"], number]))
    return np.where((pegs["demand_kind"] == "sales_order").to_numpy(), owner, -1)


def _materials(count: int, owner: np.ndarray, pegs: pd.DataFrame, bought: pd.Index) -> tuple[np.ndarray, ...]:
    """Bought components below each line: how many in all, in stock, at least on order."""
    needing, peg = _below(owner, pegs)
    item = bought.get_indexer(pegs["item"])[peg]
    stage = pegs["supply_kind"].map(STAGE_OF_SUPPLY).fillna(SUGGESTED).to_numpy(dtype=np.int64)[peg]
    kept = item >= 0
    pair, position = np.unique(needing[kept] * max(len(bought), 1) + item[kept], return_inverse=True)
    worst = np.zeros(len(pair), dtype=np.int64)
    # a component served by several supplies is as far as the last of them
    np.maximum.at(worst, position, stage[kept])
    line = pair // max(len(bought), 1)
    return tuple(np.bincount(line[worst <= stage], minlength=count) for stage in (SUGGESTED, THERE, ORDERED))


def _below(owner: np.ndarray, pegs: pd.DataFrame) -> tuple[np.ndarray, np.ndarray]:
    """Pairs of order line and peg on the levels below it, level by level from documents to what they ask for."""
    nodes = pd.Index(pd.unique(_node(pegs, "demand")))
    supply = nodes.get_indexer(_node(pegs, "supply"))
    demand = nodes.get_indexer(_node(pegs, "demand"))
    by_demand = np.argsort(demand, kind="stable")
    start = np.searchsorted(demand[by_demand], np.arange(len(nodes) + 1))
    seen = reached = _pairs(owner[owner >= 0], supply[owner >= 0], len(nodes))
    found_lines, found_pegs = [np.empty(0, dtype=np.int64)], [np.empty(0, dtype=np.int64)]
    while len(reached):
        line, node = np.divmod(reached, len(nodes))
        length = start[node + 1] - start[node]
        peg = by_demand[np.repeat(start[node] - np.cumsum(length) + length, length) + np.arange(length.sum())]
        line = np.repeat(line, length)
        found_lines.append(line)
        found_pegs.append(peg)
        reached = np.setdiff1d(_pairs(line, supply[peg], len(nodes)), seen, assume_unique=True)
        seen = np.union1d(seen, reached)
    return np.concatenate(found_lines), np.concatenate(found_pegs)


def _node(pegs: pd.DataFrame, side: str) -> pd.Series:
    return pegs[f"{side}_kind"] + ":" + pegs[side]


def _pairs(line: np.ndarray, node: np.ndarray, nodes: int) -> np.ndarray:
    """Line and node as one number each, without those that ask for nothing (stock, purchases)."""
    return np.unique((line * nodes + node)[node >= 0])


def _status(lines: pd.DataFrame, as_of: date) -> pd.Series:
    """One word for each line; the first that fits."""
    today = pd.Timestamp(as_of)
    delivered = lines["open_micro"] == 0
    cases = {
        "delivered late": delivered & (lines["last_shipped"] > lines["due_date"]),
        "delivered": delivered,
        "closed short": lines["state"].isin(["done", "closed"]),
        "to be approved": lines["state"].isin(["draft", "submitted"]),
        "late": lines["due_date"] < today,
        "will be late": lines["promised_date"] > lines["due_date"],
        "at risk": (lines["due_date"] <= today + pd.Timedelta(days=RISK_DAYS))
        & (lines["ready_micro"] < lines["open_micro"]),
    }
    words = np.select([case.to_numpy(dtype=bool) for case in cases.values()], list(cases), "on track")
    return pd.Series(words, dtype="str")
