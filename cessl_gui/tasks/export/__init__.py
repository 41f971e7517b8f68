"""Out of a project: labels, predictions, measurements, recordings."""
