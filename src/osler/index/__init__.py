"""Search engines behind one protocol; every index is derived from the catalogue and can be made again."""
