"""The checked answer as a page, and its references."""
