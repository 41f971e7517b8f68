"""Does the influence per lead tell of what the model has learned? The same ECG, asked of random weights."""

from __future__ import annotations

import numpy as np

from cessl_gui.core.types import LeadCheck, ModelInfo
from cessl_gui.store.project import Project
from cessl_gui.tasks.models.modelling import active_model, load_backbone, model_input, predictor
from cessl_gui.tasks.recordings.importing import BEGINNING_S, read_waveform

SEED = 0


def check_leads(project: Project, record_id: str, model: ModelInfo | None = None) -> LeadCheck:
    """Compare the influence of each lead with that in a network of the same build with random weights.

    Where the two pictures agree, the picture shows the ECG's shape or the network's build and nothing learned.
    source : Adebayo et al., Sanity checks for saliency maps, 2018
    raises : NotAnEcg, UnreadableRecording, ModelMismatch
    """
    import torch

    from cessl_gui.learn.network import device
    from cessl_gui.learn.network.backbone import CesslNet
    from cessl_gui.learn.network.backbones import Backbone
    from cessl_gui.learn.network.predict import Predictor

    model = model or active_model(project)
    ready = predictor(project, model)
    one = model_input(read_waveform(project, record_id, BEGINNING_S))
    backbone = load_backbone(model.backbone)
    with torch.random.fork_rng(devices=[]):
        torch.manual_seed(SEED)
        net = CesslNet(backbone.spec).eval()
    with device.threads():
        full, without, _ = ready.per_lead(one)
        random_full, random_without, _ = Predictor(Backbone(net, "random", "")).per_lead(one)
    # The outputs of random weights stand for nothing: the mean size of their changes is one picture for all statements.
    random_picture = np.abs(random_without - random_full).mean(1)
    return LeadCheck(
        record_id,
        model.id,
        {
            code: _agreement(np.abs(without[:, column] - full[column]), random_picture)
            for column, code in enumerate(ready.statements)
        },
    )


def _agreement(one: np.ndarray, other: np.ndarray) -> float:
    """Spearman's correlation; 0 where either is the same for all leads."""
    first, second = (np.argsort(np.argsort(values)).astype(float) for values in (one, other))
    if np.ptp(one) < 1e-6 or np.ptp(other) < 1e-9:
        return 0.0
    return float(np.corrcoef(first, second)[0, 1])
