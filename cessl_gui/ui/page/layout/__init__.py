"""What a page shows, and where on the paper each thing lies: no widgets."""
