"""Track production: how open orders stand, what is wrong with them, and telling sales whose date is in danger."""

from datetime import date

import pandas as pd
from prefect import task
from prefect.cache_policies import NO_CACHE

from calculations.order_progress import PlantProgress
from calculations.production_tracking import track_production
from models import tracking
from models.database import Connection, reading
from models.migrating import ready_engine
from settings import settings
from tasks.order_progress import progress_of, resolved
from tasks.presentation import readable_rows
from tasks.stage_run import stage_run

# That an order is due is no news to a customer.
HARMLESS = "due_soon"


def tracking_now(as_of: date, only_warnings: bool = False, policies: dict | None = None) -> dict[str, list[dict]]:
    """How open work and subcontract orders stand, as readable rows; nothing is written.

    Args:
        only_warnings: only orders with a warning.
    Returns:
        orders, operations, material, scrap, warnings and effects, see `calculations.production_tracking`.
    """
    with reading(ready_engine(settings().database_url)) as connection:
        frames = tracking_frames(connection, as_of, resolved(as_of, policies))
    if only_warnings:
        warned = frames["warnings"]["order"]
        frames = {name: frame[frame["order"].isin(warned)] for name, frame in frames.items()}
    return {name: readable_rows(frame.reset_index(drop=True)) for name, frame in frames.items()}


def tracking_frames(connection: Connection, as_of: date, policies: dict) -> dict[str, pd.DataFrame]:
    """The frames of `calculations.production_tracking` of the plant as it stands."""
    lines, plant, world = progress_of(connection, as_of, as_of, policies)
    return track_of(connection, plant, world, lines, as_of, policies)


def track_of(
    connection: Connection, plant: PlantProgress, world: dict, lines: pd.DataFrame, as_of: date, policies: dict
) -> dict[str, pd.DataFrame]:
    """The same of a plant whose progress is known already."""
    world["scrapped"] = tracking.scrapped_by_reason(connection)
    world["last_facts"] = tracking.last_facts(connection)
    return track_production(plant, world, lines, as_of, policies)


@task(name="track production", cache_policy=NO_CACHE)
def track_orders(as_of: date, policies: dict | None = None, tell: bool = False) -> dict:
    """Show how production stands; with `tell`, write to sales about every customer's date that is in danger.

    A line is told once, and again each time its date has become later than anybody was told.
    """
    with stage_run("production_tracking", as_of, policies) as run:
        frames = tracking_frames(run.connection, as_of, run.policies)
        warnings, orders = frames["warnings"], frames["orders"]
        run.count(orders=len(orders), warned=warnings["order"].nunique())
        run.count(**{kind: int(count) for kind, count in warnings["kind"].value_counts().sort_index().items()})
        run.show("Warnings", warnings)
        run.show("Customers who wait", frames["effects"])
        run.show("Open orders", orders)
        endangered = endangered_lines(frames)
        run.count(lines_in_danger=len(endangered))
        worse = tracking.worse_than_told(run.connection, endangered)
        if tell and len(worse):
            rows = _with_people(run.connection, worse)
            run.alert("endangered_line", run.number, {"rows": rows.rename(columns={"sales_order": "order"})})
            tracking.remember_told(run.connection, worse, run.number)
        run.count(lines_told=len(worse) if tell else 0)
        if len(worse) and not tell:
            run.say(f"{len(worse):,} of these lines would be told to sales; run it with tell switched on")
    return run.summary


def endangered_lines(frames: dict[str, pd.DataFrame]) -> pd.DataFrame:
    """Order lines that come after the day they are wanted because of an order with a warning, each once.

    Returns:
        sales_order, line, customer, item, wanted_date, from_date, to_date, days, because (the most pressing warning).
    """
    effects, warnings = frames["effects"], frames["warnings"]
    late = effects["decides"].astype(bool) & (effects["warned"] != HARMLESS)
    late &= effects["to_date"] > effects["wanted_date"]
    rows = effects[late].drop_duplicates(["sales_order", "line"])
    messages = warnings.set_index(["order", "kind"])["message"]
    told = messages.reindex(pd.MultiIndex.from_frame(rows[["order", "warned"]])).to_numpy(dtype=object)
    rows = rows.assign(because=pd.Series(rows["order"].to_numpy(dtype=object) + " " + told, rows.index, dtype="str"))
    columns = ["sales_order", "line", "customer", "item", "wanted_date", "from_date", "to_date", "days", "because"]
    return rows[columns].reset_index(drop=True)


def _with_people(connection: Connection, rows: pd.DataFrame) -> pd.DataFrame:
    """The lines with who sold them, and the planner and buyer of their item."""
    from models.progress import read_columns

    rows = rows.merge(tracking.people_of_lines(connection), on="sales_order", how="left")
    people = rows.merge(read_columns(connection, "items", "item", "planner", "buyer"), on="item", how="left")
    return people.assign(owner=people["owner"].fillna("")).drop(columns="told_date")


def order_words(row: dict, answer: dict[str, list[dict]]) -> list[str]:
    """An open order in a few lines: how far it is, its operations, material, warnings, and who waits."""
    mine = {name: [each for each in rows if each["order"] == row["order"]] for name, rows in answer.items()}
    reasons = ", ".join(f"{each['quantity']} {each['reason'] or 'without a reason'}" for each in mine["scrap"])
    scrapped = f", {row['scrapped']} scrapped" + f" ({reasons})" * bool(reasons) if row["scrapped"] != "0" else ""
    late = f", {row['days_late']} working day{'s' * (row['days_late'] > 1)} late" if row["days_late"] else ""
    begun = "" if row["started"] else ", not begun"
    lines = [
        f"{row['order']} {row['quantity']} {row['item']}: {row['percent']} %{begun}, {row['completed']} done{scrapped}"
        f", {row['open']} open, due {row['due_date']}, expected {row['expected_date']}{late} ({row['explanation']})"
    ]
    lines += [
        f"  operation {each['operation']} {each['work_center']}: {each['percent']} %, {each['passed']} passed"
        + f", {each['scrapped']} scrapped" * (each["scrapped"] != "0")
        + f", {each['waiting']} to come, {each['booked_hours']} of {each['standard_hours']} hours"
        for each in mine["operations"]
    ]
    for each in mine["material"]:
        parts = (("inspecting", "in inspection"), ("coming", "on order"), ("missing", "not ordered"))
        told = "".join(f", {each[name]} {words}" for name, words in parts if each[name] != "0")
        if told:
            lines.append(f"  {each['item']}: {each['there']} of {each['needed']} there{told}")
    for each in mine["warnings"]:
        lines.append(f"  ! {each['kind'].replace('_', ' ')}: {each['message']}")
        lines += [f"      {effect_words(effect)}" for effect in mine["effects"] if effect["warned"] == each["kind"]]
    return lines


def effect_words(effect: dict) -> str:
    """A customer's line behind an order, and what becomes of its date."""
    name = f"{effect['sales_order']}/{effect['line']} {effect['customer']}"
    if not effect["decides"] or not effect["days"]:
        return f"{name}, wanted {effect['wanted_date']}: not later by this"
    days = f"{effect['days']} working day{'s' * (effect['days'] > 1)} later"
    return f"{name}, wanted {effect['wanted_date']}: from {effect['from_date']} to {effect['to_date']}, {days}"
