"""What the backbones know, and what pays in making them."""
