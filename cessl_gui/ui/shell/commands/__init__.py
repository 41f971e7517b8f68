"""What can be done in the window, by menu and by key."""
