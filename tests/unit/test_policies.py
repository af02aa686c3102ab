"""Policies: known names, known values, clear refusals."""

from datetime import date

import pytest

from calculations.policies import UnknownPolicy, resolve

DAY = date(2026, 3, 31)


def test_what_is_not_given_takes_its_default():
    policies = resolve({"loss": "divide"}, DAY)
    assert (policies["loss"], policies["allocation"], policies["period"]) == ("divide", "sequential", "2026-03")


@pytest.mark.parametrize(
    ("given", "message"),
    [
        ({"los": "divide"}, "no policy 'los'"),
        ({"loss": "add"}, "choose multiply or divide"),
        ({"forecast_backward_days": -1}, "whole number"),
        ({"conversion_degree": "half"}, "must be a number"),
        ({"markup": "0.2", "margin": "0.1"}, "not both"),
        ({"price_sources": ["gut feeling"]}, "price_sources must be some of"),
        ({"excluded_warehouses": "MAIN"}, "must be a list of names"),
        ({"price_sources": [1]}, "must be a list of names"),
        ({"period": "2026-13"}, "a month like"),
    ],
)
def test_a_wrong_policy_is_named_with_what_is_offered(given, message):
    with pytest.raises(UnknownPolicy, match=message):
        resolve(given, DAY)


def test_a_blank_policy_takes_its_default_and_a_count_may_be_text():
    policies = resolve({"excluded_warehouses": None, "forecast_backward_days": "0"}, DAY)
    assert (policies["excluded_warehouses"], policies["forecast_backward_days"]) == ([], 0)
