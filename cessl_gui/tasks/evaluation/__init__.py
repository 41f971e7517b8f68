"""How good a model is, and whether its figures hold when they are made again."""
