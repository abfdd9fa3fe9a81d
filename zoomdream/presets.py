"""Presets: films as TOML documents, checked field by field."""

import json
import re
import tomllib
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any

from pydantic import TypeAdapter, ValidationError

from zoomdream.errors import BadInput, did_you_mean, shown
from zoomdream.film.chords import parse_chord
from zoomdream.film.pictures import SAMPLE
from zoomdream.film.settings import NATURAL, OFF, Film
from zoomdream.network.families import is_path
from zoomdream.shelf import LARGEST, find_preset

KINDS = {"image": "image", "colour": "colour", "small": "unfold", "growth": "unfold", "seconds": "unfold"}
"""Setting of a start → the only kind of start it has a meaning for, which it implies."""

FILES = ("network", "start.image", "grade.towards")
"""Settings that may name a file."""

DEEPEST = 8
"""Most dots in a row of keys; reading takes time and memory by their square."""

Document = dict[str, Any]

_TEXTS = re.compile(
    r'''#[^\n]*|"""(?:\\.|[^\\])*?(?:"""|\Z)|\'\'\'.*?(?:\'\'\'|\Z)|"(?:\\.|[^"\\\n])*"?|'[^'\n]*'?''', re.DOTALL
)
"""Comments and texts in TOML, each matched to its end."""


def load_preset(name: str | Path, changes: Mapping[str, Any] | Iterable[str] = ()) -> Film:
    """Return the film that a preset describes.

    A preset in a file names files beside or below itself; what is changed names any file.

    Args:
        name: of a preset in the library, or the path of a TOML file.
        changes: ``{"camera.zoom": 2}`` or ``["camera.zoom=2"]``, set over the document.

    Raises:
        BadInput: naming the field, what it was and what would be right.
    """
    path = find_preset(name)
    document = read_document(path)
    _settle_files(document, path)
    pairs = changes.items() if isinstance(changes, Mapping) else (parse_change(text) for text in changes)
    for key, value in pairs:
        set_value(document, key, value)
    return read_film(document, path.name)


def change_film(film: Film, changes: Mapping[str, Any]) -> Film:
    """Return the film with some settings changed, ``{"camera.zoom": 2}``; ``BadInput`` names what is wrong."""
    document = to_document(film)
    for key, value in changes.items():
        set_value(document, key, value)
    return read_film(document, film.title)


def read_document(path: Path) -> Document:
    """Return the TOML document in a file; ``BadInput`` says where it is not TOML."""
    try:
        with path.open("rb") as file:
            raw = file.read(LARGEST + 1)
        if len(raw) > LARGEST:
            raise BadInput(f"{path.name} is too large for a preset, which has at most {LARGEST} bytes.")
        return _parsed(raw.decode())
    except (ValueError, RecursionError) as why:
        raise BadInput(f"{path.name} is not TOML: {str(why) or 'it nests too deeply'}.") from why
    except OSError as why:
        raise BadInput(f"{path} cannot be read: {why.strerror}.") from why


def _parsed(text: str) -> Document:
    """Return TOML as a document; ``ValueError`` or ``RecursionError`` where it is none."""
    if re.search(rf"(?:\.[^.,=\[\]{{}}\n]*){{{DEEPEST},}}", _TEXTS.sub("", text)):
        raise ValueError("it nests too deeply")
    return tomllib.loads(text)


def _settle_files(document: Document, preset: Path) -> None:
    """Put in place of each file that a preset names its path, which is beside or below the preset."""
    for field in FILES:
        *sections, key = field.split(".")
        holder = document.get(sections[0]) if sections else document
        name = holder.get(key) if isinstance(holder, dict) else None
        if isinstance(holder, dict) and isinstance(name, str) and _names_file(field, name):
            holder[key] = _beside(preset, field, name)


def _names_file(field: str, name: str) -> bool:
    if field == "network":
        return is_path(name)
    return name not in ("", NATURAL, OFF) and not name.startswith(SAMPLE)


def _beside(preset: Path, field: str, name: str) -> str:
    place = preset.parent / name
    try:
        below = ".." not in Path(name).parts and place.resolve().is_relative_to(preset.parent.resolve())
    except (OSError, ValueError, RuntimeError):  # no name of a file, or links in a circle
        below = False
    if not below or Path(name).is_absolute():
        raise BadInput(
            f"{preset.name}: {field}: a preset names files beside or below itself, not {shown(name)}; "
            f"any other is named with --set {field}=FILE."
        )
    return str(place)


def read_film(document: Document, where: str) -> Film:
    """Return the film that a document describes; ``BadInput`` names the first field that is wrong."""
    _check_numbers(document, where)
    try:
        film = TypeAdapter(Film).validate_python(_with_kind(document))
    except ValidationError as wrong:
        raise BadInput(_explain(wrong, where)) from wrong
    for number, chord in enumerate(film.score.neurons, 1):
        try:
            parse_chord(chord)
        except BadInput as wrong:
            raise BadInput(f"{where}: score.neurons, entry {number}: {wrong}") from wrong
    return film


def _check_numbers(document: Document, where: str) -> None:
    """Refuse texts and truth values where numbers belong, which might pass for some."""
    for section, known in {"": to_document(Film()), **to_document(Film())}.items():
        given = document.get(section) if section else document
        if isinstance(given, dict) and isinstance(known, dict):
            for key in given.keys() & known.keys():
                _check_number(given[key], known[key], ".".join(filter(None, (section, key))), where)


def _check_number(given: Any, usual: Any, field: str, where: str) -> None:
    if isinstance(usual, list) and isinstance(given, list):
        for number, each in enumerate(given):
            _check_number(each, usual[0], f"{field}.{number}", where)
    elif isinstance(usual, int | float) and isinstance(given, str | bool):
        raise BadInput(f"{where}: {field}: input should be a number, not {shown(given)}.")


def _with_kind(document: Document) -> Document:
    """Return the document with the kind of start that it implies, where it names none."""
    start = document.get("start")
    if not isinstance(start, dict) or "kind" in start:
        return document
    implied = [KINDS[key] for key, value in start.items() if key in KINDS and value != ""]
    return document | {"start": start | {"kind": implied[0]}} if implied else document


def parse_change(text: str) -> tuple[str, Any]:
    """Read ``section.key=value``, the value as TOML or else as plain text.

    >>> parse_change("camera.zoom=2"), parse_change("title=Reef"), parse_change("score.neurons=block9:4")
    (('camera.zoom', 2), ('title', 'Reef'), ('score.neurons', 'block9:4'))
    """
    key, equals, value = text.partition("=")
    if not equals or not re.fullmatch(r"[a-z_]+(\.[a-z_]+)?", key.strip()):
        raise BadInput(f"{text!r} is not a setting: write section.key=value, for example camera.zoom=1.4.")
    try:
        return key.strip(), _parsed(f"value = {value.strip()}")["value"]
    except (ValueError, RecursionError):
        return key.strip(), value.strip()


def set_value(document: Document, key: str, value: Any) -> None:
    """Set a dotted key in a document.

    A single text where a list of neurons belongs becomes a list of one. What has a meaning for one kind of start only
    brings that kind along, and a picture goes with its kind: the later change counts.
    """
    *sections, last = key.split(".")
    for section in sections:
        document = document.setdefault(section, {})
        if not isinstance(document, dict):
            raise BadInput(f"{key}: {section!r} is a single value, not a section.")
    document[last] = [value] if key == "score.neurons" and isinstance(value, str) else value
    if sections == ["start"] and last in (*KINDS, "kind"):
        _settle_start(document, last)


def _settle_start(start: Document, changed: str) -> None:
    if changed in KINDS and start[changed] != "":
        start["kind"] = KINDS[changed]
    if start.get("kind", "image") != "image":
        start.pop("image", None)


def schema() -> Document:
    """Return the JSON Schema of the preset document."""
    return TypeAdapter(Film).json_schema()


def to_document(film: Film) -> Document:
    """Return every setting of a film as a plain document."""
    document: Document = TypeAdapter(Film).dump_python(film, mode="json")
    return document


def to_toml(document: Document) -> str:
    """Return a document of plain values and sections as TOML."""
    plain = {key: value for key, value in document.items() if not isinstance(value, dict)}
    sections = {key: value for key, value in document.items() if isinstance(value, dict)}
    lines = [f"{key} = {_value(value)}" for key, value in plain.items()]
    for name, section in sections.items():
        lines += ["", f"[{name}]", to_toml(section).rstrip("\n")]
    return "\n".join(lines) + "\n"


def _value(value: Any) -> str:
    """Return a plain value as TOML, which differs from JSON in one character that must be escaped."""
    return json.dumps(value, ensure_ascii=False).replace("\x7f", "\\u007f")


def new_document() -> str:
    """Return a preset to begin with: every setting at its default, with its meaning beside it."""
    definitions = schema()["$defs"]
    lines = ["# What this film looks like, in a sentence.", 'title = "Untitled"']
    for name, value in to_document(Film()).items():
        if isinstance(value, dict):
            fields = definitions[name.capitalize()]["properties"]
            lines += ["", f"[{name}]", *(_commented(key, value[key], fields[key]) for key in value)]
        elif name != "title":
            lines.append(_commented(name, value, schema()["properties"][name]))
    return "\n".join(lines) + "\n"


def _commented(key: str, value: Any, field: Document) -> str:
    return f"{key} = {_value(value)}  # {field.get('description', '')}"


def _explain(wrong: ValidationError, where: str) -> str:
    """Return one sentence about the first thing that is wrong."""
    error = wrong.errors(include_url=False)[0]
    field = ".".join(str(part) for part in error["loc"])
    if error["type"] == "unexpected_keyword_argument":
        known = _known_keys(tuple(str(part) for part in error["loc"][:-1]))
        near = did_you_mean(str(error["loc"][-1]), known)
        return f"{where}: there is no setting {shown(field)}{near}; there are {', '.join(known)}."
    return f"{where}: {field}: {error['msg'][0].lower()}{error['msg'][1:]}, not {shown(error.get('input'))}."


def _known_keys(sections: tuple[str, ...]) -> list[str]:
    whole = schema()
    if not sections:
        return list(whole["properties"])
    return list(whole["$defs"].get(sections[0].capitalize(), {}).get("properties", []))
