"""Can I promise this date? Sales asks before there is an order."""

from datetime import date
from decimal import Decimal
from typing import Literal

from prefect import flow, task
from prefect.cache_policies import NO_CACHE

from flows.stage_flow import business_date, finish


@flow(name="order-promise", flow_run_name="order promise {item}{opportunity} {as_of}")
def order_promise(
    item: str = "",
    quantity: Decimal | None = None,
    wanted_on: date | None = None,
    opportunity: str = "",
    customer: str = "",
    delivery: Literal["as the customer takes it", "partial", "complete"] = "as the customer takes it",
    reserve: bool = False,
    valid_until: date | None = None,
    priority: int | None = None,
    give_up: str = "",
    as_of: date | None = None,
    policies: dict | None = None,
) -> dict:
    """Can I promise this date? Answers accept, partial or later, with the date, what decides it and why.

    Give an item and a quantity, or an opportunity for all its lines. Everything that is ordered or reserved already is
    served first. The answer is on the run's page; only a reservation keeps anything.

    Args:
        item: Item code.
        quantity: How many of it, in its stocking unit.
        wanted_on: The day the customer wants it; blank is as soon as it can be.
        opportunity: Opportunity whose lines are asked for together, instead of an item.
        customer: Who asks; its priority counts for the reservation.
        delivery: Whether it may come in parts, or only all at once.
        reserve: Hold the stock, receipts and hours that were found, so that nobody else is promised them.
        valid_until: Last day of the reservation; blank is a working week from the business date.
        priority: 1 is served first; blank takes the customer's.
        give_up: Number of a reservation to give up, such as PR-2026-00001; an item need not be named then.
        as_of: Business date; blank is the day the run was scheduled for.
        policies: Choices that differ from the plant's own.
    """
    from calculations.errors import KitlineError
    from tasks.order_promise import Request, answer_promise, in_sentences, release_reservation, reserve_promise

    as_of = business_date(as_of)
    result = {}
    if give_up:
        result = finish(_as_task(release_reservation)(give_up, as_of), send=False)
    if not (item or opportunity):
        if give_up:
            return result
        raise KitlineError("name an item and a quantity, or an opportunity")
    terms = delivery if delivery in ("partial", "complete") else ""
    request = Request(item, str(quantity or 0), wanted_on, opportunity, customer, priority, valid_until, terms)
    promise = _as_task(reserve_promise if reserve else answer_promise)
    answer = promise(request, as_of, policies)
    return finish(answer["summary"], send=False) | {
        "answer": in_sentences(answer),
        **{name: answer[name] for name in ("promises", "path", "reservations")},
    }


def _as_task(function):
    return task(function, name=function.__name__.replace("_", " "), cache_policy=NO_CACHE)
