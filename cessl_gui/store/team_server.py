"""A team's PostgreSQL server: acts go there and come from there, in the chains of their devices."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from types import TracebackType
from typing import Any

from cessl_gui.core.paths import resource
from cessl_gui.store.acts import FIELDS, Act
from cessl_gui.store.team_address import CONNECT_TIMEOUT_S, Address, TeamError, library, password

BATCH = 1000  # acts in one transaction: what is lost when the line breaks is sent again
VERSION = 1
DEVICE = ("id", "key", "nonce", "name", "since_utc", "from_version")
HEAD = ("device", "number", "hash", "signed_by", "signature")


class TeamServer:
    """An open connection; use it as a context manager. Every method is one transaction."""

    def __init__(self, address: Address) -> None:
        """raises : TeamError"""
        self._psycopg = library()
        self._name = address.name
        with self._errors():
            self._db = self._psycopg.connect(
                **{**address.parameters, "password": password(address)},
                connect_timeout=CONNECT_TIMEOUT_S,
                autocommit=True,
                options="-c statement_timeout=300000 -c client_min_messages=warning",
            )

    def __enter__(self) -> TeamServer:
        return self

    def __exit__(self, *_: type[BaseException] | BaseException | TracebackType | None) -> None:
        self._db.close()

    # --- the tables ----------------------------------------------------------------------------------------------

    def upgrade(self) -> int:
        """Make the tables, or bring them up to this program's version; returns how many scripts ran.

        raises : TeamError, also where the server is newer
        """
        ran = 0
        for number in range(self._version() + 1, VERSION + 1):
            script = (resource("team") / f"schema_{number}.sql").read_text(encoding="utf-8")
            with self._transaction():
                self._db.execute(script)
                self._db.execute("UPDATE cessl.team SET value = %s WHERE key = 'version'", (str(number),))
            ran += 1
        self.check_version()
        return ran

    def check_version(self) -> None:
        """raises : TeamError where the server's tables are not of this program's version"""
        version = self._version()
        if version < VERSION:
            raise TeamError(
                f"The tables of {self._name} are missing or of an earlier version.",
                "The owner of the database makes them: cessl team-server URL.",
            )
        if version > VERSION:
            raise TeamError(f"{self._name} is of a newer version.", "Update this program; nothing was sent.")

    def _version(self) -> int:
        with self._transaction():
            if self._db.execute("SELECT to_regclass('cessl.team')").fetchone()[0] is None:
                return 0
            row = self._db.execute("SELECT value FROM cessl.team WHERE key = 'version'").fetchone()
            return int(row[0]) if row else 0

    # --- what is there -------------------------------------------------------------------------------------------

    def numbers(self) -> dict[str, int]:
        """Device -> the number of its last act here."""
        with self._transaction():
            return dict(self._db.execute("SELECT device, max(number) FROM cessl.acts GROUP BY device").fetchall())

    def count(self) -> int:
        with self._transaction():
            return self._db.execute("SELECT count(*) FROM cessl.acts").fetchone()[0]

    def devices(self) -> list[dict[str, Any]]:
        return self._rows("devices", DEVICE)

    def heads(self) -> list[dict[str, Any]]:
        return self._rows("heads", HEAD)

    def acts_after(self, numbers: Mapping[str, int]) -> Iterator[list[Act]]:
        """Yield all acts that come after these numbers, device by device and in order, BATCH at a time."""
        for device, last in sorted(self.numbers().items()):
            done = numbers.get(device, 0)
            while done < last:
                with self._transaction():
                    rows = self._db.execute(
                        f"SELECT {', '.join(FIELDS)} FROM cessl.acts WHERE device = %s AND number > %s"
                        " ORDER BY number LIMIT %s",
                        (device, done, BATCH),
                    ).fetchall()
                if not rows:
                    break
                yield [Act(*row) for row in rows]
                done += len(rows)

    def recordings(self, known: Sequence[str] = ()) -> dict[str, str]:
        """Content -> its facts (JSON), of recordings other than the known ones."""
        with self._transaction():
            return dict(
                self._db.execute(
                    "SELECT content, facts FROM cessl.recordings WHERE content <> ALL (%s)", (list(known),)
                ).fetchall()
            )

    def setting(self, key: str) -> str:
        """What the team has agreed on; "" where nothing is."""
        with self._transaction():
            row = self._db.execute("SELECT value FROM cessl.team WHERE key = %s", (key,)).fetchone()
        return row[0] if row else ""

    # --- what is sent --------------------------------------------------------------------------------------------

    def agree(self, key: str, value: str) -> str:
        """Agree on a value, if there is none yet and this member is a lead; returns what holds."""
        if not self.setting(key) and self.is_lead():
            with self._transaction():
                self._db.execute("INSERT INTO cessl.team VALUES (%s, %s) ON CONFLICT DO NOTHING", (key, value))
        return self.setting(key)

    def is_lead(self) -> bool:
        with self._transaction():
            return self._db.execute("SELECT pg_has_role(session_user, 'cessl_lead', 'member')").fetchone()[0]

    def put_devices(self, rows: Sequence[Mapping[str, Any]]) -> None:
        self._insert("devices", DEVICE, [tuple(row[name] for name in DEVICE) for row in rows])

    def put_recordings(self, facts: Mapping[str, str]) -> None:
        self._insert("recordings", ("content", "facts"), list(facts.items()))

    def put_acts(self, acts: Sequence[Act]) -> None:
        """Add acts of a device, which follow those that are there; what is there already is passed over.

        raises : TeamError where another act has the same number: a device's chain was made anew
        """
        self._insert("acts", FIELDS, [tuple(getattr(act, name) for name in FIELDS) for act in acts])

    def put_heads(self, rows: Sequence[Mapping[str, Any]]) -> None:
        with self._transaction(), self._db.cursor() as cursor:
            values = [tuple(row[name] for name in HEAD) for row in rows]
            cursor.executemany("SELECT cessl.put_head(%s, %s, %s, %s, %s)", values)

    def erase_removed(self) -> int:
        """Erase what removals name; only a lead may. returns : how many acts lost their payload"""
        with self._transaction():
            return self._db.execute("SELECT cessl.erase_removed()").fetchone()[0]

    # -------------------------------------------------------------------------------------------------------------

    def _insert(self, table: str, columns: Sequence[str], rows: Sequence[tuple]) -> None:
        places = ", ".join(["%s"] * len(columns))
        sql = f"INSERT INTO cessl.{table} ({', '.join(columns)}) VALUES ({places}) ON CONFLICT DO NOTHING"
        with self._transaction(), self._db.cursor() as cursor:
            cursor.executemany(sql, rows)

    def _rows(self, table: str, columns: Sequence[str]) -> list[dict[str, Any]]:
        with self._transaction():
            rows = self._db.execute(f"SELECT {', '.join(columns)} FROM cessl.{table}").fetchall()
        return [dict(zip(columns, row, strict=True)) for row in rows]

    @contextmanager
    def _transaction(self) -> Iterator[None]:
        with self._errors(), self._db.transaction():
            yield

    @contextmanager
    def _errors(self) -> Iterator[None]:
        errors = self._psycopg.errors
        try:
            yield
        except errors.InsufficientPrivilege as error:
            raise TeamError(f"{self._name} does not let you do that.", "Ask a lead of the team.") from error
        except self._psycopg.OperationalError as error:
            raise TeamError(
                f"{self._name} does not answer, or broke off ({_words(error)}).",
                "What was sent is kept, and so is everything here; sync again.",
            ) from error
        except self._psycopg.Error as error:
            if getattr(error, "sqlstate", "") == "CE001":
                raise TeamError(
                    f"{self._name} has other acts of a device of this project ({_words(error)}).",
                    "Run cessl verify on the projects of this device: one of them was changed.",
                ) from error
            raise TeamError(f"{self._name} refused what was sent ({_words(error)}).", "Nothing was changed.") from error


def _words(error: Exception) -> str:
    return " ".join(str(error).split())[:200] or type(error).__name__
