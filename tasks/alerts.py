"""Messages to the people who can act: composed into the outbox by a stage, sent afterwards, each once.

A stage calls `run.alert(kind, key, context)`; the rows of its context become one message per recipient. A new alert is
a set of templates in `templates/email/` and one entry in `ALERTS`.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import UTC, date, datetime
from email.message import EmailMessage
from email.utils import parseaddr
from hashlib import sha256

import pandas as pd
from prefect import task
from prefect.cache_policies import NO_CACHE

from connectors import mail
from models import alerting, database
from models.migrating import ready_engine
from settings import settings
from tasks.presentation import readable_rows
from tasks.stage_run import run_logger
from templates import one_line, render

# A mail with more rows than this is not read; the report has them all.
ROWS_IN_A_MAIL = 50
# Refusals of one message by the mail server before it is given up; a server that is down does not count.
ATTEMPTS = 8


@dataclass(frozen=True)
class Alert:
    """How a kind of message is written and who gets it.

    Attributes:
        severity: critical, warning or info; colours the message and marks it urgent.
        columns: of its rows, those that are shown, in this order, the first as the row's title; where none of them is
            there, all are. The order's line is shown with the order.
        recipient: address for a row; "" goes to the setting `alert_to`.
        rank: rows are listed by it, the most pressing first; rows of one rank stay as they came.
    """

    severity: str
    columns: tuple[str, ...]
    recipient: Callable[[Mapping], str]
    rank: Callable[[Mapping], object] = lambda row: 0


def named_in(*columns: str) -> Callable[[Mapping], str]:
    """The first mail address in these columns of a row."""
    return lambda row: next((str(row[name]) for name in columns if "@" in str(row.get(name) or "")), "")


ALERTS: dict[str, Alert] = {
    "shortage": Alert(
        "warning",
        ("item", "order", "short", "covered_by", "covered_date"),
        named_in("planner"),
        # what nothing covers comes first
        rank=lambda row: bool(row.get("covered_by")),
    ),
    "late_order": Alert(
        "warning", ("order", "customer", "item", "due_date", "promised_date", "bottleneck"), named_in("owner")
    ),
    "order_change": Alert(
        "info",
        ("order", "customer", "item", "change", "wanted_after", "expected_before", "expected_after"),
        named_in("approver", "owner"),
    ),
    "endangered_line": Alert(
        "warning",
        ("order", "customer", "item", "wanted_date", "from_date", "to_date", "days", "because"),
        named_in("owner", "planner", "buyer"),
        # whoever waits longest comes first
        rank=lambda row: -int(row.get("days") or 0),
    ),
    "rejected_inspection": Alert(
        "warning", ("order", "item", "supplier", "rejected_quantity", "disposition", "reason"), named_in("buyer")
    ),
    "failed_gate": Alert("critical", ("frame", "expectation", "failing", "keys"), named_in()),
    "refused_facts": Alert("warning", ("table", "row", "column", "value", "message"), named_in()),
    "approval_needed": Alert(
        "info", ("number", "item", "supplier", "quantity", "amount", "release_date"), named_in("approver", "buyer")
    ),
}


def compose(kind: str, key: str, context: Mapping) -> list[dict]:
    """Outbox rows of an alert: one per recipient, each with a table of the rows that concern it.

    Args:
        kind: one of `ALERTS`.
        key: names the cause; the same kind, key and recipient is written once, ever.
        context: as_of, stage, run; `rows` (a frame or a list of dicts) and `message`, both optional; of a failed gate
            `failures` (gate results) instead of rows.
    Returns:
        rows of the table `alerts`, without `run`; the Message-ID follows from the number, so a second attempt to send
        is recognised by the mail system as the same message.
    """
    alert = ALERTS[kind]
    rows = _rows(context)
    grouped: dict[str, list[dict]] = {}
    for row in sorted(rows, key=alert.rank):
        grouped.setdefault(_recipient(alert.recipient(row)), []).append(row)
    if not rows and (context.get("message") or kind == "failed_gate"):
        grouped[_recipient("")] = []
    return [_outbox_row(kind, alert, key, recipient, listed, context) for recipient, listed in grouped.items()]


def _rows(context: Mapping) -> list[dict]:
    if "failures" in context:
        return [_failure_row(result) for result in context["failures"] if result["severity"] == "critical"]
    rows = context.get("rows")
    if rows is None:
        return []
    return readable_rows(rows) if isinstance(rows, pd.DataFrame) else [dict(row) for row in rows]


def _failure_row(result: Mapping) -> dict:
    keys = ", ".join(str(key) for key in result["keys"][:10])
    failing = f"{result['failing']:,} of {result['rows']:,}" if result["failing"] else ""
    return {"frame": result["frame"], "expectation": result["expectation"], "failing": failing, "keys": keys}


def _recipient(address: str) -> str:
    """A single plain address; anything else goes to the setting `alert_to`."""
    found = parseaddr(one_line(address))[1]
    return found if "@" in found and " " not in found else one_line(settings().alert_to)


def _outbox_row(kind: str, alert: Alert, key: str, recipient: str, rows: list[dict], context: Mapping) -> dict:
    known = tuple(name for name in alert.columns if any(name in row for row in rows))
    columns = known or tuple(dict.fromkeys(name for row in rows for name in row))
    shown = [_shown(row, columns) for row in rows[:ROWS_IN_A_MAIL]]
    facts = {
        "company": settings().company,
        "severity": alert.severity,
        "as_of": context["as_of"],
        "stage": context["stage"],
        "run": context["run"],
        # what is already in the table is not said twice
        "message": "" if rows and kind == "failed_gate" else context.get("message") or "",
        "rows": shown,
        "columns": columns,
        "total": len(rows),
        "more": len(rows) - len(shown),
    }
    subject = one_line(render(f"email/{kind}.subject.j2", **facts))
    number = f"{kind}:{key}" + ("" if recipient == one_line(settings().alert_to) else f":{recipient}")
    return {
        "number": number,
        "kind": kind,
        "created_at": pd.Timestamp(datetime.now(UTC)),
        "recipient": recipient,
        "subject": subject,
        "text_body": render(f"email/{kind}.txt.j2", subject=subject, **facts),
        "html_body": _inlined(render(f"email/{kind}.html.j2", subject=subject, **facts)),
        "message_id": message_id(number),
        "state": "pending",
    }


def _shown(row: Mapping, columns: tuple[str, ...]) -> dict[str, str]:
    """The cells of a row as text, with the order's line beside the order."""
    cells = {name: _text(row.get(name)) for name in columns}
    if "line" not in columns and cells.get("order") and not pd.isna(row.get("line")):
        cells["order"] += f"/{row['line']}"
    return cells


def _text(cell) -> str:
    if pd.isna(cell):
        return ""
    return cell.isoformat()[:10] if isinstance(cell, date) else str(cell)


def message_id(number: str) -> str:
    """The Message-ID of an outbox row: always the same for the same plant and number."""
    digest = sha256(f"{settings().company}\n{number}".encode()).hexdigest()[:40]
    domain = parseaddr(settings().mail_from)[1].partition("@")[2] or "kitline.invalid"
    return f"<{digest}@{one_line(domain)}>"


def _inlined(html: str) -> str:
    import css_inline

    return css_inline.CSSInliner(load_remote_stylesheets=False, keep_style_tags=False).inline(html)


@task(name="send alerts", cache_policy=NO_CACHE)
def send_alerts() -> dict:
    """Send what waits in the outbox, oldest first, and mark each as sent once the mail server took it.

    A message is taken up by one sender at a time. Where the mail server is down nothing is lost: the messages wait for
    the next run. A message that the server refuses eight times is marked dead, with the last error.
    """
    engine, log = ready_engine(settings().database_url), run_logger()
    counts = {"sent": 0, "refused": 0, "dead": 0}
    with mail.outgoing(settings()) as send:
        with database.reading(engine) as connection:
            waiting = alerting.pending_numbers(connection, datetime.now(UTC))
        for number in waiting:
            with database.writing(engine) as connection:
                alert = alerting.claim(connection, number, datetime.now(UTC))
            if alert is None:
                continue
            try:
                send(message_of(alert))
            except mail.MailServerUnreachable as error:
                with database.writing(engine) as connection:
                    alerting.give_back(connection, number, str(error))
                log.warning("%s; the messages wait for the next run", error)
                break
            except mail.MessageRefused as error:
                with database.writing(engine) as connection:
                    dead = alerting.note_refusal(connection, number, str(error), ATTEMPTS)
                counts["dead" if dead else "refused"] += 1
                log.warning("message %s to %s was refused: %s", number, alert["recipient"], error)
            else:
                with database.writing(engine) as connection:
                    alerting.mark_sent(connection, number, datetime.now(UTC))
                counts["sent"] += 1
    with database.reading(engine) as connection:
        counts["waiting"] = alerting.count_pending(connection)
    log.info("%d messages sent, %d refused, %d given up, %d waiting", *counts.values())
    return counts


def message_of(alert: Mapping) -> EmailMessage:
    """The mail of an outbox row: plain text with an HTML alternative."""
    message = EmailMessage()
    message["From"] = one_line(settings().mail_from)
    message["To"] = one_line(alert["recipient"])
    message["Subject"] = one_line(alert["subject"])
    message["Date"] = alert["created_at"]
    message["Message-ID"] = alert["message_id"]
    message["Auto-Submitted"] = "auto-generated"
    if ALERTS.get(alert["kind"], ALERTS["failed_gate"]).severity == "critical":
        message["Importance"] = "high"
    message.set_content(alert["text_body"])
    message.add_alternative(alert["html_body"], subtype="html")
    return message
