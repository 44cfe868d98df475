"""Open layers into a store: what they hold is there, and a second import changes nothing."""

import pytest

from control_center.importing import import_files
from twin.clock import SystemClock
from twin.store.city import CityReader


@pytest.mark.shared_data
@pytest.mark.parametrize(
    ("name", "kind", "count"),
    [
        ("flood/isere_ppri_romanche_aval_38DDT20130013_shp.zip", "flood_zone", 1_002),
        ("flood/loir_et_cher_aleas_inondation_braye_shp.zip", "flood_zone", 77),
        ("lorawan/tour_perret_endpoints.json", "sensor", 8),
    ],
)
def test_a_layer_is_stored_once(shared_data, database, tmp_path, *, name, kind, count):
    file = shared_data / name
    if not file.exists():
        pytest.skip(f"{file.name} is not among the open data here")
    clock = SystemClock()
    first = import_files(database, [file], clock=clock, home=tmp_path)
    assert sum(layer.added for layer in first.files[0].layers) >= count
    assert CityReader(database).places(kind).height == count
    again = import_files(database, [file], clock=clock, home=tmp_path)
    for layer in again.files[0].layers:
        assert (layer.added, layer.changed, layer.closed) == (0, 0, 0)
