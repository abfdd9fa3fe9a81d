"""How features come to the plane, known without a tensor library."""

from typing import Literal

from zoomdream.errors import BadInput

Method = Literal["pca", "tsne"]


def check_count(count: int, method: Method) -> None:
    """Refuse to make a map by t-SNE of one picture.

    Raises:
        BadInput: there is only one.
    """
    if method == "tsne" and count < 2:
        raise BadInput("t-SNE needs at least two pictures that can be read; --method pca takes one.")
