"""The score: which neurons sound, how loud, when. Read at time t it gives weights per layer and channel."""

from collections.abc import Mapping
from dataclasses import dataclass
from math import floor

import numpy as np
from numpy.typing import NDArray

from zoomdream.ascent.objectives import weights_key
from zoomdream.chance import generator
from zoomdream.film.chords import Chord, Voice, parse_chord
from zoomdream.film.settings import Score
from zoomdream.network.addresses import ANY, Address, channel_index, channels_of, check_address
from zoomdream.network.network import Network

Vector = NDArray[np.float32]


@dataclass(frozen=True, eq=False)
class Timeline:
    """A score made ready for one network and seed.

    Attributes:
        loudness: layer → mean square of each of its channels on an ordinary picture, so that neurons of all
            layers weigh alike.
    """

    score: Score
    chords: tuple[Chord, ...]
    seed: int
    loudness: Mapping[str, Vector]
    network: Network

    def weights(self, t: float) -> dict[str, Vector]:
        """Return weights (2, channels) per layer at time t (seconds), under the names the objective reads."""
        weights = {layer: np.zeros((2, len(loud)), np.float32) for layer, loud in self.loudness.items()}
        for place, share in self._sounding(t):
            for voice in self._drawn(place):
                self._add(weights[voice.address.layer], voice, share)
        return {weights_key(layer): sides for layer, sides in weights.items()}

    def names(self, t: float) -> str:
        """Return what sounds at time t, for a person: ``block10:4 → block9:7`` during a crossfade."""
        chords = [" + ".join(map(str, self._drawn(place))) for place, _ in self._sounding(t)]
        return " → ".join(chords).replace("+ -", "- ")

    def _sounding(self, t: float) -> list[tuple[int, float]]:
        """Return (place in the endless row of chords, share in [0, 1]), one or two of them, shares adding to 1."""
        period = self.score.hold + self.score.fade
        if (len(self.chords) == 1 and not any(v.address.channel == ANY for v in self.chords[0])) or period == 0:
            return [(0, 1.0)]
        place = floor(max(t, 0.0) / period)
        u = min(max((t - place * period - self.score.hold) / (self.score.fade or 1), 0.0), 1.0)
        rising = u * u * (3 - 2 * u)
        return [(place, 1 - rising), (place + 1, rising)] if rising > 0 else [(place, 1.0)]

    def _drawn(self, place: int) -> list[Voice]:
        """Return the voices of a place with every ``?`` replaced by the channel that the seed draws there."""
        return [self._draw(voice, place, number) for number, voice in enumerate(self.chords[self._chord(place)])]

    def _draw(self, voice: Voice, place: int, number: int) -> Voice:
        if voice.address.channel != ANY:
            return voice
        width = channels_of(self.network, voice.address.layer)
        channel = int(generator(self.seed, "draw", place, number).integers(width))
        return voice._replace(address=Address(voice.address.layer, str(channel)))

    def _chord(self, place: int) -> int:
        turn, count = divmod(place, len(self.chords))
        return count if self.score.order == "cycle" else int(_shuffled(self.seed, turn, len(self.chords))[count])

    def _add(self, weights: Vector, voice: Voice, share: float) -> None:
        """Add a voice to its layer's weights (2, channels), row 0 for positive answers and row 1 for negative ones."""
        rows = {"+": [0], "-": [1]}.get(voice.side, [0, 1])
        loudness, weight = self.loudness[voice.address.layer], voice.weight * share
        if voice.address.channel is None:
            weights[rows] += weight / (loudness.mean() * np.sqrt(len(loudness)))
        else:
            channel = channel_index(voice.address, self.network)
            weights[rows, channel] += weight / loudness[channel]


def timeline(score: Score, network: Network, seed: int, loudness: Mapping[str, Vector]) -> Timeline:
    """Return the score's timeline.

    Raises:
        BadInput: an address is not one, or the network has no such place.
    """
    return Timeline(score, read_chords(score, network), seed, loudness, network)


def read_chords(score: Score, network: Network) -> tuple[Chord, ...]:
    """Return the score's chords, every address checked against the network."""
    chords = tuple(parse_chord(text) for text in score.neurons)
    for chord in chords:
        for voice in chord:
            check_address(voice.address, network)
    return chords


def layers_of(chords: tuple[Chord, ...]) -> set[str]:
    """Return the layers that sound somewhere in the score."""
    return {voice.address.layer for chord in chords for voice in chord}


def few_in(chords: tuple[Chord, ...]) -> set[str]:
    """Return the layers of which only single channels sound, never the whole."""
    return layers_of(chords) - {voice.address.layer for c in chords for voice in c if voice.address.channel is None}


def _shuffled(seed: int, turn: int, count: int) -> NDArray[np.int64]:
    """Return the order of one pass, which never begins with what ended the pass before.

    Where it would, its first two change places, so that its end, on which the next pass depends, stays.
    """
    if count < 3:
        return generator(seed, "shuffle", 0).permutation(count)
    order = generator(seed, "shuffle", turn).permutation(count)
    if turn and order[0] == generator(seed, "shuffle", turn - 1).permutation(count)[-1]:
        order[:2] = order[1::-1]
    return order
