"""What a reader sees, enters and takes back: labels, marks, notes, blind reading, history."""
