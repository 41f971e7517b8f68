"""Patients by keys that say nothing to anybody without a secret, which is kept outside the project.

A plain hash of a six-digit patient number is guessed in a second; HMAC with a secret of 32 bytes is not. A team that
shares projects shares the secret: the file, or its path in CESSL_PATIENT_SECRET.
"""

from __future__ import annotations

import hmac
import os
import re
import secrets
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path

from cessl_gui.core.errors import ProjectError
from cessl_gui.core.files import create
from cessl_gui.core.paths import user_config
from cessl_gui.store.sqlite.database import Database
from cessl_gui.store.tables.settings import Settings

VARIABLE = "CESSL_PATIENT_SECRET"
NAME = "patient-secret"
SETTING = "patient_secret"  # the fingerprint of the secret that a project's keys were made with
SHORTEST, LONGEST = 16, 10_000  # bytes
UNKEYED = re.compile(r"[0-9a-f]{16}")  # the plain hash that readers make of what a file names


class PatientKeys:
    """The keys of one project.

    warning : a sentence where the secret is not the one that the project was made with, or lies in a doubtful place
    """

    def __init__(self, database: Database, folder: Path) -> None:
        self.warning = ""
        self._folder, self._settings = folder, Settings(database)
        self._secret, self._fingerprint = b"", ""
        self._key_old_ones(database)

    def key(self, patient: str) -> str:
        """The key of a patient, from the plain hash of a reader; "" for nobody, and what is a key already stays."""
        if not UNKEYED.fullmatch(patient):
            return patient
        if not self._secret:
            self._secret = self._find()
            self._fingerprint = fingerprint(self._secret)
        return f"{self._fingerprint}-{_hmac(self._secret, patient)[:16]}"

    def _key_old_ones(self, database: Database) -> None:
        """Projects of earlier versions have the plain hashes."""
        if database.reading_only:
            return
        rows = database.all("SELECT DISTINCT patient FROM records WHERE length(patient) = 16")
        old = [row["patient"] for row in rows if UNKEYED.fullmatch(row["patient"])]
        if old:
            with database.atomic() as db:
                pairs = [(self.key(patient), patient) for patient in old]
                db.executemany("UPDATE records SET patient = ? WHERE patient = ?", pairs)

    def _find(self) -> bytes:
        made_with = self._settings.get(SETTING)
        there = [found for found in map(_read, self._places()) if found]
        secret = next((one for one in there if fingerprint(one) == made_with), None)
        if secret is None:
            secret = there[0] if there else self._make()
            if made_with:
                self.warning = (
                    "The secret that hides this project's patients is not on this computer: a patient who was "
                    "imported elsewhere is not known again. "
                    f"Copy the team's file to {user_config() / NAME}, or name it in {VARIABLE}."
                )
            else:
                self._settings.set(SETTING, fingerprint(secret))
        return secret

    def _places(self) -> Iterator[Path]:
        if os.environ.get(VARIABLE):
            _secret_in(Path(os.environ[VARIABLE]))
            yield Path(os.environ[VARIABLE]).expanduser()
        yield from (user_config() / NAME, self._folder / NAME)

    def _make(self) -> bytes:
        for path in (user_config() / NAME, self._folder / NAME):
            with suppress(OSError):
                secret = _written(path)
                if path.parent == self._folder:
                    self.warning = (
                        f"{user_config()} cannot be written: the secret that hides patients lies in the project itself."
                    )
                return secret
        raise ProjectError(
            f"The secret that hides patients cannot be kept in {user_config()}.", "Check its permissions."
        )


def fingerprints(database: Database) -> set[str]:
    """Of the secrets by which the patients of this project's recordings are hidden: those that came may have others."""
    rows = database.all("SELECT DISTINCT substr(patient, 1, 6) FROM records WHERE patient GLOB '??????-*'")
    return {row[0] for row in rows}


def personal_secret(named: Path | None = None) -> bytes:
    """The secret in a named file, else in the one that the variable names, else the person's own, made where there is
    none.

    raises : ProjectError
    """
    if named or os.environ.get(VARIABLE):
        return _secret_in(named or Path(os.environ[VARIABLE]))
    place = user_config() / NAME
    try:
        return _read(place) or _written(place)
    except OSError as error:
        raise ProjectError(f"The secret that hides patients cannot be kept in {place}.", "Name a file.") from error


def _secret_in(path: Path) -> bytes:
    """raises : ProjectError where the file holds none"""
    secret = _read(path.expanduser())
    if not secret:
        raise ProjectError(
            f"{path} holds no secret that hides patients.",
            f"Name a file of {SHORTEST} bytes or more, also in {VARIABLE}.",
        )
    return secret


def _written(path: Path) -> bytes:
    """A new secret in a new file. raises : OSError"""
    secret = secrets.token_hex(32).encode()
    path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    with create(path, 0o600) as file:
        file.write(secret)
    return secret


def _read(path: Path) -> bytes | None:
    """The secret in a file; None where there is none."""
    try:
        if not path.is_file() or path.stat().st_size > LONGEST:
            return None
        secret = path.read_bytes().strip()
    except OSError:
        return None
    return secret if len(secret) >= SHORTEST else None


def fingerprint(secret: bytes) -> str:
    """Which secret it is, from which it cannot be told."""
    return _hmac(secret, "fingerprint")[:6]


def _hmac(secret: bytes, words: str) -> str:
    return hmac.digest(secret, words.encode(), "sha256").hex()
