"""Change a sales order: preview what it touches, then apply it with its re-plan, in one transaction or not at all."""

from datetime import date

import pandas as pd
from prefect import task
from prefect.cache_policies import NO_CACHE

from calculations import order_change as calculation
from calculations.delivery_terms import lines_delivered_complete
from calculations.errors import KitlineError
from calculations.order_change import OrderChange
from calculations.order_change_rows import HEADERS, KEYS, RowDifference, row_differences
from models.database import Connection, insert_frame, read_table, reading, table_of
from models.document_life import change_state
from models.documents import DOCUMENTS, next_number, take_turn
from models.importing import update_rows
from models.migrating import ready_engine
from models.order_change_writing import delete_rows, order_change
from settings import settings
from tasks.material_planning import TABLES, plan_within
from tasks.posting import give_back_unneeded
from tasks.presentation import readable_rows
from tasks.simulation import what_if_tables
from tasks.stage_run import StageRun, stage_run, sub_stage
from tasks.what_if import ALSO_READ, branchable_world

SERIES = "OC"
# What a row that is taken out is remembered by.
REMEMBERED = ("item", "quantity", "due_date")
# How much of a document is done, by table of its quantities.
DONE = {
    "sales_order_lines": ("sales_orders", ("shipped_quantity_micro",)),
    "purchase_order_lines": ("purchase_orders", ("received_quantity_micro",)),
    "work_orders": ("work_orders", ("completed_quantity_micro", "scrapped_quantity_micro")),
    "subcontract_orders": ("subcontract_orders", ("received_quantity_micro",)),
}


class OrderChangedMeanwhile(KitlineError):
    """The order is not any more as it was when its change was looked at; nothing is changed."""

    kind = "order_changed_meanwhile"


@task(name="preview order change", cache_policy=NO_CACHE)
def preview_order_change(
    order: str, requests: list[dict], as_of: date, policies: dict | None = None, reduce: tuple[str, ...] | list = ()
) -> dict:
    """What changes of a sales order would do, as rows by frame (see `calculations.order_change.preview`).

    Returns:
        the frames; `seen`, which applying them asks for; `needs_approval`: lines inside the frozen fence.
    Raises:
        RefusedChanges: what cannot be changed, and why.
    """
    with reading(ready_engine(settings().database_url)) as connection:
        change = _previewed(connection, order, requests, as_of, policies, reduce)[0]
    frames = {name: readable_rows(frame) for name, frame in change.frames.items()}
    return {**frames, "seen": change.seen, "needs_approval": change.inside_fence}


@task(name="change order", cache_policy=NO_CACHE)
def change_order(
    order: str,
    requests: list[dict],
    as_of: date,
    by: str,
    reason: str,
    seen: str,
    policies: dict | None = None,
    reduce: tuple[str, ...] | list = (),
) -> dict:
    """Apply changes of a sales order with their re-plan; inside the frozen fence they wait for approval instead.

    Args:
        seen: what the preview gave; the order must still be as it was then.
    Returns:
        the run's summary with `number` and `state` (applied or submitted) of the change, and the preview's `sentences`.
    Raises:
        RefusedChanges: what cannot be changed, and why. OrderChangedMeanwhile: somebody else changed the order.
    """
    if not by.strip():
        raise KitlineError("say who changes the order (by)")
    # what is refused is told to the person, not recorded as a failed run
    with reading(ready_engine(settings().database_url)) as connection:
        _refuse_unseen(_previewed(connection, order, requests, as_of, policies, reduce)[0], order, seen)
    with stage_run("order_change", as_of, policies) as run:
        take_turn(run.connection, DOCUMENTS, as_of)
        change, world = _previewed(run.connection, order, requests, as_of, policies, reduce)
        _refuse_unseen(change, order, seen)
        number = next_number(run.connection, SERIES, as_of)
        state = "submitted" if change.inside_fence else "applied"
        row = {"number": number, "order": order, "changes": requests, "cancel_supply": list(reduce), "seen": seen,
               "by": by.strip(), "reason": reason.strip(), "state": state}  # fmt: skip
        run.write("order_changes", pd.DataFrame([row]), as_of=pd.Timestamp(as_of), run=run.number)
        if change.inside_fence:
            _ask(run, number, by, order, change)
        else:
            _apply(run, number, by, reason, change, world)
        run.count(**{f"changes_{state}": 1})
    sentences = change.frames["sentences"]["sentence"].tolist()
    return {**run.summary, "number": number, "state": state, "sentences": sentences}


def apply_submitted(run: StageRun, number: str, by: str) -> None:
    """Apply a change that waited for approval, in the run that approves it; `by` approves.

    Raises:
        RefusedChanges, OrderChangedMeanwhile: it cannot be applied any more as it was asked for.
    """
    asked = order_change(run.connection, number)
    order, requests, reduce = asked["order"], asked["changes"], asked["cancel_supply"]
    change, world = _previewed(run.connection, order, requests, run.as_of, run.policies, reduce)
    _refuse_unseen(change, order, asked["seen"])
    _apply(run, number, by, asked["reason"], change, world)


def _previewed(
    connection: Connection, order: str, requests, as_of: date, policies: dict | None, reduce
) -> tuple[OrderChange, dict[str, pd.DataFrame]]:
    world = branchable_world(connection, as_of)
    chosen = {**settings().policies, **(policies or {})}
    carried = {*TABLES, *ALSO_READ, "planned_orders"}
    change = calculation.preview(world, as_of, chosen, order, requests, what_if_tables(), carried, reduce)
    return change, world


def _refuse_unseen(change: OrderChange, order: str, seen: str) -> None:
    if seen.strip() != change.seen:
        told = "look at the preview first, and give what it says under seen" if not seen.strip() else (
            "somebody changed it since you looked; look at the preview again")  # fmt: skip
        raise OrderChangedMeanwhile(f"order {order} was not changed: {told} (now {change.seen})")


def _ask(run: StageRun, number: str, by: str, order: str, change: OrderChange) -> None:
    """Tell who can approve that a change waits."""
    said = "; ".join(change.frames["sentences"]["sentence"].head(5))
    run.say(f"{number} waits for approval: {said}")
    message = (
        f"{by} asks to change {order} inside the frozen fence: {said}. To let it through: kitline decide approve "
        f"{number}; to turn it down: kitline decide reject {number} --reason …"
    )
    run.alert("order_change", number, {"message": message})
    _show(run, change)


def _apply(run: StageRun, number: str, by: str, reason: str, change: OrderChange, world: dict) -> None:
    """Write what is different, move documents on, plan anew, and tell whose customers are hurt."""
    differences = row_differences(world, change.branch.world)
    for table in sorted(differences, key=lambda name: name in HEADERS):
        _write(run, table, differences[table], number, by, reason)
    _remember(run, change.branch.changes, differences, world)
    _promise(run, change)
    for table, finished in _finished(differences, change.branch.world).items():
        why = run.because(by, f"{number}: nothing is left to do on it")
        run.count(**{f"{table}_done": change_state(run.connection, table, finished, "done", why)})
    give_back_unneeded(run)
    with sub_stage(run, "material_planning") as planning:
        plan_within(planning)
    for sentence in change.frames["sentences"]["sentence"]:
        run.say(sentence)
    hurt = _hurt(change)
    if len(hurt):
        message = f"{by} changed an order ({number}), and others' deliveries move."
        run.alert("order_change", f"{number}/applied", {"rows": hurt, "message": message})
    _show(run, change)


def _write(run: StageRun, table: str, difference: RowDifference, number: str, by: str, reason: str) -> None:
    changed, added, gone = difference.changed, difference.added, difference.gone
    update_rows(run.connection, table, changed, tuple(KEYS[table]))
    if len(added):
        insert_frame(run.connection, table, added.assign(origin=f"order_changes:{number}"))
    if len(gone) and table in HEADERS:
        state = "rejected" if table == "planned_orders" else "cancelled"
        why = run.because(by, f"{number}: {reason}" if reason else number)
        change_state(run.connection, table, gone[KEYS[table][0]].tolist(), state, why)
    elif len(gone):
        delete_rows(run.connection, table, gone)
    run.count(**{f"{table}_changed": len(changed), f"{table}_added": len(added), f"{table}_gone": len(gone)})


def _remember(run: StageRun, cells: pd.DataFrame, differences: dict[str, RowDifference], world: dict) -> None:
    """Keep before and after of every cell, and of a row that is taken out what stood in it."""
    cells = cells[cells["table"].isin(differences)]
    kept = cells[cells["column"] != ""]
    rows = [kept[["table", "key", "column", "before", "after"]]]
    for table, difference in differences.items():
        if len(difference.gone) and table not in HEADERS:
            frame = world[table].merge(difference.gone, on=KEYS[table])
            shown = readable_rows(frame)
            rows.append(pd.DataFrame([
                {"table": table, "key": "/".join(str(row[name]) for name in KEYS[table]), "column": column,
                 "before": str(row[column]), "after": ""}
                for row in shown for column in REMEMBERED if column in row
            ]))  # fmt: skip
    every = pd.concat(rows, ignore_index=True).drop_duplicates(["table", "key", "column"])
    run.write("changes", every.astype("str"), run=run.number)


def _promise(run: StageRun, change: OrderChange) -> None:
    """The lines of the order are promised anew for the day on which they are expected now."""
    own = change.frames["lines"]
    own = own[own["change"] != "cancelled"]
    order = change.order
    day = own["expected_after"].fillna(own["wanted_after"])
    rows = pd.DataFrame({"order": order, "line": own["line"].to_numpy(), "promised_date": day.to_numpy()})
    blank = {"promise_decision": "", "promise_bottleneck": ""}
    update_rows(run.connection, "sales_order_lines", rows, ("order", "line"), **blank)
    world, number = change.branch.world, pd.Series([order], dtype="str")
    if lines_delivered_complete(number, world["sales_orders"], world["customers"], run.policies)[0]:
        _promise_together(run, order, world["sales_order_lines"])


def _promise_together(run: StageRun, order: str, lines: pd.DataFrame) -> None:
    """An order that is delivered complete: all its open lines on the day of the last of them."""
    lines = lines[(lines["order"] == order) & (lines["quantity_micro"] > lines["shipped_quantity_micro"])]
    stored = read_table(run.connection, "sales_order_lines", table_of("sales_order_lines").c.order == order)
    stored = stored[stored["line"].isin(lines["line"])]
    latest = stored["promised_date"].fillna(stored["due_date"]).max()
    rows = stored[["order", "line"]].assign(promised_date=latest)
    update_rows(run.connection, "sales_order_lines", rows, ("order", "line"))


def _finished(differences: dict[str, RowDifference], world: dict) -> dict[str, list[str]]:
    """Documents by table that have nothing left to do since their quantity is another."""
    found: dict[str, list[str]] = {}
    for table, (header, columns) in DONE.items():
        if table not in differences:
            continue
        touched = {*differences[table].changed["order"], *differences[table].gone["order"]}
        rows = world[table]
        rows = rows[rows["order"].isin(touched)]
        open_ = rows["quantity_micro"] > sum(rows[column] for column in columns)
        done = (~open_).groupby(rows["order"]).all()
        if done.any():
            found[header] = done.index[done].tolist()
    return found


def _hurt(change: OrderChange) -> pd.DataFrame:
    """Lines of other customers that come later because of the change."""
    lines = change.frames["order_lines"]
    return lines[lines["change"].isin(["newly_late", "later"])].reset_index(drop=True)


def _show(run: StageRun, change: OrderChange) -> None:
    for title, name in (("Lines", "lines"), ("Supply", "supply"), ("Other customers", "order_lines"),
                        ("Planned orders", "planned_orders"), ("Exceptions", "exceptions")):  # fmt: skip
        run.show(title, change.frames[name])
