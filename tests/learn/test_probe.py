"""The output layer is fitted first only where that cross-validates better, on other patients."""

import numpy as np
import pytest
import torch

from benchmarks.learning.probe import fit_head
from cessl_gui.learn.network import device
from tests.learn.adapting import backbone


def test_the_output_layer_is_fitted_only_where_that_cross_validates_better():
    """Labels that the output layer itself gives: nothing to learn. Their opposites: much."""
    net = backbone().net
    x = torch.randn(30, 12, 6144, generator=torch.Generator().manual_seed(0))
    processor = device.choose("cpu")
    with torch.no_grad():
        features = net.classifier[0](net.pool(net.encode(x)))
        net.classifier[1].weight.mul_(4 / (features @ net.classifier[1].weight.T).std())  # sure of what it says
        net.classifier[1].bias.copy_(-(features @ net.classifier[1].weight.T).mean(0))
        known = (net.classifier[1](features) > 0).float()
    before = net.classifier[1].weight.detach().clone()
    fit_head(net, x, known, torch.ones_like(known), processor)
    assert torch.equal(net.classifier[1].weight, before)
    fit_head(net, x, 1 - known, torch.ones_like(known), processor)
    assert not torch.equal(net.classifier[1].weight, before)


class Features(torch.nn.Module):
    """Takes its inputs for the features: an output layer that says 0.3 of everything."""

    def __init__(self, width: int) -> None:
        super().__init__()
        self.classifier = torch.nn.Sequential(torch.nn.Identity(), torch.nn.Linear(width, 1))
        torch.nn.init.zeros_(self.head.weight)
        torch.nn.init.constant_(self.head.bias, -0.85)

    @property
    def head(self) -> torch.nn.Module:
        return self.classifier[1]

    def encode(self, x: torch.Tensor, first: int) -> torch.Tensor:
        return x

    def pool(self, x: torch.Tensor) -> torch.Tensor:
        return x


def chance(seed: int, patients: int, each: int = 1) -> tuple[torch.Tensor, torch.Tensor, np.ndarray]:
    """Features (n, 128), labels (n, 1) and patients, in mixed order; labels that features do not tell."""
    generator = torch.Generator().manual_seed(seed)
    features, labels = torch.randn(patients, 128, generator=generator), torch.rand(patients, 1, generator=generator)
    number = torch.arange(patients).repeat_interleave(each)[torch.randperm(patients * each, generator=generator)]
    x = features[number] + 0.3 * torch.randn(len(number), 128, generator=generator)
    return x, (labels[number] < 0.3).float(), np.array([f"p{i}" for i in number.tolist()], object)


def fitted(x, y, patients) -> bool:
    """Whether the output layer was replaced."""
    net = Features(x.shape[1])
    fit_head(net, x, y, torch.ones_like(y), device.choose("cpu"), patients=patients)
    return bool(net.classifier[1].weight.any())


def test_the_output_layer_is_judged_on_patients_that_it_was_not_fitted_on():
    """Two ECGs of a patient in different folds let by-heart pass for learning."""
    trials = [chance(seed, 20, 2) for seed in range(10)]
    assert sum(fitted(x, y, None) for x, y, _ in trials) >= 8
    assert sum(fitted(*trial) for trial in trials) <= 2


@pytest.mark.parametrize(("patients", "each"), [(4, 1), (4, 5), (0, 1)])
def test_the_output_layer_stays_where_patients_are_too_few_to_judge(patients, each):
    x, _, names = chance(0, patients, each)
    y = (x[:, :1] > 0).float()  # much to learn
    assert not fitted(x, y, names)
