"""The ffmpeg command lines that make a film from raw pictures, and the trial of a hardware encoder."""

import subprocess
import tempfile
from pathlib import Path

from zoomdream.errors import BadInput
from zoomdream.reel import ffmpeg
from zoomdream.reel.output import Plan


def encode_command(plan: Plan, target: Path, notes: Path | None = None) -> list[str]:
    """Return the arguments that turn raw pictures on stdin into ``target``.

    ``notes`` is a file of metadata in ffmpeg's own format, written into the container.
    """
    told = ["-f", "ffmetadata", "-i", ffmpeg.local(notes), "-map_metadata", "1"] if notes else []
    muxer = plan.format.muxer or "null"
    form = [*plan.format.arguments, "-f", muxer, "-y", ffmpeg.local(target)]
    return [*_source(plan), *told, "-map", "0:v", *_codec(plan), *form]


def try_hardware(plan: Plan) -> None:
    """Encode three black frames of the film's own size with a hardware encoder.

    Raises `BadInput` quoting ffmpeg if this machine cannot do it.
    """
    bytes_per_frame = plan.size.width * plan.size.height * 3
    arguments = [*_source(plan), *_codec(plan), "-f", "null", "-"]
    with tempfile.TemporaryFile() as log:
        process = ffmpeg.start(arguments, log=log, pipe_in=True)
        try:
            process.communicate(bytes(3 * bytes_per_frame), timeout=60)
        except subprocess.TimeoutExpired as error:
            raise BadInput(f"{plan.codec.name} did not encode three frames within a minute on this machine.") from error
        finally:
            ffmpeg.end(process)
            if process.stdin is not None:
                process.stdin.close()
        if process.returncode != 0:
            words = ffmpeg.last_words(log)
            raise BadInput(f"This machine cannot encode {plan.size} with {plan.codec.name}: {words}")


def _source(plan: Plan) -> list[str]:
    """Return the arguments that describe the raw pictures on stdin."""
    device = ["-init_hw_device", "vaapi=card", "-filter_hw_device", "card"] if "vaapi" in plan.codec.name else []
    raw = ["-f", "rawvideo", "-pix_fmt", plan.codec.raw, "-video_size", str(plan.size), "-framerate", str(plan.rate)]
    return [*ffmpeg.QUIET, *device, *raw, "-i", "pipe:0"]


def _codec(plan: Plan) -> list[str]:
    """Return the arguments of the conversion and of the codec."""
    codec = plan.codec
    quality = [word.format(plan.crf) for word in codec.crf.arguments] if codec.crf else []
    gop = ["-g", str(max(1, round(2 * plan.rate)))] if codec.gop else []
    tag = ["-tag:v", "hvc1"] if codec.hevc and plan.format.muxer in ("mp4", "mov") else []
    return ["-vf", codec.filters, *codec.arguments, *quality, *gop, *tag, "-an"]
