"""What the electrocardiograph measured is read where a header's comment lines state it, and nothing else is."""

import pytest

from cessl_gui.core.measurements import QUANTITIES
from cessl_gui.ecg.readers import find_recordings, read_recording
from tests.ecg.recordings import noise, write


@pytest.mark.parametrize(
    ("line", "wanted"),
    [
        ("Ventricular rate: 72", {"rate": 72}),
        ("heart_rate: 71.5 bpm", {"rate": 71.5}),
        ("Rate: 72 /min", {"rate": 72}),
        ("PR interval: 160 ms", {"pr": 160}),
        ("pr = 0.16 s", {"pr": 160}),
        ("QRS-Duration: 90ms", {"qrs": 90}),
        ("qrs: 90", {"qrs": 90}),
        ("QT_interval: 380 MS", {"qt": 380}),
        ("QT: 380", {"qt": 380}),
        ("QTc: 410", {"qtc": 410}),
        ("QTc Bazett: 420 ms", {"qtc_bazett": 420}),
        ("qtc-fridericia: 0.41 s", {"qtc_fridericia": 410}),
        ("P axis: 0", {"p_axis": 0}),
        ("QRS axis: -30 deg", {"qrs_axis": -30}),
        ("T_Axis: +45.5 °", {"t_axis": 45.5}),
        ("<QRS duration>: 90  <T-axis>: 10", {"qrs": 90, "t_axis": 10}),
    ],
)
def test_what_the_device_measured(tmp_path, line, wanted):
    path = write(tmp_path, noise())
    path.write_text(f"{path.read_text()}#{line}\n", encoding="utf-8")
    device = read_recording(path).device
    assert device == pytest.approx(wanted)
    assert device.keys() <= QUANTITIES.keys() | {"qtc"}


@pytest.mark.parametrize(
    "line",
    [
        *("QT: nan", "QT: inf", "QT: 1e3", "QT: long", "QT: 380 or so", "QT: -380", "QT: 380 mV", "QT: 0", "QT: 29999"),
        *("QT: 0.38", "QT: 380 s", "QT: ٣٨٠", "QT: " + "9" * 400, "QT/QTc: 380/410", "QT", "QT 380", "QRS axis: 400"),
        *("Rate: 500 Hz", "Rate: 0", "Rate: 72 ms", "Sampling rate: 72", "QRS axis: normal", "the QT: 380"),
    ],
)
def test_a_comment_that_states_no_plausible_measurement_is_free_text(tmp_path, line):
    path = write(tmp_path, noise())
    path.write_text(f"{path.read_text()}#{line}\n", encoding="utf-8")
    assert read_recording(path).device == {}


def test_a_rate_that_may_be_the_sampling_rate_is_no_heart_rate(tmp_path):
    assert read_recording(write(tmp_path, noise(), comments=["Rate: 250"], fs=250)).device == {}
    assert read_recording(write(tmp_path, noise(), comments=["Heart rate: 250"], fs=250)).device == {"rate": 250}


def test_real_recordings_state_no_device_measurements(cessl_data):
    paths = [path for path in find_recordings([cessl_data]) if path.suffix == ".hea"]
    assert not any(read_recording(path).device for path in paths[::41])
