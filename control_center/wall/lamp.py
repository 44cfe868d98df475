"""What the lamp of a light is and draws, in words; what no register says is called estimated."""

from control_center.catalogue import Texts
from control_center.figures import Figures
from control_center.moments import Moments
from twin.store.operator import LightFacts


def lamp_facts(light: LightFacts, texts: Texts, moments: Moments) -> list[tuple[str, str]]:
    """Return name and words of each thing that is known of a lamp."""
    figures = Figures(texts)
    told: list[tuple[str, str]] = []
    if light.lamp_w is not None:
        told.append(("lamp_w", figures.quantity(light.lamp_w, "W")))
    mains = _at_the_mains(light, texts, figures)
    if mains:
        told.append(("mains_w", mains))
    if light.technology:
        name = f"operator.technology.{light.technology}"
        told.append(("technology", texts.plain(name) if name in texts else light.technology))
    if light.end_of_production is not None:
        told.append(("last_sale", moments.full_date(light.end_of_production)))
    return [(texts.plain(f"operator.fact.{fact}"), words) for fact, words in told]


def _at_the_mains(light: LightFacts, texts: Texts, figures: Figures) -> str:
    if light.mains_w is not None:
        watts = figures.quantity(light.mains_w, "W")
        if not light.mains_estimated:
            return watts
        return texts.plain("operator.mains.published_estimate", watts=watts)
    if light.mains_estimate_w is None:
        return ""
    watts = figures.quantity(light.mains_estimate_w, "W")
    if light.lamp_confidence is None:
        return texts.plain("operator.mains.estimate", watts=watts)
    sure = figures.percent(light.lamp_confidence)
    return texts.plain("operator.mains.estimate_read", watts=watts, percent=sure)
