"""The folder of a project, and the files in it beside the database."""
