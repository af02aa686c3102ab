"""What open orders and stock serve before and after a change: what is not needed any more, and what can be done."""

import numpy as np
import pandas as pd

from calculations.exact import MICRO, micro_text, minor_unit, multiply_divide, step_of
from calculations.plan import Plan
from calculations.planning_inputs import MADE, PURCHASED, STOCK, SUBCONTRACTED, SUGGESTED, SUPPLY_KINDS
from calculations.supply_sources import BLANK

# Orders of our own making and of subcontractors, with their components, what was handed over, and what is finished.
BEGUN = {
    MADE: ("work_orders", "work_order_components", "issued_quantity_micro",
           ("completed_quantity_micro", "scrapped_quantity_micro")),
    SUBCONTRACTED: ("subcontract_orders", "subcontract_order_components", "sent_quantity_micro",
                    ("received_quantity_micro",)),
}  # fmt: skip
KEY = ["kind", "order", "line", "item"]


def committed_supply(plan: Plan) -> pd.DataFrame:
    """Stock and open or firm orders of a plan, with what each brings and what it serves.

    Returns:
        kind (position in SUPPLY_KINDS), order, line (-1 = none), item, day, total_micro, used_micro; only supplies that
        bring something.
    """
    pegging, receipts = plan.pegging, plan.inputs.receipts
    rows = np.flatnonzero(~pegging.planned)
    used = np.zeros(len(pegging.planned), dtype=np.int64)
    np.add.at(used, pegging.supply, pegging.quantity)
    ref, item = pegging.supply_ref[rows], pegging.supply_item[rows]
    of_stock = ref < 0
    # -1, of stock, is the blank behind the last receipt
    order, line = np.append(receipts.order, ""), np.append(receipts.line, BLANK)
    day, quantity = np.append(receipts.day, plan.inputs.as_of), np.append(receipts.quantity, 0)
    frame = pd.DataFrame(
        {
            "kind": pegging.supply_kind[rows],
            "order": pd.Series(order[ref], dtype="str"),
            "line": line[ref],
            "item": plan.inputs.items["item"].take(item).to_numpy(),
            "day": day[ref],
            "total_micro": np.where(of_stock, plan.inputs.on_hand[item], quantity[ref]),
            "used_micro": used[rows],
        }
    )
    return frame[frame["total_micro"] > 0].reset_index(drop=True)


def freed_supply(before: pd.DataFrame, after: pd.DataFrame, world: dict, cent: int = 2) -> pd.DataFrame:
    """Supplies that serve another quantity after a change than before, and what can still be done about each.

    Args:
        before, after: `committed_supply` of the plans without and with the change.
        world: the world with the change: documents as they stand.
        cent: decimals of the plant's currency.
    Returns:
        kind, order, line, item, due_date, total_micro (what it brings), before_micro and after_micro (what it serves),
        freed_micro (negative: it serves more), reduced_micro (by how much the change reduces it), reducible_micro (of
        the freed: neither reduced nor received nor begun), bound_micro (the rest: bought or made already, or under
        way), cost_micro (bound × price or standard cost), remedy; sorted by kind, order and item.
    """
    both = before.merge(after[[*KEY, "total_micro", "used_micro"]], on=KEY, how="left", suffixes=("", "_after"))
    for column in ("total_micro_after", "used_micro_after"):
        both[column] = both[column].fillna(0).astype("int64")
    both["freed_micro"] = both["used_micro"] - both["used_micro_after"]
    both = both[both["freed_micro"] != 0].sort_values(KEY, kind="stable", ignore_index=True)
    unneeded = (both["total_micro_after"] - both["used_micro_after"]).clip(lower=0)
    reduced = (both["total_micro"] - both["total_micro_after"]).to_numpy()
    # what nobody needed before the change either is none of its business
    wanted = np.minimum((both["freed_micro"] - reduced).clip(lower=0), unneeded).to_numpy(dtype=np.int64)
    free = np.minimum(wanted, _not_begun(both, world))
    bound = wanted - free
    unit_cost = _unit_costs(both, world)
    return pd.DataFrame(
        {
            "kind": pd.Series(SUPPLY_KINDS, dtype="str").take(both["kind"]).reset_index(drop=True),
            "order": both["order"],
            "line": both["line"].astype("Int64").mask(both["line"] == BLANK),
            "item": both["item"].astype("str"),
            "due_date": pd.Series(both["day"].to_numpy().astype("datetime64[D]").astype("datetime64[s]")),
            "total_micro": both["total_micro"],
            "before_micro": both["used_micro"],
            "after_micro": both["used_micro_after"],
            "freed_micro": both["freed_micro"],
            "reduced_micro": reduced,
            "reducible_micro": free,
            "bound_micro": bound,
            "cost_micro": minor_unit(multiply_divide(bound, unit_cost, MICRO), cent),
            "remedy": pd.Series(_remedies(both, reduced, free, bound), dtype="str"),
        }
    )


def _not_begun(supply: pd.DataFrame, world: dict) -> np.ndarray:
    """Micro-units of each supply that are neither received nor begun; 0 of stock."""
    free = np.zeros(len(supply), dtype=np.int64)
    kind = supply["kind"].to_numpy()
    for made in BEGUN:
        rows = np.flatnonzero(kind == made)
        if len(rows):
            free[rows] = _not_started(made, supply["order"].iloc[rows], world)
    whole = np.isin(kind, (PURCHASED, SUGGESTED))
    free[whole] = supply["total_micro_after"].to_numpy()[whole]
    return free


def _not_started(kind: int, orders: pd.Series, world: dict) -> np.ndarray:
    """Good units that the orders would bring of what neither is finished nor has got material."""
    table, parts, issued, finished = BEGUN[kind]
    documents = world[table].drop_duplicates("order").set_index("order").reindex(orders)
    quantity = documents["quantity_micro"].fillna(0).to_numpy(dtype=np.int64)
    done = sum(documents[column].fillna(0).to_numpy(dtype=np.int64) for column in finished)
    components = world[parts]
    components = components[components["order"].isin(orders) & (components["quantity_micro"] > 0)]
    place = pd.Index(orders).get_indexer(components["order"])
    sets = multiply_divide(components[issued].to_numpy(dtype=np.int64), quantity[place],
                           components["quantity_micro"].to_numpy(dtype=np.int64), "up")  # fmt: skip
    begun = np.array(done, dtype=np.int64)
    np.maximum.at(begun, place, sets)
    left = np.maximum(quantity - begun, 0)
    if kind != MADE:
        return left
    items = world["items"].drop_duplicates("item").set_index("item").reindex(documents["item"])
    rate = items["yield_rate_micro"].fillna(MICRO).to_numpy(dtype=np.int64)
    step = step_of(items["decimals"].fillna(6).to_numpy(dtype=np.int64))
    return multiply_divide(left, rate, MICRO, "down") // step * step


def _unit_costs(supply: pd.DataFrame, world: dict) -> np.ndarray:
    """Price of a purchase line, else standard cost, in micro-units; 0 where neither is known."""
    standard = world["items"].drop_duplicates("item").set_index("item")["standard_cost_micro"]
    cost = standard.reindex(supply["item"]).fillna(0).to_numpy(dtype=np.int64).copy()
    stock = world["stock"][world["stock"]["unit_cost_micro"].notna()].drop_duplicates("item")
    own = stock.set_index("item")["unit_cost_micro"].reindex(supply["item"])
    in_stock = (supply["kind"] == STOCK).to_numpy() & own.notna().to_numpy()
    cost[in_stock] = own.to_numpy(dtype="int64", na_value=0)[in_stock]
    lines = world["purchase_order_lines"]
    priced = lines[lines["unit_price_micro"].notna()].set_index(["order", "line"])["unit_price_micro"]
    price = priced[~priced.index.duplicated()].reindex(pd.MultiIndex.from_frame(supply[["order", "line"]]))
    bought = (supply["kind"] == PURCHASED).to_numpy() & price.notna().to_numpy()
    cost[bought] = price.to_numpy(dtype="int64", na_value=0)[bought]
    return cost


def _remedies(supply: pd.DataFrame, reduced: np.ndarray, free: np.ndarray, bound: np.ndarray) -> list[str]:
    columns = (supply["kind"], supply["total_micro_after"], supply["freed_micro"], reduced, free, bound)
    return [_remedy(*row) for row in zip(*(column.tolist() for column in columns), strict=True)]


def _remedy(kind: int, total: int, freed: int, reduced: int, free: int, bound: int) -> str:
    """What becomes of a supply, and what can still be done about it."""
    if freed < 0:
        return "serves more than before"
    ask = "ask the supplier to " if kind in (PURCHASED, SUBCONTRACTED) else ""
    done = ("cancelled" if not total else f"reduced by {micro_text(reduced)}") if reduced else ""
    to_do = ask + ("cancel it" if free == total else "reduce it") if free else ""
    rest = ""
    if bound:
        rest = "stays in stock" if kind == STOCK else "under way already: let it come to stock, or close it short"
    return "; ".join(part for part in (done, to_do, rest) if part) or "serves others or stock instead"
