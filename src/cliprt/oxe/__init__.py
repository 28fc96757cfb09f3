"""Other robots' data sets as language: what is particular to each, and the rules that label it."""
