"""The published facts of AdventureWorks, against our reading of it and our explosion."""

import numpy as np
import pandas as pd
import pytest

from calculations.exact import MICRO, to_micro
from calculations.explosion import explode
from calculations.row_parsing import parse_table
from demo import adventureworks_documents as documents
from demo import adventureworks_masters as masters
from models.import_tables import import_tables
from support import shared

ALWAYS = ("", "9999")


@pytest.fixture(scope="module")
def export():
    return masters.read_export(shared("data", "adventureworks"))


def micro_of(text: pd.Series) -> np.ndarray:
    return text.map({value: to_micro(value) for value in text.unique()}).to_numpy(np.int64)


@pytest.fixture(scope="module")
def world(export):
    """The items and bills of the import tables, all versions of every line among them."""
    tables = masters.bills_of_materials(export) | {"items": masters.items(export)}
    parsed = {name: parse_table(as_text(frame), import_tables()[name]) for name, frame in tables.items()}
    assert all(refused.empty for _, refused in parsed.values())
    return {name: frame for name, (frame, _) in parsed.items()}


def as_text(frame: pd.DataFrame) -> pd.DataFrame:
    return frame.astype("str").where(frame.notna(), "").reset_index(drop=True)


def daily_sales(export) -> pd.DataFrame:
    sold = export["SalesOrderDetail"].merge(export["SalesOrderHeader"][["SalesOrderID", "OrderDate"]])
    return pd.DataFrame(
        {
            "item": sold.ProductID.map(masters.item_codes(export)),
            "date": sold.OrderDate.astype("datetime64[s]"),
            "quantity_micro": sold.OrderQty * MICRO,
        }
    )


def test_the_explosion_of_each_days_sales_is_every_published_work_order(export, world):
    needed = explode(daily_sales(export), world)
    made = world["items"].loc[world["items"]["sourcing"] == "make", "item"]
    ours = needed[needed["item"].isin(made)].assign(start=lambda rows: rows["date"] + pd.Timedelta(days=3))
    published = documents.work_orders(export, ordered=ALWAYS, finished=ALWAYS)["work_orders"]
    start = published.start_date.astype("datetime64[s]")
    theirs = published.assign(start=start, quantity_micro=published.quantity * MICRO)
    columns = ["item", "start", "quantity_micro"]
    assert len(ours) == len(theirs) == 72591
    in_order = [rows[columns].sort_values(columns, ignore_index=True) for rows in (ours, theirs)]
    pd.testing.assert_frame_equal(*in_order, check_dtype=False)
    assert (published.due_date.astype("datetime64[s]") - start == pd.Timedelta(days=11)).all()


def test_there_is_one_order_a_day_for_what_is_sold_and_one_for_what_is_a_component(export, world):
    needed = explode(daily_sales(export), world)
    made = world["items"].loc[world["items"]["sourcing"] == "make", "item"]
    orders = needed[needed["item"].isin(made)]
    assert not orders.duplicated(["item", "date", "kind"]).any()
    assert orders["kind"].value_counts().to_dict() == {"dependent": 58829, "independent": 13762}


def test_received_minus_rejected_is_what_was_stocked(export):
    inspections = documents.receipts(export, *ALWAYS)["inspections"]
    assert len(inspections) == 8845
    accepted = inspections.inspected_quantity - inspections.rejected_quantity
    assert (accepted == inspections.accepted_quantity).all()
    assert (inspections.disposition == np.where(inspections.rejected_quantity > 0, "return", "")).all()


def test_stocked_plus_scrapped_is_what_was_ordered_and_scrap_has_a_reason(export):
    completions = documents.completions(export, *ALWAYS)["completions"]
    orders = documents.work_orders(export, ordered=ALWAYS, finished=ALWAYS)["work_orders"]
    ordered = completions.order.map(orders.set_index("order").quantity)
    assert len(completions) == 72591
    assert (completions.quantity + completions.scrapped_quantity == ordered).all()
    assert ((completions.scrapped_quantity > 0) == (completions.scrap_reason != "")).all()
    assert (completions.scrapped_quantity > 0).sum() == 729


def test_hours_times_the_rate_is_the_published_cost(export):
    hours = documents.completions(export, *ALWAYS)["time_entries"]
    rate = masters.work_centers(export).set_index("work_center").labor_rate
    cost = micro_of(hours.labor_hours.astype(str)) * micro_of(hours.work_center.map(rate).astype(str)) // MICRO
    routing = export["WorkOrderRouting"].sort_values(["WorkOrderID", "OperationSequence"])
    event = "T-" + routing.WorkOrderID.astype(str) + "-" + routing.OperationSequence.astype(str)
    published = pd.Series(micro_of(routing.ActualCost.astype(str)), index=event)
    assert len(hours) == 67131
    assert (pd.Series(cost, index=hours.event) == published.reindex(hours.event)).all()


def test_no_hour_is_booked_after_its_order_is_done(export):
    facts = documents.completions(export, *ALWAYS)
    done = facts["time_entries"].order.map(facts["completions"].set_index("order").date)
    assert (facts["time_entries"].date <= done).all()


def test_a_routing_takes_the_same_hours_in_every_order_of_an_item(export):
    routing = export["WorkOrderRouting"].groupby(["ProductID", "OperationSequence"])
    assert (routing.ActualResourceHrs.nunique() == 1).all()
    assert len(masters.operations(export)) == len(routing) == 213


def test_every_order_subtotal_is_the_sum_of_its_lines_to_the_cent(export):
    lines = documents.sales_orders(export, ordered=ALWAYS, finished=ALWAYS)["sales_order_lines"]
    amount = pd.Series(micro_of(lines.unit_price) * lines.quantity.to_numpy(), index=lines.order).groupby(level=0).sum()
    subtotal = masters.micro(export["SalesOrderHeader"].set_index("SalesOrderNumber").SubTotal)
    assert len(amount) == len(subtotal) == 31465
    # a line has six decimals, the header four: they differ by its rounding, at most half of its last digit
    assert (amount - subtotal.reindex(amount.index)).abs().max() <= 50


def test_prices_after_discount_are_exact_to_six_decimals(export):
    lines = documents.sales_orders(export, ordered=ALWAYS, finished=ALWAYS)["sales_order_lines"]
    order = export["SalesOrderHeader"].set_index("SalesOrderID").SalesOrderNumber
    detail = export["SalesOrderDetail"]
    ours = pd.Series(micro_of(lines.unit_price) * lines.quantity.to_numpy(), index=[lines.order, lines.line])
    theirs = pd.Series(
        masters.micro(detail.LineTotal).to_numpy(), index=[detail.SalesOrderID.map(order), detail.LineNumber]
    )
    assert len(ours) == len(theirs) == 121317
    assert (ours == theirs.reindex(ours.index)).all()


def test_no_two_versions_of_a_bom_line_are_in_force_on_one_day(export):
    lines = masters.bom_lines(export).sort_values(["ProductAssemblyID", "ComponentID", "StartDate"])
    following = lines.groupby(["ProductAssemblyID", "ComponentID"]).StartDate.shift(-1)
    assert not (lines.EndDate >= following).any()
    assert not (lines.EndDate.isna() & following.notna()).any()
    assert len(masters.bom_in_force(export)) == 2383


def test_the_first_supplier_of_an_item_is_active_and_preferred_where_one_is(export):
    offers = masters.supplier_items(export)
    vendor = export["Vendor"].set_index("AccountNumber")
    best = (vendor.ActiveFlag * 2 + vendor.PreferredVendorStatus).reindex(offers.supplier).to_numpy()
    best_of_item = pd.Series(best, index=offers.item).groupby(level=0).max()
    first = (offers.priority == 1).to_numpy()
    assert (best[first] == best_of_item.reindex(offers.item[first])).all()
    assert first.sum() == 265


def test_opening_costs_are_the_last_prices_before_the_month_rolled_up(export):
    cost = documents.opening_costs(export, "2014-05-01")
    code = masters.item_codes(export)
    by_code = pd.Series(cost.to_numpy(), index=code.reindex(cost.index))
    # LL Hub = LL Spindle/Axle 10.3845 + LL Shell 2.3205, no operation
    assert by_code["HU-6280"] == pytest.approx(10.3845 + 2.3205)
    bought = export["Product"].query("MakeFlag == 0").ProductNumber
    assert (by_code[bought] > 0).all()


def test_a_made_item_costs_its_components_and_its_own_conversion():
    lines = pd.DataFrame({"ProductAssemblyID": [1, 1, 2], "ComponentID": [2, 3, 3], "PerAssemblyQty": [2, 4, 3]})
    cost = documents.roll_up(pd.Series({3: 1.5}), pd.Series({1: 10.0}), lines, pd.Series([1, 2, 3, 4]))
    # 2 = 3 × 1.5; 1 = 2 × 4.5 + 4 × 1.5 + 10; 4 has neither price nor parts
    assert cost.to_dict() == {1: 25.0, 2: 4.5, 3: 1.5, 4: 0.0}


def test_each_opening_document_is_open_and_each_day_belongs_to_one_batch(export):
    opening = documents.opening(export, "2014-05-01")
    month = documents.documents(export, "2014-05-01", "2014-05-31")
    weeks = [
        documents.documents(export, *days) for days in (("2014-05-01", "2014-05-10"), ("2014-05-11", "2014-05-31"))
    ]
    assert len(opening["work_orders"]) == 1488
    assert len(opening["sales_orders"]) == 492
    assert len(opening["purchase_order_lines"]) == 375
    assert len(month["opportunities"]) == 2411
    assert all(sum(len(week[name]) for week in weeks) == len(month[name]) for name in month)


def test_a_shipment_names_our_order_where_one_was_made_of_the_opportunity(export):
    shipped = documents.shipments(export, "2014-05-01", "2014-05-31", {"SO71774": "SO-2014-00001"})
    assert "SO-2014-00001" in set(shipped.order)
    assert "SO71774" not in set(shipped.order)
    assert shipped.event.is_unique
    assert len(shipped) == 8670
