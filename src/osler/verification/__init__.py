"""Each claim against the span it cites, by deterministic code; what cannot be checked is never a pass."""
