"""A team's server, with its owner, a lead and two readers."""

import os

import pytest

from cessl_gui.store.project import Project
from tests.records import make_record, noise_mv
from tests.team.postgres import Cluster, programs

REASON = "PostgreSQL is not installed: apt-get install postgresql"


@pytest.fixture(scope="session")
def cluster():
    found = programs()
    if found is None:
        if os.environ.get("CESSL_DATA_REQUIRED"):
            pytest.fail(REASON)
        pytest.skip(REASON)
    pytest.importorskip("psycopg")
    with Cluster(found) as running:
        for role in ("cessl_reader", "cessl_lead"):
            running.sql(f"CREATE ROLE {role} NOLOGIN")
        running.sql("GRANT cessl_reader TO cessl_lead")
        for name, role in (("anna", "cessl_reader"), ("ben", "cessl_lead"), ("stranger", "pg_read_all_stats")):
            running.sql(f"CREATE ROLE {name} LOGIN PASSWORD '{running.password}' IN ROLE {role}")
        yield running


@pytest.fixture(scope="session")
def team(cluster) -> str:
    """The name of a database with a team's tables, which each test has a copy of."""
    from cessl_gui.store.exchange import team_address
    from cessl_gui.store.exchange.team_server import TeamServer

    name = cluster.database()
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv(team_address.VARIABLE, cluster.password)
        with TeamServer(team_address.parse(cluster.url("owner", name))) as server:
            server.upgrade()
    return name


@pytest.fixture
def ward(cluster, team, monkeypatch):
    """A function that gives the address of a new team's database, by a member's name."""
    from cessl_gui.store.exchange import team_address

    monkeypatch.setenv(team_address.VARIABLE, cluster.password)
    name = cluster.database(team)
    return lambda member="anna": team_address.parse(cluster.url(member, name))


@pytest.fixture
def desk(tmp_path, monkeypatch):
    """A function that opens a person's project on a computer of the own, with the ECGs r0 to r2."""
    opened = {}

    def sit(name: str) -> Project:
        monkeypatch.setenv("XDG_DATA_HOME", str(tmp_path / name))
        if name not in opened:
            opened[name] = Project.open(tmp_path / name / "ward.cessl")
            for number in range(3):
                opened[name].records.add(make_record(noise_mv(number), number))
        return opened[name]

    yield sit
    for project in opened.values():
        project.close()
