"""The page that ``zoomdream still report`` writes: what is in it, and what a browser shows of it."""

import base64
import io
import json
import re
import shutil
import subprocess
from collections.abc import Mapping
from html.parser import HTMLParser
from pathlib import Path
from typing import Any

import cv2
import numpy as np
import pytest
from PIL import Image as Pillow

from tests.cli.command import here
from tests.cli.test_still import COLOUR, MAPS
from zoomdream.still import maps

pytestmark = pytest.mark.filterwarnings("ignore:__array__ implementation doesn't accept:DeprecationWarning")

BROWSER = shutil.which("chromium") or shutil.which("chromium-browser") or shutil.which("google-chrome")
NAME = "<img src=x onerror=alert(1)>&amp;.jpg"
"""A file's name that would be a program, were it put into the page as it is."""


class Page(HTMLParser):
    """What a parser finds in a page.

    Attributes:
        tags: (name, attributes) in order.
        words: text of each kind of element.
        styles: all of the style sheet.
    """

    def __init__(self, text: str) -> None:
        super().__init__()
        self.tags: list[tuple[str, Mapping[str, str | None]]] = []
        self.words: dict[str, list[str]] = {}
        self._open: list[str] = []
        self.feed(text)

    def handle_starttag(self, tag: str, attributes: Any) -> None:
        self.tags.append((tag, dict(attributes)))
        self._open.append(tag)

    def handle_endtag(self, tag: str) -> None:
        while self._open and self._open.pop() != tag:
            pass

    def handle_data(self, data: str) -> None:
        if self._open:
            self.words.setdefault(self._open[-1], []).append(data.strip())

    def all(self, tag: str) -> list[Mapping[str, str | None]]:
        return [attributes for name, attributes in self.tags if name == tag]


def inside(address: str | None) -> io.BytesIO:
    """Return what a ``data:`` address holds."""
    assert address is not None
    assert address.startswith("data:")
    return io.BytesIO(base64.b64decode(address.partition(";base64,")[2], validate=True))


def write_page(folder: Path, picture: Pillow.Image, network: tuple[str, ...], *more: str) -> Path:
    """Have a report made of a picture under a hostile name."""
    picture.save(folder / NAME)
    done = here("still", "report", NAME, *network, *more, folder=folder)
    assert (done.returncode, done.stderr) == (0, "")
    assert done.stdout == f"{NAME}: wrote {Path(NAME).stem}-report.html\n"
    return folder / f"{Path(NAME).stem}-report.html"


@pytest.fixture(scope="module")
def photograph(cat: Path) -> Pillow.Image:
    with Pillow.open(cat) as opened:
        return opened.convert("RGB")


@pytest.fixture(scope="module")
def report(tmp_path_factory: pytest.TempPathFactory, photograph: Pillow.Image, flat: tuple[str, ...]) -> Path:
    return write_page(tmp_path_factory.mktemp("report"), photograph, flat)


@pytest.fixture(scope="module")
def page(report: Path) -> Page:
    return Page(report.read_text(encoding="utf-8"))


def test_the_page_needs_nothing_beside_itself(report, page):
    addresses = [each[name] for _, each in page.tags for name in ("src", "href") if name in each]
    assert len(addresses) == 1 + 1 + 9 + 9 + 3
    assert all(address.startswith("data:") for address in addresses)
    assert not {"script", "link", "iframe", "object", "embed", "base", "form"} & {tag for tag, _ in page.tags}
    assert not [name for _, each in page.tags for name in each if name.startswith("on") or name == "srcset"]
    text = re.sub(r"base64,[A-Za-z0-9+/=]+", "", report.read_text())
    assert not re.search(r"https?:|//|url\(|@import", text.replace("<!--", ""))


def test_the_name_is_text(page):
    assert page.words["h1"] == [NAME]
    assert page.words["title"][0].startswith(NAME)
    assert [each["src"] for each in page.all("img") if each["src"] == "x"] == []
    assert page.all("a")[0]["download"] == f"{Path(NAME).stem}-saliency.npy"


def test_the_pictures_are_pictures(page):
    sizes = []
    for each in page.all("img"):
        with Pillow.open(inside(each["src"])) as opened:
            opened.load()
            sizes.append(opened.size)
            assert each["alt"]
    assert sizes[0] == (451, 300)
    assert sizes[2:] == [(451, 300)] * 12
    with Pillow.open(inside(page.all("img")[1]["src"])) as scale:  # blue is against, red is for
        low, middle, high = (np.asarray(scale, int)[0, column] for column in (0, 128, 255))
    assert (low[2] > low[0] + 50, high[0] > high[2] + 50, np.ptp(middle) < 10) == (True, True, True)


def test_the_arrays_are_the_maps_that_the_commands_write(tmp_path, page, report, flat):
    links = page.all("a")
    assert [each["download"] for each in links] == [f"{Path(NAME).stem}-{kind}.npy" for kind in MAPS]
    arrays = {kind: np.load(inside(each["href"])) for kind, each in zip(MAPS, links, strict=True)}
    for kind, values in arrays.items():
        assert values.dtype == np.float32
        assert values.shape == ((300, 451, 3) if kind in COLOUR else (300, 451))
    for kind in ("gradcam", "guided", "integrated"):
        here("still", kind, report.parent / NAME, *flat, "-o", f"{kind}.npy", folder=tmp_path)
        np.testing.assert_array_equal(np.load(tmp_path / f"{kind}.npy"), arrays[kind])


def test_the_classes_are_those_of_classify(page, report, flat):
    told = json.loads(here("still", "classify", NAME, *flat, "--json", folder=report.parent).stdout)[0]["classes"]
    cells = [word for word in page.words["td"] if word]
    assert cells[::2] == [f"class {one['index']}" for one in told]
    assert cells[1::2] == [f"{one['probability']:.1%}" for one in told]


def test_the_twin_looks_the_same_and_is_told_with_its_class(page, report, flat):
    twin, difference = (np.asarray(Pillow.open(inside(each["src"]))).astype(int) for each in page.all("img")[-2:])
    with Pillow.open(report.parent / NAME) as opened:
        moved = twin - np.asarray(opened).astype(int)
    assert 0 < np.abs(moved).max() <= 2
    np.testing.assert_array_equal(np.sign(difference - 127.5), np.sign(np.where(moved == 0, 0.5, moved)))
    Pillow.fromarray(twin.astype(np.uint8)).save(report.parent / "twin.png")
    words = here("still", "classify", "twin.png", *flat, "--json", folder=report.parent).stdout
    assert page.all("img")[-2]["alt"] == f"class {json.loads(words)[0]['classes'][0]['index']}"


def test_a_large_picture_is_made_smaller(tmp_path, photograph, flat):
    page = Page(write_page(tmp_path, photograph.resize((1300, 500)), flat, "--fit", "pad").read_text())
    assert np.load(inside(page.all("a")[0]["href"])).shape == (246, 640)
    with Pillow.open(inside(page.all("img")[0]["src"])) as opened:
        assert opened.size == (640, 246)


def test_what_a_network_cannot_answer_is_said_and_its_top_class_is_found_once(tmp_path, photograph, monkeypatch):
    import keras
    from keras import layers

    picture = keras.Input((32, 32, 3))
    curved = layers.Flatten()(layers.Conv2D(4, 3, strides=4, activation="swish", name="curve")(picture))
    keras.Model(picture, layers.Dense(1)(layers.Dense(3)(curved))).save(tmp_path / "curved.keras")
    own = ("--network", "curved.keras", "--input-range", "0..1")
    asked, aim = [], maps.aim
    monkeypatch.setattr(
        maps, "aim", lambda network, pictures, target: asked.append(target) or aim(network, pictures, target)
    )
    page = Page(write_page(tmp_path, photograph.resize((90, 60)), own).read_text())
    assert asked == ["class:0"] * len(MAPS)
    kinds = [each["alt"] for each in page.all("img")[2:]]
    assert kinds == [kind for kind in MAPS if kind not in (*COLOUR, "cam")]  # and no twin: there is one class only
    assert {"guided", "cam", "guided-gradcam"} <= set(page.words["b"])
    assert any("plain ReLUs" in text for text in page.words["figcaption"])


# In a browser.

LOOK = """<script>
function mean(image) {
  const [width, height] = [image.naturalWidth, image.naturalHeight];
  const brush = Object.assign(document.createElement("canvas"), {width, height}).getContext("2d");
  brush.drawImage(image, 0, 0);
  const values = brush.getImageData(0, 0, width, height).data;
  return [0, 1, 2].map(first => values.filter((_, i) => i % 4 == first).reduce((a, b) => a + b) / (values.length / 4));
}
addEventListener("load", () => {
  const images = [...document.images];
  const rectangles = images.map(image => image.getBoundingClientRect());
  const found = {
    means: images.map(mean),
    places: rectangles.map(place => [place.left, place.top, place.width, place.height].map(Math.round)),
    maps: document.querySelectorAll("#maps figure img").length,
    attack: document.querySelectorAll("#attack figure img").length,
    fetched: performance.getEntriesByType("resource").map(one => one.name).filter(name => !name.startsWith("data:")),
    attacked: Boolean(window.attacked),
    wide: [document.documentElement.scrollWidth, innerWidth],
    title: document.querySelector("h1").textContent,
  };
  document.body.outerHTML = "<body></body>";
  document.body.textContent = "found:" + btoa(unescape(encodeURIComponent(JSON.stringify(found)))) + ":";
});
</script>
"""


def browse(folder: Path, page: Path, width: int, *options: str) -> str:
    """Open a page in a browser without a network, and return what it prints."""
    assert BROWSER is not None
    command = [BROWSER, "--headless", "--no-sandbox", "--disable-gpu", "--hide-scrollbars", "--no-first-run"]
    command += ["--host-resolver-rules=MAP * ~NOTFOUND", f"--user-data-dir={folder / 'profile'}"]
    command += [f"--window-size={width},3200", *options, page.resolve().as_uri()]
    return subprocess.run(command, cwd=folder, capture_output=True, text=True, timeout=120, check=True).stdout


def look(folder: Path, page: Path, width: int) -> dict[str, Any]:
    """Return what a browser knows of a page once it is shown; a copy of it asks."""
    head = "<script>window.alert = () => { window.attacked = true }</script>"
    text = page.read_text(encoding="utf-8")
    copy = folder / "copy.html"
    copy.write_text(text.replace("<head>", f"<head>{head}").replace("</body>", f"{LOOK}</body>"), encoding="utf-8")
    found = re.search(r"found:([A-Za-z0-9+/=]+):", browse(folder, copy, width, "--dump-dom"))
    assert found, "not all pictures have been decoded"
    seen: dict[str, Any] = json.loads(base64.b64decode(found[1]))
    return seen


@pytest.mark.skipif(BROWSER is None, reason="there is no Chromium here")
@pytest.mark.parametrize(("width", "columns"), [(1200, 3), (520, 1)])
def test_a_browser_shows_every_map(tmp_path, report, page, width, columns):
    seen = look(tmp_path, report, width)
    assert (seen["maps"], seen["attack"]) == (len(MAPS), 3)
    assert len(seen["means"]) == 1 + 1 + 9 + 3
    for each, mean in zip(page.all("img"), seen["means"], strict=True):
        with Pillow.open(inside(each["src"])) as opened:
            np.testing.assert_allclose(mean, np.asarray(opened.convert("RGB")).mean((0, 1)), atol=1.5)
    assert seen["title"] == NAME
    assert not seen["attacked"]
    assert seen["fetched"] == []
    assert seen["wide"][0] <= seen["wide"][1] == width
    lefts = {left for left, _, _, _ in seen["places"][2:]}
    assert len(lefts) == columns


@pytest.mark.skipif(BROWSER is None, reason="there is no Chromium here")
def test_what_is_seen_are_the_pictures(tmp_path, report, page):
    places = look(tmp_path, report, 1200)["places"]
    browse(tmp_path, report, 1200, "--screenshot=shot.png")
    with Pillow.open(tmp_path / "shot.png") as opened:
        screen = np.asarray(opened.convert("RGB"), float)
    assert screen.shape == (3200, 1200, 3)
    for each, (left, top, width, height) in zip(page.all("img"), places, strict=True):
        with Pillow.open(inside(each["src"])) as opened:
            wanted = cv2.resize(
                np.asarray(opened.convert("RGB"), np.float32), (width, height), None, 0, 0, cv2.INTER_AREA
            )
        shown = screen[top : top + height, left : left + width]
        likeness = np.corrcoef(cv2.blur(shown, (3, 3)).ravel(), cv2.blur(wanted, (3, 3)).ravel())[0, 1]
        assert likeness > 0.9, each["alt"]
