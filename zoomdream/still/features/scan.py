"""A scan: every picture of a folder goes through the network once, what is found of it is kept in the index."""

import warnings
from collections import deque
from collections.abc import Callable, Iterable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from hashlib import sha256
from itertools import islice
from pathlib import Path
from typing import Any, NamedTuple, Protocol, TypeVar

import numpy as np
from numpy.typing import NDArray

from zoomdream.errors import BadInput, ZoomdreamError
from zoomdream.network.head import Size
from zoomdream.network.network import Network
from zoomdream.network.request import RANDOM
from zoomdream.network.weights import digest
from zoomdream.picture.fit import Box, Fit, Mode
from zoomdream.picture.image import load_image
from zoomdream.picture.warp import Image, resize
from zoomdream.still.features.index import Index, Stamp, stamp
from zoomdream.still.passes import BATCH, Array, scores

READERS = 2
"""Pictures that are read from files at the same time."""
TINY = 32
"""Height and width at which pictures are compared pixel by pixel."""

Item = TypeVar("Item")
Found = TypeVar("Found")


class Watch(Protocol):
    """Who is told of a scan."""

    def begin(self, wanted: int, whole: int) -> None:
        """So many of the pictures have to be looked at; the others are in the index."""

    def advance(self, count: int) -> None:
        """So many more are done."""

    def leave_out(self, why: ZoomdreamError) -> None:
        """A picture cannot be done."""


class Quiet:
    """Says nothing of a scan, but warns of what is left out."""

    def begin(self, wanted: int, whole: int) -> None:
        """Say nothing."""

    def advance(self, count: int) -> None:
        """Say nothing."""

    def leave_out(self, why: ZoomdreamError) -> None:
        """Warn."""
        warnings.warn(f"Left out: {why}", stacklevel=2)


@dataclass(frozen=True)
class Feature:
    """Numbers that are found of pictures.

    Attributes:
        key: says all that they depend on but the picture itself and how it comes to the network's size.
        of: pictures as the network sees them (n, h, w, 3), and what of each is picture and no padding → a row of
            numbers for each, (n, width).
        kind: of the numbers, as numpy calls it.
    """

    key: str
    of: Callable[[Array, Sequence[Box]], NDArray[Any]]
    kind: str = "<f4"


def means(network: Network, layer: str) -> Feature:
    """Return the mean of every channel of a layer over all places."""
    return Feature(f"means {layer} {known_as(network)}", lambda pictures, _: scores(network, pictures, layer))


def pixels() -> Feature:
    """Return the picture itself, :data:`TINY` pixels high and wide, in levels of 0 to 255."""

    def tiny(pictures: Array, _: Sequence[Box]) -> NDArray[np.uint8]:
        small = np.stack([resize(picture, (TINY, TINY)) for picture in pictures])
        return np.rint(np.clip(small, 0, 1) * 255).astype(np.uint8).reshape(len(pictures), -1)

    return Feature(f"pixels {TINY}", tiny, "u1")


def known_as(network: Network) -> str:
    """Return what tells a network from all others: its layers, its weights, and what it makes of a picture first.

    Raises:
        BadInput: one of its layers cannot say how it is made.
    """
    try:
        layers = sha256(network.model.to_json().encode()).hexdigest()
    except (NotImplementedError, TypeError, ValueError) as why:
        raise BadInput(
            f"The network {network.name} cannot be told from others: one of its layers has no get_config that Keras "
            "can write down."
        ) from why
    weights = digest(network.model) if network.weights == RANDOM else network.weights
    expects = network.input_range
    return f"{layers} {weights} {expects.scale} {expects.offset} {expects.bgr}"


class Seen(NamedTuple):
    """A picture as the network sees it, (h, w, 3), and the rows and columns of it that are no padding."""

    picture: Image
    inside: Box


@dataclass(frozen=True)
class Scan:
    """How a folder is looked at.

    Attributes:
        size: (height, width) at which the network sees the pictures.
        fit: how they come to it.
        index: what is kept of them.
        watch: who is told.
    """

    size: Size
    fit: Mode
    index: Index
    watch: Watch

    def see(self, path: Path) -> Seen:
        """Return the picture in a file as the network sees it."""
        image = load_image(path)
        way = Fit((image.shape[0], image.shape[1]), self.size, self.fit)
        return Seen(way.to(image), way.inside)

    def find(self, features: Sequence[Feature], paths: Sequence[Path]) -> list[Path]:
        """Have the index hold the features of all pictures; return those that could be done.

        Raises:
            BadInput: none of them could be read.
            ZoomdreamError: what the network computes is no finite number.
        """
        stamps = list(self._stamps(paths))
        wanted = {feature: set(self.index.missing(self._key(feature), stamps)) for feature in features}
        looked_at = [one for one in stamps if any(one in some for some in wanted.values())]
        self.watch.begin(len(looked_at), len(paths))
        failed = set[Path]()
        for some in _together(self._seen(looked_at, failed), BATCH):
            self._keep(wanted, some)
            self.watch.advance(len(some))
        done = [one.path for one in stamps if one.path not in failed]
        if not done:
            raise BadInput(f"None of the {len(paths)} pictures could be read.")
        return done

    def read(self, feature: Feature, paths: Sequence[Path]) -> Iterator[NDArray[Any]]:
        """Yield a feature of pictures that have it, some hundred pictures at a time: (m, width)."""
        return self.index.read(self._key(feature), paths, feature.kind)

    def _key(self, feature: Feature) -> str:
        return f"{feature.key} {self.fit} {self.size}"

    def _stamps(self, paths: Sequence[Path]) -> Iterator[Stamp]:
        for path in paths:
            try:
                yield stamp(path)
            except BadInput as why:
                self.watch.leave_out(why)

    def _seen(self, stamps: Sequence[Stamp], failed: set[Path]) -> Iterator[tuple[Stamp, Seen]]:
        """Yield pictures as the network sees them; note and tell of those that cannot be read."""

        def look(one: Stamp) -> Seen | BadInput:
            try:
                return self.see(one.path)
            except BadInput as why:
                return why

        for one, seen in ahead(look, stamps):
            if isinstance(seen, BadInput):
                failed.add(one.path)
                self.watch.leave_out(seen)
                self.watch.advance(1)
            else:
                yield one, seen

    def _keep(self, wanted: dict[Feature, set[Stamp]], some: Sequence[tuple[Stamp, Seen]]) -> None:
        for feature, missing in wanted.items():
            lacking = [(one, seen) for one, seen in some if one in missing]
            if lacking:
                stamps, seen = zip(*lacking, strict=True)
                numbers = feature.of(np.stack([one.picture for one in seen]), [one.inside for one in seen])
                self.index.keep(self._key(feature), stamps, numbers.astype(feature.kind))


def ahead(work: Callable[[Item], Found], items: Iterable[Item]) -> Iterator[tuple[Item, Found]]:
    """Yield (item, what is made of it), in order, a few of them worked on ahead of time."""
    waiting = deque[tuple[Item, Any]]()
    with ThreadPoolExecutor(READERS) as pool:
        try:
            for item in items:
                waiting.append((item, pool.submit(work, item)))
                if len(waiting) > BATCH:
                    first, future = waiting.popleft()
                    yield first, future.result()
            while waiting:
                first, future = waiting.popleft()
                yield first, future.result()
        finally:
            pool.shutdown(wait=False, cancel_futures=True)


def _together(items: Iterable[Item], count: int) -> Iterator[list[Item]]:
    rest = iter(items)
    while some := list(islice(rest, count)):
        yield some
