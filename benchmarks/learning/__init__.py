"""What few labels bring, and whether the evidence is right."""
