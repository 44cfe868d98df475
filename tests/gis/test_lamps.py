import polars as pl
import pytest
from hypothesis import given
from hypothesis import strategies as st

from gis import lamps
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
