"""Stills that show features: kernels, activations, and what a network makes of a folder of pictures."""
