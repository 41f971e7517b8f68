"""The recorded tensors of the published implementation, by name; and the result of one small training."""

import json
from functools import partial

import pytest
import torch
from safetensors.torch import load_file

from cessl_gui.learn import trainer
from cessl_gui.learn.judging.folds import by_draw
from cessl_gui.learn.network.backbone import BackboneSpec, CesslNet, load_strictly, spec_of_state
from tests.learn.adapting import job, run


class Parity:
    """Recorded tensors, and the adapted network they were recorded from. Sizes come from the files."""

    def __init__(self, folder) -> None:
        self.tensors = load_file(folder / "tinylight_parity.safetensors")
        self.facts = json.loads((folder / "tinylight_parity.json").read_text())
        self.x, self.y = self.tensors["x"], self.tensors["y"]
        self.state = self.group("state.")
        self.spec: BackboneSpec = spec_of_state(self.state, "recorded")

    def __getitem__(self, name: str) -> torch.Tensor:
        return self.tensors[name]

    def group(self, prefix: str) -> dict[str, torch.Tensor]:
        return {k.removeprefix(prefix): v for k, v in self.tensors.items() if k.startswith(prefix)}

    def net(self) -> CesslNet:
        """A fresh copy of the recorded network, branches in place."""
        return load_strictly(CesslNet(self.spec, [self.facts["rank"]] * self.spec.adaptable), self.state).eval()


@pytest.fixture(autouse=True)
def one_thread():
    """One thread each: two that wait for each other on a busy machine take many times as long."""
    before = torch.get_num_threads()
    torch.set_num_threads(1)
    yield
    torch.set_num_threads(before)


@pytest.fixture
def two_folds(monkeypatch):
    """Drawn twice: where a training is only looked at from outside, more take longer and show nothing new."""
    monkeypatch.setattr(trainer, "by_draw", partial(by_draw, count=2, draws=2))


@pytest.fixture(scope="session")
def parity(cessl_parity) -> Parity:
    return Parity(cessl_parity)


@pytest.fixture(scope="session")
def result():
    """Of one small training by CE-SSL."""
    return run(job(mode="fast"))
