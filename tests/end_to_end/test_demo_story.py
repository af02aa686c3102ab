"""The demo's story through the real import and flows: what happened can be followed, and the books balance."""

import pytest

from calculations.exact import MICRO
from demo.ending import read_ending
from demo.story import play
from models.database import read_table, reading
from models.migrating import ready_engine

# Five weeks reach the end of March and its overhead.
WEEKS = 5


@pytest.fixture(scope="module")
def story(prefect, tmp_path_factory):
    """The story played once for all tests of this file, in a database of its own."""
    import settings

    folder = tmp_path_factory.mktemp("demo")
    with pytest.MonkeyPatch.context() as environment:
        environment.setenv("KITLINE_DATABASE_URL", f"sqlite:///{folder / 'kitline.db'}")
        environment.setenv("KITLINE_DATA_DIR", str(folder))
        environment.delenv("KITLINE_SMTP_HOST", raising=False)
        settings.settings.cache_clear()
        told = []
        page = play(folder / "files", lambda week, step, tables: told.append((week, step)), weeks=WEEKS)
        yield {"folder": folder, "page": page, "told": told, "ending": read_ending(), "table": _table}
    settings.settings.cache_clear()


def _table(name: str):
    from settings import settings

    with reading(ready_engine(settings().database_url)) as connection:
        return read_table(connection, name)


def test_every_won_opportunity_became_one_order_and_no_row_was_refused(story):
    ending = story["ending"]
    assert ending.opportunities_won == ending.orders > 15
    assert ending.refused_rows == 0, story["table"]("quarantine")[["table", "value", "message"]].to_string()


def test_supply_was_released_in_all_three_kinds_and_bikes_left_the_factory(story):
    ending = story["ending"]
    assert all(count > 3 for count in ending.released.values()), ending.released
    assert ending.lines_delivered >= 8
    shipped_once = story["table"]("shipments")
    assert shipped_once["state"].eq("posted").all()


def test_the_story_has_rejects_scrap_one_rework_and_a_changed_order(story):
    ending = story["ending"]
    assert {"return", "rework", "scrap"} <= set(ending.rejected)
    assert ending.rework_orders == 1
    assert ending.scrapped >= 1
    changes = story["table"]("changes")
    assert set(changes[changes["table"] == "sales_order_lines"]["column"]) == {"quantity", "due_date"}


def test_people_counted_reserved_picked_undid_blocked_and_changed_what_they_saw(story):
    table = story["table"]
    counted = table("stock_moves").query("kind == 'adjustment'").set_index("origin")["quantity_micro"] // MICRO
    assert sorted(counted[counted.index.str.startswith("stock_counts:")]) == [-2, 1]
    reserved = table("stock_reservations")
    assert reserved["state"].eq("posted").all()
    assert (reserved["quantity_micro"] > 0).any()
    held = table("stock_moves").query("status == 'reserved'")["quantity_micro"].sum()
    # what was set aside was shipped to who it was for
    order = reserved["order"].iloc[0]
    assert held == 0
    assert order in set(table("shipments")["order"])
    assert table("issues")["event"].str.startswith("pick-").sum() > 5
    assert table("reversals")["reversed_event"].tolist() == ["REC-TYPO"]
    assert table("transfers").sort_values("date")["to_status"].tolist() == ["blocked", "available"]
    assert table("order_changes")["state"].tolist() == ["applied"]
    passed = table("time_entries")
    assert passed["quantity_micro"].notna().mean() > 0.9


def test_pages_to_print_lie_beside_the_report(story):
    names = [path.name for path in story["folder"].rglob("*.html")]
    assert any(name.startswith("PO-") for name in names), names
    assert any(name.startswith("statement-") for name in names), names


def test_the_closed_month_balances_to_the_cent_and_the_bikes_earned_money(story):
    ending = story["ending"]
    assert ending.periods_closed == ["2026-03"]
    identity = dict(ending.identity)
    assert identity["difference"] == 0
    assert identity["conversion"] > 0
    assert identity["fees"] > 0
    assert ending.revenue_micro > 50_000 * MICRO
    assert ending.margin_micro > 0


def test_balances_are_the_sum_of_moves_and_none_is_below_zero(story):
    moves = story["table"]("stock_moves")
    key = ["item", "warehouse", "lot", "status"]
    assert (moves.groupby(key)["quantity_micro"].sum() >= 0).all()


def test_a_cost_leads_back_to_an_opportunity(story):
    margin = story["table"]("order_margins").iloc[0]
    orders = story["table"]("sales_orders").set_index("order")
    opportunity = orders.loc[margin["order"], "opportunity"]
    assert opportunity in set(story["table"]("opportunities").query("stage == 'won'")["opportunity"])


def test_report_and_mails_lie_where_the_summary_says(story):
    assert story["page"] is not None
    assert str(story["page"]).endswith(".html")
    mails = list((story["folder"] / "mails").glob("*.eml"))
    assert len(mails) == sum(story["ending"].alerts.values()) > 0


def test_the_story_was_told_week_by_week(story):
    weeks = [week for week, _ in story["told"]]
    assert weeks == sorted(weeks)
    assert set(weeks) == set(range(WEEKS + 1))
