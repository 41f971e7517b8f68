"""A training as values: what it is asked to do, what it would learn from, what it brought."""
