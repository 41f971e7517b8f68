"""Readings: whose they are, how far they agree, and how a model's probability stands beside them."""
