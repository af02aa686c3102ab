"""Promises from a real database: the answer, what a reservation holds, and for how long."""

import json
import threading
from datetime import date

import pytest
from sqlalchemy import update

from calculations.order_lines import open_order_lines
from calculations.order_promise import ImpossibleRequest, single_request
from calculations.promise import Promising
from models.database import reading, table_of, writing
from models.promise_reservations import UnknownReservation
from models.worlds import read_world
from stage_database import import_rows
from stage_database import stored_rows as rows
from support import frame_rows
from tasks.kitting_check import check_kitting
from tasks.material_planning import plan_materials
from tasks.opportunity_conversion import convert_opportunities
from tasks.order_promise import Request, answer_promise, list_reservations, release_reservation, reserve_promise

AS_OF = date(2026, 1, 5)
SOON, LATER = date(2026, 1, 12), date(2026, 3, 2)
PLANT = {
    "customers": [{"customer": "SHOP", "name": "Shop", "priority": 2}, {"customer": "HOTEL", "name": "Hotel"}],
    "suppliers": [{"supplier": "WOOD", "name": "Wood"}],
    "items": [
        {"item": "TABLE", "name": "Table", "unit": "EA", "sourcing": "make", "lead_time_days": 5},
        {"item": "LEG", "name": "Leg", "unit": "EA", "sourcing": "buy"},
        {"item": "BENCH", "name": "Bench", "unit": "EA", "sourcing": "make", "lead_time_days": 5},
        {"item": "LAMP", "name": "Lamp", "unit": "EA", "sourcing": "buy", "lead_time_days": 10},
    ],
    "boms": [{"bom": "TABLE", "item": "TABLE"}, {"bom": "BENCH", "item": "BENCH"}],
    "bom_lines": [
        {"bom": "TABLE", "line": 10, "component": "LEG", "quantity": 4},
        {"bom": "BENCH", "line": 10, "component": "LEG", "quantity": 6},
    ],
    "supplier_items": [{"supplier": "WOOD", "item": "LEG", "price": "2", "lead_time_days": 10}],
    "stock": [{"item": "TABLE", "quantity": 10}, {"item": "LEG", "quantity": 30}, {"item": "LAMP", "quantity": 4}],
    "sales_orders": [{"order": "SO-1", "customer": "HOTEL", "order_date": "2026-01-02"}],
    "sales_order_lines": [
        {"order": "SO-1", "line": 10, "item": "TABLE", "quantity": 4, "due_date": "2026-02-02"},
        {"order": "SO-1", "line": 20, "item": "BENCH", "quantity": 2, "due_date": "2026-02-02"},
    ],
    "opportunities": [{"opportunity": "OPP-1", "customer": "SHOP", "stage": "open"}],
    "opportunity_lines": [
        {"opportunity": "OPP-1", "line": 10, "item": "TABLE", "quantity": 6, "requested_date": "2026-01-12"},
        {"opportunity": "OPP-1", "line": 20, "item": "LAMP", "quantity": 6, "requested_date": "2026-01-12"},
    ],
}


@pytest.fixture
def load(tmp_path):
    """A function that imports tables from plain rows."""
    return lambda tables: import_rows(tmp_path, tables, AS_OF)


@pytest.fixture
def plant(database, load):
    load(PLANT)
    return database


def parts(answer) -> list[tuple]:
    return [(row["promised_date"], row["quantity"], row["decision"]) for row in answer["promises"]]


def ask(quantity, day=SOON, item="TABLE", **of):
    return Request(item=item, quantity=str(quantity), day=day, **of)


def win(database):
    table = table_of("opportunities")
    with writing(database) as connection:
        connection.execute(update(table).values(stage="won"))


def test_a_question_is_answered_and_nothing_is_kept(plant):
    runs = rows(plant, "runs")
    answer = answer_promise(ask(10), AS_OF)
    # 6 tables are free; of 30 legs SO-1 needs 12, so 4 more tables can be made in 5 days
    assert parts(answer) == [("2026-01-12", "10", "accept")]
    assert parts(answer_promise(ask(11), AS_OF)) == [("2026-01-12", "6", "partial"), ("2026-01-26", "5", "partial")]
    assert answer["ahead"] == [
        {"order": "SO-1", "line": 10, "item": "TABLE", "quantity": "4", "due_date": "2026-02-02"}
    ]
    assert rows(plant, "runs") == runs
    assert rows(plant, "promise_reservations") == []


def test_reading_only_what_the_answer_depends_on_gives_the_answer_of_the_whole_plant(plant, load):
    load({
        "work_orders": [{"order": "WO-1", "item": "BENCH", "quantity": 1, "start_date": "2026-01-05",
                         "due_date": "2026-01-20"}],
        "work_order_components": [{"order": "WO-1", "item": "LEG", "quantity": 6, "issued_quantity": 1}],
        "purchase_orders": [{"order": "PO-1", "supplier": "WOOD", "order_date": "2026-01-02"}],
        "purchase_order_lines": [{"order": "PO-1", "line": 1, "item": "LEG", "quantity": 5,
                                  "due_date": "2026-01-19"}],
        "work_centers": [{"work_center": "SAW"}],
        "operations": [{"item": "BENCH", "operation": 10, "work_center": "SAW", "run_hours_per_unit": 9}],
    })  # fmt: skip
    with reading(plant) as connection:
        world = read_world(connection)
    accepted, _ = open_order_lines(world)
    for item, quantity in (("TABLE", 12), ("BENCH", 3), ("LEG", 25), ("LAMP", 5)):
        line = single_request(world, "request", item, quantity * 10**6, SOON)
        whole = frame_rows(Promising(world, AS_OF, {}, accepted).serve(line))
        assert answer_promise(ask(quantity, item=item), AS_OF)["promises"] == whole


def test_a_reservation_is_kept_with_whom_what_and_until_when(plant):
    answer = reserve_promise(ask(11, customer="SHOP"), AS_OF)
    assert [(row["reservation"], row["part"], row["quantity"], row["promised_date"], row["valid_until"])
            for row in answer["reservations"]] == [
        ("PR-2026-00001", 1, "6", "2026-01-12", "2026-01-12"), ("PR-2026-00001", 2, "5", "2026-01-26", "2026-01-12"),
    ]  # fmt: skip
    (first, second) = rows(plant, "promise_reservations")
    assert (first["customer"], first["priority"], first["decision"], first["state"], first["opportunity"]) == (
        "SHOP", 2, "partial", "held", "",
    )  # fmt: skip
    assert second["reason"] == "buying 2 LEG at WOOD from 2026-01-05 takes 10 working days, until 2026-01-19"
    (run,) = (row for row in rows(plant, "runs") if row["stage"] == "order_promise")
    assert (run["counts"]["reserved_parts"], first["run"]) == (2, run["number"])


def test_what_is_reserved_is_not_promised_again_until_it_lapses_or_is_given_up(plant):
    reserve_promise(ask(6, valid_until=date(2026, 1, 7)), AS_OF)
    assert parts(answer_promise(ask(4), date(2026, 1, 7))) == [("2026-01-14", "4", "later")]
    assert parts(answer_promise(ask(4), date(2026, 1, 8))) == [("2026-01-12", "4", "accept")]
    release_reservation("PR-2026-00001", AS_OF)
    assert parts(answer_promise(ask(6), AS_OF)) == [("2026-01-12", "6", "accept")]
    with pytest.raises(UnknownReservation, match="PR-2026-00001 is released already"):
        release_reservation("PR-2026-00001", AS_OF)
    with pytest.raises(UnknownReservation, match="there is no reservation PR-9"):
        release_reservation("PR-9", AS_OF)


def test_two_who_reserve_the_last_stock_at_once_do_not_both_get_it(plant):
    answers, errors = [], []

    def reserve():
        try:
            answers.append(parts(reserve_promise(ask(4, item="LAMP"), AS_OF)))
        except Exception as error:
            errors.append(error)

    threads = [threading.Thread(target=reserve) for _ in range(3)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert errors == []
    late = [("2026-01-19", "4", "later")]
    assert sorted(answers) == [[("2026-01-12", "4", "accept")], late, late]
    assert len({row["reservation"] for row in rows(plant, "promise_reservations")}) == 3


def test_the_lines_of_an_opportunity_are_asked_and_reserved_together_and_again(plant):
    request = Request(opportunity="OPP-1")
    answer = reserve_promise(request, AS_OF)
    expected = [("2026-01-12", "6", "accept"), ("2026-01-12", "4", "partial"), ("2026-01-19", "2", "partial")]
    assert parts(answer) == expected
    held = [(row["reservation"], row["line"], row["part"], row["customer"]) for row in list_reservations(AS_OF)]
    assert held == [
        ("PR-2026-00001", 10, 1, "SHOP"),
        ("PR-2026-00002", 20, 1, "SHOP"),
        ("PR-2026-00002", 20, 2, "SHOP"),
    ]
    # who asks again does not stand in the own way, and holds it once
    assert parts(reserve_promise(request, AS_OF)) == expected
    assert [row["state"] for row in rows(plant, "promise_reservations")] == ["replaced"] * 3 + ["held"] * 3


def test_planning_and_kitting_treat_a_reservation_as_demand_under_its_own_number(plant):
    reserve_promise(ask(11), AS_OF)
    plan_materials.fn(AS_OF)
    pegged = {1: 0, 2: 0}
    for row in rows(plant, "pegs"):
        if (row["demand"], row["item"]) == ("PR-2026-00001", "TABLE"):
            pegged[row["line"]] += int(row["quantity"])
    assert pegged == {1: 6, 2: 5}
    check_kitting.fn(AS_OF)
    assert {("PR-2026-00001", 1), ("PR-2026-00001", 2)} <= {(row["order"], row["line"]) for row in rows(plant, "kits")}
    release_reservation("PR-2026-00001", AS_OF)
    plan_materials.fn(AS_OF)
    assert {row["demand"] for row in rows(plant, "pegs") if row["item"] == "TABLE"} == {"SO-1"}


def test_a_planned_order_for_a_reservation_leads_back_to_its_opportunity(plant):
    from tasks.tracing import trace

    reserve_promise(Request(opportunity="OPP-1"), AS_OF)
    plan_materials.fn(AS_OF)
    steps = [(step["table"], step["number"]) for step in trace("PLAN-LAMP-1")]
    assert ("promise_reservations", "PR-2026-00002/2") in steps
    assert steps[-1] == ("opportunities", "OPP-1")


def test_the_order_of_an_opportunity_takes_the_place_of_its_reservation(plant, load):
    load({"opportunities": [{"opportunity": "OPP-0", "customer": "HOTEL", "stage": "won"}],
          "opportunity_lines": [{"opportunity": "OPP-0", "line": 1, "item": "LAMP", "quantity": 4,
                                 "requested_date": "2026-01-07"}]})  # fmt: skip
    reserve_promise(Request(opportunity="OPP-1"), AS_OF)
    win(plant)
    counts = convert_opportunities.fn(AS_OF)["counts"]
    assert counts["reservations_consumed"] == 3
    assert {row["state"] for row in rows(plant, "promise_reservations")} == {"consumed"}
    promised = {(row["order"], row["line"]): (row["promised_date"], row["promise_decision"])
                for row in rows(plant, "sales_order_lines")}  # fmt: skip
    # OPP-0 wants the lamps earlier, but four were held for OPP-1
    assert promised["SO-2026-00001", 1] == ("2026-01-19", "later")
    assert promised["SO-2026-00002", 10] == ("2026-01-12", "accept")
    assert promised["SO-2026-00002", 20] == ("2026-01-19", "partial")
    with pytest.raises(ImpossibleRequest, match="OPP-1 is order SO-2026-00002 already"):
        answer_promise(Request(opportunity="OPP-1"), AS_OF)


def test_a_lost_opportunity_holds_nothing(plant):
    reserve_promise(Request(opportunity="OPP-1"), AS_OF)
    assert parts(answer_promise(ask(4, item="LAMP"), AS_OF))[0][2] == "later"
    table = table_of("opportunities")
    with writing(plant) as connection:
        connection.execute(update(table).values(stage="lost"))
    assert parts(answer_promise(ask(4, item="LAMP"), AS_OF))[0][2] == "accept"
    with pytest.raises(ImpossibleRequest, match="OPP-1 is lost"):
        answer_promise(Request(opportunity="OPP-1"), AS_OF)


def test_what_never_comes_is_answered_and_nothing_of_it_is_held(plant, load):
    load({"items": [{"item": "GEM", "name": "Gem", "unit": "EA", "sourcing": "buy"}]})
    assert reserve_promise(ask(2, item="GEM"), AS_OF)["reservations"] == []
    assert rows(plant, "promise_reservations") == []


@pytest.mark.parametrize(
    ("request_", "said"),
    [
        (Request(item="TABEL", quantity="1"), "there is no item TABEL"),
        (ask(1, customer="SHIP"), "there is no customer SHIP"),
        (ask(1, valid_until=date(2026, 1, 2)), "a reservation until 2026-01-02 would be over"),
        (Request(opportunity="OPP-9"), "there is no opportunity OPP-9"),
    ],
)
def test_a_request_that_cannot_be_is_refused_and_leaves_nothing(plant, request_, said):
    with pytest.raises(ImpossibleRequest, match=said):
        reserve_promise(request_, AS_OF)
    assert rows(plant, "promise_reservations") == []


# the command and the flow


def test_the_command_says_the_decision_the_dates_and_why(sqlite_database, load, kitline):
    load(PLANT)
    day = ("--as-of", "2026-01-05")
    code, said, _ = kitline("promise", "TABLE", "11", "--date", "2026-01-12", "--customer", "SHOP", "--reserve", *day)
    assert code == 0
    assert said.splitlines() == [
        "11 TABLE for 2026-01-12: partial",
        "  2026-01-12  6",
        "  2026-01-26  5  LEG decides (supplier)",
        "    making 5 TABLE from 2026-01-19 takes 5 working days, until 2026-01-26",
        "      buying 2 LEG at WOOD from 2026-01-05 takes 10 working days, until 2026-01-19",
        "served before: 4 for SO-1",
        "reserved: PR-2026-00001, 6 TABLE for 2026-01-12, until 2026-01-12",
        "reserved: PR-2026-00001, 5 TABLE for 2026-01-26, until 2026-01-12",
    ]
    assert kitline("reservations", *day)[1].splitlines()[0] == (
        "PR-2026-00001/1: 6 TABLE for 2026-01-12, SHOP, until 2026-01-12"
    )
    assert kitline("reservations", "--give-up", "PR-2026-00001", *day)[1] == "nothing is reserved\n"


def test_the_command_answers_programs_and_refuses_what_it_cannot_read(sqlite_database, load, kitline):
    load(PLANT)
    day = ("--as-of", "2026-01-05")
    answer = json.loads(kitline("promise", "--opportunity", "OPP-1", "--complete", "--json", *day)[1])
    assert [(row["line"], row["promised_date"], row["quantity"]) for row in answer["promises"]] == [
        (10, "2026-01-19", "6"), (20, "2026-01-19", "6"),
    ]  # fmt: skip
    assert answer["path"][0]["message"].startswith("all lines are delivered together: ")
    for arguments, said in {
        ("TABLE",): "give an item and a quantity, like kitline promise DESK 20",
        ("TABLE", "1", "--opportunity", "OPP-1"): "give an item and a quantity",
        ("TABLE", "many"): "'many' is not a number",
        ("TABLE", "1", "--until", "2026-01-09"): "add --reserve",
    }.items():
        code, _, errors = kitline("promise", *arguments, *day)
        assert (code, said in errors) == (1, True), errors


def test_sales_asks_from_a_form(prefect, sqlite_database, load):
    from flows.order_promise import order_promise

    load(PLANT)
    result = order_promise("TABLE", 11, SOON, customer="SHOP", reserve=True, as_of=AS_OF)
    assert result["answer"][0] == "11 TABLE for 2026-01-12: partial"
    assert result["counts"] == {"accept": 0, "partial": 1, "later": 0, "reserved": 2}
    assert order_promise(give_up="PR-2026-00001", as_of=AS_OF)["counts"] == {"released_parts": 2}
    assert order_promise(opportunity="OPP-1", as_of=AS_OF)["counts"]["accept"] == 1
