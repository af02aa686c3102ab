"""May 2014 of AdventureWorks from the published files to closed costs, held to the published facts."""

from datetime import date

import pandas as pd
import pytest

from calculations.exact import MICRO, multiply_divide
from demo import adventureworks_documents as documents
from demo import adventureworks_masters as masters
from demo import adventureworks_month
from support import shared
from tasks.order_change import change_order, preview_order_change

FIRST, LAST = "2014-05-01", "2014-05-31"
CENT = MICRO // 100
# the month itself takes about a minute, beside other tests on a busy machine a few
pytestmark = pytest.mark.timeout(900)


@pytest.fixture(scope="module")
def export():
    return masters.read_export(shared("data", "adventureworks"))


@pytest.fixture(scope="module")
def month(export, prefect, sqlite_template, tmp_path_factory):
    from models.database import engine_of
    from settings import settings

    folder = tmp_path_factory.mktemp("adventureworks")
    url = f"sqlite:///{folder / 'kitline.db'}"
    with pytest.MonkeyPatch.context() as environment:
        environment.setenv("KITLINE_DATABASE_URL", url)
        environment.setenv("KITLINE_DATA_DIR", str(folder))
        settings.cache_clear()
        yield adventureworks_month.run_month(export, "2014-05", folder)
    engine_of(url).dispose()
    settings.cache_clear()


def by_item(export, products: pd.Series, quantity: pd.Series) -> pd.Series:
    return quantity.groupby(products.map(masters.item_codes(export))).sum().astype("int64") * MICRO


def test_the_revenue_of_every_shipped_order_is_its_published_subtotal(export, month):
    shipped = export["SalesOrderHeader"].query("@FIRST <= ShipDate <= @LAST")
    subtotal = masters.micro(shipped.SubTotal)
    to_the_cent = pd.Series(multiply_divide(subtotal, 1, CENT) * CENT, index=shipped.SalesOrderNumber)
    ours = adventureworks_month.order_numbers()
    expected = to_the_cent.rename(lambda number: ours.get(number, number)).sort_index()
    revenue = month.orders.set_index("order").revenue_micro.sort_index()
    assert len(revenue) == 2434
    assert (revenue == expected).all()


def test_the_cost_identity_holds_to_the_cent(month):
    terms = month.identity.set_index("term").amount_micro
    inflow = terms[["opening_stock", "opening_wip", "purchases", "conversion", "fees"]].sum()
    outflow = terms[["closing_stock", "closing_wip", "cost_of_sales", "scrap_and_abnormal_loss", "variances"]].sum()
    assert inflow == outflow
    assert terms["difference"] == 0
    assert (terms % CENT == 0).all()
    assert month.orders.cost_micro.sum() == terms["cost_of_sales"]


def test_the_months_conversion_cost_is_the_published_routing_cost(export, month):
    ended = export["WorkOrder"].query("@FIRST <= EndDate <= @LAST").WorkOrderID
    routing = export["WorkOrderRouting"]
    published = masters.micro(routing[routing.WorkOrderID.isin(ended)].ActualCost)
    assert month.identity.set_index("term").amount_micro["conversion"] == published.sum()


def test_accepted_is_what_was_stocked(export, month):
    lines = documents.purchase_lines(export).query("@FIRST <= DueDate <= @LAST and OrderDate <= DueDate")
    moves = adventureworks_month.table("stock_moves")
    accepted = moves[(moves["kind"] == "inspection") & (moves["status"] == "available")]
    stocked = by_item(export, lines.ProductID, lines.StockedQty)
    found = accepted.groupby("item")["quantity_micro"].sum()
    assert (found == stocked[stocked > 0]).all()
    returned = moves[moves["kind"] == "supplier_return"]["quantity_micro"].sum()
    assert -returned == int(lines.RejectedQty.sum()) * MICRO


def test_stock_ends_at_the_snapshot_plus_what_came_less_what_went(export, month):
    work = export["WorkOrder"].query("@FIRST <= EndDate <= @LAST")
    needs = work.merge(masters.bom_in_force(export), left_on="ProductID", right_on="ProductAssemblyID")
    line = documents.purchase_lines(export).query("@FIRST <= DueDate <= @LAST and OrderDate <= DueDate")
    ship = export["SalesOrderHeader"].query("@FIRST <= ShipDate <= @LAST")
    sold = export["SalesOrderDetail"][export["SalesOrderDetail"].SalesOrderID.isin(ship.SalesOrderID)]
    snapshot = export["ProductInventory"]
    flows = [
        by_item(export, snapshot.ProductID, snapshot.Quantity),
        by_item(export, line.ProductID, line.StockedQty),
        by_item(export, work.ProductID, work.StockedQty),
        -by_item(export, needs.ComponentID, needs.OrderQty * needs.PerAssemblyQty),
        -by_item(export, sold.ProductID, sold.OrderQty),
    ]
    expected = pd.concat(flows).groupby(level=0).sum()
    moves = adventureworks_month.table("stock_moves")
    balance = moves[moves["status"] == "available"].groupby("item")["quantity_micro"].sum()
    assert (balance.reindex(expected.index, fill_value=0) == expected).all()
    assert set(balance.index) <= set(expected.index)
    short = expected[expected < 0]
    assert month.shortfalls.set_index("item").quantity_micro.sort_index().equals(short.sort_index().rename_axis("item"))
    assert (moves[moves["status"] != "available"].groupby("status")["quantity_micro"].sum() == 0).all()


def test_every_order_of_the_month_was_converted_once_on_its_order_date(export, month):
    sale = export["SalesOrderHeader"].query("@FIRST <= OrderDate <= @LAST")
    orders = adventureworks_month.table("sales_orders").query("opportunity != ''")
    assert sorted(orders.opportunity) == sorted(sale.SalesOrderNumber)
    ordered = orders.set_index("opportunity").order_date.dt.strftime("%Y-%m-%d")
    assert (ordered.reindex(sale.SalesOrderNumber).to_numpy() == sale.OrderDate.to_numpy()).all()


def test_only_the_line_that_is_due_before_it_was_ordered_is_refused(month):
    refused = month.refused
    assert refused[["table", "column", "value"]].to_dict("records") == [
        {"table": "purchase_order_lines", "column": "due_date", "value": "2013-12-03"}
    ]


def test_scrap_is_posted_with_its_reason(export, month):
    ended = export["WorkOrder"].query("@FIRST <= EndDate <= @LAST")
    completions = adventureworks_month.table("completions")
    scrapped = completions[completions["scrapped_quantity_micro"] > 0]
    assert scrapped["scrapped_quantity_micro"].sum() == int(ended.ScrappedQty.sum()) * MICRO
    assert (scrapped["scrap_reason"] != "").all()
    assert (completions["state"] == "posted").all()


def test_an_open_order_is_changed_after_a_preview_and_its_new_plan_serves_it(month):
    day, by = date.fromisoformat(LAST), "Ada"
    orders = adventureworks_month.table("sales_orders").query("state == 'approved' and opportunity != ''")
    lines = adventureworks_month.table("sales_order_lines")
    open_ = lines[lines["order"].isin(orders["order"]) & (lines["quantity_micro"] == MICRO)]
    line = open_.sort_values(["due_date", "order", "line"]).iloc[-1]
    order, number = line["order"], int(line["line"])
    asked = [{"what": "quantity", "line": number, "quantity": 4}]
    policies = adventureworks_month.POLICIES
    preview = preview_order_change.fn(order, asked, day, policies)
    changed = [(row["line"], row["quantity_before"], row["quantity_after"]) for row in preview["lines"]]
    assert (number, "1", "4") in changed
    assert adventureworks_month.table("sales_order_lines").equals(lines)
    done = change_order.fn(order, asked, day, by, "three more", preview["seen"], policies)
    assert done["state"] == "applied"
    after = adventureworks_month.table("sales_order_lines").set_index(["order", "line"])["quantity_micro"]
    before = lines.set_index(["order", "line"])["quantity_micro"]
    assert (after - before).loc[lambda difference: difference != 0].to_dict() == {(order, number): 3 * MICRO}
    pegs = adventureworks_month.table("pegs")
    mine = (pegs["demand_kind"] == "sales_order") & (pegs["demand"] == order) & (pegs["line"] == number)
    assert pegs[mine & (pegs["run"] == pegs["run"].max())]["quantity_micro"].sum() == 4 * MICRO
