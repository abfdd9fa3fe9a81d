"""The kinds of stills that make a picture out of a network."""
