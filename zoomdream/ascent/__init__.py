"""Floor 2: climbing a gradient from a picture."""
