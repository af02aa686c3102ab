"""Facts that name few documents are posted without reading the others, with the same outcome."""

import random
from datetime import date

import pytest

from calculations.fact_posting import STOCK_FACTS, opening_moves, post_facts
from calculations.policies import resolve
from models.database import insert_frame, writing
from models.import_tables import import_tables
from small_plant import item, on, plant, same_frames
from tasks.fact_posting import post_waiting_facts
from tasks.posting import world_of_waiting_facts

DAY = date(2026, 1, 31)
OUTCOME = ("moves", "stock", "consumptions", "refused", "posted", "held", "state_changes", "exceptions")


def factory(**tables):
    """Six of each kind of document, with material and desks in stock."""
    orders = range(6)
    return plant(
        work_orders=[(f"WO-{n}", "DESK", 10) for n in orders],
        components=[(f"WO-{n}", code, 10 * each) for n in orders for code, each in (("TOP", 1), ("LEG", 4))],
        purchases=[(f"PO-{n}", line, code, 40, 2) for n in orders for line, code in ((10, "LEG"), (20, "TOP"))],
        subcontracts=[(f"SC-{n}", "PAINTED-TOP", 10) for n in orders],
        sent=[(f"SC-{n}", "TOP", 10) for n in orders],
        sales=[(f"SO-{n}", 10, "DESK", 6) for n in orders],
        stock=[{"item": code, "quantity": 90, "unit_cost": 2} for code in ("TOP", "LEG", "DESK")],
        **tables,
    )


def facts(generator: random.Random, prefix: str, days: range, orders: list[int]) -> dict[str, list[dict]]:
    """Some of every kind of fact about these orders; not all of them can be posted."""
    found = {}

    def add(table, count, kind, **choices):
        found[table] = [
            on(generator.choice(days), f"{prefix}-{table}-{n}", f"{kind}-{generator.choice(orders)}",
               **{name: generator.choice(values) for name, values in choices.items()})
            for n in range(count)
        ]  # fmt: skip

    add("receipts", 6, "PO", line=[10, 20], quantity=[5, 15], deliver_to=["", "", "WO-4"])
    add("issues", 8, "WO", item=["TOP", "LEG", "SCREW"], quantity=[2, 8, 60])
    add("completions", 5, "WO", quantity=[1, 2], scrapped_quantity=[0, 1])
    add("time_entries", 3, "WO", work_center=["BENCH"], labor_hours=[1])
    add("shipments", 5, "SO", line=[10], quantity=[1, 3])
    add("customer_returns", 3, "SO", line=[10], quantity=[1])
    return found


@pytest.mark.parametrize("seed", range(6))
def test_facts_about_few_documents_come_to_the_same_without_the_others(database, seed):
    generator = random.Random(seed)
    earlier = facts(generator, "A", range(5, 11), list(range(6)))
    _load(database, factory(**earlier), list(import_tables()))
    with writing(database) as connection:
        insert_frame(connection, "stock_moves", opening_moves(factory()["stock"]).assign(date=DAY.replace(day=1)))
    post_waiting_facts.fn(DAY)
    undone = [(table, row["event"]) for table, rows in earlier.items() for row in rows]
    reversals = [
        {"event": f"UNDO-{n}", "date": "2026-01-20", "table": table, "reversed_event": event, "reason": "slip"}
        for n, (table, event) in enumerate(generator.sample(undone, 8))
    ]
    later = facts(generator, "B", range(11, 21), [0, 1]) | {"reversals": reversals}
    _load(database, factory(**later), list(later))
    with writing(database) as connection:
        few, all_ = (world_of_waiting_facts(connection, STOCK_FACTS, DAY, whole=whole) for whole in (False, True))
        connection.rollback()
    assert len(few["sales_orders"]) < len(all_["sales_orders"]) == 6
    one, other = (post_facts(world, resolve({}, DAY), DAY, STOCK_FACTS) for world in (few, all_))
    assert len(one.moves)
    assert len(one.refused)
    for name in OUTCOME:
        same_frames(getattr(one, name), getattr(other, name))


@pytest.mark.parametrize(
    "reason",
    [
        {"expenses": [{"event": "E-1", "period": "2026-01", "pool": "RENT", "amount": 9, "scope": "order:WO-5"}]},
        {"boms": [{"bom": "B", "item": "LEG", "phantom": "yes"}]},
    ],
)
def test_every_document_is_read_where_a_fact_may_look_at_any(database, reason):
    entry = on(5, "T-1", "WO-0", work_center="BENCH", labor_hours=1)
    _load(database, factory(items=[item("LEG", "make")], time_entries=[entry], **reason), list(import_tables()))
    with writing(database) as connection:
        world = world_of_waiting_facts(connection, (*STOCK_FACTS, "expenses"), DAY, whole=False)
    assert len(world["work_orders"]) == 6


def _load(database, world, tables):
    with writing(database) as connection:
        for name in tables:
            insert_frame(connection, name, world[name])
