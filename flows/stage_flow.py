"""What all stage flows share: which day it is, and what is shown and sent when a stage is through."""

from datetime import date
from zoneinfo import ZoneInfo

from prefect.runtime import flow_run

from settings import settings


def business_date(as_of: date | None) -> date:
    """The day a run is for: the one given, else the day it was scheduled for in the plant's time zone.

    A late run of last night's schedule still plans for the day it was meant for.
    """
    if as_of is not None:
        return as_of
    return flow_run.scheduled_start_time.astimezone(ZoneInfo(settings().time_zone)).date()


def finish(summary: dict, *, send: bool = True) -> dict:
    """Show a stage's result as artifacts and send its alerts; returns the part callers need: numbers, not rows.

    Args:
        summary: what the stage's task returned. send: False leaves the alerts in the outbox (the chain sends once).
    """
    from tasks.alerts import send_alerts
    from tasks.artifacts import publish_stage

    publish_stage(summary)
    if send:
        send_alerts()
    return {name: summary[name] for name in ("run", "stage", "as_of", "counts")}
