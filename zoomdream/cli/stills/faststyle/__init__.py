"""The kinds of stills that learn a style once and paint any picture in it at once."""
