"""Presets: documents that are films, or one sentence about what is wrong."""

import math
import string
import tomllib
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from zoomdream.errors import BadInput
from zoomdream.film.chords import parse_chord
from zoomdream.film.settings import Camera, Dream, Film, Grade, Score, Start
from zoomdream.presets import (
    change_film,
    load_preset,
    new_document,
    parse_change,
    read_film,
    schema,
    set_value,
    to_document,
    to_toml,
)
from zoomdream.shelf import LARGEST, find_preset, library


def write(tmp_path: Path, text: str | bytes) -> str:
    path = tmp_path / "mine.toml"
    path.write_bytes(text if isinstance(text, bytes) else text.encode())
    return str(path)


def refusal(name: str | Path, changes=()) -> str:
    with pytest.raises(BadInput) as caught:
        load_preset(name, changes)
    text = str(caught.value)
    assert "\n" not in text
    assert text.endswith(".")
    assert len(text) < 1000
    return text


@pytest.mark.parametrize("preset", library(), ids=lambda preset: preset.name)
def test_every_preset_loads_and_says_what_it_looks_like(preset):
    film = load_preset(preset.name)
    assert film.title == preset.title
    assert film.title != Film().title
    assert preset.path.read_text().startswith("# ")
    assert len(preset.look) > 20
    assert "\n" not in preset.look
    assert preset.look.endswith(".")


@pytest.mark.parametrize(
    "preset", [p for p in library() if load_preset(p.name).network == Film().network], ids=lambda preset: preset.name
)
def test_every_preset_of_the_embedded_network_names_what_it_has(preset, lite0):
    from zoomdream.film.score import read_chords

    neurons = load_preset(preset.name).score
    assert len(read_chords(neurons, lite0)) == len(neurons.neurons)


@pytest.mark.parametrize("preset", library(), ids=lambda preset: preset.name)
def test_the_pictures_of_every_preset_come_with_the_program(preset):
    from zoomdream.film.pictures import load_pictures

    film = load_preset(preset.name)
    pictures = load_pictures(film)
    assert (pictures.photograph is not None) == (film.start.kind == "image")
    assert (pictures.palette is not None) == (film.grade.towards not in ("natural", "off"))


STAGES = {1: (1, 2), 3: (3, 4), 5: (5, 6, 7), 8: (8, 9, 10), 11: (11, 12, 13, 14)}


def test_no_two_presets_share_a_motif():
    """Blocks of one stage add to one another, so that a channel shows the same motif in all of them."""
    stage_of = {f"block{block}": stage for stage, blocks in STAGES.items() for block in blocks}
    owner: dict[tuple[object, str], str] = {}
    for preset in (each.name for each in library()):
        for chord in map(parse_chord, load_preset(preset).score.neurons):
            for voice in chord:
                layer, channel = voice.address.layer, voice.address.channel
                if channel not in (None, "?") and voice.weight > 0:
                    assert owner.setdefault((stage_of.get(layer, layer), channel + voice.side), preset) == preset


def test_the_library_is_sorted_by_name():
    names = [preset.name for preset in library()]
    assert names
    assert names == sorted(names)


def test_a_preset_is_found_by_name_or_by_path(tmp_path):
    assert find_preset("reef").name == "reef.toml"
    assert load_preset(write(tmp_path, 'title = "Mine"')).title == "Mine"
    assert load_preset(tmp_path / "mine.toml").title == "Mine"
    assert load_preset(write(tmp_path, "")) == Film()


def test_an_unknown_preset_names_the_nearest():
    assert "did you mean 'reef'" in refusal("reff")
    assert "presets list" in refusal("xyzzy")


def test_a_missing_file_is_named():
    assert "/nowhere/mine.toml" in refusal("/nowhere/mine.toml")
    assert "no preset file reef" in refusal(Path("reef"))


def test_changes_are_set_over_the_document():
    film = load_preset("reef", ["camera.zoom=2", "title=Mine", "score.neurons=block9:4", "dream.octaves=3"])
    assert (film.camera.zoom, film.title, film.score.neurons, film.dream.octaves) == (2, "Mine", ("block9:4",), 3)
    assert film == load_preset(
        "reef", {"camera.zoom": 2, "title": "Mine", "score.neurons": "block9:4", "dream.octaves": 3}
    )


@pytest.mark.parametrize(
    ("setting", "kind"),
    [
        ('image = "cat.jpg"', "image"),
        ('image = ""', "noise"),
        ('colour = "#ff0000"', "colour"),
        ("small = 32", "unfold"),
        ("growth = 3", "unfold"),
        ("seconds = 3", "unfold"),
        ("warmup = 3", "noise"),
    ],
)
def test_what_only_one_kind_of_start_reads_implies_that_kind(tmp_path, setting, kind):
    key, _, value = setting.partition(" = ")
    assert load_preset(write(tmp_path, f"[start]\n{setting}")).start.kind == kind
    assert load_preset("reef", [f"start.{key}={value}"]).start.kind == kind
    changed = change_film(load_preset("reef"), {f"start.{key}": tomllib.loads(setting)[key]}).start
    assert (changed.kind, getattr(changed, key)) == (kind, tomllib.loads(setting)[key])


@pytest.mark.parametrize(
    ("changes", "kind", "image"),
    [
        (["start.image=cat.jpg"], "image", "cat.jpg"),
        (["start.kind=noise", "start.image=cat.jpg"], "image", "cat.jpg"),
        (["start.image=cat.jpg", "start.kind=noise"], "noise", ""),
        (["start.kind=unfold"], "unfold", ""),
        (["start.colour=#ff0000"], "colour", ""),
        (["start.warmup=1"], "image", "{}/mine.jpg"),
    ],
)
def test_the_later_change_decides_how_a_film_begins(tmp_path, changes, kind, image):
    start = load_preset(write(tmp_path, '[start]\nimage = "mine.jpg"'), changes).start
    assert (start.kind, start.image) == (kind, image.format(tmp_path))


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("camera.zoom=2", ("camera.zoom", 2)),
        ("camera.zoom = 2.5", ("camera.zoom", 2.5)),
        ("camera.drift=[0.1, 0]", ("camera.drift", [0.1, 0])),
        ("title=Coral reef", ("title", "Coral reef")),
        ('title="Coral = reef"', ("title", "Coral = reef")),
        ("title=a=b", ("title", "a=b")),
        ('score.neurons=["a:1", "b:2"]', ("score.neurons", ["a:1", "b:2"])),
        ("start.colour=#ff0000", ("start.colour", "#ff0000")),
        ("title=", ("title", "")),
    ],
)
def test_a_change_is_a_key_and_a_value(text, expected):
    assert parse_change(text) == expected


@pytest.mark.parametrize("text", ["", "camera.zoom", "=2", "camera zoom=2", "a.b.c=1", "Camera.Zoom=2", "camera.=1"])
def test_what_is_no_change_is_refused_with_an_example(text):
    with pytest.raises(BadInput, match=r"camera\.zoom=1\.4"):
        parse_change(text)


def test_a_change_beneath_a_single_value_is_refused():
    with pytest.raises(BadInput, match="'title' is a single value"):
        set_value({"title": "x"}, "title.size", 3)


@pytest.mark.parametrize(
    ("toml", "says"),
    [
        ("[camera]\nzom = 2", ["camera.zom", "did you mean 'zoom'", "rotate", "wander_seconds"]),
        ("colour = 3", ["'colour'", "title", "camera", "grade"]),
        ("[kamera]\nzoom = 2", ["'kamera'", "did you mean 'camera'"]),
        ('[camera]\nzoom = "fast"', ["camera.zoom", "number", "'fast'"]),
        ("[camera]\nzoom = -1", ["camera.zoom", "0.1", "-1"]),
        ("[camera]\nzoom = 0", ["camera.zoom", "0.1"]),
        ("[camera]\nzoom = nan", ["camera.zoom", "finite"]),
        ("[camera]\nzoom = inf", ["camera.zoom"]),
        ("[camera]\nwander_seconds = inf", ["camera.wander_seconds", "finite"]),
        ("[camera]\ndrift = [1]", ["camera.drift"]),
        ("[camera]\ndrift = [1, 9]", ["camera.drift", "2"]),
        ("camera = 3", ["camera"]),
        ("seconds = 0", ["seconds", "greater than 0"]),
        ("seconds = 1979-05-27", ["seconds"]),
        ("[dream]\nkeys = 12.5", ["dream.keys", "12.5"]),
        ('[dream]\nrule = "adam"', ["dream.rule", "smooth", "laplacian"]),
        ("[score]\nneurons = []", ["score.neurons", "1"]),
        ("[score]\nneurons = 4", ["score.neurons"]),
        ('[score]\nneurons = ["a:1", 7]', ["score.neurons.1", "string"]),
        ('[score]\nneurons = ["a:1", ":7"]', ["score.neurons", "entry 2", "':7'"]),
        ('[score]\nneurons = ["block9:1@2,3"]', ["entry 1", "stills"]),
        ('[start]\ncolour = "red"', ["start.colour", "'red'"]),
        ('[start]\nkind = "noise"\nimage = "cat.jpg"', ["start.image: should be empty", "'image', not '", "cat.jpg'"]),
        ("[[camera]]\nzoom = 2", ["camera"]),
    ],
)
def test_what_is_wrong_is_said_in_a_sentence(tmp_path, toml, says):
    text = refusal(write(tmp_path, toml))
    assert text.startswith("mine.toml")
    for part in says:
        assert part in text


def test_a_huge_list_of_neurons_is_refused(tmp_path):
    assert "10000" in refusal(write(tmp_path, f"[score]\nneurons = {['block9:1'] * 10_001}"))


def test_a_huge_neuron_is_refused(tmp_path):
    assert "2000" in refusal(write(tmp_path, f'[score]\nneurons = ["{"a" * 2001}"]'))


@pytest.mark.parametrize(
    "content",
    [
        b"this is not toml",
        b"title = ",
        b"\xff\xfe\x00binary\x00",
        bytes(range(256)),
        b"a = " + b"[" * 5000,
        b"seconds = " + b"9" * 5000,
        b"seconds = 0x" + b"f" * 5000,
        b"title = 'a'\ntitle = 'b'",
        b"camera" + b".a" * 2_000 + b" = 1",
        b"camera.zoom" + b".a" * 2_000 + b" = 1",
    ],
    ids=["text", "cut", "utf-16", "bytes", "deep list", "long number", "long hex", "twice", "deep key", "deep value"],
)
def test_what_is_not_a_preset_is_refused(tmp_path, content):
    assert "mine.toml" in refusal(write(tmp_path, content))


def test_a_file_too_large_is_refused(tmp_path):
    assert str(LARGEST) in refusal(write(tmp_path, b"#" * (LARGEST + 1)))


def test_a_folder_is_refused(tmp_path):
    (tmp_path / "mine.toml").mkdir()
    assert "mine.toml" in refusal(str(tmp_path / "mine.toml"))


def test_a_long_number_in_a_change_is_refused():
    assert "camera.zoom" in refusal("reef", ["camera.zoom=" + "9" * 5000])


def test_the_new_document_is_toml_with_every_setting_at_its_default(tmp_path):
    text = new_document()
    assert tomllib.loads(text) == to_document(Film())
    assert load_preset(write(tmp_path, text)) == Film()
    assert text.startswith("# ")
    for section in ("camera", "dream", "score", "grade", "start"):
        assert f"[{section}]" in text


def test_every_setting_has_a_description_in_the_schema():
    whole = schema()
    for name, fields in [("", whole["properties"]), *((n, d["properties"]) for n, d in whole["$defs"].items())]:
        for key, facts in fields.items():
            assert facts.get("description") or "$ref" in facts, f"{name}.{key}"
            assert "default" in facts, f"{name}.{key}"


def test_the_schema_forbids_what_is_not_a_setting():
    whole = schema()
    assert whole["additionalProperties"] is False
    assert all(part["additionalProperties"] is False for part in whole["$defs"].values())
    assert set(whole["properties"]) == set(to_document(Film()))


@settings(max_examples=100, deadline=None)
@given(
    film=st.builds(
        Film,
        title=st.text(max_size=30),
        network=st.text(max_size=30),
        seconds=st.floats(0.001, 86400),
        camera=st.builds(
            Camera,
            zoom=st.floats(0.1, 10),
            drift=st.tuples(st.floats(-2, 2), st.floats(-2, 2)),
            rest=st.floats(0, 86400),
        ),
        dream=st.builds(Dream, keys=st.integers(1, 120), rule=st.sampled_from(["smooth", "sign"])),
        score=st.builds(
            Score,
            neurons=st.lists(st.text(string.printable + "äß–\x7f\x85", min_size=1, max_size=8), min_size=1).map(tuple),
        ),
        grade=st.builds(Grade, towards=st.text(max_size=10), brightness=st.floats(-0.5, 0.5)),
        start=st.builds(Start, colour=st.just("#00ff7F"))
        | st.builds(Start, kind=st.just("image"), image=st.text(max_size=10)),
    )
)
def test_a_film_survives_being_written_and_read(film):
    document = tomllib.loads(to_toml(to_document(film)))
    for section, kind in {"camera": Camera, "dream": Dream, "score": Score, "grade": Grade, "start": Start}.items():
        assert kind(**document.pop(section)) == getattr(film, section)
    assert all(getattr(film, key) == value for key, value in document.items())


SCALARS = st.none().filter(bool) | st.booleans() | st.integers() | st.floats() | st.text(max_size=12)
VALUES = st.recursive(SCALARS, lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=6), inner))
SETTINGS = {
    "": list(to_document(Film())),
    **{k: list(v) for k, v in to_document(Film()).items() if isinstance(v, dict)},
}


@st.composite
def documents(draw):
    document = {}
    for _ in range(draw(st.integers(0, 5))):
        section = draw(st.sampled_from(sorted(SETTINGS)))
        key = draw(st.sampled_from(SETTINGS[section]) | st.text(max_size=8))
        place = document.setdefault(section, {}) if section else document
        if isinstance(place, dict):
            place[key] = draw(
                VALUES | st.sampled_from(["block9:1", ["block9:1 + 0.5 block8"], "natural", "noise", 1, 2.5])
            )
    return document


@settings(max_examples=300, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(document=documents())
def test_any_document_is_a_film_or_a_sentence(document):
    try:
        film = read_film(document, "mine.toml")
    except BadInput as wrong:
        assert "\n" not in str(wrong)
        assert str(wrong).startswith("mine.toml")
        return
    assert isinstance(film, Film)
    assert math.isfinite(film.seconds)


@settings(max_examples=200, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(content=st.binary(max_size=60) | st.text("[]a=.\"'\n1-e+:# camerzo", max_size=60).map(str.encode))
def test_any_bytes_are_a_film_or_a_sentence(tmp_path, content):
    try:
        assert isinstance(load_preset(write(tmp_path, content)), Film)
    except BadInput as wrong:
        assert "mine.toml" in str(wrong)
