"""Pages to print: right figures, everything escaped, marked when not in force, one page a document, nothing remote."""

import html as markup
import re
from datetime import date
from pathlib import Path

import pytest

from models.database import table_of, writing
from stage_database import import_rows
from tasks.document_printing import CannotPrint, print_documents
from tasks.report import ReportNotWritten

AS_OF = date(2026, 1, 5)
PLANT = {
    "suppliers": [
        {"supplier": "BOLTCO", "name": "Bolt & <b>Nut</b> Company", "email": "sales@bolt.example"},
        {"supplier": "COATING", "name": "Coating", "kind": "subcontractor"},
    ],
    "items": [
        {"item": "DESK", "name": "Desk <i>oak</i>", "unit": "EA", "sourcing": "make"},
        {"item": "TOP", "name": "Table top", "unit": "EA", "sourcing": "buy", "shelf_life_days": 200,
         "lot_tracked": "yes"},
        {"item": "BOLT", "name": "Bolt M8", "unit": "EA", "sourcing": "buy"},
        {"item": "COATED", "name": "Coated top", "unit": "EA", "sourcing": "subcontract"},
    ],
    "unit_conversions": [{"item": "BOLT", "from_unit": "BOX", "to_unit": "EA", "factor": 12}],
    "supplier_items": [
        {"supplier": "BOLTCO", "item": "BOLT", "price": 10, "unit": "BOX"},
        {"supplier": "COATING", "item": "COATED", "price": "7.25", "currency": "CHF"},
    ],
    "work_centers": [{"work_center": "BENCH", "name": "Bench", "capacity_hours": 8}],
    "operations": [
        {"item": "DESK", "operation": "10", "work_center": "BENCH", "setup_hours": 1, "run_hours_per_unit": "1.5"},
        {"item": "DESK", "operation": "20", "work_center": "BENCH", "run_hours_per_unit": "0.25"},
    ],
    "stock": [
        {"item": "TOP", "quantity": 6, "lot": "T-2", "received_date": "2026-01-02"},
        {"item": "TOP", "quantity": 4, "lot": "T-1", "received_date": "2025-12-01"},
        {"item": "BOLT", "quantity": 100, "warehouse": "HALL"},
    ],
    "purchase_orders": [
        {"order": "PO-1", "supplier": "BOLTCO", "order_date": "2026-01-02"},
        {"order": "PO-2", "supplier": "BOLTCO", "order_date": "2026-01-02"},
    ],
    "purchase_order_lines": [
        {"order": "PO-1", "line": 10, "item": "BOLT", "quantity": 120, "due_date": "2026-01-20",
         "unit_price": "0.833333"},
        {"order": "PO-1", "line": 20, "item": "TOP", "quantity": 3, "due_date": "2026-01-21", "unit_price": "12.5"},
        {"order": "PO-2", "line": 10, "item": "TOP", "quantity": 1, "due_date": "2026-01-21"},
    ],
    "work_orders": [
        {"order": "WO-1", "item": "DESK", "quantity": 10, "start_date": "2026-01-05", "due_date": "2026-01-12"},
        {"order": "WO-2", "item": "DESK", "quantity": 2, "start_date": "2026-01-07", "due_date": "2026-01-14"},
    ],
    "work_order_components": [
        {"order": "WO-1", "item": "TOP", "quantity": 10, "issued_quantity": 1},
        {"order": "WO-1", "item": "BOLT", "quantity": 40},
        {"order": "WO-2", "item": "TOP", "quantity": 2},
    ],
    "subcontract_orders": [
        {"order": "SC-1", "supplier": "COATING", "item": "COATED", "quantity": 4, "due_date": "2026-01-23"},
    ],
    "subcontract_order_components": [{"order": "SC-1", "item": "TOP", "quantity": 4, "sent_quantity": 3}],
}  # fmt: skip


@pytest.fixture
def plant(database, tmp_path):
    import_rows(tmp_path, PLANT, AS_OF)
    return database


def page_of(*numbers: str, **options) -> str:
    return Path(print_documents(list(numbers), AS_OF, **options)["page"]).read_text(encoding="utf-8")


def tables(page: str) -> list[list[list[str]]]:
    """The cells of the rows of each table below its headings, as text."""
    found = re.findall(r"<table[^>]*>(.*?)</table>", page, re.S)
    bodies = [re.sub(r"<thead>.*?</thead>", "", table, flags=re.S) for table in found]
    return [[[" ".join(markup.unescape(re.sub(r"<[^>]*>", " ", cell)).split())
              for cell in re.findall(r"<t[dh].*?</t[dh]>", row, re.S)]
             for row in re.findall(r"<tr>(.*?)</tr>", body, re.S)] for body in bodies]  # fmt: skip


def set_state(database, table: str, order: str, state: str) -> None:
    orders = table_of(table)
    with writing(database) as connection:
        connection.execute(orders.update().where(orders.c.order == order).values(state=state))


def test_a_purchase_order_is_in_the_suppliers_units_and_adds_up(plant):
    (lines,) = tables(page_of("PO-1"))

    # 120 bolts at 10 a box of twelve are 100; 3 × 12.50 are 37.50
    assert lines == [
        ["10", "BOLT Bolt M8", "10 = 120 EA", "BOX", "20 Jan 2026", "10.00", "100.00 EUR"],
        ["20", "TOP Table top", "3", "EA", "21 Jan 2026", "12.50", "37.50 EUR"],
        ["Total", "137.50 EUR"],
    ]


def test_a_line_whose_price_is_open_is_not_counted_as_free(plant):
    (lines,) = tables(page_of("PO-2"))
    assert lines == [
        ["10", "TOP Table top", "1", "EA", "21 Jan 2026", "", "open"],
        ["Total without 1 line whose price is open", "0.00 EUR"],
    ]


def test_a_job_card_has_operations_with_days_and_material(plant):
    operations, material = tables(page_of("WO-1"))

    # 1 + 10 × 1.5 hours are two days of eight, so the second operation starts on Wednesday
    blank = ["", "", "", ""]
    assert operations == [
        ["10", "BENCH Bench", "5 Jan 2026", "1", "15", *blank],
        ["20", "BENCH Bench", "7 Jan 2026", "0", "2.5", *blank],
    ]
    assert material == [
        ["BOLT Bolt M8", "40", "0", "40", "EA", "picked"],
        ["TOP Table top", "10", "1", "9", "EA", "picked"],
    ]


def test_a_subcontract_order_has_service_price_and_material(plant):
    service, material = tables(page_of("SC-1"))

    assert service == [["COATED Coated top", "4", "EA", "7.25", "29.00 CHF"]]
    assert material == [["TOP Table top", "4", "3", "1", "EA"]]


def test_a_pick_list_serves_the_orders_in_turn_and_adds_them_up_by_place(plant):
    walk, first, second = tables(page_of("WO-1", "WO-2", pick_list=True))

    # T-1 came first and expires first; ten tops are there, WO-1 takes nine
    assert [row[1:7] for row in walk] == [
        ["HALL", "BOLT Bolt M8", "–", "–", "40 EA", "WO-1: 40"],
        ["MAIN", "TOP Table top", "T-1", "7 Sep 2026", "4 EA", "WO-1: 4"],
        ["MAIN", "TOP Table top", "T-2", "9 Oct 2026", "6 EA", "WO-1: 5 WO-2: 1"],
    ]
    assert first == [
        ["BOLT Bolt M8", "40", "0", "40 EA", "HALL", "–", "–", "40", ""],
        ["TOP Table top", "10", "1", "9 EA", "MAIN", "T-1", "7 Sep 2026", "4", ""],
        ["MAIN", "T-2", "9 Oct 2026", "5", ""],
    ]
    assert second == [["TOP Table top", "2", "0", "1 EA 1 missing", "MAIN", "T-2", "9 Oct 2026", "1", ""]]


def test_what_was_issued_since_is_not_picked_again(plant, tmp_path, kitline):
    import_rows(tmp_path, {"issues": [{"event": "I-1", "date": "2026-01-05", "order": "WO-1", "item": "BOLT",
                                       "quantity": 30}]}, AS_OF)  # fmt: skip
    assert kitline("run", "fact_posting", "--as-of", "2026-01-05")[0] == 0

    (lines,) = tables(page_of("WO-1", pick_list=True))
    assert lines[0][:4] == ["BOLT Bolt M8", "40", "30", "10 EA"]


@pytest.mark.parametrize(
    ("state", "mark"),
    [("draft", "Draft"), ("approved", "Not released"), ("cancelled", "Cancelled"), ("closed", "Closed")],
)
def test_a_document_that_is_not_in_force_says_so_across_the_page(plant, state, mark):
    set_state(plant, "purchase_orders", "PO-1", state)
    page = page_of("PO-1")
    assert f'<div class="across" aria-hidden="true"><span>{mark}</span></div>' in page
    assert f'<p class="mark">{mark}</p>' in page
    assert "across" not in page_of("PO-2").split("</style>")[1]


def test_a_cancelled_work_order_is_on_the_pick_list_but_not_picked_for(plant):
    set_state(plant, "work_orders", "WO-1", "cancelled")
    page = page_of("WO-1", "WO-2", pick_list=True)
    assert "Takes no material." in page
    assert [row[6] for row in tables(page)[0]] == ["WO-2: 2"]


def test_names_with_markup_are_shown_as_they_are(plant):
    page = page_of("PO-1", "WO-1")
    assert "Bolt &amp; &lt;b&gt;Nut&lt;/b&gt; Company" in page
    assert "Desk &lt;i&gt;oak&lt;/i&gt;" in page
    assert "<i>oak" not in page


@pytest.mark.parametrize(
    ("numbers", "pick_list", "said"),
    [
        (["PO-1", "PO-9", "PLAN-1"], False, "there is no purchase, work or subcontract order PO-9, PLAN-1"),
        (["WO-1", "PO-1"], True, "PO-1 takes no material"),
        ([], False, "name what to print"),
    ],
)
def test_what_cannot_be_printed_is_named(plant, numbers, pick_list, said, tmp_path):
    with pytest.raises(CannotPrint, match=said):
        print_documents(numbers, AS_OF, tmp_path / "out", pick_list)
    assert not (tmp_path / "out").exists()


def test_a_folder_that_cannot_be_written_is_named(plant, tmp_path):
    (tmp_path / "file").write_text("")
    with pytest.raises(ReportNotWritten, match="file"):
        print_documents(["PO-1"], AS_OF, tmp_path / "file")


def test_the_command_names_the_page(plant, kitline, tmp_path):
    set_state(plant, "purchase_orders", "PO-2", "draft")
    folder = tmp_path / "out"
    code, said, _ = kitline("print", "PO-1", "PO-2", "-o", folder, "--as-of", "2026-01-05")
    assert code == 0
    assert said == f"2 documents to print: {folder / 'PO-1-and-1-more.html'}\nPO-2 is marked as draft.\n"
    assert (folder / "PO-1-and-1-more.html").exists()
    code, said, _ = kitline("print", "WO-1", "--pick-list", "-o", folder, "--as-of", "2026-01-05", "--json")
    assert (code, '"title": "Pick list WO-1"' in said) == (0, True)


def test_the_flow_returns_where_the_page_is(sqlite_database, tmp_path, prefect):
    from flows.document_printing import document_printing

    import_rows(tmp_path, PLANT, AS_OF)
    answer = document_printing(["WO-1"], folder=str(tmp_path / "out"), as_of=AS_OF)
    assert answer["page"] == str(tmp_path / "out" / "WO-1.html")


def test_each_document_is_a_page_on_paper_and_nothing_is_asked_of_the_network(sqlite_database, tmp_path, browser):
    import_rows(tmp_path, PLANT, AS_OF)
    set_state(sqlite_database, "purchase_orders", "PO-2", "cancelled")
    path = Path(print_documents(["PO-1", "PO-2", "WO-1", "SC-1"], AS_OF)["page"]).resolve()
    tab = browser.new_page()
    asked, complaints = [], []
    tab.on("request", lambda request: asked.append(request.url))
    tab.on("console", lambda message: complaints.append(message.text))
    tab.goto(path.as_uri())

    paper = tab.pdf(prefer_css_page_size=True)

    assert len(re.findall(rb"/Type\s*/Page\b", paper)) == 4
    # A4 in points, upright
    assert re.findall(rb"/MediaBox\s*\[0 0 (\d+)[.\d]* (\d+)", paper)[0] in ((b"594", b"841"), (b"595", b"842"))
    assert complaints == []
    assert [url for url in asked if not url.startswith("data:")] == [path.as_uri()]
    tab.emulate_media(media="print")
    # between the margins of the paper nothing is cut off at the right
    tab.set_viewport_size({"width": 688, "height": 900})
    assert tab.evaluate("document.documentElement.scrollWidth") <= 688
