"""How many acts a second does a team's server take?

`python -m benchmarks.projects.team_throughput [--clients N] [--acts N]`

Starts a PostgreSQL of its own on the loopback (16 MB of shared buffers; fsync on, as a real one has it). Each client is
a process with a project of its own, in which its acts lie already; all send at the same time, then all receive what
the others sent. At the end every project must have every act, and `verify` finds nothing.
"""

from __future__ import annotations

import multiprocessing
import os
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import numpy as np

from benchmarks.report import arguments, show
from cessl_gui.core.task import Task
from cessl_gui.core.types import LEADS_12, Record, State
from cessl_gui.store.care.verify import verify
from cessl_gui.store.exchange import team_address
from cessl_gui.store.exchange.team_server import TeamServer
from cessl_gui.store.project import Project
from cessl_gui.tasks.team import syncing
from tests.team.postgres import Cluster, programs

RECORDS = 2000
NO_SIGNAL = np.zeros((12, 10), np.float32)  # signals are not exchanged
AT_ONCE = 500  # labels in one transaction, while the projects are made


@contextmanager
def server() -> Iterator[Cluster]:
    found = programs()
    if found is None:
        raise SystemExit("PostgreSQL is not installed: apt-get install postgresql")
    with Cluster(found) as cluster:
        cluster.sql("ALTER SYSTEM SET fsync = on", "SELECT pg_reload_conf()")
        for role in ("cessl_reader", "cessl_lead"):
            cluster.sql(f"CREATE ROLE {role} NOLOGIN")
        os.environ[team_address.VARIABLE] = cluster.password
        yield cluster


def make(folder: Path, client: int, acts: int) -> None:
    """A project with so many labels by one reader, on records that all clients have."""
    with Project.open(folder) as project:
        with project.atomic():
            for number in range(RECORDS):
                name, digest = f"ECG {number}", f"{number:064d}"
                record = Record(digest[-16:], name, f"/x/{number}.hea", digest, NO_SIGNAL, 500.0, LEADS_12)
                project.records.add(record)
        ids = project.records.ids()
        states = (*State,)
        changes = [(ids[i % RECORDS], f"local:{client} {i // RECORDS}", states[i % 3]) for i in range(acts)]
        for begin in range(0, acts, AT_ONCE):
            project.labels.set_many(changes[begin : begin + AT_ONCE], f"reader {client}")


def sync(folder: Path, address: team_address.Address, barrier, said) -> None:
    """In a process of its own: wait for the others, then sync; tells what came of it."""
    barrier.wait()
    began = time.monotonic()
    with Project.open(folder) as project:
        done = syncing.sync(project, address, Task())
    said.put((done.sent, done.received, time.monotonic() - began))


def together(folders: list[Path], address: team_address.Address) -> tuple[int, int, float]:
    """All sync at the same time. returns : acts sent and received, and seconds until the last one had ended"""
    context = multiprocessing.get_context("spawn")
    barrier, said = context.Barrier(len(folders) + 1), context.Queue()
    clients = [context.Process(target=sync, args=(folder, address, barrier, said)) for folder in folders]
    for client in clients:
        client.start()
    barrier.wait()
    began = time.monotonic()
    answers = [said.get(timeout=900) for _ in folders]
    seconds = time.monotonic() - began
    for client in clients:
        client.join()
    return sum(a[0] for a in answers), sum(a[1] for a in answers), seconds


def measure(clients: int, acts: int) -> list[dict]:
    with tempfile.TemporaryDirectory() as outer, server() as cluster:
        address = team_address.parse(cluster.url("owner", cluster.database()))
        with TeamServer(address) as team:
            team.upgrade()
        folders = [Path(outer) / f"{client}.cessl" for client in range(clients)]
        for client, folder in enumerate(folders):
            make(folder, client, acts)
        rows = []
        for what in ("all send", "all receive"):
            sent, received, seconds = together(folders, address)
            rows.append({"what": what, "sent": sent, "received": received, "s": seconds})
            rows[-1]["acts/s"] = (sent + received) / seconds
        with Project.open(folders[0]) as first:
            expected = first.history.count()
        for folder in folders:
            with Project.open(folder) as project:
                if project.history.count() != expected or expected < clients * acts:
                    raise SystemExit(f"{folder.name} has {project.history.count()} of {expected} acts")
        wrong = verify(folders[0]).wrong
        if wrong:
            raise SystemExit(wrong[0])
        return rows


def main() -> None:
    parser = arguments(__doc__)
    parser.add_argument("--clients", type=int, default=10)
    parser.add_argument("--acts", type=int, default=10_000, help="of each client")
    args = parser.parse_args()
    with tempfile.TemporaryDirectory() as home:  # nothing of it goes into the person's own
        os.environ |= {"XDG_DATA_HOME": home, "XDG_CONFIG_HOME": home}
        show("team_throughput", measure(args.clients, args.acts), clients=args.clients, acts=args.acts)


if __name__ == "__main__":
    main()
