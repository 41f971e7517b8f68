"""Who is at the desk."""

import getpass

_AGAIN = " (again)"


def login_name() -> str:
    """The name of the account, under which labels are kept; "reader" where there is none, as in some containers."""
    try:
        return getpass.getuser()
    except (OSError, KeyError, ImportError):
        return "reader"


def again(reader: str) -> str:
    """The name under which a reader reads ECGs once more, apart from the first reading."""
    return reader if is_again(reader) else reader + _AGAIN


def is_again(reader: str) -> bool:
    """Whether a name is that of somebody who reads once more."""
    return reader.endswith(_AGAIN)


def first(reader: str) -> str:
    """Who it is that reads once more; any other name stays."""
    return reader.removesuffix(_AGAIN)
