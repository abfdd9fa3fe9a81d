"""Floor 1: files of moving pictures."""
