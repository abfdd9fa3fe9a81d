"""Floor 3: films as streams of keys and frames."""
