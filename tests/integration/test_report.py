"""The report: right figures, everything escaped, nothing asked of the network, usable in a real browser."""

import re
from datetime import date

import pytest

import report_company
from models.database import insert_frame, writing
from support import world_of
from tasks.report import ReportNotWritten, write_report

AS_OF = date.fromisoformat(report_company.AS_OF)


@pytest.fixture
def page(database):
    report_company.fill(database)
    return write_report.fn(AS_OF)


def rows(html: str, table: str) -> list[list[str]]:
    """The cells of a table of the page, as text."""
    body = re.search(f'<tbody id="{table}-rows">(.*?)</tbody>', html, re.DOTALL)[1]
    cells = (re.findall(r"<td.*?</td>", row, re.DOTALL) for row in re.findall(r"<tr>(.*?)</tr>", body, re.DOTALL))
    return [[" ".join(re.sub(r"<[^>]*>", " ", cell).split()) for cell in row] for row in cells]


def tile(html: str, label: str) -> list[str]:
    found = re.search(rf'class="label">{label}</span><strong>(.*?)</strong><span class="detail">(.*?)</span>', html)
    return list(found.groups())


def test_every_order_line_shows_its_progress(page):
    late, later, delivered = rows(page.read_text(), "order-lines")
    assert late[:4] == ["SO-2/10", "Nord &lt;b&gt;&amp; Sons&lt;/b&gt;", "DESK Desk", "late"]
    assert late[7:12] == ["10", "0 of 2", "4", "2", "0"]
    # WO-1 has begun and takes three days more once the bolts are there, two days after they are ordered today
    assert late[13:] == ["0 of 1", "2026-02-17", "BOLT of PL-3"]
    assert later[3:12] == ["on track", "", "2026-03-06", "", "5", "0 of 2", "0", "0", "0"]
    assert delivered[3:12] == ["delivered", "", "2026-01-30", "", "4", "", "0", "0", "4"]


def test_the_key_figures_count_what_the_tables_show(page):
    html = page.read_text()
    assert tile(html, "Open order lines") == ["2", "in 2 orders, worth 1,400 EUR"]
    assert tile(html, "Late") == ["1", "0 will be late, 0 at risk"]
    assert tile(html, "Delivered by due date") == ["100 %", "of 1 line in the last 60 days"]
    assert tile(html, "Short components") == ["1", "1 not covered; 0 of 1 lines ready; work orders lack 1"]
    assert tile(html, "Suggestions") == ["2", "1 past their release date"]
    assert tile(html, "Inspections") == ["1", "with rejects, of 1; 1 waiting"]
    assert tile(html, "Margin") == ["75 EUR", "25 % of revenue, 2026-01"]
    assert tile(html, "Data quality") == ["1 of 2", "checks hold; 1 row to correct"]


def test_each_part_names_its_rows(page):
    html = page.read_text()
    assert rows(html, "shortage-rows")[0][:6] == ["BOLT Bolt", "SO-2/10", "64", "32", "32", "not covered"]
    (bolts,) = rows(html, "work-shortage-rows")
    assert bolts[:8] == ["WO-1", "BOLT Bolt", "2026-02-10", "12", "0", "0", "12", "short"]
    assert bolts[-1] == "requisition it"
    assert "1 component need short. Open work orders lack 1 component." in html
    assert "Since the plan before: late lines: 1 newly late; planned orders: 1 later." in html
    bolts, desks = rows(html, "suggestion-rows")
    assert (bolts[0], desks[0]) == ("PL-3 purchase", "PL-1 production")
    assert bolts[3] == "2026-02-04 due 2026-02-06"
    assert bolts[6] == desks[6] == "SO-2/10 Nord &lt;b&gt;&amp; Sons&lt;/b&gt;"
    assert bolts[7].startswith("needed 32, on hand 0 Due 2026-02-06; release 2026-02-04; from ACME.")
    (asked,) = rows(html, "exception-rows")
    assert asked[:8] == ["1", "expedite", "OAK", "PO-7", "2026-02-06", "8", "6", "96.00"]
    assert "ask ACME" in asked[-1]
    assert rows(html, "overload-rows") == [["SAW", "2026-02-16", "52", "40", "12", "2", "2026-02-23"]]
    assert rows(html, "overload-orders") == [
        ["SAW", "2026-02-16", "PL-1", "DESK Desk", "52", "SO-2/10", "2026-02-06", "2"]
    ]
    assert rows(html, "change-rows") == [
        ["late order", "new", "", "DESK", "SO-2/10", "", "2026-02-06", "", "10"],
        ["planned order", "later", "purchase", "BOLT", "", "2026-02-02", "2026-02-06", "32", "32"],
    ]
    assert "Late lines: 1 newly late; planned orders: 1 later." in html
    assert rows(html, "waiting-inspection")[0] == ["OAK Oak board", "L1", "5 EA"]
    assert rows(html, "inspection-rows")[0][3:9] == ["OAK", "ACME", "8", "6", "0", "2"]
    assert rows(html, "order-margins")[0][5:7] == ["300.00", "225.00"]
    assert rows(html, "cost-identity")[-1] == ["", "difference", "0.00"]
    assert "unit is blank; fill it in" in rows(html, "refused-rows")[0]


def test_the_load_is_drawn_by_work_center_and_week_the_fullest_first(page):
    drawn = re.search(r'<figure class="card chart heat">.*?</figure>', page.read_text(), re.DOTALL)[0]
    assert re.findall(r'class="name"[^>]*>(.*?)<', drawn) == ["SAW", "BENCH"]
    said = dict(re.findall(r'<g class="cell (?:bad|full|low)"><title>(.*?)</title>.*?<text[^>]*>(.*?)</text>', drawn))
    assert said == {
        "SAW, week of 9 Feb: 40 of 40 hours": "100",
        "SAW, week of 16 Feb: 52 of 40 hours": "130",
        "BENCH, week of 9 Feb: 10 of 40 hours": "25",
    }
    assert "2027" not in drawn


def test_gates_show_the_last_run_of_each_stage_worst_first(page):
    results = [row[:2] for row in rows(page.read_text(), "gate-rows")]
    assert results == [["critical", "material planning"], ["holds", "kitting check"]]


def test_names_with_markup_are_shown_as_they_are(page):
    html = page.read_text()
    assert "Nord &lt;b&gt;&amp; Sons&lt;/b&gt;" in html
    assert "<b>&" not in html


def test_the_page_holds_everything_it_needs(page):
    html = page.read_text()
    assert not re.findall(r"(?:src|href)=[\"'](?!#|data:)", html)
    assert not re.findall(r"@import|url\(|https?://(?!www\.w3\.org)", html)


def test_an_empty_database_gives_a_page_that_says_so(sqlite_database):
    html = write_report.fn(AS_OF).read_text()
    assert "No order yet. Import your tables, then run the chain." in html
    assert "Nothing is short" in html
    assert "Every open work order has what it needs." in html
    assert "No month is closed yet." in html


def test_data_that_no_analysis_can_be_made_of_leaves_the_rest_of_the_page(sqlite_database):
    report_company.fill(sqlite_database)
    circle = world_of(
        {
            "items": report_company.MASTERS["items"],
            "boms": [{"bom": "DESK", "item": "DESK"}, {"bom": "TOP", "item": "TOP"}],
            "bom_lines": [
                {"bom": "DESK", "line": 10, "component": "TOP", "quantity": 1},
                {"bom": "TOP", "line": 10, "component": "DESK", "quantity": 1},
            ],
        }
    )
    with writing(sqlite_database) as connection:
        for name in ("boms", "bom_lines"):
            insert_frame(connection, name, circle[name])
    html = write_report.fn(AS_OF).read_text()
    assert "This cannot be said: item DESK contains itself: DESK → TOP → DESK" in html
    assert rows(html, "suggestion-rows")


def test_the_same_data_gives_the_same_page(database):
    report_company.fill(database)
    assert write_report.fn(AS_OF).read_bytes() == write_report.fn(AS_OF).read_bytes()


def test_a_folder_that_cannot_be_written_is_named(sqlite_database, own_settings):
    own_settings().data_dir.mkdir(parents=True)
    own_settings().report_dir.write_text("a file in the place of the folder")
    with pytest.raises(ReportNotWritten, match="check KITLINE_DATA_DIR"):
        write_report.fn(AS_OF)


def test_the_flow_returns_where_the_page_is(sqlite_database, own_settings, prefect):
    from flows.report import report

    assert report(AS_OF) == str(own_settings().report_dir / "index.html")


@pytest.fixture
def view(sqlite_database, browser):
    """The report opened from disk; what the browser asked for and complained of is kept."""
    report_company.fill(sqlite_database)
    path = write_report.fn(AS_OF)
    tab = browser.new_page()
    tab.asked, tab.complaints = [], []
    tab.on("request", lambda request: tab.asked.append(request.url))
    tab.on("console", lambda message: tab.complaints.append(message.text))
    tab.on("pageerror", lambda error: tab.complaints.append(str(error)))
    tab.goto(path.as_uri())
    yield tab
    assert tab.complaints == []
    assert [url for url in tab.asked if not url.startswith("data:")] == [path.as_uri()]


def column(view, table: str, place: int) -> list[str]:
    return [cell.inner_text() for cell in view.locator(f"#{table} tbody tr:visible td:nth-child({place})").all()]


def test_a_click_on_a_heading_sorts_by_number_and_a_second_one_turns_it_round(view):
    heading = view.locator("#order-lines th", has_text="Ordered")
    heading.locator("button").click()
    assert column(view, "order-lines", 8) == ["4", "5", "10"]
    assert heading.get_attribute("aria-sort") == "ascending"
    heading.locator("button").click()
    assert column(view, "order-lines", 8) == ["10", "5", "4"]
    assert heading.get_attribute("aria-sort") == "descending"


def test_the_keyboard_sorts_too(view):
    view.locator("#order-lines th", has_text="Due").locator("button").focus()
    view.keyboard.press("Enter")
    assert column(view, "order-lines", 6) == ["2026-01-30", "2026-02-06", "2026-03-06"]


def test_a_key_figure_leads_to_the_rows_it_counts(view):
    # three rows need no filter box: the figure only leads there
    view.locator("a.tile", has_text="Late").first.click()
    assert view.url.endswith("#order-lines")


def test_the_page_fits_a_phone_and_prints_without_its_controls(view):
    view.set_viewport_size({"width": 390, "height": 800})
    assert view.evaluate("document.documentElement.scrollWidth") <= 390
    view.emulate_media(media="print")
    assert not view.locator("nav").is_visible()
    assert view.locator("#order-lines tbody tr").last.is_visible()


def test_dark_colours_are_used_where_people_prefer_them(view):
    ground = "getComputedStyle(document.body).backgroundColor"
    light = view.evaluate(ground)
    view.emulate_media(color_scheme="dark")
    assert view.evaluate(ground) != light


def test_a_filter_keeps_the_rows_that_have_every_word(sqlite_database, browser):
    import pandas as pd

    from models.database import insert_frame, writing

    report_company.fill(sqlite_database)
    names = [f"SO-{number}" for number in range(10, 20)]
    with writing(sqlite_database) as connection:
        orders = pd.DataFrame({"order": names, "customer": "ALPINA", "order_date": pd.Timestamp("2026-01-05")})
        insert_frame(connection, "sales_orders", orders)
        lines = pd.DataFrame({"order": names, "line": 10, "item": "DESK", "quantity_micro": 1_000_000})
        due, promised = pd.Timestamp("2026-04-01"), pd.Timestamp("2026-04-08")
        insert_frame(connection, "sales_order_lines", lines.assign(due_date=due, promised_date=promised))
    tab = browser.new_page()
    tab.goto(write_report.fn(AS_OF).as_uri())
    field = tab.locator("#order-lines input.filter")
    field.fill("alpina so-15")
    assert column(tab, "order-lines", 1) == ["SO-15/10"]
    assert tab.locator("#order-lines .count").inner_text() == "1 of 13"
    field.fill("")
    assert len(column(tab, "order-lines", 1)) == 13
    tab.locator("a.tile", has_text="will be late").click()
    assert column(tab, "order-lines", 4) == ["late"]
