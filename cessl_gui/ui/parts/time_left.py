"""Time left in words a person uses."""


def time_left(seconds: float | None, how: str = "about") -> str:
    """E.g. "about 3 min left"; "" while unknown."""
    if seconds is None:
        return ""
    if seconds < 60:
        return f"{how} {max(5, 5 * round(seconds / 5))} s left"
    return f"{how} {round(seconds / 60)} min left"
