"""Every template renders; what comes from outside cannot break out of its place."""

from datetime import date
from email.policy import SMTP

import pytest
from jinja2 import UndefinedError

from tasks.alerts import ALERTS, compose, message_of
from templates import FOLDER, day, money, one_line, percent, quantity, render, text_table

RUN = {"as_of": date(2026, 1, 5), "stage": "kitting_check", "run": "kitting_check-2026-00007"}
SHORTAGES = [
    {"order": "SO-1", "line": 10, "item": "BOLT", "short": "12", "covered_by": None, "covered_date": None},
    {"order": "SO-2", "line": 10, "item": "HUB", "short": "1", "covered_by": "PO-7", "covered_date": "2026-01-12"},
]
SAMPLES = {
    "shortage": {"rows": SHORTAGES},
    "late_order": {
        "rows": [
            {"order": "SO-1", "line": 10, "customer": "ALPINA", "item": "BIKE", "due_date": date(2026, 1, 9),
             "promised_date": date(2026, 1, 16), "bottleneck": "MOTOR"},
        ]
    },
    "order_change": {
        "message": "Ada changed an order (OC-2026-00001), and others' deliveries move.",
        "rows": [{"order": "SO-9", "line": 10, "customer": "ALPINA", "item": "BIKE", "change": "newly_late",
                  "wanted_after": "2026-01-09", "expected_before": "2026-01-09", "expected_after": "2026-01-16"}],
    },
    "endangered_line": {
        "rows": [
            {"order": "SO-1", "line": 10, "customer": "ALPINA", "item": "BIKE", "wanted_date": date(2026, 1, 9),
             "from_date": date(2026, 1, 9), "to_date": date(2026, 1, 16), "days": 5,
             "because": "WO-1 due on 2026-01-07, expected on 2026-01-14: speed it up"},
        ]
    },
    "rejected_inspection": {
        "rows": [{"order": "PO-7", "item": "HUB", "supplier": "ACME", "rejected_quantity": "3", "disposition": "return",
                  "reason": "cracks"}]
    },
    "failed_gate": {
        "message": "gate 'order lines' stopped the stage",
        "failures": [{"frame": "sales_order_lines", "expectation": "the quantity is above zero", "severity": "critical",
                      "failing": 2, "rows": 120, "keys": ["SO-1/10", "SO-2/20"]}],
    },
    "refused_facts": {
        "rows": [{"table": "issues", "row": 4, "column": "quantity", "value": "500", "message": "only 20 in stock"}]
    },
    "approval_needed": {
        "rows": [{"number": "PL-9", "item": "MOTOR", "supplier": "ACME", "quantity": "40", "amount": "18,000.00 EUR",
                  "release_date": "2026-01-07"}]
    },
}  # fmt: skip


@pytest.fixture(autouse=True)
def _plain_settings(own_settings):
    """Settings of this test alone."""


@pytest.mark.parametrize("kind", ALERTS)
def test_every_alert_is_a_subject_a_text_and_a_page_that_name_its_rows(kind):
    (mail,) = compose(kind, "a-run", {**RUN, **SAMPLES[kind]})
    assert mail["number"] == f"{kind}:a-run"
    assert "\n" not in mail["subject"]
    rows = SAMPLES[kind].get("rows") or [{"key": key} for key in SAMPLES[kind]["failures"][0]["keys"]]
    for row in rows:
        first = str(next(iter(row.values())))
        assert first in mail["text_body"]
        assert first in mail["html_body"]


@pytest.mark.parametrize("kind", ALERTS)
def test_a_mail_looks_nothing_up_on_the_network_and_runs_nothing(kind):
    (mail,) = compose(kind, "a-run", {**RUN, **SAMPLES[kind]})
    page = mail["html_body"].lower()
    assert not [word for word in ("http:", "https:", "<script", "<img", "<link", "url(", "@import") if word in page]
    # styles stand in the elements, where mail programs keep them
    assert "style=" in page


def test_every_alert_has_its_three_templates_and_every_template_its_alert():
    kinds = {path.name.split(".")[0] for path in (FOLDER / "email").glob("*.j2")} - {"base"}
    assert kinds == set(ALERTS)
    assert all(
        (FOLDER / "email" / f"{kind}.{part}.j2").exists() for kind in kinds for part in ("subject", "txt", "html")
    )


def test_html_in_a_name_is_shown_and_not_obeyed():
    rows = [{"order": "SO-1", "line": 10, "item": "<script>alert(1)</script>", "short": "1"}]
    (mail,) = compose("shortage", "a-run", {**RUN, "rows": rows})
    assert "<script>" not in mail["html_body"]
    assert "&lt;script&gt;alert(1)&lt;/script&gt;" in mail["html_body"]
    assert "<script>alert(1)</script>" in mail["text_body"]


def test_line_breaks_cannot_reach_subject_or_address(own_settings, monkeypatch):
    monkeypatch.setenv("KITLINE_COMPANY", "Alpina\r\nBcc: everybody@example.com")
    own_settings.cache_clear()
    rows = [{**SHORTAGES[0], "planner": "planner@example.com\r\nBcc: other@example.com"}]
    (mail,) = compose("shortage", "a-run", {**RUN, "rows": rows})
    assert mail["subject"].startswith("Alpina Bcc: everybody@example.com: 1 component need is short")
    headers = message_of(mail).as_bytes(policy=SMTP).split(b"\r\n\r\n")[0]
    assert not [line for line in headers.split(b"\r\n") if line.lower().startswith(b"bcc")]


def test_a_missing_variable_is_an_error_and_not_an_empty_place():
    with pytest.raises(UndefinedError, match="company"):
        render("email/shortage.subject.j2", total=1)


def test_a_row_without_a_column_leaves_the_cell_blank():
    (mail,) = compose("shortage", "a-run", {**RUN, "rows": [SHORTAGES[0], {"item": "HUB"}]})
    assert "HUB" in mail["text_body"]


def test_long_tables_are_cut_and_say_so():
    rows = [{**SHORTAGES[0], "item": f"ITEM-{number}"} for number in range(60)]
    (mail,) = compose("shortage", "a-run", {**RUN, "rows": rows})
    assert "60 component needs are short" in mail["subject"]
    assert "ITEM-49" in mail["text_body"]
    assert "ITEM-50" not in mail["text_body"]
    assert "And 10 more" in mail["text_body"]
    assert "And 10 more" in mail["html_body"]


def test_rows_go_to_the_planner_they_name_and_the_others_to_the_plant():
    rows = [{**SHORTAGES[0], "planner": "Ann <ann@example.com>"}, {**SHORTAGES[1], "planner": "Bob"}]
    mails = compose("shortage", "a-run", {**RUN, "rows": rows})
    assert {mail["recipient"]: "BOLT" in mail["text_body"] for mail in mails} == {
        "ann@example.com": True,
        "planning@localhost": False,
    }
    assert len({mail["number"] for mail in mails}) == len({mail["message_id"] for mail in mails}) == 2


def test_an_order_line_is_named_as_one_thing():
    (mail,) = compose("shortage", "a-run", {**RUN, "rows": SHORTAGES[:1]})
    assert "SO-1/10" in mail["text_body"]
    assert "SO-1/10" in mail["html_body"]


def test_what_nothing_covers_comes_first():
    (mail,) = compose("shortage", "a-run", {**RUN, "rows": SHORTAGES[::-1]})
    assert mail["text_body"].index("BOLT") < mail["text_body"].index("HUB")


def test_nothing_to_tell_is_no_message():
    assert compose("shortage", "a-run", {**RUN, "rows": []}) == []


def test_the_same_cause_has_the_same_message_id():
    first, again = (compose("shortage", "a-run", {**RUN, "rows": SHORTAGES})[0] for _ in range(2))
    other = compose("shortage", "another-run", {**RUN, "rows": SHORTAGES})[0]
    assert first["message_id"] == again["message_id"] != other["message_id"]


def test_an_error_that_is_no_gate_is_told_in_its_own_words():
    context = {"message": "item A contains itself: A → B → A; remove one line", "failures": []}
    (mail,) = compose("failed_gate", "a-run", {**RUN, **context})
    assert mail["subject"] == "Kitline plant: Kitting check stopped"
    assert "A → B → A" in mail["text_body"]


def test_numbers_dates_and_shares_read_as_people_write_them():
    assert quantity(1_000_000_000_000) == "1,000,000"
    assert money(-1_234_565_000, "EUR") == "-1,234.57 EUR"
    assert day("2026-01-05") == day(date(2026, 1, 5)) == "5 Jan 2026"
    assert percent(333_333) == "33.3 %"
    assert percent(0) == "0 %"
    assert [blank(None) for blank in (quantity, money, day, percent)] == [""] * 4


def test_a_text_table_keeps_one_row_on_one_line():
    assert text_table([{"item": "A\nB"}], ["item"]).splitlines() == ["item", "----", "A B"]
    assert one_line("a\x00\u2028b") == "a b"
