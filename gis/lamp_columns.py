"""The lamp columns of a register of lights: what is published, and what its texts tell."""

import polars as pl

from gis.geometry import Mask
from gis.lamp_facts import END_OF_PRODUCTION, describe_lamps, mains_estimates
from gis.lamps import TECHNOLOGIES, read_lamps
from gis.report import Effect, Findings

_EXAMPLES = "'Sodio AP 150' or '6x12V 8,5W'"
_ENDS = {name: last.day for name, last in END_OF_PRODUCTION.items()}


def with_lamps(rows: pl.DataFrame, kept: Mask, findings: Findings) -> pl.DataFrame:
    """Fill what the register does not say of its lamps from their texts; tell what is not readable.

    What is published wins: a technology in the publisher's own words is only translated, a wattage
    is taken as it is. Power at the mains goes to ``mains_w`` where it is published and to
    ``mains_estimate_w`` where it is estimated.
    """
    read = describe_lamps(rows["lamp_text"])
    technology = pl.select(pl.coalesce(_translated(rows["technology"]), read["technology"]))
    rows = rows.with_columns(
        pl.coalesce(rows["lamp_w"], read["lamp_w"]).alias("lamp_w"),
        technology.to_series().alias("technology"),
        pl.coalesce(rows["lamp_confidence"], read["lamp_confidence"]).alias("lamp_confidence"),
    )
    estimate = mains_estimates(rows["technology"], rows["lamp_w"])
    rows = rows.with_columns(
        pl.when(rows["mains_w"].is_null()).then(estimate).alias("mains_estimate_w"),
        pl.coalesce(
            rows["end_of_production"],
            rows["technology"].replace_strict(_ENDS, default=None, return_dtype=pl.Date),
        ).alias("end_of_production"),
    )
    _tell(rows, "lamp_w", "wattage that cannot be read", kept, findings)
    _tell(rows, "technology", "technology that cannot be read", kept, findings)
    return rows


def _translated(published: pl.Series) -> pl.Series:
    """Give technologies the product's names where they can be read, else leave them as they are."""
    read = read_lamps(published)["technology"]
    own = published.is_in(list(TECHNOLOGIES)).fill_null(value=False)
    return pl.select(
        pl.when(own).then(published).otherwise(pl.coalesce(read, published))
    ).to_series()


def _tell(rows: pl.DataFrame, column: str, reason: str, kept: Mask, findings: Findings) -> None:
    dim = (rows[column].is_null() & rows["lamp_text"].is_not_null()).to_numpy() & kept
    findings.add(
        reason,
        Effect.NOTED,
        rows["row"].filter(pl.Series(dim)),
        rows["lamp_text"].filter(pl.Series(dim)),
        layer="streetlights",
        field="lamp_text",
        expected=f"a {reason.split(maxsplit=1)[0]}, e.g. {_EXAMPLES}",
    )
