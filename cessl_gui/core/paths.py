"""Where the program's own files lie, from a checkout, an editable install or a wheel."""

from pathlib import Path

import platformdirs

_PACKAGE = Path(__file__).resolve().parent.parent


def resource(name: str) -> Path:
    """Path of a file or folder that ships with the program.

    raises : FileNotFoundError with the places that were searched
    """
    # A wheel carries all inside the package; a checkout (and an editable install of it) beside it.
    folders = [_PACKAGE / "resources", _PACKAGE.parent / "resources", _PACKAGE.parent / "packaging"]
    for folder in folders:
        if (folder / name).exists():
            return folder / name
    raise FileNotFoundError(f"{name} is in none of {', '.join(map(str, folders))}; reinstall the program")


def manual(name: str) -> Path:
    """Path of a page or picture of the manual, by its file name alone.

    raises : FileNotFoundError
    """
    for folder in (_PACKAGE / "docs", _PACKAGE.parent / "docs"):
        if name and (folder / Path(name).name).is_file():
            return folder / Path(name).name
    raise FileNotFoundError(f"The manual has no {name}; reinstall the program.")


def user_config() -> Path:
    """Folder for what a person or a team chooses outside projects. Who writes there makes it."""
    return Path(platformdirs.user_config_dir("cessl-gui", appauthor=False))


def user_data() -> Path:
    """Folder for what the program keeps outside projects: demo, imported backbones, log. Who writes there makes it."""
    return Path(platformdirs.user_data_dir("cessl-gui", appauthor=False))
