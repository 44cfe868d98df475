"""What leaves the house for others: layers by OGC API Features, files, a catalogue of what is here.

One table of collections (``collections``) says what is public; everything else reads it.
"""
