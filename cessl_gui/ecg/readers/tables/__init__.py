"""Arrays and tables of text, which often do not say what they hold."""
