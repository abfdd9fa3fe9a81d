"""The film formats as data: which suffix holds which codecs, and how ffmpeg is asked for each.

To add a codec, add one `Codec` here and name it in a `Format`.
"""

from dataclasses import dataclass, replace

_SCALE = "scale=out_color_matrix={}:out_range=tv:flags=lanczos+accurate_rnd+full_chroma_int"
_SETPARAMS = "setparams=range=tv:colorspace=bt709:color_primaries=bt709:color_trc=bt709"
BT709 = _SCALE.format("bt709") + ",format={}," + _SETPARAMS
BT709_TAGS = ("-color_range", "tv", "-colorspace", "bt709", "-color_primaries", "bt709", "-color_trc", "bt709")
BT601 = _SCALE.format("bt601") + ",format={}"


@dataclass(frozen=True)
class Crf:
    """The range of whole numbers that say quality (lower is better) and the ffmpeg options that carry one."""

    default: int
    lowest: int
    highest: int
    arguments: tuple[str, ...] = ("-crf", "{}")


@dataclass(frozen=True)
class Codec:
    """One way to turn pictures into bytes.

    ``name`` is the word a person writes. ``raw`` is ffmpeg's name of the pixels we send. Sizes are pixels,
    rates frames per second. ``gop`` says that the codec needs to be told how far apart key frames are. ``bits``
    is what a pixel of a dense film takes at the default quality, with something to spare.
    """

    name: str
    arguments: tuple[str, ...] = ()
    crf: Crf | None = None
    filters: str = "null"
    raw: str = "rgb24"
    multiple: int = 1
    smallest: int = 1
    widest: int = 65535
    tallest: int = 65535
    fastest: int = 240
    gop: bool = False
    hevc: bool = False
    hardware: bool = False
    bits: float = 1.0


@dataclass(frozen=True)
class Format:
    """One kind of file: its suffix, ffmpeg's muxer (none for a folder of PNGs) and the codecs it holds.

    The first codec is the default. ``arguments`` belong to the container. ``sound`` is ffmpeg's name of the codec for
    sound that it cannot hold as it is, empty where it holds none. ``joins`` says that short films of it can be joined
    as they are.
    """

    suffix: str
    muxer: str | None
    codecs: tuple[Codec, ...]
    arguments: tuple[str, ...] = ()
    sound: str = ""
    joins: bool = True


def _lossy(name: str, arguments: str, crf: Crf | None, pixels: str = "yuv420p", hardware: bool = False) -> Codec:
    """Return a codec of subsampled BT.709 pictures: even sizes up to 16384, key frames two seconds apart."""
    codec = Codec(name, (*arguments.split(), *BT709_TAGS), crf, BT709.format(pixels), multiple=2, smallest=2)
    return replace(
        codec, widest=16384, tallest=16384, gop=True, hevc=name.startswith(("h265", "hevc")), hardware=hardware
    )


# x264 at crf 0 would leave the profile that every player knows.
# On dreams x264 fast is as good as medium (luma 39.98 dB instead of 40.01, 1 % smaller) for seven eighths of the work.
# Measured on two cores at 1280x720: x264 medium 28 frames/s, x265 fast 13, SVT-AV1 preset 8 in ten bits 41,
# VP9 good/4 9 and realtime/5 32 for the same error. At these defaults the error is about 37 dB on dense noise.
H264 = _lossy("h264", "-c:v libx264 -preset fast", Crf(17, 1, 51))
H265 = replace(
    _lossy("h265", "-c:v libx265 -preset fast -x265-params log-level=error:open-gop=0", Crf(20, 0, 51)), smallest=16
)
AV1 = replace(_lossy("av1", "-c:v libsvtav1 -preset 8", Crf(24, 1, 63), "yuv420p10le"), tallest=8704)
VP9 = _lossy("vp9", "-c:v libvpx-vp9 -b:v 0 -row-mt 1 -tile-columns 2 -deadline realtime -cpu-used 5", Crf(20, 0, 63))
PRORES = Codec(
    "prores",
    ("-c:v", "prores_ks", "-profile:v", "4444", "-vendor", "apl0", *BT709_TAGS),
    filters=BT709.format("yuv444p10le"),
    raw="rgb48le",
    bits=11,
)
HAP = Codec("hap", ("-c:v", "hap", "-format", "hap_q", "-chunks", "4"), multiple=4, smallest=4, bits=9)
HAP = replace(HAP, widest=16384, tallest=16384)
# ffmpeg's paletteuse needs 2.4 s for one 720p frame of a dream; our own palette (see `pixels`) 0.06 s.
# A GIF's delays are whole hundredths of a second: 30 frames/s are 3, 3 and 4 in turn, right in the mean.
# Browsers slow a GIF over 50 frames/s, and a WebP over 90, down to ten.
GIF = Codec("gif", ("-c:v", "gif"), raw="pal8", fastest=50, bits=9)
# libwebp and not libwebp_anim, which drops a frame equal to the one before it.
WEBP = Codec(
    "webp",
    ("-c:v", "libwebp", "-quality", "88", "-compression_level", "2"),
    filters=BT601.format("yuv420p"),
    widest=16383,
    tallest=16383,
    fastest=90,
    bits=4,
)
PNG = Codec("png", bits=24)

_NVENC = Crf(19, 1, 51, ("-preset", "p5", "-rc", "vbr", "-b:v", "0", "-cq", "{}"))
_QSV = Crf(20, 1, 51, ("-global_quality", "{}"))
_VAAPI = Crf(20, 1, 51, ("-rc_mode", "CQP", "-global_quality", "{}"))
_AMF = Crf(20, 0, 51, ("-rc", "cqp", "-qp_i", "{}", "-qp_p", "{}"))


def _hardware(family: str) -> tuple[Codec, ...]:
    """Return the hardware encoders of "h264" or "hevc". They are used only when asked for, after a trial."""

    def codec(maker: str, crf: Crf | None, pixels: str = "yuv420p", more: str = "") -> Codec:
        return _lossy(f"{family}_{maker}", f"-c:v {family}_{maker} {more}", crf, pixels, hardware=True)

    vaapi = codec("vaapi", _VAAPI, "nv12")
    return (
        codec("nvenc", _NVENC),
        codec("videotoolbox", None, more="-q:v 70"),
        codec("qsv", _QSV, "nv12"),
        replace(vaapi, filters=vaapi.filters + ",hwupload"),
        codec("amf", _AMF),
    )


_EVERYDAY = (H264, H265, AV1, *_hardware("h264"), *_hardware("hevc"))
_QUICKTIME = (PRORES, HAP, H264, H265, *_hardware("h264"), *_hardware("hevc"))
_FASTSTART = ("-movflags", "+faststart")
# QuickTime's older place for a comment counts its bytes in sixteen bits, and a long preset has more.
_FASTSTART_KEYS = ("-movflags", "+faststart+use_metadata_tags")

FORMATS = (
    Format(".mp4", "mp4", _EVERYDAY, _FASTSTART, "aac"),
    Format(".mkv", "matroska", _EVERYDAY, (), "aac"),
    Format(".webm", "webm", (VP9, AV1), (), "libopus"),
    Format(".mov", "mov", _QUICKTIME, _FASTSTART_KEYS, "aac"),
    Format(".gif", "gif", (GIF,), ("-loop", "0"), joins=False),
    Format(".webp", "webp", (WEBP,), ("-loop", "0"), joins=False),
)
PNG_FOLDER = Format("", None, (PNG,), joins=False)
LOSSLESS = Format(
    ".mkv", "matroska", (Codec("ffv1", ("-c:v", "ffv1", "-level", "3", "-g", "1"), filters="format=bgr0", bits=24),)
)
"""What is kept without loss until a film of another format is made of it."""
