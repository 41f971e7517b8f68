"""A team's PostgreSQL server: acts go there and come from there, in the chains of their devices."""

from __future__ import annotations

import json
import socket
import threading
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager, suppress
from types import TracebackType
from typing import Any, TypeVar

from cessl_gui.core.paths import resource
from cessl_gui.store.exchange.given import UNFIT, act_of, known_of
from cessl_gui.store.exchange.team_address import CONNECT_TIMEOUT_S, Address, TeamError, library, password
from cessl_gui.store.exchange.union import Known
from cessl_gui.store.log.acts import FIELDS, Act

MOST_ROWS = 1_000_000  # that a question is answered with
BATCH = 1000  # acts in one transaction: what is lost when the line breaks is sent again
CHUNK = 50  # rows of an answer that are handed over together
VERSION = 2
ANSWER_S, LOOKED_EVERY_S = 330, 0.1  # the server itself ends what takes 300 s
T = TypeVar("T")
DEVICE = ("id", "key", "nonce", "name", "since_utc", "from_version")
ONE_AT_A_TIME = 0x6365_7373_6C  # the lock under which recordings are added


class TeamServer:
    """An open connection; use it as a context manager. Every method is one transaction."""

    def __init__(self, address: Address) -> None:
        """raises : TeamError"""
        self._psycopg = library()
        self._name = address.name
        self._chunk = CHUNK if self._psycopg.capabilities.has_stream_chunked() else 1
        self._asked_at = 0.0  # when the transaction began that goes on; 0: none does
        secret = password(address)
        try:
            self._db = self._psycopg.connect(
                **{**address.parameters, "password": secret},
                connect_timeout=CONNECT_TIMEOUT_S,
                autocommit=True,
                options="-c statement_timeout=300000 -c client_min_messages=warning",
            )
        except self._psycopg.Error as error:
            raise TeamError(
                f"No connection to {self._name} ({_words(error)}).",
                "Check the address, your name and your password, then sync again: nothing is lost.",
            ) from error

    def __enter__(self) -> TeamServer:
        return self

    @contextmanager
    def watched(self, is_stopped: Callable[[], bool]) -> Iterator[None]:
        """In the block a wait for an answer ends, with a TeamError, when a person stops or nothing comes for long."""
        ended = threading.Event()

        def watch() -> None:
            while not ended.wait(LOOKED_EVERY_S):
                asked = self._asked_at
                if is_stopped() or (asked and time.monotonic() - asked > ANSWER_S):
                    self._hang_up()
                    return

        thread = threading.Thread(target=watch, daemon=True)
        thread.start()
        try:
            yield
        finally:
            ended.set()
            thread.join()

    def _hang_up(self) -> None:
        """End the line under whoever waits: psycopg gives no other way to."""
        with suppress(OSError, self._psycopg.Error):
            line = socket.fromfd(self._db.fileno(), socket.AF_INET, socket.SOCK_STREAM)
            try:
                line.shutdown(socket.SHUT_RDWR)
            finally:
                line.close()

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
        if self._value("SELECT to_regclass('cessl.team')::text") is None:
            return 0
        return self._given(int, self._value("SELECT value FROM cessl.team WHERE key = 'version'") or 0)

    # --- what is there -------------------------------------------------------------------------------------------

    def known(self) -> list[Known]:
        """The devices whose acts are here, each with the last that is signed: what comes after is still on its way."""
        rows = self.rows(
            "SELECT d.id, d.key, d.nonce, d.name, d.since_utc, d.from_version, h.number, h.hash, h.signed_by,"
            " h.signature FROM cessl.devices AS d JOIN cessl.heads AS h ON h.device = d.id"
        )
        return sorted(self._given(known_of, row) for row in rows)

    def numbers(self) -> dict[str, int]:
        """Device -> the number of its last act here, signed or not."""
        return dict(self.rows("SELECT device, max(number) FROM cessl.acts GROUP BY device"))

    def acts(self, device: str, after: int, until: int) -> Iterator[Act]:
        """Yield the acts of a device that come after a number, in their order; read BATCH at a time."""
        while after < until:
            rows = self.rows(
                f"SELECT {', '.join(FIELDS)} FROM cessl.acts WHERE device = %s AND number > %s AND number <= %s"
                " ORDER BY number LIMIT %s",
                (device, after, until, BATCH),
                BATCH,
            )
            if not rows:
                return
            yield from (self._given(act_of, row) for row in rows)
            after += len(rows)

    def recordings(self, after: int) -> Iterator[tuple[int, dict[str, Any]]]:
        """Yield (place, facts) of recordings that were added after a place."""
        while True:
            rows = self.rows(
                "SELECT place, facts FROM cessl.recordings WHERE place > %s ORDER BY place LIMIT %s",
                (after, BATCH),
                BATCH,
            )
            if not rows:
                return
            yield from ((place, self._given(json.loads, facts)) for place, facts in rows)
            if rows[-1][0] <= after:
                raise self._lies()
            after = rows[-1][0]

    def last_place(self) -> int:
        """The place of the recording that was added last; 0 where there is none."""
        return self._value("SELECT coalesce(max(place), 0) FROM cessl.recordings")

    def lacking(self, digests: Sequence[str]) -> set[str]:
        """Those of these recordings, by their digests, that are not here."""
        rows = self.rows(
            "SELECT given FROM unnest(%s::text[]) AS given"
            " WHERE NOT EXISTS (SELECT FROM cessl.recordings WHERE digest = given)",
            (list(digests),),
            len(digests),
        )
        return {row[0] for row in rows} & {*digests}

    def keeps_removed(self) -> bool:
        """Whether what was said, or is known, of a removed recording is still here."""
        return self._value(
            "WITH gone AS (SELECT DISTINCT jsonb_array_elements_text(payload::jsonb -> 'contents') AS content"
            " FROM cessl.acts WHERE kind = 'removal' AND payload IS NOT NULL)"
            " SELECT EXISTS (SELECT FROM cessl.acts JOIN gone ON record = content WHERE kind <> 'removal'"
            " AND payload IS NOT NULL)"
            " OR EXISTS (SELECT FROM cessl.recordings JOIN gone ON content = ANY (contents))"
            " OR EXISTS (SELECT FROM cessl.files JOIN gone ON of = content WHERE kind = 'signal')"
        )

    def setting(self, key: str) -> str:
        """What the team has agreed on; "" where nothing is."""
        return self._value("SELECT value FROM cessl.team WHERE key = %s", (key,)) or ""

    # --- what is sent --------------------------------------------------------------------------------------------

    def agree(self, key: str, value: str) -> str:
        """Agree on a value, if there is none yet and this member is a lead; returns what holds."""
        if not self.setting(key) and self.is_lead():
            with self.transaction():
                self._db.execute("INSERT INTO cessl.team VALUES (%s, %s) ON CONFLICT DO NOTHING", (key, value))
        return self.setting(key)

    def is_lead(self) -> bool:
        return self._value("SELECT pg_has_role(session_user, 'cessl_lead', 'member')")

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
        return self._value("SELECT cessl.erase_removed()")

    # -------------------------------------------------------------------------------------------------------------

    def _insert(self, table: str, columns: Sequence[str], rows: Sequence[tuple]) -> None:
        places = ", ".join(["%s"] * len(columns))
        sql = f"INSERT INTO cessl.{table} ({', '.join(columns)}) VALUES ({places}) ON CONFLICT DO NOTHING"
        with self.transaction(), self._db.cursor() as cursor:
            cursor.executemany(sql, rows)

    def rows(self, sql: str, values: Sequence = (), most: int | None = None) -> list[tuple]:
        """Rows of a query, in a transaction of its own. raises : TeamError, also for more than `most` or MOST_ROWS"""
        found: list[tuple] = []
        most = MOST_ROWS if most is None else most
        with self.transaction() as db, db.cursor() as cursor:
            for row in cursor.stream(sql, values, size=self._chunk):  # some at a time: all could fill the memory
                found.append(row)
                if len(found) > most:
                    db.close()
                    raise self._lies()
        return found

    def _value(self, sql: str, values: Sequence = ()) -> Any:
        """What a question of one value is answered with; None where it is not."""
        rows = self.rows(sql, values, 1)
        return rows[0][0] if rows else None

    def _given(self, make: Callable[[Any], T], value: Any) -> T:
        """raises : TeamError for what no project has"""
        try:
            return make(value)
        except UNFIT as error:
            raise self._lies() from error

    def _lies(self) -> TeamError:
        return TeamError(
            f"{self._name} gives what no project of a team has.", "Nothing of it was taken in. Ask who runs it."
        )

    @contextmanager
    def transaction(self) -> Iterator[Any]:
        """One transaction, with its connection. raises : TeamError"""
        self._asked_at = time.monotonic()
        try:
            with self._errors(), self._db.transaction():
                yield self._db
        finally:
            self._asked_at = 0.0

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
