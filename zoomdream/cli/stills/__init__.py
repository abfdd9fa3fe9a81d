"""Kinds of stills, one file per family."""
