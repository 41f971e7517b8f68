"""The log of acts: what people did, and what follows from it."""
