"""Settings of a film: every one with its default, range, unit and meaning, in this one place.

Nothing here imports a tensor library, so that a wrong preset is refused at once.
"""

from typing import Annotated, Literal

from pydantic import ConfigDict, Field, ValidationInfo, field_validator
from pydantic.dataclasses import dataclass as settings
from pydantic_core import PydanticCustomError

STRICT = ConfigDict(extra="forbid", allow_inf_nan=False)
NATURAL, OFF = "natural", "off"


@settings(frozen=True, config=STRICT)
class Camera:
    """How the picture moves."""

    zoom: Annotated[float, Field(ge=0.1, le=10, description="times per second; below 1 zooms out")] = 1.6
    rotate: Annotated[float, Field(ge=-360, le=360, description="degrees per second, clockwise")] = 4.0
    drift: Annotated[
        tuple[
            Annotated[float, Field(ge=-2, le=2)],
            Annotated[float, Field(ge=-2, le=2)],
        ],
        Field(description="right and down, in picture heights per second"),
    ] = (0.0, 0.0)
    wander: Annotated[
        float, Field(ge=0, le=0.5, description="how far the zoom's centre strays, in picture heights")
    ] = 0.0
    wander_seconds: Annotated[
        float, Field(ge=0.01, le=86400, description="one round of that path, which the seed draws")
    ] = 12.0
    rest: Annotated[float, Field(ge=0, le=86400, description="seconds before the camera begins to move")] = 0.0
    ease: Annotated[float, Field(ge=0, le=86400, description="seconds in which it then comes up to speed")] = 0.0


@settings(frozen=True, config=STRICT)
class Dream:
    """How the network dreams."""

    keys: Annotated[int, Field(ge=1, le=120, description="dreamt states per second")] = 12
    detail: Annotated[
        float,
        Field(gt=0, le=2000, description="gradient steps per octave in the time the picture doubles its size"),
    ] = 70.0
    step: Annotated[float, Field(gt=0, le=50, description="size of one step, in 1/255 of the range")] = 2.5
    lines: Annotated[
        int,
        Field(
            ge=32,
            le=4320,
            description="height at which the network looks at the picture; less: larger motifs",
        ),
    ] = 360
    octaves: Annotated[int, Field(ge=1, le=8, description="sizes it is looked at, the finest of that height")] = 2
    ratio: Annotated[float, Field(gt=1, le=4, description="from one octave to the next")] = 2.0
    finish: Annotated[
        float,
        Field(
            ge=0,
            le=1,
            description="share of the steps given to each octave finer than `lines` in a large film",
        ),
    ] = 0.25
    jitter: Annotated[
        int, Field(ge=0, le=512, description="random shift before each step, in pixels of the octave")
    ] = 24
    rule: Annotated[
        Literal["smooth", "laplacian", "std", "sign"], Field(description="how a gradient becomes a step")
    ] = "smooth"
    scales: Annotated[int, Field(ge=1, le=6, description="scales over which 'smooth' and 'laplacian' spread")] = 3
    tile: Annotated[int, Field(ge=256, le=8192, description="largest side that goes through the network at once")] = (
        1024
    )


@settings(frozen=True, config=STRICT)
class Score:
    """What the network is asked to see, and when."""

    neurons: Annotated[
        tuple[Annotated[str, Field(max_length=2000)], ...],
        Field(
            min_length=1,
            max_length=10_000,
            description="chords in a row, such as 'block10:4', 'block9', 'class:zebra', "
            "'block10:4 + 0.5 block8:7 - 0.2 block5:1'; '?' is drawn from the seed, anew each time",
        ),
    ] = ("block10:?",)
    hold: Annotated[float, Field(ge=0, le=86400, description="seconds a chord sounds alone")] = 3.0
    fade: Annotated[float, Field(ge=0, le=86400, description="seconds of crossfade to the next one")] = 1.5
    order: Annotated[
        Literal["cycle", "shuffle"],
        Field(description="in the order given, or shuffled by the seed at each pass"),
    ] = "cycle"


@settings(frozen=True, config=STRICT)
class Grade:
    """Where colour and contrast are pulled to."""

    towards: Annotated[
        str,
        Field(description="'natural' (the colours of photographs), 'off', or a picture whose colours to take"),
    ] = NATURAL
    seconds: Annotated[
        float, Field(gt=0, le=86400, description="time in which about two thirds of a difference are gone")
    ] = 0.3
    contrast: Annotated[float, Field(gt=0, le=4, description="times the target's contrast")] = 1.0
    saturation: Annotated[float, Field(ge=0, le=4, description="times the target's colourfulness")] = 1.0
    brightness: Annotated[float, Field(ge=-0.5, le=0.5, description="added to the target's mean")] = 0.0


@settings(frozen=True, config=STRICT)
class Start:
    """The first picture."""

    kind: Annotated[
        Literal["noise", "colour", "image", "unfold"],
        Field(description="'unfold' grows a small picture of noise to full size, then the camera sets off"),
    ] = "noise"
    colour: Annotated[str, Field(pattern="^#[0-9a-fA-F]{6}$", description="of a plain start, as '#7f7f7f'")] = "#7a7268"
    image: Annotated[str, Field(description="file of the photograph that the film begins with")] = ""
    warmup: Annotated[
        float,
        Field(ge=0, le=60, description="seconds dreamt before the film begins; none for a photograph or unfold"),
    ] = 2.0
    small: Annotated[
        int, Field(ge=16, le=512, description="height in lines from which 'unfold' grows, at most the full height")
    ] = 64
    growth: Annotated[int, Field(ge=2, le=200, description="number of sizes on the way to full size")] = 20
    seconds: Annotated[float, Field(gt=0, le=60, description="that 'unfold' takes to grow")] = 5.0

    @field_validator("image")
    @classmethod
    def _shown(cls, image: str, others: ValidationInfo) -> str:
        if image and others.data.get("kind", "image") != "image":
            raise PydanticCustomError("never_shown", "should be empty unless start.kind is 'image'")
        return image


@settings(frozen=True, config=STRICT)
class Film:
    """All that makes a film; what a preset holds."""

    title: Annotated[str, Field(max_length=200, description="what the film is called")] = "Untitled"
    network: Annotated[str, Field(max_length=1000, description="a name, or the path of a .keras file")] = (
        "efficientnet-lite0"
    )
    seconds: Annotated[float, Field(gt=0, le=86400, description="length of the film")] = 60.0
    overlap: Annotated[
        float, Field(gt=0, le=60, description="seconds in which a loop opens into its own beginning")
    ] = 4.0
    camera: Camera = Camera()
    dream: Dream = Dream()
    score: Score = Score()
    grade: Grade = Grade()
    start: Start = Start()
