"""One file a group of pages; each has a `router` that `app.create_app` includes."""
