"""A team's PostgreSQL server: acts go there and come from there, in the chains of their devices."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from types import TracebackType
from typing import Any

from cessl_gui.core.paths import resource
from cessl_gui.store.exchange.team_address import CONNECT_TIMEOUT_S, Address, TeamError, library, password
from cessl_gui.store.exchange.union import Known
from cessl_gui.store.log.acts import FIELDS, Act

BATCH = 1000  # acts in one transaction: what is lost when the line breaks is sent again
VERSION = 2
DEVICE = ("id", "key", "nonce", "name", "since_utc", "from_version")
ONE_AT_A_TIME = 0x6365_7373_6C  # the lock under which recordings are added


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
            with self.transaction():
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
        with self.transaction():
            if self._db.execute("SELECT to_regclass('cessl.team')").fetchone()[0] is None:
                return 0
            row = self._db.execute("SELECT value FROM cessl.team WHERE key = 'version'").fetchone()
            return int(row[0]) if row else 0

    # --- what is there -------------------------------------------------------------------------------------------

    def known(self) -> list[Known]:
        """The devices whose acts are here, each with the last that is signed: what comes after is still on its way."""
        with self.transaction():
            rows = self._db.execute(
                "SELECT d.id, d.key, d.nonce, d.name, d.since_utc, d.from_version, h.number, h.hash, h.signed_by,"
                " h.signature FROM cessl.devices AS d JOIN cessl.heads AS h ON h.device = d.id ORDER BY d.id"
            ).fetchall()
        return [Known(*row) for row in rows]

    def numbers(self) -> dict[str, int]:
        """Device -> the number of its last act here, signed or not."""
        with self.transaction():
            return dict(self._db.execute("SELECT device, max(number) FROM cessl.acts GROUP BY device").fetchall())

    def acts(self, device: str, after: int, until: int) -> Iterator[Act]:
        """Yield the acts of a device that come after a number, in their order; read BATCH at a time."""
        while after < until:
            with self.transaction():
                rows = self._db.execute(
                    f"SELECT {', '.join(FIELDS)} FROM cessl.acts WHERE device = %s AND number > %s AND number <= %s"
                    " ORDER BY number LIMIT %s",
                    (device, after, until, BATCH),
                ).fetchall()
            if not rows:
                return
            yield from (Act(*row) for row in rows)
            after += len(rows)

    def recordings(self, after: int) -> Iterator[tuple[int, str]]:
        """Yield (place, facts as JSON) of recordings that were added after a place."""
        while True:
            with self.transaction():
                rows = self._db.execute(
                    "SELECT place, facts FROM cessl.recordings WHERE place > %s ORDER BY place LIMIT %s", (after, BATCH)
                ).fetchall()
            if not rows:
                return
            yield from rows
            after = rows[-1][0]

    def last_place(self) -> int:
        """The place of the recording that was added last; 0 where there is none."""
        with self.transaction():
            return self._db.execute("SELECT coalesce(max(place), 0) FROM cessl.recordings").fetchone()[0]

    def lacking(self, digests: Sequence[str]) -> set[str]:
        """Those of these recordings, by their digests, that are not here."""
        with self.transaction():
            rows = self._db.execute(
                "SELECT given FROM unnest(%s::text[]) AS given"
                " WHERE NOT EXISTS (SELECT FROM cessl.recordings WHERE digest = given)",
                (list(digests),),
            ).fetchall()
        return {row[0] for row in rows}

    def keeps_removed(self) -> bool:
        """Whether what was said, or is known, of a removed recording is still here."""
        with self.transaction():
            return self._db.execute(
                "WITH gone AS (SELECT DISTINCT jsonb_array_elements_text(payload::jsonb -> 'contents') AS content"
                " FROM cessl.acts WHERE kind = 'removal' AND payload IS NOT NULL)"
                " SELECT EXISTS (SELECT FROM cessl.acts JOIN gone ON record = content WHERE kind <> 'removal'"
                " AND payload IS NOT NULL)"
                " OR EXISTS (SELECT FROM cessl.recordings JOIN gone ON content = ANY (contents))"
                " OR EXISTS (SELECT FROM cessl.files JOIN gone ON of = content WHERE kind = 'signal')"
            ).fetchone()[0]

    def setting(self, key: str) -> str:
        """What the team has agreed on; "" where nothing is."""
        with self.transaction():
            row = self._db.execute("SELECT value FROM cessl.team WHERE key = %s", (key,)).fetchone()
        return row[0] if row else ""

    # --- what is sent --------------------------------------------------------------------------------------------

    def agree(self, key: str, value: str) -> str:
        """Agree on a value, if there is none yet and this member is a lead; returns what holds."""
        if not self.setting(key) and self.is_lead():
            with self.transaction():
                self._db.execute("INSERT INTO cessl.team VALUES (%s, %s) ON CONFLICT DO NOTHING", (key, value))
        return self.setting(key)

    def is_lead(self) -> bool:
        with self.transaction():
            return self._db.execute("SELECT pg_has_role(session_user, 'cessl_lead', 'member')").fetchone()[0]

    def introduce(self, devices: Sequence[Known]) -> None:
        """Add devices, before their acts."""
        self._insert("devices", DEVICE, [one[: len(DEVICE)] for one in devices])

    def put_acts(self, acts: Sequence[Act]) -> None:
        """Add acts, which follow those that are there of their devices; what is there already is passed over.

        raises : TeamError where another act has the same number: a device's chain was made again
        """
        self._insert("acts", FIELDS, [tuple(getattr(act, name) for name in FIELDS) for act in acts])

    def sign_off(self, devices: Sequence[Known]) -> None:
        """Let others see the acts up to these, which are here by now."""
        with self.transaction(), self._db.cursor() as cursor:
            values = [(one.id, one.number, one.hash, one.signed_by, one.signature) for one in devices]
            cursor.executemany("SELECT cessl.put_head(%s, %s, %s, %s, %s)", values)

    def put_recordings(self, rows: Sequence[tuple[str, Sequence[str], str]]) -> None:
        """Add (digest, contents, facts as JSON) of recordings."""
        with self.transaction(), self._db.cursor() as cursor:
            cursor.execute("SELECT pg_advisory_xact_lock(%s)", (ONE_AT_A_TIME,))
            cursor.executemany(
                "INSERT INTO cessl.recordings (digest, contents, facts) VALUES (%s, %s, %s) ON CONFLICT DO NOTHING",
                [(digest, list(contents), facts) for digest, contents, facts in rows],
            )

    def erase_removed(self) -> int:
        """Erase what removals name; only a lead may. returns : how many acts lost their payload"""
        with self.transaction():
            return self._db.execute("SELECT cessl.erase_removed()").fetchone()[0]

    # -------------------------------------------------------------------------------------------------------------

    def _insert(self, table: str, columns: Sequence[str], rows: Sequence[tuple]) -> None:
        places = ", ".join(["%s"] * len(columns))
        sql = f"INSERT INTO cessl.{table} ({', '.join(columns)}) VALUES ({places}) ON CONFLICT DO NOTHING"
        with self.transaction(), self._db.cursor() as cursor:
            cursor.executemany(sql, rows)

    def rows(self, sql: str, values: Sequence = ()) -> list[tuple]:
        """Rows of a query, in a transaction of its own. raises : TeamError"""
        with self.transaction() as db:
            return db.execute(sql, values).fetchall()

    @contextmanager
    def transaction(self) -> Iterator[Any]:
        """One transaction, with its connection. raises : TeamError"""
        with self._errors(), self._db.transaction():
            yield self._db

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
