"""What answers are worth: folds and held-out patients, scores with their intervals, calibration, evidence."""
