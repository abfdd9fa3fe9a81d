"""``zoomdream still``: every kind writes and tells what is promised, of any picture."""

import inspect
import json
import re
from pathlib import Path
from shutil import copy
from typing import Any

import click
import numpy as np
import pytest
from PIL import Image as Pillow

from tests.cli.command import here, zoomdream
from zoomdream import still as stills
from zoomdream.cli.lazy import function_name
from zoomdream.cli.still import KINDS, still
from zoomdream.cli.stills import options
from zoomdream.network.catalogue import load_network
from zoomdream.picture.fit import MODES
from zoomdream.picture.image import load_image

pytestmark = pytest.mark.filterwarnings("ignore:__array__ implementation doesn't accept:DeprecationWarning")

MAPS = {
    "saliency": (),
    "smoothgrad": ("--copies", 3),
    "integrated": ("--gap", 0.5),
    "guided": (),
    "gradcam": (),
    "gradcam++": (),
    "cam": (),
    "guided-gradcam": (),
    "occlusion": ("--patch", 75, "--stride", 75),
}
COLOUR = {"guided", "guided-gradcam"}
"""Kinds with one value for each colour."""


def command(kind: str) -> click.Command:
    found = still.get_command(click.Context(still), kind)
    assert found is not None
    return found


def levels(path: Path) -> np.ndarray:
    """Return what is in a file of 8 bits, as it is."""
    with Pillow.open(path) as opened:
        return np.asarray(opened)


# What is asked, and of what.


EXPLAINING = [kind for kind, (module, _) in KINDS.items() if len(module.split(".")) == 4]
"""Those that are not in a folder of their own."""


def test_every_kind_is_there_for_python_too():
    assert sorted([*MAPS, "classify", "segment", "adversarial", "dream", "report"]) == sorted(EXPLAINING)
    assert {function_name(kind) for kind in EXPLAINING} - {"adversarial"} <= {*stills.__all__}


@pytest.mark.parametrize("kind", [kind for kind in EXPLAINING if kind != "adversarial"])
def test_what_is_not_said_means_the_same_as_in_python(kind):
    ours = command(kind).make_context(kind, ["a.jpg"]).params
    theirs = inspect.signature(getattr(stills, function_name(kind))).parameters.values()
    shared = {one.name: one.default for one in theirs if one.kind is one.KEYWORD_ONLY and one.name in ours}
    assert {"fit"} <= shared.keys() or kind == "dream"
    assert {name: ours[name] for name in shared} == shared


def test_the_ways_to_fit_are_those_that_there_are():
    assert options.FITS == MODES


# The photograph that comes along, and the embedded network.


@pytest.mark.usefixtures("one_network")
@pytest.mark.parametrize("kind", MAPS)
def test_maps_of_the_photograph(tmp_path, cat, kind):
    outputs = [word for name in ("m.png", "m.npy", "m.npz") for word in ("-o", name)]
    done = here("still", kind, cat, *MAPS[kind], *outputs, "--view", "overlay", "--json", folder=tmp_path)
    assert (done.returncode, done.stderr) == (0, "")
    values = np.load(tmp_path / "m.npy")
    assert values.dtype == np.float32
    assert values.shape == ((300, 451, 3) if kind in COLOUR else (300, 451))
    assert np.isfinite(values).all()
    assert values.std() > 0
    assert not values[:, :70].any()  # a square in the middle is what the network sees
    with np.load(tmp_path / "m.npz") as arrays:
        assert arrays.files == ["class:285"]
        np.testing.assert_array_equal(arrays["class:285"], values)
    assert levels(tmp_path / "m.png").shape == (300, 451, 3)
    (told,) = json.loads(done.stdout)
    assert (told["picture"], told["kind"]) == (str(cat), kind)
    assert (told["target"], told["title"]) == ("class:285", "Egyptian Mau")
    assert told["score"] == pytest.approx(8.99, abs=0.05)
    assert (told["least"], told["most"]) == (values.min(), values.max())
    place = values[told["strongest_at"]["row"], told["strongest_at"]["column"]]
    assert np.abs(place).max() == np.abs(values).max()
    assert told["files"] == ["m.png", "m.npy", "m.npz"]
    assert sorted(path.name for path in tmp_path.iterdir()) == ["m.npy", "m.npz", "m.png"]


@pytest.mark.usefixtures("one_network")
def test_classes_of_the_photograph(tmp_path, cat):
    done = here("still", "classify", cat, "--top", 3, "-o", "bars.png", "--json", folder=tmp_path)
    assert (done.returncode, done.stderr) == (0, "")
    (told,) = json.loads(done.stdout)
    assert (told["picture"], told["files"]) == (str(cat), ["bars.png"])
    assert [(one["index"], one["label"]) for one in told["classes"]] == [
        (285, "Egyptian Mau"),
        (282, "tiger cat"),
        (281, "tabby cat"),
    ]
    logits = np.array([one["logit"] for one in told["classes"]])
    probabilities = np.array([one["probability"] for one in told["classes"]])
    np.testing.assert_allclose(np.diff(np.log(probabilities)), np.diff(logits), rtol=1e-3)
    height, width = levels(tmp_path / "bars.png").shape[:2]
    assert (height >= 300, width > 451 + 200) == (True, True)


@pytest.mark.usefixtures("one_network")
def test_the_photograph_cut_out(tmp_path, cat):
    done = here("still", "segment", cat, "-o", "cut.png", "-o", "mask.npy", "--json", folder=tmp_path)
    assert (done.returncode, done.stderr) == (0, "")
    mask, cut = np.load(tmp_path / "mask.npy"), levels(tmp_path / "cut.png")
    assert (mask.shape, mask.dtype, cut.shape) == ((300, 451), np.float32, (300, 451, 4))
    np.testing.assert_allclose(cut[..., 3] / 255, mask, atol=0.5 / 255 + 1e-6)
    np.testing.assert_array_equal(cut[..., :3], levels(cat))
    (told,) = json.loads(done.stdout)
    assert told["share"] == pytest.approx(mask.mean(), abs=1e-4)
    assert 0.1 < told["share"] < 0.9


def change(path: Path, original: Path) -> np.ndarray:
    """Return the difference of two pictures in levels, (H, W, 3)."""
    return levels(path).astype(int) - levels(original).astype(int)


@pytest.mark.usefixtures("one_network")
@pytest.mark.parametrize(
    "given",
    [("--method", "fgsm"), ("--steps", 3, "--into", "class:lynx"), ("--norm", "l2", "--epsilon", 500, "--steps", 3)],
)
def test_the_photograph_made_adversarial_is_what_is_told_of_it(tmp_path, cat, lite0, given):
    done = here("still", "adversarial", cat, *given, "-o", "twin.png", "--json", folder=tmp_path)
    assert (done.returncode, done.stderr) == (0, "")
    (told,) = json.loads(done.stdout)
    moved = change(tmp_path / "twin.png", cat)
    assert np.abs(moved).max() == told["linf"] > 0
    assert np.linalg.norm(moved) / 255 == pytest.approx(told["l2"], rel=1e-6)
    assert np.linalg.norm(moved) <= 500 if "l2" in given else told["linf"] <= 2
    top = stills.classify(lite0, load_image(tmp_path / "twin.png"))[0]
    assert (top.index, top.label) == (told["after"]["index"], told["after"]["label"])
    assert top.probability == pytest.approx(told["after"]["probability"], abs=1e-4)
    assert told["before"]["index"] == 285
    assert told["flipped"] == (top.index != 285)
    assert told["succeeded"] == (top.label == "lynx" if "class:lynx" in given else top.index != 285)
    assert told["succeeded"]
    assert [path.name for path in tmp_path.iterdir()] == ["twin.png"]


@pytest.mark.usefixtures("one_network")
def test_a_dream_of_the_photograph_stays_where_the_mask_is_white(tmp_path, cat):
    mask = np.zeros((30, 45), np.uint8)
    mask[:, 22:] = 255
    Pillow.fromarray(mask).save(tmp_path / "mask.png")
    short = ("--steps", 2, "--octaves", 1, "--lines", 100, "--mask", "mask.png")
    done = here("still", "dream", cat, *short, "-o", "dream.png", "-o", "dream.jpg", folder=tmp_path)
    assert (done.returncode, done.stderr) == (0, "")
    moved = np.abs(change(tmp_path / "dream.png", cat))
    assert moved.shape == (300, 451, 3)
    assert not moved[:, :200].any()
    assert moved[:, 250:].mean() > 1
    assert np.abs(change(tmp_path / "dream.jpg", tmp_path / "dream.png")).mean() < 2


def test_a_map_in_a_fresh_process(tmp_path, cat):
    copy(cat, tmp_path)
    done = zoomdream("still", "gradcam", "cat.jpg", "--json", folder=tmp_path)
    assert (done.returncode, done.stderr) == (0, "")
    (told,) = json.loads(done.stdout)
    assert (told["title"], told["files"]) == ("Egyptian Mau", ["cat-gradcam.png"])
    assert sorted(path.name for path in tmp_path.iterdir()) == ["cat-gradcam.png", "cat.jpg"]
    assert levels(tmp_path / "cat-gradcam.png").shape[1] > 2 * 451


# A network of one's own.


OWN: dict[str, tuple[Any, ...]] = {
    "saliency": (),
    "gradcam": (),
    "guided": (),
    "integrated": (),
    "occlusion": ("--patch", 8, "--stride", 8),
    "smoothgrad": ("--copies", 8),
    "gradcam++": (),
    "cam": (),
    "guided-gradcam": (),
}


@pytest.mark.parametrize("kind", OWN)
def test_a_file_of_ones_own_and_the_range_it_expects(tmp_path, cat, own, flat, kind):
    nested = ("--network", own / "nested.keras", "--input-range", "0..1")
    for name, network in {"flat": flat, "nested": nested}.items():
        done = here("still", kind, cat, *network, *OWN[kind], "-o", f"{name}.npy", folder=tmp_path)
        assert (done.returncode, done.stderr) == (0, "")
    one, other = (np.load(tmp_path / f"{name}.npy") for name in ("flat", "nested"))
    assert one.std() > 0
    np.testing.assert_allclose(one, other, atol=1e-4 * np.abs(one).max())


def test_classes_of_a_file_of_ones_own_are_numbers(tmp_path, cat, own, flat):
    told = json.loads(here("still", "classify", cat, *flat, "--json", folder=tmp_path).stdout)[0]["classes"]
    nested = ("--network", own / "nested.keras", "--input-range", "0..1")
    same = json.loads(here("still", "classify", cat, *nested, "--json", folder=tmp_path).stdout)[0]["classes"]
    assert [one["logit"] for one in told] == pytest.approx([one["logit"] for one in same], abs=1e-4)
    assert sorted(one["index"] for one in told) == [0, 1, 2, 3, 4]
    assert sum(one["probability"] for one in told) == pytest.approx(1, abs=1e-5)
    plain = here("still", "classify", cat, *flat, "--top", 2, "-o", "bars.png", folder=tmp_path).stdout
    assert f"{told[0]['index']}      –      {told[0]['probability']:.3f}" in plain
    assert "bars.png" in plain


# What is written of a map.


def test_several_targets(tmp_path, cat, flat):
    addresses = ["class:3", "file", "file:2", "top:5@4,11"]
    targets = [word for address in addresses for word in ("--target", address)]
    outputs = [word for name in ("m.npy", "m.npz", "panel.png") for word in ("-o", name)]
    done = here("still", "gradcam", cat, *flat, *targets, *outputs, "--json", folder=tmp_path)
    assert (done.returncode, done.stderr) == (0, "")
    stacked = np.load(tmp_path / "m.npy")
    assert (stacked.shape, stacked.dtype) == ((4, 300, 451), np.float32)
    with np.load(tmp_path / "m.npz") as arrays:
        assert arrays.files == addresses
        for address, values in zip(addresses, stacked, strict=True):
            np.testing.assert_array_equal(arrays[address], values)
    assert [one["target"] for one in json.loads(done.stdout)] == addresses
    network = load_network(flat[1], input_range=flat[3])
    np.testing.assert_allclose(stacked[3], stills.gradcam(network, load_image(cat), "top:5@4,11"), rtol=1e-4, atol=1e-7)
    for kind in ("map", "overlay"):
        here("still", "gradcam", cat, *flat, *targets[:4], "--view", kind, "-o", f"{kind}.png", folder=tmp_path)
        assert levels(tmp_path / f"{kind}.png").shape == (300, 902, 3)
    one, four = (len(levels(tmp_path / name)) for name in ("map.png", "panel.png"))
    assert four > one


@pytest.mark.parametrize("kind", ["saliency", "guided"])
def test_an_overlay_that_covers_nothing_is_the_picture(tmp_path, cat, flat, kind):
    here("still", kind, cat, *flat, "--view", "overlay", "--alpha", 0, "-o", "none.png", folder=tmp_path)
    assert not change(tmp_path / "none.png", cat).any()
    here("still", kind, cat, *flat, "--view", "overlay", "-o", "some.png", folder=tmp_path)
    assert np.abs(change(tmp_path / "some.png", cat)).mean() > 5


@pytest.mark.parametrize(("name", "rising"), [("gray", True), ("gray_r", False)])
def test_the_colours_of_a_map_are_those_asked_for(tmp_path, cat, flat, name, rising):
    words = ("--view", "map", "--colormap", name, "-o", "m.png", "-o", "m.npy")
    done = here("still", "saliency", cat, *flat, *words, folder=tmp_path)
    assert done.returncode == 0, done.stderr
    values, seen = np.load(tmp_path / "m.npy"), levels(tmp_path / "m.png")
    share = np.clip(values / np.quantile(values, 0.995), 0, 1)
    np.testing.assert_allclose(seen, 255 * np.repeat((share if rising else 1 - share)[..., None], 3, 2), atol=1.01)


def test_what_speaks_against_a_target_is_shown_when_asked_for(tmp_path, cat, flat):
    for name, more in {"for.npy": (), "both.npy": ("--signed",)}.items():
        here("still", "gradcam", cat, *flat, "--fit", "stretch", *more, "-o", name, folder=tmp_path)
    only, both = np.load(tmp_path / "for.npy"), np.load(tmp_path / "both.npy")
    assert (only.min() >= 0, both.min() < 0) == (True, True)


# Any picture.


def _wanted(cat: Path) -> dict[str, tuple[Pillow.Image, dict[str, Any]]]:
    """Return name → picture and how to save it."""
    with Pillow.open(cat) as opened:
        small = opened.convert("RGB").resize((60, 40))
    clear = small.copy()
    clear.putalpha(Pillow.linear_gradient("L").resize(small.size))
    turned = Pillow.Exif()
    turned[0x0112] = 6
    deep = Pillow.fromarray(np.asarray(small.convert("L"), np.uint16) * 257)
    return {
        "turned.jpg": (small, {"exif": turned}),
        "grey.png": (small.convert("L"), {}),
        "grey-clear.png": (small.convert("LA"), {}),
        "clear.png": (clear, {}),
        "palette.png": (small.quantize(16), {}),
        "deep.png": (deep, {}),
        "ink.jpg": (small.convert("CMYK"), {}),
        "moving.gif": (small, {"save_all": True, "append_images": [small.rotate(90)]}),
        "column.png": (small.resize((1, 90)), {}),
        "row.png": (small.resize((90, 1)), {}),
        "point.png": (small.resize((1, 1)), {}),
        "tiny.png": (small.resize((8, 8)), {}),
        "wide.png": (small.resize((1500, 20)), {}),
        "black.png": (Pillow.new("RGB", (40, 30)), {}),
        "white.png": (Pillow.new("RGB", (40, 30), "white"), {}),
    }


@pytest.fixture(scope="module")
def pictures(tmp_path_factory: pytest.TempPathFactory, cat: Path) -> Path:
    """Return a folder of pictures of every kind."""
    folder = tmp_path_factory.mktemp("pictures")
    for name, (picture, how) in _wanted(cat).items():
        picture.save(folder / name, **how)
    return folder


ANY: dict[str, tuple[tuple[Any, ...], str]] = {
    "saliency": (("--view", "map"), "npy"),
    "smoothgrad": (("--view", "overlay", "--copies", 2), "npy"),
    "integrated": (("--view", "overlay"), "npy"),
    "guided": (("--view", "map"), "npy"),
    "gradcam": (("--view", "overlay"), "npy"),
    "occlusion": (("--view", "overlay", "--patch", 16), "npy"),
    "segment": (("--view", "outline"), "npy"),
    "adversarial": (("--method", "fgsm"), "png"),
}


@pytest.mark.parametrize("kind", ANY)
def test_any_picture_gets_a_map_of_its_own_size(tmp_path, pictures, flat, kind):
    more, suffix = ANY[kind]
    outputs = [word for each in {"png", suffix} for word in ("-o", f"*.{each}")]
    done = here("still", kind, pictures, *flat, *more, *outputs, folder=tmp_path)
    assert (done.returncode, done.stderr) == (0, "")
    for path in pictures.iterdir():
        size = load_image(path).shape[:2]
        assert levels(tmp_path / f"{path.stem}.png").shape[:2] == size, path.name
        if suffix == "npy":
            values = np.load(tmp_path / f"{path.stem}.npy")
            assert values.shape[:2] == size, path.name
            assert np.isfinite(values).all(), path.name


@pytest.mark.parametrize("words", [("gradcam",), ("guided",), ("classify", "-o", "*.png"), ("report", "-o", "*.html")])
def test_any_picture_can_be_shown_among_words(tmp_path, pictures, flat, words):
    done = here("still", words[0], pictures, *flat, *words[1:], folder=tmp_path)
    assert (done.returncode, done.stderr) == (0, "")
    assert len(list(tmp_path.iterdir())) == len(list(pictures.iterdir()))


def test_any_picture_can_be_dreamt_of_but_those_without_anything_in_them(tmp_path, pictures, flat):
    short = ("--target", "one", "--steps", 1, "--octaves", 2, "--lines", 64)
    done = here("still", "dream", pictures, *flat, *short, folder=tmp_path)
    made = {path.name.removesuffix("-dream.png") for path in tmp_path.iterdir()}
    left = {path.stem for path in pictures.iterdir()} - made
    assert left <= {"black", "white", "point"}
    assert done.returncode == bool(left)
    assert all(re.search(rf"^Skipped: .*{name}.png: .*excited", done.stderr, re.MULTILINE) for name in left)


def test_a_photograph_on_its_side_is_explained_upright(tmp_path, pictures, flat):
    upright = (load_image(pictures / "turned.jpg") * 255).round().astype(np.uint8)
    assert upright.shape == (60, 40, 3)
    Pillow.fromarray(upright).save(tmp_path / "upright.png")
    for name in (pictures / "turned.jpg", "upright.png"):
        here("still", "integrated", name, *flat, "-o", "*.npy", folder=tmp_path)
    turned, straight = np.load(tmp_path / "turned.npy"), np.load(tmp_path / "upright.npy")
    assert turned.shape == (60, 40)
    np.testing.assert_array_equal(turned, straight)
