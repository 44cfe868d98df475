"""Random small networks for Hypothesis."""

from hypothesis import strategies as st

from tests.twin.incidents.oracle import Network


@st.composite
def forests(draw: st.DrawFn) -> Network:
    """Draw a forest of devices with lights and everything that hangs on them."""
    size = draw(st.integers(0, 12))
    ids = draw(st.permutations(range(100, 100 + size)))
    parents = {
        ids[k]: draw(
            st.one_of(st.just([]), st.sampled_from(ids[:k]).map(lambda p: [p]))
            if k
            else st.just([])
        )
        for k in range(size)
    }
    device = st.sampled_from([None, *ids])
    lights = {
        light: draw(device)
        for light in draw(st.permutations(range(1000, 1000 + draw(st.integers(0, 15)))))
    }
    network = Network(parents=parents, lights=lights)
    network.cm = {x: draw(st.integers(0, 3)) * 1000 for x in lights}
    network.street = {x: draw(st.integers(1, 3)) for x in lights if draw(st.booleans())}
    network.residents = {x: draw(st.one_of(st.just(5000), st.integers(0, 9999))) for x in lights}
    if draw(st.booleans()):
        network.residents = {x: p for x, p in network.residents.items() if draw(st.booleans())}
    several = (
        st.lists(st.sampled_from(sorted(lights)), min_size=1, max_size=4, unique=True)
        if lights
        else st.nothing()
    )
    if lights:
        network.stretches = {
            s: (draw(st.integers(1, 4)), draw(st.integers(0, 5000)), draw(several))
            for s in range(draw(st.integers(0, 8)))
        }
        network.places = {
            p: (
                draw(st.sampled_from(["crossing", "school"])),
                draw(st.one_of(st.just([]), several)),
            )
            for p in range(draw(st.integers(0, 5)))
        }
    network.gateways = {
        g: (draw(device), draw(st.sampled_from([0.0, 1.0, 4.0])))
        for g in range(50, 50 + draw(st.integers(0, 4)))
    }
    network.sensors = {s: draw(device) for s in range(70, 70 + draw(st.integers(0, 6)))}
    if network.gateways and network.sensors:
        pair = st.tuples(
            st.sampled_from(sorted(network.gateways)), st.sampled_from(sorted(network.sensors))
        )
        network.hears = draw(st.sets(pair, max_size=12))
    return network


@st.composite
def meshes(draw: st.DrawFn) -> Network:
    """Draw any network: dual feeds, rings, cycles that no source feeds."""
    size = draw(st.integers(1, 10))
    ids = range(100, 100 + size)
    parents = {}
    for device in ids:
        others = [other for other in ids if other != device]
        above = (
            st.lists(st.sampled_from(others), max_size=3, unique=True) if others else st.just([])
        )
        parents[device] = draw(above)
    lights = {x: draw(st.sampled_from(ids)) for x in range(1000, 1000 + draw(st.integers(0, 12)))}
    return Network(parents=parents, lights=lights, residents=dict.fromkeys(lights, 1000))
