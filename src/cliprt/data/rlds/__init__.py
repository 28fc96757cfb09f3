"""Reads RLDS data sets, as tensorflow-datasets writes them, without TensorFlow.

>>> from cliprt.data.rlds.dataset import open_rlds, read_records  # doctest: +SKIP
>>> dataset = open_rlds("data/jaco_play")  # doctest: +SKIP
>>> for record in read_records(dataset.splits["train"][0], ("steps/reward",)):  # doctest: +SKIP
...     print(record.steps, record.columns["steps/reward"])
"""
