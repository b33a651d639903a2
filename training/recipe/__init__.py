"""The best recipe so far: from a few dozen recorded pours to a model that knows its own error."""
