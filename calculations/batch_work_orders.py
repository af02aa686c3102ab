"""Sales order lines → work orders in one step: what stock and other orders leave uncovered, merged or one each."""

from datetime import date

import numpy as np
import pandas as pd

from calculations.exact import MICRO, micro_text, multiply_divide, round_up_to, step_of, to_micro
from calculations.merge_rules import changes, windows
from calculations.order_lines import open_order_lines
from calculations.policies import resolve
from calculations.release_components import components_of
from calculations.reserved_stock import net_of_reserved
from calculations.supply_sources import supply_sources
from calculations.working_days import DAY, WorkingDays

KEY = ["order", "line"]
MERGE = {"line": ["item", "order", "line"], "item": ["item"]}


def batch_work_orders(
    world: dict, lines: pd.DataFrame, as_of: date, policies: dict | None = None, merge: str = "item"
) -> dict[str, pd.DataFrame]:
    """The work orders that would make what is not covered yet of sales order lines.

    Covered is what the last plan pegs to the line of stock, goods in inspection, open orders and firm planned orders,
    less what was shipped since; and what work orders made for this very line still bring. Suggestions do not cover: the
    work orders take their place.

    Args:
        world: items, boms, bom_lines, operations, …, sales_orders, sales_order_lines, customers, work_orders, pegs of
            the lines, planned_orders among their supplies, suggested_pegs (all pegs of those that are suggestions),
            work_order_demands.
        lines: the lines asked for: order, line, quantity_micro (NA: all that is not covered).
        merge: "line" makes a work order for each line, "item" one for each item and window of `merge_window_days`.
    Returns:
        lines: order, line, customer, item, due_date, open_micro, covered_micro, uncovered_micro, make_micro,
            work_order.
        work_orders: order (1, 2, …), item, quantity_micro, receipt_quantity_micro, start_date, due_date, bill, origin.
        work_order_components: order, item, quantity_micro, issue_method.
        demands: order, line, turn, work_order, item, quantity_micro.
        reduced, pieces, served: as `reduce_suggestions` takes them.
        refused: order, line, message. warnings: message.
    """
    policies, world = resolve(policies, as_of), net_of_reserved(world, as_of)
    asked, refused = _asked(world, lines, policies)
    items = world["items"].reset_index(drop=True)
    asked, without_bill = _with_bill(asked, world, as_of, policies)
    refused = pd.concat([refused, without_bill], ignore_index=True)
    making = asked[asked["make_micro"] > 0].reset_index(drop=True)
    making = _dated(making, world, items, as_of)
    making = _grouped(making, world, policies, merge)
    works = _work_orders(making, items)
    components = components_of(world, as_of, policies)
    demands = making[[*KEY, "turn", "work_order", "item", "make_micro"]].rename(
        columns={"make_micro": "quantity_micro"}
    )
    shown = asked.merge(making[[*KEY, "work_order"]], on=KEY, how="left")
    shown["work_order"] = shown["work_order"].fillna("").astype("str")
    return {
        "lines": shown[[*KEY, "customer", "item", "due_date", "open_micro", "covered_micro", "uncovered_micro",
                        "make_micro", "work_order"]],
        "work_orders": works,
        "work_order_components": components.needs(works, "start_date"),
        "demands": demands,
        "refused": refused,
        "warnings": _warnings(works, items),
        **_replaced(making, works, world, items),
    }  # fmt: skip


ASKED = {"order": "str", "line": "int64", "customer": "str", "item": "str", "due_date": "datetime64[s]",
         "open_micro": "int64", "covered_micro": "int64", "uncovered_micro": "int64", "make_micro": "int64",
         "turn": "int64"}  # fmt: skip


def _asked(world: dict, lines: pd.DataFrame, policies: dict) -> tuple[pd.DataFrame, pd.DataFrame]:
    """The lines with what is open, covered and to be made; and those that cannot be, with the remedy."""
    open_lines, _ = open_order_lines(world)
    asked = lines.drop_duplicates(KEY).merge(open_lines, on=KEY, how="left")
    names = world["sales_orders"].merge(world["customers"][["customer", "name"]], on="customer", how="left")
    customer = dict(zip(names["order"], names["name"].fillna(names["customer"]), strict=True))
    covered = _covered(asked, world)
    turns = world["work_order_demands"].groupby(KEY)["turn"].max().to_dict()
    items = {row.item: row for row in world["items"].itertuples(index=False)}
    allowed = 100 * MICRO + to_micro(policies["over_release_percent"])
    rows, refused = [], []
    for row in asked.itertuples(index=False):
        key = (row.order, int(row.line))
        held, item = covered.get(key), items.get(row.item)
        fault = _fault(row, held, item)
        if not fault:
            open_micro = int(row.open_micro)
            uncovered = max(open_micro - held, 0)
            most = int(multiply_divide(open_micro, allowed, 100 * MICRO, "down")) - held
            make = uncovered if pd.isna(row.quantity_micro) else int(row.quantity_micro)
            fault = _too_much(row, make, max(most, 0), item)
        if fault:
            refused.append((*key, f"{row.order}/{row.line}{fault}"))
            continue
        rows.append((*key, customer.get(row.order, ""), row.item, row.due_date, open_micro, min(held, open_micro),
                     uncovered, make, turns.get(key, 0) + 1))  # fmt: skip
    return pd.DataFrame(rows, columns=list(ASKED)).astype(ASKED), pd.DataFrame(refused, columns=[*KEY, "message"])


def _fault(row, held: int | None, item) -> str:
    """Why no work order can be made for a line, with the remedy; "" if it can."""
    if pd.isna(row.open_micro):
        return " is no open sales order line; see them by: kitline export sales_order_lines"
    if item.sourcing != "make":
        verb = "bought" if item.sourcing == "buy" else "subcontracted"
        return f": {row.item} is {verb}, not made; release what the plan suggests"
    return " is newer than the last plan; plan first: kitline run material_planning" if held is None else ""


def _too_much(row, make: int, most: int, item) -> str:
    """Why so much cannot be made for a line; "" if it can."""
    if make > most:
        return (f": {micro_text(make)} asked for, {micro_text(most)} of {micro_text(int(row.open_micro))} are not "
                "covered yet; ask for at most that")  # fmt: skip
    step = int(step_of(int(item.decimals)))
    if make < 0 or make % step:
        return f": {micro_text(make)} of {row.item} cannot be made; steps are {micro_text(step)}"
    return ""


def _covered(asked: pd.DataFrame, world: dict) -> dict[tuple[str, int], int]:
    """What stock and orders bring to each line that the plan or a work order knows, in micro-units."""
    planned = world["planned_orders"]
    open_ended = set(planned.loc[(planned["state"] == "suggested") & ~planned["firm"].astype(bool), "number"])
    pegged, firm, by_work = {}, {}, {}
    pegs = world["pegs"]
    for supply, kind, order, line, quantity in zip(
        pegs["supply"].tolist(), pegs["supply_kind"].tolist(), pegs["demand"].tolist(), pegs["line"].tolist(),
        pegs["quantity_micro"].tolist(), strict=True,
    ):  # fmt: skip
        key = (order, int(line))
        pegged[key] = pegged.get(key, 0) + quantity
        if kind == "planned_order" and supply in open_ended:
            continue
        firm[key] = firm.get(key, 0) + quantity
        by_work[supply, key] = by_work.get((supply, key), 0) + quantity
    left = _left_of_work_orders(world)
    for row in world["work_order_demands"].itertuples(index=False):
        key = (row.order, int(row.line))
        own = min(row.quantity_micro, left.get(row.work_order, 0))
        left[row.work_order] = left.get(row.work_order, 0) - own
        extra = max(own - by_work.get((row.work_order, key), 0), 0)
        firm[key] = firm.get(key, 0) + extra
        pegged[key] = pegged.get(key, 0) + extra
    found = {}
    for order, line, open_micro in zip(asked["order"], asked["line"], asked["open_micro"], strict=True):
        key = (order, int(line))
        if key in pegged and not pd.isna(open_micro):
            shipped_since = max(pegged[key] - int(open_micro), 0)
            # what is ready is shipped, and no suggestion
            found[key] = max(firm.get(key, 0) - shipped_since, 0)
    return found


def _left_of_work_orders(world: dict) -> dict[str, int]:
    """Good units that open work orders still bring."""
    works = world["work_orders"]
    rate = (
        works["item"].map(world["items"].set_index("item")["yield_rate_micro"]).fillna(MICRO).to_numpy(dtype=np.int64)
    )
    done = works["completed_quantity_micro"] + works["scrapped_quantity_micro"]
    left = np.maximum((works["quantity_micro"] - done).to_numpy(dtype=np.int64), 0)
    good = multiply_divide(left, rate, MICRO, "down")
    return dict(zip(works["order"].tolist(), good.tolist(), strict=True))


def _with_bill(asked: pd.DataFrame, world: dict, as_of: date, policies: dict) -> tuple[pd.DataFrame, pd.DataFrame]:
    """Lines whose item has a bill in force, with its code; and the others, with the remedy."""
    components = components_of(world, as_of, policies)
    day = pd.Series(pd.Timestamp(as_of), index=asked.index).astype("datetime64[s]")
    bill = components.bill_codes(components.bill_positions(asked.assign(start=day), "start"))
    asked = asked.assign(bill=pd.Series(bill, index=asked.index, dtype="str"))
    lacking = asked[asked["bill"] == ""]
    message = lacking["item"] + " has no bill of materials in force on " + f"{as_of:%Y-%m-%d}" + "; add one to boms"
    return asked[asked["bill"] != ""].reset_index(drop=True), lacking[KEY].assign(message=message)


def _dated(making: pd.DataFrame, world: dict, items: pd.DataFrame, as_of: date) -> pd.DataFrame:
    """The lines with the dates on which work for them starts and is due, as planning dates them; none in the past."""
    place = pd.Index(items["item"]).get_indexer(making["item"])
    today = int(np.datetime64(as_of, "D").astype(np.int64))
    need = making["due_date"].to_numpy().astype(DAY).astype(np.int64)
    start = _started(making["make_micro"], place, items)
    plan = supply_sources(world, items).schedule(place, start, need, today, WorkingDays(world["calendar"]), None)
    begins = np.maximum(plan.release, today)
    dates = {"start_date": begins, "ready_date": np.maximum(plan.due, begins)}
    return making.assign(**{name: pd.Series(days.astype(DAY).astype("datetime64[s]")) for name, days in dates.items()})


def _started(good: pd.Series, place: np.ndarray, items: pd.DataFrame) -> np.ndarray:
    """What must be started to have so much good of items."""
    rate = items["yield_rate_micro"].to_numpy(dtype=np.int64)[place]
    step = step_of(items["decimals"].to_numpy(dtype=np.int64))[place]
    whole = multiply_divide(good.to_numpy(dtype=np.int64), MICRO, rate, "up")
    return np.where(rate < MICRO, round_up_to(whole, 1, step), whole)


def _grouped(making: pd.DataFrame, world: dict, policies: dict, merge: str) -> pd.DataFrame:
    """The lines with the count of the work order each one is made by."""
    key = MERGE[merge]
    making = making.sort_values([*key, "ready_date", *KEY], kind="stable", ignore_index=True)
    dated = making.assign(due_date=making["ready_date"])
    window = windows(dated, key, world, policies["merge_window_days"]) if len(making) else np.zeros(0, dtype=np.int64)
    making = making.assign(window=window)
    count = np.cumsum(changes(making, [*key, "window"]))
    return making.assign(work_order=pd.Series(count.astype(str), dtype="str"))


def _work_orders(making: pd.DataFrame, items: pd.DataFrame) -> pd.DataFrame:
    works = making.groupby("work_order", sort=False).agg(
        item=("item", "first"), good=("make_micro", "sum"), start_date=("start_date", "min"),
        due_date=("ready_date", "min"), bill=("bill", "first"), order_=("order", "first"), line=("line", "first"),
    ).reset_index()  # fmt: skip
    place = pd.Index(items["item"]).get_indexer(works["item"])
    origin = "sales_order_lines:" + works["order_"] + "/" + works["line"].astype("str")
    return pd.DataFrame(
        {
            "order": works["work_order"].astype("str"),
            "item": works["item"].astype("str"),
            "quantity_micro": _started(works["good"], place, items),
            "receipt_quantity_micro": works["good"].astype("int64"),
            "start_date": works["start_date"].astype("datetime64[s]"),
            "due_date": works["due_date"].astype("datetime64[s]"),
            "bill": works["bill"].astype("str"),
            "origin": origin.astype("str"),
        }
    )


def _replaced(making: pd.DataFrame, works: pd.DataFrame, world: dict, items: pd.DataFrame) -> dict[str, pd.DataFrame]:
    """The suggestions that the work orders take over, as far as they served the lines."""
    made = {(row.order, int(row.line)): row for row in making.itertuples(index=False)}
    planned = world["planned_orders"]
    open_ended = planned[(planned["state"] == "suggested") & ~planned["firm"].astype(bool)]
    rows = {row.number: row for row in open_ended.itertuples(index=False)}
    left, taken, served = {}, {}, []
    budget = {key: row.make_micro for key, row in made.items()}
    for peg in world["suggested_pegs"].itertuples(index=False):
        if peg.supply not in rows:
            continue
        key = (peg.demand, None if pd.isna(peg.line) else int(peg.line))
        part = min(budget.get(key, 0), peg.quantity_micro) if peg.demand_kind == "sales_order" else 0
        if part:
            budget[key] -= part
            order = made[key].work_order
            taken.setdefault(peg.supply, {}).setdefault(order, 0)
            taken[peg.supply][order] += part
            served.append((peg.supply, peg.position, peg.quantity_micro - part))
        left[peg.supply] = left.get(peg.supply, 0) + peg.quantity_micro - part
    reduced, pieces = [], []
    for number, orders in taken.items():
        row = rows[number]
        place = pd.Index(items["item"]).get_indexer([row.item])
        start = int(_started(pd.Series([left[number]]), place, items)[0])
        reduced.append((number, row.quantity_micro, start, left[number]))
        pieces += [(number, order, good) for order, good in orders.items()]
        pieces += [(number, number, left[number])] if left[number] else []
    return {
        "reduced": pd.DataFrame(
            reduced, columns=["number", "before_micro", "quantity_micro", "receipt_quantity_micro"]
        ),
        "pieces": pd.DataFrame(pieces, columns=["source", "number", "quantity_micro"]),
        "served": pd.DataFrame(served, columns=["supply", "position", "left_micro"]),
    }


def _warnings(works: pd.DataFrame, items: pd.DataFrame) -> pd.DataFrame:
    """Limits of the items that the work orders do not keep."""
    limits = items.set_index("item")
    said = []
    for work in works.itertuples(index=False):
        item, quantity = limits.loc[work.item], work.quantity_micro
        step, most = item["order_multiple_micro"], item["maximum_order_quantity_micro"]
        name = f"{micro_text(quantity)} {work.item}"
        if quantity < item["minimum_order_quantity_micro"]:
            least = micro_text(int(item["minimum_order_quantity_micro"]))
            said.append(f"{name} are fewer than the {least} that are made at least")
        if not pd.isna(step) and quantity % int(step):
            said.append(f"{name} are no multiple of {micro_text(int(step))}")
        if not pd.isna(most) and quantity > int(most):
            said.append(f"{name} are more than the {micro_text(int(most))} of one order")
    return pd.DataFrame({"message": said}, dtype="str")
