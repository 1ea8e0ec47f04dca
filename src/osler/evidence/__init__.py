"""Question and index to evidence, appraised for how directly it speaks to the question."""
