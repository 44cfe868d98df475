"""Least squares and its exact variance: solved by hand, against scipy, limits."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy import stats

from tests.twin.evaluation.synthetic import noise
from twin.evaluation import regression


def design(x):
    return np.stack([np.ones_like(x), x], axis=1)


def test_four_points_solved_by_hand():
    # y = 1 + 2x + (1, -1, -1, 1)/2 at x = 0..3: slope 2, constant 1, SSE 1, s² = 1/2
    x = np.arange(4.0)
    fit = regression.fit(np.array([[1.5, 2.5, 4.5, 7.5]]), design(x))
    assert fit.coefficients[0] == pytest.approx([1.0, 2.0])
    assert fit.rmse[0] == pytest.approx(np.sqrt(0.5))
    assert fit.autocorrelation[0] == 0.0  # (-1 + 1 - 1)/3 is negative: floored
    # two reporting days at x = 4: m + m²(1/n + (4 - 1.5)²/Sxx) = 2 + 4 (1/4 + 6.25/5) = 8
    found = regression.saving(fit, np.array([[1.0, 2.0]]), design(np.array([4.0, 4.0])))
    assert found.saving_kwh[0] == pytest.approx(2 * 9 - 3)
    student = stats.t.ppf(0.95, 4 - 2)
    assert found.half_width_kwh[0] == pytest.approx(student * np.sqrt(0.5 * 8))


def test_a_year_against_a_like_year_widens_by_root_two():
    x = np.tile([8.0, 10.0, 12.0, 14.0, 16.0], 73)
    fit = regression.fit(x[None] * 2 + noise((1, 365), 0.0, 0), design(x))
    found = regression.saving(fit, x[None], design(x))
    scatter = fit.rmse[0] * np.sqrt(fit.inflation[0])
    quantile = regression.student(0.9, fit.degrees_of_freedom)[0]
    assert found.half_width_kwh[0] / (quantile * scatter * np.sqrt(365)) == pytest.approx(
        np.sqrt(2), rel=1e-9
    )


@given(seed=st.integers(0, 10_000), slope=st.floats(-5, 5), constant=st.floats(-5, 5))
@settings(max_examples=30)
def test_it_is_the_regression_that_scipy_computes(seed, slope, constant):
    x = np.linspace(8, 16, 40)
    y = constant + slope * x + noise((1, 40), 0.0, seed)[0]
    ours, theirs = regression.fit(y[None], design(x)), stats.linregress(x, y)
    assert ours.coefficients[0] == pytest.approx([theirs.intercept, theirs.slope], abs=1e-8)
    assert ours.r2[0] == pytest.approx(theirs.rvalue**2, abs=1e-9)
    standard_error = ours.rmse[0] * np.sqrt(ours.unscaled_covariance[0, 1, 1])
    assert standard_error == pytest.approx(theirs.stderr)


def test_a_missing_day_is_as_if_it_had_never_been():
    x = np.linspace(8, 16, 30)
    y = 3 * x + noise((1, 30), 0.0, 5)
    y[0, [0, 29]] = np.nan
    fit = regression.fit(y, design(x))
    short = regression.fit(y[:, 1:29], design(x[1:29]))
    assert fit.points[0] == 28
    assert fit.coefficients == pytest.approx(short.coefficients)
    assert fit.rmse == pytest.approx(short.rmse)


def test_a_regressor_that_never_varies_gives_no_coefficients():
    fit = regression.fit(noise((1, 20), 0.0, 1) + 5, design(np.full(20, 12.0)))
    assert np.isnan(fit.coefficients).all()


@pytest.mark.parametrize("true", [0.0, 0.3, 0.7])
def test_autocorrelation_is_found_in_spite_of_gaps(true):
    series = noise((200, 365), true, 9)
    series[np.random.default_rng(1).random(series.shape) < 0.1] = np.nan
    assert regression.lag_one(series).mean() == pytest.approx(true, abs=0.03)


def test_days_around_a_gap_are_not_neighbours():
    assert regression.lag_one(np.array([[2.0, np.nan, 2.0, np.nan, 2.0]]))[0] == 0.0


def test_fewer_than_one_degree_of_freedom_gives_no_interval():
    assert np.isnan(regression.student(0.9, np.array([0.5]))[0])
