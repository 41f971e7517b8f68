"""CardioSoft, Schiller and Mortara ELI XML that we encode by their descriptions."""

import base64

import numpy as np
import pytest

from cessl_gui.ecg.readers import read_recording
from cessl_gui.ecg.readers.recording import UNPROVED
from tests.ecg.recordings import refusal

NAMES = ("I", "II", "V1")


def counts(samples=1000, seed=0):
    return np.random.default_rng(seed).integers(-900, 900, (3, samples))


def written(folder, text):
    path = folder / "x.xml"
    path.write_text(text, encoding="utf-8")
    return path


def cardiosoft(folder, rows, units="uVperLsb", rate='<SampleRate units="Hz">500</SampleRate>', more=""):
    waves = "".join(
        f'<WaveformData lead="{name}">\n{",".join(map(str, row))}\n</WaveformData>'
        for name, row in zip(NAMES, rows, strict=True)
    )
    return written(
        folder,
        "<CardiologyXML><ObservationDateTime><Hour>9</Hour><Minute>8</Minute><Second>7</Second><Day>15</Day>"
        "<Month>5</Month><Year>2014</Year></ObservationDateTime><PatientInfo><PID>77</PID>"
        '<Age units="Years">60</Age><Gender>FEMALE</Gender></PatientInfo><Interpretation><Diagnosis>'
        "<DiagnosisText>Sinus rhythm</DiagnosisText><DiagnosisText>Normal ECG</DiagnosisText></Diagnosis>"
        "</Interpretation><RestingECGMeasurements><VentricularRate>61</VentricularRate><PQInterval>0</PQInterval>"
        f"<MedianSamples><SampleRate>500</SampleRate><WaveformData lead='I'>1,2</WaveformData></MedianSamples>"
        f"</RestingECGMeasurements><StripData><NumberOfLeads>3</NumberOfLeads>{rate}"
        f'<Resolution units="{units}">5</Resolution>{waves}</StripData>{more}</CardiologyXML>',
    )


def schiller(folder, rows, unit="UV", rate="<samplerate><value>500</value><unit>HZ</unit></samplerate>"):
    channels = "".join(
        f"<channel><name>{name}</name><data>{','.join(map(str, row))},</data></channel>"
        for name, row in zip(NAMES, rows, strict=True)
    )
    return written(
        folder,
        "<com.xiriuz.sema.xml.schillerEDI.SchillerEDI><patdata><id>77</id><gender>FEMALE</gender>"
        "<birthdate>1954-01-01</birthdate></patdata><examdescript><startdatetime><date>20140515</date>"
        "<time>090807</time></startdatetime></examdescript><eventdata><event><wavedata><type>ECG_AVERAGES</type>"
        "<channel><name>I</name><data>1,2</data></channel></wavedata><wavedata><type>ECG_RHYTHMS</type><resolution>"
        f"{rate}<yres><value>5</value><unit>{unit}</unit></yres></resolution>{channels}</wavedata></event></eventdata>"
        "</com.xiriuz.sema.xml.schillerEDI.SchillerEDI>",
    )


def mortara(folder, rows, units="200", rate="500", bits="16"):
    def channel(name, row):
        data = base64.b64encode(row.astype("<i2").tobytes()).decode()
        return (
            f'<CHANNEL NAME="{name}" OFFSET="0" BITS="{bits}" FORMAT="SIGNED" UNITS_PER_MV="{units}" '
            f'SAMPLE_FREQ="{rate}" ENCODING="BASE64" DATA="{data}"/>'
        )

    channels = "".join(channel(name, row) for name, row in zip(NAMES, rows, strict=True))
    return written(
        folder,
        '<ECG ACQUISITION_TIME="20140515090807" AGE="60" VENT_RATE="61" AVERAGE_RR="984"><SUBJECT ID="77" '
        'GENDER="Female"/><TYPICAL_CYCLE PR_DURATION="0" QRS_DURATION="90" SAMPLE_FREQ="500"><TYPICAL_CYCLE_CHANNEL '
        'NAME="I" DATA="AAA="/></TYPICAL_CYCLE><AUTOMATIC_INTERPRETATION><STATEMENT TEXT="Sinus rhythm" REASON="P"/>'
        f"</AUTOMATIC_INTERPRETATION>{channels}</ECG>",
    )


@pytest.mark.parametrize("make", [cardiosoft, schiller, mortara])
def test_a_round_trip_is_exact(tmp_path, make):
    rows = counts()
    record = read_recording(make(tmp_path, rows))
    kept = [record.leads.index(name) for name in NAMES]
    assert np.array_equal(np.rint(record.signal_mv[kept] / 0.005), rows)
    assert (record.fs_hz, record.age, record.sex) == (500, "60", "Female")
    assert record.recorded_at == "2014-05-15 09:08:07"
    assert "77" not in record.patient
    assert UNPROVED in record.warnings


def test_what_the_devices_say_is_read_and_checked(tmp_path):
    record = read_recording(cardiosoft(tmp_path, counts()))
    assert record.device_statements == ("Sinus rhythm", "Normal ECG")
    assert record.device == {"rate": 61}
    record = read_recording(mortara(tmp_path, counts()))
    assert record.device_statements == ("Sinus rhythm (P)",)
    assert record.device == {"rate": 61, "rr": 984, "qrs": 90}


@pytest.mark.parametrize("make", [cardiosoft, schiller])
def test_no_rate_is_refused(tmp_path, make):
    assert "sampling rate" in refusal(make(tmp_path, counts(), rate=""))


def test_no_voltage_is_refused(tmp_path):
    assert "step in a unit of voltage" in refusal(cardiosoft(tmp_path, counts(), units="furlongs"))
    assert "step in a unit of voltage" in refusal(schiller(tmp_path, counts(), unit="MMHG"))
    assert "counts per mV" in refusal(mortara(tmp_path, counts(), units="0"))


RATE = '<SampleRate units="{}">{}</SampleRate>'
RATES = "<samplerate><value>{1}</value><unit>{0}</unit></samplerate>"


@pytest.mark.parametrize(("make", "how"), [(cardiosoft, RATE), (schiller, RATES)])
def test_a_rate_is_read_in_its_unit(tmp_path, make, how):
    assert read_recording(make(tmp_path, counts(), rate=how.format("kHz", "0.5"))).fs_hz == 500
    assert "one sampling rate" in refusal(make(tmp_path, counts(), rate=how.format("ms", "2")))
    assert "one sampling rate" in refusal(make(tmp_path, counts(), rate=how.format("Hz", 250) + how.format("Hz", 500)))
    assert read_recording(mortara(tmp_path, counts(), rate="1 kHz")).fs_hz == 1000


@pytest.mark.parametrize(
    ("make", "place", "stated"),
    [
        (cardiosoft, 'lead="II"', 'resolution="2"'), (cardiosoft, 'lead="II"', 'units="mV"'),
        (cardiosoft, 'lead="II"', 'sampleRate="250"'), (cardiosoft, 'lead="II"', 'startTime="500"'),
        (mortara, 'NAME="II"', 'TIME_OFFSET="500"'), (mortara, 'NAME="II"', 'GAIN="2"'),
        (mortara, 'NAME="II"', 'INVERTED="yes"'), (schiller, "<name>II</name>", "<offset>100</offset>"),
        (schiller, "<name>II</name>", "<resolution><yres><value>2</value><unit>uV</unit></yres></resolution>"),
        (schiller, "<name>II</name>", "<samplerate>250</samplerate>"),
        (schiller, "<name>II</name>", "<start>1</start>"),
    ],
)  # fmt: skip
def test_a_lead_with_a_scale_or_a_time_of_its_own_is_left_out(tmp_path, make, place, stated):
    path = make(tmp_path, counts())
    path.write_text(path.read_text("utf-8").replace(place, f"{place} {stated}"), "utf-8")
    record = read_recording(path)
    assert record.leads == ("I", "V1")
    assert any("lead II left out: it states" in warning for warning in record.warnings)


@pytest.mark.parametrize("stated", ['gain="1"', 'offset="0"', 'note="2"', 'start=""'])
def test_what_changes_nothing_leaves_a_lead_in(tmp_path, stated):
    path = cardiosoft(tmp_path, counts())
    path.write_text(path.read_text("utf-8").replace('lead="II"', f'lead="II" {stated}'), "utf-8")
    assert "II" in read_recording(path).leads


def test_a_duration_that_the_samples_contradict_is_said(tmp_path):
    path = mortara(tmp_path, counts())
    for ms, is_said in ((2000, False), (1000, False), (4000, True)):
        path.write_text(path.read_text().replace('BITS="16"', f'BITS="16" DURATION="{ms}"', 1))
        assert any("contradict" in warning for warning in read_recording(path).warnings) == is_said
        path.write_text(path.read_text().replace(f' DURATION="{ms}"', ""))


@pytest.mark.parametrize(("make", "gap"), [(cardiosoft, ","), (schiller, ",")])
@pytest.mark.parametrize("wrong", ["-", "--1", "-5-371", "35š"])
def test_what_is_no_number_is_named_with_its_lead(tmp_path, make, gap, wrong):
    path = make(tmp_path, counts())
    text, third = path.read_text(encoding="utf-8"), str(counts()[1][2])
    begin = text.index(gap.join(map(str, counts()[1][:3])))
    at = text.index(third, begin)
    path.write_text(text[:at] + wrong + text[at + len(third) :], encoding="utf-8")
    assert refusal(path) == f"Lead {NAMES[1]} of x.xml is damaged: {wrong!r} is no number."


def test_an_offset_beyond_all_samples_is_refused(tmp_path):
    path = mortara(tmp_path, counts())
    path.write_text(path.read_text().replace('OFFSET="0"', 'OFFSET="1e308"', 1))
    assert "1e+308 as its offset" in refusal(path)


def test_a_date_of_no_number_is_no_date(tmp_path):
    path = cardiosoft(tmp_path, counts())
    path.write_text(path.read_text().replace("<Year>2014", "<Year>1e999"))
    assert read_recording(path).recorded_at == ""


def test_an_age_keeps_its_unit(tmp_path):
    path = cardiosoft(tmp_path, counts())
    assert read_recording(path).age == "60"
    path.write_text(path.read_text("utf-8").replace('"Years">60', '"Months">7'), "utf-8")
    assert read_recording(path).age == "7 months"


def test_other_samples_are_refused(tmp_path):
    assert "stored as 24" in refusal(mortara(tmp_path, counts(), bits="24"))


def test_a_file_without_waveforms_is_refused(tmp_path):
    assert "no strip" in refusal(written(tmp_path, "<CardiologyXML><FullDisclosure/></CardiologyXML>"))
    assert "no rhythm" in refusal(written(tmp_path, "<x.SchillerEDI><eventdata/></x.SchillerEDI>"))
    assert "no rhythm" in refusal(written(tmp_path, "<ECG ACQUISITION_TIME='2'></ECG>"))
