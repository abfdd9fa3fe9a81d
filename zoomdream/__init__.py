"""Turn neural networks inside out and film it."""
