"""A PostgreSQL server of our own for tests: a temporary cluster on the loopback, run as an unprivileged user."""

from __future__ import annotations

import os
import secrets
import shutil
import socket
import subprocess
import tempfile
import threading
from pathlib import Path

PLACES = ("/usr/lib/postgresql/*/bin", "/usr/local/pgsql/bin", "/opt/homebrew/opt/postgresql*/bin")
NOBODY = "postgres"  # who runs it where the tests run as root, which PostgreSQL refuses


def programs() -> Path | None:
    """The folder of the newest PostgreSQL's programs; None where there is none."""
    on_path = shutil.which("postgres")
    found = [Path(on_path).parent] if on_path else []
    for place in PLACES:
        found += [path for path in Path("/").glob(place.lstrip("/")) if (path / "initdb").exists()]
    return max(found, key=str, default=None)


class Cluster:
    """Owner `owner`, reached by `url`; stopped and removed at the end of the block."""

    def __init__(self, bin_: Path) -> None:
        self.password = secrets.token_hex(8)
        self._bin = bin_
        self._folder = Path(tempfile.mkdtemp(prefix="cessl-postgres-", dir=os.environ.get("PYTEST_DEBUG_TEMPROOT")))
        self._user = NOBODY if os.geteuid() == 0 else None
        if self._user:
            shutil.chown(self._folder, self._user)
        self._one_at_a_time = threading.Lock()
        with socket.socket() as free:
            free.bind(("127.0.0.1", 0))
            self.port = free.getsockname()[1]

    def __enter__(self) -> Cluster:
        word = self._folder / "password"
        word.write_text(self.password)
        if self._user:
            shutil.chown(word, self._user)
        self._run(
            "initdb", "-D", self._data, "-U", "owner", "-A", "scram-sha-256", "--pwfile", word, "-E", "UTF8", "-N"
        )
        with (self._folder / "data" / "postgresql.conf").open("a") as settings:
            settings.write(
                f"\nlisten_addresses = '127.0.0.1'\nport = {self.port}\nunix_socket_directories = ''\n"
                "shared_buffers = 16MB\nmax_connections = 20\nautovacuum = off\n"
                "fsync = off\n"  # the computer goes on when the server is killed, and it is soon there again
            )
        self.start()
        return self

    def __exit__(self, *_: object) -> None:
        self.kill()
        shutil.rmtree(self._folder, ignore_errors=True)

    def start(self) -> None:
        self._run("pg_ctl", "-D", self._data, "-w", "-t", "240", "-l", self._folder / "data" / "log", "start")

    def kill(self) -> None:
        """At once, as when power fails: what was not committed is lost. One that is down already stays down."""
        # Two threads may ask at the same moment, and the second would find a server that is going down.
        with self._one_at_a_time:
            if (self._data / "postmaster.pid").exists():
                self._run("pg_ctl", "-D", self._data, "-m", "immediate", "-w", "stop")

    def url(self, user: str = "owner", database: str = "postgres") -> str:
        return f"postgresql://{user}@127.0.0.1:{self.port}/{database}"

    def sql(self, *statements: str, database: str = "postgres") -> None:
        import psycopg

        with psycopg.connect(self.url(database=database), password=self.password, autocommit=True) as db:
            for statement in statements:
                db.execute(statement)

    def database(self, like: str = "template1") -> str:
        """The name of a new database: empty, or a copy of another."""
        name = f"ward_{secrets.token_hex(4)}"
        self.sql(f"CREATE DATABASE {name} TEMPLATE {like}")
        return name

    @property
    def _data(self) -> Path:
        return self._folder / "data"

    def _run(self, name: str, *words: object) -> None:
        command = [str(self._bin / name), *map(str, words)]
        done = subprocess.run(
            command, user=self._user, cwd=self._folder, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE, timeout=300
        )
        if done.returncode:
            raise RuntimeError(f"{name}: {done.stderr.decode(errors='replace')[-500:]}")
