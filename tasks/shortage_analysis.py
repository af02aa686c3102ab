"""Analyse what open work orders are short of, and requisition it: read, gate, calculate, gate, write; each once."""

from datetime import date
from pathlib import Path

import pandas as pd
from prefect import task
from prefect.cache_policies import NO_CACHE

from calculations import shortage_analysis
from calculations.errors import KitlineError
from calculations.policies import resolve
from calculations.requisition_orders import pegs_of_requisitions, planned_orders_of, requisition_orders
from calculations.row_parsing import ImportColumn, ImportTable, parse_table
from connectors.files import Sheet, read_rows, write_csv
from models.database import Connection, insert_missing, reading
from models.documents import next_numbers
from models.migrating import ready_engine
from models.planned_orders import surviving_orders
from models.requisitions import pegs_of_work_orders, releases_of_requisitions, withdraw_suggestions
from models.worlds import read_world
from settings import settings
from tasks.presentation import readable_rows
from tasks.stage_run import StageRun, stage_run
from validations.shortage_analysis import REQUISITIONS, WORK_ORDERS

TABLES = (
    "items",
    "unit_conversions",
    "boms",
    "bom_lines",
    "substitutes",
    "customers",
    "suppliers",
    "supplier_items",
    "price_breaks",
    "calendar",
    "sales_orders",
    "sales_order_lines",
    "stock",
    "purchase_orders",
    "purchase_order_lines",
    "work_orders",
    "work_order_components",
    "subcontract_orders",
    "subcontract_order_components",
    "requisitions",
)
SERIES = "REQ"
# What a buyer's file or form may say of a requisition; further columns of the proposal are for reading.
EDITED = ImportTable(
    "requisitions",
    "Requisitions as the buyer edited them.",
    (
        ImportColumn("order", "code", "work order", required=True),
        ImportColumn("item", "code", "component", required=True),
        ImportColumn("turn", "whole", "counts the requisitions for this order and component", default="1", low=1),
        ImportColumn("quantity", "decimal", "quantity to buy; 0 leaves it out", required=True, low=0),
        ImportColumn("supplier", "code", "blank is the one proposed", default=""),
    ),
    ("order", "item", "turn"),
)


class PlanChanged(KitlineError):
    """A suggestion was released while a requisition was about to take its place."""

    kind = "plan_changed"


class BadRequisition(KitlineError):
    """A row of a buyer's file or form that cannot be read."""

    kind = "bad_requisition"


@task(name="analyse shortages", cache_policy=NO_CACHE)
def analyse_shortages(
    as_of: date,
    policies: dict | None = None,
    requisition: bool = False,
    rows: list[dict] | None = None,
) -> dict:
    """What open work orders are short of, and what would be requisitioned; with `requisition`, it is.

    A requisition is a firm planned order of kind purchase with a number of its own series. Its key is the work order,
    the component and a count, so that running again, two runs at a time or a run after a kill make none twice.

    Args:
        rows: requisitions as the buyer edited them (order, item, turn, quantity, supplier); None takes the proposal.
    """
    edited = _edited(rows)
    with stage_run("shortage_analysis", as_of, policies) as run:
        world = run.gate(WORK_ORDERS, shortage_world(run.connection))
        frames = shortage_analysis.analyse_shortages(world, as_of, run.policies)
        run.quarantine(frames["refused"])
        _show(run, frames)
        chosen = requisition_orders(world, frames["requisitions"], edited, as_of)
        if not requisition:
            run.count(proposed=len(chosen["requisitions"]), already_requisitioned=len(chosen["made_before"]))
            _show_refused(run, chosen["refused"])
            return run.summary
        run.quarantine(chosen["refused"])
        run.gate(REQUISITIONS, chosen)
        _write(run, world, frames["components"], chosen)
    return run.summary


def shortages_now(as_of: date, policies: dict | None = None, rows: list[dict] | None = None) -> dict[str, list[dict]]:
    """Components, and the requisitions that would be made of the proposal or the buyer's rows; nothing is written.

    Returns:
        components, requisitions, made_before and refused as readable rows.
    """
    policies = resolve({**settings().policies, **(policies or {})}, as_of)
    with reading(ready_engine(settings().database_url)) as connection:
        world = shortage_world(connection)
    frames = shortage_analysis.analyse_shortages(world, as_of, policies)
    chosen = requisition_orders(world, frames["requisitions"], _edited(rows), as_of)
    return {name: readable_rows(frame) for name, frame in {"components": frames["components"], **chosen}.items()}


def shortage_world(connection: Connection) -> dict[str, pd.DataFrame]:
    """The plant as the shortage analysis sees it, with what the last plan says about work orders."""
    world = read_world(connection, TABLES)
    world["planned_orders"] = surviving_orders(connection)
    world["pegs"], world["releases"] = pegs_of_work_orders(connection), releases_of_requisitions(connection)
    return world


def write_proposal(path: Path, requisitions: list[dict]) -> None:
    """The proposed requisitions as a CSV file that a buyer edits; `read_proposal` reads it again."""
    columns = list(requisitions[0]) if requisitions else [column.name for column in EDITED.columns]
    cells = {name: ["" if row[name] is None else str(row[name]) for row in requisitions] for name in columns}
    write_csv(path, Sheet("requisitions", pd.DataFrame(cells, columns=columns), dict.fromkeys(columns, "text")))


def read_proposal(path: Path) -> list[dict]:
    """The rows of a buyer's file as text."""
    return read_rows(path)


def _edited(rows: list[dict] | None) -> pd.DataFrame | None:
    """The buyer's rows, typed.

    Raises:
        BadRequisition: a row that cannot be read; all are named.
    """
    if rows is None:
        return None
    names = [column.name for column in EDITED.columns]
    cells = [{name: "" if row.get(name) is None else str(row[name]) for name in names} for row in rows]
    text = pd.DataFrame(cells, columns=names, index=range(1, len(rows) + 1), dtype="str")
    frame, refused = parse_table(text, EDITED)
    if len(refused):
        rows_at_fault = refused[["row", "column", "message"]].itertuples(index=False)
        faults = "; ".join(f"row {row}, {column}: {message}" for row, column, message in rows_at_fault)
        raise BadRequisition(f"nothing was requisitioned: {faults}")
    return frame


def _show(run: StageRun, frames: dict[str, pd.DataFrame]) -> None:
    components = frames["components"]
    statuses = components["status"].value_counts()
    run.count(work_orders=components["order"].nunique(), components=len(components))
    run.count(**{status: int(statuses.get(status, 0)) for status in ("ready", "coming", "late", "short")})
    run.show("Short components", components[components["status"] != "ready"])
    run.show("Proposed requisitions", frames["requisitions"])


def _write(run: StageRun, world: dict, components: pd.DataFrame, chosen: dict[str, pd.DataFrame]) -> None:
    """Firm planned orders, the shortages they answer and what they serve, in this transaction."""
    made = chosen["requisitions"]
    numbers = next_numbers(run.connection, SERIES, run.as_of, len(made))
    run.count(requisitioned=len(made), already_requisitioned=len(chosen["made_before"]))
    if made.empty:
        return
    run.write("planned_orders", planned_orders_of(made, numbers), run=run.number)
    made = made.assign(planned_order=pd.Series(numbers, dtype="str"), run=run.number)
    written = insert_missing(run.connection, "requisitions", made)
    if written < len(made):
        # the lock on the stage's number keeps two runs apart; should it ever not, nothing of this one stays
        raise PlanChanged("another run requisitioned some of this meanwhile; look at the proposal again")
    run.write("pegs", pegs_of_requisitions(made, numbers), run=run.number)
    _withdraw(run, components, made)
    run.show("Requisitions", made)


def _withdraw(run: StageRun, components: pd.DataFrame, made: pd.DataFrame) -> None:
    """Take out the suggestions that would buy the same once more; the next plan suggests what else they served."""
    served = components.merge(made[["order", "item"]].drop_duplicates(), on=["order", "item"])["suggested"]
    numbers = sorted({number for listed in served if listed for number in listed.split(", ")})
    if not numbers:
        return
    withdrawn = withdraw_suggestions(run.connection, numbers)
    if withdrawn < len(numbers):
        raise PlanChanged("a suggestion for the same components was released meanwhile; look at the proposal again")
    run.count(suggestions_withdrawn=withdrawn)
    run.log.info("withdrawn: %s; plan again to see what else they served", ", ".join(numbers))


def _show_refused(run: StageRun, refused: pd.DataFrame) -> None:
    run.count(not_possible=len(refused))
    for message in refused["message"].head(10):
        run.log.warning("not possible: %s", message)
