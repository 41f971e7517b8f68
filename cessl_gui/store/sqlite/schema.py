"""Is a database built as ours are? What holds no data is mended, anything else is refused."""

from __future__ import annotations

import re
import sqlite3
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path

from cessl_gui.core.errors import ProjectError

Migration = Callable[[sqlite3.Connection], None]
Objects = dict[tuple[str, str], str]  # (table, view, index or trigger; name) -> its SQL

_FROM_THE_PROJECT = "Take a copy of an earlier day, or ask who gave you the project for another one."


def version_of(path: Path) -> int:
    """The version of a project's database as its file says, without opening it; 0 where there is none."""
    try:
        with path.open("rb") as file:
            head = file.read(64)
    except OSError:
        return 0
    return int.from_bytes(head[60:], "big") if head.startswith(b"SQLite format 3\0") and len(head) == 64 else 0


def check_owner(db: sqlite3.Connection, path: object, application_id: int) -> None:
    """raises : ProjectError for a database of another program"""
    owner = db.execute("PRAGMA application_id").fetchone()[0]
    if db.execute("SELECT COUNT(*) FROM sqlite_master").fetchone()[0] and owner != application_id:
        raise ProjectError(f"{path} is not a project of this program.", "Choose another folder.")


def differences(db: sqlite3.Connection, migrations: Sequence[Migration]) -> list[tuple[str, str, str | None]]:
    """What to mend in a database of this version: (kind, name, SQL to make it again or None to take it out).

    raises : ProjectError that names the table which is not as ours
    """
    ours, theirs = _expected(migrations), _objects(db)
    for (kind, name), sql in theirs.items():
        if kind == "table" and sql.upper().startswith("CREATE VIRTUAL"):
            raise ProjectError(f"The project's database has a virtual table ({name[:60]}).", _FROM_THE_PROJECT)
    for (kind, name), sql in ours.items():
        if kind == "table" and _plain(theirs.get((kind, name), "")) != _plain(sql):
            said = "is built otherwise than this program builds it" if (kind, name) in theirs else "is missing"
            raise ProjectError(f"The table {name} of the project's database {said}.", _FROM_THE_PROJECT)
    to_mend: list[tuple[str, str, str | None]] = []
    for (kind, name), sql in theirs.items():
        if kind != "table" and _plain(ours.get((kind, name), "")) != _plain(sql):
            to_mend.append((kind, name, None))
    for (kind, name), sql in ours.items():
        if kind != "table" and _plain(theirs.get((kind, name), "")) != _plain(sql):
            to_mend.append((kind, name, sql))
    return to_mend


def mend(db: sqlite3.Connection, to_mend: Sequence[tuple[str, str, str | None]]) -> None:
    """Take out what is not ours and make what is missing, in the transaction of the caller."""
    for kind, name, sql in to_mend:
        quoted = name.replace('"', '""')
        db.execute(sql if sql is not None else f'DROP {kind} "{quoted}"')


def words(to_mend: Sequence[tuple[str, str, str | None]]) -> str:
    """What was mended, for a person."""
    names = sorted({f"{kind} {name[:60]}" for kind, name, _ in to_mend})
    more = f" and {len(names) - 5} more" if len(names) > 5 else ""
    return f"The project's database was not built as ours are and was mended: {', '.join(names[:5])}{more}."


def _expected(migrations: Sequence[Migration]) -> Objects:
    db = sqlite3.connect(":memory:", isolation_level=None)
    try:
        for migration in migrations:
            migration(db)
        return _objects(db)
    finally:
        db.close()


def _objects(db: sqlite3.Connection) -> Objects:
    rows = db.execute("SELECT type, name, sql FROM sqlite_master WHERE sql IS NOT NULL ORDER BY rowid")
    return {(kind, name): sql for kind, name, sql in rows if not name.startswith("sqlite_")}


def _plain(sql: str) -> str:
    """Without comments and with single spaces: what makes no difference."""
    return " ".join(re.sub(r"--[^\n]*", " ", sql).split())


def statements(script: str) -> Iterator[str]:
    """The statements of a script one by one: executescript() would commit between them."""
    statement = ""
    for line in script.splitlines(keepends=True):
        statement += line
        if sqlite3.complete_statement(statement):
            yield statement
            statement = ""
