"""Versions of the model for the window: what they predict, how they came about, what a training would learn of."""
