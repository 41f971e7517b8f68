"""The window: its pictures, and how quick and smooth it is."""
