"""The team's key file: the secret by which a patient has one key with all members. It never travels with the data."""

from __future__ import annotations

import json
import os
from pathlib import Path

from cessl_gui.core.errors import CesslError, NotWritten
from cessl_gui.core.files import create, full_path, read_bounded, why
from cessl_gui.core.paths import user_config
from cessl_gui.store.exchange.patient_keys import LONGEST, NAME, SHORTEST, fingerprint, personal_secret

FORMAT = "cessl-gui team key 1"


class TeamKeyError(CesslError):
    """A team's key file cannot be used; the sentence says why."""


def export_key(out: Path) -> str:
    """Write this person's secret into a new key file that nobody else may read; returns its fingerprint.

    raises : NotWritten, ProjectError
    """
    secret = personal_secret()
    out = full_path(out)
    content = {"format": FORMAT, "patient_secret": secret.decode("utf-8"), "fingerprint": fingerprint(secret)}
    try:
        with create(out, 0o600) as file:
            file.write(json.dumps(content, indent=1).encode())
    except FileExistsError as error:
        raise NotWritten(f"{out} is there already.", "Choose a name that is not there yet.") from error
    except OSError as error:
        raise NotWritten(f"{out} cannot be written ({why(error)}).", "Choose another place.") from error
    return fingerprint(secret)


def import_key(path: Path) -> str:
    """Take the secret of a key file for one's own; an earlier one is kept beside it. returns : its fingerprint

    raises : TeamKeyError, NotWritten
    """
    secret = _secret_in(path)
    place = user_config() / NAME
    try:
        place.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        if place.exists():
            before = place.read_bytes().strip()
            if before == secret:
                return fingerprint(secret)
            _write(place.with_name(f"{NAME}-{fingerprint(before)}"), before)
        unfinished = place.with_name(f".{NAME}.unfinished")
        unfinished.unlink(missing_ok=True)
        _write(unfinished, secret)
        os.replace(unfinished, place)  # noqa: PTH105
    except OSError as error:
        raise NotWritten(f"{place} cannot be written ({why(error)}).", "Check the folder's permissions.") from error
    return fingerprint(secret)


def _secret_in(path: Path) -> bytes:
    todo = "Ask for the team's key file again: cessl team-key export FILE."
    try:
        content = json.loads(read_bounded(path, 2 * LONGEST).decode("utf-8"))
        secret = content["patient_secret"].encode("utf-8")
        if content["format"] != FORMAT or content["fingerprint"] != fingerprint(secret):
            raise ValueError
    except OSError as error:
        raise TeamKeyError(f"{path} cannot be read ({why(error)}).", "Check the path.") from error
    except (ValueError, KeyError, TypeError, AttributeError) as error:
        raise TeamKeyError(f"{path} is no key file of a team, or not whole.", todo) from error
    if not SHORTEST <= len(secret) <= LONGEST:
        raise TeamKeyError(f"{path} holds no secret.", todo)
    return secret


def _write(path: Path, content: bytes) -> None:
    if path.exists():
        return
    with create(path, 0o600) as file:
        file.write(content)
        file.flush()
        os.fsync(file.fileno())
