"""Networks made ready for ascent."""
