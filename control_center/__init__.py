"""What people see: pages, API, live map, command line, and the embedded services.

Floor 4 of the house: knows all the others.
"""
