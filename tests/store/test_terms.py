"""Whose data it is: a folder's own terms stand where the mapping is silent."""

import pytest

from gis.report import FileReport
from tests.store.test_city import CITY, Importer, point

TERMS = """
[territory.terms]
publisher = "Ville de Tiny"
licence = "Licence Ouverte 2.0"
frequency = "annual"
"""
LAYER = {"cabinets": ([point(0, 0)], {"code": ["Q"]})}
KEPT = """SELECT licence, report ->> 'publisher', report ->> 'frequency' FROM dataset
          ORDER BY id DESC LIMIT 1"""


@pytest.fixture
def importer(database, tmp_path):
    return Importer(database, tmp_path)


def test_a_folder_says_whose_its_layers_are(importer, monkeypatch):
    importer.canonical(**LAYER)
    assert importer.rows(KEPT) == [("", "", "")]
    monkeypatch.setattr("tests.store.test_city.CITY", CITY + TERMS)
    importer.canonical(**LAYER)
    assert importer.rows(KEPT) == [("Licence Ouverte 2.0", "Ville de Tiny", "annual")]


def test_what_a_mapping_says_of_it_is_not_mixed_with_it():
    report = FileReport("a.csv", "own", licence="ODbL")
    report.take_terms(licence="Licence Ouverte 2.0", publisher="Ville de Tiny")
    assert (report.licence, report.publisher) == ("ODbL", "")
