"""Making a backbone from labelled ECGs of several sources; fine-tuning does not need any of it."""
