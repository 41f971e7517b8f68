"""What the window says while one works: status, jobs, news, the tour."""
