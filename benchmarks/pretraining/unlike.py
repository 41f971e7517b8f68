"""Which signals does the program tell from ECGs that the shipped backbone knows, and by what?

`python -m benchmarks.pretraining.unlike [--backbone NAME]`

Signals of other kinds, of 10 s and of 5 s; ECGs of PTB-XL's fold 9 as they are, their first 5 s, with two electrodes
exchanged and with few leads; ECGs of other hospitals. How many the gate refuses, how many of all are unlike by their
features, how many have a hint of exchanged electrodes.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import replace

import h5py
import numpy as np

from benchmarks import ptbxl
from benchmarks.challenge import DATA, TWIN, unseen_by
from benchmarks.report import arguments, show
from benchmarks.signal.gate import other_signal
from benchmarks.signal.signal_quality import cinc2011
from cessl_gui.core.types import LEADS_12, UNLIKE, Record
from cessl_gui.ecg.gate import judge
from cessl_gui.ecg.preprocess import to_model_input
from cessl_gui.ecg.quality import reversal_hint
from cessl_gui.ecg.readers import find_recordings, read_recording
from cessl_gui.learn.network import device
from cessl_gui.learn.network.predict import Predictor
from cessl_gui.learn.pretraining.augment import SWAPS
from cessl_gui.tasks.models.modelling import DEFAULT_BACKBONE, load_backbone

SEEDS, FS_HZ = 20, 500.0
OTHER_KINDS = (
    "white noise",
    "1/f noise",
    "EEG",
    "limb leads agree, EEG",
    "sine",
    "square wave",
    "ventricular fibrillation",
)
FEW_LEADS = (("I",), ("II",), ("V5",), ("I", "II"), ("I", "II", "V2"), LEADS_12[:6])
SHORT_S = 5


def exchanged(swap: dict[str, tuple[str, int]]) -> Callable[[Record], Record]:
    def change(ecg: Record) -> Record:
        x = ecg.signal_mv.copy()
        for lead, (source, sign) in swap.items():
            x[ecg.leads.index(lead)] = sign * ecg.signal_mv[ecg.leads.index(source)]
        return replace(ecg, signal_mv=x)

    return change


def with_leads(leads: tuple[str, ...]) -> Callable[[Record], Record]:
    return lambda ecg: replace(ecg, signal_mv=ecg.signal_mv[[ecg.leads.index(lead) for lead in leads]], leads=leads)


def short(ecg: Record) -> Record:
    return replace(ecg, signal_mv=ecg.signal_mv[:, : int(SHORT_S * ecg.fs_hz)])


def kinds(fold_9: list[Record]) -> Iterable[tuple[str, list[Record]]]:
    yield "zeros", [ptbxl.record(np.zeros((12, 5000)), FS_HZ, LEADS_12)]
    for kind in OTHER_KINDS:
        of_kind = [ptbxl.record(other_signal(kind, FS_HZ, seed, 1.0), FS_HZ, LEADS_12) for seed in range(SEEDS)]
        yield kind, of_kind
        yield f"{kind}, {SHORT_S} s", list(map(short, of_kind))
    yield "fold 9", fold_9
    yield f"fold 9, {SHORT_S} s", list(map(short, fold_9))
    for name, swap in SWAPS.items():
        yield f"fold 9, {name} exchanged", list(map(exchanged(swap), fold_9))
    for leads in FEW_LEADS:
        yield f"fold 9, {' '.join(leads)} alone", list(map(with_leads(leads), fold_9))
    for name in ("cpsc2018", "cpsc_extra", "g12ec", "chapman_ningbo", "ptb"):
        yield name, [read_recording(path) for path in find_recordings([DATA / "challenge" / name])]
    yield "LUDB", [read_recording(path) for path in find_recordings([DATA / "ludb"])]
    with h5py.File(DATA / "ptb_diagnostic" / "ptb_1000hz.h5") as file:
        signals = file["signals"][:].transpose(0, 2, 1) * file.attrs["scale"]
    yield "PTB Diagnostic", [ptbxl.record(x, 1000.0, LEADS_12) for x in signals]
    phones, bad = cinc2011(DATA)
    for said, of_it in (("acceptable", ~bad), ("unacceptable", bad)):
        yield f"CinC 2011, {said}", [phones[i] for i in np.flatnonzero(of_it)]


def main() -> None:
    parser = arguments(__doc__)
    parser.add_argument("--backbone", default=DEFAULT_BACKBONE)
    parser.add_argument("--threads", type=int, default=1)
    given = parser.parse_args()
    ready = Predictor(unseen_by(TWIN) if given.backbone == TWIN else load_backbone(given.backbone))
    fold_9 = [ptbxl.record(*ecg.read()[:3]) for ecg in ptbxl.of_fold()]
    rows = []
    with device.threads(given.threads):
        for name, ecgs in kinds(fold_9):
            inputs = np.stack([to_model_input(e.signal_mv, e.fs_hz, e.leads) for e in ecgs])
            shares = ready.predict_and_compare(inputs)[1]
            if shares is None:
                raise SystemExit(f"{given.backbone} does not tell what is unlike the ECGs it knows.")
            refused = sum(bool(judge(e).reason) for e in ecgs)
            hinted = sum(bool(reversal_hint(e)) for e in ecgs)
            unlike = int((shares < UNLIKE).sum())
            rows.append({"what": name, "n": len(ecgs), "refused": refused, "unlike": unlike, "exchanged?": hinted})
    show("unlike", rows, backbone=given.backbone)


if __name__ == "__main__":
    main()
