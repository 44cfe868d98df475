"""The demonstration town: drawn from a seed, wired, settled, and written as canonical layers.

``generate`` is pure; ``write`` puts one file a layer into a folder, ``read`` takes them back.
"""

from simulators.city.files import read, write
from simulators.city.generate import generate
from simulators.city.model import City, LayerData

__all__ = ["City", "LayerData", "generate", "read", "write"]
