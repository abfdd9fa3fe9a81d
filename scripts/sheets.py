"""Sheets of stills for the pages of ``docs/``, each tile made by a command.

``scripts/gallery`` runs it, in a folder that holds cat.jpg, scales.png and threads.png: ``python sheets.py ideals``
writes ideals.png.
"""

import json
import subprocess
import sys
from pathlib import Path

import numpy as np

from zoomdream.picture.image import load_image, save_image
from zoomdream.picture.sheet import sheet, within
from zoomdream.picture.warp import Image
from zoomdream.still.faststyle.shelf import STYLES, find_style

CLASSES = (
    *("Siamese cat", "zebra", "flamingo", "pizza", "jellyfish"),
    *("volcano", "balloon", "goldfish", "macaw", "teapot"),
)
PAINTINGS = {
    "threads.png": "threads.png",
    "--strength 2": "threads.png --strength 2",
    "--scale 0.5": "threads.png --scale 0.5",
    "--keep-colour": "threads.png --keep-colour",
    "threads.png scales.png": "threads.png scales.png",
    "scales.png": "scales.png",
}
"""Caption → what follows ``zoomdream still style cat.jpg``."""


def ideals() -> Image:
    """Return what the network is surest of, and how sure it is."""
    made = [still("class", label, "--size", "256", "--json") for label in CLASSES]
    records = [json.loads(said)[0] for _, said in made]
    captions = [f"{record['label']}\n{record['probability']:.1%}" for record in records]
    return sheet([picture for picture, _ in made], captions, 5)


def textures() -> Image:
    """Return a picture, four tiles of it beside each other, and a copy made pixel by pixel; all of one size."""
    tile, _ = still("texture", "scales.png", "--tile", "--size", "160x90")
    neighbours = "--method neighbours --window 19 --scale 0.6"
    woven, _ = still("texture", "scales.png", *neighbours.split(), "--size", "320x180")
    captions = ["the picture", "--tile, laid beside itself", neighbours.replace(" --scale", "\n--scale")]
    return sheet([load_image(Path("scales.png")), np.tile(tile, (2, 2, 1)), woven], captions, 3)


def paintings() -> Image:
    """Return the cat as options and styles have it painted."""
    painted = [still("style", "cat.jpg", *words.split())[0] for words in PAINTINGS.values()]
    return sheet([within(picture, 408) for picture in painted], [*PAINTINGS], 3)


def styles() -> Image:
    """Return what the styles that come along were taught by, each beside the cat in that style."""
    pairs = [(find_style(style).with_suffix(".jpg"), still("stylise", style, "cat.jpg")[0]) for style in STYLES]
    tiles = [tile for taught, painted in pairs for tile in (within(load_image(taught), 533), painted)]
    return sheet(tiles, columns=2, rows=[*STYLES])


def still(kind: str, *words: str) -> tuple[Image, str]:
    """Return the picture that a command makes, and what it says."""
    output = Path("tile.png")
    command = [Path(sys.executable).with_name("zoomdream"), "still", kind, *words, "--output", output, "--force"]
    said = subprocess.run(command, check=True, stdout=subprocess.PIPE, text=True).stdout
    return load_image(output), said


SHEETS = {make.__name__: make for make in (ideals, paintings, textures, styles)}

if __name__ == "__main__":
    name = sys.argv[1]
    save_image(f"{name}.png", SHEETS[name]())
