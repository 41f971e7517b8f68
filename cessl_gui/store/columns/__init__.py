"""What lists, sorting and counting need of all records, in columns."""
