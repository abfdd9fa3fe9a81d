"""Networks made to do harm: refused in a sentence and in little memory, and the canary lives."""

import io
import json
import pickle
import subprocess
import sys
import zipfile
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import h5py
import keras
import numpy as np
import pytest
from keras import layers

from tests.cli.command import one_by_one
from tests.network.keras_files import Change, Config, layer, with_config, with_member, with_weights
from zoomdream.errors import BadInput
from zoomdream.network.archive import WEIGHTS, check_archive
from zoomdream.network.catalogue import load_network
from zoomdream.network.hdf5 import check_hdf5

# Keras' own way of writing weights
pytestmark = pytest.mark.filterwarnings("ignore:__array__ implementation doesn't accept:DeprecationWarning")

BILLION = 10**9


@pytest.fixture(scope="module")
def plain(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return a good file: a convolution, a head."""
    path = tmp_path_factory.mktemp("plain") / "plain.keras"
    picture = keras.Input((16, 16, 3))
    x = layers.Conv2D(4, 3, activation="relu", name="conv")(picture)
    keras.Model(picture, layers.Dense(2, name="head")(layers.GlobalAveragePooling2D(name="pool")(x))).save(path)
    return path


@pytest.fixture
def canary(tmp_path: Path) -> Iterator[Path]:
    """Return a file that is to stay as it is, in a folder of its own that is to stay as it is."""
    cage = tmp_path / "cage"
    cage.mkdir()
    (cage / "canary").write_text("alive\n")
    yield cage / "canary"
    assert [path.name for path in cage.iterdir()] == ["canary"]
    assert (cage / "canary").read_text() == "alive\n"


def setting(number: int, **entries: Any) -> Change:
    return lambda config: config["config"]["layers"][number]["config"].update(entries)


def function(module: str, name: str) -> Config:
    return {"module": module, "class_name": "function", "config": name, "registered_name": name}


def object_(module: str, kind: str, **config: Any) -> Config:
    return {"module": module, "class_name": kind, "config": config, "registered_name": None}


def refusal(path: Path) -> str:
    with pytest.raises(BadInput) as caught:
        load_network(str(path))
    text = str(caught.value)
    assert "\n" not in text
    assert text.endswith(".")
    assert len(text) < 700
    return text


FUNCTIONS = [
    ("builtins", "eval"),
    ("os", "system"),
    ("posix", "system"),
    ("subprocess", "call"),
    ("keras.models", "load_model"),
    ("keras.saving", "load_model"),
    ("keras.layers", "deserialize"),
    ("keras.utils", "get_file"),
    ("keras.applications", "VGG16"),
    ("keras.src.saving.saving_lib", "load_model"),
    ("keras.src.utils.python_utils", "func_load"),
    ("keras.config", "enable_unsafe_deserialization"),
]


@pytest.mark.parametrize(("module", "name"), FUNCTIONS)
@pytest.mark.parametrize("place", ["activation", "kernel_initializer"])
def test_a_function_of_no_layer_is_refused(
    plain: Path, tmp_path: Path, canary: Path, module: str, name: str, place: str
) -> None:
    path = with_config(plain, tmp_path / "a.keras", setting(1, **{place: function(module, name)}))
    said = refusal(path)
    assert module == "builtins" or f"it needs '{module}.{name}'; only Keras' own layers are loaded" in said


OBJECTS: dict[str, Callable[[str], Config]] = {
    "TFSMLayer": lambda file: object_("keras.layers", "TFSMLayer", filepath=file),
    "TorchModuleWrapper": lambda file: object_("keras.layers", "TorchModuleWrapper", name=file),
    "JaxLayer": lambda file: object_("keras.layers", "JaxLayer", call_fn=file),
    "StringLookup": lambda file: object_("keras.layers", "StringLookup", vocabulary=file),
    "IntegerLookup": lambda file: object_("keras.layers", "IntegerLookup", vocabulary=file),
    "TextVectorization": lambda file: object_("keras.layers", "TextVectorization", vocabulary=file),
    "IndexLookup": lambda file: object_("keras.src.layers.preprocessing.index_lookup", "IndexLookup", vocabulary=file),
    "__lambda__": lambda file: {"class_name": "__lambda__", "config": {"value": file}},
    "__numpy__": lambda file: {"class_name": "__numpy__", "config": {"value": [1], "dtype": "object"}},
    "Lambda": lambda file: {"class_name": "Lambda", "config": {"function": file}},
}


@pytest.mark.parametrize("name", OBJECTS)
@pytest.mark.parametrize("place", ["layer", "activation", "build"])
def test_what_runs_code_or_reads_files_is_refused_wherever_it_is(
    plain: Path, tmp_path: Path, canary: Path, name: str, place: str
) -> None:
    made = OBJECTS[name](str(canary))
    change = {
        "layer": layer(1, **made),
        "activation": setting(1, activation=made),
        "build": layer(1, build_config={"a": [[{"b": made}]]}),
    }[place]
    path = with_config(plain, tmp_path / "a.keras", change)
    assert f"is refused, because it holds a {name}, which r" in refusal(path)


def _deadly(path: Path, bird: Path) -> Path:
    """Save a network with a layer that writes into the file ``bird`` when it is called."""
    kill = eval(f"lambda x: (__import__('pathlib').Path({str(bird)!r}).write_text('dead'), x)[1]")
    picture = keras.Input((16, 16, 3))
    model = keras.Model(picture, layers.Conv2D(2, 3)(layers.Lambda(kill, output_shape=(16, 16, 3))(picture)))
    model.save(path)
    return path


def test_a_lambda_that_would_write_is_not_run(tmp_path: Path, canary: Path) -> None:
    path = _deadly(tmp_path / "a.keras", canary)
    canary.write_text("alive\n")
    assert "holds a Lambda, which runs code" in refusal(path)


def test_the_lambda_would_write(tmp_path: Path) -> None:
    path = _deadly(tmp_path / "a.keras", tmp_path / "bird")
    (tmp_path / "bird").unlink(missing_ok=True)
    keras.models.load_model(path, safe_mode=False)(np.zeros((1, 16, 16, 3), np.float32))
    assert (tmp_path / "bird").read_text() == "dead"


class Registered(layers.Layer):
    """Stands for a layer that another program in this process has registered."""

    made = 0

    def __init__(self, **more: Any) -> None:
        Registered.made += 1
        super().__init__(**more)


@pytest.mark.parametrize(
    "entries",
    [
        {"registered_name": "hostile>Registered"},
        {"class_name": "hostile>Registered"},
        {"class_name": "Registered", "registered_name": "hostile>Registered", "module": None},
    ],
)
def test_a_registered_object_is_not_made(plain: Path, tmp_path: Path, entries: Config) -> None:
    keras.saving.register_keras_serializable("hostile")(Registered)
    path = with_config(plain, tmp_path / "a.keras", layer(1, **entries))
    try:
        assert "only Keras' own layers are loaded" in refusal(path)
    finally:
        keras.saving.get_custom_objects().pop("hostile>Registered")
    assert Registered.made == 0


@pytest.mark.parametrize("name", [["Lambda"], {"Lambda": 1}, 7, None, True, "x" * 10**6])
def test_a_class_name_of_another_kind_is_refused(plain: Path, tmp_path: Path, name: Any) -> None:
    refusal(with_config(plain, tmp_path / "a.keras", layer(1, class_name=name)))
    refusal(with_config(plain, tmp_path / "a.keras", lambda config: {**config, "class_name": name}))


def test_a_deep_config_is_refused(plain: Path, tmp_path: Path) -> None:
    for depth in (300, 900, 990, 5000, 10**6):
        config = '{"class_name": "Functional", "config": ' + "[" * depth + "]" * depth + "}"
        refusal(with_member(plain, tmp_path / f"{depth}.keras", "config.json", config.encode()))


def _called_on_numbers(config: Config) -> None:
    node = {"args": [[1.0]], "kwargs": {"repeats": [BILLION]}}
    config["config"]["layers"].append({**object_("keras.src.ops.numpy", "Tile", repeats=[BILLION]), "name": "tile",
                                       "inbound_nodes": [node]})  # fmt: skip


def test_a_layer_that_would_run_while_it_is_loaded_is_refused(plain: Path, tmp_path: Path) -> None:
    path = with_config(plain, tmp_path / "a.keras", _called_on_numbers)
    assert "one of its layers is not joined to any other" in refusal(path)


SHAPES: dict[str, Change] = {
    "dense": setting(3, units=BILLION),
    "convolution": setting(1, filters=BILLION),
    "kernel": setting(1, kernel_size=[30_000, 30_000], padding="same"),
    "depth": lambda config: config["config"]["layers"][0]["config"].update(batch_shape=[None, 16, 16, BILLION]),
    "picture": lambda config: config["config"]["layers"][0]["config"].update(batch_shape=[None, BILLION, BILLION, 3]),
}


@pytest.mark.parametrize("kind", SHAPES)
def test_a_shape_bomb_in_the_config_is_refused(plain: Path, tmp_path: Path, kind: str) -> None:
    said = refusal(with_config(plain, tmp_path / "a.keras", SHAPES[kind]))
    assert "ask for more weights than it holds" in said or "at most 8192 a side" in said or kind == "depth"


def hdf5(fill: Callable[[h5py.File], Any]) -> bytes:
    stream = io.BytesIO()
    with h5py.File(stream, "w") as file:
        fill(file)
    return stream.getvalue()


def _external(file: h5py.File) -> None:
    file["layers"] = h5py.ExternalLink("/etc/passwd", "/")


def _soft(file: h5py.File) -> None:
    file["layers"] = h5py.SoftLink("/elsewhere")


def _outside(file: h5py.File) -> None:
    file.create_dataset("layers/conv2d/vars/0", (16,), "u1", external=[("/etc/passwd", 0, 16)])


def _virtual(file: h5py.File) -> None:
    layout = h5py.VirtualLayout((4,), "f4")
    layout[:] = h5py.VirtualSource("/etc/passwd", "a", (4,))
    file.create_virtual_dataset("layers/conv2d/vars/0", layout)


def _vast(file: h5py.File) -> None:
    file.create_dataset("layers/conv2d/vars/0", (BILLION, 1000), "f4", chunks=(1024, 1000))


def _zeros(file: h5py.File) -> None:
    file.create_dataset("layers/conv2d/vars/0", (10**7,), "f4", compression="gzip", data=np.zeros(10**7, "f4"))


def _words(file: h5py.File) -> None:
    file.create_dataset("layers/conv2d/vars/0", (3,), h5py.string_dtype())


def _round(file: h5py.File) -> None:
    _vast(file)
    file["layers/again"] = file["layers"]


FILES: dict[str, tuple[Callable[[h5py.File], None], str]] = {
    "external link": (_external, "holds a link"),
    "soft link": (_soft, "holds a link"),
    "external storage": (_outside, "lies in another file"),
    "virtual array": (_virtual, "lies in another file"),
    "vast array": (_vast, "claim 4,000,000,000,000 bytes"),
    "array of zeros": (_zeros, "claim 40,000,000 bytes"),
    "texts": (_words, "does not hold numbers"),
    "groups in a circle": (_round, "claim"),
}


@pytest.mark.parametrize("kind", FILES)
def test_weights_that_lead_elsewhere_or_nowhere_are_refused(plain: Path, tmp_path: Path, kind: str) -> None:
    fill, said = FILES[kind]
    assert said in refusal(with_weights(plain, tmp_path / "a.keras", hdf5(fill)))
    for name in ("a.weights.h5", "a.h5"):
        (tmp_path / name).write_bytes(hdf5(fill))
        with pytest.raises(BadInput, match=said):
            load_network("mobilenet_v3_small", weights=tmp_path / name)


def test_the_values_of_good_weights_are_counted(plain: Path, tmp_path: Path) -> None:
    load_network(str(plain))
    keras.models.load_model(plain).save_weights(tmp_path / "a.weights.h5")
    size = (tmp_path / "a.weights.h5").stat().st_size
    assert check_hdf5(tmp_path / "a.weights.h5", "a", size) == 3 * 3 * 3 * 4 + 4 + 4 * 2 + 2


def _bomb(plain: Path, path: Path, member: str) -> Path:
    """Write an archive with a member that is a thousand times as large as what is stored of it."""
    return with_member(plain, path, member, bytes(1 << 28), zipfile.ZIP_DEFLATED)


@pytest.mark.parametrize("member", [WEIGHTS, "assets/words.txt", "metadata.json", "config.json"])
def test_a_zip_bomb_is_refused(plain: Path, tmp_path: Path, member: str) -> None:
    said = refusal(_bomb(plain, tmp_path / "a.keras", member))
    assert "its members claim" in said or "config.json is larger than 8 MB" in said


def test_a_member_that_understates_its_size_is_refused(plain: Path, tmp_path: Path) -> None:
    path = _bomb(plain, tmp_path / "a.keras", WEIGHTS)
    whole = path.read_bytes().replace((1 << 28).to_bytes(4, "little"), (1 << 10).to_bytes(4, "little"))
    path.write_bytes(whole)
    refusal(path)


def test_an_archive_without_hdf5_weights_is_refused(plain: Path, tmp_path: Path, canary: Path) -> None:
    with zipfile.ZipFile(plain) as source, zipfile.ZipFile(tmp_path / "a.keras", "w") as target:
        target.writestr("config.json", source.read("config.json"))
        target.writestr("model.weights.npz", _pickled(canary))
    assert f"holds no {WEIGHTS}" in refusal(tmp_path / "a.keras")


class _Killer:
    def __init__(self, canary: Path) -> None:
        self.canary = canary

    def __reduce__(self) -> Any:
        return Path.write_text, (self.canary, "dead")


def _pickled(canary: Path) -> bytes:
    return pickle.dumps(_Killer(canary))


@pytest.mark.parametrize("name", ["a.keras", "a.pkl", "a.pth", "a.h5", "a.npz", "a.weights.h5"])
def test_a_pickle_is_refused_under_any_name(tmp_path: Path, canary: Path, name: str) -> None:
    (tmp_path / name).write_bytes(_pickled(canary))
    refusal(tmp_path / name)
    with pytest.raises(BadInput):
        load_network("mobilenet_v3_small", weights=tmp_path / name)


def test_the_pickle_would_write(tmp_path: Path) -> None:
    pickle.loads(_pickled(tmp_path / "bird"))
    assert (tmp_path / "bird").read_text() == "dead"


@pytest.mark.parametrize(
    "name", ["a\0b.keras", "x" * 300 + ".keras", "http://127.0.0.1/a.keras", "~nobody/a.keras", "hf://a.keras"]
)
def test_a_strange_name_is_a_name_of_a_file(name: str) -> None:
    with pytest.raises(BadInput, match=r"There is no file|the name of a file"):
        load_network(name)
    with pytest.raises(BadInput, match=r"There is no weights file|the name of a file"):
        load_network("vgg16", weights=name)


MEASURE = """
import json, sys
from pathlib import Path
from zoomdream.network import backend
from zoomdream.network.catalogue import load_network
from zoomdream.errors import BadInput
def peak():
    lines = Path("/proc/self/status").read_text().splitlines()
    return next(int(line.split()[1]) for line in lines if line.startswith("VmHWM")) // 1024
files = sorted(Path(sys.argv[1]).iterdir())
found, before = {}, peak()
for path in files:
    try:
        load_network(str(path)) if path.suffix == ".keras" else load_network("mobilenet_v3_small", weights=path)
    except BadInput:
        found[path.name] = peak() - before
json.dump(found, sys.stdout)
"""


@pytest.mark.skipif(not Path("/proc/self/status").exists(), reason="memory is measured as Linux tells it")
def test_what_is_refused_takes_little_memory(plain: Path, tmp_path: Path) -> None:
    for kind, change in SHAPES.items():
        with_config(plain, tmp_path / f"{kind}.keras", change)
    with_config(plain, tmp_path / "numbers.keras", _called_on_numbers)
    for kind, (fill, _) in FILES.items():
        with_weights(plain, tmp_path / f"{kind}.keras", hdf5(fill))
        (tmp_path / f"{kind}.weights.h5").write_bytes(hdf5(fill))
    _bomb(plain, tmp_path / "zip.keras", WEIGHTS)
    with zipfile.ZipFile(tmp_path / "config.keras", "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("config.json", '{"class_name": [' + "{}," * 2_700_000 + "{}]}")
        archive.writestr(WEIGHTS, b"")
    names = {path.name for path in tmp_path.iterdir()}
    done = subprocess.run([sys.executable, "-c", MEASURE, str(tmp_path)], capture_output=True, text=True, check=True)
    megabytes = json.loads(done.stdout)
    assert megabytes.keys() == names
    assert max(megabytes.values()) < 500, megabytes


def test_the_command_line_refuses_before_a_tensor_library_is_loaded(plain: Path, tmp_path: Path, canary: Path) -> None:
    with_config(plain, tmp_path / "code.keras", setting(1, activation=function("os", "system")))
    with_config(plain, tmp_path / "file.keras", layer(1, **OBJECTS["TFSMLayer"](str(canary))))
    (tmp_path / "pickle.keras").write_bytes(_pickled(canary))
    _bomb(plain, tmp_path / "zip.keras", WEIGHTS)
    before = sorted(tmp_path.rglob("*"))
    files = ("code.keras", "file.keras", "pickle.keras", "zip.keras")
    ways = [("networks", "check"), ("networks", "layers"), ("movie", "reef", "--network")]
    for done in one_by_one([(*way, name) for way in ways for name in files], tmp_path):
        assert (done.returncode, done.stdout) == (2, "")
        [line] = done.stderr.splitlines()
        assert line.startswith("Error: ")
        assert not done.heavy
    assert sorted(tmp_path.rglob("*")) == before


def test_a_plain_file_passes(plain: Path) -> None:
    check_archive(plain)
    assert load_network(str(plain)).classes == 2
