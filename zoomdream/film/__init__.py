"""Films as streams of keys and frames."""
