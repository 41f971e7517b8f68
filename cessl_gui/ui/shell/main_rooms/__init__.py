"""The rooms of the main window, and the rail that leads to them."""
