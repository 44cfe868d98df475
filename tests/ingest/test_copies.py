"""Several deliveries of one frame become one."""

from dataclasses import replace

from hypothesis import given
from hypothesis import strategies as st

from ingest.copies import Frame, merge
from ingest.networks.records import TO_THE_MINUTE, UNTOLD

MINUTE = 60_000_000
WINDOW = 45 * MINUTE


def frame(at: int, key: int = 1, **changed: object) -> Frame:
    made = Frame(
        event_at=at,
        copy_key=key,
        network=b"n",
        session="s",
        epoch=0,
        f_cnt=7,
        f_port=1,
        payload=b"x",
        received_at=at + 5,
        gateway_at=at,
        network_at=at,
        application_at=at,
        time_source=0,
        flags=0,
        codec_id=0,
        copies=1,
        receptions=(b"[%d]" % at,),
        decoded=None,
        uplink=at,
    )
    return replace(made, **changed)  # type: ignore[arg-type]


def new(originals: list[Frame | None]) -> int:
    return sum(original is None for original in originals)


def test_a_copy_three_seconds_later_adds_nothing_and_an_hour_later_a_reading() -> None:
    arrivals = [frame(0), frame(3_000_000), frame(60 * MINUTE)]
    assert new(merge([], arrivals, WINDOW)) == 2
    assert arrivals[0].copies == 2


def test_the_earliest_time_and_the_union_of_receptions_stay() -> None:
    late, early = frame(10 * MINUTE, key=5), frame(0, key=9)
    again = frame(10 * MINUTE, key=5)
    merge([], [late, early, again], WINDOW)
    assert (late.event_at, late.copy_key, late.received_at) == (0, 9, 5)
    assert (late.copies, late.uplink, late.moved) == (3, 0, True)
    assert late.receptions == (b"[0]", b"[600000000]")


def test_other_bytes_another_count_or_another_session_are_other_frames() -> None:
    others = [
        frame(0),
        frame(1, payload=b"y"),
        frame(2, f_cnt=8),
        frame(3, session="t"),
        frame(4, f_port=2),
    ]
    assert new(merge([], others, WINDOW)) == len(others)


def test_the_networks_own_identifier_counts_at_any_distance() -> None:
    stored = frame(0, key=42)
    redelivered = frame(500 * MINUTE, key=42, own_id=True)
    assert merge([stored], [redelivered], WINDOW) == [stored]


def test_a_flagged_redelivery_counts_at_any_distance() -> None:
    stored = frame(0)
    assert merge([stored], [frame(500 * MINUTE, key=2, again=True)], WINDOW) == [stored]


def test_readings_without_a_counter_are_copies_only_at_the_same_instant() -> None:
    first, same, later = (frame(at, counted=False, f_cnt=0) for at in (0, 0, 1))
    assert merge([], [first, same, later], WINDOW) == [None, first, None]
    again = frame(9 * MINUTE, counted=False, f_cnt=0, again=True)
    assert merge([first, later], [again], WINDOW) == [later]


def test_what_is_kept_of_many_copies_is_bounded() -> None:
    original, *copies = (frame(0, receptions=(b"[%05d]" % n,)) for n in range(40_000))
    merge([original], copies, WINDOW)
    assert original.copies == 32_767
    assert len(original.receptions) <= 64


@given(order=st.permutations(range(5)))
def test_who_tells_most_stands_and_who_only_heard_adds_a_reception(order: list[int]) -> None:
    def deliveries() -> list[Frame]:
        untold = {"payload": b"", "network": b"export", "flags": UNTOLD, "decoded": None}
        to_the_minute = untold | {"flags": UNTOLD | TO_THE_MINUTE}
        return [
            frame(40_000_000, key=3, decoded=b"{}"),
            frame(43_000_000, key=3, decoded=b"{}"),
            frame(41_000_000, key=2, **untold),
            frame(0, key=2, **to_the_minute),
            frame(0, key=2, **to_the_minute | {"f_port": 0, "receptions": (b"[9]",)}),
        ]

    arrivals = [deliveries()[place] for place in order]
    [kept] = [
        one
        for one, original in zip(arrivals, merge([], arrivals, WINDOW), strict=True)
        if original is None
    ]
    assert (kept.event_at, kept.payload, kept.network) == (40_000_000, b"x", b"n")
    assert (kept.flags, kept.copies, len(kept.receptions)) == (0, 5, 5)
    without = [one for one in map(deliveries().__getitem__, order) if one.untold]
    merge([], without, WINDOW)
    [finest] = [one for one in without if one.copies == 3]
    assert (finest.event_at, finest.flags) == (41_000_000, UNTOLD)


def test_a_stored_frame_that_is_told_at_last_is_read_anew() -> None:
    listed = frame(0, payload=b"", flags=UNTOLD | TO_THE_MINUTE, stored_as=(0, 1), uplink=-1)
    told = frame(0, key=4, f_port=2, uplink=11)
    assert merge([listed], [told], WINDOW) == [None]  # another port: another frame
    told = frame(0, key=4, uplink=11)
    assert merge([listed], [told], WINDOW) == [listed]
    assert (listed.payload, listed.uplink, listed.moved) == (b"x", 11, True)
    assert listed.stored_as == (0, 1)


@given(data=st.data())
def test_the_order_of_arrival_does_not_matter(data: st.DataObject) -> None:
    """Clusters closer than the window and further apart than two."""
    arrivals: list[tuple[int, int]] = []
    for cluster in range(data.draw(st.integers(1, 3))):
        offsets = data.draw(st.lists(st.integers(0, 44), min_size=1, max_size=4))
        arrivals += [(cluster * 200 * MINUTE + offset * MINUTE, offset) for offset in offsets]
    shuffled = data.draw(st.permutations(arrivals))

    def outcome(order: list[tuple[int, int]]) -> list[tuple[object, ...]]:
        frames = [frame(at, key) for at, key in order]
        kept = [
            f
            for f, original in zip(frames, merge([], frames, WINDOW), strict=True)
            if original is None
        ]
        return sorted((f.event_at, f.copy_key, f.copies, f.receptions, f.received_at) for f in kept)

    assert outcome(shuffled) == outcome(arrivals)
