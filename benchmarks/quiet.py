"""Imported first, it keeps the tensor library quiet: its start, and what it says of many functions."""

import logging

from zoomdream.network import backend  # noqa: F401

logging.getLogger("tensorflow").setLevel(logging.ERROR)  # each idiom is a function of its own, which it takes amiss
