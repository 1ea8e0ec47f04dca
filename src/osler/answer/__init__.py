"""Appraised evidence to an answer: what an expert would say, in which order, and what must not be left out."""
