"""The robot's time never runs backwards, whatever the controller's does."""

from hypothesis import given
from hypothesis import strategies as st

from cliprt_ur.clock import RobotClock


def test_time_starts_at_the_first_connect_and_goes_on_after_a_restart_of_the_controller():
    clock = RobotClock()
    clock.start(1000.0)
    assert clock.read(1000.0) == 0
    assert clock.read(1012.5) == 12.5
    clock.start(1020.0)
    assert clock.read(1020.0) == 20.0
    clock.start(3.0)
    assert clock.read(4.0) == 21.0


@given(st.lists(st.lists(st.floats(0, 1e5), min_size=1, max_size=5), max_size=5))
def test_it_never_runs_backwards(runs):
    clock, newest_s = RobotClock(), 0.0
    for times in map(sorted, runs):
        clock.start(times[0])
        for controller_s in times:
            time_s = clock.read(controller_s)
            assert time_s >= newest_s - 1e-6
            newest_s = time_s
