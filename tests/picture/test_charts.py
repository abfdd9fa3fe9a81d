"""Contact sheets."""

import numpy as np

from zoomdream.picture.charts import contact_sheet


def test_pictures_stand_in_rows_with_a_gap():
    red, green, blue = (np.full((8, 16, 3), colour, np.float32) for colour in np.eye(3))
    sheet = contact_sheet([red, green, blue], columns=2, size=(4, 8), gap=2)
    assert sheet.shape == (10, 18, 3)
    assert (sheet[1, 1] == [1, 0, 0]).all()
    assert (sheet[1, 12] == [0, 1, 0]).all()
    assert (sheet[8, 1] == [0, 0, 1]).all()
    assert sheet[4:6].max() == sheet[:, 8:10].max() == sheet[6:, 10:].max() == 0
