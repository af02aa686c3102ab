"""Replay on real databases: what a run saw is kept, and gives the same bytes again."""

import json

import pytest
from sqlalchemy import update

from calculations.material_planning import plan_materials as plan_in_memory
from calculations.snapshots import digest_of, digests
from models.database import table_of, writing
from stage_database import import_rows, stored_rows
from support import world_of
from table_maker import AS_OF, TABLES
from tasks.material_planning import plan_materials
from tasks.replay import NotReplayable, replay


@pytest.fixture
def load(tmp_path, database):
    """A function that imports tables from plain rows."""
    return lambda tables: import_rows(tmp_path, tables, AS_OF)


def test_a_run_gives_the_same_bytes_again_whatever_happened_since(database, load, kitline):
    load(TABLES)
    first = plan_materials.fn(AS_OF)["run"]
    load({"stock": [{"item": "TOP", "quantity": 3}], "customers": [{"customer": "INN", "name": "Inn"}]})
    second = plan_materials.fn(AS_OF)["run"]
    again = replay(first)
    assert (again["same"], again["planned_orders"]) == (True, [])
    # the database holds what a world in memory holds, on SQLite and on PostgreSQL: the same frames to the byte
    assert again["digest"] == digest_of(digests(plan_in_memory(world_of(TABLES), AS_OF, {})))
    assert replay()["run"] == second
    assert replay(second)["digest"] != again["digest"]

    code, said, errors = kitline("replay", first)
    assert (code, errors) == (0, "")
    assert said.startswith(f"{first} as of 2026-01-05: the same 2 planned orders, 3 requirements, 4 pegs, ")
    assert said.endswith(f" ({again['digest']})\n")
    code, said, _ = kitline("replay", first, "--json")
    assert (code, json.loads(said)["same"]) == (0, True)


def test_two_runs_on_the_same_data_are_the_same_bytes(database, load):
    load({name: list(reversed(rows)) for name, rows in TABLES.items()})
    runs = [plan_materials.fn(AS_OF)["run"] for _ in range(2)]
    one, other = (replay(run) for run in runs)
    assert one["digest_then"] == other["digest_then"]
    assert one["same"]
    assert other["same"]
    assert one["digest"] == digest_of(digests(plan_in_memory(world_of(TABLES), AS_OF, {})))


def test_a_run_that_came_out_otherwise_lists_what_differs_with_exit_code_1(database, load, kitline):
    load(TABLES)
    run = plan_materials.fn(AS_OF)["run"]
    orders, snapshots = table_of("planned_orders"), table_of("plan_snapshots")
    with writing(database) as connection:
        # as if an earlier version had planned ten legs, without an exception
        legs = orders.c.number == "PLAN-LEG-1"
        connection.execute(update(orders).where(legs).values(quantity_micro=10 * 10**6))
        (kept,) = connection.scalars(snapshots.select().with_only_columns(snapshots.c.results))
        kept = {**kept, "planned_orders": {"rows": 2, "digest": "00"}, "pegs": {"rows": 7, "digest": "00"}}
        connection.execute(update(snapshots).values(results=kept, version="0.0+earlier"))
    code, said, errors = kitline("replay", run)
    assert code == 1
    assert "pegs: 7 then, 4 now" in said
    assert "LEG" in said
    assert "10" in said
    assert "12" in said
    assert "0.0+earlier" in said
    assert errors == f"kitline: {run} does not come out as it did\n"


def test_only_the_last_runs_are_kept(database, load, monkeypatch, own_settings):
    monkeypatch.setenv("KITLINE_REPLAYABLE_RUNS", "2")
    own_settings.cache_clear()
    load(TABLES)
    runs = [plan_materials.fn(AS_OF)["run"] for _ in range(3)]
    assert {row["run"] for row in stored_rows(database, "plan_snapshots")} == set(runs[1:])
    with pytest.raises(NotReplayable, match=f"of {runs[0]} nothing is kept; .* are {runs[2]}, {runs[1]}"):
        replay(runs[0])


def test_a_plant_may_keep_nothing(database, load, monkeypatch, own_settings):
    monkeypatch.setenv("KITLINE_REPLAYABLE_RUNS", "0")
    own_settings.cache_clear()
    load(TABLES)
    plan_materials.fn(AS_OF)
    with pytest.raises(NotReplayable, match="no planning run has been kept"):
        replay()
