"""Planned orders → purchase, work and subcontract orders: which may go, what is merged, and what each one needs."""

from datetime import date

import numpy as np
import pandas as pd

from calculations.document_decisions import approval_limit
from calculations.exact import MICRO, multiply_divide
from calculations.merge_rules import merged
from calculations.policies import resolve
from calculations.release_choices import released_parts
from calculations.release_components import components_of
from calculations.row_parsing import no_refusals
from calculations.supply_sources import offers_of, supply_sources

RELEASABLE = ("suggested", "firm", "approved")
SALE_BOUND = ("sales_order", "work_order", "subcontract_order")
KINDS = {"purchase": "purchase_orders", "production": "work_orders", "subcontract": "subcontract_orders"}


def merge_planned_orders(
    world: dict,
    as_of: date,
    policies: dict | None = None,
    until: date | None = None,
    choices: pd.DataFrame | None = None,
) -> dict[str, pd.DataFrame]:
    """The documents that the planned orders due for release become, once merged.

    Purchases are merged by supplier, item, unit, price and date window, and all lines of a supplier within a window
    stand on one order; production by item, bill and window; subcontracting by supplier and item; the policies
    `merge_purchase`, `merge_production` and `merge_subcontract` say otherwise. An item's maximum order quantity is
    never exceeded by merging, and supply for orders is never merged with supply for stock. A window is
    `merge_window_days` working days from the earliest due date in it; a document is due on its earliest date, and no
    document's dates lie before `as_of`.

    Args:
        world: import tables and `planned_orders`; with `pegs` of planned orders (supply, demand_kind, demand),
            supply for orders and for stock is told apart.
        until: planned orders to be released up to this day are released; blank is `as_of`.
        choices: what a person decided about some of them, as `release_choices.released_parts` takes it; these go
            whatever their release date.
    Returns:
        purchase_orders, purchase_order_lines, work_orders, work_order_components, subcontract_orders,
        subcontract_order_components: `order` counts 1, 2, … within each kind, by supplier or item and date;
        releases (planned_order, kind, order, line, quantity_micro), sorted by planned order;
        waiting (what is above `approval_limit`: number, item, supplier, quantity, amount, release_date, buyer);
        refused (planned orders without supplier or bill), rows by the index of `planned_orders`;
        pieces (how a planned order is split: source, number, quantity_micro, receipt_quantity_micro, rest);
        merged (each released planned order or part of one, with all that decided where it went);
        warnings (planned_order, item, message) and faults (planned_order, message) of the choices.
    """
    policies = resolve(policies, as_of)
    planned = _due(world["planned_orders"], until or as_of, choices)
    chosen = released_parts(planned, choices, world, as_of, policies)
    planned, refused = _complete(_priced(chosen["parts"], world, as_of), world, as_of, policies)
    planned, waiting = _approved(_whole(planned, chosen), world, policies)
    planned = planned.assign(bound=_bound(planned, world.get("pegs")))
    groups = {kind: merged(planned[planned["kind"] == kind], kind, world, policies) for kind in KINDS}
    results = {**_purchases(groups["purchase"], as_of), **_works(groups["production"]), **_subcontracts(groups)}
    components = components_of(world, as_of, policies)
    works, subcontracts = results["work_orders"], results["subcontract_orders"]
    results["work_order_components"] = components.needs(works, "start_date")
    sent = components.needs(subcontracts, "start_date").drop(columns="issue_method")
    results["subcontract_order_components"] = sent
    results["subcontract_orders"] = subcontracts.drop(columns="start_date")
    results["releases"] = _releases(groups)
    pieces = chosen["pieces"]
    results["pieces"] = pieces[pieces["source"].isin(planned["source"])].reset_index(drop=True)
    results["merged"] = pd.concat(groups.values(), ignore_index=True)
    return results | {"waiting": waiting, "refused": refused} | {name: chosen[name] for name in ("warnings", "faults")}


def _due(planned: pd.DataFrame, until: date, choices: pd.DataFrame | None) -> pd.DataFrame:
    state = planned["state"] if "state" in planned else pd.Series("suggested", index=planned.index)
    due = planned["release_date"] <= pd.Timestamp(until)
    if choices is not None:
        due |= planned["number"].isin(choices["planned_order"])
    return planned.assign(state=state)[state.isin(RELEASABLE) & due]


def _whole(planned: pd.DataFrame, chosen: dict[str, pd.DataFrame]) -> pd.DataFrame:
    """The parts of planned orders none of whose parts was refused: an order goes as chosen, or not at all."""
    left = planned["source"].value_counts()
    asked = chosen["parts"]["source"].value_counts()
    return planned[planned["source"].map(left).to_numpy() == planned["source"].map(asked).to_numpy()]


def _priced(planned: pd.DataFrame, world: dict, as_of: date) -> pd.DataFrame:
    """Purchase unit, currency and price of each order's supplier in force on its release; a price of the plan stands.

    Production is valued at standard cost.
    """
    items = world["items"]
    offers, _ = offers_of(world["supplier_items"], pd.Index(items["item"]))
    offers = offers.assign(price=supply_sources(world, items).price)
    by_supplier: dict[tuple[str, str], list[tuple]] = {}
    for offer in offers.itertuples(index=False):
        by_supplier.setdefault((offer.supplier, offer.item), []).append(offer)
    days = planned["release_date"].clip(lower=pd.Timestamp(as_of)).tolist()
    keys = zip(planned["supplier"].tolist(), planned["item"].tolist(), days, strict=True)
    chosen = [_offer(by_supplier.get((supplier, item), []), day) for supplier, item, day in keys]
    offered = pd.Series([offer.price if offer else pd.NA for offer in chosen], index=planned.index, dtype="Int64")
    if "unit_price_micro" in planned:
        offered = planned["unit_price_micro"].astype("Int64").fillna(offered)
    standard = planned["item"].map(items.set_index("item")["standard_cost_micro"]).astype("Int64")
    return planned.assign(
        unit=pd.Series([offer.unit if offer else "" for offer in chosen], index=planned.index, dtype="str"),
        currency=pd.Series([offer.currency if offer else "" for offer in chosen], index=planned.index, dtype="str"),
        unit_price_micro=offered.where(planned["kind"] != "production", standard),
    )


def _offer(offers: list[tuple], day: pd.Timestamp) -> tuple | None:
    """The first offer in force on the day, else the first one."""
    for offer in offers:
        if offer.effective_from <= day and not offer.effective_to < day:
            return offer
    return offers[0] if offers else None


def _complete(planned: pd.DataFrame, world: dict, as_of: date, policies: dict) -> tuple[pd.DataFrame, pd.DataFrame]:
    """Orders that name what a document needs, with the bill in force; and the others, with the remedy."""
    start = planned["release_date"].clip(lower=pd.Timestamp(as_of))
    components = components_of(world, as_of, policies)
    bill = components.bill_positions(planned.assign(start=start), "start")
    planned = planned.assign(start=start, bill=components.bill_codes(bill))
    ordered = planned["kind"] != "production"
    faults = {
        "item": (~planned["item"].isin(world["items"]["item"]), "{item} is no item; add it to items"),
        "supplier": (
            ordered & ~planned["supplier"].isin(world["suppliers"]["supplier"]),
            "planned order {number} of {item} has no supplier; add one to supplier_items and plan again",
        ),
        "bill": (
            ~ordered & (planned["bill"] == ""),
            "{item} has no bill of materials in force on its release date; add one to boms and plan again",
        ),
    }
    rows, good = [], pd.Series(True, index=planned.index)
    for column, (broken, message) in faults.items():
        for row, order in planned[broken & good].iterrows():
            rows.append(("planned_orders", row, column, order["number"], message.format(**order)))
        good &= ~broken
    refused = pd.DataFrame(rows, columns=no_refusals().columns).astype(no_refusals().dtypes.to_dict())
    return planned[good], refused


def _approved(planned: pd.DataFrame, world: dict, policies: dict) -> tuple[pd.DataFrame, pd.DataFrame]:
    """Orders that may go, and suggestions above the approval limit, which wait."""
    price = planned["unit_price_micro"].fillna(0).to_numpy(dtype=np.int64)
    amount = multiply_divide(planned["quantity_micro"].to_numpy(), price, MICRO)
    amount = multiply_divide(amount, _rates(planned, world), MICRO)
    planned = planned.assign(amount_micro=amount)
    # a suggestion does not slip below the limit by being released in parts, in one run or in several
    whole = planned["whole_micro"].to_numpy(dtype=np.int64)
    whole = multiply_divide(multiply_divide(whole, price, MICRO), _rates(planned, world), MICRO)
    parts = planned["amount_micro"].groupby(planned["source"]).transform("sum").to_numpy(dtype=np.int64)
    planned = planned.assign(approved_micro=np.maximum(parts, whole))
    free = (planned["state"] != "suggested") | planned["firm"].astype(bool)
    limits = {kind: approval_limit(policies, kind) for kind in KINDS}
    above = [limits[kind] is not None and amount > limits[kind] for kind, amount in
             zip(planned["kind"].tolist(), planned["approved_micro"].tolist(), strict=True)]  # fmt: skip
    waits = ~free & np.array(above, dtype=bool)
    # of several parts with prices of their own one may be above the limit and another not: they wait together
    waits = planned["source"].isin(planned.loc[waits, "source"])
    columns = ["source", "item", "supplier", "suggested_micro", "approved_micro", "release_date"]
    waiting = planned.loc[waits, columns].drop_duplicates("source").sort_values("source", ignore_index=True)
    waiting = waiting.set_axis(["number", "item", "supplier", "quantity_micro", "amount_micro", "release_date"], axis=1)
    buyers = world["items"].set_index("item")["buyer"]
    return planned[~waits], waiting.assign(buyer=waiting["item"].map(buyers).astype("str"))


def _rates(planned: pd.DataFrame, world: dict) -> np.ndarray:
    """Plant currency for one of each order's currency on its release; 1 where no rate is known."""
    rates = world["exchange_rates"].sort_values("date")
    found = []
    for currency, day in zip(planned["currency"].tolist(), planned["start"].tolist(), strict=True):
        of_day = rates.loc[(rates["currency"] == currency) & (rates["date"] <= day), "rate_micro"] if currency else ()
        found.append(int(of_day.iloc[-1]) if len(of_day) else MICRO)
    return np.array(found, dtype=np.int64)


def _bound(planned: pd.DataFrame, pegs: pd.DataFrame | None) -> pd.Series:
    """Whether each order serves, through whatever levels, an order (and not only forecast or stock)."""
    if pegs is None or pegs.empty:
        return pd.Series(True, index=planned.index)
    if "supply_kind" in pegs:
        pegs = pegs[pegs["supply_kind"] == "planned_order"]
    above = pegs["demand_kind"] == "planned_order"
    parts = [planned["source"], pegs["supply"], pegs.loc[above, "demand"]]
    numbers = pd.factorize(pd.concat(parts, ignore_index=True))[0]
    asked, supply, parent = np.split(numbers, np.cumsum([len(planned), len(pegs)]))
    part = supply[above.to_numpy()]
    bound = np.zeros(numbers.max() + 1, dtype=bool)
    reached = supply[pegs["demand_kind"].isin(SALE_BOUND).to_numpy()]
    while not bound[reached].all():
        bound[reached] = True
        # what serves an order that serves a customer serves him too
        reached = part[bound[parent]]
    return pd.Series(bound[asked], index=planned.index)


def _lines(group: pd.DataFrame) -> pd.DataFrame:
    """One row for each document line: sums, earliest dates and the first planned order as origin."""
    lines = group.groupby(["order", "line"], sort=False).agg(
        item=("item", "first"),
        supplier=("supplier", "first"),
        quantity_micro=("quantity_micro", "sum"),
        due_date=("due_date", "min"),
        start_date=("start", "min"),
        unit_price_micro=("unit_price_micro", "first"),
        number=("number", "min"),
    )
    lines = lines.reset_index()
    due = lines["due_date"].where(lines["due_date"] > lines["start_date"], lines["start_date"])
    return lines.assign(due_date=due, origin=("planned_orders:" + lines["number"]).astype("str"))


def _purchases(group: pd.DataFrame, as_of: date) -> dict[str, pd.DataFrame]:
    lines = _lines(group)
    headers = lines.groupby("order", sort=False).agg(supplier=("supplier", "first"), origin=("origin", "min"))
    headers = headers.reset_index().assign(order_date=pd.Timestamp(as_of).as_unit("s"))
    columns = ["order", "line", "item", "quantity_micro", "due_date", "unit_price_micro", "origin"]
    return {
        "purchase_orders": headers[["order", "supplier", "order_date", "origin"]],
        "purchase_order_lines": lines[columns],
    }


def _works(group: pd.DataFrame) -> dict[str, pd.DataFrame]:
    columns = ["order", "item", "quantity_micro", "start_date", "due_date", "origin"]
    return {"work_orders": _lines(group)[columns]}


def _subcontracts(groups: dict[str, pd.DataFrame]) -> dict[str, pd.DataFrame]:
    lines = _lines(groups["subcontract"]).rename(columns={"unit_price_micro": "fee_micro"})
    columns = ["order", "supplier", "item", "quantity_micro", "due_date", "fee_micro", "start_date", "origin"]
    return {"subcontract_orders": lines[columns]}


def _releases(groups: dict[str, pd.DataFrame]) -> pd.DataFrame:
    parts = []
    for kind, group in groups.items():
        line = group["line"].astype("Int64")
        rows = group.assign(planned_order=group["number"], line=line if kind == "purchase" else line.mask(line > 0))
        parts.append(rows[["planned_order", "kind", "order", "line", "quantity_micro"]])
    return pd.concat(parts, ignore_index=True).sort_values("planned_order", ignore_index=True)
