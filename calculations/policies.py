"""The choices a plant makes once: their names, allowed values and defaults (design: semantics, tables)."""

from datetime import date

from calculations.errors import KitlineError


class UnknownPolicy(KitlineError):
    """A policy's name or value that Kitline does not know."""

    kind = "unknown_policy"


CHOICES = {
    "loss": ("multiply", "divide"),
    "phantom_stock": ("consume", "ignore"),
    "substitute_uncovered": ("main", "substitute"),
    "allocation": ("sequential", "independent"),
    "level": ("single", "all"),
    "horizon": ("on_hand", "with_receipts"),
    "kits_for": ("sales_orders", "opportunities", "work_orders", "planned_orders"),
    "served_by": ("due_date", "priority", "number"),
    "other_orders": ("occupy", "ignore"),
    "wip": ("equivalent_units", "first_in_first_out", "quota", "none"),
    "valuation": ("period_average", "first_in_first_out"),
    "backflush_shortage": ("refuse", "post"),
    "delivery": ("partial", "complete"),
    "import_mode": ("good_rows", "all_or_nothing"),
    "approver": ("anyone", "somebody_else"),
    "merge_purchase": ("supplier", "item", "none"),
    "merge_production": ("item", "none"),
    "merge_subcontract": ("item", "none"),
}
# Kinds of supply order, each with a limit of its own where `approval_limit` gives several.
LIMITED = ("purchase", "production", "subcontract")
PRICE_SOURCES = ("last_receipt", "supplier", "standard", "average")

DEFAULTS = {
    **{name: values[0] for name, values in CHOICES.items()},
    "forecast_backward_days": 30,
    "forecast_forward_days": 30,
    "only_orders": [],
    "release_within_days": 0,
    "excluded_warehouses": [],
    "negative_stock_warehouses": [],
    "material_degree": 1,
    "conversion_degree": "0.5",
    "price_sources": ["last_receipt", "supplier", "standard"],
    "markup": None,
    "margin": None,
    "period": None,
    "exception_days": 2,
    "exception_value": 1,
    "merge_window_days": 5,
    "reservation_days": 5,
    "warning_days": 3,
    "stalled_days": 3,
    "approval_limit": None,
    "frozen_fence_days": 0,
    "over_completion_percent": 0,
    "over_issue_percent": 0,
    "over_release_percent": 0,
    "currency_decimals": 2,
}
# Whole numbers from 0 to a bound; a window longer than a century is a slip of the keyboard.
COUNTS = {"forecast_backward_days": 36600, "forecast_forward_days": 36600, "merge_window_days": 36600,
          "exception_days": 3660, "release_within_days": 3660, "reservation_days": 3660,
          "frozen_fence_days": 3660, "warning_days": 3660, "stalled_days": 3660,
          "currency_decimals": 6}  # fmt: skip
LISTS = ("excluded_warehouses", "negative_stock_warehouses", "only_orders", "price_sources")
NUMBERS = ("material_degree", "conversion_degree", "markup", "margin", "approval_limit", "exception_value",
           "over_completion_percent", "over_issue_percent", "over_release_percent")  # fmt: skip


def resolve(given: dict | None, as_of: date) -> dict:
    """Every policy with its value: the given ones over the defaults.

    `period` blank becomes the month of `as_of`; decimals stay text or int and are read exactly where they are used.

    Raises:
        UnknownPolicy: a name or value that is not offered; the message lists what is.

    >>> resolve({"loss": "divide"}, date(2026, 1, 5))["period"]
    '2026-01'
    """
    # a blank policy is one that is not given; counts may be written as text, like every number
    given = {name: _count(name, value) for name, value in (given or {}).items()
             if value is not None or name not in DEFAULTS}  # fmt: skip
    for name, value in given.items():
        _check(name, value)
    policies = {**DEFAULTS, **given}
    if policies["markup"] is not None and policies["margin"] is not None:
        raise UnknownPolicy("give markup (on cost) or margin (on price), not both")
    policies["period"] = policies["period"] or as_of.strftime("%Y-%m")
    return policies


def _check(name: str, value) -> None:
    if name not in DEFAULTS:
        raise UnknownPolicy(f"there is no policy {name!r}; known are {', '.join(sorted(DEFAULTS))}")
    if name in CHOICES and value not in CHOICES[name]:
        raise UnknownPolicy(f"{name} cannot be {value!r}; choose {' or '.join(CHOICES[name])}")
    if name in LISTS and not (isinstance(value, list) and all(isinstance(entry, str) for entry in value)):
        raise UnknownPolicy(f'{name} must be a list of names, like ["MAIN"], not {value!r}')
    if name == "price_sources" and (not value or set(value) - set(PRICE_SOURCES)):
        raise UnknownPolicy(f"price_sources must be some of {', '.join(PRICE_SOURCES)}, not {value!r}")
    if name in COUNTS and (isinstance(value, bool) or not isinstance(value, int) or not 0 <= value <= COUNTS[name]):
        raise UnknownPolicy(f"{name} must be a whole number from 0 to {COUNTS[name]}, not {value!r}")
    if name == "approval_limit" and isinstance(value, dict):
        _check_limits(value)
    elif name in NUMBERS and value is not None:
        _check_number(name, value)
    if name == "period" and value is not None and not _is_period(value):
        raise UnknownPolicy(f"period must be a month like 2026-01, not {value!r}")


def _count(name: str, value):
    return int(value) if name in COUNTS and isinstance(value, str) and value.isdecimal() else value


def _check_limits(limits: dict) -> None:
    unknown = sorted(set(limits) - set(LIMITED))
    if unknown:
        raise UnknownPolicy(f"approval_limit has no kind {unknown[0]!r}; it has {', '.join(LIMITED)}")
    for kind, limit in limits.items():
        if limit is not None:
            _check_number(f"approval_limit of {kind}", limit)


def _check_number(name: str, value) -> None:
    from calculations.exact import to_micro

    try:
        negative = to_micro(value) < 0
    except KitlineError as error:
        raise UnknownPolicy(f"{name} must be a number, not {value!r}") from error
    if negative:
        raise UnknownPolicy(f"{name} must not be negative, and {value!r} is")


def _is_period(value) -> bool:
    try:
        date.fromisoformat(f"{value}-01")
    except ValueError:
        return False
    return len(value) == 7
