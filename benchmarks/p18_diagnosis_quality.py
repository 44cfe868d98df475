"""P18: how well the diagnosis finds dark lights, beside what outage systems do and the flood alone.

The same nights for all: a roll-up that blames a device once a share of its watched or calling
customers is out (30 % and 10 %), the fewest devices that cover every call, the forward flood alone,
and the posterior on the tree, read by two rules: what is *said* dark (P ≥ ½), and whom to *name*
where F1 is what counts (the expected F1 of that night; no threshold is tuned).

``--svg FILE`` also draws how often what was given a probability was so: the reliability of the
posterior, over all nights of all scenes, with the rates that the nights were drawn from; the
table's F1 is with the product's own priors, far too low, and what each night teaches of them.
"""

import argparse
import sys
from collections.abc import Callable, Sequence
from pathlib import Path

import numpy as np

from benchmarks.nights import SCENES, Night, Scene, city, draw
from benchmarks.rows import Row
from twin.incidents.coverage import weigh_coverage
from twin.incidents.diagnosis import Diagnosis, best_named, worse_than_usual, worsened
from twin.supply import Supply
from twin.supply.ranges import Flags, Floats, prefix_sum

LIGHTS, NIGHTS = 10_000, 20
Rival = Callable[[Supply, Night], Flags]


def run(lights: int = LIGHTS, nights: int = NIGHTS, svg: Path | None = None) -> list[Row]:
    """Measure; the rows of the table."""
    supply, base = city(lights)
    rows, said, true = [], [], []
    for number, scene in enumerate(SCENES):
        drawn = [draw(supply, base, scene, 1000 * number + k) for k in range(nights)]
        found = [_learnt(supply, base, night) for night in drawn]
        rows += _rows(supply, scene, drawn, found)
        said += [_posterior(supply, night, night.true_prior) for night in drawn]
        true += [night.dark for night in drawn]
    p, dark = np.concatenate(said), np.concatenate(true)
    brier, always = float(((p - dark) ** 2).mean()), float(dark.mean())
    skill = 1 - brier / (always * (1 - always))
    rows.append(
        Row("P18", f"calibration over {len(SCENES) * nights} nights: Brier skill score", skill, "1",
            target="> 0", reached=skill > 0, note=f"Brier {brier:.4f}; {_curve(p, dark)}")
    )  # fmt: skip
    if svg is not None:
        svg.write_text(_drawn(p, dark), encoding="utf-8")
    return rows


def _learnt(supply: Supply, base: Floats, night: Night) -> Floats:
    """Probability of each light, from the product's priors and what the night teaches of them."""
    first = _tree(supply, night, night.prior).posterior()
    scale = worse_than_usual(base, night.prior, first.failed)
    return _posterior(supply, night, worsened(base, night.prior, scale))


def _posterior(supply: Supply, night: Night, prior: Floats) -> Floats:
    """Probability of each light being without supply."""
    dead: Floats = np.append(_tree(supply, night, prior).posterior().dead, 0.0)
    return dead[supply.light_device]


def _tree(supply: Supply, night: Night, prior: Floats) -> Diagnosis:
    heard = weigh_coverage(supply, prior, night.light_weight, night.device_weight, night.coverage)
    return Diagnosis(supply, prior, night.light_weight, night.device_weight + heard.device_weight)


RULES: dict[str, Callable[[Floats], Flags]] = {
    "said dark, P ≥ ½": lambda p: p >= 0.5,
    "named by expected F1": best_named,
}


def _rows(supply: Supply, scene: Scene, nights: list[Night], found: list[Floats]) -> list[Row]:
    rivals: dict[str, Rival] = {
        "roll-up 30 %": lambda s, night: _roll_up(s, night, 0.30),
        "roll-up 10 %": lambda s, night: _roll_up(s, night, 0.10),
        "fewest devices": _fewest,
        "flood alone": lambda s, night: np.append(night.flood >= 0.5, False)[s.light_device],
    }
    scores = {
        name: _f1([(rival(supply, night), night.dark) for night in nights])
        for name, rival in rivals.items()
    }
    best = max(scores, key=lambda name: scores[name])
    rows = []
    for name, rule in RULES.items():
        told = [(rule(p), night.dark) for p, night in zip(found, nights, strict=True)]
        precision, recall, ours = _scores(told)
        rows.append(
            Row(
                "P18", f"{scene.name}: {name}", ours, "F1",
                yardstick=f"{best} {scores[best]:.2f}",
                ratio=ours / scores[best] if scores[best] else None, target="> 1 ×",
                reached=ours > scores[best],
                note=f"precision {precision:.2f}, recall {recall:.2f}; "
                + ", ".join(f"{rival} {score:.2f}" for rival, score in scores.items()),
            )
        )  # fmt: skip
    return rows


def _f1(pairs: list[tuple[Flags, Flags]]) -> float:
    return _scores(pairs)[2]


def _scores(pairs: list[tuple[Flags, Flags]]) -> tuple[float, float, float]:
    """Precision, recall and F1 over all nights."""
    hits = sum(int((said & dark).sum()) for said, dark in pairs)
    said_all = sum(int(said.sum()) for said, _ in pairs)
    dark_all = sum(int(dark.sum()) for _, dark in pairs)
    f1 = 2 * hits / max(said_all + dark_all, 1)
    return hits / max(said_all, 1), hits / max(dark_all, 1), f1


def _below(supply: Supply, which: Flags) -> Floats:
    sums = prefix_sum(which.astype(np.int8))
    return (sums[supply.last_light] - sums[supply.first_light]).astype(np.float64)


def _roll_up(supply: Supply, night: Night, share: float) -> Flags:
    """Blame a device once a share of its customers is out: calls, and sensors that fell silent."""
    silent = np.bincount(night.coverage.sensor_place, minlength=len(supply) + 1)[: len(supply)]
    for places in supply.levels[:0:-1]:
        np.add.at(silent, supply.parent[places], silent[places])
    out = _below(supply, night.called) + silent
    watched = _below(supply, night.called | night.alive) + silent
    customers = np.maximum(watched, 1) if night.alive.any() else _below(supply, night.called | True)
    blamed = (out >= 2) & (out / np.maximum(customers, 1) >= share)
    return _lights(supply, blamed)


def _fewest(supply: Supply, night: Night) -> Flags:
    """Cover all calls with the fewest devices: a device with calls below two children is blamed."""
    n = len(supply)
    own = np.bincount(supply.light_device[night.called & (supply.light_device >= 0)], minlength=n)
    calls, branches = own.copy(), (own > 0).astype(np.int64)
    for places in supply.levels[:0:-1]:
        parent = supply.parent[places]
        np.add.at(branches, parent, (calls[places] > 0).astype(np.int64))
        np.add.at(calls, parent, calls[places])
    return _lights(supply, (branches >= 2) | (own >= 2))


def _lights(supply: Supply, blamed: Flags) -> Flags:
    dead = blamed.copy()
    for places in supply.levels[1:]:
        dead[places] |= dead[supply.parent[places]]
    lights: Flags = np.append(dead, False)[supply.light_device]
    return lights


_BINS = np.array([0, 0.02, 0.1, 0.2, 0.3, 0.4, 0.5, 0.6, 0.7, 0.8, 0.9, 0.98, 1.0001])


def _bins(p: Floats, dark: Flags) -> list[tuple[float, float, int]]:
    """Mean probability, share that was dark, and how many, in each bin that has at least fifty."""
    which = np.digitize(p, _BINS) - 1
    found = []
    for k in range(len(_BINS) - 1):
        inside = which == k
        if inside.sum() >= 50:
            found.append((float(p[inside].mean()), float(dark[inside].mean()), int(inside.sum())))
    return found


def _curve(p: Floats, dark: Flags) -> str:
    return "said→was " + " ".join(f"{a:.2f}→{b:.2f}" for a, b, _ in _bins(p, dark))


def _drawn(p: Floats, dark: Flags) -> str:
    """Draw the reliability diagram: what was said against what was so."""
    size, left, top = 360, 64, 28

    def at(x: float, y: float) -> tuple[float, float]:
        return round(left + x * size, 1), round(top + (1 - y) * size, 1)

    points = _bins(p, dark)
    line = " ".join("{},{}".format(*at(a, b)) for a, b, _ in points)
    dots = "".join(
        '<circle cx="{}" cy="{}" r="{}"/>'.format(*at(a, b), round(2 + np.log10(k), 1))
        for a, b, k in points
    )
    ticks = "".join(
        f'<text x="{at(t, 0)[0]}" y="{top + size + 20}" text-anchor="middle">{t:.0%}</text>'
        f'<text x="{left - 8}" y="{at(0, t)[1] + 4}" text-anchor="end">{t:.0%}</text>'
        for t in (0, 0.25, 0.5, 0.75, 1)
    )
    (x0, y0), (x1, y1) = at(0, 0), at(1, 1)
    return (
        '<svg xmlns="http://www.w3.org/2000/svg" '
        f'viewBox="0 0 {left + size + 24} {top + size + 56}"'
        ' font-family="sans-serif" font-size="12" role="img">'
        "<title>Reliability of the diagnosis: probability said, against share found dark</title>"
        f'<rect width="100%" height="100%" fill="#fff"/>'
        f'<path d="M{x0} {y1}V{y0}H{x1}" fill="none" stroke="#555"/>'
        f'<path d="M{x0} {y0}L{x1} {y1}" stroke="#999" stroke-dasharray="4 4"/>'
        f'<polyline points="{line}" fill="none" stroke="#0b57a4" stroke-width="2"/>'
        f'<g fill="#0b57a4">{dots}</g>{ticks}'
        f'<text x="{left + size / 2}" y="{top + size + 44}" text-anchor="middle">'
        "probability said</text>"
        f'<text transform="translate(16 {top + size / 2}) rotate(-90)" text-anchor="middle">'
        "share that was without supply</text></svg>\n"
    )


def main(arguments: Sequence[str]) -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--lights", type=int, default=LIGHTS)
    parser.add_argument("--nights", type=int, default=NIGHTS)
    parser.add_argument("--svg", type=Path)
    given = parser.parse_args(arguments)
    for row in run(given.lights, given.nights, given.svg):
        print(row)


if __name__ == "__main__":
    main(sys.argv[1:])
