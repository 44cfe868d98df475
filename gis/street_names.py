"""Street names: one key for all the ways a street is written, a slug that people can read.

The key is the slug: accents, case, apostrophes and dots do not count, the usual abbreviations of
the kind of way are written out. "Bd. de l’Université" and "BOULEVARD DE L'UNIVERSITE" are one.
"""

import hashlib
import re
import unicodedata

import polars as pl

# What abbreviates the kind of way, at the start of a name. French, then Italian.
_KINDS = {
    "av": "avenue",
    "ave": "avenue",
    "bd": "boulevard",
    "bld": "boulevard",
    "blvd": "boulevard",
    "boul": "boulevard",
    "all": "allee",
    "ch": "chemin",
    "chem": "chemin",
    "crs": "cours",
    "fbg": "faubourg",
    "fg": "faubourg",
    "imp": "impasse",
    "pl": "place",
    "qu": "quai",
    "r": "rue",
    "rpt": "rond-point",
    "rte": "route",
    "sq": "square",
    "p zza": "piazza",
    "p za": "piazza",
    "p zzetta": "piazzetta",
    "v le": "viale",
    "c so": "corso",
    "l go": "largo",
    "str": "strada",
    "tang": "tangenziale",
}
_SAINTS = {"st": "saint", "ste": "sainte", "sts": "saints", "dr": "docteur", "gal": "general"}
_LONGEST = max(len(kind.split()) for kind in _KINDS)


def street_key(name: str) -> str:
    """Key of a street, which is also its slug.

    Examples
    --------
    >>> street_key("Bd. de l’Université")
    'boulevard-de-l-universite'

    Notes
    -----
    A name without a single Latin letter or figure keeps a short hash of itself, so that two such
    names stay two streets.
    """
    folded = name.casefold().replace("œ", "oe").replace("æ", "ae")
    plain = unicodedata.normalize("NFKD", folded)
    plain = "".join(sign for sign in plain if not unicodedata.combining(sign)).casefold()
    words = re.findall(r"[a-z0-9]+", plain)
    if not words:
        return f"rue-{hashlib.sha256(name.encode()).hexdigest()[:8]}" if name.strip() else ""
    for taken in range(min(_LONGEST, len(words) - 1), 0, -1):
        kind = _KINDS.get(" ".join(words[:taken]))
        if kind:
            words[:taken] = [kind]
            break
    return "-".join(_SAINTS.get(word, word) for word in words)[:120].rstrip("-")


def street_keys(names: pl.Series) -> pl.Series:
    """Keys of a column of names; null where the name is null or says nothing."""
    distinct = names.unique().drop_nulls()
    keys = [street_key(name) or None for name in distinct.to_list()]
    table = pl.DataFrame({"name": distinct, "key": pl.Series(keys, dtype=pl.String)})
    asked = pl.DataFrame({"name": names.cast(pl.String)})
    return asked.join(table, on="name", how="left", maintain_order="left")["key"]


def display_name(name: str) -> str:
    """Return a name as it is shown: one blank between words, no shouting."""
    spaced = " ".join(name.split())
    return spaced.title() if spaced.isupper() else spaced


def streets_of(names: pl.Series) -> pl.DataFrame:
    """Return the streets that a column of names speaks of.

    Returns
    -------
    DataFrame, one row a street, by slug
        slug : str; name : str, its most frequent spelling (the first in the alphabet on a tie).
    """
    spelled = pl.DataFrame({"slug": street_keys(names), "name": names.cast(pl.String)})
    counted = spelled.drop_nulls().group_by("slug", "name").len()
    first = counted.sort(["slug", "len", "name"], descending=[False, True, False])
    return first.unique("slug", keep="first", maintain_order=True).select(
        "slug", pl.col("name").map_elements(display_name, return_dtype=pl.String)
    )
