"""What a job writes down is read back as it was, or not at all."""

import ast
import os
from collections.abc import Callable, Iterator
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import numpy as np
import pytest
from hypothesis import example, given
from hypothesis import strategies as st

import zoomdream.reel.job
from tests.damage import DAMAGE
from tests.reel.conftest import SIZE, moving
from zoomdream.errors import BadInput, ZoomdreamError
from zoomdream.reel.encode import plan_film
from zoomdream.reel.job.job import Job, begun, check_unbegun, resumed, throw_away
from zoomdream.reel.job.journal import Journal
from zoomdream.reel.job.lock import is_held
from zoomdream.reel.job.manifest import NAME, Manifest, differences, listed, read_manifest, write_manifest
from zoomdream.reel.job.place import is_job, job_folder
from zoomdream.reel.job.recorder import Recorder
from zoomdream.reel.job.states import KEPT, States
from zoomdream.reel.output import Plan

PLAIN = st.recursive(st.none() | st.booleans() | st.integers() | st.text(), lambda some: st.lists(some, max_size=3))
FACTS = st.lists(st.dictionaries(st.text(), PLAIN, max_size=3), max_size=5)
MADE = {"seed": 1, "film": {"zoom": 2.0}}
LENGTH = 5
"""Frames of a segment."""


def _in_order(few: list[Any], all_of_them: list[Any]) -> bool:
    """Say whether a list is what is left of another when some are taken out."""
    rest = iter(all_of_them)
    return all(any(one == other for other in rest) for one in few)


def _written(folder: Path, facts: list[dict[str, Any]]) -> Journal:
    journal = Journal(folder / "journal")
    for fact in facts:
        journal.add(**fact)
    return journal


@given(FACTS)
def test_a_journal_tells_what_was_added(facts: list[dict[str, Any]]) -> None:
    with TemporaryDirectory() as folder:
        assert list(_written(Path(folder), facts).facts()) == facts


@given(FACTS, st.binary(max_size=60), st.data())
@example([{"kind": "state"}], b"\n00000000 \n", None)
def test_a_journal_that_is_cut_and_scribbled_on_tells_some_of_it_in_order(
    facts: list[dict[str, Any]], scribble: bytes, data: Any
) -> None:
    with TemporaryDirectory() as folder:
        journal, path = _written(Path(folder), facts), Path(folder, "journal")
        whole = path.read_bytes() if facts else b""
        at = data.draw(st.integers(0, len(whole))) if data else len(whole)
        until = data.draw(st.integers(at, len(whole))) if data else len(whole)
        path.write_bytes(whole[:at] + scribble + whole[until:])
        told = list(journal.facts())
        assert _in_order(told, facts)
        journal.add(kind="later")
        assert [*journal.facts()] == [*told, {"kind": "later"}]


@given(st.integers(0), st.integers(1, 255))
def test_a_flipped_bit_in_a_journal_loses_one_fact_at_most(at: int, flip: int) -> None:
    facts = [{"kind": "state", "key": key} for key in range(3)]
    with TemporaryDirectory() as folder:
        journal, path = _written(Path(folder), facts), Path(folder, "journal")
        held = bytearray(path.read_bytes())
        held[at % len(held)] ^= flip
        path.write_bytes(held)
        told = list(journal.facts())
        assert len(told) >= 2
        assert _in_order(told, facts)


def _state(key: int) -> np.ndarray:
    return np.random.default_rng(key).random((4, 6, 3), np.float32)


def _states(folder: Path, keys: range) -> tuple[States, dict[int, str]]:
    states, hashes = States(folder, {}), {}
    for key in keys:
        hashes[key] = states.save(key, _state(key))
    return states, hashes


def test_the_newest_states_are_kept_and_are_exact(tmp_path: Path) -> None:
    _, hashes = _states(tmp_path, range(7))
    assert len(list(tmp_path.iterdir())) == KEPT
    found = States(tmp_path, hashes).newest(5)
    assert found is not None
    assert found[0] == 5
    assert found[1].tobytes() == _state(5).tobytes()
    assert States(tmp_path, hashes).newest(2) is None


HARM = {**DAMAGE, "gone": Path.unlink}


@pytest.mark.parametrize("damage", HARM.values(), ids=HARM)
def test_a_damaged_state_gives_way_to_the_one_before(tmp_path: Path, damage: Callable[[Path], None]) -> None:
    _, hashes = _states(tmp_path, range(5))
    damage(tmp_path / "state-00000004.npy")
    found = States(tmp_path, hashes).newest(9)
    assert found is not None
    assert (found[0], found[1].tolist()) == (3, _state(3).tolist())


def test_a_state_older_than_those_kept_can_be_saved(tmp_path: Path) -> None:
    states, hashes = _states(tmp_path, range(5, 12))
    assert states.save(1, _state(1))
    assert len(list(tmp_path.iterdir())) == KEPT
    found = States(tmp_path, hashes).newest(11)
    assert found is not None
    assert found[0] == 11


def _manifest(**more: Any) -> Manifest:
    return Manifest(
        **{"made": MADE, "request": {"preset": "reef"}, "film": "a.mkv", "frames": 13, "segment": LENGTH, **more}
    )


@given(made=st.dictionaries(st.text(), PLAIN), count=st.integers(1))
def test_a_manifest_is_read_as_it_was_written(made: dict[str, Any], count: int) -> None:
    with TemporaryDirectory() as folder:
        manifest = _manifest(made=made, frames=count)
        write_manifest(Path(folder), manifest)
        assert read_manifest(Path(folder)) == manifest


@given(st.integers(0), st.integers(0, 255), st.booleans())
def test_a_manifest_that_is_not_what_it_was_is_refused(at: int, byte: int, cut: bool) -> None:
    with TemporaryDirectory() as folder:
        write_manifest(Path(folder), _manifest())
        path = Path(folder, NAME)
        held = path.read_bytes()
        at %= len(held) - 1
        path.write_bytes(held[:at] if cut else held[:at] + bytes([byte]) + held[at + 1 :])
        if path.read_bytes() != held:
            with pytest.raises(BadInput, match="holds no job that can be gone on with"):
                read_manifest(Path(folder))


def test_differences_are_named_one_by_one() -> None:
    old, new = {"seed": 1, "film": {"zoom": 2, "gone": None}}, {"seed": 2, "film": {"zoom": 3, "gone": None}, "more": 1}
    assert list(differences(old, new)) == [
        "seed was 1 and is 2",
        "film.zoom was 2 and is 3",
        "more was null and is 1",
    ]


def test_many_differences_are_not_all_named_and_it_is_said_how_many_there_are() -> None:
    assert listed(["a", "b", "c", "d", "e"]) == "a; b; c; d; e"
    assert listed(["a", "b", "c", "d", "e", "f", "g"]) == "a; b; c; d; e; and 2 more"


def _plan(folder: Path, name: str = "a.mkv") -> Plan:
    return plan_film(folder / name, SIZE, 5, None, None, True)


def _record(job: Job, numbers: range) -> None:
    frames = list(moving(job.manifest.frames))
    with Recorder(job.segments, job.journal) as recorder:
        for number in numbers:
            span = job.segments.frames(number)
            recorder.record(number, frames[span.start : span.stop])


@pytest.fixture
def begun_job(here: Path) -> Path:
    """Return the folder of a job of thirteen frames in three segments, all of them closed."""
    with begun(_manifest(), _plan(here)) as job:
        _record(job, range(3))
        job.keep(4, _state(4))
    return job.folder


def _again(folder: Path) -> Job:
    with resumed(_manifest(), _plan(folder.parent)) as job:
        return job


def test_segments_are_known_again(begun_job: Path) -> None:
    job = _again(begun_job)
    assert [piece.frames for piece in job.segments.pieces()] == [5, 5, 3]
    assert not job.segments.gap()


@pytest.mark.parametrize("damage", HARM.values(), ids=HARM)
def test_a_damaged_segment_is_missing_and_those_around_it_are_not(
    begun_job: Path, damage: Callable[[Path], None]
) -> None:
    damage(begun_job / "h264-17" / "000001.mp4")
    job = _again(begun_job)
    assert job.segments.gap() == range(1, 2)
    assert len(job.segments.pieces()) == 1
    _record(job, range(1, 2))
    assert not _again(begun_job).segments.gap()


def test_what_a_killed_process_left_half_done_is_swept_away(begun_job: Path) -> None:
    for rubbish in (".manifest.json.0123", ".state-00000001.npy.0123", "h264-17/.zoomdream-0123.mp4"):
        (begun_job / rubbish).write_bytes(b"half")
    (begun_job / ".zoomdream-4567").mkdir()
    (begun_job / ".zoomdream-4567" / "000000.png").write_bytes(b"half")
    _again(begun_job)
    assert sorted(path.name for path in begun_job.iterdir()) == [
        "h264-17",
        "journal",
        "lock",
        NAME,
        "state-00000004.npy",
    ]
    assert len(list((begun_job / "h264-17").iterdir())) == 3


def test_a_job_is_held_by_one_at_a_time(here: Path) -> None:
    with begun(_manifest(), _plan(here)) as job:
        _record(job, range(1))
        assert is_held(job.folder)
        for at_work in (begun, resumed):
            with (
                pytest.raises(ZoomdreamError, match="is being made by another process") as caught,
                at_work(_manifest(), _plan(here)),
            ):
                pass
            assert not isinstance(caught.value, BadInput)
        with pytest.raises(ZoomdreamError, match="is being made by another process"):
            throw_away(job.folder)
        with pytest.raises(ZoomdreamError, match="is being made by another process"):
            check_unbegun(_plan(here), force=True)
    assert not is_held(job.folder)
    assert _again(job.folder).segments.gap() == range(1, 3)


def test_a_job_in_which_nothing_was_made_leaves_nothing(here: Path) -> None:
    with pytest.raises(BadInput, match="no room"), begun(_manifest(), _plan(here)):
        raise BadInput("no room")
    assert not list(here.iterdir())


def test_a_job_in_which_something_was_made_stays_whatever_ends_it(here: Path) -> None:
    with pytest.raises(SystemExit), begun(_manifest(), _plan(here)) as job:
        _record(job, range(1))
        raise SystemExit(143)
    assert _again(job.folder).segments.gap() == range(1, 3)


def test_a_job_that_was_half_thrown_away_is_still_known(begun_job: Path) -> None:
    (begun_job / NAME).unlink()
    assert is_job(begun_job)
    check_unbegun(_plan(begun_job.parent), force=False)
    throw_away(begun_job)
    assert not list(begun_job.parent.iterdir())


def test_a_job_of_another_film_is_not_thrown_away_for_one_of_the_same_name(begun_job: Path) -> None:
    other = _plan(begun_job.parent, "a.mp4")
    assert job_folder(other.path) == begun_job
    for force in (False, True):
        with pytest.raises(BadInput, match=r"a\.mkv .*was begun"):
            check_unbegun(other, force)
    check_unbegun(_plan(begun_job.parent), force=True)


def _imports(source: str) -> Iterator[str]:
    for node in ast.walk(ast.parse(source)):
        if isinstance(node, ast.Import):
            yield from (name.name for name in node.names)
        if isinstance(node, ast.ImportFrom):
            yield node.module or ""


def test_nothing_about_a_job_depends_on_a_clock() -> None:
    files = list(Path(*zoomdream.reel.job.__path__).glob("*.py"))
    assert len(files) > 8
    for file in files:
        source = file.read_text()
        assert not {"time", "datetime"} & {name.split(".")[0] for name in _imports(source)}, file
        assert "st_mtime" not in source, file
        assert "st_ctime" not in source, file


@pytest.mark.parametrize("when", [0, 4_000_000_000])
def test_a_job_does_not_mind_when_its_files_were_written(begun_job: Path, when: int) -> None:
    for path in begun_job.rglob("*"):
        os.utime(path, (when, when))
    job = _again(begun_job)
    assert not job.segments.gap()
    assert job.states.newest(9) is not None


@pytest.mark.parametrize("kind", ["link", "folder", "file"])
def test_what_is_in_the_way_of_a_job_and_is_none_is_left_alone(tmp_path: Path, kind: str) -> None:
    precious, place = tmp_path / "precious", tmp_path / ".a.zoomdream"
    precious.mkdir()
    (precious / "lock").write_text("mine")
    if kind == "link":
        place.symlink_to(precious)
    elif kind == "folder":
        place.mkdir()
        (place / "mine").write_text("mine")
    else:
        place.write_text("mine")
    with pytest.raises(BadInput, match="in the way"), begun(_manifest(), _plan(tmp_path)):
        pass
    assert (precious / "lock").read_text() == "mine"
    assert place.is_symlink() or place.is_file() or (place / "mine").read_text() == "mine"
