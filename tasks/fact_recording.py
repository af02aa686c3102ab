"""Record facts by hand: what a person enters goes through the import's checks and the posting of facts, or is tried.

A dry run does exactly what recording does, in a transaction that is rolled back, and shows what would happen.
"""

import json
import logging
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import UTC, date, datetime
from hashlib import sha256
from pathlib import Path

import pandas as pd
from prefect import task
from prefect.cache_policies import NO_CACHE

from calculations import policies as policy_rules
from calculations.errors import KitlineError
from calculations.exact import MICRO, micro_text, minor_unit, multiply_divide, to_micro
from calculations.fact_posting import STOCK_FACTS, Posting
from connectors.files import TextTables
from models.import_tables import import_tables
from models.migrating import ready_engine
from settings import settings
from tasks.fact_posting import post_waiting
from tasks.importing import check_text, write_checked
from tasks.presentation import readable_rows
from tasks.stage_run import StageRun, stage_run

STAGE = "fact_recording"
PLACE = {"warehouse": "MAIN", "lot": "", "status": "available"}
Rows = dict[str, list[dict[str, str]]]


class RefusedRecord(KitlineError):
    """A fact that cannot be recorded as it was entered; nothing was written."""

    kind = "refused_record"


@task(name="record facts", cache_policy=NO_CACHE)
def record_entered_facts(rows: Rows, as_of: date, policies: dict | None = None, dry_run: bool = True) -> dict:
    """Record facts in a run of their own, or only try them; see `record_facts`."""
    return record_facts(rows, as_of, policies, dry_run)


def record_facts(rows: Rows, as_of: date, policies: dict | None = None, dry_run: bool = True) -> dict:
    """Record facts and post what waits, all or nothing; a dry run writes nothing.

    Args:
        rows: cells as texts by table of facts. A blank date is `as_of`. A row without an event gets one from what it
            says, so that the same form sent twice counts once; two facts that are alike on purpose need events.
    Returns:
        facts (table, event, outcome posted | would be posted | waits for an inspection | recorded before, what),
        counts (event, item, warehouse, lot, status, book, counted, difference, value), moves (of these facts, with
        their value), documents (table, number, state), and the run's `summary`.
    Raises:
        RefusedRecord: names every row that is refused, and why.
    """
    rows = with_events(rows, as_of)
    return record(lambda run: rows, as_of, policies, dry_run)


def record(entered: Callable[[StageRun], Rows], as_of: date, policies: dict | None, dry_run: bool) -> dict:
    """Record the facts that `entered` makes of the plant as it stands, in one transaction with making them.

    They are tried first, so that a refusal leaves no run behind. Rows have events; without any nothing is recorded.
    Returns and raises as `record_facts`.
    """
    with _trial(as_of, policies) as run:
        rows = entered(run)
        answer = _record(run, rows, dry_run=True) if rows else {"facts": [], "counts": [], "moves": [], "documents": []}
        answer.setdefault("summary", run.summary)
    if dry_run or not rows:
        return answer
    with stage_run(STAGE, as_of, policies) as run:
        return _record(run, entered(run), dry_run=False)


def with_events(rows: Rows, as_of: date) -> Rows:
    """The rows with a date and an event each: the one entered, else one made from the cells.

    >>> with_events({"adjustments": [{"item": "BOLT", "quantity": "2"}]}, date(2026, 1, 5))["adjustments"][0]["event"]
    'adjustments-2026-01-05-25f8fbc670'
    """
    unknown = [table for table in rows if table not in STOCK_FACTS]
    if unknown:
        raise KitlineError(f"{unknown[0]} cannot be recorded by hand; choose one of {', '.join(STOCK_FACTS)}")
    if not any(rows.values()):
        raise KitlineError("nothing was entered; fill in a row")
    columns = {table: {column.name for column in import_tables()[table].columns} for table in rows}
    found: Rows = {}
    for table, listed in rows.items():
        found[table] = []
        for row in listed:
            strange = sorted(set(row) - columns[table])
            if strange:
                raise KitlineError(f"{table} has no column {strange[0]}; it has {', '.join(sorted(columns[table]))}")
            cells = {name: cell for name, cell in sorted(row.items()) if cell}
            cells.setdefault("date", as_of.isoformat())
            digest = sha256(json.dumps(dict(sorted(cells.items()))).encode()).hexdigest()[:10]
            cells.setdefault("event", f"{table}-{cells['date']}-{digest}")
            found[table].append(cells)
    return found


@contextmanager
def _trial(as_of: date, policies: dict | None) -> Iterator[StageRun]:
    """A run whose transaction is rolled back, whatever happens in it."""
    resolved = policy_rules.resolve({**settings().policies, **(policies or {})}, as_of)
    # what is only tried must not read as if it had happened
    quiet = logging.getLogger("kitline.trial")
    quiet.setLevel(logging.CRITICAL)
    with ready_engine(settings().database_url).connect() as connection:
        try:
            yield StageRun(STAGE, as_of, resolved, connection, "trial", quiet, datetime.now(UTC))
        finally:
            connection.rollback()


def _record(run: StageRun, rows: Rows, *, dry_run: bool) -> dict:
    found = _as_text(rows)
    checked, faults = check_text(run, Path("recorded"), found)
    _refuse(faults.to_dict("records"))
    new = {(table, event) for table in rows for event in checked.new(table)["event"]}
    again = {(table, event) for table in rows for event in checked.changed(table)["event"]}
    write_checked(run, checked)
    posting, refused = post_waiting(run)
    mine = [(table, row["event"]) for table, listed in rows.items() for row in listed]
    _refuse([row for row in refused.to_dict("records") if (row["table"], row["key"]) in mine])
    answer = {
        "facts": _outcomes(posting, mine, new | again, dry_run),
        "counts": _counted(run, posting, rows),
        "moves": _moves(run, posting, mine),
        "documents": _documents(posting, rows, mine),
    }
    run.count(facts_recorded=len(new | again))
    for name, listed in answer.items():
        if listed:
            run.tables[name.capitalize()] = listed
    return {**answer, "summary": run.summary}


def _as_text(rows: Rows) -> TextTables:
    found = TextTables()
    for table, listed in rows.items():
        columns = list(dict.fromkeys(name for row in listed for name in row))
        cells = [[str(row.get(name, "")) for name in columns] for row in listed]
        found.frames[table] = pd.DataFrame(cells, columns=columns, index=range(1, len(cells) + 1), dtype="str")
        found.files[table] = table
    return found


def _refuse(refused: list[dict]) -> None:
    if refused:
        named = [f"{row['table']} {row['key']}, {row['column']}: {row['message']}" for row in refused]
        raise RefusedRecord("nothing was recorded. " + "; ".join(named))


def _outcomes(posting: Posting, mine: list[tuple], new: set[tuple], dry_run: bool) -> list[dict]:
    posted = set(posting.posted.itertuples(index=False, name=None))
    done = "would be posted" if dry_run else "posted"
    rows = []
    for fact in mine:
        outcome = done if fact in posted else "waits for an inspection" if fact in new else "recorded before"
        rows.append({"table": fact[0], "event": fact[1], "outcome": outcome})
    return rows


def _documents(posting: Posting, rows: Rows, mine: list[tuple]) -> list[dict]:
    """The documents of these facts whose state changes."""
    of_mine = posting.moves["origin"].isin([f"{table}:{event}" for table, event in mine])
    orders = {row.get("order", "") for listed in rows.values() for row in listed} | set(posting.moves["order"][of_mine])
    return readable_rows(posting.state_changes[posting.state_changes["number"].isin(orders)])


def _moves(run: StageRun, posting: Posting, mine: list[tuple]) -> list[dict]:
    moves = posting.moves[posting.moves["origin"].isin([f"{table}:{event}" for table, event in mine])]
    shown = moves[["origin", "item", "warehouse", "lot", "status", "quantity_micro"]]
    return readable_rows(shown.assign(value_micro=_values(run, moves)))


def _values(run: StageRun, moves: pd.DataFrame) -> pd.Series:
    """What moves are worth at their provisional cost, in minor units; blank where none is known."""
    cost = moves["unit_cost_micro"].fillna(0).to_numpy(dtype="int64")
    worth = minor_unit(
        multiply_divide(moves["quantity_micro"].to_numpy(), cost, MICRO), run.policies["currency_decimals"]
    )
    return pd.Series(worth, index=moves.index, dtype="Int64").mask(moves["unit_cost_micro"].isna())


def _counted(run: StageRun, posting: Posting, rows: Rows) -> list[dict]:
    """Book, counted, difference and its value of every count that was posted."""
    posted = set(posting.posted.loc[posting.posted["table"] == "stock_counts", "event"])
    moves = posting.moves.assign(value_micro=_values(run, posting.moves)).set_index("origin")
    found = []
    for row in rows.get("stock_counts", ()):
        if row["event"] not in posted:
            continue
        origin, counted = f"stock_counts:{row['event']}", to_micro(row["counted_quantity"])
        adjusted = moves.loc[origin] if origin in moves.index else None
        difference = 0 if adjusted is None else int(adjusted["quantity_micro"])
        value = 0 if adjusted is None else adjusted["value_micro"]
        place = {name: row.get(name, default) for name, default in PLACE.items()}
        found.append(
            {
                "event": row["event"],
                "item": row["item"],
                **place,
                "book": micro_text(counted - difference),
                "counted": micro_text(counted),
                "difference": micro_text(difference),
                "value": None if pd.isna(value) else micro_text(int(value)),
            }
        )
    return found
