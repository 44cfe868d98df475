"""The foot of a cabinet, drawn to scale: ground, plinth, water."""

from dataclasses import dataclass

from control_center.sentences.chain import MARKS
from control_center.sentences.document import Device, Figure, Proof

WIDTH, HEIGHT = 350.0, 176.0
_GROUND = 132.0
_TALLEST = 104.0
_LARGEST_SCALE = 118.0


@dataclass(frozen=True, slots=True)
class Section:
    """What the drawing needs, in its own units (350 by 176) and in metres.

    Attributes
    ----------
    depth_m, plinth_m : float | None
        Water above the ground; height above which it enters the cabinet. [m]
    depth_basis, plinth_basis : str
        How each is known.
    level_m, ground_m : float | None
        Of the water and of the ground above the gauge's zero, where both are told. [m]
    ground, water, plinth : float
        Heights in the drawing, downwards.
    """

    code: str
    depth_m: float | None
    plinth_m: float | None
    depth_basis: str
    plinth_basis: str
    level_m: float | None
    ground_m: float | None
    ground: float
    water: float
    plinth: float

    @property
    def wave(self) -> str:
        """The surface of the water as a path."""
        y = self.water
        bumps = " ".join("q 11 -6 22 0 t 22 0" for _ in range(8))
        return f"M-2 {y:.1f} {bumps}"

    @property
    def depth_mark(self) -> str:
        """How the depth is drawn: solid, hollow or dotted."""
        return MARKS.get(self.depth_basis, "dotted")

    @property
    def plinth_mark(self) -> str:
        """How the plinth's height is drawn."""
        return MARKS.get(self.plinth_basis, "dotted")


def section_of(proof: Proof, device: Device | None) -> Section | None:
    """Return the drawing of a cabinet's foot; None where neither height is known.

    Parameters
    ----------
    device : Device | None
        The cabinet that is drawn.
    """
    if device is None or device.kind != "cabinet" or device.plinth_m is None:
        return None
    depth, plinth = device.depth_m, device.plinth_m
    tallest = max(depth or 0.0, plinth, 0.3)
    scale = min(_LARGEST_SCALE, _TALLEST / (tallest * 1.25))
    water_step, plinth_step = (proof.step(name, device.code) for name in ("water_depth", "plinth"))
    level, ground = _levels(proof, device)
    return Section(
        code=device.code,
        depth_m=depth,
        plinth_m=plinth,
        depth_basis=water_step.basis if water_step else "unknown",
        plinth_basis=plinth_step.basis if plinth_step else _plinth_basis(device.plinth_source),
        level_m=level,
        ground_m=ground,
        ground=_GROUND,
        water=_GROUND - scale * (depth or 0.0),
        plinth=_GROUND - scale * plinth,
    )


def _levels(proof: Proof, device: Device) -> tuple[float | None, float | None]:
    """Return level and ground where their difference is the depth that is shown."""
    step = proof.step("water_depth", device.code)
    figures: dict[str, Figure] = {f.name: f for f in step.figures} if step else {}
    level, ground = figures.get("level"), figures.get("ground")
    if level is None or ground is None or device.depth_m is None:
        return None, None
    closes = abs(level.value - ground.value - device.depth_m) < 0.006
    return (level.value, ground.value) if closes else (None, None)


def _plinth_basis(source: str) -> str:
    return "measured" if source == "measured" else "assumed"
