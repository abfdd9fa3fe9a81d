"""Whole files with known faults: what is made of them."""

import json
import math
import sys
from itertools import pairwise
from pathlib import Path

import cv2
import numpy as np
import pytest
from PIL import Image as Pillow

import zoomdream
from tests import damage
from zoomdream.errors import BadInput
from zoomdream.film.settings import Camera, Film
from zoomdream.inspection import inspect
from zoomdream.inspection.document import to_document as as_document
from zoomdream.inspection.promise import moves_of
from zoomdream.picture.image import save_image
from zoomdream.picture.warp import move
from zoomdream.presets import to_document
from zoomdream.reel import encode, ffmpeg, gif_blocks, pack, viewing

FPS, COUNT, SIZE = 10, 40, (64, 48)
FORMATS = ("film.mp4", "film.mkv", "film.webm", "film.mov", "film.gif", "film.webp", "film")


def texture(seed: int = 3) -> np.ndarray:
    """Return smooth noise (48, 64, 3) of some contrast."""
    grain = np.random.default_rng(seed).random((SIZE[1], SIZE[0], 3), np.float32)
    return np.clip(0.5 + 2 * (cv2.GaussianBlur(grain, (0, 0), 1.5) - 0.5), 0.1, 0.9)


def rolling(count: int = COUNT) -> list[np.ndarray]:
    """Return frames that go by evenly; one after the last is the first, for 64 of them."""
    picture = texture()
    return [np.roll(picture, index, axis=1) for index in range(count)]


def recipe(command: str = "movie", **more) -> dict:
    film = Film(title="Reef", seconds=COUNT / FPS, camera=Camera(zoom=1.0, rotate=0.0))
    asked = {"command": command, "film": to_document(film), "size": list(SIZE), "fps": str(FPS), "seed": 0}
    return {**asked, "versions": {"zoomdream": "0.1.0"}, **more}


def saved(folder: Path, frames, name: str = "film.mov", metadata=None, fps=FPS, **more) -> Path:
    size = frames[0].shape[1], frames[0].shape[0]
    encode(folder / name, frames, fps, size, metadata=metadata, **more)
    return folder / name


@pytest.mark.parametrize("name", FORMATS)
def test_a_whole_film_of_ours_is_good_in_every_format_at_first_sight(tmp_path, monkeypatch, name):
    monkeypatch.setattr(viewing._Video, "_asked_again", None)
    found = inspect(saved(tmp_path, rolling(), name, recipe()))
    assert (found.faults, found.remarks) == ((), ())
    assert (found.probe.frames, found.promise.frames, found.fps, found.seconds) == (COUNT, COUNT, FPS, COUNT / FPS)
    assert found.recipe == recipe()
    assert found.quality.steps.compensated
    assert found.quality.mean.departure < 0.02


@pytest.mark.parametrize("name", FORMATS)
def test_a_film_of_somebody_else_is_measured_all_the_same(tmp_path, name):
    found = inspect(saved(tmp_path, rolling(), name))
    assert (found.recipe, found.faults, found.remarks) == (None, (), ())
    assert (found.probe.frames, found.quality.steps.compensated) == (COUNT, False)


@pytest.mark.parametrize("name", FORMATS)
def test_black_and_repeated_frames_are_found_in_every_format(tmp_path, name):
    frames = rolling()
    for number in (4, 5, 20):
        frames[number] = np.zeros_like(frames[0])
    frames[11] = frames[10]
    for number in range(31, 37):
        frames[number] = frames[30]
    found = inspect(saved(tmp_path, frames, name, recipe()))
    assert found.quality.black.runs == ((4, 5), (20, 20))
    assert found.quality.duplicates.runs == ((5, 5), (11, 11), (31, 36))
    assert found.quality.frozen.runs == ((31, 36),)
    assert not found.faults
    assert found.remarks[0] == "3 black frames, the first at 0.40 s."
    assert "6 frozen frames, at 3.10 to 3.60 s." in found.remarks


def test_brightness_that_pumps_is_measured_in_its_amplitude(tmp_path):
    frames = [frame + np.float32(0.03 * (-1) ** number) for number, frame in enumerate(rolling())]
    found = inspect(saved(tmp_path, frames))
    assert found.quality.flicker == pytest.approx(0.03, abs=0.001)
    assert found.remarks == ("Its brightness flickers by 3.0%.",)


def test_a_film_that_darkens_and_greys_is_measured_at_both_ends(tmp_path):
    ramp = np.linspace(0, 1, COUNT)
    frames = [
        np.float32(0.5 - 0.2 * share) + (frame - 0.5) * np.float32(1 - 0.7 * share)
        for share, frame in zip(ramp, rolling(), strict=True)
    ]
    found = inspect(saved(tmp_path, frames, metadata=recipe()))
    whole = texture()
    early, late = ramp[:4].mean(), ramp[-4:].mean()
    means = [0.5 - 0.2 * share + (whole.mean((0, 1)) - 0.5) * (1 - 0.7 * share) for share in (early, late)]
    assert found.quality.mean.start == pytest.approx(means[0], abs=0.004)
    assert found.quality.mean.end == pytest.approx(means[1], abs=0.004)
    assert found.quality.contrast.start == pytest.approx(whole.std((0, 1)) * (1 - 0.7 * early), abs=0.004)
    assert found.quality.contrast.end == pytest.approx(whole.std((0, 1)) * (1 - 0.7 * late), abs=0.004)
    assert "At the end it has less than half the contrast it begins with." in found.remarks


def test_a_film_that_blurs_loses_its_sharpness(tmp_path):
    frames = [frame if number < 20 else cv2.GaussianBlur(frame, (0, 0), 2.0) for number, frame in enumerate(rolling())]
    found = inspect(saved(tmp_path, frames, metadata=recipe()))

    def energy(frame):
        return (cv2.Laplacian(frame.mean(2), cv2.CV_32F) ** 2).mean()

    assert found.quality.sharpness.ratio == pytest.approx(energy(frames[-1]) / energy(frames[0]), rel=0.1)
    assert any(said.startswith("At the end it is blurred") for said in found.remarks)


def test_a_loop_that_closes_has_an_ordinary_seam(tmp_path):
    film = to_document(Film(seconds=6.4, camera=Camera(zoom=1.0, rotate=0.0)))
    found = inspect(saved(tmp_path, rolling(64), metadata=recipe("loop", film=film)))
    assert found.quality.seam == pytest.approx(1, abs=0.05)
    assert (found.promise.loop, found.faults, found.remarks) == (True, (), ())


def test_a_loop_that_does_not_close_has_a_seam_that_shows(tmp_path):
    frames = rolling()
    steps = [np.abs(a - b).mean() for a, b in pairwise(frames)]
    seam = np.abs(frames[-1] - frames[0]).mean() / np.median(steps)
    loop, movie = (inspect(saved(tmp_path, frames, f"{name}.mov", recipe(name))) for name in ("loop", "movie"))
    assert loop.quality.seam == movie.quality.seam == pytest.approx(seam, rel=0.02)
    assert loop.remarks == (f"Its seam shows: {loop.quality.seam:.2f} ordinary steps.",)
    assert movie.remarks == ()


def test_what_the_camera_of_the_recipe_does_is_no_step(tmp_path):
    film = Film(seconds=COUNT / FPS, camera=Camera(zoom=1.5, rotate=20.0, wander=0.1))
    camera = moves_of(film, 7, loop=False)
    picture = cv2.resize(texture(), (256, 192), interpolation=cv2.INTER_CUBIC)
    frames = [np.clip(move(picture, *camera(0, number / FPS)), 0, 1) for number in range(COUNT)]
    made = recipe(film=to_document(film), seed=7, size=[256, 192])
    ours = inspect(saved(tmp_path, frames, "ours.mov", made))
    other = inspect(saved(tmp_path, frames, "other.mov"))
    assert ours.quality.steps.median < 0.15 * other.quality.steps.median
    wrong = inspect(saved(tmp_path, frames, "wrong.mov", {**made, "seed": 8}))
    assert wrong.quality.steps.median > 2 * ours.quality.steps.median


def test_a_jump_is_found_where_it_is(tmp_path):
    frames = [*rolling()[:20], *(1 - frame for frame in rolling()[20:])]
    ours = inspect(saved(tmp_path, frames, metadata=recipe()))
    assert ours.quality.steps.number == 20
    assert ours.remarks[0].startswith("It jumps at 2.00 s, by ")
    assert inspect(saved(tmp_path, frames, "cut.mov")).remarks == ()  # a cut is no fault of somebody else's


def test_the_camera_waits_while_a_film_unfolds_and_starts_after_the_overlap_of_a_loop():
    film = Film(camera=Camera(zoom=2.0, rotate=0.0), start={"kind": "unfold", "seconds": 3.0}, overlap=2.0)
    assert moves_of(film, 0, loop=False)(1.0, 2.0).scale == 1
    assert moves_of(film, 0, loop=False)(3.0, 4.0).scale == pytest.approx(2)
    around = Film(camera=Camera(wander=0.2, wander_seconds=4.0), overlap=1.0)
    assert moves_of(around, 0, loop=True)(0.0, 1.0) == moves_of(around, 0, loop=False)(1.0, 2.0)


def test_a_picture_may_stand_still_while_the_camera_rests(tmp_path):
    frames = rolling()
    for number in range(1, 15):
        frames[number] = frames[0]
    for rest, said in (
        (2.0, ()),
        (0.5, ("14 duplicate frames, at 0.10 to 1.40 s.", "14 frozen frames, at 0.10 to 1.40 s.")),
    ):
        film = to_document(Film(seconds=4, camera=Camera(zoom=1.0, rotate=0.0, rest=rest, ease=0.5)))
        found = inspect(saved(tmp_path, frames, metadata=recipe(film=film), force=True))
        assert found.quality.frozen.runs == ((1, 14),)
        assert found.remarks == said


def test_a_film_that_was_stopped_has_fewer_frames_than_promised(tmp_path):
    found = inspect(saved(tmp_path, rolling(31), metadata=recipe()))
    assert found.faults == ("It has 31 of the 40 frames that its recipe promises: cut, or stopped early.",)


def test_another_size_or_rate_than_promised_is_a_fault(tmp_path):
    path = saved(tmp_path, rolling(), "film.mp4", recipe(size=[128, 96], fps="20", film=to_document(Film(seconds=2))))
    assert inspect(path).faults == (
        "It is 64x48, and its recipe promises 128x96.",
        "It runs at 10 frames a second, and its recipe promises 20.",
    )


@pytest.mark.parametrize("name", FORMATS[:-1])
def test_a_file_that_is_cut_is_broken(tmp_path, name):
    for metadata in (recipe(), None):
        path = saved(tmp_path, rolling(), name, metadata, force=True)
        whole = path.read_bytes()
        path.write_bytes(whole[: len(whole) * 3 // 4])
        found = inspect(path)
        assert found.faults
        assert "damaged" in found.faults[0] or "No frame" in found.faults[0]
        assert found.probe is None or 0 < found.probe.frames <= COUNT
    if name == "film.webm":
        assert "s that its header announces" in found.faults[0]


def test_a_gif_is_broken_wherever_it_is_cut(tmp_path):
    path = saved(tmp_path, rolling(3), "film.gif")
    whole = path.read_bytes()
    for length in range(len(whole)):
        path.write_bytes(whole[:length])
        assert not gif_blocks.is_whole(path), length
    path.write_bytes(whole[:-1])  # ffmpeg decodes all of it and says nothing
    assert inspect(path).faults == ("It is damaged: its blocks break off before its end.",)
    for good in (whole + b"behind its end anything may follow", whole[:-1] + b"\0" + whole[-1:]):
        path.write_bytes(good)
        assert inspect(path).faults == ()


def test_a_gif_whose_pictures_have_their_own_colours_is_whole(tmp_path):
    path = tmp_path / "film.gif"
    pictures = [Pillow.fromarray(np.uint8(255 * frame)).quantize(16) for frame in rolling(3)]
    pictures[1] = pictures[1].transpose(Pillow.Transpose.ROTATE_180)
    pictures[2] = Pillow.fromarray(np.uint8(255 * (1 - rolling(1)[0]))).quantize(16)
    pictures[0].save(path, save_all=True, append_images=pictures[1:])
    assert path.read_bytes().count(b"\x2c\0\0\0\0") > 1
    assert gif_blocks.is_whole(path)
    assert inspect(path).faults == ()


MIXED = """#!{python}
import subprocess, sys
said = subprocess.run([{ffmpeg!r}, *sys.argv[1:]], stderr=subprocess.PIPE)
lines = said.stderr.decode().splitlines()
shown = next((n for n, line in enumerate(lines) if "showinfo" in line and "] n:" in line), None)
if shown is not None:
    errors = [line.split("[error] ")[1] for line in lines if "[error] " in line]
    lines[shown] += " ".join(["a word of warning", *errors])
    lines = [line for line in lines if "[error] " not in line]
sys.stderr.write("\\n".join(lines))
sys.exit(said.returncode)
"""


@pytest.mark.parametrize("broken", [False, True])
def test_words_of_a_decoder_are_heard_between_those_of_the_filter(tmp_path, monkeypatch, broken):
    path = saved(tmp_path, rolling(), "film.mp4")
    if broken:
        damage.flip(path)
    program = tmp_path / "ffmpeg"
    program.write_text(MIXED.format(python=sys.executable, ffmpeg=ffmpeg.executable()))
    program.chmod(0o755)
    before = inspect(path).faults
    monkeypatch.setenv("IMAGEIO_FFMPEG_EXE", str(program))
    assert bool(inspect(path).faults) == bool(before) == broken


def test_two_frames_of_one_time_are_no_damage_at_second_sight(tmp_path):
    path = saved(tmp_path, rolling(4), "film.mkv")
    again = ["-c", "copy", "-bsf:v", "setts=pts='if(eq(N,2),PREV_OUTPTS,PTS)'"]
    status, _, said = ffmpeg.run([*ffmpeg.reading(path), *again, ffmpeg.local(tmp_path / "two.mkv")])
    assert status == 0, said
    assert viewing._Video(tmp_path / "two.mkv", "video")._asked_again() == ""


def test_a_folder_with_a_gap_is_broken_and_still_measured(tmp_path):
    path = saved(tmp_path, rolling(), "film", recipe())
    (path / "000007.png").unlink()
    found = inspect(path)
    assert found.faults[0] == "It is damaged: 000007.png is missing."
    assert found.faults[1].startswith("It has 39 of the 40 frames")
    assert found.probe.frames == 39


def test_a_folder_with_a_broken_picture_or_one_of_another_size_says_which(tmp_path):
    path = saved(tmp_path, rolling(), "film")
    cut = path / "000012.png"
    cut.write_bytes(cut.read_bytes()[:500])
    assert "000012.png" in inspect(path).faults[0]
    cv2.imwrite(str(cut), np.zeros((10, 20, 3), np.uint8))
    assert inspect(path).faults == ("It is damaged: frame 12 is 20x10, not 64x48 like the first.",)


def test_a_folder_without_its_end_is_told_by_its_recipe_alone(tmp_path):
    ours, other = saved(tmp_path, rolling(), "ours", recipe()), saved(tmp_path, rolling(), "other")
    for path in (ours, other):
        (path / "000039.png").unlink()
    assert inspect(ours).faults == ("It has 39 of the 40 frames that its recipe promises: cut, or stopped early.",)
    assert inspect(other).faults == ()


@pytest.mark.parametrize("content", [b"", b"not a film at all\n" * 50, b"\x89PNG\r\n", b"GIF89a", b"RIFF\0\0\0\0WEBP"])
def test_what_is_no_film_has_no_frame(tmp_path, content):
    path = tmp_path / "film.mp4"
    path.write_bytes(content)
    found = inspect(path)
    assert (found.probe, found.quality, found.recipe) == (None, None, None)
    assert found.faults[0].startswith("No frame of it can be decoded")
    assert content or found.faults[0] == "No frame of it can be decoded: the file is empty."


def test_what_is_not_there_is_bad_input(tmp_path):
    with pytest.raises(BadInput, match=r"gone\.mp4"):
        inspect(tmp_path / "gone.mp4")
    with pytest.raises(BadInput, match="holds no PNGs numbered"):
        inspect(tmp_path)


def test_a_still_of_ours_says_what_made_it(tmp_path):
    made = {"command": "still neuron", "seed": 3}
    save_image(tmp_path / "neuron.png", texture(), pack(made))
    found = inspect(tmp_path / "neuron.png")
    assert (found.recipe, found.faults, found.remarks, found.probe.frames) == (made, (), (), 1)
    assert (found.quality.steps, found.quality.seam, found.seconds) == (None, None, None)


def test_a_single_frame_of_a_film_is_not_a_short_film(tmp_path):
    path = saved(tmp_path, rolling(3), "film", recipe())
    found = inspect(path / "000001.png")
    assert (found.faults, found.promise.frames, found.promise.size) == ((), None, SIZE)


@pytest.mark.parametrize(
    "strange",
    [
        {"film": {"camera": {"zoom": -1}}},
        {"film": 7},
        {"size": "x"},
        {"fps": "1/0"},
        {"fps": None},
        {"seed": "seven"},
        {"seed": -1},
        {"film": None},
        {"size": [64]},
    ],
)
def test_a_recipe_that_cannot_be_read_is_a_remark(tmp_path, strange):
    found = inspect(saved(tmp_path, rolling(3), "film.mov", recipe(**strange)))
    assert found.faults == ()
    assert found.remarks[0].startswith("What it should be is not known")


@pytest.mark.parametrize("name", ["film.mp4", "film.webp", "film"])
def test_a_large_film_is_measured_at_720_lines_and_said_to_be_as_large_as_it_is(tmp_path, name):
    grain = cv2.GaussianBlur(np.random.default_rng(1).random((720, 160), np.float32), (0, 0), 1)
    large = cv2.resize(grain, (320, 1440), interpolation=cv2.INTER_CUBIC)[..., None].repeat(3, 2).clip(0, 1)
    found = inspect(saved(tmp_path, [np.roll(large, 4 * number, 1) for number in range(4)], name))
    small = cv2.resize(large, (160, 720), interpolation=cv2.INTER_AREA)
    assert (found.probe.width, found.probe.height, found.faults) == (320, 1440, ())
    assert found.quality.mean.start == pytest.approx(large.mean((0, 1)), abs=0.004)
    assert found.quality.contrast.start == pytest.approx(small.std((0, 1)), abs=0.004)
    energy = (cv2.Laplacian(small.mean(2), cv2.CV_32F) ** 2).mean()
    assert found.quality.sharpness.start == pytest.approx(energy, rel=0.1)


def test_a_document_is_json_without_what_is_no_number(tmp_path):
    black = inspect(saved(tmp_path, [np.zeros((48, 64, 3), np.float32)] * 3))
    text = json.dumps(as_document(black), allow_nan=False)
    told = json.loads(text)
    assert told["quality"]["black"] == {"frames": 3, "runs": [[0, 2]]}
    assert (told["quality"]["seam"], told["quality"]["mean"]["departure"], told["promised"]) == (None, None, None)
    assert (told["found"]["fps"], told["found"]["seconds"]) == ("10", pytest.approx(0.3))
    assert not any(math.isnan(value) for value in told["quality"]["mean"]["start"])


def test_a_hostile_recipe_is_still_a_document(tmp_path):
    strange = {**recipe("loop"), "most": float("inf"), "deep": json.loads('{"a":' * 300 + "1" + "}" * 300)}
    strange["film"]["camera"] |= {"wander": 0.5, "wander_seconds": 1e-320}
    for number, frame in enumerate(rolling(3)):
        save_image(tmp_path / f"{number:06d}.png", frame, json.dumps({"zoomdream": strange}))
    with np.errstate(all="ignore"):
        told = json.loads(json.dumps(as_document(inspect(tmp_path)), indent=2, allow_nan=False))
    assert (told["recipe"]["seed"], told["recipe"]["most"], told["found"]["frames"]) == (0, None, 3)


def test_a_file_of_sound_alone_is_no_film(tmp_path):
    path = tmp_path / "tone.m4a"
    status, _, said = ffmpeg.run(["-f", "lavfi", "-i", "sine=duration=0.2", ffmpeg.local(path)])
    assert status == 0, said
    assert inspect(path).faults == ("No frame of it can be decoded: it holds nothing but sound.",)


def test_frames_are_counted_as_they_pass(tmp_path):
    seen = []

    def follow(frames, count):
        for frame in frames:
            seen.append(count)
            yield frame

    assert zoomdream.inspect(saved(tmp_path, rolling(7), "film.mp4"), follow).whole
    assert seen == [7] * 7
