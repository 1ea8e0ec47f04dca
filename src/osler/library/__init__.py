"""Which documents there are: versions, status, snapshot."""
