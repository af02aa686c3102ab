"""A plan's arrays as frames: orders with their arithmetic, requirements with every term, pegs."""

import numpy as np
import pandas as pd

from calculations.exact import MICRO, micro_text
from calculations.plan import Pegging, Plan
from calculations.planning_inputs import DEMAND_KINDS, PLANNED, SUPPLY_KINDS, Needs
from calculations.supply_sources import BLANK

ORDER_KINDS = {"make": "production", "buy": "purchase", "subcontract": "subcontract"}


def result_frames(plan: Plan) -> tuple[dict[str, pd.DataFrame], Pegging]:
    """planned_orders, requirements, pegs and substitutions of a plan, and the pegs as arrays."""
    pegging = plan.pegging
    numbers = order_numbers(plan)
    told = {**_arithmetic(plan), "reason": _reasons(plan), "origin": _origins(plan, numbers, pegging)}
    frames = {
        "planned_orders": _planned_orders(plan, numbers, told),
        "requirements": _requirements(plan),
        "pegs": _pegs(plan, numbers, pegging),
        "substitutions": _substitutions(plan),
    }
    return frames, pegging


def order_numbers(plan) -> np.ndarray:
    """Numbers of the planned orders: PLAN-item-n, counted by item in the order of need; taken numbers are left out."""
    item = plan.orders.item
    inputs = plan.inputs
    last = np.zeros(len(inputs.items), dtype=np.int64)
    for code, number in inputs.last_numbers.items():
        if code in inputs.index:
            last[inputs.index.get_loc(code)] = number
    head = np.flatnonzero(np.diff(item, prepend=-1))
    place = np.arange(len(item)) - np.repeat(head, np.diff(np.append(head, len(item))))
    count = pd.Series(place + 1 + last[item]).astype("str")
    return ("PLAN-" + _taken(inputs.items["item"], item) + "-" + count).to_numpy(dtype=object)


def demand_names(plan, numbers: np.ndarray, needs: Needs) -> np.ndarray:
    """Document number of each need."""
    documents = plan.inputs.documents
    names = np.full(len(needs), "", dtype=object)
    for kind, known in documents.items():
        rows = np.flatnonzero(needs.kind == kind)
        # firm orders come first, then the suggestions of this run
        known = np.concatenate([known, numbers]) if kind == PLANNED else known
        names[rows] = known[needs.ref[rows]]
    return names


def dates(days: np.ndarray) -> pd.Series:
    """Days since 1970-01-01 as dates."""
    return pd.Series(days.astype("datetime64[D]").astype("datetime64[s]"))


def date_texts(days: np.ndarray) -> pd.Series:
    """Days since 1970-01-01 as ISO text."""
    distinct, place = np.unique(days, return_inverse=True)
    return _taken(pd.Series(distinct.astype("datetime64[D]").astype(str), dtype="str"), place)


def quantity_texts(micro: np.ndarray) -> pd.Series:
    """Micro-units as plain decimal text."""
    distinct, place = np.unique(micro, return_inverse=True)
    return _taken(pd.Series([micro_text(value) for value in distinct.tolist()], dtype="str"), place)


def bare_orders(plan: Plan) -> pd.DataFrame:
    """planned_orders without the arithmetic behind them: what two plans are compared by."""
    return _planned_orders(plan, order_numbers(plan), {})


def _planned_orders(plan, numbers: np.ndarray, told: dict) -> pd.DataFrame:
    orders, items, sources = plan.orders, plan.inputs.items, plan.inputs.sources
    offer = orders.schedule.offer
    priced = offer >= 0
    price = sources.prices(offer, orders.quantity)
    kinds = pd.Series(list(ORDER_KINDS.values()), dtype="str")
    kind = pd.Index(ORDER_KINDS).get_indexer(sources.kind)
    frame = pd.DataFrame(
        {
            "number": pd.Series(numbers, dtype="str"),
            "item": _taken(items["item"], orders.item),
            "kind": _taken(kinds, kind[orders.item]),
            "quantity_micro": orders.quantity,
            "release_date": dates(orders.schedule.release),
            "due_date": dates(orders.schedule.due),
            "need_date": dates(orders.need),
            "receipt_quantity_micro": orders.received,
            "supplier": _taken(pd.Series(np.append(sources.supplier, ""), dtype="str"), offer),
            "unit_price_micro": pd.Series(pd.arrays.IntegerArray(np.where(priced, price, 0), ~priced)),
            "yield_rate_micro": items["yield_rate_micro"].to_numpy()[orders.item],
            "firm": np.zeros(len(numbers), dtype=bool),
            **told,
            "state": pd.Series("suggested", index=range(len(numbers)), dtype="str"),
        }
    )
    frame = frame.iloc[np.argsort(orders.item, kind="stable")].reset_index(drop=True)
    firm = plan.inputs.firm
    if firm is None or not len(firm):
        return frame
    kept = firm.reindex(columns=frame.columns).assign(firm=True)
    kept["yield_rate_micro"] = items["yield_rate_micro"].to_numpy()[firm["position"]]
    for column in {"supplier", "lot_sizing", "reason", "origin", "state"} & set(frame):
        kept[column] = kept[column].astype("str").fillna("")
    kept["state"] = kept["state"].where(kept["state"] != "", "firm")
    joined = pd.concat([kept.astype(frame.dtypes.to_dict()), frame], ignore_index=True)
    return joined.sort_values(["item", "need_date"], kind="stable", ignore_index=True)


def _arithmetic(plan) -> dict:
    """The terms behind each order's quantity and dates, as nullable columns: a firm order may have none."""
    orders, lots, netting, sources = plan.orders, plan.lots, plan.netting, plan.inputs.sources
    row, item = orders.movement, orders.item
    gross = plan.movements.gross[row]
    terms = {
        "gross_micro": gross,
        "available_micro": netting.before[row] + gross,
        "safety_stock_micro": plan.movements.safety[row],
        "net_micro": netting.net[row],
        "covered_micro": netting.covered[row],
        "lot_micro": np.where(lots.lot[item] > lots.step[item], lots.lot[item], BLANK),
        "minimum_micro": np.where(orders.minimum > 0, orders.minimum, BLANK),
        "multiple_micro": np.where(orders.multiple > lots.step[item], orders.multiple, BLANK),
        "maximum_micro": orders.part,
        "ordered_micro": netting.ordered[row],
        "ahead_days": sources.days_ahead[item],
        "lead_time_days": orders.schedule.lead,
    }
    limits = ("lot_micro", "minimum_micro", "multiple_micro", "maximum_micro", "lead_time_days")
    columns = {
        name: _blanked(values)
        if name in limits
        else pd.Series(pd.arrays.IntegerArray(values, np.zeros(len(row), bool)))
        for name, values in terms.items()
    }
    return {"lot_sizing": _taken(plan.inputs.items["lot_sizing"], item), **columns}


def _reasons(plan) -> pd.Series:
    """Each order's arithmetic as a sentence."""
    orders, lots, netting, moves = plan.orders, plan.lots, plan.netting, plan.movements
    row, item = orders.movement, orders.item
    before, gross = netting.before[row], moves.gross[row]
    text = "need " + quantity_texts(netting.net[row]) + " on " + date_texts(orders.need)
    text = text + " = " + quantity_texts(gross) + " required + " + quantity_texts(moves.safety[row])
    text = text + " safety stock − " + quantity_texts(before + gross) + " available"
    covered, ordered = netting.covered[row], netting.ordered[row]
    ahead = covered != netting.net[row]
    filled = ahead & (covered == lots.order_up_to[item] - before)
    raised, rest = ordered > covered, ordered != orders.quantity
    yields = lots.yield_rate[item]
    lead = orders.schedule.lead
    early = plan.inputs.sources.days_ahead[item]
    additions = (
        (filled, "; filled up to ", lots.order_up_to[item], ""),
        (ahead & ~filled, "; with the requirements ordered ahead ", covered, ""),
        (yields < MICRO, "; ÷ yield ", yields, ""),
        (raised & (lots.lot[item] > lots.step[item]), "; in lots of ", lots.lot[item], ""),
        (raised & (orders.minimum > covered), "; minimum ", orders.minimum, ""),
        (raised & (orders.multiple > lots.step[item]), "; multiple ", orders.multiple, ""),
        (rest, "; part of ", ordered, ""),
        (rest, ", at most ", orders.part, " an order"),
        (orders.quantity != netting.net[row], "; ordered ", orders.quantity, ""),
        (early > 0, "; due ", early * MICRO, " working days before the need"),
        (lead > 0, "; released ", lead * MICRO, " working days before it is due"),
    )
    for where, start, number, end in additions:
        text = _extended(text, where, start, number, end)
    return text


def _extended(text: pd.Series, where: np.ndarray, start: str, number: np.ndarray, end: str) -> pd.Series:
    """The texts with start, number and end behind those that `where` marks."""
    if not where.any():
        return text
    distinct, place = np.unique(np.where(where, number, np.iinfo(np.int64).min), return_inverse=True)
    pieces = [start + micro_text(value) + (end.replace("days", "day") if value == MICRO else end)
              for value in distinct.tolist()]  # fmt: skip
    if not where.all():
        pieces[0] = ""
    return text + _taken(pd.Series(pieces, dtype="str"), place)


def _origins(plan, numbers: np.ndarray, pegging) -> pd.Series:
    """The row that caused each order: the first need it serves, or the item whose stock it refills."""
    origin = ("items:" + _taken(plan.inputs.items["item"], plan.orders.item)).to_numpy(dtype=object)
    serving = np.flatnonzero(pegging.planned[pegging.supply])
    # pegs follow the demands, so the first peg of a supply is its first demand
    order, first = np.unique(pegging.supply_ref[pegging.supply[serving]], return_index=True)
    needs = pegging.needs.take(pegging.demand[serving[first]])
    tables = np.array(["sales_order_lines", "forecasts", "work_orders", "subcontract_orders", "planned_orders"], object)
    name = demand_names(plan, numbers, needs)
    line = np.where(needs.line == BLANK, "", "/" + needs.line.astype(str).astype(object))
    origin[order] = tables[needs.kind] + ":" + name + line
    return pd.Series(origin, dtype="str")


def _requirements(plan) -> pd.DataFrame:
    order = np.argsort(plan.item, kind="stable")
    moves, netting = plan.movements, plan.netting
    return pd.DataFrame(
        {
            "item": _taken(plan.inputs.items["item"], plan.item[order]),
            "date": dates(moves.day[order]),
            "gross_micro": moves.gross[order],
            "scheduled_receipts_micro": moves.receipts[order],
            "planned_receipts_micro": netting.received[order],
            "safety_stock_micro": moves.safety[order],
            "net_micro": netting.net[order],
            "projected_available_micro": netting.projected[order],
        }
    )


def _pegs(plan, numbers: np.ndarray, pegging) -> pd.DataFrame:
    receipts, needs = plan.inputs.receipts, pegging.needs
    # pegs follow the order of planning; the frame is by item
    order = np.argsort(needs.item[pegging.demand], kind="stable")
    demand, served_by, quantity = pegging.demand[order], pegging.supply[order], pegging.quantity[order]
    order_names = np.concatenate([receipts.order, numbers, [""]])
    order_lines = np.concatenate([receipts.line, np.full(len(numbers) + 1, BLANK)])
    ref = pegging.supply_ref + np.where(pegging.planned, len(receipts.order), 0)
    # -1, of stock, is the blank behind the last name
    supply = ref[served_by]
    names = pd.Series(demand_names(plan, numbers, needs), dtype="str")
    return pd.DataFrame(
        {
            "supply_kind": _taken(pd.Series(SUPPLY_KINDS, dtype="str"), pegging.supply_kind[served_by]),
            "supply": _taken(pd.Series(order_names, dtype="str"), supply),
            "supply_line": _blanked(order_lines[supply]),
            "demand_kind": _taken(pd.Series(DEMAND_KINDS, dtype="str"), needs.kind[demand]),
            "demand": _taken(names, demand),
            "line": _blanked(needs.line[demand]),
            "item": _taken(plan.inputs.items["item"], needs.item[demand]),
            "date": dates(needs.day[demand]),
            "quantity_micro": quantity,
        }
    )


def _substitutions(plan) -> pd.DataFrame:
    log = np.array(plan.substitutions, dtype=np.int64).reshape(-1, 4)
    log = log[np.lexsort((log[:, 1], log[:, 2], log[:, 0]))]
    items = plan.inputs.items["item"]
    return pd.DataFrame(
        {
            "item": _taken(items, log[:, 0]),
            "substitute": _taken(items, log[:, 1]),
            "date": dates(log[:, 2]),
            "quantity_micro": log[:, 3],
        }
    )


def _taken(values: pd.Series, places: np.ndarray) -> pd.Series:
    # negative places count from the end: the blank that was appended there
    places = np.where(places < 0, places + len(values), places)
    return values.take(places).reset_index(drop=True)


def _blanked(numbers: np.ndarray) -> pd.Series:
    return pd.Series(pd.arrays.IntegerArray(numbers.astype(np.int64), numbers == BLANK))
