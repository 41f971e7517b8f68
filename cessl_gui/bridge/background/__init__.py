"""Work behind the window: threads of Qt, what a task may be, requests of which the latest counts."""
