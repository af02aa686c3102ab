"""How far orders are, asked at any time: read, peg today's plant, tell; nothing is written."""

import difflib
from collections.abc import Iterable
from datetime import date

import pandas as pd
from prefect import task
from prefect.cache_policies import NO_CACHE

from calculations.errors import KitlineError
from calculations.order_progress import PlantProgress, order_progress, plant_progress
from calculations.policies import resolve
from models import order_progress as stored
from models.database import Connection, reading
from models.migrating import ready_engine
from models.postings import operation_quantities
from settings import settings
from tasks.artifacts import publish_answer
from tasks.material_planning import planning_world
from tasks.presentation import readable_rows
from tasks.stage_run import run_logger

# So many of the latest lines are named in a summary.
WORST = 5
LATE = ("late", "will be late", "delivered late")


class UnknownOrder(KitlineError):
    """An order, line or customer that is not there."""

    kind = "unknown_order"


def progress_now(
    as_of: date, orders: Iterable[str] = (), customer: str = "", late: bool = False, policies: dict | None = None
) -> dict[str, list[dict]]:
    """Progress of order lines as they stand, as readable rows.

    Args:
        orders: order numbers, or order/line; these are told whole, with everything behind them. Empty: all open lines.
        customer: only this customer's. late: only lines that are late or will be.
    Returns:
        lines and components, see `calculations.order_progress.order_progress`.
    Raises:
        UnknownOrder: an order, line or customer that is not there.
    """
    orders = list(orders)
    with reading(ready_engine(settings().database_url)) as connection:
        lines = _chosen(stored.order_lines(connection, None if orders else as_of), orders, customer, as_of)
        world = progress_world(connection, as_of, lines["order"])
    plant = plant_progress(world, as_of, resolved(as_of, policies))
    frames = order_progress(lines, plant, world, as_of, detailed=bool(orders))
    if late:
        kept = frames["lines"]["status"].isin(LATE) | (frames["lines"]["days_late"] > 0)
        frames["lines"] = frames["lines"][kept].reset_index(drop=True)
        if len(frames["components"]):
            keys = frames["lines"][["order", "line"]]
            frames["components"] = frames["components"].merge(keys, on=["order", "line"])
    return {name: readable_rows(frame.drop(columns=["list_price_micro", "origin"], errors="ignore"))
            for name, frame in frames.items()}  # fmt: skip


def resolved(as_of: date, policies: dict | None) -> dict:
    """The plant's policies with those given."""
    return resolve({**settings().policies, **(policies or {})}, as_of)


def progress_world(connection: Connection, as_of: date, orders: pd.Series) -> dict[str, pd.DataFrame]:
    """The plant as planning sees it, with the open suggestions, the hours booked and what finished orders were for."""
    world = planning_world(connection, as_of)
    world["planned_orders"] = stored.open_suggestions(connection)
    world["time_entries"] = stored.booked_hours(connection)
    world["operation_quantities"] = operation_quantities(connection)
    world["finished_for"] = stored.finished_for(connection, orders)
    world["finished_components"] = stored.components_of(connection, world["finished_for"]["work_order"])
    return world


def progress_of(
    connection: Connection, since: date, as_of: date, policies: dict
) -> tuple[pd.DataFrame, PlantProgress, dict]:
    """Lines that are open, or were due or shipped since a day, with their progress; and what it was told from."""
    lines = stored.order_lines(connection, since)
    world = progress_world(connection, as_of, lines["order"])
    plant = plant_progress(world, as_of, policies)
    return order_progress(lines, plant, world, as_of)["lines"], plant, world


def _chosen(lines: pd.DataFrame, orders: list[str], customer: str, as_of: date) -> pd.DataFrame:
    if customer:
        known = lines["customer"].unique().tolist()
        if customer not in known:
            raise UnknownOrder(f"customer {customer} has no order here{_did_you_mean(customer, known)}")
        lines = lines[lines["customer"] == customer]
    if not orders:
        left = (lines["shipped_quantity_micro"] < lines["quantity_micro"]) & ~lines["state"].isin(["done", "closed"])
        return lines[left].reset_index(drop=True)
    numbers = lines["order"] + "/" + lines["line"].astype("str")
    for asked in orders:
        if not ((lines["order"] == asked) | (numbers == asked)).any():
            known = [*lines["order"].unique().tolist(), *numbers.tolist()]
            whose = f" of customer {customer}" if customer else ""
            raise UnknownOrder(f"there is no sales order or line {asked}{whose}{_did_you_mean(asked, known)}")
    return lines[lines["order"].isin(orders) | numbers.isin(orders)].reset_index(drop=True)


def _did_you_mean(asked: str, known: list[str]) -> str:
    close = difflib.get_close_matches(asked, known, n=3)
    return f"; did you mean {' or '.join(close)}?" if close else ""


@task(name="tell progress", cache_policy=NO_CACHE)
def tell_progress(
    as_of: date, orders: list[str], customer: str = "", late: bool = False, policies: dict | None = None
) -> dict[str, list[dict]]:
    """As `progress_now`, with `sentences` that sum it up, published as artifacts of the flow run."""
    answer = progress_now(as_of, orders, customer, late, policies)
    answer = {"sentences": [{"sentence": sentence} for sentence in summed_up(answer["lines"])], **answer}
    publish_answer("order-progress", f"Order progress as of {as_of}", answer)
    run_logger().info("%s", answer["sentences"][0]["sentence"])
    return answer


def summed_up(lines: list[dict]) -> list[str]:
    """The lines in a few sentences, the latest ones named."""
    late = [row for row in lines if row["days_late"]]
    counted = f"{len(lines):,} order line{'s' * (len(lines) != 1)}, {len(late):,} of them late or expected late."
    worst = sorted(late, key=lambda row: (-row["days_late"], row["order"], row["line"]))[:WORST]
    return [counted, *(f"{line_words(row)[0]}; {date_words(row)}." for row in worst)]


COVERS = (
    ("shipped_quantity", "shipped"),
    ("ready", "ready in stock"),
    ("inspecting", "in inspection"),
    ("making", "being made"),
    ("subcontracted", "at the subcontractor"),
    ("purchased", "on order"),
    ("suggested", "only suggested"),
    ("unplanned", "not planned"),
)


def line_words(row: dict) -> list[str]:
    """A line's progress in two or three sentences."""
    name = f"{row['order']}/{row['line']}"
    first = f"{name} {row['customer_name']}: {row['quantity']} {row['unit'] or ''} {row['item']}".replace("  ", " ")
    first += f", {row['status']}, {row['percent_complete']} % complete"
    told = [first, "  " + (", ".join(f"{row[key]} {words}" for key, words in COVERS if row[key] != "0") or "nothing")]
    if behind := behind_words(row):
        told.append("  " + behind)
    return [*told, "  " + date_words(row)] if row["open"] != "0" else told


def behind_words(row: dict) -> str:
    """Material and work orders behind a line: "12 of 14 materials there, 1 on order, 1 not ordered; 2 of 3 …"."""
    said = []
    if row["materials"]:
        parts = [f"{row['materials_there']} of {row['materials']} materials there"]
        for key, words in (("inspecting", "in inspection"), ("ordered", "on order"), ("missing", "not ordered")):
            parts += [f"{row[f'materials_{key}']} {words}"] * bool(row[f"materials_{key}"])
        said.append(", ".join(parts))
    if row["work_orders"]:
        begun = f", {row['work_orders_started']} started" if row["work_orders_started"] else ""
        said.append(f"{row['work_orders_done']} of {row['work_orders']} work orders done{begun}")
    if row["subcontract_orders"]:
        said.append(f"{row['subcontract_orders']} subcontract order{'s' * (row['subcontract_orders'] > 1)} open")
    return "; ".join(said)


def date_words(row: dict) -> str:
    """Promised against expected, and what decides it."""
    wanted = f"promised {row['promised_date']}" if row["promised_date"] else f"due {row['due_date']}"
    if not row["expected_date"]:
        return f"{wanted}; no date can be told: nothing is planned for it"
    late = f", {row['days_late']} working day{'s' * (row['days_late'] > 1)} late" if row["days_late"] else ""
    waits = f"; it waits for {row['waits_for']}" if row["waits_for"] else ""
    return f"{wanted}, expected {row['expected_date']}{late}{waits}"


def component_words(row: dict) -> str:
    """A supply behind a line, indented by its level."""
    kind = row["kind"].replace("_", " ")
    name = f"{kind} {row['number']}".strip()
    due = f", due {row['due_date']}" if row["due_date"] else ""
    there = f", there {row['ready_date']}" if row["due_date"] and row["ready_date"] != row["due_date"] else ""
    done = f", {row['percent']} %" if row["kind"] in ("work_order", "subcontract_order", "planned_order") else ""
    return "    " + "  " * (row["level"] - 1) + f"{row['needed']} {row['item']}: {name}{due}{there}{done}"
