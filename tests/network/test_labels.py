"""Names of classes."""

import pytest

from zoomdream.errors import BadInput
from zoomdream.network.labels import find_class, imagenet_labels, imagenet_synonyms


def test_labels_are_all_there_all_different_and_short() -> None:
    labels = imagenet_labels()
    assert len(labels) == len(imagenet_synonyms()) == 1000
    plain = {label.lower().replace("-", " ").replace("_", " ") for label in labels}
    assert len(plain) == 1000
    assert all(0 < len(label) <= 45 for label in labels)
    assert not any(set(label) & set(":@\n") for label in labels)  # they must stand in an address


def test_every_class_is_found_by_its_label_and_the_label_beats_a_synonym() -> None:
    labels, synonyms = imagenet_labels(), imagenet_synonyms()
    assert [find_class(label, labels, synonyms, "it") for label in labels] == list(range(1000))


def test_known_classes_have_known_names() -> None:
    labels = imagenet_labels()
    assert [labels[i] for i in (0, 282, 340, 836, 837, 963)] == [
        "tench",
        "tiger cat",
        "zebra",
        "sunglass",
        "sunglasses",
        "pizza",
    ]


def test_classes_without_names_say_so() -> None:
    with pytest.raises(
        BadInput, match="class:cat: it has no class of that name; its classes have no names, only numbers"
    ):
        find_class("cat", (), (), "it")
