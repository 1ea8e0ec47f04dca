"""Nouns: frozen dataclasses that cannot be built wrong; standard library only."""
