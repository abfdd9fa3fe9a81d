"""Files of moving pictures."""

from zoomdream.reel.encode import Report, check_output, encode
from zoomdream.reel.probe import Colour, Probe, probe
from zoomdream.reel.provenance import pack, read_metadata, unpack
from zoomdream.reel.read import read_frames
from zoomdream.reel.sound import Sound, has_sound

__all__ = [
    "Colour",
    "Probe",
    "Report",
    "Sound",
    "check_output",
    "encode",
    "has_sound",
    "pack",
    "probe",
    "read_frames",
    "read_metadata",
    "unpack",
]
