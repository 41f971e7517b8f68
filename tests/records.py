"""Records for tests: only what a test is about is given, the rest is always the same."""

import numpy as np

from cessl_gui.core.types import LEADS_12, Record


def make_record(signal_mv, number: int = 1, *, fs_hz: float = 500.0, leads=LEADS_12, **more) -> Record:
    """Record r1, "ECG 1" of a file that is nowhere; more: fields of Record, also instead of these."""
    fields = {"id": f"r{number}", "name": f"ECG {number}", "source": f"/x/{number}.hea", "sha256": f"{number:064d}"}
    return Record(**fields | more, signal_mv=np.array(signal_mv, np.float32), fs_hz=fs_hz, leads=tuple(leads))


def noise_mv(seed: int, samples: int = 5000, height_mv: float = 0.1) -> np.ndarray:
    """float32 (12, samples), the same for the same seed."""
    return np.random.default_rng(seed).normal(0, height_mv, (12, samples)).astype(np.float32)


def record_of(number: int, statements: tuple[str, ...] = ()) -> Record:
    """Record `number` of a small project, of noise; even and odd ones are in two folders."""
    source = f"/somewhere/{'even' if number % 2 == 0 else 'odd'}/{number}.hea"
    return make_record(noise_mv(number), number, source=source, statements=statements)


def shown_labels(project) -> list[dict]:
    """What holds of all that readers say, with who said it and when, as Labels.of_all_readers()."""
    return [row for row in project.labels.of_all_readers() if row["shown"]]
