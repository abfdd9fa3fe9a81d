"""Style in one pass: a small network for each style, trained once, that paints any picture at once."""
