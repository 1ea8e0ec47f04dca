"""Raw record to Document: pure parsers, one file a format."""
