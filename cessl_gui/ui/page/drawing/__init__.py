"""What is painted on a page, for screens, printers and files alike."""
