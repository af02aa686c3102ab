"""What the posting of facts and quality inspection share: the world of waiting facts, and writing what came of them."""

from collections.abc import Iterable
from datetime import date

import pandas as pd

from calculations.backflush import needed
from calculations.exact import step_of
from calculations.fact_posting import Posting, balances_of, post_facts
from calculations.stock_ledger import MAIN, RESERVED
from models import postings
from models.database import Connection, insert_frame, read_table
from models.document_life import change_state
from models.documents import DOCUMENTS as DOCUMENTS_TURN
from models.documents import take_turn
from models.reversals import what_counts_meet, what_is_undone
from models.worlds import FEW_ORDERS, read_world
from tasks.stage_run import StageRun

MASTERS = (
    "customers",
    "suppliers",
    "items",
    "unit_conversions",
    "boms",
    "bom_lines",
    "substitutes",
    "work_centers",
    "calendar",
    "inspection_plans",
)
DOCUMENTS = (
    "sales_orders",
    "sales_order_lines",
    "purchase_orders",
    "purchase_order_lines",
    "work_orders",
    "work_order_components",
    "subcontract_orders",
    "subcontract_order_components",
    "stock",
)


def world_of_waiting_facts(
    connection: Connection, tables: Iterable[str], as_of: date, *, whole: bool = True
) -> dict[str, pd.DataFrame]:
    """The plant as it stands, and the facts of these tables that are not posted yet.

    Args:
        whole: with every document; else only with those that the facts need, where these are few.
    """
    tables = list(tables)
    take_turn(connection, DOCUMENTS_TURN, as_of)
    postings.retry_facts_now_due(connection, tables, as_of)
    open_hands(connection, as_of)
    facts = postings.pending_facts(connection, tables)
    facts["order_stock"] = postings.in_hands(connection)
    if len(facts.get("reversals", ())):
        facts |= what_is_undone(connection, facts["reversals"])
    orders = None if whole else _orders_needed(connection, facts)
    world = read_world(connection, [*MASTERS, *DOCUMENTS], ended=True, orders=orders) | facts
    if (world["order_stock"]["status"] == RESERVED).any():
        world["earlier_give_backs"] = postings.earlier_give_backs(connection)
    world["returned"] = postings.returned_quantities(connection)
    world["periods"] = read_table(connection, "periods")
    reporting = _orders_with_operations(world)
    if reporting:
        world["operations"] = read_table(connection, "operations")
        world["operation_quantities"] = postings.operation_quantities(connection, reporting)
    if len(world.get("stock_counts", ())):
        world |= what_counts_meet(connection, world["stock_counts"])
    return world


def _orders_needed(connection: Connection, facts: dict[str, pd.DataFrame]) -> set[str] | None:
    """Orders that facts name and those that hold material; None where they are many, or a fact may look at any."""
    # an expense is checked against all that is open, and a phantom's stock goes to orders in turn
    if len(facts.get("expenses", ())) or postings.has_phantoms(connection):
        return None
    columns = [frame[name] for frame in facts.values() for name in ("order", "deliver_to") if name in frame]
    orders = set().union(*(column.unique().tolist() for column in columns))
    return orders if len(orders) <= FEW_ORDERS else None


def _orders_with_operations(world: dict[str, pd.DataFrame]) -> list[str]:
    """Work orders of which waiting facts report units at an operation, or undo such a report."""
    found: set[str] = set()
    for name in ("time_entries", "completions", "posted_facts"):
        facts = world.get(name)
        if facts is not None and len(facts):
            found |= set(facts.loc[facts["operation"] != "", "order"])
    return sorted(found)


def open_hands(connection: Connection, as_of: date) -> None:
    """Write the opening moves of material that orders held when they came to Kitline."""
    hands = hands_without_moves(connection)
    moves = hands.assign(kind="opening", warehouse=MAIN, lot="", date=pd.Timestamp(as_of))
    insert_frame(connection, "stock_moves", moves)


def hands_without_moves(connection: Connection) -> pd.DataFrame:
    """Material that orders held when they came to Kitline, of which no move says so yet.

    Columns number, item, status, quantity_micro > 0, order, origin.
    """
    columns = ["number", "item", "status", "quantity_micro", "order", "origin"]
    hands = postings.unopened_hands(connection)
    if hands.empty:
        return hands.reindex(columns=columns).astype({"quantity_micro": "int64"})
    items = read_table(connection, "items")
    steps = dict(zip(items["item"], step_of(items["decimals"].to_numpy(dtype="int64")).tolist(), strict=True))
    used = [
        needed(planned, processed, quantity, steps[item])
        for item, planned, processed, quantity in zip(
            hands["item"], hands["planned_micro"].tolist(), hands["processed_micro"].tolist(),
            hands["quantity_micro"].tolist(), strict=True,
        )
    ]  # fmt: skip
    left = hands["issued_micro"] - pd.Series(used, dtype="int64")
    return hands.assign(quantity_micro=left).loc[left > 0, columns].reset_index(drop=True)


def write_posting(run: StageRun, world: dict[str, pd.DataFrame], posting: Posting) -> pd.DataFrame:
    """Moves, states of facts and documents, refused facts with their reason: all in the run's transaction.

    Returns the refused facts with their `key` and `content`.
    """
    run.write("stock_moves", posting.moves)
    write_given_back(run, posting)
    postings.set_fact_states(run.connection, posting.posted, "posted")
    refused = with_keys(world, posting.refused)
    postings.set_fact_states(run.connection, refused.rename(columns={"key": "event"}), "refused")
    run.quarantine(refused)
    for (table, state), numbers in posting.state_changes.groupby(["table", "state"])["number"]:
        change_state(run.connection, table, numbers.tolist(), state, run.because())
    run.count(facts_posted=len(posting.posted), facts_refused=len(refused), stock_moves=len(posting.moves))
    if len(refused):
        run.alert("refused_facts", key=run.number, context={"rows": refused})
        run.show("Refused facts", refused.drop(columns="content"))
    return refused


def write_given_back(run: StageRun, posting: Posting) -> None:
    """Keep what documents gave back of the stock set aside for them, because they need it no more."""
    if len(posting.given_back):
        run.write("stock_reservations", posting.given_back, warehouse="", lot="", state="posted")
        run.count(reservations_given_back=len(posting.given_back))
        run.show("Given back", posting.given_back)


def give_back_unneeded(run: StageRun) -> None:
    """Free the stock that is set aside for documents which a decision or a change has ended or made smaller."""
    if not postings.is_anything_reserved(run.connection):
        return
    world = world_of_waiting_facts(run.connection, (), run.as_of, whole=False)
    posting = post_facts(world, run.policies, run.as_of, ())
    run.write("stock_moves", posting.moves)
    write_given_back(run, posting)


def with_keys(world: dict[str, pd.DataFrame], refused: pd.DataFrame) -> pd.DataFrame:
    """Refused rows with the fact's event as `key` and the fact itself as `content`."""
    from tasks.presentation import readable_rows

    keys, contents = [], []
    for table, row in zip(refused["table"], refused["row"], strict=True):
        fact = readable_rows(world[table].loc[[row]])[0]
        keys.append(fact["event"])
        contents.append(fact)
    return refused.assign(key=pd.Series(keys, dtype="str"), content=pd.Series(contents, dtype=object))


def looked_at(world: dict[str, pd.DataFrame], posting: Posting, policies: dict) -> dict[str, pd.DataFrame]:
    """What the gate after posting looks at: moves, exceptions, and balances with what no move explains of them."""
    key = ["item", "warehouse", "lot", "status"]
    numbers = ["quantity_micro", "quantity_micro_before", "moved_micro"]
    frames = (posting.stock, world["stock"], balances_of(posting.moves))
    parts = [
        frame[[*key, "quantity_micro"]].astype({"quantity_micro": "Int64"}).rename(columns={"quantity_micro": name})
        for name, frame in zip(numbers, frames, strict=True)
        if len(frame)
    ]
    rows = pd.concat(parts, ignore_index=True) if parts else posting.stock[key]
    rows = rows.reindex(columns=[*key, *numbers])
    rows[numbers] = rows[numbers].fillna(0).astype("int64")
    balances = rows.groupby(key, as_index=False)[numbers].sum()
    balances["unmoved_micro"] = balances["quantity_micro"] - balances["quantity_micro_before"] - balances["moved_micro"]
    may_be_negative = balances["warehouse"].isin(policies["negative_stock_warehouses"])
    if policies["backflush_shortage"] == "post":
        may_be_negative |= balances["status"].isin(["in_production", "at_subcontractor"])
    balances["quantity_micro"] = balances["quantity_micro"].mask(may_be_negative, 0)
    return {"stock_moves": posting.moves, "exceptions": posting.exceptions, "balances": balances}
