"""The supply network as intervals: everything below a device is one slice of lights.

Devices are numbered depth first and lights stored in the order of their device, so "which lights
depend on X" is two integers and every additive quantity one subtraction of prefix sums.
"""

from twin.supply.layout import Defects, Supply

__all__ = ["Defects", "Supply"]
