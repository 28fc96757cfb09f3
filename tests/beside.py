"""Company that is put together of functions."""

from cliprt.runtime.company import Company


class Beside(Company):
    """Sees, goes on and judges as it is told; what nobody is told for is nobody's."""

    def __init__(self, see=None, go_on=None, judge=None):
        self.see = see or super().see
        self.go_on = go_on or super().go_on
        self.judge = judge or super().judge
