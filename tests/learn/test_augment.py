"""What the augmentations do to signals, labels and masks, by value."""

import numpy as np
import pytest
import torch
import torch.nn.functional as F

from cessl_gui.learn import augment


def kind(wanted: int) -> np.random.Generator:
    """A generator whose first draw chooses that weak change."""
    seed = next(s for s in range(100) if np.random.default_rng(s).integers(4) == wanted)
    return np.random.default_rng(seed)


@pytest.fixture
def x():
    return torch.randn(3, 12, 400, generator=torch.Generator().manual_seed(0))


def test_weak_change_0_turns_time_round(x):
    assert torch.equal(augment.weak(x, kind(0)), x.flip(-1))


def test_weak_change_1_sets_one_stretch_of_each_lead_to_zero(x):
    changed = augment.weak(x, kind(1))
    gone = changed == 0
    assert torch.equal(changed[~gone], x[~gone])
    lengths = gone.sum(2)
    assert lengths.max() <= 100
    assert lengths.min() >= 1
    assert len(set(lengths.flatten().tolist())) > 10
    edges = (gone[:, :, 1:] != gone[:, :, :-1]).sum(2)
    assert edges.max() <= 2, "one stretch, not several"


def test_weak_change_2_adds_a_little_noise_to_every_sample(x):
    noise = augment.weak(x, kind(2)) - x
    assert noise.std().item() == pytest.approx(augment.NOISE, rel=0.03)
    assert abs(noise.mean().item()) < 0.002
    assert (noise != 0).float().mean() > 0.99


def test_weak_change_3_exchanges_leads_alike_in_the_whole_batch(x):
    changed = augment.weak(x, kind(3))
    order = [next(i for i in range(12) if torch.equal(changed[0, j], x[0, i])) for j in range(12)]
    assert sorted(order) == list(range(12)) != order
    assert torch.equal(changed, x[:, order])


def test_weak_changes_draw_only_from_their_generator(x):
    torch.manual_seed(5)
    np.random.seed(5)
    before = torch.get_rng_state(), np.random.get_state()[1].tolist()
    for seed in range(12):
        first, second = (augment.weak(x, np.random.default_rng(seed)) for _ in range(2))
        assert torch.equal(first, second)
    assert torch.equal(torch.get_rng_state(), before[0])
    assert np.random.get_state()[1].tolist() == before[1]


@pytest.mark.parametrize("over_leads", [True, False])
@pytest.mark.parametrize("seed", [3, 4, 5])
def test_cutmix_takes_labels_and_masks_by_area(over_leads, seed):
    """Over leads and time on inputs, over time alone, through all channels, on cached features."""
    x = torch.arange(4.0)[:, None, None].expand(4, 12, 600).contiguous()
    labels = torch.eye(4)
    assessed = torch.ones(4, 4)
    assessed[0, 1] = 0
    mixed, target, weight = augment.cutmix(x, labels, assessed, np.random.default_rng(seed), over_leads)
    changed = mixed != x
    share = changed.float().mean((1, 2)).max()
    assert 0 < share < 1
    partner = [int(m[c].unique()) if c.any() else i for i, (m, c) in enumerate(zip(mixed, changed, strict=True))]
    if not over_leads:
        assert torch.equal(changed.all(1), changed.any(1)), "all channels of a column, or none"
    for i, j in enumerate(partner):
        assert torch.allclose(weight[i], (1 - share) * assessed[i] + share * assessed[j], atol=1e-5)
        wanted = (1 - share) * assessed[i] * labels[i] + share * assessed[j] * labels[j]
        assert torch.allclose(target[i] * weight[i], wanted, atol=1e-5)
    z = torch.randn(4, 4, generator=torch.Generator().manual_seed(0))
    both = (1 - share) * assessed * F.binary_cross_entropy_with_logits(z, labels, reduction="none")
    both += share * assessed[partner] * F.binary_cross_entropy_with_logits(z, labels[partner], reduction="none")
    own = weight * F.binary_cross_entropy_with_logits(z, target, reduction="none")
    assert torch.allclose(own, both, atol=1e-5)
