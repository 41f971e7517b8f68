"""What ecgdatakit decodes (the extra `[formats]`), checked and bounded by us."""
