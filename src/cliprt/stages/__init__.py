"""The stages of a run: collect, augment, train, evaluate; `fit` runs what is missing of them."""
