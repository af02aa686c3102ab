"""Which planned orders may go, and what they are merged into."""

from datetime import date

import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from calculations.order_release import merge_planned_orders
from calculations.peg_split import divided_pegs
from calculations.policies import resolve
from calculations.release_choices import choices_of, released_parts
from support import examples, frame_rows, world_of

AS_OF = date(2026, 1, 5)
MASTERS = {
    "suppliers": [
        {"supplier": "BOLTCO", "name": "Bolt Company"},
        {"supplier": "STEELCO", "name": "Steel Company"},
        {"supplier": "PAINTER", "name": "Painter", "kind": "subcontractor"},
    ],
    "items": [
        {"item": "DESK", "name": "Desk", "unit": "EA", "sourcing": "make", "standard_cost": 80},
        {"item": "TOP", "name": "Painted top", "unit": "EA", "sourcing": "subcontract", "lead_time_days": 3},
        {"item": "RAW", "name": "Raw top", "unit": "EA", "sourcing": "buy"},
        {"item": "KIT", "name": "Fittings", "unit": "EA", "sourcing": "make"},
        {"item": "BOLT", "name": "Bolt", "unit": "EA", "sourcing": "buy", "buyer": "buyer@plant"},
        {"item": "LEG", "name": "Leg", "unit": "EA", "sourcing": "buy", "maximum_order_quantity": 100},
        {"item": "GLUE", "name": "Glue", "unit": "KG", "sourcing": "buy", "decimals": 2},
    ],
    "boms": [
        {"bom": "B-DESK", "item": "DESK"},
        {"bom": "B-TOP", "item": "TOP"},
        {"bom": "B-KIT", "item": "KIT", "phantom": "yes"},
    ],
    "bom_lines": [
        {"bom": "B-DESK", "line": 10, "component": "TOP", "quantity": 1},
        {"bom": "B-DESK", "line": 20, "component": "KIT", "quantity": 1},
        {"bom": "B-DESK", "line": 30, "component": "GLUE", "quantity": "0.333333", "issue_method": "backflush"},
        {"bom": "B-KIT", "line": 10, "component": "BOLT", "quantity": 4, "fixed_loss": 2},
        {"bom": "B-KIT", "line": 20, "component": "LEG", "quantity": 4},
        {"bom": "B-TOP", "line": 10, "component": "RAW", "quantity": 1, "loss_rate": "0.05"},
    ],
    "supplier_items": [
        {"supplier": "BOLTCO", "item": "BOLT", "price": "0.5"},
        {"supplier": "BOLTCO", "item": "LEG", "price": 3},
        {"supplier": "STEELCO", "item": "LEG", "price": 4, "priority": 2},
        {"supplier": "PAINTER", "item": "TOP", "price": 10},
    ],
}  # fmt: skip
KIND = {"DESK": "production", "TOP": "subcontract"}
SUPPLIER = {"BOLT": "BOLTCO", "LEG": "BOLTCO", "TOP": "PAINTER"}


def planned(*orders: dict) -> pd.DataFrame:
    """Planned orders from item, quantity, due date and what else differs."""
    rows = []
    for number, order in enumerate(orders, start=1):
        item = order["item"]
        due = pd.Timestamp(order["due"])
        rows.append(
            {
                "number": f"PL-{number:03d}",
                "item": item,
                "kind": KIND.get(item, "purchase"),
                "quantity_micro": int(order["quantity"] * 1_000_000),
                "release_date": pd.Timestamp(order.get("release", AS_OF)),
                "due_date": due,
                "need_date": due,
                "supplier": order.get("supplier", SUPPLIER.get(item, "")),
                "firm": order.get("firm", False),
                "state": order.get("state", "suggested"),
            }
        )
    frame = pd.DataFrame(rows)
    return frame.astype({"release_date": "datetime64[s]", "due_date": "datetime64[s]", "supplier": "str"})


def release(*orders: dict, until=None, pegs=None, tables=None, **policies) -> dict[str, list[dict]]:
    world = world_of({**MASTERS, **(tables or {})}) | {"planned_orders": planned(*orders), "pegs": pegs}
    frames = merge_planned_orders(world, AS_OF, policies, until)
    return {name: frame_rows(frame) for name, frame in frames.items()}


def chosen(rows: list[dict], *columns: str) -> list[tuple]:
    return [tuple(row[column] for column in columns) for row in rows]


def test_purchases_of_one_supplier_and_window_stand_on_one_order():
    found = release(
        {"item": "BOLT", "quantity": 100, "due": "2026-01-12"},
        {"item": "BOLT", "quantity": 50, "due": "2026-01-14"},
        {"item": "LEG", "quantity": 20, "due": "2026-01-16"},
        {"item": "LEG", "quantity": 10, "due": "2026-01-16", "supplier": "STEELCO"},
    )

    assert chosen(found["purchase_orders"], "order", "supplier", "order_date") == [
        ("1", "BOLTCO", "2026-01-05"),
        ("2", "STEELCO", "2026-01-05"),
    ]
    assert chosen(found["purchase_order_lines"], "order", "line", "item", "quantity", "due_date", "unit_price") == [
        ("1", 10, "BOLT", "150", "2026-01-12", "0.5"),
        ("1", 20, "LEG", "20", "2026-01-16", "3"),
        ("2", 10, "LEG", "10", "2026-01-16", "4"),
    ]


def test_a_window_counts_working_days_from_its_first_due_date():
    # Wednesday + 5 working days is the next Wednesday, which opens the next window
    found = release(
        {"item": "BOLT", "quantity": 1, "due": "2026-01-14"},
        {"item": "BOLT", "quantity": 2, "due": "2026-01-20"},
        {"item": "BOLT", "quantity": 4, "due": "2026-01-21"},
    )
    assert chosen(found["purchase_order_lines"], "order", "quantity") == [("1", "3"), ("2", "4")]

    same_day = release(
        {"item": "BOLT", "quantity": 1, "due": "2026-01-14"},
        {"item": "BOLT", "quantity": 2, "due": "2026-01-14"},
        {"item": "BOLT", "quantity": 4, "due": "2026-01-15"},
        merge_window_days=0,
    )
    assert chosen(same_day["purchase_order_lines"], "order", "quantity") == [("1", "3"), ("2", "4")]


def test_merging_never_exceeds_the_maximum_order_quantity():
    found = release(*[{"item": "LEG", "quantity": 60, "due": "2026-01-12"}] * 3)

    assert chosen(found["purchase_order_lines"], "order", "line", "quantity") == [
        ("1", 10, "60"),
        ("1", 20, "60"),
        ("1", 30, "60"),
    ]


def test_supply_for_orders_and_for_stock_stays_apart():
    pegs = pd.DataFrame(
        [
            ("planned_order", "PL-001", "planned_order", "PL-003"),
            ("planned_order", "PL-003", "sales_order", "SO-1"),
            ("planned_order", "PL-002", "forecast", "DESK/2026-02-01"),
        ],
        columns=["supply_kind", "supply", "demand_kind", "demand"],
    )
    found = release(
        {"item": "BOLT", "quantity": 100, "due": "2026-01-12"},
        {"item": "BOLT", "quantity": 50, "due": "2026-01-12"},
        {"item": "DESK", "quantity": 1, "due": "2026-01-20"},
        pegs=pegs,
    )

    assert chosen(found["purchase_order_lines"], "order", "quantity") == [("1", "50"), ("1", "100")]


def test_a_work_order_carries_its_components_with_exact_rounding():
    found = release(
        {"item": "DESK", "quantity": 2, "due": "2026-01-20", "release": "2026-01-02"},
        {"item": "DESK", "quantity": 1, "due": "2026-01-21"},
    )

    assert chosen(found["work_orders"], "order", "item", "quantity", "start_date", "due_date") == [
        ("1", "DESK", "3", "2026-01-05", "2026-01-20")
    ]
    # 3 × 0.333333 kg is 1 kg, not 1.01; 3 × 4 bolts and 2 lost with the order; the kit is passed through
    assert chosen(found["work_order_components"], "item", "quantity", "issue_method") == [
        ("BOLT", "14", "issue"),
        ("GLUE", "1", "backflush"),
        ("LEG", "12", "issue"),
        ("TOP", "3", "issue"),
    ]


def test_stock_of_a_phantom_is_used_first_and_once():
    stock = {"stock": [{"item": "KIT", "quantity": 2}]}
    orders = [
        {"item": "DESK", "quantity": 1, "due": "2026-01-12"},
        {"item": "DESK", "quantity": 3, "due": "2026-01-30"},
    ]

    found = release(*orders, tables=stock)
    needs = {(row["order"], row["item"]): row["quantity"] for row in found["work_order_components"]}
    assert (needs["1", "KIT"], needs["2", "KIT"], needs["2", "LEG"]) == ("1", "1", "8")
    assert ("1", "LEG") not in needs

    ignored = release(*orders, tables=stock, phantom_stock="ignore")
    assert "KIT" not in {row["item"] for row in ignored["work_order_components"]}


def test_subcontracting_is_merged_by_supplier_and_item_and_sends_its_material():
    found = release(
        {"item": "TOP", "quantity": 10, "due": "2026-01-12"},
        {"item": "TOP", "quantity": 9, "due": "2026-02-12"},
    )

    assert chosen(found["subcontract_orders"], "order", "supplier", "item", "quantity", "due_date", "fee") == [
        ("1", "PAINTER", "TOP", "19", "2026-01-12", "10")
    ]
    # 19 × 1.05 = 19.95
    assert chosen(found["subcontract_order_components"], "item", "quantity") == [("RAW", "20")]


def test_every_planned_order_stays_reachable_from_its_line():
    found = release(
        {"item": "BOLT", "quantity": 100, "due": "2026-01-12"},
        {"item": "BOLT", "quantity": 50, "due": "2026-01-14"},
        {"item": "DESK", "quantity": 1, "due": "2026-01-20"},
    )

    assert chosen(found["releases"], "planned_order", "kind", "order", "line", "quantity") == [
        ("PL-001", "purchase", "1", 10, "100"),
        ("PL-002", "purchase", "1", 10, "50"),
        ("PL-003", "production", "1", None, "1"),
    ]
    assert found["purchase_order_lines"][0]["origin"] == "planned_orders:PL-001"


def test_only_what_is_due_for_release_goes():
    orders = [
        {"item": "BOLT", "quantity": 1, "due": "2026-01-12", "release": "2026-01-06"},
        {"item": "BOLT", "quantity": 2, "due": "2026-01-12", "state": "rejected"},
        {"item": "BOLT", "quantity": 4, "due": "2026-01-12", "state": "released"},
    ]

    assert release(*orders)["purchase_order_lines"] == []
    assert chosen(release(*orders, until=date(2026, 1, 6))["purchase_order_lines"], "quantity") == [("1",)]


def test_above_the_limit_a_suggestion_waits_and_an_approved_order_goes():
    found = release(
        {"item": "BOLT", "quantity": 200, "due": "2026-01-12"},
        {"item": "BOLT", "quantity": 201, "due": "2026-01-12"},
        {"item": "BOLT", "quantity": 300, "due": "2026-01-12", "state": "approved"},
        {"item": "BOLT", "quantity": 400, "due": "2026-01-12", "firm": True},
        {"item": "DESK", "quantity": 2, "due": "2026-01-20"},
        approval_limit=100,
    )

    assert chosen(found["waiting"], "number", "amount", "buyer") == [
        ("PL-002", "100.5", "buyer@plant"),
        ("PL-005", "160", ""),
    ]
    assert chosen(found["purchase_order_lines"], "quantity") == [("900",)]


def test_the_limit_is_in_the_plants_currency():
    prices = [{"supplier": "BOLTCO", "item": "BOLT", "price": 1, "currency": "USD"}]
    rates = [{"currency": "USD", "date": "2026-01-01", "rate": "0.9"}]

    found = release(
        {"item": "BOLT", "quantity": 110, "due": "2026-01-12"},
        tables={"supplier_items": prices, "exchange_rates": rates},
        approval_limit=99,
    )

    assert (found["waiting"], len(found["purchase_orders"])) == ([], 1)


@pytest.mark.parametrize(
    ("order", "column", "said"),
    [
        ({"item": "GLUE"}, "supplier", "planned order PL-001 of GLUE has no supplier; add one to supplier_items"),
        ({"item": "DESK", "release": "2026-01-05"}, "bill", "DESK has no bill of materials in force"),
    ],
)
def test_what_lacks_supplier_or_bill_is_refused_with_the_remedy(order, column, said):
    boms = [row | {"effective_from": "2026-02-01"} for row in MASTERS["boms"]]

    found = release({"quantity": 1, "due": "2026-01-12", **order}, tables={"boms": boms})

    assert chosen(found["refused"], "column", "value") == [(column, "PL-001")]
    assert said in found["refused"][0]["message"]
    assert found["releases"] == []


def test_nothing_planned_gives_empty_frames():
    world = world_of(MASTERS) | {"planned_orders": planned({"item": "BOLT", "quantity": 1, "due": "2026-01-12"})[:0]}

    assert all(frame.empty for frame in merge_planned_orders(world, AS_OF).values())


ORDERS = st.lists(
    st.fixed_dictionaries(
        {
            "item": st.sampled_from(["BOLT", "LEG", "DESK", "TOP"]),
            "quantity": st.integers(1, 120),
            "due": st.dates(date(2026, 1, 6), date(2026, 2, 20)),
        }
    ),
    min_size=1,
    max_size=12,
)


@examples(100)
@given(orders=ORDERS, window=st.integers(0, 10))
def test_merging_conserves_quantities_and_keeps_dates(orders, window):
    found = release(*orders, merge_window_days=window)

    for item, table in {"BOLT": "purchase_order_lines", "LEG": "purchase_order_lines", "DESK": "work_orders",
                        "TOP": "subcontract_orders"}.items():  # fmt: skip
        wanted = [order for order in orders if order["item"] == item]
        lines = [row for row in found[table] if row["item"] == item]
        assert sum(int(row["quantity"]) for row in lines) == sum(order["quantity"] for order in wanted)
        assert not wanted or min(row["due_date"] for row in lines) == min(order["due"] for order in wanted).isoformat()
    assert len(found["releases"]) == len(orders)


@pytest.mark.parametrize(
    ("policies", "expected"),
    [
        ({}, [("1", "100"), ("1", "50"), ("1", "20")]),
        ({"merge_purchase": "item"}, [("1", "100"), ("1", "50"), ("2", "20")]),
        ({"merge_purchase": "none"}, [("1", "100"), ("2", "50"), ("3", "20")]),
    ],
)
def test_each_kind_is_merged_as_its_policy_says(policies, expected):
    orders = [
        {"item": "BOLT", "quantity": 100, "due": "2026-01-12"},
        {"item": "BOLT", "quantity": 50, "due": "2026-01-14"},
        {"item": "LEG", "quantity": 20, "due": "2026-01-16"},
    ]
    found = release(*orders, **policies)

    assert [(row["order"], row["quantity"]) for row in found["merged"]] == expected


def test_work_and_subcontract_orders_can_be_kept_apart():
    orders = [{"item": item, "quantity": 1, "due": "2026-01-20"} for item in ("DESK", "DESK", "TOP", "TOP")]

    found = release(*orders, merge_production="none", merge_subcontract="none")

    assert [len(found[name]) for name in ("work_orders", "subcontract_orders")] == [2, 2]


def choose(*rows: dict, orders=None, tables=None, **policies) -> dict[str, list[dict]]:
    """The release of 100 bolts (PL-001) and 10 desks (PL-002) with choices in whole units."""
    orders = orders or [
        {"item": "BOLT", "quantity": 100, "due": "2026-01-12"},
        {"item": "DESK", "quantity": 10, "due": "2026-01-20"},
    ]
    world = world_of({**MASTERS, **(tables or {})}) | {"planned_orders": planned(*orders)}
    cells = [
        {"planned_order": row["order"], "supplier": row.get("supplier"), "due_date": row.get("due"),
         "quantity_micro": None if row.get("quantity") is None else int(row["quantity"] * 1_000_000),
         "unit_price_micro": None if row.get("price") is None else int(row["price"] * 1_000_000)}
        for row in rows
    ]  # fmt: skip
    frames = merge_planned_orders(world, AS_OF, policies, None, choices_of(cells))
    return {name: frame_rows(frame) for name, frame in frames.items()}


def test_a_part_is_released_and_the_rest_has_a_number_of_its_own():
    found = choose({"order": "PL-001", "quantity": 40})

    assert chosen(found["pieces"], "number", "quantity", "rest") == [("PL-001", "40", False), ("PL-001.2", "60", True)]
    assert chosen(found["releases"], "planned_order", "quantity") == [("PL-001", "40"), ("PL-002", "10")]


@pytest.mark.parametrize(
    ("rows", "said"),
    [
        ([{"order": "PL-001", "quantity": 101}], "at most 100 may be (policy over_release_percent is 0)"),
        ([{"order": "PL-001", "quantity": 60}, {"order": "PL-001", "quantity": 41}], "101 are to be released"),
        ([{"order": "PL-001", "quantity": 0}], "ask for more than 0"),
        ([{"order": "PL-001", "quantity": 1.5}], "BOLT is counted in steps of 1"),
        ([{"order": "PL-001"}, {"order": "PL-001"}], "several rows without quantity"),
        ([{"order": "PL-001", "quantity": 100}, {"order": "PL-001"}], "leave nothing of 100"),
        ([{"order": "PL-001", "supplier": "STEELCO"}], "STEELCO has no offer of BOLT in force; add one"),
        ([{"order": "PL-001", "due": "2026-01-02"}], "before the release"),
        ([{"order": "PL-002", "supplier": "STEELCO"}], "PL-002 is made here"),
        ([{"order": "PL-009"}], "there is no planned order PL-009"),
    ],
)
def test_a_choice_that_cannot_be_followed_is_named_and_nothing_of_it_goes(rows, said):
    found = choose(*rows)

    assert said in "; ".join(row["message"] for row in found["faults"])
    assert rows[0]["order"] not in {row["planned_order"] for row in found["releases"]}


def test_more_than_suggested_goes_up_to_the_limit():
    found = choose({"order": "PL-001", "quantity": 105}, over_release_percent=5)

    assert (found["faults"], found["purchase_order_lines"][0]["quantity"]) == ([], "105")
    assert choose({"order": "PL-001", "quantity": 106}, over_release_percent=5)["faults"] != []


def test_the_limit_of_a_rest_is_that_of_the_whole_suggestion():
    # 40 of 43 were released before; five percent over 43 are 45.15, so 5 more may be, and no 6
    rest = planned({"item": "DESK", "quantity": 3, "due": "2026-01-20"}).assign(released_before_micro=40_000_000)
    for quantity, said in ((5, []), (6, ["PL-001 suggests 3 and 6 are to be released; at most 5.15 may be (policy "
                                         "over_release_percent is 5)"])):  # fmt: skip
        choices = choices_of([{"planned_order": "PL-001", "quantity_micro": quantity * 1_000_000}])
        found = released_parts(rest, choices, world_of(MASTERS), AS_OF, resolve({"over_release_percent": 5}, AS_OF))
        assert found["faults"]["message"].tolist() == said


def test_a_quantity_that_is_no_multiple_or_below_the_minimum_is_warned_of():
    limits = {"minimum_order_quantity": 50, "order_multiple": 25}
    items = [row | (limits if row["item"] == "BOLT" else {}) for row in MASTERS["items"]]

    found = choose({"order": "PL-001", "quantity": 60}, tables={"items": items})

    assert chosen(found["warnings"], "message") == [
        ("PL-001 of BOLT: 60 are no multiple of 25",),
        ("PL-001 of BOLT: 40 are left, fewer than the 50 that are ordered at least",),
    ]


def test_another_supplier_brings_his_price_of_the_quantity_and_his_dates():
    offers = [*MASTERS["supplier_items"],
              {"supplier": "STEELCO", "item": "BOLT", "price": "0.75", "lead_time_days": 6, "priority": 2}]  # fmt: skip
    breaks = [{"supplier": "STEELCO", "item": "BOLT", "from_quantity": 40, "price": "0.6"}]

    found = choose(
        {"order": "PL-001", "quantity": 40, "supplier": "STEELCO"},
        {"order": "PL-001", "price": 0.4},
        tables={"supplier_items": offers, "price_breaks": breaks},
    )

    lines = {row["quantity"]: (row["unit_price"], row["due_date"]) for row in found["purchase_order_lines"]}
    # six working days after Monday the 5th is Tuesday the 13th
    assert lines == {"40": ("0.6", "2026-01-13"), "60": ("0.4", "2026-01-12")}
    assert {row["supplier"] for row in found["purchase_orders"]} == {"BOLTCO", "STEELCO"}


def test_the_parts_of_a_split_stand_on_documents_of_their_own():
    found = choose({"order": "PL-001", "quantity": 30}, {"order": "PL-001", "quantity": 70})

    assert chosen(found["purchase_order_lines"], "order", "quantity") == [("1", "30"), ("2", "70")]
    assert [row["number"] for row in found["pieces"]] == ["PL-001", "PL-001.2"]


@examples(100)
@given(parts=st.lists(st.integers(1, 60), min_size=1, max_size=4))
def test_what_is_released_and_what_is_left_are_what_was_suggested(parts):
    found = choose(*[{"order": "PL-001", "quantity": part} for part in parts])

    released = [int(row["quantity"]) for row in found["releases"] if row["planned_order"].startswith("PL-001")]
    if sum(parts) > 100:
        assert (released, len(found["faults"])) == ([], 1)
    else:
        rest = sum(int(row["quantity"]) for row in found["pieces"] if row["rest"])
        assert sorted(released) == sorted(parts)
        assert sum(released) + rest == 100
        assert sum(int(row["receipt_quantity"]) for row in found["pieces"]) == 100


PEG = {"supply_kind": "planned_order", "supply": "PL-001", "demand_kind": "sales_order", "item": "BOLT", "line": 10}


@examples(100)
@given(served=st.lists(st.integers(1, 40), min_size=1, max_size=6), first=st.integers(1, 99))
def test_divided_pegs_serve_everybody_with_as_much_as_before(served, first):
    rows = [PEG | {"demand": f"SO-{place}", "position": place, "quantity_micro": quantity}
            for place, quantity in enumerate(served)]  # fmt: skip
    sizes = [first, 240 - first]
    pieces = pd.DataFrame({"source": "PL-001", "number": ["PL-001", "PL-001.2"], "quantity_micro": sizes,
                           "receipt_quantity_micro": sizes})  # fmt: skip

    found = divided_pegs(pd.DataFrame(rows), pieces, len(served))

    by_demand = found.groupby("demand")["quantity_micro"].sum().to_dict()
    assert by_demand == {row["demand"]: row["quantity_micro"] for row in rows}
    of_first = found.loc[found["supply"] == "PL-001", "quantity_micro"].sum()
    assert of_first == min(first, sum(served))
    assert not found.duplicated(["supply", "position"]).any()
