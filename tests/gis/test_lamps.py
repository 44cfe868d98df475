from datetime import date

import polars as pl
import pytest
from hypothesis import given
from hypothesis import strategies as st

from gis import lamps
from gis.lamp_facts import END_OF_PRODUCTION, SCHEMA, describe_lamp, describe_lamps, mains_estimates
from gis.lamps import read_lamp, read_lamps


@pytest.mark.parametrize(
    ("text", "technology", "watts"),
    [
        pytest.param("Sodio AP 250", lamps.SODIUM_HIGH_PRESSURE, 250, id="italian"),
        pytest.param("LED ( 28 12V 1W )", lamps.LED, 28, id="twenty-eight of one watt"),
        pytest.param("Alogena ( 6x12V 8,5W )", lamps.HALOGEN, 51, id="quantity, volts, unit power"),
        pytest.param("Dicroiche 12V 50W", lamps.HALOGEN, 50, id="volts are no watts"),
        pytest.param("Halospot 111 12V 50", lamps.HALOGEN, 50, id="a diameter is no wattage"),
        pytest.param("Vapori Di Mercurio BF 125", lamps.MERCURY, 125, id="mercury"),
        pytest.param("Luce Miscelata LM 250", lamps.MIXED_LIGHT, 250, id="LM is no lumen"),
        pytest.param("Basso consumo", lamps.COMPACT_FLUORESCENT, None, id="no figure"),
        pytest.param("LED", lamps.LED, None, id="no figure either"),
        pytest.param("SHP 150 W", lamps.SODIUM_HIGH_PRESSURE, 150, id="french"),
        pytest.param("Sodium basse pression 90W", lamps.SODIUM_LOW_PRESSURE, 90, id="low pressure"),
        pytest.param("Iodures métalliques 2 x 70W", lamps.METAL_HALIDE, 140, id="two lamps"),
        pytest.param("Ballon fluo 125", lamps.MERCURY, 125, id="ballon fluo"),
        pytest.param("Tube fluorescent 36 W", lamps.FLUORESCENT, 36, id="tube"),
        pytest.param("Metal halide 3000K 150W 14000lm", lamps.METAL_HALIDE, 150, id="english"),
        pytest.param("LED 36W 4000K 700mA", lamps.LED, 36, id="colour and current"),
        pytest.param("High pressure sodium 70W 230V", lamps.SODIUM_HIGH_PRESSURE, 70, id="mains"),
        pytest.param("VSAP 150", lamps.SODIUM_HIGH_PRESSURE, 150, id="spanish"),
        pytest.param("Halogenuros metálicos 70W", lamps.METAL_HALIDE, 70, id="spanish halide"),
        pytest.param("Mât 8 m", None, 8, id="an unknown text gives its only figure"),
        pytest.param("inconnu", None, None, id="nothing"),
        pytest.param("LED 99999", lamps.LED, None, id="no lamp is that strong"),
    ],
)
def test_a_lamp_text_says_its_technology_and_watts(text, technology, watts):
    assert read_lamp(text) == (technology, watts)


def test_a_column_is_read_as_its_texts_are_and_null_stays_null():
    texts = pl.Series(["LED 30", None, "Sodio AP 70", "LED 30", ""])
    read = read_lamps(texts)
    assert read["lamp_w"].to_list() == [30, None, 70, 30, None]
    assert read["technology"].to_list() == ["led", None, "sodium_high_pressure", "led", None]


def test_an_empty_column_gives_an_empty_frame_of_the_same_shape():
    assert read_lamps(pl.Series([], dtype=pl.String)).schema == lamps.SCHEMA


@given(
    st.integers(1, 99),
    st.integers(1, 400).map(lambda tenths: tenths / 10),
    st.sampled_from(["{n}x{w}W", "{n} x {w} W", "LED {n}×{w}w", "( {n} 12V {w}W )"]),
)
def test_quantity_times_unit_power_holds_for_any_figures(count, unit, form):
    text = form.format(n=count, w=str(unit).replace(".", ","))
    watts = read_lamp(text).lamp_w
    assert watts == pytest.approx(count * unit)


@given(st.text(max_size=60))
def test_no_text_breaks_the_reader(text):
    technology, watts = read_lamp(text)
    assert technology is None or technology in lamps.TECHNOLOGIES
    assert watts is None or 0 < watts <= 5000


@pytest.mark.parametrize(
    ("text", "mains", "ends"),
    [
        pytest.param("Sodio AP 150", 165.0, date(2027, 2, 24), id="Limoges' ballast"),
        pytest.param("HM 250W", 295.0, None, id="halide: no certain date"),
        pytest.param("LED 70", 73.0, None, id="a driver"),
        pytest.param("Ballon fluo 125", 137.5, date(2015, 4, 13), id="a ballast without a table"),
        pytest.param("Incandescenza 100W", 100.0, date(2012, 9, 1), id="no gear at all"),
        pytest.param(
            "Luce Miscelata LM 250", 250.0, None, id="its own ballast; no source for a day"
        ),
        pytest.param("Basso consumo", None, date(2023, 2, 24), id="no wattage, yet a last year"),
        pytest.param("inconnu", None, None, id="nothing"),
    ],
)
def test_power_at_the_mains_and_the_last_year_follow_from_a_lamp(text, mains, ends):
    facts = describe_lamp(text)
    assert facts.mains_estimate_w == mains
    assert facts.end_of_production == ends


def test_every_last_day_names_its_act_and_its_source():
    for technology, last in END_OF_PRODUCTION.items():
        assert technology in lamps.TECHNOLOGIES
        assert last.act
        assert len(last.source) > 20


def test_a_reading_is_the_surer_the_more_the_text_says():
    said = ["Sodium 150 W", "Sodium 150", "SHP 150", "SHP 137", "Sodium", "lampe 80", "??"]
    sure = [describe_lamp(text).lamp_confidence for text in said]
    assert sure == sorted(sure, reverse=True)
    assert sure[0] > 0.95
    assert sure[-1] == 0
    assert sure[-3] < 0.5


def test_a_column_is_described_text_by_text():
    texts = pl.Series(["LED 70", None, "SHP 150 W", "LED 70"])
    facts = describe_lamps(texts)
    assert facts.schema == SCHEMA
    assert facts["mains_estimate_w"].to_list() == [73.0, None, 165.0, 73.0]
    single = describe_lamp("SHP 150 W")
    assert facts.row(2) == tuple(single)
    estimates = mains_estimates(facts["technology"], facts["lamp_w"])
    assert estimates.to_list() == facts["mains_estimate_w"].to_list()


@given(st.text(max_size=40))
def test_no_text_breaks_what_follows(text):
    facts = describe_lamp(text)
    assert 0 <= facts.lamp_confidence <= 1
    assert facts.mains_estimate_w is None or facts.mains_estimate_w >= facts.lamp_w
