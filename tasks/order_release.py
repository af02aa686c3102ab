"""Release planned orders: read, gate, merge, gate, claim, number and write, each planned order once."""

from collections.abc import Callable
from datetime import date
from hashlib import sha256
from pathlib import Path

import pandas as pd
from prefect import task
from prefect.cache_policies import NO_CACHE

from calculations.errors import KitlineError
from calculations.order_release import KINDS, merge_planned_orders
from calculations.policies import resolve
from calculations.release_choices import Selection, choices_of
from calculations.release_deviations import DECIDED, release_deviations
from calculations.release_preview import release_preview
from calculations.row_parsing import ImportColumn, ImportTable, parse_table
from connectors.files import read_rows
from models.database import Connection, reading
from models.documents import coming_numbers, next_numbers
from models.migrating import ready_engine
from models.releasing import (
    claim_planned_orders,
    customers_of_orders,
    divide_planned_orders,
    pegs_above,
    planned_orders_due,
    release_world,
    state_of_planned_orders,
)
from settings import settings
from tasks.presentation import readable_cells, readable_rows
from tasks.stage_run import StageRun, stage_run
from validations.order_release import PLANNED_ORDERS, SUPPLY_ORDERS

SERIES = {"purchase": "PO", "production": "WO", "subcontract": "SC"}
# Headers before lines and components.
WRITTEN = {
    "purchase_orders": "purchase",
    "purchase_order_lines": "purchase",
    "work_orders": "production",
    "work_order_components": "production",
    "subcontract_orders": "subcontract",
    "subcontract_order_components": "subcontract",
}
EVERYTHING = Selection()
KINDS_OF = {"supplier": "str", "due_date": "datetime64[s]", "unit_price_micro": "Int64"}
# What a file or form may say of a planned order; further columns are for reading.
CHOSEN = ImportTable(
    "release choices",
    "What a person chose at release.",
    (
        ImportColumn("planned_order", "code", "planned order", required=True),
        ImportColumn("quantity", "decimal", "blank is all that is left", default=None),
        ImportColumn("supplier", "code", "blank is the one suggested", default=""),
        ImportColumn("due_date", "day", "blank is the day suggested", default=None),
        ImportColumn("unit_price", "decimal", "of a stocking unit; blank is by the offer", default=None, low=0),
    ),
    (),
)


class BadRelease(KitlineError):
    """Something was chosen at release that cannot be done; nothing is released."""

    kind = "bad_release"


@task(name="release orders", cache_policy=NO_CACHE)
def release_orders(
    as_of: date,
    policies: dict | None = None,
    until: date | None = None,
    selection: Selection = EVERYTHING,
    choices: pd.DataFrame | None = None,
) -> dict:
    """Turn planned orders due for release up to `until` (blank: `as_of`) into purchase, work and subcontract orders.

    Suggestions above the policy `approval_limit` stay and are told to the buyer; approved and firm ones go.

    Args:
        selection: only these planned orders, kinds, items, suppliers, buyers, planners.
        choices: quantities, parts, suppliers, dates and prices, as `release_choices.choices_of` returns them; what is
            chosen is released whatever its day.
    Raises:
        BadRelease: a choice that cannot be followed; all are named, and nothing is released.
    """
    with stage_run("order_release", as_of, policies) as run:
        world = _release_world(run.connection, until or as_of, selection, choices)
        if world["planned_orders"].empty and choices is None:
            run.count(released=0)
            return run.summary
        world = run.gate(PLANNED_ORDERS, world)
        frames = _claimed(run, world, until, choices)
        run.gate(SUPPLY_ORDERS, frames)
        _divide(run.connection, world, frames)
        _write(run, _numbered(frames, lambda series, count: next_numbers(run.connection, series, as_of, count)))
        _remember(run, release_deviations(frames["merged"], world["planned_orders"], choices))
        _tell(run, frames)
    return run.summary


def preview_release(
    as_of: date,
    policies: dict | None = None,
    until: date | None = None,
    selection: Selection = EVERYTHING,
    choices: pd.DataFrame | None = None,
) -> dict[str, list[dict]]:
    """What `release_orders` would make of the same data now, as readable rows; nothing is written.

    Returns:
        sentences, totals, documents, lines, planned_orders, components, waiting, rests, warnings, refused.
    """
    from validations.gate import check_frames, refuse_critical

    policies = resolve({**settings().policies, **(policies or {})}, as_of)
    with reading(ready_engine(settings().database_url)) as connection:
        world = _release_world(connection, until or as_of, selection, choices)
        outcome = check_frames(world, PLANNED_ORDERS)
        refuse_critical(outcome)
        world = outcome.kept(world)
        frames = merge_planned_orders(world, as_of, policies, until, choices)
        frames = _numbered(frames, lambda series, count: coming_numbers(connection, series, as_of, count))
        orders = world["pegs"].loc[world["pegs"]["demand_kind"] == "sales_order", "demand"].unique().tolist()
        world["customers_of"] = customers_of_orders(connection, orders)
    preview = release_preview(frames, world, policies, settings().currency)
    parts = ("work_order_components", "subcontract_order_components")
    preview["components"] = pd.concat([frames[name] for name in parts], ignore_index=True)
    refused = [outcome.refused, frames["refused"]]
    messages = [message for frame in refused for message in frame["message"]] + frames["faults"]["message"].tolist()
    rows = {name: readable_rows(frame) for name, frame in preview.items()}
    rows |= {name: readable_rows(frames[name]) for name in ("waiting", "warnings")}
    rows["refused"] = [{"message": message} for message in messages]
    return {"sentences": [{"sentence": text} for text in _in_words(rows)], **rows}


def read_choices(rows: list[dict]) -> tuple[Selection, pd.DataFrame]:
    """The planned orders that rows of a file, a form or a command name, and what they choose for them.

    Raises:
        BadRelease: a row that cannot be read; all are named.
    """
    names = [column.name for column in CHOSEN.columns]
    cells = [{name: "" if row.get(name) is None else str(row[name]) for name in names} for row in rows]
    text = pd.DataFrame(cells, columns=names, index=range(1, len(rows) + 1), dtype="str")
    frame, refused = parse_table(text, CHOSEN)
    if len(refused):
        faults = refused[["row", "column", "message"]].itertuples(index=False)
        said = "; ".join(f"row {row}, {column}: {message}" for row, column, message in faults)
        raise BadRelease(f"nothing was released: {said}")
    choices = choices_of(frame.to_dict("records"))
    return Selection(planned_orders=tuple(dict.fromkeys(choices["planned_order"]))), choices


def choices_in(path: Path) -> list[dict]:
    """The rows of a file of choices as text."""
    return read_rows(path)


def _release_world(connection: Connection, until: date, selection: Selection, choices: pd.DataFrame | None) -> dict:
    """All that the release of the selected planned orders looks at."""
    planned = planned_orders_due(connection, until, selection)
    world = release_world(connection, planned) | {
        "planned_orders": planned,
        "pegs": pegs_above(connection, planned),
    }
    if choices is not None:
        world["chosen_before"] = state_of_planned_orders(connection, choices["planned_order"].unique().tolist())
    return world


def _claimed(run: StageRun, world: dict, until: date | None, choices: pd.DataFrame | None) -> dict[str, pd.DataFrame]:
    """The documents of the planned orders that this run got; what another run took first is left out."""
    frames = merge_planned_orders(world, run.as_of, run.policies, until, choices)
    if len(frames["faults"]):
        raise BadRelease("nothing was released: " + "; ".join(frames["faults"]["message"]))
    planned = world["planned_orders"]
    wanted = planned[planned["number"].isin(frames["merged"]["source"])]
    claimed = claim_planned_orders(run.connection, wanted)
    if len(claimed) == len(wanted):
        return frames
    lost = set(wanted["number"]) - claimed
    if choices is not None and lost & set(choices["planned_order"]):
        names = ", ".join(sorted(lost))
        raise BadRelease(f"nothing was released: {names} changed meanwhile; look at the preview again")
    run.log.warning("%d planned orders were released by another run meanwhile", len(lost))
    world = world | {"planned_orders": planned[~planned["number"].isin(lost)]}
    return merge_planned_orders(world, run.as_of, run.policies, until, choices)


def _divide(connection: Connection, world: dict, frames: dict[str, pd.DataFrame]) -> None:
    """Store the pieces of planned orders that go in parts; documents refer to them."""
    pieces = frames["pieces"]
    if pieces.empty:
        return
    states = world["planned_orders"].set_index("number")["state"]
    divide_planned_orders(
        connection,
        pieces.assign(state=pieces["source"].map(states).where(pieces["rest"], "released").astype("str")),
    )


def _numbered(frames: dict[str, pd.DataFrame], give: Callable[[str, int], list[str]]) -> dict[str, pd.DataFrame]:
    """The frames with document numbers in place of the counts."""
    numbers = {}
    for kind, table in KINDS.items():
        orders = frames[table]["order"].tolist()
        numbers[kind] = dict(zip(orders, give(SERIES[kind], len(orders)), strict=True))
    written = {name: _renumbered(frames[name], numbers[kind]) for name, kind in WRITTEN.items()}
    for name in ("releases", "merged"):
        rows = frames[name]
        order = [numbers[kind][order] for kind, order in zip(rows["kind"], rows["order"], strict=True)]
        written[name] = rows.assign(order=pd.Series(order, dtype="str"))
    return frames | written


def _renumbered(frame: pd.DataFrame, numbers: dict[str, str]) -> pd.DataFrame:
    return frame.assign(order=frame["order"].map(numbers).astype("str"))


def _write(run: StageRun, frames: dict[str, pd.DataFrame]) -> None:
    for name in WRITTEN:
        run.write(name, frames[name])
    run.write("releases", frames["releases"], run=run.number)
    run.count(released=len(frames["releases"]))
    run.count(**{name: len(frames[name]) for name in WRITTEN if not name.endswith("components")})
    rests = int(frames["pieces"]["rest"].sum())
    if rests:
        run.count(rests_kept=rests)
    for message in frames["warnings"]["message"]:
        run.say(message)
    run.show("Purchase orders", frames["purchase_order_lines"])
    run.show("Work orders", frames["work_orders"])
    run.show("Subcontract orders", frames["subcontract_orders"])


def _remember(run: StageRun, deviations: pd.DataFrame) -> None:
    """Keep what was released otherwise than suggested, for `kitline history` of the planned order and its document."""
    for column in DECIDED:
        rows = deviations[deviations["column"] == column]
        texts = {side: [cell or "" for cell in readable_cells(rows[side].astype(KINDS_OF[column]).rename(column))]
                 for side in ("before", "after")}  # fmt: skip
        kept = pd.DataFrame({"key": rows["number"].to_numpy(), **texts}, dtype="str")
        kept = kept.assign(table="planned_orders", column=column.removesuffix("_micro"))
        run.write("changes", kept, run=run.number)


def _tell(run: StageRun, frames: dict[str, pd.DataFrame]) -> None:
    """Quarantine what cannot be released; tell the buyer what waits for approval, once for the same orders."""
    refused = frames["refused"]
    run.quarantine(refused.assign(key=refused["value"]))
    waiting = frames["waiting"]
    run.count(waiting_for_approval=len(waiting))
    run.show("Waiting for approval", waiting)
    if len(waiting):
        asked = waiting[["item", "supplier", "quantity_micro", "release_date"]].to_csv(index=False)
        key = sha256(asked.encode()).hexdigest()[:16]
        run.alert("approval_needed", key, {"rows": waiting})


def _in_words(rows: dict[str, list[dict]]) -> list[str]:
    """The preview in a few sentences."""
    whole = rows["totals"][-1]
    said = [f"{whole['planned_orders']} planned orders would become {whole['documents']} documents with "
            f"{whole['lines']} lines, worth {whole['amount']} {whole['currency']}. Nothing was written."]  # fmt: skip
    if rows["waiting"]:
        said.append(f"{len(rows['waiting'])} suggestions above the approval limit would wait.")
    said += [f"{row['quantity']} of {row['planned_order']} stay suggested as {row['number']}." for row in rows["rests"]]
    said += [f"Warning: {row['message']}." for row in rows["warnings"]]
    said += [f"Not possible: {row['message']}." for row in rows["refused"]]
    return said
