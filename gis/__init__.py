"""Where things are and how they hang together: layers, supply topology, streets, tiles.

Floor 1 of the house: this package imports none of the others.
"""
