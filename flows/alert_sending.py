"""Messages that stages left in the outbox go out."""

from prefect import flow

from tasks.alerts import send_alerts


@flow(name="alert-sending")
def alert_sending() -> dict:
    """Send the alerts that wait in the outbox; safe to start at any time and as often as you like."""
    return send_alerts()
