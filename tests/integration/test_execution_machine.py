"""Anything in any order: plan, release, receive, pick, make, inspect, ship, undo, change, cancel, and again.

After each step the books are held against what the facts themselves say, added up here in the plainest way.
"""

import shutil
import tempfile
from collections import Counter, defaultdict
from datetime import date, timedelta
from pathlib import Path

import pytest
from hypothesis import settings as hypothesis_settings
from hypothesis import strategies as st
from hypothesis.stateful import (
    RuleBasedStateMachine,
    initialize,
    invariant,
    precondition,
    rule,
    run_state_machine_as_test,
)
from sqlalchemy import select

from benchmarks.installations import SqliteFiles, installation_at
from calculations.errors import KitlineError
from calculations.exact import MICRO
from models import metadata
from models.database import engine_of, reading, table_of
from models.states import TRANSITIONS
from stage_database import import_rows
from support import examples
from tasks.document_decision import decide_documents
from tasks.fact_posting import post_waiting_facts
from tasks.fact_recording import record_facts
from tasks.material_picking import pick_material
from tasks.material_planning import plan_materials
from tasks.material_usage import usage_now
from tasks.order_change import change_order, preview_order_change
from tasks.order_release import release_orders
from tasks.production_tracking import tracking_now
from tasks.quality_inspection import decide_inspections
from tasks.stock_reservation import reserve_stock
from tasks.subcontract_tracking import track_subcontracts

FIRST = date(2026, 1, 5)
# A table needs a painted top, four legs and, backflushed, eight screws; a painted top comes from a painter who is sent
# a board, and is inspected.
PLANT = {
    "customers": [{"customer": "SHOP", "name": "Shop"}],
    "suppliers": [{"supplier": name, "name": name.title()} for name in ("WOOD", "PAINT")],
    "items": [
        {"item": "TABLE", "name": "Table", "unit": "EA", "sourcing": "make", "lead_time_days": 2},
        {"item": "TOP", "name": "Painted top", "unit": "EA", "sourcing": "subcontract", "inspect": "yes"},
        {"item": "BOARD", "name": "Board", "unit": "EA", "sourcing": "buy", "standard_cost": 20},
        {"item": "LEG", "name": "Leg", "unit": "EA", "sourcing": "buy", "lot_tracked": "yes", "standard_cost": 3},
        {"item": "SCREW", "name": "Screw", "unit": "EA", "sourcing": "buy", "standard_cost": "0.1"},
    ],
    "boms": [{"bom": "TABLE", "item": "TABLE"}, {"bom": "TOP", "item": "TOP"}],
    "bom_lines": [
        {"bom": "TABLE", "line": 10, "component": "TOP", "quantity": 1},
        {"bom": "TABLE", "line": 20, "component": "LEG", "quantity": 4},
        {"bom": "TABLE", "line": 30, "component": "SCREW", "quantity": 8, "issue_method": "backflush"},
        {"bom": "TOP", "line": 10, "component": "BOARD", "quantity": 1},
    ],
    "supplier_items": [
        {"supplier": "WOOD", "item": "BOARD", "price": 20, "lead_time_days": 1},
        {"supplier": "WOOD", "item": "LEG", "price": 3, "lead_time_days": 1},
        {"supplier": "WOOD", "item": "SCREW", "price": "0.10", "lead_time_days": 1},
        {"supplier": "PAINT", "item": "TOP", "price": 5, "lead_time_days": 1},
    ],
    "stock": [
        {"item": "LEG", "quantity": 12, "lot": "L-1", "received_date": "2026-01-02"},
        {"item": "SCREW", "quantity": 40},
        {"item": "BOARD", "quantity": 3},
        {"item": "TOP", "quantity": 2},
    ],
    "sales_orders": [{"order": number, "customer": "SHOP", "order_date": "2026-01-02"} for number in ("SO-1", "SO-2")],
    "sales_order_lines": [
        {"order": "SO-1", "line": 10, "item": "TABLE", "quantity": 5, "due_date": "2026-01-20"},
        {"order": "SO-2", "line": 10, "item": "TABLE", "quantity": 3, "due_date": "2026-01-27"},
    ],
}
PER_TABLE = {"TOP": 1, "LEG": 4, "SCREW": 8}
OPENING = {"LEG": 12, "SCREW": 40, "BOARD": 3, "TOP": 2}
UNDONE_KINDS = ("receipts", "issues", "completions", "shipments", "adjustments", "transfers")
ORDER_TABLES = ("purchase_orders", "work_orders", "subcontract_orders", "sales_orders")
FINISHED = ("done", "closed", "cancelled", "rejected")
number = st.integers(0, 1_000)


class Plant(RuleBasedStateMachine):
    """A plant in a database of its own; what is refused must leave no trace."""

    databases = None
    template = ""

    @initialize()
    def open(self):
        self.folder = Path(tempfile.mkdtemp(dir=self.scratch))
        self.name = self.folder.name.lower()
        self.installation = installation_at(self.databases.copy(self.template, self.name), self.folder)
        self.engine = self.installation.__enter__()
        self.day, self.events, self.happened, self.last = FIRST, 0, 0, None

    def teardown(self):
        if not hasattr(self, "installation"):
            return
        try:
            self.check_trackers()
        finally:
            self.installation.__exit__(None, None, None)
            self.databases.drop(self.name)

    # steps

    @precondition(lambda self: self.happened > 2)
    @rule()
    def plan_and_release(self):
        self.happened = 0
        plan_materials.fn(self.day)
        self.check_pegs()
        release_orders.fn(self.day, None, self.day + timedelta(60))
        again = release_orders.fn(self.day, None, self.day + timedelta(60))
        assert again["counts"]["released"] == 0
        self.check_trackers()

    @rule(days=st.integers(1, 4))
    def time_passes(self, days):
        self.day += timedelta(days)

    @rule(which=number, quantity=st.integers(1, 12))
    def receive(self, which, quantity):
        lines = [{"order": row["order"], "line": str(row["line"])} for row in self.rows("purchase_order_lines")]
        lines += [{"order": row["order"]} for row in self.rows("subcontract_orders")]
        if lines:
            self.record("receipts", {**lines[which % len(lines)], "quantity": str(quantity)})

    @rule(which=number, how=st.sampled_from(["sets", "rest", "return_sets", "return_rest"]), all_orders=st.booleans())
    def pick(self, which, how, all_orders):
        orders = [row["order"] for name in ("work_orders", "subcontract_orders") for row in self.rows(name)]
        chosen = [] if all_orders or not orders else [orders[which % len(orders)]]
        self.attempt(lambda: pick_material(chosen, how, None, self.day, dry_run=False))

    @rule(which=number, item=st.sampled_from(["LEG", "TOP", "BOARD", "SCREW"]), quantity=st.integers(-5, 9))
    def issue(self, which, item, quantity):
        orders = [row["order"] for name in ("work_orders", "subcontract_orders") for row in self.rows(name)]
        if orders:
            self.record("issues", {"order": orders[which % len(orders)], "item": item, "quantity": str(quantity)})

    @rule(which=number, good=st.integers(0, 4), scrapped=st.integers(0, 1))
    def complete(self, which, good, scrapped):
        orders = [row["order"] for row in self.rows("work_orders")]
        if orders:
            cells = {"quantity": str(good), "scrapped_quantity": str(scrapped)}
            self.record("completions", {"order": orders[which % len(orders)], **cells})

    @rule(which=number)
    def inspect(self, which):
        waiting = Counter()
        for move in self.rows("stock_moves"):
            if move["status"] == "inspection":
                waiting[move["order"]] += move["quantity"]
        orders = sorted(order for order, quantity in waiting.items() if quantity > 0)
        if orders:
            order = orders[which % len(orders)]
            quantity = waiting[order]
            cells = {"stage": "subcontract", "order": order, "inspected_quantity": quantity}
            fact = {"event": self.event(), "date": self.day, "accepted_quantity": quantity, **cells}
            import_rows(self.folder, {"inspections": [fact]}, self.day)
            decide_inspections.fn(self.day)
            self.happened += 1

    @rule(which=number, quantity=st.integers(1, 5))
    def ship(self, which, quantity):
        lines = self.rows("sales_order_lines")
        line = lines[which % len(lines)]
        cells = {"order": line["order"], "line": str(line["line"]), "quantity": str(quantity)}
        self.record("shipments", cells)

    @rule(which=number, quantity=st.integers(0, 4), back=st.booleans())
    def reserve(self, which, quantity, back):
        orders = [row["order"] for name in ("sales_orders", "work_orders", "subcontract_orders")
                  for row in self.rows(name)]  # fmt: skip
        order, asked = orders[which % len(orders)], quantity * MICRO or None
        item = "LEG" if asked and order.startswith("WO") else ""
        self.attempt(lambda: reserve_stock([order], None, item, asked, self.day, give_back=back, dry_run=False))

    @rule(item=st.sampled_from(["LEG", "SCREW", "BOARD"]), quantity=st.integers(-3, 6))
    def adjust(self, item, quantity):
        lot = {"lot": "L-1"} if item == "LEG" else {}
        self.record("adjustments", {"item": item, "quantity": str(quantity), "reason": "found or lost", **lot})

    @rule(item=st.sampled_from(["LEG", "SCREW", "BOARD"]), quantity=st.integers(1, 9), back=st.booleans())
    def block(self, item, quantity, back):
        ways = ("blocked", "available") if back else ("available", "blocked")
        cells = {"item": item, "quantity": str(quantity), "from_status": ways[0], "to_status": ways[1]}
        self.record("transfers", cells)

    @rule(which=number)
    def undo(self, which):
        facts = [
            (table, row["event"]) for table in UNDONE_KINDS for row in self.rows(table) if row["state"] == "posted"
        ]
        if facts:
            table, event = facts[which % len(facts)]
            self.record("reversals", {"table": table, "reversed_event": event, "reason": "wrong"})

    @rule(which=number, quantity=st.integers(0, 9), reduce=st.booleans())
    def change(self, which, quantity, reduce):
        lines = self.rows("sales_order_lines")
        line = lines[which % len(lines)]
        asked = {"what": "quantity", "line": line["line"], "quantity": quantity} if quantity else {"what": "cancel"}
        taken = ["all"] if reduce else []

        def changed():
            seen = preview_order_change.fn(line["order"], [asked], self.day, None, taken)["seen"]
            change_order.fn(line["order"], [asked], self.day, "Ada", "asked", seen, None, taken)

        self.attempt(changed)

    @rule(which=number, decision=st.sampled_from(["cancel", "close"]))
    def decide(self, which, decision):
        documents = [row["order"] for name in ORDER_TABLES[:3] for row in self.rows(name)]
        if documents:
            chosen = [documents[which % len(documents)]]
            self.attempt(lambda: decide_documents.fn(decision, chosen, "Ada", "no longer wanted", self.day))

    @rule()
    def the_last_fact_is_sent_again(self):
        if self.last:
            table, row = self.last
            before = self.books()
            answer = record_facts({table: [row]}, self.day, dry_run=False)
            assert [fact["outcome"] for fact in answer["facts"]] == ["recorded before"]
            assert self.books() == before

    # how steps are taken

    def event(self) -> str:
        self.events += 1
        return f"E-{self.events}"

    def record(self, table: str, cells: dict) -> None:
        row = {"event": self.event(), "date": self.day.isoformat(), **cells}
        if self.attempt(lambda: record_facts({table: [row]}, self.day, dry_run=False)):
            self.last = (table, row)

    def attempt(self, step) -> bool:
        """Whether the step was taken; where it was refused, nothing may have changed."""
        before = self.books()
        try:
            step()
        except KitlineError:
            assert self.books() == before
            return False
        self.happened += 1
        return True

    def rows(self, table: str) -> list[dict]:
        """A table's rows by primary key, quantities as whole units."""
        stored = table_of(table)
        with reading(self.engine) as connection:
            found = connection.execute(select(stored).order_by(*stored.primary_key.columns)).mappings().all()
        return [
            {name.removesuffix("_micro"): cell // MICRO if name.endswith("quantity_micro") else cell
             for name, cell in row.items()}
            for row in found
        ]  # fmt: skip

    def books(self) -> dict:
        """Everything that is stored, but what tells of runs."""
        left_out = ("runs", "gate_results", "alerts", "quarantine", "document_series", "plan_snapshots")
        with reading(self.engine) as connection:
            return {name: sorted(map(repr, connection.execute(select(table_of(name)))))
                    for name in metadata.tables if name not in left_out}  # fmt: skip

    # what must hold

    def holding(self, table: str) -> list[dict]:
        """Facts of a table that were posted and not undone."""
        undone = {row["reversed_event"] for row in self.rows("reversals")
                  if row["state"] == "posted" and row["table"] == table}  # fmt: skip
        return [row for row in self.rows(table) if row["state"] == "posted" and row["event"] not in undone]

    @invariant()
    def stock_is_what_the_facts_say(self):
        items = {(row["order"], row["line"]): row["item"] for row in self.rows("purchase_order_lines")}
        outside = {row["order"] for row in self.rows("subcontract_orders")}
        works = {row["order"] for row in self.rows("work_orders")}
        house, given, made = Counter(OPENING), Counter(), Counter()
        for row in self.holding("receipts"):
            item = "TOP" if row["order"] in outside else items[row["order"], row["line"]]
            house[item] += row["quantity"]
        for row in self.holding("issues"):
            house[row["item"]] -= row["quantity"]
            given[row["order"], row["item"]] += row["quantity"]
        for row in self.holding("completions"):
            house["TABLE"] += row["quantity"]
            made[row["order"]] += row["quantity"] + row["scrapped_quantity"]
        for row in self.holding("shipments"):
            house["TABLE"] -= row["quantity"]
        for row in self.holding("adjustments"):
            house[row["item"]] += row["quantity"]
        places, floor = Counter(), Counter()
        for move in self.rows("stock_moves"):
            quantity = move["quantity"]
            if move["status"] in ("in_production", "at_subcontractor"):
                floor[move["order"], move["item"]] += quantity
            else:
                places[move["item"], move["lot"], move["status"]] += quantity
        assert min([*places.values(), *floor.values()], default=0) >= 0
        booked = Counter()
        for (item, _, _), quantity in places.items():
            booked[item] += quantity
        # screws lie in nobody's hands unless somebody issued them: they go when tables are completed
        for order in works:
            house["SCREW"] -= PER_TABLE["SCREW"] * made[order] - self.used_from_floor(order, "SCREW")
        assert {item: booked[item] for item in house} == dict(house)
        for (order, item), quantity in given.items():
            assert 0 <= floor[order, item] <= quantity
        self.check_documents(made)

    @invariant()
    def what_is_set_aside_is_there_and_needed(self):
        held, places = Counter(), Counter()
        for move in self.rows("stock_moves"):
            if move["status"] == "reserved":
                held[move["order"], move["item"]] += move["quantity"]
                places[move["order"], move["line"], move["item"], move["lot"]] += move["quantity"]
        assert min(places.values(), default=0) >= 0
        needs = Counter()
        ended = {row["order"] for name in ORDER_TABLES for row in self.rows(name) if row["state"] in FINISHED}
        for line in self.rows("sales_order_lines"):
            needs[line["order"], line["item"]] += line["quantity"]
        for row in self.holding("shipments"):
            needs[row["order"], "TABLE"] -= row["quantity"]
        for name in ("work_order_components", "subcontract_order_components"):
            for row in self.rows(name):
                needs[row["order"], row["item"]] += row["quantity"]
        for row in self.holding("issues"):
            needs[row["order"], row["item"]] -= row["quantity"]
        for move in self.rows("stock_moves"):
            # screws are used up from the shelf
            if (move["item"], move["kind"], move["status"]) == ("SCREW", "consumption", "available"):
                needs[move["order"], "SCREW"] += move["quantity"]
        for (order, item), quantity in held.items():
            assert quantity <= (0 if order in ended else max(needs[order, item], 0)), (order, item)

    def used_from_floor(self, order: str, item: str) -> int:
        wanted = (order, item, "in_production", "consumption")
        return -sum(
            move["quantity"]
            for move in self.rows("stock_moves")
            if (move["order"], move["item"], move["status"], move["kind"]) == wanted
        )

    def check_documents(self, made: Counter) -> None:
        received = Counter()
        for row in self.holding("receipts"):
            received[row["order"]] += row["quantity"]
        shipped = Counter()
        for row in self.holding("shipments"):
            shipped[row["order"]] += row["quantity"]
        ordered, cancelled = defaultdict(int), set()
        for name in ("purchase_order_lines", "sales_order_lines"):
            for row in self.rows(name):
                ordered[row["order"]] += row["quantity"]
        happened = {"purchase_orders": received, "subcontract_orders": received, "work_orders": made,
                    "sales_orders": shipped}  # fmt: skip
        for table in ORDER_TABLES:
            numbers = []
            for row in self.rows(table):
                order, state = row["order"], row["state"]
                quantity = row["quantity"] if "quantity" in row else ordered[order]
                done = happened[table][order]
                assert done <= quantity, (order, done, quantity)
                if state in ("released", "in_progress"):
                    assert done < quantity, (order, state)
                if state == "done":
                    assert done == quantity, (order, done, quantity)
                if state == "cancelled":
                    cancelled.add(order)
                    assert done == 0, order
                if table != "sales_orders":
                    assert row["origin"], order
                    numbers.append(int(order.rsplit("-", 1)[1]))
            assert sorted(numbers) == list(range(1, len(numbers) + 1))
        for step in self.rows("document_events"):
            life = TRANSITIONS.get(step["table"], TRANSITIONS["supply_orders"])
            assert not step["before"] or step["after"] in life[step["before"]], step

    def check_trackers(self) -> None:
        """The trackers agree with themselves, and nobody has less than nothing."""
        tracker = track_subcontracts(self.day, ended=True)
        for row in tracker["materials"]:
            left = int(row["issued"]) - int(row["consumed"]) - int(row["returned"])
            assert left == int(row["at_subcontractor"]) >= 0
        for row in tracker["orders"]:
            decided = int(row["accepted"]) + int(row["concession"]) + int(row["rejected"]) + int(row["waiting"])
            assert int(row["received"]) == decided
        for row in usage_now(self.day)["usage"]:
            left = int(row["issued"]) - int(row["returned"]) - int(row["consumed"])
            assert left == int(row["on_floor"]) >= 0
        for row in tracking_now(self.day)["orders"]:
            assert int(row["completed"]) + int(row["scrapped"]) + int(row["open"]) == int(row["quantity"])

    def check_pegs(self) -> None:
        """No supply serves more than there is of it."""
        served = Counter()
        run = max(row["number"] for row in self.rows("runs") if row["stage"] == "material_planning")
        for peg in self.rows("pegs"):
            if peg["run"] == run and peg["supply_kind"] == "planned_order":
                served[peg["supply"]] += peg["quantity"]
        there = {row["number"]: row["receipt_quantity"] for row in self.rows("planned_orders")}
        for supply, quantity in served.items():
            assert quantity <= there[supply], supply


def play(databases, template: str, scratch: Path, count: int) -> None:
    machine = type("PlantHere", (Plant,), {"databases": databases, "template": template, "scratch": scratch})
    run_state_machine_as_test(machine, settings=hypothesis_settings(examples(count), stateful_step_count=25))


def prepared(url: str, folder: Path) -> None:
    """A database with the plant in it, planned and released once."""
    with installation_at(url, folder):
        import_rows(folder, PLANT, FIRST)
        plan_materials.fn(FIRST)
        release_orders.fn(FIRST, None, FIRST + timedelta(60))
        post_waiting_facts.fn(FIRST)
    engine_of(url).dispose()


def test_whatever_happens_in_whatever_order_the_books_hold_on_sqlite(sqlite_template, tmp_path):
    shutil.copy(sqlite_template, tmp_path / "plant.db")
    files = SqliteFiles(tmp_path)
    prepared(files.new("plant"), tmp_path)
    play(files, "plant", tmp_path, 4)


@pytest.mark.usefixtures("own_settings")
def test_whatever_happens_in_whatever_order_the_books_hold_on_postgresql(postgresql_server, tmp_path):
    url = postgresql_server.copy("kitline_template", "kitline_machine")
    prepared(url, tmp_path)
    play(postgresql_server, "kitline_machine", tmp_path, 3)
    postgresql_server.drop("kitline_machine")
