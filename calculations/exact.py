"""Exact arithmetic on quantities and money: integers counted in micro-units (10⁻⁶ of a unit).

Plain int64 arithmetic overflows silently and floats lose digits, so products and quotients go through
`multiply_divide` and the `round_*` functions: int64 where a float estimate proves it safe, Python integers elsewhere.
"""

from decimal import Decimal, InvalidOperation
from math import gcd

import numpy as np

from calculations.errors import InvalidNumber, QuantityOverflow

MICRO = 1_000_000
LARGEST = 2**63 - 1
# Below this magnitude a float64 estimate proves that an int64 product did not wrap, with room for the added divisor.
SAFE_PRODUCT = 2.0**62


def to_micro(value: Decimal | int | str) -> int:
    """Micro-units of a decimal number.

    Raises:
        InvalidNumber: not a finite plain decimal, or more than six decimals.
        QuantityOverflow: beyond the range of int64 micro-units.

    >>> to_micro("12.5")
    12500000
    """
    try:
        # Decimal reads Python's 1_000, which no table means
        scaled = Decimal(str(value).replace("_", " ")) * MICRO
        whole = int(scaled)
    except (InvalidOperation, ValueError, OverflowError) as error:
        raise InvalidNumber(f"{value!r} is not a number; write it like 1234.5") from error
    if scaled != whole:
        raise InvalidNumber(f"{value} has more than six decimals; round it to six")
    if abs(whole) > LARGEST:
        raise QuantityOverflow(f"{value} is larger than Kitline can count exactly (9.2 × 10¹²); use a larger unit")
    return whole


def from_micro(micro: int) -> Decimal:
    """The decimal number of micro-units, without trailing zeros or exponent.

    >>> from_micro(12_500_000), from_micro(100_000_000)
    (Decimal('12.5'), Decimal('100'))
    """
    return Decimal(micro_text(micro))


def micro_text(micro: int) -> str:
    """Plain decimal text of micro-units.

    >>> micro_text(-1_250_000), micro_text(7)
    ('-1.25', '0.000007')
    """
    whole, rest = divmod(abs(int(micro)), MICRO)
    fraction = f"{rest:06d}".rstrip("0")
    return ("-" if micro < 0 else "") + str(whole) + ("." + fraction if fraction else "")


def step_of(decimals: np.ndarray | int) -> np.ndarray | int:
    """The smallest countable quantity, in micro-units, of an item with so many decimals.

    >>> step_of(0), step_of(2)
    (1000000, 10000)
    """
    return (
        10 ** (6 - np.asarray(decimals, dtype=np.int64)) if isinstance(decimals, np.ndarray) else 10 ** (6 - decimals)
    )


def checked(values) -> np.ndarray:
    """Python integers as int64. Raises QuantityOverflow instead of wrapping."""
    try:
        return np.asarray(values, dtype=np.int64)
    except OverflowError as error:
        raise QuantityOverflow(
            "a quantity or amount is larger than Kitline can count exactly (9.2 × 10¹²); use a larger unit"
        ) from error


def _divide_int64(product: np.ndarray, divisor: np.ndarray, rounding: str) -> np.ndarray:
    if rounding == "down":
        return product // divisor
    if rounding == "up":
        return -((-product) // divisor)
    # half up means away from zero, as cash is rounded: −2.5 becomes −3
    return np.sign(product) * ((2 * np.abs(product) + divisor) // (2 * divisor))


def _divide_python(product: int, divisor: int, rounding: str) -> int:
    if rounding == "down":
        return product // divisor
    if rounding == "up":
        return -((-product) // divisor)
    sign = -1 if product < 0 else 1
    return sign * ((2 * abs(product) + divisor) // (2 * divisor))


def multiply_divide(a, numerator, denominator, rounding: str = "half_up") -> np.ndarray:
    """a × numerator ÷ denominator, exact, as int64; the three are broadcast against each other.

    Args:
        a, numerator: integers (arrays or scalars). denominator: integers > 0.
        rounding: "half_up" (away from zero), "up" (towards +∞) or "down" (towards −∞).
    Raises:
        QuantityOverflow: a result does not fit int64; nothing wraps.

    >>> multiply_divide([10, 7], 1, 3).tolist(), multiply_divide(10**15, 10**9, 10**9).tolist()
    ([3, 2], 1000000000000000)
    """
    a, numerator, denominator = np.broadcast_arrays(
        np.asarray(a, dtype=np.int64), np.asarray(numerator, dtype=np.int64), np.asarray(denominator, dtype=np.int64)
    )
    estimate = np.abs(a.astype(np.float64)) * np.abs(numerator.astype(np.float64))
    unsafe = (estimate > SAFE_PRODUCT / 4) | (denominator > SAFE_PRODUCT / 4)
    if not unsafe.any():
        return _divide_int64(a * numerator, denominator, rounding)
    with np.errstate(over="ignore"):
        result = np.where(unsafe, 0, _divide_int64(np.where(unsafe, 0, a * numerator), denominator, rounding))
    exact = [
        _divide_python(x * y, z, rounding)
        for x, y, z in zip(a[unsafe].tolist(), numerator[unsafe].tolist(), denominator[unsafe].tolist(), strict=True)
    ]
    result[unsafe] = checked(exact)
    return result


def round_up_to(numerator, denominator, step) -> np.ndarray:
    """numerator ÷ denominator micro-units, rounded up to whole steps.

    A tolerance of one micro-unit stands before the rounding, so that 3 × 0.333334 is 1 and not 2; an item counted in
    single micro-units (step 1) has no room for it.

    >>> round_up_to(1_000_001, 1, 1_000_000).tolist(), round_up_to(1_000_002, 1, 1_000_000).tolist()
    (1000000, 2000000)
    """
    step = np.asarray(step, dtype=np.int64)
    whole = multiply_divide(numerator, 1, denominator, "up")
    # whole − 1 is below the true value by less than the tolerance, except where the value is no integer
    tolerance = (step > 1).astype(np.int64)
    return -((-(whole - tolerance)) // step) * step


def round_down_to(numerator, denominator, step) -> np.ndarray:
    """numerator ÷ denominator micro-units, rounded down to whole steps.

    >>> round_down_to(1_999_999, 1, 1_000_000).tolist()
    1000000
    """
    step = np.asarray(step, dtype=np.int64)
    return multiply_divide(numerator, 1, denominator, "down") // step * step


def round_half_up(numerator, denominator=1, step=1) -> np.ndarray:
    """numerator ÷ denominator, rounded half up (away from zero) to whole steps.

    >>> round_half_up(2_345_000, 1, 10_000).tolist()
    2350000
    """
    step = np.asarray(step, dtype=np.int64)
    denominator = np.asarray(denominator, dtype=np.int64)
    if step.max(initial=1) > 1 and denominator.max(initial=1) > LARGEST // int(step.max(initial=1)):
        raise QuantityOverflow("a divisor is too large to round exactly; use a larger unit")
    return multiply_divide(numerator, 1, denominator * step) * step


def minor_unit(amount_micro, decimals: int = 2) -> np.ndarray:
    """Amounts rounded half up to the currency's minor unit (cents for two decimals).

    >>> minor_unit([1_005_000, -1_005_000]).tolist()
    [1010000, -1010000]
    """
    return round_half_up(amount_micro, 1, step_of(decimals))


def split_by_largest_remainder(total: int, weights: list[int], step: int = 1) -> list[int]:
    """Parts of `total` in proportion to the weights, in whole steps, that sum to `total` exactly.

    What is left after rounding down goes to the largest remainders, ties to the earlier part; without any weight the
    parts are equal. A total that is no multiple of the step leaves its rest on the first part by
    remainder.
    Source: Hamilton's method of apportionment.

    >>> split_by_largest_remainder(100, [1, 1, 1])
    [34, 33, 33]
    """
    if not weights:
        if total:
            raise ValueError("nothing to split the total over")
        return []
    if min(weights) < 0:
        raise ValueError("weights must not be negative")
    if not sum(weights):
        weights = [1] * len(weights)
    sign = -1 if total < 0 else 1
    steps, rest = divmod(abs(total), step)
    base = sum(weights)
    shares = [divmod(steps * weight, base) for weight in weights]
    parts = [share for share, _ in shares]
    by_remainder = sorted(range(len(weights)), key=lambda part: (-shares[part][1], part))
    for part in by_remainder[: steps - sum(parts)]:
        parts[part] += 1
    parts = [part * step for part in parts]
    parts[by_remainder[0]] += rest
    return [sign * part for part in parts]


def reduced(numerator: int, denominator: int) -> tuple[int, int]:
    """The same ratio in lowest terms, which keeps later products inside int64.

    >>> reduced(6, 4)
    (3, 2)
    """
    common = gcd(numerator, denominator) or 1
    return numerator // common, denominator // common
