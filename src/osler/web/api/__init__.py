"""The same functions for programs: JSON over HTTP under /api/v1."""
