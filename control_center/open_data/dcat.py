"""A catalogue of what is here by DCAT-AP 3, as JSON-LD."""

from datetime import datetime
from typing import Any

from control_center.catalogue import LANGUAGES, texts
from control_center.open_data.addresses import GEOJSON, HTML, JSON, OPENAPI, Addresses
from control_center.open_data.description import about, title_of
from control_center.open_data.exports import FORMATS
from control_center.open_data.quality import Share
from control_center.open_data.survey import Source, Survey, Surveyed
from twin.store.city import Territory

Node = dict[str, Any]

_EU = "http://publications.europa.eu/resource/authority/"
_MEDIA = "https://www.iana.org/assignments/media-types/"
_LANGUAGES = {"fr": f"{_EU}language/FRA", "en": f"{_EU}language/ENG"}
_PROFILE = "http://data.europa.eu/r5r/"
_GEOJSON_TYPE = f"{_EU}file-type/GEOJSON"
_LICENCES = {
    "cc by 4.0": "https://creativecommons.org/licenses/by/4.0/",
    "cc by-sa 4.0": "https://creativecommons.org/licenses/by-sa/4.0/",
    "cc0 1.0": "https://creativecommons.org/publicdomain/zero/1.0/",
    "odbl 1.0": "https://opendatacommons.org/licenses/odbl/1-0/",
    "odbl": "https://opendatacommons.org/licenses/odbl/1-0/",
    "licence ouverte 1.0": "https://www.etalab.gouv.fr/licence-ouverte-open-licence/",
    "licence ouverte 2.0": f"{_EU}licence/ETALAB_2_0",
}
_THEMES = {
    "streetlights": "ENER",
    "buildings": "ENER",
    "parks": "ENVI",
    "waters": "ENVI",
    "trees": "ENVI",
    "flood_zones": "ENVI",
    "live-gauges": "ENVI",
    "live-floods": "ENVI",
    "weather_stations": "ENVI",
    "street_sections": "TRAN",
    "bridges": "TRAN",
    "schools": "EDUC",
    "care_places": "HEAL",
    "population_grid": "SOCI",
}
_OTHER_THEME = "REGI"

CONTEXT: Node = {
    "dcat": "http://www.w3.org/ns/dcat#",
    "dct": "http://purl.org/dc/terms/",
    "foaf": "http://xmlns.com/foaf/0.1/",
    "vcard": "http://www.w3.org/2006/vcard/ns#",
    "dqv": "http://www.w3.org/ns/dqv#",
    "adms": "http://www.w3.org/ns/adms#",
    "skos": "http://www.w3.org/2004/02/skos/core#",
    "sdmx-attribute": "http://purl.org/linked-data/sdmx/2009/attribute#",
    "xsd": "http://www.w3.org/2001/XMLSchema#",
    "owl": "http://www.w3.org/2002/07/owl#",
}


def catalogue(survey: Survey, territory: Territory, addresses: Addresses) -> Node:
    """Return the catalogue.

    Parameters
    ----------
    survey : Survey
        What is there.
    territory : Territory
        Whose it is.
    addresses : Addresses
        Where we are reached.
    """
    root = addresses.at("catalogue")
    publisher = _publisher(territory, root)
    service = f"{root}#service"
    datasets = [_dataset(layer, publisher, addresses) for layer in survey.layers]
    metrics = {share.key: share for layer in survey.layers for share in layer.shares}
    return {
        "@context": CONTEXT,
        "@graph": [
            {
                "@id": root,
                "@type": "dcat:Catalog",
                "dct:title": _words("catalogue.title", territory=territory.name),
                "dct:description": _words("catalogue.lead", territory=territory.name),
                "dct:publisher": {"@id": publisher["@id"]},
                "dct:language": [_id(uri) for uri in _LANGUAGES.values()],
                "dct:modified": _instant(survey.at),
                "dct:conformsTo": _id(_PROFILE),
                "dct:spatial": _point(territory),
                "foaf:homepage": _id(addresses.at("")),
                "dcat:themeTaxonomy": _id(f"{_EU}data-theme"),
                "dcat:dataset": [_id(dataset["@id"]) for dataset in datasets],
                "dcat:service": _id(service),
            },
            publisher,
            _service(service, publisher, datasets, addresses, territory),
            *datasets,
            *(_metric(addresses, share) for share in metrics.values()),
        ],
    }


def _dataset(layer: Surveyed, publisher: Node, addresses: Addresses) -> Node:
    one = layer.collection
    where = addresses.at("catalogue") + f"#{one.id}"
    updated = layer.freshness.updated_at
    node: Node = {
        "@id": where,
        "@type": "dcat:Dataset",
        "dct:identifier": one.id,
        "dct:title": [_said(title_of(texts(code), one), code) for code in LANGUAGES],
        "dct:description": [_said(about(texts(code), one), code) for code in LANGUAGES],
        "dct:publisher": _id(publisher["@id"]),
        "dcat:contactPoint": _contact(publisher),
        "dcat:theme": _id(f"{_EU}data-theme/{_THEMES.get(one.id, _OTHER_THEME)}"),
        "dct:accessRights": _id(f"{_EU}access-right/PUBLIC"),
        "dct:accrualPeriodicity": _id(layer.freshness.frequency.uri),
        "dct:language": [_id(uri) for uri in _LANGUAGES.values()],
        "dcat:distribution": _distributions(layer, where, addresses),
        "dcat:landingPage": _id(addresses.ogc("collections", one.id, f="html")),
    }
    if updated is not None:
        node["dct:modified"] = _instant(updated)
    if layer.freshness.stale:
        node["adms:versionNotes"] = _words("catalogue.stale")
    if layer.held.extent is not None:
        node["dct:spatial"] = _box(layer.held.extent)
    start, end = layer.held.interval
    if start is not None:
        ends = {} if end is None else {"dcat:endDate": _instant(end)}
        node["dct:temporal"] = {
            "@type": "dct:PeriodOfTime",
            "dcat:startDate": _instant(start),
            **ends,
        }
    node |= _origin(layer.sources)
    if layer.shares:
        node["dqv:hasQualityMeasurement"] = [
            _measurement(where, share, addresses) for share in layer.shares
        ]
    return node


def _distributions(layer: Surveyed, where: str, addresses: Addresses) -> list[Node]:
    one = layer.collection
    terms = _terms(layer.sources)
    items = addresses.ogc("collections", one.id, "items", f="json")
    found: list[Node] = [
        {
            "@id": f"{where}-ogc",
            "@type": "dcat:Distribution",
            "dct:title": "OGC API – Features",
            "dcat:accessURL": _id(items),
            "dcat:accessService": _id(addresses.at("catalogue") + "#service"),
            "dcat:mediaType": _id(_MEDIA + GEOJSON),
            "dct:format": _id(_GEOJSON_TYPE),
            **terms,
        }
    ]
    for name, form in FORMATS.items():
        if one.geometry == "none" and not form.tables:
            continue
        address = addresses.at("v1", "exports", f"{one.id}.{name}")
        found.append(
            {
                "@id": f"{where}-{name}",
                "@type": "dcat:Distribution",
                "dct:title": f"{one.id}.{name}",
                "dcat:accessURL": _id(address),
                "dcat:downloadURL": _id(address),
                "dcat:mediaType": _id(_MEDIA + form.media_type),
                "dct:format": _id(f"{_EU}file-type/{form.file_type}"),
                **terms,
            }
        )
    return found


def _terms(sources: list[Source]) -> Node:
    """Return licence and rights; where files differ, the rights name all that holds."""
    licences = list(dict.fromkeys(source.licence for source in sources if source.licence))
    credited = list(dict.fromkeys(source.attribution for source in sources if source.attribution))
    node: Node = {}
    if len(licences) == 1:
        node["dct:license"] = _licence(licences[0])
    told = [*credited, *(licences if len(licences) > 1 else ())]
    if told:
        node["dct:rights"] = {"@type": "dct:RightsStatement", "skos:prefLabel": ", ".join(told)}
    return node


def _licence(text: str) -> Node:
    uri = _LICENCES.get(text.lower().strip())
    named = {"@type": "dct:LicenseDocument", "dct:title": text}
    return {"@id": uri, **named} if uri else named


def _origin(sources: list[Source]) -> Node:
    """Return who made the files and where they are from."""
    owners = dict.fromkeys(source.publisher or source.attribution for source in sources)
    node: Node = {}
    named = [{"@type": "foaf:Agent", "foaf:name": owner} for owner in owners if owner]
    if named:
        node["dct:creator"] = named
    pages = dict.fromkeys(source.url for source in sources if source.url)
    if pages:
        node["dct:source"] = [_id(page) for page in pages]
    files = [source.file_name for source in sources if source.file_name]
    if files:
        node["dct:provenance"] = {
            "@type": "dct:ProvenanceStatement",
            "skos:prefLabel": ", ".join(dict.fromkeys(files)),
        }
    return node


def _measurement(where: str, share: Share, addresses: Addresses) -> Node:
    return {
        "@id": f"{where}-{share.key}",
        "@type": "dqv:QualityMeasurement",
        "dqv:isMeasurementOf": _id(_metric_id(addresses, share)),
        "dqv:value": {
            "@value": f"{100 * share.part(share.known):.1f}",
            "@type": "xsd:decimal",
        },
        "sdmx-attribute:unitMeasure": _id("http://qudt.org/vocab/unit/PERCENT"),
    }


def _metric(addresses: Addresses, share: Share) -> Node:
    return {
        "@id": _metric_id(addresses, share),
        "@type": "dqv:Metric",
        "skos:definition": _words(f"layers.share.{share.key}"),
        "dqv:expectedDataType": _id("xsd:decimal"),
        "dqv:inDimension": _id("http://www.w3.org/2016/05/ldqd#completeness"),
    }


def _metric_id(addresses: Addresses, share: Share) -> str:
    return addresses.at("catalogue") + f"#metric-{share.key}"


def _service(
    where: str,
    publisher: Node,
    datasets: list[Node],
    addresses: Addresses,
    territory: Territory,
) -> Node:
    return {
        "@id": where,
        "@type": "dcat:DataService",
        "dct:title": _words("open.title", territory=territory.name),
        "dct:publisher": _id(publisher["@id"]),
        "dcat:endpointURL": _id(addresses.ogc()),
        "dcat:endpointDescription": _id(addresses.ogc("api")),
        "dct:conformsTo": _id("http://www.opengis.net/doc/IS/ogcapi-features-1/1.0"),
        "dcat:mediaType": [_id(_MEDIA + kind) for kind in (GEOJSON, JSON, HTML)],
        "dcat:servesDataset": [_id(dataset["@id"]) for dataset in datasets],
        "dct:format": _id(f"{_EU}file-type/JSON"),
        "dct:description": f"OpenAPI 3.0 ({OPENAPI})",
    }


def _publisher(territory: Territory, root: str) -> Node:
    contact = territory.contact
    node: Node = {
        "@id": f"{root}#publisher",
        "@type": "foaf:Agent",
        "foaf:name": contact.get("name") or territory.name,
        "dct:type": _id("http://purl.org/adms/publishertype/LocalAuthority"),
    }
    if contact.get("url"):
        node["foaf:homepage"] = _id(contact["url"])
    if contact.get("phone"):
        node["foaf:phone"] = contact["phone"]
    if contact.get("email"):
        node["foaf:mbox"] = _id(f"mailto:{contact['email']}")
    return node


def _contact(publisher: Node) -> Node:
    node: Node = {"@type": "vcard:Organization", "vcard:fn": publisher["foaf:name"]}
    if "foaf:homepage" in publisher:
        node["vcard:hasURL"] = publisher["foaf:homepage"]
    if "foaf:phone" in publisher:
        node["vcard:hasTelephone"] = {"vcard:hasValue": publisher["foaf:phone"]}
    if "foaf:mbox" in publisher:
        node["vcard:hasEmail"] = publisher["foaf:mbox"]
    return node


def _point(territory: Territory) -> Node:
    wkt = f"POINT({territory.longitude} {territory.latitude})"
    return {
        "@type": "dct:Location",
        "skos:prefLabel": territory.name,
        "dcat:centroid": {"@value": wkt, "@type": _WKT},
    }


def _box(extent: tuple[float, float, float, float]) -> Node:
    west, south, east, north = (round(edge, 6) for edge in extent)
    ring = ((west, south), (east, south), (east, north), (west, north), (west, south))
    corners = ", ".join(f"{x} {y}" for x, y in ring)
    box = {"@value": f"POLYGON(({corners}))", "@type": _WKT}
    return {"@type": "dct:Location", "dcat:bbox": box}


_WKT = "http://www.opengis.net/ont/geosparql#wktLiteral"


def _words(key: str, **slots: str) -> list[Node]:
    return [_said(texts(code).plain(key, **slots), code) for code in LANGUAGES]


def _said(text: str, language: str) -> Node:
    return {"@value": text, "@language": language}


def _instant(instant: datetime) -> Node:
    return {"@value": instant.strftime("%Y-%m-%dT%H:%M:%SZ"), "@type": "xsd:dateTime"}


def _id(uri: str) -> Node:
    return {"@id": uri}
