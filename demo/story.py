"""Eight weeks of the sample company, played through the real import and the real flows.

Each Monday the CRM hands its opportunities over and the whole chain runs; on Thursdays, when nothing was sold, what
happened is posted and the plan and the releases follow. After each run people count, reserve, pick and correct, and the
factory acts out the days until the next.
Must be called inside a Prefect server's reach.
"""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import date, timedelta
from pathlib import Path

import numpy as np

from calculations.working_days import WorkingDays
from demo.factory import Factory, Tables, order_change
from demo.office import people_act, write_pages
from demo.sample_company import SEED, WEEKS, crm_drops, master_data, week_starts, write_tables

# The week whose Monday brings a customer's change of an order, counted from 0.
WEEK_OF_THE_CHANGE = 3
SECOND_RUN = timedelta(days=3)
MASTERS_READ = (
    "customers",
    "items",
    "boms",
    "bom_lines",
    "suppliers",
    "supplier_items",
    "work_centers",
    "operations",
    "calendar",
    "inspection_plans",
    "substitutes",
)
DOCUMENTS_READ = (
    "stock",
    "sales_orders",
    "sales_order_lines",
    "purchase_orders",
    "purchase_order_lines",
    "work_orders",
    "work_order_components",
    "subcontract_orders",
    "subcontract_order_components",
)


@dataclass(frozen=True)
class Stretch:
    """The days from one run of the chain to the next."""

    week: int
    first: date
    last: date
    opens_week: bool


def stretches(weeks: int, calendar: WorkingDays) -> list[Stretch]:
    """Two stretches a week: from its first working day, and from Thursday."""
    found = []
    for week, monday in enumerate(week_starts(weeks)):
        opening = calendar.on_or_after(np.datetime64(monday)).astype(object)
        thursday, sunday = monday + SECOND_RUN, monday + timedelta(days=6)
        found.append(Stretch(week, opening, thursday - timedelta(days=1), True))
        found.append(Stretch(week, thursday, sunday, False))
    return found


def play(
    folder: Path, tell: Callable[[int, str, Tables], None], weeks: int = WEEKS, seed: int = SEED, close: bool = True
) -> Path | None:
    """Run the story from the import of the master data to the closed first month.

    Args:
        folder: where the files that are imported are written, one folder a drop.
        tell: called after each step with the week (0 for the masters), what was done, and the tables handed over.
        weeks: how many weeks to play. seed: decides wishes and luck. close: close the first month at the end.
    Returns:
        the report's page; None when nothing is closed.
    """
    from flows.cost_closing import cost_closing
    from flows.report import report

    generator = np.random.default_rng(seed)
    drops = crm_drops(generator)
    _import(folder / "00-master-data", master_data(), week_starts()[0])
    world = _read_world()
    tell(0, "master data, stock and open orders imported", {})
    factory = Factory.opened(world, week_starts()[0], generator)
    last = week_starts()[0]
    for stretch in stretches(weeks, factory.plant.calendar):
        for step, tables in _stretch(folder, stretch, factory, drops, generator):
            tell(stretch.week + 1, step, tables)
        last = stretch.last
    last = factory.plant.calendar.on_or_before(np.datetime64(last)).astype(object)
    _post(last)
    tell(weeks, "last facts posted", {})
    if not close:
        return None
    cost_closing(last, period=f"{week_starts()[0]:%Y-%m}")
    tell(weeks, f"{week_starts()[0]:%B %Y} closed", {})
    page = report(last)
    write_pages(last, f"{week_starts()[0]:%Y-%m}")
    tell(weeks, "report and pages written", {})
    return page


def _stretch(folder: Path, stretch: Stretch, factory: Factory, drops: list[Tables], generator) -> Iterator[tuple]:
    """What happens from one run of the chain to the next, step by step."""
    name = f"week-{stretch.week + 1:02d}-{stretch.first:%a}".lower()
    if stretch.opens_week:
        arrived = dict(drops[stretch.week])
        if stretch.week == WEEK_OF_THE_CHANGE:
            arrived |= order_change(_read_world(), stretch.first, generator)
        _import(folder / f"{name}-crm", arrived, stretch.first)
        yield "opportunities", arrived
    _run_stages(stretch)
    yield "plan", people_act(_read_world(), stretch.week, stretch.opens_week, stretch.first)
    facts = factory.act_out(_read_world(), stretch.first, stretch.last)
    _import(folder / f"{name}-facts", facts, stretch.last)
    yield "facts", facts


def _run_stages(stretch: Stretch) -> None:
    from flows.material_planning import material_planning
    from flows.order_release import order_release
    from flows.order_to_delivery import order_to_delivery

    if stretch.opens_week:
        order_to_delivery(stretch.first, release_until=stretch.last, write_report=False)
    else:
        _post(stretch.first)
        material_planning(stretch.first, send=False)
        order_release(dry_run=False, as_of=stretch.first, until=stretch.last)


def _import(folder: Path, tables: Tables, as_of: date) -> None:
    from flows.data_import import data_import

    if any(len(table) for table in tables.values()):
        data_import(str(write_tables(tables, folder)), as_of, send=False)


def _post(as_of: date) -> None:
    from flows.fact_posting import fact_posting
    from flows.quality_inspection import quality_inspection

    fact_posting(as_of, send=False)
    quality_inspection(as_of, send=False)


def _read_world() -> dict:
    """The open documents and stock as they stand, and the masters the factory goes by."""
    from models.database import reading
    from models.migrating import ready_engine
    from models.worlds import read_world
    from settings import settings

    with reading(ready_engine(settings().database_url)) as connection:
        return read_world(connection, (*MASTERS_READ, *DOCUMENTS_READ))
