"""The outside world: queries to public sources, fetched politely as raw replies for `documents/` to read."""
