"""Measuring Osler: above the pipeline, never part of an answer."""
