"""The other path: files and replies of sources -> documents, passages, library, index; with bounds, resumption and a report."""
