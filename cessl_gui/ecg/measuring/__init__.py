"""What is measured of an ECG: its beats, the waves of the median beat, the figures and their doubts."""
