"""Release as chosen, on real databases: previewed exactly, in parts, once, with nothing lost."""

import os
import signal
from datetime import date

import pandas as pd
import pytest

from models.database import insert_frame, read_table, reading, table_of, writing
from other_process import exit_codes, start
from stage_database import import_rows, stored_rows
from tasks import order_release
from tasks.document_history import history
from tasks.material_planning import plan_materials
from tasks.order_release import BadRelease, preview_release, read_choices, release_orders
from tasks.tracing import trace

AS_OF = date(2026, 1, 5)
PLANT = {
    "customers": [{"customer": "HOTEL", "name": "Grand Hotel"}],
    "suppliers": [
        {"supplier": "BOLTCO", "name": "Bolt Company"},
        {"supplier": "STEELCO", "name": "Steel Company"},
    ],
    "items": [
        {"item": "DESK", "name": "Desk", "unit": "EA", "sourcing": "make", "lead_time_days": 2},
        {"item": "BOLT", "name": "Bolt", "unit": "EA", "sourcing": "buy", "buyer": "ann", "yield_rate": "0.9"},
    ],
    "boms": [{"bom": "DESK", "item": "DESK"}],
    "bom_lines": [{"bom": "DESK", "line": 10, "component": "BOLT", "quantity": 9}],
    "supplier_items": [
        {"supplier": "BOLTCO", "item": "BOLT", "price": "0.5", "lead_time_days": 3},
        {"supplier": "STEELCO", "item": "BOLT", "price": "0.75", "lead_time_days": 8, "priority": 2},
    ],
    "sales_orders": [
        {"order": "SO-1", "customer": "HOTEL", "order_date": "2026-01-02"},
        {"order": "SO-2", "customer": "HOTEL", "order_date": "2026-01-02"},
    ],
    "sales_order_lines": [
        {"order": "SO-1", "line": 10, "item": "BOLT", "quantity": 36, "due_date": "2026-01-20"},
        {"order": "SO-2", "line": 10, "item": "DESK", "quantity": 10, "due_date": "2026-01-20"},
    ],
}


@pytest.fixture
def plan(database, tmp_path):
    """A plan with 36 + 90 good bolts to buy (40 + 100 at a yield of 0.9) and 10 desks to make."""
    import_rows(tmp_path, PLANT, AS_OF)
    plan_materials.fn(AS_OF)
    with reading(database) as connection:
        planned = read_table(connection, "planned_orders")
    assert planned[["number", "quantity_micro"]].values.tolist() == [
        ["PLAN-BOLT-1", 100_000_000],
        ["PLAN-BOLT-2", 40_000_000],
        ["PLAN-DESK-1", 10_000_000],
    ]
    return database


def chosen(*rows: dict):
    return read_choices(list(rows))


def release(*rows: dict, **policies) -> dict:
    return release_orders.fn(AS_OF, policies, None, *chosen(*rows))


def release_forty() -> None:
    try:
        release({"planned_order": "PLAN-BOLT-1", "quantity": 40})
    except BadRelease as error:
        raise SystemExit(3) from error


def release_forty_and_be_killed() -> None:
    order_release._tell = lambda *given: os.kill(os.getpid(), signal.SIGKILL)
    release_forty()


def quantities(database) -> dict[str, tuple[str, str, str]]:
    return {row["number"]: (row["quantity"], row["receipt_quantity"], row["state"])
            for row in stored_rows(database, "planned_orders")}  # fmt: skip


def pegged(database) -> dict[tuple[str, str], int]:
    """Whole units of bolts by supply and demand."""
    with reading(database) as connection:
        pegs = read_table(connection, "pegs")
    pegs = pegs[pegs["item"] == "BOLT"]
    return (pegs.groupby(["supply", "demand"])["quantity_micro"].sum() // 1_000_000).to_dict()


def test_what_is_left_of_a_planned_order_stays_suggested_with_its_pegs(plan):
    summary = release({"planned_order": "PLAN-BOLT-1", "quantity": 40})

    assert summary["counts"]["released"] == 1
    assert quantities(plan)["PLAN-BOLT-1"] == ("40", "36", "released")
    assert quantities(plan)["PLAN-BOLT-1.2"] == ("60", "54", "suggested")
    assert stored_rows(plan, "purchase_order_lines")[0]["quantity"] == "40"
    # 90 good bolts of the order were for the desks
    assert pegged(plan) == {
        ("PLAN-BOLT-1", "PLAN-DESK-1"): 36,
        ("PLAN-BOLT-1.2", "PLAN-DESK-1"): 54,
        ("PLAN-BOLT-2", "SO-1"): 36,
    }
    assert "SO-2/10" in [step["number"] for step in trace("PLAN-BOLT-1.2")]


def test_the_rest_is_released_by_the_next_run_and_numbers_have_no_gap(plan):
    release({"planned_order": "PLAN-BOLT-1", "quantity": 40})
    with pytest.raises(BadRelease):
        release({"planned_order": "PLAN-BOLT-1.2", "quantity": 61})
    release({"planned_order": "PLAN-BOLT-1.2", "quantity": 10})
    release({"planned_order": "PLAN-BOLT-1.3"})

    lines = stored_rows(plan, "purchase_order_lines")
    assert [(row["order"], row["quantity"]) for row in lines] == [
        ("PO-2026-00001", "40"),
        ("PO-2026-00002", "10"),
        ("PO-2026-00003", "50"),
    ]
    assert [row["quantity"] for row in stored_rows(plan, "releases")] == ["40", "10", "50"]


def test_the_same_part_asked_for_again_is_not_released_again(plan):
    release({"planned_order": "PLAN-BOLT-1", "quantity": 40})

    with pytest.raises(BadRelease, match="PLAN-BOLT-1 is released as PO-2026-00001 with 40"):
        release({"planned_order": "PLAN-BOLT-1", "quantity": 40})

    assert len(stored_rows(plan, "purchase_orders")) == 1


def test_two_processes_that_release_a_part_release_it_once(plan):
    assert sorted(exit_codes(start(release_forty), start(release_forty))) == [0, 3]

    assert [row["quantity"] for row in stored_rows(plan, "purchase_order_lines")] == ["40"]
    assert quantities(plan)["PLAN-BOLT-1.2"][0] == "60"


def test_a_kill_in_the_middle_of_a_part_leaves_the_whole(plan):
    before, pegs = quantities(plan), pegged(plan)

    assert exit_codes(start(release_forty_and_be_killed)) == [-signal.SIGKILL]

    assert (quantities(plan), pegged(plan)) == (before, pegs)
    release_forty()
    assert [row["order"] for row in stored_rows(plan, "purchase_orders")] == ["PO-2026-00001"]


def test_a_planned_order_that_was_planned_anew_meanwhile_is_not_claimed(plan):
    from models.releasing import claim_planned_orders

    read = pd.DataFrame({"number": ["PLAN-BOLT-1", "PLAN-BOLT-2"], "quantity_micro": [99_000_000, 40_000_000]})
    with writing(plan) as connection:
        assert claim_planned_orders(connection, read) == {"PLAN-BOLT-2"}


def test_one_planned_order_becomes_several_documents_by_quantity_and_date(plan):
    release(
        {"planned_order": "PLAN-DESK-1", "quantity": 4},
        {"planned_order": "PLAN-DESK-1", "quantity": 4, "due_date": "2026-01-23"},
    )

    orders = stored_rows(plan, "work_orders")
    assert [(row["quantity"], row["due_date"], row["origin"]) for row in orders] == [
        ("4", "2026-01-20", "planned_orders:PLAN-DESK-1"),
        ("4", "2026-01-23", "planned_orders:PLAN-DESK-1.2"),
    ]
    assert [row["quantity"] for row in stored_rows(plan, "work_order_components")] == ["36", "36"]
    # what served the ten desks serves the three pieces in proportion
    assert pegged(plan)["PLAN-BOLT-1", "PLAN-DESK-1"] == 36
    assert pegged(plan)["PLAN-BOLT-1", "PLAN-DESK-1.3"] == 18


def test_another_supplier_comes_with_his_price_and_lead_time(plan):
    summary = release({"planned_order": "PLAN-BOLT-2", "supplier": "STEELCO", "due_date": "2026-01-13"})

    (line,) = stored_rows(plan, "purchase_order_lines")
    assert stored_rows(plan, "purchase_orders")[0]["supplier"] == "STEELCO"
    assert (line["unit_price"], line["due_date"]) == ("0.75", "2026-01-13")
    assert summary["notes"] == ["PLAN-BOLT-2 of BOLT: STEELCO delivers 8 working days after the order, on 2026-01-15 "
                                "and not on 2026-01-13"]  # fmt: skip


def test_what_was_chosen_otherwise_than_suggested_is_kept_and_told(plan):
    release({"planned_order": "PLAN-BOLT-1", "quantity": 40, "unit_price": "0.45"},
            {"planned_order": "PLAN-BOLT-1", "supplier": "STEELCO", "due_date": "2026-01-19"})  # fmt: skip
    release({"planned_order": "PLAN-BOLT-2", "quantity": 40})

    into = [history(f"PO-2026-0000{count}")["steps"][0]["what"] for count in (1, 2, 3)]
    assert into == [
        "40 of planned order PLAN-BOLT-1 released into it: unit price 0.5 → 0.45",
        "60 of planned order PLAN-BOLT-1.2 released into it: due date 2026-01-16 → 2026-01-19, supplier BOLTCO → "
        "STEELCO, unit price 0.5 → 0.75",
        "40 of planned order PLAN-BOLT-2 released into it",
    ]
    told = [step["what"] for step in history("PLAN-BOLT-1.2")["steps"]]
    assert {"supplier BOLTCO → STEELCO", "60 released into PO-2026-00002"} <= set(told)


def test_a_suggestion_does_not_slip_below_the_approval_limit_in_parts(plan):
    release({"planned_order": "PLAN-BOLT-1", "quantity": 40}, approval_limit=50)
    # 100 at 0.5 is exactly the limit; above it neither a part nor, later, the rest goes
    assert release({"planned_order": "PLAN-BOLT-1.2", "quantity": 60}, approval_limit=49)["counts"] == {
        "released": 0, "purchase_orders": 0, "purchase_order_lines": 0, "work_orders": 0, "subcontract_orders": 0,
        "waiting_for_approval": 1, "alerts": 1,
    }  # fmt: skip


def test_the_next_plan_counts_both_parts(plan):
    release({"planned_order": "PLAN-BOLT-1", "quantity": 40})

    plan_materials.fn(AS_OF)

    rows = [row for row in stored_rows(plan, "planned_orders") if row["item"] == "BOLT" and row["state"] != "released"]
    # 126 good bolts are needed, 40 × 1 are on order: the plan counts the quantity of a purchase line as it stands
    good = sum(int(row["receipt_quantity"]) for row in rows)
    assert 126 - 40 <= good <= 126 - 36


def test_a_requisition_released_in_part_still_serves_its_work_order(plan):
    frame = {"number": "REQ-1", "run": "r", "item": "BOLT", "kind": "purchase", "quantity_micro": 10_000_000,
             "receipt_quantity_micro": 10_000_000, "release_date": pd.Timestamp(AS_OF), "supplier": "BOLTCO",
             "due_date": pd.Timestamp(AS_OF), "need_date": pd.Timestamp(AS_OF), "firm": True, "state": "firm",
             "origin": "work_orders:WO-9"}  # fmt: skip
    with writing(plan) as connection:
        insert_frame(
            connection,
            "work_orders",
            pd.DataFrame(
                [
                    {
                        "order": "WO-9",
                        "item": "DESK",
                        "quantity_micro": 1_000_000,
                        "start_date": pd.Timestamp(AS_OF),
                        "due_date": pd.Timestamp(AS_OF),
                    }
                ]
            ),
        )
        insert_frame(connection, "planned_orders", pd.DataFrame([frame]))
        insert_frame(
            connection,
            "requisitions",
            pd.DataFrame(
                [
                    {
                        "order": "WO-9",
                        "item": "BOLT",
                        "turn": 1,
                        "planned_order": "REQ-1",
                        "short_micro": 9_000_000,
                        "quantity_micro": 10_000_000,
                        "run": "r",
                    }
                ]
            ),
        )

    release({"planned_order": "REQ-1", "quantity": 4})

    rows = stored_rows(plan, "requisitions")
    assert [(row["turn"], row["planned_order"], row["quantity"], row["short"]) for row in rows] == [
        (1, "REQ-1", "4", "4"),
        (2, "REQ-1.2", "6", "5"),
    ]
    assert quantities(plan)["REQ-1.2"][2] == "firm"


def test_a_preview_followed_by_the_release_gives_exactly_the_previewed_documents(plan):
    rows = [{"planned_order": "PLAN-BOLT-1", "quantity": 70}, {"planned_order": "PLAN-BOLT-2"},
            {"planned_order": "PLAN-DESK-1"}]  # fmt: skip
    before = quantities(plan)
    preview = preview_release(AS_OF, None, None, *chosen(*rows))
    assert quantities(plan) == before
    assert stored_rows(plan, "document_series") == [row for row in stored_rows(plan, "document_series")
                                                    if row["series"] not in ("PO", "WO", "SC")]  # fmt: skip

    release(*rows)

    documents = {row["order"] for row in preview["documents"]}
    stored = stored_rows(plan, "purchase_orders") + stored_rows(plan, "work_orders")
    assert {row["order"] for row in stored} == documents
    lines = stored_rows(plan, "purchase_order_lines")
    seen = [row for row in preview["lines"] if row["kind"] == "purchase"]
    for name in ("order", "line", "item", "quantity", "due_date", "unit_price"):
        assert [row[name] for row in lines] == [row[name] for row in seen]
    assert [(row["item"], row["quantity"]) for row in preview["components"]] == [
        (row["item"], row["quantity"]) for row in stored_rows(plan, "work_order_components")
    ]


def test_a_preview_says_why_for_whom_and_for_how_much(plan):
    preview = preview_release(AS_OF, until=date(2026, 1, 30))

    (line,) = [row for row in preview["lines"] if row["kind"] == "purchase"]
    assert line["rule"] == ("supplier BOLTCO, due within 5 working days from 2026-01-16; line: item BOLT, unit EA, "
                            "price 0.5, for orders")  # fmt: skip
    assert line["serves"] == "SO-2/10 Grand Hotel, SO-1/10 Grand Hotel"
    assert (line["quantity"], line["amount"]) == ("140", "70")
    assert [(row["kind"], row["documents"], row["amount"]) for row in preview["totals"]] == [
        ("purchase orders", 1, "70"),
        ("work orders", 1, "0"),
        ("subcontract orders", 0, "0"),
        ("in all", 2, "70"),
    ]


@pytest.mark.parametrize(
    ("option", "value", "numbers"),
    [
        ("kinds", "production", ["PLAN-DESK-1"]),
        ("items", "BOLT", ["PLAN-BOLT-1", "PLAN-BOLT-2"]),
        ("suppliers", "BOLTCO", ["PLAN-BOLT-1", "PLAN-BOLT-2"]),
        ("buyers", "ann", ["PLAN-BOLT-1", "PLAN-BOLT-2"]),
        ("planners", "nobody", []),
    ],
)
def test_only_what_was_selected_is_released(plan, option, value, numbers):
    from calculations.release_choices import Selection

    release_orders.fn(AS_OF, None, date(2026, 1, 30), Selection(**{option: (value,)}))

    assert [row["number"] for row in stored_rows(plan, "planned_orders") if row["state"] == "released"] == numbers


def test_the_command_previews_and_applies(plan, kitline):
    code, said, _ = kitline("release", "PLAN-BOLT-1=40", "--as-of", "2026-01-05")
    assert code == 0
    assert "PO-2026-00001 purchase BOLTCO" in said
    assert "60 of PLAN-BOLT-1 stay suggested as PLAN-BOLT-1.2." in said
    assert stored_rows(plan, "purchase_orders") == []

    code, said, _ = kitline("release", "PLAN-BOLT-1=40", "--as-of", "2026-01-05", "--apply")
    assert code == 0
    assert "1 released" in said

    code, _, complaint = kitline("release", "PLAN-BOLT-1=40", "--as-of", "2026-01-05")
    assert (code, "is released as PO-2026-00001 with 40" in complaint) == (1, True)


def test_a_file_of_choices_is_read_and_a_bad_row_named(plan, kitline, tmp_path):
    path = tmp_path / "choices.csv"
    path.write_text("planned_order,quantity,supplier\nPLAN-BOLT-1,many,\n", encoding="utf-8")

    code, _, complaint = kitline("release", "--file", path, "--as-of", "2026-01-05", "--apply")

    assert code == 1
    assert "nothing was released: row 1, quantity" in complaint


def test_what_was_released_meanwhile_is_left_out_of_a_run_without_choices(plan):
    with writing(plan) as connection:
        planned = table_of("planned_orders")
        connection.execute(planned.update().where(planned.c.number == "PLAN-BOLT-2").values(state="rejected"))

    release_orders.fn(AS_OF, None, date(2026, 1, 30))

    assert quantities(plan)["PLAN-BOLT-2"][2] == "rejected"
    assert [row["quantity"] for row in stored_rows(plan, "purchase_order_lines")] == ["100"]


def test_the_form_only_shows_until_it_is_told_to_release(sqlite_database, tmp_path, prefect):
    from flows.order_release import ReleaseRow, order_release

    import_rows(tmp_path, PLANT, AS_OF)
    plan_materials.fn(AS_OF)
    row = ReleaseRow(planned_order="PLAN-BOLT-1", quantity=40)

    said = order_release(as_of=AS_OF, rows=[row])["sentences"]
    assert said[0] == "1 planned orders would become 1 documents with 1 lines, worth 20 EUR. Nothing was written."
    assert stored_rows(sqlite_database, "purchase_orders") == []

    assert order_release(dry_run=False, as_of=AS_OF, rows=[row], send=False)["counts"]["released"] == 1
