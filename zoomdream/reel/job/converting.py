"""Segments of a film that is to be encoded in another way than it was begun."""

from functools import partial

from zoomdream.reel.job.job import Job
from zoomdream.reel.job.joining import frames_of
from zoomdream.reel.job.recorder import Recorder

OF_FRAMES = ("steps", "faults")
"""What the journal says of a segment's frames, however they are encoded."""


def convert(job: Job) -> int:
    """Encode anew the segments that are closed in another encoding, and return how many they were."""
    found = [fact for number, fact in sorted(job.segments.elsewhere.items())]
    for fact in found:
        told = {name: fact[name] for name in OF_FRAMES if name in fact}
        with Recorder(job.segments, job.journal) as recorder:
            recorder.record(fact["number"], frames_of([job.folder / fact["file"]]), partial(dict, told))
    return len(found)
