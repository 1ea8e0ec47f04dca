"""Documents cut into passages that slice back exactly, annotated once at ingest."""
