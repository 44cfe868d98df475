import polars as pl
import pytest
from hypothesis import given
from hypothesis import strategies as st

from gis.street_names import display_name, street_key, street_keys, streets_of


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("Bd. de l’Université", "BOULEVARD DE L'UNIVERSITE"),
        ("Av St-Exupéry", "avenue Saint Exupéry"),
        ("P.zza  Duomo", "Piazza Duomo"),
        ("V.le Roma", "viale roma"),
        ("Rue de l'Œuvre", "rue de l'oeuvre"),
        ("imp. des Lilas", "Impasse des Lilas"),
    ],
)
def test_two_ways_of_writing_a_street_are_one(one, other):
    assert street_key(one) == street_key(other)


@pytest.mark.parametrize(
    ("one", "other"),
    [("Rue Foch", "Avenue Foch"), ("Rue du 8 Mai", "Rue du 11 Novembre"), ("R", "Rue R")],
)
def test_two_streets_stay_two(one, other):
    assert street_key(one) != street_key(other)


def test_the_key_is_a_slug_that_people_can_read():
    assert street_key("Via Dell'Erica") == "via-dell-erica"
    assert street_key("Pl. de la Comédie") == "place-de-la-comedie"


def test_names_in_other_letters_keep_apart():
    assert street_key("شارع النصر") != street_key("شارع الحرية")
    assert street_key("  ") == ""


@given(st.text(max_size=80))
def test_a_key_is_always_fit_for_an_address_and_its_own_key(name):
    key = street_key(name)
    assert all(sign.isascii() and (sign.isalnum() or sign == "-") for sign in key)
    assert street_key(key.replace("-", " ")) == key or not key


def test_names_are_keyed_as_a_column_and_nothing_stays_nothing():
    assert street_keys(pl.Series(["Rue A", None, "", "rue a"])).to_list() == [
        "rue-a", None, None, "rue-a",
    ]  # fmt: skip


def test_a_street_is_called_as_most_write_it_and_nobody_shouts():
    names = pl.Series(["RUE  FOCH", "Rue Foch", "Rue Foch", "VIA ROMA", None])
    assert streets_of(names).rows() == [("rue-foch", "Rue Foch"), ("via-roma", "Via Roma")]
    assert display_name("Rue  de l’Été") == "Rue de l’Été"
