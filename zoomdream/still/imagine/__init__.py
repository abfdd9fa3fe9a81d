"""Pictures made out of a network: each kind is an ascent that yields where it is after every step."""
