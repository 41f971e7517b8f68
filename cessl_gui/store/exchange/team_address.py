"""The address of a team's server, and its password: never in a project, never sent without TLS over a network."""

from __future__ import annotations

import ipaddress
import os
from dataclasses import dataclass
from typing import Any

from cessl_gui.core.errors import CesslError

VARIABLE = "CESSL_TEAM_PASSWORD"
SERVICE = "cessl-gui team"  # in the system's keyring
CONNECT_TIMEOUT_S = 15


class TeamError(CesslError):
    """A team's server cannot be used; the sentence says why."""


@dataclass(frozen=True)
class Address:
    """Where a server is, without a password.

    url        : as it was typed
    parameters : of libpq
    is_local   : on this computer, which needs no TLS
    """

    url: str
    parameters: dict[str, str]
    is_local: bool

    @property
    def name(self) -> str:
        """For a person and for the keyring: anna@db.hospital.example/ward."""
        host = self.parameters.get("host") or self.parameters.get("hostaddr") or "this computer"
        port = f":{self.parameters['port']}" if self.parameters.get("port", "5432") != "5432" else ""
        return f"{self.parameters.get('user', '')}@{host}{port}/{self.parameters.get('dbname', '')}"


def parse(url: str) -> Address:
    """Return the address that a person typed: postgresql://anna@host/database.

    raises : TeamError, also for one with a password, and for one without TLS that is not on this computer
    """
    conninfo = library().conninfo
    try:
        given = {key: str(value) for key, value in conninfo.conninfo_to_dict(url).items() if value is not None}
    except library().ProgrammingError as error:
        raise TeamError(f"{url[:200]} is no address of a PostgreSQL server.", _FORM) from error
    if "password" in given or "passfile" in given or "service" in given:
        raise TeamError(
            "The address of the server holds a password, or a file that does.",
            f"Leave it out: it comes from the system's keyring (--save-password) or from {VARIABLE}.",
        )
    if not given.get("user") or not given.get("dbname"):
        raise TeamError("The address of the server lacks your name or the database.", _FORM)
    is_local = _is_local(given)
    if not is_local and given.setdefault("sslmode", "verify-full") != "verify-full":
        raise TeamError(
            f"sslmode={given['sslmode']} would not make sure that it is your server that answers.",
            "Leave it out; sslrootcert=FILE names the authority of its certificate.",
        )
    if not is_local:
        given.setdefault("sslrootcert", "system")
    return Address(url, given, is_local)


_FORM = "Write it as postgresql://NAME@HOST/DATABASE."


def password(address: Address) -> str | None:
    """Return the password from the environment or the system's keyring; None where neither has one."""
    from_environment = os.environ.get(VARIABLE) or os.environ.get("PGPASSWORD")
    if from_environment:
        return from_environment
    import keyring
    import keyring.errors

    try:
        return keyring.get_password(SERVICE, address.name)
    except keyring.errors.KeyringError:
        return None


def save_password(address: Address, given: str) -> None:
    """Keep a password in the system's keyring. raises : TeamError where there is none"""
    library()
    import keyring
    import keyring.errors

    try:
        keyring.set_password(SERVICE, address.name, given)
    except keyring.errors.KeyringError as error:
        raise TeamError(
            "This computer has no keyring that could keep a password.", f"Set {VARIABLE} instead."
        ) from error


def library() -> Any:
    """psycopg. raises : TeamError where the extra is not installed"""
    try:
        import keyring
        import psycopg.conninfo
        import psycopg.errors
    except ImportError as error:
        raise TeamError("Syncing with a team needs two more packages.", "Install cessl-gui[team].") from error
    assert keyring
    return psycopg


def _is_local(given: dict[str, str]) -> bool:
    places = [*given.get("host", "").split(","), *given.get("hostaddr", "").split(",")]
    return all(map(_is_loopback, filter(None, places)))


def _is_loopback(place: str) -> bool:
    if place.startswith(("/", "@")) or place == "localhost":  # a socket of this computer
        return True
    try:
        return ipaddress.ip_address(place).is_loopback
    except ValueError:
        return False
