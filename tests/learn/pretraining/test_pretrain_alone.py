"""Pre-training runs that share a cache do not write into each other's files, and what a killed one left is removed."""

import pytest

from cessl_gui.core.errors import Cancelled, CesslError
from cessl_gui.core.task import NOBODY_WAITS, Stop, Task
from cessl_gui.learn.pretraining.alone import one_preparing, one_run
from cessl_gui.learn.pretraining.config import read_config
from cessl_gui.learn.pretraining.run import pretrain
from tests.learn.pretraining.test_pretrain import config

pytestmark = pytest.mark.usefixtures("configured_data_alone")


def test_one_configuration_is_run_by_one_at_a_time(tmp_path):
    path = config(tmp_path, tmp_path / "data")
    with one_run(read_config(path).cache, read_config(path).digest):
        with pytest.raises(CesslError, match="Another run of this configuration is going on"):
            pretrain(path)
        with one_run(read_config(path).cache, "0" * 12):  # another one
            pass


def test_what_a_killed_run_was_writing_is_removed_and_what_another_run_writes_is_not(tmp_path):
    (tmp_path / "ecgs").mkdir()
    killed, own, others = (tmp_path / "ecgs" / f"state-{name}.new" for name in ("killed", "own", "others"))
    for file in (killed, own, others):
        file.touch()
    with one_run(tmp_path, "others"):
        others.touch()
        with one_run(tmp_path, "own"):
            assert [path.name for path in (tmp_path / "ecgs").iterdir()] == [others.name]


def test_ecgs_are_prepared_by_one_run_at_a_time_and_another_waits(tmp_path):
    seen = []
    with one_preparing(tmp_path, NOBODY_WAITS), pytest.raises(Cancelled):
        waiting = Task(lambda p: seen.append(p.phase), lambda: Stop.CANCEL if seen else None)
        with one_preparing(tmp_path, waiting):
            pass
    assert seen == ["Waiting for another run that prepares these ECGs"]
    with one_preparing(tmp_path, NOBODY_WAITS):  # free again
        pass
