"""What decides how a style is learnt; an interrupted training goes on only under the same."""

from dataclasses import asdict, dataclass
from typing import Any

from zoomdream.errors import BadInput

STEPS = 2000


@dataclass(frozen=True)
class Settings:
    """How a style is learnt.

    The three costs are relative to the example, so their weights do not depend on the layers.

    Attributes:
        crop: height and width, in pixels, of what is cut out of the photographs.
        batch: such crops in a step.
        content: weight of what is lost of the photograph.
        style: weight of what is not yet as in the style.
        smoothness: weight of the total variation.
        temporal: weight of how far two pictures that differ by noise alone are painted differently.
        style_size: shorter side, in pixels, at which the style is looked at; less gives smaller strokes.
        style_layers: where the style is compared, as Gram matrices; ``image`` is the picture itself, its colours.
            Those that suit the network if there are none, see :func:`zoomdream.still.faststyle.training.with_layers`.
        content_layers: where the photograph is compared, place by place; the same.
        seed: decides every random draw.
        width: channels of the painter's first layer; the next ones have two and three times as many.
        blocks: residual blocks of the painter.
    """

    crop: int = 160
    batch: int = 2
    content: float = 1.0
    style: float = 6.0
    smoothness: float = 0.03
    temporal: float = 10.0
    style_size: int = 256
    style_layers: tuple[str, ...] = ()
    content_layers: tuple[str, ...] = ()
    seed: int = 0
    width: int = 16
    blocks: int = 3

    def __post_init__(self) -> None:
        """Refuse what cannot be learnt from.

        Raises:
            BadInput: naming the field.
        """
        if self.crop < 32 or self.crop % 4:
            raise BadInput(f"The size of the crops is a multiple of 4 from 32 on, not {self.crop}.")
        if min(self.batch, self.style_size, self.width, self.blocks) < 1:
            raise BadInput("The batch, the size of the style and the painter's width and blocks are at least 1.")
        if min(self.content, self.style, self.smoothness, self.temporal) < 0:
            raise BadInput("The weights of content, style, smoothness and time are at least 0.")


USUAL = Settings()


def check_same(facts: dict[str, Any], before: dict[str, Any], place: object) -> None:
    """Refuse to go on with what was begun under other settings.

    Args:
        facts: settings and inputs of now, by name, as JSON has them.
        before: those it was begun with.
        place: the file that it is kept in.

    Raises:
        BadInput: naming what differs, with both values.
    """
    other = [name for name in {**before, **facts} if before.get(name) != facts.get(name)]
    if other:
        said = ", ".join(f"{name} {before.get(name)}, not {facts.get(name)}" for name in other)
        raise BadInput(f"The training in {place} was begun with {said}: ask for the same, or begin anew with --force.")


def as_facts(settings: Settings) -> dict[str, Any]:
    """Return settings as plain JSON values."""
    return {name: list(value) if isinstance(value, tuple) else value for name, value in asdict(settings).items()}
