"""Labels from files into a project."""
