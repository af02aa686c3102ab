"""The life of a document: which state may follow which. Progress is not here; it is derived from facts."""

TRANSITIONS: dict[str, dict[str, tuple[str, ...]]] = {
    "sales_orders": {
        "draft": ("submitted", "approved", "cancelled"),
        "submitted": ("approved", "rejected"),
        "approved": ("in_progress", "done", "closed", "cancelled"),
        # a reversal takes progress back
        "in_progress": ("approved", "done", "closed", "cancelled"),
        "done": ("approved", "in_progress", "closed"),
        "closed": (),
        "cancelled": (),
        "rejected": ("draft",),
    },
    "planned_orders": {
        "suggested": ("firm", "approved", "released", "rejected"),
        "firm": ("approved", "released", "rejected"),
        "approved": ("released", "rejected"),
        "released": (),
        "rejected": (),
    },
    "promise_reservations": {
        "held": ("released", "replaced", "consumed"),
        "released": (),
        "replaced": (),
        "consumed": (),
    },
    "supply_orders": {
        "draft": ("submitted", "approved", "released", "cancelled"),
        "submitted": ("approved", "rejected"),
        "approved": ("released", "cancelled", "rejected"),
        "released": ("in_progress", "done", "closed", "cancelled"),
        "in_progress": ("released", "done", "closed"),
        "done": ("released", "in_progress", "closed"),
        "closed": (),
        "cancelled": (),
        "rejected": ("draft",),
    },
    "order_changes": {
        "submitted": ("applied", "rejected", "withdrawn"),
        "applied": (),
        "rejected": (),
        "withdrawn": (),
    },
    "facts": {"pending": ("posted", "refused"), "refused": ("pending", "posted"), "posted": ()},
    "periods": {"open": ("closed", "locked"), "closed": ("open", "closed", "locked"), "locked": ()},
    "alerts": {"pending": ("sent", "dead"), "dead": ("pending",), "sent": ()},
    "quarantine": {"waiting": ("resolved",), "resolved": ()},
    "runs": {"running": ("completed", "failed"), "completed": (), "failed": ()},
}

SALES_ORDER = tuple(TRANSITIONS["sales_orders"])
PLANNED_ORDER = tuple(TRANSITIONS["planned_orders"])
ORDER_CHANGE = tuple(TRANSITIONS["order_changes"])
RESERVATION = tuple(TRANSITIONS["promise_reservations"])
SUPPLY_ORDER = tuple(TRANSITIONS["supply_orders"])
FACT = tuple(TRANSITIONS["facts"])
PERIOD = tuple(TRANSITIONS["periods"])
ALERT = tuple(TRANSITIONS["alerts"])
QUARANTINE = tuple(TRANSITIONS["quarantine"])
RUN = tuple(TRANSITIONS["runs"])

# Documents in these states ask for nothing and supply nothing any more.
ENDED = ("done", "closed", "cancelled", "rejected")
# Documents in these states are not yet allowed to act.
NOT_YET = ("draft", "submitted")


def may_follow(life: str, before: str, after: str) -> bool:
    """Whether a document of this kind may go from one state to another; staying is always allowed.

    >>> may_follow("supply_orders", "closed", "released")
    False
    """
    return before == after or after in TRANSITIONS[life][before]


def states_before(life: str, after: str) -> tuple[str, ...]:
    """The states from which `after` may be reached, for a conditional update.

    >>> states_before("planned_orders", "released")
    ('suggested', 'firm', 'approved')
    """
    return tuple(before for before, followers in TRANSITIONS[life].items() if after in followers)
