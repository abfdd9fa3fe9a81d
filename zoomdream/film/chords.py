"""Chords: several neurons that sound at once, as text, e.g. ``block10:4 + 0.5 block8:7 - 0.2 block5:1``."""

import re
from typing import NamedTuple

from zoomdream.errors import BadInput, shown
from zoomdream.network.addresses import CLASS, Address, parse_address

LOUDEST = 1000.0


class Voice(NamedTuple):
    """One address and how loud it sounds.

    Attributes:
        weight: below 0 the neuron is silenced.
        side: ``+`` only where it answers positively, ``-`` only negatively, empty for both: layers without a ReLU
            of their own often see two different things.
    """

    weight: float
    address: Address
    side: str = ""

    def __str__(self) -> str:
        return ("" if self.weight == 1 else f"{self.weight:g} ") + str(self.address) + self.side


Chord = tuple[Voice, ...]

_NUMBER = re.compile(r"(\d+(?:\.\d*)?|\.\d+)\s*(?:\*\s*|\s+)(?=\S)")


def parse_chord(text: str) -> Chord:
    """Read a chord.

    >>> [(v.weight, str(v.address)) for v in parse_chord("block10:4 - 0.5 block8:7")]
    [(1.0, 'block10:4'), (-0.5, 'block8:7')]
    >>> parse_chord("block12:45+")[0].side
    '+'
    """
    text = text.strip()
    if re.search(r"^\+|(^|\s)[+-]$", text):
        raise BadInput(f"{shown(text)}: a sign stands between two neurons, as in 'block10:4 + 0.5 block8:7'.")
    signs = ["-" if text.startswith("-") else "+", *re.findall(r"\s([+-])\s", text)]
    terms = re.split(r"\s[+-]\s", text.removeprefix("-"))
    return tuple(_voice(sign, term.strip()) for sign, term in zip(signs, terms, strict=True))


def _voice(sign: str, term: str) -> Voice:
    number = _NUMBER.match(term)
    weight = float(number[1]) if number else 1.0
    if weight > LOUDEST:
        raise BadInput(f"{shown(term)}: a neuron's weight is at most {LOUDEST:g}.")
    place = term[number.end() :] if number else term
    side = place[-1] if re.search(r"\S[+-]$", place) else ""
    address = parse_address(place.removesuffix(side))
    if address.position:
        raise BadInput(f"{address}: a film sounds whole channels; a neuron at one place is for stills.")
    if side and address.layer == CLASS:
        raise BadInput(f"{address}{side}: a class has no sides; write '- {address}' to silence it.")
    return Voice(-weight if sign == "-" else weight, address, side)
