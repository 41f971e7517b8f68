"""What a reader does on a page: measure, mark, magnify, move."""
