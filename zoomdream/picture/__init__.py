"""Pictures as float32 arrays (H, W, 3), RGB in [0, 1]."""
