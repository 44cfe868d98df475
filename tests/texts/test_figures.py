"""Numbers, units, ranges, residents and chances as they are written."""

import re

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from control_center.catalogue import texts
from control_center.figures import Figures

FR, EN = Figures(texts("fr")), Figures(texts("en"))
NBSP = "\u00a0"


@pytest.mark.parametrize(
    ("value", "decimals", "french", "english"),
    [
        (1240, None, "1 240", "1,240"),
        (5.25, None, "5,2", "5.2"),
        (5.0, None, "5", "5"),
        (-86.4, 1, "−86,4", "−86.4"),
        (-0.01, 1, "0,0", "0.0"),
        (1_284_310, 0, "1 284 310", "1,284,310"),
    ],
)
def test_a_number(value: float, decimals: int | None, french: str, english: str) -> None:
    assert FR.number(value, decimals) == french.replace(" ", NBSP)
    assert EN.number(value, decimals) == english


@pytest.mark.parametrize(
    ("value", "unit", "french", "english"),
    [
        (62, "cm", "62 cm", "62 cm"),
        (78, "percent", "78 %", "78%"),
        (2400, "euro", "2 400 €", "€2,400"),
        (12_400, "kWh", "12 400 kWh", "12,400 kWh"),
    ],
)
def test_a_quantity(value: float, unit: str, french: str, english: str) -> None:
    assert FR.quantity(value, unit).replace(NBSP, " ") == french
    assert EN.quantity(value, unit).replace(NBSP, " ") == english


def test_a_depth_is_told_in_whole_centimetres() -> None:
    assert FR.centimetres(0.624).replace(NBSP, " ") == "62 cm"


def test_a_range_is_rounded_outwards_alike() -> None:
    assert FR.range(11_123, 13_651, "kWh").replace(NBSP, " ") == "entre 11 100 et 13 700 kWh"
    assert EN.range(11_123, 13_651, "kWh").replace(NBSP, " ") == "between 11,100 and 13,700 kWh"


@given(low=st.floats(-1e7, 1e7), width=st.floats(1e-3, 1e6))
def test_a_range_holds_what_it_was_made_from(low: float, width: float) -> None:
    high = low + width
    assume(high > low)
    written = FR.range(low, high, "kWh")
    figures = [
        float(text.replace(NBSP, "").replace("−", "-").replace(",", "."))
        for text in re.findall(rf"−?\d[\d{NBSP}]*(?:,\d+)?", written)
    ]
    first, last = figures
    noise = 1e-8 * max(abs(low), abs(high))
    assert first <= low + noise
    assert last >= high - noise


@pytest.mark.parametrize(
    ("count", "written"),
    [
        (None, None),
        (0, None),
        (24, None),  # under eleven households
        (25, "moins de 100 habitants"),
        (99, "moins de 100 habitants"),
        (100, "environ 100 habitants"),
        (437, "environ 440 habitants"),
        (1243, "environ 1 240 habitants"),
    ],
)
def test_residents_cannot_be_told_apart(count: float | None, written: str | None) -> None:
    told = FR.residents(count)
    assert (told and told.replace(NBSP, " ")) == written


@pytest.mark.parametrize(
    ("probability", "written"),
    [
        (0.59, None),
        (0.6, "environ 6 chances sur 10"),
        (0.78, "environ 8 chances sur 10"),
        (0.95, "environ 9 chances sur 10"),
        (0.951, "plus de 9 chances sur 10"),
        (1.0, "plus de 9 chances sur 10"),
    ],
)
def test_chances_are_told_in_tenths_and_never_certain(
    probability: float, written: str | None
) -> None:
    assert FR.chances(probability) == written


@given(st.floats(0, 1))
def test_a_share_reads_whole_only_when_it_is(share: float) -> None:
    written = FR.percent(share).replace(NBSP, " ")
    assert (written == "100 %") == (share == 1)
    assert (written == "0 %") == (share == 0)


@pytest.mark.parametrize(
    ("count", "written"), [(7, "7"), (38, "38"), (147, "150"), (1482, "1 500")]
)
def test_a_deduced_count_keeps_two_figures(count: int, written: str) -> None:
    assert FR.about(count).replace(NBSP, " ") == f"environ {written}"
