"""Floor 1: networks made ready for ascent."""
