"""Answer what work orders used of their material against what their output needs; nothing is written."""

from datetime import date

import pandas as pd

from calculations import policies as policy_rules
from calculations.errors import KitlineError
from calculations.exact import micro_text
from calculations.fact_posting import Engine
from calculations.material_usage import material_usage
from models import postings
from models.database import Connection, reading
from models.migrating import ready_engine
from models.worlds import read_world, unit_costs
from settings import settings
from tasks.posting import DOCUMENTS, MASTERS, hands_without_moves
from tasks.presentation import readable_rows


class UnknownWorkOrder(KitlineError):
    """A number that no work order has."""

    kind = "unknown_work_order"


def usage_now(as_of: date, orders: list[str] = (), policies: dict | None = None) -> dict[str, list[dict]]:
    """Usage by order and component, sums by component, and `sentences`.

    Args:
        orders: work orders told whole; none tells every finished order with a variance, and what open orders hold.
    Raises:
        UnknownWorkOrder: names every number that is none.
    """
    policies = policy_rules.resolve({**settings().policies, **(policies or {})}, as_of)
    with reading(ready_engine(settings().database_url)) as connection:
        world = _world(connection)
        returned = postings.returned_material(connection)
        costs = unit_costs(connection, world["items"])
    engine = Engine(world, policies)
    usage = material_usage(engine, returned, costs, policies["currency_decimals"])
    unknown = sorted(set(orders) - set(engine.documents.works))
    if unknown:
        raise UnknownWorkOrder(f"there is no work order {', '.join(unknown)}; correct the number")
    works = engine.documents.works
    finished = {number for number, order in works.items() if order.processed >= order.quantity}
    finished |= {number for number in works if engine.documents.states.get(("work_orders", number)) == "closed"}
    usage = usage.assign(finished=usage["order"].isin(finished))
    if orders:
        usage = usage[usage["order"].isin(list(orders))]
    else:
        usage = usage[(usage["finished"] & (usage["variance_micro"] != 0)) | (usage["on_floor_micro"] != 0)]
    return _answer(usage.reset_index(drop=True), as_of, told=bool(orders))


def _world(connection: Connection) -> dict[str, pd.DataFrame]:
    world = read_world(connection, [*MASTERS, *DOCUMENTS], ended="all")
    hands = hands_without_moves(connection).assign(line=pd.NA, warehouse="MAIN", lot="")
    held = postings.in_hands(connection)
    columns = list(held.columns)
    world["order_stock"] = pd.concat([held, hands[columns].astype(held.dtypes)], ignore_index=True)
    return world


def _answer(usage: pd.DataFrame, as_of: date, told: bool) -> dict[str, list[dict]]:
    done = usage[usage["finished"]]
    sums = done.groupby("item", as_index=False)[
        ["needed_micro", "issued_micro", "returned_micro", "consumed_micro", "on_floor_micro", "variance_micro",
         "variance_amount_micro"]
    ].sum()  # fmt: skip
    rows = readable_rows(usage.drop(columns="finished"))
    for row, finished in zip(rows, usage["finished"].tolist(), strict=True):
        row["finished"] = "yes" if finished else "no"
    if usage.empty:
        said = [
            f"As of {as_of} no finished work order used more or less than its output needs, and none holds material."
        ]
    else:
        value = micro_text(int(done["variance_amount_micro"].sum()))
        said = [
            f"As of {as_of}: finished orders have a variance of {value} at cost over {len(done)} components"
            + ("." if told else f"; {int((~usage['finished']).sum())} components lie at open orders.")
        ]
    unpriced = sorted(done.loc[done["variance_amount_micro"].isna(), "item"].unique())
    if unpriced:
        said.append(f"No cost is known of {', '.join(unpriced)}; give the item a standard cost.")
    return {
        "sentences": [{"sentence": text} for text in said],
        "usage": rows,
        "items": readable_rows(sums),
    }
