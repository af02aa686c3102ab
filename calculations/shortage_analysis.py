"""Shortage analysis of open work orders: which components are there, which are coming, and what to requisition.

Work orders are served by the day they start, then priority, then number; between them stand, by their own dates, what
open order lines take of an item itself, what subcontract orders still have to be sent, and firm planned production. So
the last legs are not counted for a desk and for the customer who buys legs. Stock goes first, then substitutes in
stock, then goods in inspection, open orders and firm planned orders, however late. Safety stock may be used: the order
is there already.
"""

from datetime import date

import numpy as np
import pandas as pd

from calculations.exact import checked
from calculations.item_supply import firm_orders
from calculations.kit_counting import KitCounter
from calculations.kit_demands import COLUMNS, SERVED_BY, UnknownDemand, open_work_orders
from calculations.open_order_bills import issued_to_orders, open_order_bills, without
from calculations.order_lines import LOWEST_PRIORITY, open_order_lines
from calculations.policies import resolve
from calculations.product_structure import Bill, ProductStructure
from calculations.requisition_proposals import propose_requisitions
from calculations.requisitioned_supply import set_aside
from calculations.reserved_stock import net_of_reserved
from calculations.supply_sources import step_back, supply_sources
from calculations.working_days import WorkingDays

SOURCES = {"buy": "purchase", "make": "production", "subcontract": "subcontract"}
ADVICE = {
    "purchase": "requisition it",
    "production": "plan materials and release its production, or open a work order",
    "subcontract": "plan materials and release its subcontracting, or open a subcontract order",
}

RESULT = (
    "order", "item", "needed_date", "required_micro", "issued_micro", "available_micro", "incoming_micro", "covered_by",
    "covered_date", "short_micro", "status", "source", "requisitioned", "suggested", "advice",
)  # fmt: skip


def analyse_shortages(world: dict, as_of: date, policies: dict) -> dict[str, pd.DataFrame]:
    """What each open work order still needs, what covers it, and the purchase requisitions that would cover the rest.

    Args:
        world: import tables; where at hand `planned_orders`, `pegs` of the last plan, and the `requisitions` made
            before with the `releases` they went into.
        policies: `served_by`, `only_orders` (work orders to answer for; the others take theirs all the same),
            `excluded_warehouses`, `loss`, `phantom_stock`.
    Returns:
        components: order, item, needed_date (start of the work), required_micro (still to be issued), issued_micro,
            available_micro (allocated from stock, substitutes included), incoming_micro (allocated from open orders),
            covered_by, covered_date (the order that completes it), short_micro (covered by nothing), status (ready,
            coming, late, short), source (purchase, production, subcontract), requisitioned (planned orders made for it
            so far), suggested (the plan's suggestion for it), advice; sorted as the work orders are served, then item.
        requisitions: see `propose_requisitions`.
        refused: rows that cannot be looked at.
    Raises:
        CyclicBillOfMaterials, UnknownDemand.
    """
    policies = resolve(policies, as_of) | {"level": "single", "horizon": "on_hand"}
    # what was issued is told as it is; needs and supply are those left when reservations have had theirs
    plant, world = world, net_of_reserved(world, as_of)
    demands, refused = _demands(world, as_of, policies)
    asked = _asked(demands, policies["only_orders"])
    structure = ProductStructure(world, as_of, policies, planned_only=True)
    structure.refuse_cycles()
    bills = _bills(world, demands, structure)
    rest, reserved = set_aside(world, _needs(demands, bills, structure))
    bills = _without_reserved(demands, bills, reserved, structure)
    counter = KitCounter(rest, as_of, policies, as_planned=True)
    lines = _component_lines(counter, demands, bills, asked)
    components = _components(world, demands, lines, structure)
    components = _described(plant, _with_reserved(components, demands, asked, reserved, as_of), structure)
    return {
        "components": components,
        "requisitions": propose_requisitions(world, components, as_of),
        "refused": refused,
    }


def _demands(world: dict, as_of: date, policies: dict) -> tuple[pd.DataFrame, pd.DataFrame]:
    """Everything that takes of the same supply, as it is served: demand_kind and the columns of `kit_demands`."""
    lines, refused = open_order_lines(world)
    works, _ = open_work_orders(world, as_of, policies)
    parts = {
        "work_order": works,
        "sales_order": lines.assign(line=lines["line"].astype("Int64")),
        "subcontract_order": _subcontract_orders(world, as_of),
        "planned_order": _firm_production(world),
    }
    rows = [part[COLUMNS].assign(demand_kind=kind) for kind, part in parts.items() if len(part)]
    if not rows:
        return works[COLUMNS].assign(demand_kind=pd.Series([], dtype="str")), refused
    rows = pd.concat(rows, ignore_index=True)
    # what is overdue is wanted today
    rows["due_date"] = rows["due_date"].clip(lower=pd.Timestamp(as_of).as_unit("s"))
    return rows.sort_values(SERVED_BY[policies["served_by"]], kind="stable", ignore_index=True), refused


def _subcontract_orders(world: dict, as_of: date) -> pd.DataFrame:
    """Open subcontract orders on the day their material has to leave: one lead time before they are due."""
    orders, items = world["subcontract_orders"], world["items"]
    orders = orders[orders["item"].isin(items["item"])]
    orders = orders.assign(open_micro=orders["quantity_micro"] - orders["received_quantity_micro"])
    orders = orders[orders["open_micro"] > 0]
    if orders.empty:
        return _without_lines(orders, orders["due_date"])
    sources = supply_sources(world, items)
    item = pd.Index(items["item"]).get_indexer(orders["item"])
    today = int(np.datetime64(as_of, "D").astype(np.int64))
    offer = sources.offer_of(item, orders["supplier"].to_numpy(dtype=object), today)
    of_offer = np.where(offer >= 0, np.append(sources.offer_lead, 0)[offer], 0)
    lead = np.where(sources.lead_days[item] >= 0, sources.lead_days[item], np.maximum(of_offer, 0))
    due = orders["due_date"].to_numpy().astype("datetime64[D]").astype(np.int64)
    leaves = step_back(WorkingDays(world["calendar"]), due, lead).astype("datetime64[D]").astype("datetime64[s]")
    return _without_lines(orders, pd.Series(leaves, index=orders.index))


def _firm_production(world: dict) -> pd.DataFrame:
    planned = world.get("planned_orders")
    if planned is None or planned.empty:
        return pd.DataFrame(columns=COLUMNS)
    planned = firm_orders(planned)
    planned = planned[(planned["kind"] != "purchase") & planned["item"].isin(world["items"]["item"])]
    planned = planned.rename(columns={"number": "order", "quantity_micro": "open_micro"})
    return _without_lines(planned, planned["release_date"])


def _without_lines(orders: pd.DataFrame, due: pd.Series) -> pd.DataFrame:
    rows = orders[["order", "item", "open_micro"]].assign(due_date=due, priority=LOWEST_PRIORITY)
    return rows.assign(line=pd.Series(pd.NA, index=rows.index, dtype="Int64"))


def _asked(demands: pd.DataFrame, chosen: list[str]) -> np.ndarray:
    works = demands["demand_kind"] == "work_order"
    unknown = set(chosen) - set(demands.loc[works, "order"])
    if unknown:
        raise UnknownDemand(f"{min(unknown)} is not among the open work orders; write a number like WO-2026-00001")
    return (works & (demands["order"].isin(chosen) if chosen else True)).to_numpy(dtype=bool)


def _bills(world: dict, demands: pd.DataFrame, structure: ProductStructure) -> list[Bill | None]:
    """What each demand takes: an order line the item itself, firm production its bill, open orders what they lack."""
    bills = open_order_bills(world, demands, structure)
    positions, kinds = structure.positions_of(demands["item"]).tolist(), demands["demand_kind"].tolist()
    for row, (position, kind) in enumerate(zip(positions, kinds, strict=True)):
        if kind == "sales_order":
            bills[row] = structure.itself(position)
        elif kind == "planned_order":
            bills[row] = structure.bill(position)
    return bills


def _needs(demands: pd.DataFrame, bills: list[Bill | None], structure) -> dict[tuple[str, str], int]:
    """What each work order needs of its components, those below phantoms left out."""
    columns = (demands[name].tolist() for name in ("demand_kind", "order", "open_micro"))
    return {
        (order, structure.codes[part.position]): part.needed(quantity)
        for kind, order, quantity, bill in zip(*columns, bills, strict=True)
        if kind == "work_order" and bill
        for part in bill.components
        if not structure.is_phantom(part.position)
    }


def _without_reserved(demands, bills: list[Bill | None], reserved: pd.DataFrame, structure) -> list[Bill | None]:
    if reserved.empty:
        return bills
    quantity = reserved.groupby(["order", "item"])["quantity_micro"].sum().to_dict()
    served = set(reserved["order"])
    kinds, orders = demands["demand_kind"].tolist(), demands["order"].tolist()
    return [
        without(bill, order, quantity, structure.codes) if kind == "work_order" and order in served and bill else bill
        for kind, order, bill in zip(kinds, orders, bills, strict=True)
    ]


def _component_lines(
    counter: KitCounter, demands: pd.DataFrame, bills: list[Bill | None], asked: np.ndarray
) -> list[tuple]:
    """For each asked order and component: row, position, required, available, covered by nothing, cover.

    Every demand takes its part, in the order in which they stand.
    """
    lines = []
    for row, (bill, quantity, is_asked) in enumerate(zip(bills, demands["open_micro"].tolist(), asked, strict=True)):
        taken = counter.take(bill, quantity) if bill else []
        if is_asked:
            lines += [(row, *line) for line in taken]
    return lines


def _components(world: dict, demands: pd.DataFrame, lines: list[tuple], structure: ProductStructure) -> pd.DataFrame:
    row, position, required, available, short, covers = zip(*lines, strict=True) if lines else ((),) * 6
    of = demands.take(np.array(row, dtype=np.int64)).reset_index(drop=True)
    days = np.array([cover[0] if cover else np.iinfo(np.int64).min for cover in covers], dtype=np.int64)
    items = pd.Series(structure.codes, dtype="str").take(np.array(position, dtype=np.int64))
    return pd.DataFrame(
        {
            "row": np.array(row, dtype=np.int64),
            "order": of["order"],
            "item": items.reset_index(drop=True),
            "needed_date": of["due_date"],
            "required_micro": checked(list(required)),
            "available_micro": checked(list(available)),
            "short_micro": checked(list(short)),
            "covered_by": pd.Series([cover[1] if cover else "" for cover in covers], dtype="str"),
            "covered_date": days.astype("datetime64[D]").astype("datetime64[s]"),
        }
    )


def _with_reserved(components: pd.DataFrame, demands, asked: np.ndarray, reserved, as_of: date) -> pd.DataFrame:
    """The components with what is set aside for their orders, which is required and comes; the last cover is named."""
    works = demands[asked].reset_index(names="row")[["row", "order", "due_date"]]
    rows = works.rename(columns={"due_date": "needed_date"}).merge(reserved, on="order")
    if rows.empty:
        return components
    rows = rows.assign(required_micro=rows["quantity_micro"], available_micro=0, short_micro=0)
    rows["covered_date"] = rows["covered_date"].astype("datetime64[s]").clip(lower=pd.Timestamp(as_of).as_unit("s"))
    both = pd.concat([components, rows[list(components)].astype(components.dtypes.to_dict())], ignore_index=True)
    both = both.sort_values(["row", "item", "covered_date"], kind="stable", na_position="first")
    sums = dict.fromkeys(["required_micro", "available_micro", "short_micro"], "sum")
    kept = dict.fromkeys(["order", "needed_date", "covered_by", "covered_date"], "last")
    return both.groupby(["row", "item"], as_index=False).agg(sums | kept)


def _described(world: dict, components: pd.DataFrame, structure: ProductStructure) -> pd.DataFrame:
    """The components with what was issued and comes, their status, source, and what to do."""
    incoming = components["required_micro"] - components["available_micro"] - components["short_micro"]
    issued = issued_to_orders(world, components["order"], components["item"])
    sourcing = pd.Series(structure.sourcing, index=structure.index, dtype="str")
    source = components["item"].map(sourcing).map(SOURCES).astype("str")
    frame = components.assign(incoming_micro=incoming, issued_micro=issued, source=source)
    frame = frame.assign(status=_status(frame))
    frame = frame.assign(requisitioned=_requisitioned(world, frame), suggested=_suggested(world, frame))
    return frame.assign(advice=_advice(frame))[list(RESULT)]


def _status(frame: pd.DataFrame) -> pd.Series:
    late = frame["covered_date"] > frame["needed_date"]
    status = np.select(
        [frame["short_micro"] > 0, late, frame["incoming_micro"] > 0], ["short", "late", "coming"], "ready"
    )
    return pd.Series(status, index=frame.index, dtype="str")


def _requisitioned(world: dict, frame: pd.DataFrame) -> pd.Series:
    made = world.get("requisitions")
    if made is None or made.empty:
        return pd.Series("", index=frame.index, dtype="str")
    numbers = made.sort_values(["order", "item", "turn"]).groupby(["order", "item"])["planned_order"].agg(", ".join)
    return _looked_up(numbers, frame)


def _suggested(world: dict, frame: pd.DataFrame) -> pd.Series:
    """The suggestions of the last plan that serve each component, where that plan is at hand."""
    pegs, planned = world.get("pegs"), world.get("planned_orders")
    if pegs is None or pegs.empty:
        return pd.Series("", index=frame.index, dtype="str")
    # what survives a plan is no suggestion
    kept = firm_orders(planned)["number"] if planned is not None and len(planned) else []
    suggested = (pegs["supply_kind"] == "planned_order") & ~pegs["supply"].isin(kept)
    pegs = pegs[suggested & (pegs["demand_kind"] == "work_order")]
    numbers = pegs.drop_duplicates(["demand", "item", "supply"]).groupby(["demand", "item"])["supply"]
    return _looked_up(numbers.agg(lambda each: ", ".join(sorted(each))), frame)


def _looked_up(numbers: pd.Series, frame: pd.DataFrame) -> pd.Series:
    if numbers.empty:
        return pd.Series("", index=frame.index, dtype="str")
    found = numbers.reindex(pd.MultiIndex.from_frame(frame[["order", "item"]]))
    return pd.Series(found.fillna("").to_numpy(dtype=object), index=frame.index, dtype="str")


def _advice(frame: pd.DataFrame) -> pd.Series:
    """What to do about each component; "" where nothing is to be done."""
    expedite = "expedite " + frame["covered_by"].where(frame["covered_by"] != "", "it")
    advice = frame["source"].map(ADVICE).where(frame["status"] == "short", "").astype("str")
    release = "release " + frame["suggested"] + ", or requisition it"
    instead = (frame["status"] == "short") & (frame["source"] == "purchase") & (frame["suggested"] != "")
    advice = advice.where(~instead, release)
    return advice.where(frame["status"] != "late", expedite).astype("str")
