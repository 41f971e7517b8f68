"""ecgdatakit reads the same samples of every real file that both of us read."""

import numpy as np
import pytest

from cessl_gui.ecg.readers import read_recording

FILES = [
    "muse/example1.xml",
    "muse/example2.xml",
    "aecg/example_aecg.xml",
    "aecg/subject1_0.xml",
    "aecg/minimum_aecg.xml",
    "dicom/anonymous_ecg.dcm",
    "philips/129DYPRG.XML",
    "philips/3191723_ZZDEMOPTONLY_1-04_orig.xml",
    "edf/test_utf8.edf",
]
MILLIVOLTS = {"mV": 1.0, "uV": 1e-3, "V": 1e3, "nV": 1e-6}


@pytest.mark.parametrize("name", FILES)
def test_both_read_the_same(cessl_data, name):
    ecgdatakit = pytest.importorskip("ecgdatakit")
    path = cessl_data / "formats" / name
    record = read_recording(path)
    theirs = ecgdatakit.FileParser().parse(str(path)).leads
    assert theirs
    for lead in theirs:
        ours = record.signal_mv[record.leads.index(lead.label)]
        samples = np.asarray(lead.samples)[: len(ours)]  # Philips: theirs have the calibration pulse
        assert np.abs(ours - samples * MILLIVOLTS[lead.units]).max() <= 1e-5
