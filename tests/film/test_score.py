"""The score, read at any time."""

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from zoomdream.errors import BadInput
from zoomdream.film.film import _score_of
from zoomdream.film.score import Timeline, few_in, layers_of, read_chords, timeline
from zoomdream.film.settings import Score
from zoomdream.film.voicing import loudness
from zoomdream.network.pooled import pooled_head
from zoomdream.presets import load_preset

LOUD = {
    "one": np.linspace(0.5, 2, 8).astype(np.float32),
    "two": np.linspace(1, 3, 12).astype(np.float32),
    "class": np.full(5, 0.7, np.float32),
}
FOUR = ("one:1", "two:2", "one:3", "two:4")


def play(tiny, *neurons, seed=0, **kwargs) -> Timeline:
    score = Score(neurons=neurons, **kwargs)
    return timeline(score, tiny, seed, {layer: LOUD[layer] for layer in layers_of(read_chords(score, tiny))})


def shares(line: Timeline, t: float) -> dict[str, float]:
    """Return voice → weight, loudness taken out, of every channel that sounds; ``one:3+`` where one side does."""
    found = {}
    for key, sides in line.weights(t).items():
        layer = key.removeprefix("weights:")
        positive, negative = sides * LOUD[layer]
        for c in range(len(positive)):
            if positive[c] == negative[c]:
                found[f"{layer}:{c}"] = positive[c]
            else:
                found |= {f"{layer}:{c}+": positive[c], f"{layer}:{c}-": negative[c]}
    return {voice: float(share) for voice, share in found.items() if share}


def test_a_chord_sounds_alone_then_gives_way_to_the_next(tiny):
    line = play(tiny, *FOUR, hold=3, fade=2)
    assert shares(line, 0) == pytest.approx({"one:1": 1})
    assert shares(line, 3) == pytest.approx({"one:1": 1})
    assert shares(line, 4) == pytest.approx({"one:1": 0.5, "two:2": 0.5})
    assert shares(line, 3.5) == pytest.approx({"one:1": 1 - 0.15625, "two:2": 0.15625})
    assert shares(line, 5) == pytest.approx({"two:2": 1})
    assert shares(line, 20) == pytest.approx({"one:1": 1})


def test_names_say_what_sounds(tiny):
    line = play(tiny, "one:1 - 0.5 two:2", "two:4", hold=1, fade=1)
    assert line.names(0) == "one:1 - 0.5 two:2"
    assert line.names(1.5) == "one:1 - 0.5 two:2 → two:4"
    assert line.names(2.5) == "two:4"


@settings(max_examples=150, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    t=st.floats(-100, 1e6),
    hold=st.just(0.0) | st.floats(0.01, 20),
    fade=st.just(0.0) | st.floats(0.01, 20),
    order=st.sampled_from(["cycle", "shuffle"]),
)
def test_shares_lie_between_nought_and_one_and_add_up(tiny, t, hold, fade, order):
    found = shares(play(tiny, *FOUR, hold=hold, fade=fade, order=order), t)
    assert sum(found.values()) == pytest.approx(1, abs=1e-5)
    assert all(0 <= share <= 1 + 1e-6 for share in found.values())
    assert 1 <= len(found) <= 2


@pytest.mark.parametrize("order", ["cycle", "shuffle"])
def test_weights_never_jump(tiny, order):
    line = play(tiny, *FOUR, hold=0.7, fade=0.5, order=order)
    times = np.arange(0, 12, 0.005)
    rows = np.array([np.concatenate([w.ravel() for w in line.weights(t).values()]) for t in times])
    assert np.abs(np.diff(rows, axis=0)).max() < 0.005 * 1.5 / 0.5 / LOUD["one"].min() + 1e-6


def test_without_fade_it_cuts(tiny):
    line = play(tiny, *FOUR, hold=2, fade=0)
    assert shares(line, 1.999) == pytest.approx({"one:1": 1})
    assert shares(line, 2.0) == pytest.approx({"two:2": 1})


@pytest.mark.parametrize(("hold", "fade"), [(3, 1), (0, 2), (2, 0), (0, 0)])
def test_a_single_chord_always_sounds(tiny, hold, fade):
    line = play(tiny, "two:5", hold=hold, fade=fade)
    for t in (-5, 0, 1.3, 3.2, 1e6):
        assert shares(line, t) == pytest.approx({"two:5": 1})


@pytest.mark.parametrize("t", [-1e6, -0.1, 0, 1e6, 1e6 + 0.37, 1e9])
def test_any_time_has_its_chord(tiny, t):
    assert sum(shares(play(tiny, *FOUR, "two:?", hold=1.1, fade=0.3, order="shuffle"), t).values()) == pytest.approx(1)


def test_before_the_beginning_the_first_chord_sounds(tiny):
    assert shares(play(tiny, *FOUR), -3) == pytest.approx({"one:1": 1})


def sequence(line: Timeline, passes: int) -> list[str]:
    return [line.names(place + 0.01) for place in range(len(line.chords) * passes)]


@pytest.mark.parametrize("count", [1, 2, 3, 4, 7])
@pytest.mark.parametrize("seed", range(4))
def test_shuffle_plays_every_chord_once_a_pass(tiny, count, seed):
    neurons = [f"two:{c}" for c in range(count)]
    played = sequence(play(tiny, *neurons, seed=seed, hold=1, fade=0, order="shuffle"), 30)
    for turn in range(30):
        assert sorted(played[turn * count : (turn + 1) * count]) == sorted(neurons)


@pytest.mark.parametrize("count", [2, 3, 4, 7])
@pytest.mark.parametrize("seed", range(4))
def test_shuffle_never_repeats_a_chord_at_once(tiny, count, seed):
    neurons = [f"two:{c}" for c in range(count)]
    played = sequence(play(tiny, *neurons, seed=seed, hold=1, fade=0, order="shuffle"), 40)
    assert [place for place in range(1, len(played)) if played[place] == played[place - 1]] == []


def test_the_seed_shuffles(tiny):
    played = {tuple(sequence(play(tiny, *FOUR, seed=s, hold=1, fade=0, order="shuffle"), 3)) for s in range(6)}
    assert len(played) > 3
    again = play(tiny, *FOUR, seed=2, hold=1, fade=0, order="shuffle")
    assert tuple(sequence(again, 3)) in played


def test_a_question_mark_is_drawn_by_seed_and_place(tiny):
    def drawn(seed):
        return [play(tiny, "two:?", seed=seed, hold=1, fade=0).names(t + 0.5) for t in range(40)]

    assert drawn(3) == drawn(3)
    assert drawn(3) != drawn(4)
    assert len(set(drawn(3))) > 8
    assert all(0 <= int(name.removeprefix("two:")) < 12 for name in drawn(3))


def test_two_question_marks_in_a_chord_are_drawn_apart(tiny):
    line = play(tiny, "two:? + two:?", hold=1, fade=0)
    pairs = [line.names(t + 0.5).split(" + ") for t in range(30)]
    assert any(first != second for first, second in pairs)


def test_a_negative_weight_silences(tiny):
    assert shares(play(tiny, "one:4 - 0.5 two:3"), 0) == pytest.approx({"one:4": 1, "two:3": -0.5})


@pytest.mark.parametrize("side", ["+", "-"])
def test_a_voice_may_sound_on_one_side_only(tiny, side):
    assert shares(play(tiny, f"one:4{side}"), 0) == pytest.approx({f"one:4{side}": 1})
    assert play(tiny, f"0.5 one:4{side}").names(0) == f"0.5 one:4{side}"


def test_a_class_has_no_negative_side_to_sound(tiny):
    """Only the logits themselves are weighed: such a voice would be silent, and so it must be refused or heard."""
    try:
        line = play(tiny, "class:cat-")
    except BadInput:
        return
    assert line.weights(0)["weights:class"][0].any()


def test_voices_of_several_layers_sound_together(tiny):
    line = play(tiny, "one:4 + 2 two:3 + class:cat")
    assert set(line.weights(0)) == {"weights:one", "weights:two", "weights:class"}
    assert shares(line, 0) == pytest.approx({"one:4": 1, "two:3": 2, "class:2": 1})


def test_a_whole_layer_weighs_all_its_channels_alike(tiny):
    weights = play(tiny, "two").weights(0)["weights:two"]
    assert weights.shape == (2, 12)
    assert weights.dtype == np.float32
    assert (weights > 0).all()
    np.testing.assert_allclose(weights, weights[0, 0])


def test_weights_have_a_place_for_every_layer_at_every_time(tiny):
    line = play(tiny, "one:1", "two:2", hold=1, fade=0)
    assert {key: w.shape for key, w in line.weights(0).items()} == {"weights:one": (2, 8), "weights:two": (2, 12)}
    assert not line.weights(0)["weights:two"].any()


@pytest.mark.parametrize(
    ("neuron", "message"),
    [
        ("tow:1", "did you mean 'two'"),
        ("two:12", "0 to 11"),
        ("two:-1", "0 to 11"),
        ("two:abc", "0 to 11"),
        ("class:5", "0 to 4"),
        ("class:cot", "did you mean 'cat'"),
        ("two:1@3,4", "stills"),
        ("pool:1", "no rows"),
        ("- two:4", "no layer '- two'"),
        ("1.5", "no layer '1.5'"),
    ],
)
def test_a_wrong_address_says_what_would_be_right(tiny, neuron, message):
    with pytest.raises(BadInput, match=message):
        play(tiny, "one:1", f"one:2 + {neuron}")


def test_loudness_is_the_mean_square_on_a_photograph(tiny, photo):
    from zoomdream.film.start import cover

    loud = loudness(tiny, ["one", "class"])
    head = pooled_head(tiny)
    found = tiny.activations(cover(photo, (224, 224))[None], {"one", head.layer})
    squares = (np.asarray(found["one"]) ** 2).mean((0, 1, 2))
    np.testing.assert_allclose(loud["one"], np.maximum(squares, 0.05 * squares.mean()), rtol=1e-4)
    answers = np.asarray(found[head.layer]) @ (head.kernel - head.kernel.mean(1, keepdims=True))
    squares = (np.maximum(answers, 0) ** 2).mean((0, 1, 2))
    np.testing.assert_allclose(loud["class"], np.maximum(squares, 0.05 * squares.mean()), rtol=1e-4)
    assert loud["class"].shape == (5,)


def test_the_embedded_network_sounds_by_layer_channel_and_label(lite0):
    score = Score(neurons=("block10:4 + 0.5 block9", "class:zebra"), hold=1, fade=0)
    line = timeline(score, lite0, 0, loudness(lite0, ["block10", "block9", "class"]))
    assert line.weights(0)["weights:block10"][0].nonzero()[0].tolist() == [4]
    assert line.weights(1.5)["weights:class"][0].nonzero()[0].tolist() == [340]
    assert all(np.isfinite(w).all() for w in line.weights(0).values())


@pytest.mark.parametrize(
    ("neurons", "few"),
    [(["one:4", "two:3 - one:?"], {"one", "two"}), (["one:4 + one", "two:3"], {"two"}), (["class:cat"], {"class"})],
)
def test_layers_of_which_only_single_channels_sound(tiny, neurons, few):
    chords = read_chords(Score(neurons=tuple(neurons)), tiny)
    assert few_in(chords) == few


def test_a_film_is_told_of_what_few_channels_sound(tiny):
    film = load_preset("reef", {"score.neurons": ["one:4 + two", "one:2"]})
    _, objective, _ = _score_of(film, tiny, 1)
    assert {term.weights: term.few for term in objective.terms} == {"weights:one": True, "weights:two": False}
