"""Binary formats of one file each: DICOM, EDF, ISHNE, ATC, PDF."""
