"""What the window says of an export that has ended."""

from cessl_gui.tasks.export.exporting import ExportResult
from cessl_gui.ui.worklist.export_words import said_of_export


def test_recordings_that_were_left_out_are_named():
    result = ExportResult(3, "recording", [("r1", "ECG 1", "It is gone.")])
    assert said_of_export(result) == "Exported: 3 recordings. 1 recording left out: ECG 1 (It is gone.)"
