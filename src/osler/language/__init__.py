"""Clinical language without input or output: concepts, quantities, populations, polarity."""
