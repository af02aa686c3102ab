"""Purchase requisitions that would cover what open work orders are short of, by the rules of the item and supplier."""

from datetime import date

import numpy as np
import pandas as pd

from calculations.exact import MICRO, micro_text
from calculations.lot_sizing import lot_parameters
from calculations.netting import LotParameters, order_quantities, parts_of
from calculations.supply_sources import BLANK, offers_of, step_on, supply_sources
from calculations.working_days import WorkingDays


def propose_requisitions(world: dict, components: pd.DataFrame, as_of: date) -> pd.DataFrame:
    """One row for each requisition: what to buy, of whom and when, for which work order and component.

    A shortage is raised to the minimum and up to a multiple, of the item or else of the supplier, and split at the
    item's maximum. What a requisition brings too much serves the next work orders that are short of the same item, so
    that the minimum applies once. It is due as planning would have it: safety lead time and inspection days before the
    work starts; dates that have passed stay, with the earliest possible day beside them.

    Args:
        components: as `shortage_analysis` returns them, in the order of service. Only what is bought is proposed.
    Returns:
        order, item, turn (counts the requisitions ever made for this order and component, the key with them),
        quantity_micro, receipt_quantity_micro (after yield), short_micro (the shortage it starts from, less what an
        earlier requisition leaves over), supplier ("" if nobody offers it), unit, unit_price_micro (of one stocking
        unit), currency, needed_date, due_date, release_date, earliest_date, minimum_micro, multiple_micro,
        lead_time_days, reason.
    """
    short = components[(components["short_micro"] > 0) & (components["source"] == "purchase")].reset_index(drop=True)
    items = world["items"].sort_values("item", kind="stable", ignore_index=True)
    item = pd.Index(items["item"]).get_indexer(short["item"])
    sources, calendar = supply_sources(world, items), WorkingDays(world["calendar"])
    today = int(np.datetime64(as_of, "D").astype(np.int64))
    need = short["needed_date"].to_numpy().astype("datetime64[D]").astype(np.int64)
    plan = sources.schedule(item, short["short_micro"].to_numpy(), need, today, calendar, None)
    lots = lot_parameters(
        items.take(item), np.append(sources.minimum, 0)[plan.offer], np.append(sources.multiple, 0)[plan.offer]
    )
    left, ordered = _ordered(item, short["short_micro"].to_numpy(), lots)
    row, quantity, received = parts_of(ordered, np.arange(len(ordered)), lots)
    kept = quantity > 0
    row, quantity, received = row[kept], quantity[kept], received[kept]
    # of a split each part answers what the parts before it leave open
    brought = pd.Series(received).groupby(row).cumsum().to_numpy(dtype=np.int64) - received
    ready = step_on(calendar, np.full(len(row), today), np.maximum(plan.lead[row], 0))
    frame = pd.DataFrame(
        {
            "order": short["order"].take(row).reset_index(drop=True),
            "item": short["item"].take(row).reset_index(drop=True),
            "quantity_micro": quantity,
            "receipt_quantity_micro": received,
            "short_micro": np.maximum(left[row] - brought, 0),
            "needed_date": short["needed_date"].take(row).reset_index(drop=True),
            "due_date": _dates(plan.due[row]),
            "release_date": _dates(plan.release[row]),
            "earliest_date": _dates(step_on(calendar, ready, sources.inspection_days[item[row]])),
            "minimum_micro": lots.minimum[row],
            "multiple_micro": lots.multiple[row],
            "lead_time_days": pd.Series(plan.lead[row], dtype="Int64").mask(plan.lead[row] == BLANK),
        }
    )
    frame = frame.assign(turn=_turns(world, frame), **_offered(world, sources, items, plan.offer[row], quantity))
    return frame.assign(reason=_reasons(frame))[list(COLUMNS)]


COLUMNS = (
    "order", "item", "turn", "quantity_micro", "receipt_quantity_micro", "short_micro", "supplier", "unit",
    "unit_price_micro", "currency", "needed_date", "due_date", "release_date", "earliest_date", "minimum_micro",
    "multiple_micro", "lead_time_days", "reason",
)  # fmt: skip


def _ordered(item: np.ndarray, short: np.ndarray, lots: LotParameters) -> tuple[np.ndarray, np.ndarray]:
    """What each shortage lacks after the surplus of the same item's earlier requisitions, and what is ordered for it.

    The k-th shortage of every item is looked at at once.
    """
    left, ordered = short.copy(), np.zeros(len(short), dtype=np.int64)
    rank = pd.Series(item).groupby(item).cumcount().to_numpy()
    surplus = np.zeros(int(item.max(initial=-1)) + 1, dtype=np.int64)
    for turn in range(int(rank.max(initial=-1)) + 1):
        rows = np.flatnonzero(rank == turn)
        left[rows] = np.maximum(short[rows] - surplus[item[rows]], 0)
        surplus[item[rows]] = np.maximum(surplus[item[rows]] - short[rows], 0)
        lacking = rows[left[rows] > 0]
        ordered[lacking], received = order_quantities(left[lacking], lacking, lots)
        surplus[item[lacking]] = received - left[lacking]
    return left, ordered


def _turns(world: dict, frame: pd.DataFrame) -> np.ndarray:
    """The next free turn of each order and component; the parts of a split follow each other."""
    turn = frame.groupby(["order", "item"]).cumcount().to_numpy(dtype=np.int64) + 1
    made = world.get("requisitions")
    if made is None or made.empty:
        return turn
    last = made.groupby(["order", "item"])["turn"].max()
    before = last.reindex(pd.MultiIndex.from_frame(frame[["order", "item"]])).fillna(0)
    return turn + before.to_numpy(dtype=np.int64)


def _offered(
    world: dict, sources, items: pd.DataFrame, offer: np.ndarray, quantity: np.ndarray
) -> dict[str, pd.Series]:
    """Supplier, purchase unit, price of a stocking unit at the quantity, and currency of each offer; -1 is none."""
    offers, _ = offers_of(world["supplier_items"], pd.Index(items["item"]))
    price = pd.Series(sources.prices(offer, quantity), dtype="Int64").mask(offer == BLANK)
    return {
        "supplier": pd.Series(np.append(sources.supplier, "").astype(object)[offer], dtype="str"),
        "unit": pd.Series(np.append(offers["unit"].to_numpy(dtype=object), "")[offer], dtype="str"),
        "unit_price_micro": price,
        "currency": pd.Series(np.append(offers["currency"].to_numpy(dtype=object), "")[offer], dtype="str"),
    }


def _reasons(frame: pd.DataFrame) -> pd.Series:
    """The arithmetic of each requisition as a sentence."""
    texts = []
    for row in frame.itertuples(index=False):
        parts = [f"{row.order} is short of {micro_text(row.short_micro)} {row.item} on {row.needed_date:%Y-%m-%d}"]
        if row.receipt_quantity_micro != row.quantity_micro:
            parts.append(f"{micro_text(row.quantity_micro)} bring {micro_text(row.receipt_quantity_micro)}")
        if row.quantity_micro > row.short_micro and row.minimum_micro > row.short_micro:
            parts.append(f"at least {micro_text(row.minimum_micro)} are ordered")
        if row.multiple_micro > MICRO:
            parts.append(f"in multiples of {micro_text(row.multiple_micro)}")
        if row.receipt_quantity_micro > row.short_micro:
            left = micro_text(row.receipt_quantity_micro - row.short_micro)
            parts.append(f"{left} more than it is short of serve whoever needs them next")
        if row.earliest_date > row.needed_date:
            parts.append(f"ordered today it can be there on {row.earliest_date:%Y-%m-%d}")
        if not row.supplier:
            parts.append("nobody offers it: add a supplier to supplier_items, or name one")
        texts.append("; ".join(parts))
    return pd.Series(texts, index=frame.index, dtype="str")


def _dates(days: np.ndarray) -> np.ndarray:
    return days.astype("datetime64[D]").astype("datetime64[s]")
