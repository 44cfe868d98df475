"""Which version of the product this is."""

from importlib.metadata import PackageNotFoundError, version


def product_version() -> str:
    """Return the version of the installed distribution; ``0`` when it runs uninstalled."""
    try:
        return version("reverbere")
    except PackageNotFoundError:
        return "0"
