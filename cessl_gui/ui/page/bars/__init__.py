"""What stands above and below a page: header, toolbar, footer."""
