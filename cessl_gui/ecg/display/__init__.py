"""What changes an ECG for the eye alone: filters, and the level a lead is drawn about. The model sees nothing of it."""
