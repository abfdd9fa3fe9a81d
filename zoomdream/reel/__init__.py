"""Files of moving pictures."""

from zoomdream.reel.encode import Report, check_output, encode
from zoomdream.reel.probe import Colour, Probe, probe
from zoomdream.reel.provenance import pack, read_metadata, unpack
from zoomdream.reel.read import read_frames

__all__ = [
    "Colour",
    "Probe",
    "Report",
    "check_output",
    "encode",
    "pack",
    "probe",
    "read_frames",
    "read_metadata",
    "unpack",
]
