"""What the report is made of, read in one consistent view of the database."""

from dataclasses import dataclass
from datetime import date, timedelta

import pandas as pd

from calculations.errors import KitlineError
from calculations.order_progress import progress_without_plan
from calculations.shortage_analysis import RESULT, analyse_shortages
from calculations.subcontract_tracking import of_interest, tracking_totals
from models import progress
from models.database import Connection
from models.order_progress import order_lines
from settings import settings
from tasks.order_progress import progress_of, resolved
from tasks.pegging import with_reasons
from tasks.production_tracking import track_of
from tasks.shortage_analysis import shortage_world
from tasks.subcontract_tracking import tracker_frames

# Delivered lines stay on the report so long.
DAYS_SHOWN = 60
ORDER_LINES = 5_000
ROWS = 1_000
RUNS = 200


@dataclass(frozen=True)
class ReportData:
    """Frames of the report; counts say how many rows there are where a frame holds only the first of them."""

    as_of: date
    currency: str
    orders: pd.DataFrame
    orders_error: str
    tracking: dict[str, pd.DataFrame]
    kits: pd.DataFrame
    shortages: pd.DataFrame
    work_shortages: pd.DataFrame
    work_shortages_error: str
    suggestions: pd.DataFrame
    suggestions_waiting: int
    suggestions_overdue: int
    exceptions: pd.DataFrame
    exception_kinds: pd.DataFrame
    changes: pd.DataFrame
    change_counts: pd.DataFrame
    load: pd.DataFrame
    overload_orders: pd.DataFrame
    overload_orders_total: int
    planning_counts: dict
    inspections: pd.DataFrame
    inspections_posted: int
    waiting_inspection: pd.DataFrame
    subcontracts: dict[str, pd.DataFrame]
    subcontracts_error: str
    margins: pd.DataFrame
    margins_closed: int
    customer_margins: pd.DataFrame
    identity: pd.DataFrame
    gates: pd.DataFrame
    refused: pd.DataFrame
    refused_waiting: int
    dead_alerts: pd.DataFrame
    runs: pd.DataFrame
    runs_recorded: int


def read_report_data(connection: Connection, as_of: date, currency: str) -> ReportData:
    """Everything the report shows, with the results of the last completed runs."""
    planning = progress.latest_run(connection, "material_planning")
    kitting = progress.latest_run(connection, "kitting_check")
    waiting, overdue = progress.count_suggestions(connection, as_of)
    orders, orders_error, tracked = _orders(connection, as_of)
    work_shortages, work_shortages_error = _work_shortages(connection, as_of)
    subcontracts, subcontracts_error = _subcontracts(connection, as_of)
    return ReportData(
        as_of=as_of,
        currency=currency,
        orders=orders,
        orders_error=orders_error,
        tracking=tracked,
        kits=progress.kits(connection, kitting),
        shortages=progress.shortages(connection, kitting),
        work_shortages=work_shortages,
        work_shortages_error=work_shortages_error,
        suggestions=_suggestions(connection, planning),
        suggestions_waiting=waiting,
        suggestions_overdue=overdue,
        exceptions=progress.exceptions(connection, planning, ROWS),
        exception_kinds=progress.count_exceptions(connection, planning),
        changes=progress.plan_changes(connection, planning, ROWS),
        change_counts=progress.count_changes(connection, planning),
        load=progress.work_center_loads(connection, planning),
        overload_orders=progress.overload_orders(connection, planning, ROWS),
        overload_orders_total=progress.count_rows(connection, "overload_orders", run=planning),
        planning_counts=progress.run_counts(connection, planning),
        inspections=progress.inspections(connection, ROWS),
        inspections_posted=progress.count_rows(connection, "inspections", state="posted"),
        waiting_inspection=progress.waiting_for_inspection(connection),
        subcontracts=subcontracts,
        subcontracts_error=subcontracts_error,
        margins=progress.order_margins(connection, ROWS),
        margins_closed=progress.count_rows(connection, "order_margins"),
        customer_margins=progress.customer_margins(connection),
        identity=progress.cost_identity(connection),
        gates=progress.last_gate_results(connection),
        refused=progress.waiting_rows(connection, ROWS),
        refused_waiting=progress.count_rows(connection, "quarantine", state="waiting"),
        dead_alerts=progress.undeliverable_alerts(connection),
        runs=progress.recent_runs(connection, RUNS),
        runs_recorded=progress.count_rows(connection, "runs"),
    )


def _work_shortages(connection: Connection, as_of: date) -> tuple[pd.DataFrame, str]:
    """What open work orders lack or wait for, as of now, what nothing covers first; or why that cannot be said.

    Data that no analysis can be made of must not take the rest of the report away.
    """
    try:
        world = shortage_world(connection)
        components = analyse_shortages(world, as_of, settings().policies)["components"]
    except KitlineError as error:
        days = dict.fromkeys(("needed_date", "covered_date"), "datetime64[s]")
        return pd.DataFrame(columns=[*RESULT, "name"]).astype(days), str(error)
    components = components[components["status"] != "ready"]
    names = world["items"].set_index("item")["name"].reindex(components["item"]).to_numpy(dtype=object)
    rows = components.assign(name=pd.Series(names, index=components.index, dtype="str"))
    urgency = rows["status"].map({"short": 0, "late": 1, "coming": 2})
    return rows.assign(urgency=urgency).sort_values(["urgency", "needed_date"], kind="stable", ignore_index=True), ""


def _subcontracts(connection: Connection, as_of: date) -> tuple[dict[str, pd.DataFrame], str]:
    """The tracker's open rows and their totals; or none, and why they cannot be said."""
    try:
        tracker = of_interest(tracker_frames(connection, as_of))
    except KitlineError as error:
        return {}, str(error)
    return tracker | tracking_totals(tracker), ""


def _suggestions(connection: Connection, planning: str) -> pd.DataFrame:
    """The first suggestions with their reasons and whom they serve."""
    rows = progress.suggestions(connection, ROWS)
    return with_reasons(connection, rows) if planning else rows.assign(why="", serves="")


def _orders(connection: Connection, as_of: date) -> tuple[pd.DataFrame, str, dict[str, pd.DataFrame]]:
    """Order lines with their progress, open ones first; or by what was shipped alone, and why no more can be said.

    Beside them how the orders that make them stand; nothing where that cannot be said.
    """
    since, error, tracked = as_of - timedelta(days=DAYS_SHOWN), "", {}
    try:
        policies = resolved(as_of, None)
        frame, plant, world = progress_of(connection, since, as_of, policies)
        tracked = track_of(connection, plant, world, frame, as_of, policies)
    except KitlineError as trouble:
        frame, error = progress_without_plan(order_lines(connection, since), as_of), str(trouble)
    ended = frame["open_micro"] == 0
    return frame.assign(ended=ended).sort_values("ended", kind="stable", ignore_index=True), error, tracked
