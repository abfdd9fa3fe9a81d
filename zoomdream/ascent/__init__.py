"""Climbing a gradient from a picture."""

from zoomdream.network import backend as backend  # first of all: it sets the tensor library up, and quietly
