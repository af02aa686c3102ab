"""Facts folded into a world: what each one moves, what it uses up, and which ones cannot be posted, with the remedy.

Facts are taken in the order of `fact_order`. A fact that finds too little stock, or nothing waiting for inspection, is
tried again after the others of its day: a sub-assembly completed today may be issued today, whatever its event is
called; on a day with reversals so is every fact that is refused. A completion comes after the issues of its order that
are still tried, so that it uses them up. Posting in two parts, cut between two days, gives the moves of posting at
once.
"""

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from datetime import date
from functools import cached_property

import numpy as np
import pandas as pd

from calculations import fact_reversals, fact_rules, quality_inspection, stock_changes
from calculations.backflush import needed
from calculations.complete_shipments import CompleteShipments
from calculations.exact import to_micro
from calculations.fact_order import facts_in_order, rounds
from calculations.ledger_frames import MOVE_DTYPES, moves_frame, order_stock_frame, stock_frame
from calculations.operation_quantities import OperationQuantities
from calculations.posting_documents import Documents
from calculations.row_parsing import no_refusals
from calculations.stock_ledger import MAIN, NO_LINE, Cause, Refused, StockLedger
from calculations.stock_reservations import GIVEN_BACK_DTYPES, give_back_unneeded, post_reservation
from calculations.stocking_units import StockingUnits
from calculations.typed_frames import typed

STOCK_FACTS = ("receipts", "issues", "completions", "time_entries", "shipments", "customer_returns", "adjustments",
               "transfers", "stock_counts", "reversals", "stock_reservations")  # fmt: skip
FACTS = (*STOCK_FACTS, "inspections", "expenses")
HANDLERS: dict[str, Callable] = {
    "receipts": fact_rules.post_receipt,
    "issues": fact_rules.post_issue,
    "completions": fact_rules.post_completion,
    "time_entries": fact_rules.post_time_entry,
    "shipments": fact_rules.post_shipment,
    "customer_returns": fact_rules.post_customer_return,
    "inspections": quality_inspection.post_inspection,
    "expenses": fact_rules.check_expense,
    "adjustments": stock_changes.post_adjustment,
    "transfers": stock_changes.post_transfer,
    "stock_counts": stock_changes.post_count,
    "reversals": fact_reversals.post_reversal,
    "stock_reservations": post_reservation,
}


@dataclass(frozen=True)
class Posting:
    """What came of a world's facts. Quantities are micro-units; frames are in the order things were posted.

    Attributes:
        moves: the new stock moves.
        stock: the balances after, as in `world`.
        consumptions: event, order, item, quantity_micro, date: what completions and subcontract receipts used up.
        refused: table, row, column, value, message; sorted by table and row.
        posted: table, event of every fact that counts now; held: of those that wait for an inspection.
        state_changes: table, number, state of documents that facts moved on.
        rework_orders: event, order, item, quantity_micro, date, reason: rejected units to be reworked.
        exceptions: kind, event, order, item, quantity_micro, date, message: completions posted with a shortage.
        judgements: event, item, characteristic, required, readings, nonconforming, verdict (pass | fail | missing).
        given_back: rows of `stock_reservations` that follow: what is set aside for documents that need it no more.
        world_after: makes `world`.
    """

    moves: pd.DataFrame
    stock: pd.DataFrame
    consumptions: pd.DataFrame
    refused: pd.DataFrame
    posted: pd.DataFrame
    held: pd.DataFrame
    state_changes: pd.DataFrame
    rework_orders: pd.DataFrame
    exceptions: pd.DataFrame
    judgements: pd.DataFrame
    given_back: pd.DataFrame
    world_after: Callable[[], dict[str, pd.DataFrame]]

    @cached_property
    def world(self) -> dict[str, pd.DataFrame]:
        """The world after; made when somebody asks for it, because what is written to a database is only what is new.

        Stock and documents as they stand, fact tables without the refused rows, `stock_moves` with the new moves, and
        what a next posting asks for: `order_stock` and `returned` (see `ledger_frames`, `Documents`), `posted_facts`,
        `order_time_entries`, `operation_quantities`, `earlier_counts`.
        """
        return self.world_after()


CONSUMPTION_DTYPES = {"event": "str", "order": "str", "item": "str", "quantity_micro": "int64", "date": "datetime64[s]"}
REWORK_DTYPES = {**CONSUMPTION_DTYPES, "reason": "str"}
EXCEPTION_DTYPES = {"kind": "str", **CONSUMPTION_DTYPES, "message": "str"}
JUDGEMENT_DTYPES = {
    "event": "str",
    "item": "str",
    "characteristic": "str",
    "required": "int64",
    "readings": "int64",
    "nonconforming": "int64",
    "verdict": "str",
}


class Engine:
    """Everything a rule may look at and change while facts are posted."""

    def __init__(self, world: dict[str, pd.DataFrame], policies: dict):
        self.ledger = StockLedger(world, policies)
        items = world["items"]
        self.steps = {
            item: 10 ** (6 - places) for item, places in zip(items["item"], items["decimals"].tolist(), strict=True)
        }
        self.units = StockingUnits(world)
        self.inspected = set(items.loc[items["inspect"], "item"])
        # what expires must be told apart by the day it came in, so it gets lots too
        self.tracked = set(items.loc[items["lot_tracked"] | items["shelf_life_days"].notna(), "item"])
        costs = items[items["standard_cost_micro"].notna()]
        self.standard_cost = dict(
            zip(costs["item"], costs["standard_cost_micro"].astype("int64").tolist(), strict=True)
        )
        self.documents = Documents(world, fact_rules.issue_methods(world), policies)
        self.complete_shipments = CompleteShipments()
        fact_rules.explode_missing_components(self, world, policies)
        self.opening_hands: list[tuple] = []
        if world.get("order_stock") is None:
            self.opening_hands = self.documents.place_on_the_floor(
                self.ledger,
                lambda planned, done, quantity, item: needed(planned, done, quantity, self.steps.get(item, 1)),
            )
        self.substitutes = fact_rules.substitutes_by_component(world)
        self.work_centers = set(world["work_centers"]["work_center"])
        self.over_issue = to_micro(policies["over_issue_percent"])
        self.over_completion = to_micro(policies["over_completion_percent"])
        self.post_shortage = policies["backflush_shortage"] == "post"
        self.plans = quality_inspection.plans_by_item(world["inspection_plans"])
        self.readings = quality_inspection.readings_by_event(world["readings"])
        self.made = {order.item for order in (*self.documents.works.values(), *self.documents.subcontracts.values())}
        self.counts = stock_changes.Counts(world)
        self.operations = OperationQuantities(world)
        self.history = fact_reversals.History(world, self.ledger, set())
        self.open_days: set = set()
        self.consumptions: list[tuple] = []
        self.exceptions: list[tuple] = []
        self.rework_orders: list[tuple] = []
        self.judgements: list[tuple] = []
        # how often something was given back by itself, by order, line and item
        self.given_back = _counts(world.get("earlier_give_backs"))


def _counts(rows: pd.DataFrame | None) -> dict[tuple, int]:
    if rows is None:
        return {}
    lines = rows["line"].fillna(NO_LINE).astype("int64")
    return dict(zip(zip(rows["order"], lines, rows["item"], strict=True), rows["count"].tolist(), strict=True))


def post_facts(
    world: dict[str, pd.DataFrame],
    policies: dict,
    as_of: date | None = None,
    tables: Iterable[str] = FACTS,
    hold: bool = False,
) -> Posting:
    """The world after its facts, and what they moved.

    Args:
        world: complete frames. Optional: `order_stock` (what waits for inspection, is in production or at a
            subcontractor, by document; without it the floor is what the documents say was issued less what their
            completed units need), `returned` (order, line, quantity_micro sent back by customers), `periods` (period,
            state), a column `state` in the document tables; for reversals `posted_facts`, `earlier_moves` (else
            `stock_moves`), `order_time_entries`; `operation_quantities`; for counts `later_moves` (else `stock_moves`)
            and `earlier_counts`; `earlier_give_backs` (order, line, item, count) of reservations.
        policies: resolved policies. as_of: facts after it are refused; None looks at no date.
        tables: the fact tables to post; the others stay as they are.
        hold: decisions on inspections come later: a fact short of an item that is inspected or made is held back, with
            every later fact that takes the same item, instead of refused.
    """
    engine = Engine(world, policies)
    chosen = set(tables)
    facts, repeated = facts_in_order(world, [table for table in FACTS if table in chosen])
    engine.history.waiting = {(table, cells["event"]) for table, _, cells in facts}
    refused = [_refusal(fact, reason) for fact, reason in repeated]
    locked = _locked_periods(world)
    posted: list[tuple[str, str]] = []
    held: list[tuple[str, str]] = []
    given_back: list[tuple] = []
    # orders whose issue waits for an inspection: nothing is completed before it
    waiting_orders: dict[str, Refused] = {}
    for of_the_day in rounds(facts):
        waiting = engine.complete_shipments.gather(engine.documents.complete_only, of_the_day)
        undoing = any(table == "reversals" for table, _, _ in waiting)
        day, before_it = waiting[0][2].get("date"), len(posted)
        freed: set[str] = set()
        while waiting:
            later, short = [], dict(waiting_orders)
            for fact in waiting:
                table, order = fact[0], fact[2].get("order", "")
                before = short.get(order) if table == "completions" and order not in freed else None
                reason = before or _post_one(engine, fact, as_of, locked)
                if reason is None:
                    posted.append((table, fact[2]["event"]))
                elif reason.may_wait or undoing:
                    later.append((fact, reason))
                    if table == "issues":
                        short.setdefault(order, reason)
                else:
                    refused.append(_refused(engine, fact, reason))
            if len(later) == len(waiting):
                # an issue that nothing can help holds up no completion
                helpless = {fact[2]["order"] for fact, reason in later
                            if fact[0] == "completions" and not _is_awaited(engine, reason, hold)} - freed  # fmt: skip
                if not helpless & set(short):
                    break
                freed |= helpless
            waiting = [fact for fact, _ in later]
        for fact, reason in later:
            if _is_awaited(engine, reason, hold):
                held.append((fact[0], fact[2]["event"]))
                engine.ledger.awaited.add(reason.item)
                if fact[0] == "issues":
                    waiting_orders.setdefault(fact[2]["order"], reason)
            else:
                refused.append(_refused(engine, fact, reason))
        if day is not None and len(posted) > before_it:
            given_back += give_back_unneeded(engine, day)
    if as_of is not None:
        given_back += give_back_unneeded(engine, np.datetime64(as_of, "D"))
    return _result(world, engine, refused, posted, held, given_back)


def _is_awaited(engine: Engine, reason: Refused, hold: bool) -> bool:
    """Whether an inspection may still bring what a fact lacks."""
    awaited = reason.item in engine.inspected or reason.item in engine.made or not reason.item
    return hold and reason.may_wait and awaited


def _post_one(engine: Engine, fact: tuple, as_of: date | None, locked: set[str]) -> Refused | None:
    table, _, cells = fact
    engine.ledger.begin()
    told = (engine.consumptions, engine.exceptions, engine.rework_orders, engine.judgements)
    marks = list(map(len, told))
    try:
        _check_date(engine.open_days, table, cells, as_of, locked)
        line = cells.get("line")
        cause = Cause(table, cells["event"], cells.get("date"), "", cells.get("order", ""),
                      NO_LINE if line is None else line)  # fmt: skip
        HANDLERS[table](engine, cells, cause)
        engine.history.remember(table, cells)
    except Refused as reason:
        engine.ledger.undo()
        for rows, mark in zip(told, marks, strict=True):
            del rows[mark:]
        return reason
    return None


def _refused(engine: Engine, fact: tuple, reason: Refused) -> tuple:
    """The refusal, remembered so that a reversal of the fact knows."""
    engine.history.refuse(fact[0], fact[2])
    return _refusal(fact, reason)


def _check_date(open_days: set, table: str, cells: dict, as_of: date | None, locked: set[str]) -> None:
    """Refuse a fact of a day or period that takes none; those found open are kept, a month of facts has only thirty."""
    column = "period" if table == "expenses" else "date"
    if cells[column] in open_days:
        return
    value = str(cells[column])
    if value == "NaT":
        raise Refused(column, "", f"{table} {cells['event']} has no date; give one")
    if value[:7] in locked:
        raise Refused(column, value, f"period {value[:7]} is locked; date {cells['event']} in an open period")
    if as_of is not None and value > as_of.isoformat()[: len(value)]:
        raise Refused(column, value, f"{cells['event']} is dated {value}, after {as_of}; "
                      "send it again when it has happened, or correct the date")  # fmt: skip
    open_days.add(cells[column])


def _locked_periods(world) -> set[str]:
    periods = world.get("periods")
    return set() if periods is None else set(periods.loc[periods["state"] == "locked", "period"])


def _refusal(fact: tuple, reason: Refused) -> tuple:
    return (fact[0], fact[1], reason.column, str(reason.value), reason.message)


def _result(world, engine: Engine, refused: list[tuple], posted: list[tuple], held: list[tuple], given_back) -> Posting:
    refused_frame = typed(sorted(refused, key=lambda row: row[:2]), no_refusals().dtypes.astype(str).to_dict())
    moves, stock = moves_frame(engine.ledger), stock_frame(engine.ledger, world["stock"])
    given = dict(world)
    return Posting(
        moves=moves,
        stock=stock,
        consumptions=typed(engine.consumptions, CONSUMPTION_DTYPES),
        refused=refused_frame,
        posted=typed(posted, {"table": "str", "event": "str"}),
        held=typed(held, {"table": "str", "event": "str"}),
        state_changes=engine.documents.state_changes(),
        rework_orders=typed(engine.rework_orders, REWORK_DTYPES),
        exceptions=typed(engine.exceptions, EXCEPTION_DTYPES),
        judgements=typed(engine.judgements, JUDGEMENT_DTYPES),
        given_back=typed(given_back, GIVEN_BACK_DTYPES),
        world_after=lambda: _world_after(given, engine, refused_frame, moves, stock),
    )


def _world_after(world, engine: Engine, refused: pd.DataFrame, moves: pd.DataFrame, stock: pd.DataFrame) -> dict:
    after = {**world, **engine.documents.write_back(world)}
    after["stock"] = stock
    after["order_stock"] = order_stock_frame(engine.ledger)
    after["returned"] = engine.documents.returned_frame()
    after["order_time_entries"] = engine.documents.time_entries_frame()
    after["operation_quantities"] = engine.operations.frame()
    after["posted_facts"] = engine.history.frame()
    after["earlier_counts"] = engine.counts.frame()
    before = world.get("stock_moves")
    if before is None:
        before = pd.concat([opening_moves(world["stock"]), _hands_moves(engine.opening_hands)], ignore_index=True)
    after["stock_moves"] = pd.concat([before, moves], ignore_index=True) if len(before) else moves
    for table, rows in refused.groupby("table")["row"]:
        after[table] = after[table].drop(index=rows.unique())
    return after


def opening_moves(stock: pd.DataFrame) -> pd.DataFrame:
    """Stock rows as moves of kind opening, numbered in their order; a row without a date has none."""
    count = len(stock)
    return pd.DataFrame(
        {
            "number": pd.Series([f"stock:{n}" for n in range(1, count + 1)], dtype="str"),
            "date": stock["received_date"].to_numpy().astype("datetime64[s]"),
            "item": stock["item"].to_numpy(),
            "warehouse": stock["warehouse"].to_numpy(),
            "lot": stock["lot"].to_numpy(),
            "status": stock["status"].to_numpy(),
            "quantity_micro": stock["quantity_micro"].to_numpy(dtype=np.int64),
            "kind": pd.Series(["opening"] * count, dtype="str"),
            "order": pd.Series([""] * count, dtype="str"),
            "line": pd.Series([pd.NA] * count, dtype="Int64"),
            "unit_cost_micro": stock["unit_cost_micro"].astype("Int64").reset_index(drop=True),
            "origin": pd.Series([f"stock:{n}" for n in range(1, count + 1)], dtype="str"),
        }
    )


def _hands_moves(hands: list[tuple]) -> pd.DataFrame:
    """Material in orders' hands before the first fact, as opening moves."""
    rows = [
        (f"{table}:{order}/{item}", pd.NaT, item, MAIN, "", status, quantity, "opening", order, pd.NA, pd.NA,
         f"{table}:{order}")
        for table, order, item, status, quantity in hands
    ]  # fmt: skip
    return typed(rows, MOVE_DTYPES)


def balances_of(moves: pd.DataFrame) -> pd.DataFrame:
    """The balance of every item, warehouse, lot and status: the sum of its moves, those of 0 left out; sorted."""
    key = ["item", "warehouse", "lot", "status"]
    sums = moves.groupby(key, sort=True)["quantity_micro"].sum().reset_index()
    return sums[sums["quantity_micro"] != 0].reset_index(drop=True)
