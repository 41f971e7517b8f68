"""Who is at the desk."""

import getpass
from collections.abc import Iterable

_AGAIN = " (again)"
LONGEST_NAME = 100


def login_name() -> str:
    """The name of the account, under which labels are kept; "reader" where there is none, as in some containers."""
    try:
        return getpass.getuser()
    except (OSError, KeyError, ImportError):
        return "reader"


def known_as(name: str, readers: Iterable[str]) -> str:
    """A name as it is kept: one line, and as it is spelled here. Anna is anna: else one person is two who agree."""
    name = " ".join(name.split())[:LONGEST_NAME]
    spelled = {reader.casefold(): reader for reader in readers}
    return name if name in spelled.values() else spelled.get(name.casefold(), name)


def again(reader: str) -> str:
    """The name under which a reader reads ECGs once more, apart from the first reading."""
    return reader if is_again(reader) else reader + _AGAIN


def is_again(reader: str) -> bool:
    """Whether a name is that of somebody who reads once more."""
    return reader.endswith(_AGAIN)


def first(reader: str) -> str:
    """Who it is that reads once more; any other name stays."""
    return reader.removesuffix(_AGAIN)
