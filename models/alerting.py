"""The outbox: which messages wait, who takes them up, how they ended."""

from datetime import UTC, datetime, timedelta

from sqlalchemy import ColumnElement, Connection, func, or_, select, update

from models.database import table_of

# A sender that has not come back in this time is taken for dead, and its message is sent again.
CLAIM_LASTS = timedelta(minutes=10)


def pending_numbers(connection: Connection, now: datetime) -> list[str]:
    """Messages that nobody is sending, oldest first."""
    alerts = table_of("alerts")
    query = select(alerts.c.number).where(_free(alerts, now)).order_by(alerts.c.created_at, alerts.c.number)
    return list(connection.scalars(query))


def claim(connection: Connection, number: str, now: datetime) -> dict | None:
    """Take a message up for sending; None where another sender was first."""
    alerts = table_of("alerts")
    mine = alerts.c.number == number
    if not connection.execute(update(alerts).where(mine, _free(alerts, now)).values(claimed_at=now)).rowcount:
        return None
    row = dict(connection.execute(select(alerts).where(mine)).mappings().one())
    if row["created_at"].tzinfo is None:
        # SQLite keeps no zone; instants are UTC
        row["created_at"] = row["created_at"].replace(tzinfo=UTC)
    return row


def give_back(connection: Connection, number: str, error: str) -> None:
    """The message could not be sent through no fault of its own; it waits for the next round."""
    _update(connection, number, claimed_at=None, error=error)


def note_refusal(connection: Connection, number: str, error: str, attempts: int) -> bool:
    """The mail server refused the message; returns whether that was once too often and it is dead now."""
    alerts = table_of("alerts")
    _update(connection, number, claimed_at=None, error=error, attempts=alerts.c.attempts + 1)
    given_up = (alerts.c.number == number) & (alerts.c.state == "pending") & (alerts.c.attempts >= attempts)
    return bool(connection.execute(update(alerts).where(given_up).values(state="dead")).rowcount)


def mark_sent(connection: Connection, number: str, now: datetime) -> None:
    """The mail server took the message."""
    alerts = table_of("alerts")
    _update(connection, number, state="sent", sent_at=now, error="", attempts=alerts.c.attempts + 1)


def count_pending(connection: Connection) -> int:
    """How many messages wait."""
    alerts = table_of("alerts")
    return connection.scalar(select(func.count()).select_from(alerts).where(alerts.c.state == "pending"))


def _free(alerts, now: datetime) -> ColumnElement:
    abandoned = or_(alerts.c.claimed_at.is_(None), alerts.c.claimed_at < now - CLAIM_LASTS)
    return (alerts.c.state == "pending") & abandoned


def _update(connection: Connection, number: str, **values) -> None:
    alerts = table_of("alerts")
    connection.execute(update(alerts).where(alerts.c.number == number, alerts.c.state == "pending").values(**values))
