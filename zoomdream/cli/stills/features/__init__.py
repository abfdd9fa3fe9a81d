"""The kinds of stills that show features: each a light half with its options, and a heavy one that draws."""
