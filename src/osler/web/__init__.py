"""The pages that people read Osler on, rendered on the server."""
