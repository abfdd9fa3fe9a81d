"""What made a film: written into it, kept with its job, and compared when it is made again."""

from __future__ import annotations

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from zoomdream.cli.progress import say
from zoomdream.cli.recipe import recipe
from zoomdream.cli.request import Request
from zoomdream.errors import BadInput
from zoomdream.film.settings import NATURAL, OFF, Film
from zoomdream.network.network import Network
from zoomdream.presets import to_document
from zoomdream.reel.job.manifest import differences, listed
from zoomdream.reel.job.whole import sha256


def film_recipe(film: Film, network: Network, request: Request) -> dict[str, Any]:
    """Return what made the film: enough to make it again."""
    pictures = {"start.image": film.start.image, "grade.towards": film.grade.towards}
    read = {name: sha256(Path(path)) for name, path in pictures.items() if path not in ("", NATURAL, OFF)}
    asked = {
        "film": to_document(film),
        "size": list(request.size),
        "fps": str(request.fps),
        "seed": request.seed,
        "pictures": read,
    }
    plain: dict[str, Any] = json.loads(json.dumps(recipe("loop" if request.loop else "movie", asked, network)))
    return plain


def check_alike(before: Mapping[str, Any], made: Mapping[str, Any]) -> None:
    """Refuse other weights or pictures than those of before; only tell of other versions."""
    for name in ("network", "pictures"):
        if different := list(differences(before.get(name, {}), made[name], f"{name}.")):
            raise BadInput(f"What it was made with is missing here: {listed(different)}.")
    if different := list(differences(before.get("versions", {}), made["versions"])):
        say(f"Its frames may differ a little: {listed(different)}.")
