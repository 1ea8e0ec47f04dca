"""Osler: a clinical evidence engine whose every sentence is tied to the passage it rests on."""

from typing import Any

__version__ = "0.1.0"
__all__ = ["Verdict", "__version__", "verify"]


def __getattr__(name: str) -> Any:
    """Public names, loaded when first used: `import osler` alone reads nothing else."""
    if name == "verify":
        from osler.checking import verify

        return verify
    if name == "Verdict":
        from osler.domain.verification import Verdict

        return Verdict
    raise AttributeError(f"module 'osler' has no attribute {name!r}")
