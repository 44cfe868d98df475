import pytest

from gis.errors import MappingInvalid, NotRecognised
from gis.layers import LAYERS
from gis.mapping import builtin_mapping, builtin_mappings, read_mapping, read_territory
from gis.recognise import mapping_called, recognise
from tests.gis.files import LIMITS, write_mapping, write_text

LIGHTS = """
[[layers]]
layer = "streetlights"
[layers.columns]
code = "id"
"""


#: Of a standard and of no place: they are extended with a territory, or meet one in the store.
OF_ANY_PLACE = {
    "ban-addresses", "copernicus-ems", "covadis-ppr", "insee-population", "osm", "rge-alti", "srtm",
    "tri-depths",
}  # fmt: skip


def test_every_mapping_that_ships_is_sound_and_says_whom_to_credit():
    mappings = builtin_mappings()
    assert {"canonical", "lecce-lights", "montpellier-lights"} <= {m.name for m in mappings}
    for mapping in mappings:
        if not mapping.canonical:
            assert mapping.licence, mapping.name
            assert mapping.attribution, mapping.name
            assert (mapping.home is None) == (mapping.name in OF_ANY_PLACE), mapping.name


def test_the_canonical_mapping_knows_every_layer_by_its_file_name():
    canonical = builtin_mapping("canonical")
    assert {pattern.removesuffix(".*") for pattern in canonical.match.files} == set(LAYERS)


@pytest.mark.parametrize(
    ("text", "word"),
    [
        pytest.param("layers = 3", "layers", id="a wrong type"),
        pytest.param("[[layers]", "", id="no TOML"),
        pytest.param('colour = "red"', "colour", id="an unknown key"),
        pytest.param(
            "", "one of `canonical = true`, [[layers]] and [surface]", id="nothing to make"
        ),
        pytest.param('[[layers]]\nlayer = "moons"', "no layer 'moons'", id="an unknown layer"),
        pytest.param(LIGHTS + 'wheels = "x"', "no column 'wheels'", id="an unknown column"),
        pytest.param(
            '[[layers]]\nlayer = "streetlights"', "needs a rule for column 'code'", id="no code"
        ),
        pytest.param(
            LIGHTS + 'street = { column = "a", constant = "b" }', "2 are given", id="two origins"
        ),
        pytest.param(LIGHTS + 'street = { lookup = {a = "b"} }', "0 are given", id="no origin"),
        pytest.param(
            LIGHTS + 'street = { column = "a", extract = "(" }', "cannot be used", id="bad pattern"
        ),
        pytest.param(
            LIGHTS + '[layers.properties]\nlamp_w = "w"', "canonical column", id="property clash"
        ),
        pytest.param('[[skip]]\ncolumn = "a"\n' + LIGHTS, "must give its reason", id="mute skip"),
        pytest.param('territory = "atlantis"\n' + LIGHTS, "atlantis.toml", id="no such place"),
    ],
)
def test_a_wrong_mapping_is_refused_with_the_word_that_is_wrong(tmp_path, text, word):
    with pytest.raises(MappingInvalid, match=r"mine\.toml|atlantis\.toml") as refused:
        write_mapping(tmp_path / "mine.toml", text)
    assert word in refused.value.sentence


def test_a_mapping_that_is_not_there_is_told(tmp_path):
    with pytest.raises(MappingInvalid, match="cannot be read"):
        read_mapping(tmp_path / "none.toml")


def test_the_territory_of_a_city_file_is_read(tmp_path):
    file = write_text(
        tmp_path / "city.toml",
        "[territory]",
        'slug = "t"\nname = "T"\ntimezone = "UTC"\nlongitude = 1.0\nlatitude = 2.0',
        "simulated = true",
    )
    assert read_territory(file).simulated


def test_a_file_is_recognised_by_its_name_whatever_its_case(tmp_path):
    file = write_text(
        tmp_path / "LECCE_Quadri_2020.CSV",
        "X,Y,ID,NUMERO_UTE,VIA1_NOME,VIA1_CAMPO,TUTTA_NOTT,PORTATA,COMUNE,CONSERVAZI,REGOLATORE,"
        "TIPO_ACCEN,TELESEGNAL",
        "18.1,40.3,1,,VIA,ROMA,SI,9,,,,,",
    )
    assert recognise(file, LIMITS).mapping.name == "lecce-cabinets"


def test_a_file_is_recognised_by_its_columns_where_its_name_says_nothing(tmp_path):
    file = write_text(
        tmp_path / "export.csv",
        "X,Y,LINEA,QUADRO,RECNO,PALO,ARMATURA,LAMPADA,indirizzo,Data_Attiv",
        "18.1,40.3,A,1,1,,,LED 30,Via Roma,",
    )
    assert recognise(file, LIMITS).mapping.name == "lecce-lights"


def test_an_unknown_file_is_told_what_was_found_and_what_to_do(tmp_path):
    file = write_text(tmp_path / "export.csv", "a,b", "1,2")
    with pytest.raises(NotRecognised, match=r"columns found: a, b; .*--mapping"):
        recognise(file, LIMITS)


def test_a_mapping_is_called_by_name_or_by_path(tmp_path):
    (tmp_path / "mine.toml").write_text(LIGHTS)
    assert mapping_called(str(tmp_path / "mine.toml")).name == "mine"
    assert mapping_called("lecce-lights").name == "lecce-lights"
    with pytest.raises(NotRecognised, match=r"known: ban-addresses, braye.*lecce-lights"):
        mapping_called("atlantis")


def test_a_canonical_file_must_be_called_after_a_layer(tmp_path):
    file = write_text(tmp_path / "moons.csv", "code", "1")
    with pytest.raises(NotRecognised, match="named after its layer"):
        recognise(file, LIMITS, builtin_mapping("canonical"))
