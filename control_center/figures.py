"""Numbers, units and ranges in words, by the rules of each language."""

import math

from control_center.catalogue import Texts


class Figures:
    """Writes figures in one language.

    Parameters
    ----------
    texts : Texts
        The catalogue that holds units and turns of phrase.
    """

    def __init__(self, texts: Texts) -> None:
        self.texts = texts

    def number(self, value: float, decimals: int | None = None) -> str:
        """Write a number; see ``Texts.number``."""
        return self.texts.number(value, decimals)

    def quantity(self, value: float, unit: str, decimals: int | None = None) -> str:
        """Write a number with its unit, e.g. ``quantity(62, "cm")``.

        Parameters
        ----------
        unit : str
            Key of ``unit.*`` in the catalogue.
        """
        return self.texts.plain(f"unit.{unit}", value=self.number(value, decimals))

    def centimetres(self, metres: float) -> str:
        """Write a depth, given in metres, as whole centimetres."""
        return self.quantity(round(metres * 100), "cm", 0)

    def percent(self, share: float, decimals: int = 0) -> str:
        """Write a share between 0 and 1 as a percentage; never 100 % for what is not whole."""
        scale = 10**decimals
        percent = round(share * 100 * scale) / scale
        if share < 1:
            percent = min(percent, math.floor((100 - 1 / scale / 2) * scale) / scale)
        if share > 0:
            percent = max(percent, 1 / scale)
        return self.quantity(percent, "percent", decimals)

    def range(self, low: float, high: float, unit: str, decimals: int | None = None) -> str:
        """Write an interval, its ends rounded outwards alike: ``entre 11 100 et 13 700 kWh``.

        Parameters
        ----------
        decimals : int, optional
            Digits kept; by default about three significant figures of the wider end.
        """
        kept = outward_digits(low, high) if decimals is None else decimals
        scale = 10.0**kept
        shown = max(kept, 0)
        noise = 1e-9 * max(abs(low), abs(high)) * scale
        first = math.floor(low * scale + noise) / scale
        last = math.ceil(high * scale - noise) / scale
        return self.texts.plain(
            "figures.range",
            low=self.number(first, shown),
            high=self.quantity(last, unit, shown),
        )

    def about(self, count: float) -> str:
        """Write a deduced count: two significant figures, with « environ »."""
        return self.texts.plain("figures.about", count=self.number(two_figures(count)))

    def about_counted(self, what: str, count: float) -> str:
        """Write a deduced count of things of ``count.*``: « environ 240 lampadaires »."""
        counted = self.texts.plural(f"count.{what}", two_figures(count))
        return self.texts.plain("figures.about", count=counted)

    def residents(self, count: float | None) -> str | None:
        """Write how many residents, so that nobody can be told apart.

        Returns
        -------
        str | None
            None where it is not known or under eleven households (25 residents); « moins de 100
            habitants » under a hundred; else rounded to tens, with « environ ».
        """
        if count is None or count < 25:
            return None
        if count < 100:
            return self.texts.plain("figures.residents_few")
        tens = int(round(count, -1))
        return self.texts.plural("figures.residents", tens)

    def chances(self, probability: float) -> str | None:
        """Write a probability in tenths, as residents get it.

        Returns
        -------
        str | None
            None under 0.6: nothing may be asserted.
        """
        if probability < 0.6:
            return None
        if probability > 0.95:
            return self.texts.plain("figures.chances_most")
        tenths = min(9, max(6, round(probability * 10)))
        return self.texts.plain("figures.chances", tenths=self.number(tenths))


def two_figures(count: float) -> int:
    """Round a count to two significant figures; below ten it stays whole."""
    if count < 10:
        return round(count)
    digits = math.floor(math.log10(count)) - 1
    return int(round(count, -digits))


def outward_digits(low: float, high: float) -> int:
    """Return how many decimals an interval keeps: three significant figures of its wider end."""
    size = max(abs(low), abs(high))
    if size == 0:
        return 0
    return min(6, 2 - math.floor(math.log10(size)))
