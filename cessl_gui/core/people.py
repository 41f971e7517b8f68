"""Who is at the desk."""

import getpass


def login_name() -> str:
    """The name of the account, under which labels are kept; "reader" where there is none, as in some containers."""
    try:
        return getpass.getuser()
    except (OSError, KeyError, ImportError):
        return "reader"
