"""Requisitions → firm planned orders of kind purchase, each once; what a buyer edited is held against the proposal."""

from datetime import date

import numpy as np
import pandas as pd

from calculations.exact import MICRO, micro_text, multiply_divide, step_of
from calculations.row_parsing import no_refusals
from calculations.supply_sources import BLANK, offers_of, step_back, step_on, supply_sources
from calculations.working_days import DAY, WorkingDays

KEY = ["order", "item", "turn"]


def requisition_orders(
    world: dict, proposals: pd.DataFrame, edited: pd.DataFrame | None, as_of: date
) -> dict[str, pd.DataFrame]:
    """The requisitions to make of the proposals, as the buyer edited them.

    A row stands for a proposal by its key: work order, component and turn. One that was made before is not made again,
    whatever it says now; 0 leaves a proposal out; a quantity may be more or less than proposed. What was edited has the
    price of its quantity and supplier; another supplier's lead time also moves its release and earliest dates.

    Args:
        edited: order, item, turn, quantity_micro, supplier ("" as proposed); None takes every proposal as it is.
    Returns:
        requisitions: the proposals' columns with the quantity and supplier chosen, sorted by order, item and turn.
        made_before: order, item, turn, planned_order of rows that were requisitioned before.
        refused: rows that are no proposal, that nobody would deliver, or below 0.
    """
    if edited is None:
        edited = proposals[KEY + ["quantity_micro", "supplier"]]
    edited = edited.reset_index(drop=True)
    made = world.get("requisitions")
    if made is None:
        made = pd.DataFrame(columns=[*KEY, "planned_order"])
    before = edited[KEY].merge(made[[*KEY, "planned_order"]], on=KEY, how="left")["planned_order"].notna().to_numpy()
    place = pd.MultiIndex.from_frame(proposals[KEY]).get_indexer(pd.MultiIndex.from_frame(edited[KEY]))
    faults = _faults(world, edited, proposals, place, before)
    good = ~before & (faults == "") & (edited["quantity_micro"] > 0).to_numpy()
    chosen = proposals.take(place[good]).reset_index(drop=True)
    frame = _as_edited(world, chosen, edited[good].reset_index(drop=True), as_of)
    return {
        "requisitions": frame.sort_values(KEY, kind="stable", ignore_index=True),
        "made_before": edited[before][KEY].merge(made[[*KEY, "planned_order"]], on=KEY),
        "refused": _refused(edited, faults),
    }


def planned_orders_of(requisitions: pd.DataFrame, numbers: list[str]) -> pd.DataFrame:
    """The rows of planned_orders that these requisitions are, firm, with the numbers given."""
    return pd.DataFrame(
        {
            "number": pd.Series(numbers, dtype="str"),
            "item": requisitions["item"],
            "kind": pd.Series("purchase", index=requisitions.index, dtype="str"),
            "quantity_micro": requisitions["quantity_micro"],
            "receipt_quantity_micro": requisitions["receipt_quantity_micro"],
            "release_date": requisitions["release_date"],
            "due_date": requisitions["due_date"],
            "need_date": requisitions["needed_date"],
            "supplier": requisitions["supplier"],
            "unit_price_micro": requisitions["unit_price_micro"],
            "firm": np.ones(len(requisitions), dtype=bool),
            "net_micro": requisitions["short_micro"],
            "minimum_micro": requisitions["minimum_micro"],
            "multiple_micro": requisitions["multiple_micro"],
            "lead_time_days": requisitions["lead_time_days"],
            "reason": requisitions["reason"],
            "origin": "work_orders:" + requisitions["order"],
            "state": pd.Series("firm", index=requisitions.index, dtype="str"),
        }
    )


def pegs_of_requisitions(requisitions: pd.DataFrame, numbers: list[str]) -> pd.DataFrame:
    """What each requisition serves until the next plan says so itself: its work order, with what that is short of."""
    served = np.minimum(requisitions["receipt_quantity_micro"], requisitions["short_micro"])
    return pd.DataFrame(
        {
            "position": np.arange(1, len(requisitions) + 1),
            "supply_kind": pd.Series("planned_order", index=requisitions.index, dtype="str"),
            "supply": pd.Series(numbers, dtype="str"),
            "demand_kind": pd.Series("work_order", index=requisitions.index, dtype="str"),
            "demand": requisitions["order"],
            "item": requisitions["item"],
            "date": requisitions["needed_date"],
            "quantity_micro": served,
        }
    )


def _faults(world: dict, edited: pd.DataFrame, proposals: pd.DataFrame, place, before) -> np.ndarray:
    """Why a row cannot be requisitioned, with the remedy; "" for those that can, and those made before."""
    suppliers = set(world["suppliers"]["supplier"])
    proposed = proposals["supplier"].tolist()
    keys = edited[KEY].astype("str").agg("/".join, axis=1) if len(edited) else pd.Series([], dtype="str")
    faults = np.full(len(edited), "", dtype=object)
    repeated = edited.duplicated(KEY).tolist()
    for row, (key, quantity, supplier, at) in enumerate(
        zip(keys, edited["quantity_micro"].tolist(), edited["supplier"].tolist(), place.tolist(), strict=True)
    ):
        if before[row] or (quantity == 0 and at >= 0):
            continue
        if at < 0:
            faults[row] = f"{key} is not short of anything that is bought; look at the proposal of today"
        elif repeated[row]:
            faults[row] = f"{key} stands twice; keep one row for it"
        elif quantity < 0:
            faults[row] = f"{key} asks for {micro_text(quantity)}; ask for more than 0, or 0 to leave it out"
        elif not (supplier or proposed[at]):
            faults[row] = f"nobody offers {edited['item'].iloc[row]}; name a supplier, or add one to supplier_items"
        elif supplier and supplier not in suppliers:
            faults[row] = f"supplier {supplier} of {key} is not in suppliers; add it there or correct the row"
    return faults


def _as_edited(world: dict, chosen: pd.DataFrame, edited: pd.DataFrame, as_of: date) -> pd.DataFrame:
    """The proposals with the buyer's quantity and supplier; a changed quantity brings what the yield leaves of it."""
    if chosen.empty:
        return chosen
    quantity = edited["quantity_micro"]
    changed = (quantity != chosen["quantity_micro"]).to_numpy()
    items = world["items"].set_index("item")
    rate = items["yield_rate_micro"].loc[chosen["item"]].to_numpy(dtype=np.int64)
    step = step_of(items["decimals"].loc[chosen["item"]].to_numpy(dtype=np.int64))
    good = multiply_divide(quantity.to_numpy(dtype=np.int64), rate, MICRO, "down") // step * step
    note = "; the buyer ordered " + quantity.map(micro_text) + " instead of " + chosen["quantity_micro"].map(micro_text)
    other = ((edited["supplier"] != "") & (edited["supplier"] != chosen["supplier"])).to_numpy()
    chosen = chosen.assign(
        quantity_micro=quantity,
        receipt_quantity_micro=np.where(changed, good, chosen["receipt_quantity_micro"]),
        supplier=edited["supplier"].where(other, chosen["supplier"]).astype("str"),
        reason=(chosen["reason"] + note.where(changed, "")).astype("str"),
    )
    return _offered_anew(world, chosen, np.flatnonzero(changed | other), np.flatnonzero(other), as_of)


def _offered_anew(world: dict, chosen: pd.DataFrame, priced: np.ndarray, dated: np.ndarray, as_of: date):
    """Requisitions with the price of their quantity, and the dates by the lead time of another supplier.

    A supplier who does not offer the item leaves the price to be found when the order is released.
    """
    if not len(priced):
        return chosen
    items = world["items"].sort_values("item", kind="stable", ignore_index=True)
    sources, calendar = supply_sources(world, items), WorkingDays(world["calendar"])
    item = pd.Index(items["item"]).get_indexer(chosen["item"])
    today = int(np.datetime64(as_of, "D").astype(np.int64))
    supplier = chosen["supplier"].to_numpy(dtype=object)
    offer = sources.offer_of(item, supplier, today)
    offer = np.where((offer >= 0) & (np.append(sources.supplier, "")[offer] == supplier), offer, BLANK)
    offered, _ = offers_of(world["supplier_items"], pd.Index(items["item"]))
    price = pd.Series(sources.prices(offer, chosen["quantity_micro"].to_numpy()), dtype="Int64").mask(offer == BLANK)
    columns = {"unit_price_micro": (price, priced)}
    for name in ("unit", "currency"):
        columns[name] = (pd.Series(np.append(offered[name].to_numpy(dtype=object), "")[offer], dtype="str"), dated)
    own = sources.lead_days[item]
    lead = np.where(own == BLANK, np.append(sources.offer_lead, BLANK)[offer], own)
    due = chosen["due_date"].to_numpy().astype(DAY).astype(np.int64)
    ready = step_on(calendar, np.full(len(item), today), np.maximum(lead, 0))
    days = {"release_date": step_back(calendar, due, np.maximum(lead, 0)),
            "earliest_date": step_on(calendar, ready, sources.inspection_days[item])}  # fmt: skip
    columns |= {name: (pd.Series(day.astype(DAY).astype("datetime64[s]")), dated) for name, day in days.items()}
    columns["lead_time_days"] = (pd.Series(lead, dtype="Int64").mask(lead == BLANK), dated)
    for name, (values, rows) in columns.items():
        chosen[name] = chosen[name].mask(pd.Series(np.isin(np.arange(len(chosen)), rows)), values)
    return chosen


def _refused(edited: pd.DataFrame, faults: np.ndarray) -> pd.DataFrame:
    rows = np.flatnonzero(faults != "")
    if not len(rows):
        return no_refusals()
    at = edited.take(rows)
    refused = pd.DataFrame(
        {
            "table": "requisitions",
            "row": rows + 1,
            "column": "quantity",
            "value": [micro_text(quantity) for quantity in at["quantity_micro"].tolist()],
            "message": faults[rows],
        }
    )
    return refused.astype(no_refusals().dtypes.to_dict())
