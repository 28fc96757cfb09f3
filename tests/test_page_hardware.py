"""A desk at an arm that is no simulated one: asked before it moves, and told why it stands."""

import pytest
from desk_driver import Driver, teaching_recipe

from cliprt.data.store import EpisodeStore
from cliprt.page.laying import lay
from cliprt.page.messages import (
    Asked,
    Became,
    Begin,
    Configure,
    Confirm,
    Ended,
    Finish,
    GoOn,
    Laid,
    Lay,
    Proposed,
    Ready,
    Redo,
    Say,
    Started,
    Stepped,
    Trouble,
    Undo,
    Undone,
)
from cliprt.recipe.build import build_robot
from cliprt.recipe.schema import Component
from cliprt.stages.skills import save_skill

pytest_plugins = ["hardware_arm"]


@pytest.fixture
def at_desk(arm, tmp_path):
    """``at_desk(trip_at=1)``: a desk at a bench arm with these options."""
    drivers = []

    def at_desk(**options):
        recipe = teaching_recipe(robot=Component("bench_arm", options))
        driver = Driver(recipe, tmp_path / "run")
        drivers.append(driver)
        return driver.__enter__()

    yield at_desk
    for driver in drivers:
        driver.desk.close()


def test_laying_a_table_moves_nothing_and_clears_no_stop(arm):
    with build_robot(teaching_recipe(robot=Component("bench_arm"))) as robot:
        robot.connect()
        robot.halt("STOP was pressed")
        assert lay(robot, Lay(({"thing": "cup"},))) == Laid()
        assert (robot.state, robot.reason) == ("stopped", "STOP was pressed")


def finish(driver, success=True):
    driver.desk.send(Finish(success))
    return driver.until(Ended)


def test_a_skill_at_a_real_table_begins_with_whatever_stands_there(at_desk):
    driver = at_desk()
    driver.until_state("idle")
    driver.desk.send(Lay(()))
    assert driver.until(Laid) == Laid()
    driver.run.path.mkdir(exist_ok=True)  # as a page makes it
    save_skill(driver.run, {"name": "skill", "as": "wave", "instruction": "Wave at me"})
    driver.desk.send(Begin("wave"))
    assert driver.until(Started).instruction == "Wave at me"
    driver.say("left 5 cm")
    assert finish(driver).success
    episode = driver.run.store().load(driver.run.store().ids()[0])
    assert (episode.task, episode.meta["verdict"]) == ("wave", True)


def test_the_page_shows_why_it_stopped_and_asks_it_again(at_desk, tmp_path):
    driver = at_desk(trip_at=1)
    assert driver.until(Ready).simulated is False
    driver.begin()
    driver.say("left 5 cm")
    driver.desk.send(Say("up 5 cm"))
    assert driver.until(Stepped).step.stopped
    assert driver.until_state("stopped").reason == "protective stop: something is in the way"
    driver.desk.send(GoOn())
    assert driver.until_state("stopped").reason.endswith("(still locked)")
    assert driver.session.reason.endswith("(still locked)")
    driver.desk.send(GoOn())
    driver.until_state("listening")
    assert not driver.say("up 1 cm").refused
    assert finish(driver).success
    store = EpisodeStore(tmp_path / "run" / "episodes")
    (episode,) = [store.load(i) for i in store.ids()]
    assert [bool(s.outcome.stopped_because) for s in episode.steps] == [False, True, False]


@pytest.mark.parametrize("when", ["idle", "listening"])
def test_a_link_that_is_lost_while_nothing_moves(at_desk, tmp_path, when):
    cut = tmp_path / "cut"
    driver = at_desk(lost_while=str(cut))
    driver.until_state("idle")
    if when == "listening":
        driver.begin()
        driver.say("left 5 cm")
    cut.touch()
    state = "faulted" if when == "idle" else "stopped"
    assert "nobody answers at 192.0.2.1" in driver.until_state(state).reason
    driver.desk.send(GoOn())
    assert "nobody answers at 192.0.2.1" in driver.until_state(state).reason
    cut.unlink()
    driver.desk.send(GoOn())
    driver.until_state(when)
    if when == "idle":
        driver.begin()
    assert not driver.say("up 1 cm").refused
    assert finish(driver).steps == (2 if when == "listening" else 1)
    assert bool([e for e in driver.told if isinstance(e, Trouble)]) is (when == "idle")


def test_every_move_waits_for_a_yes_also_the_way_back(at_desk):
    driver = at_desk()
    driver.begin()
    driver.desk.send(Configure(confirm=True))
    driver.desk.send(Say("left 5 cm, then up 5 cm"))
    assert driver.until(Proposed).needs_yes
    driver.desk.send(Confirm(True))
    driver.until(Stepped)
    assert driver.until(Stepped).step.index == 1
    driver.until_state("listening")
    driver.desk.send(Undo())
    way = driver.until(Proposed)
    assert way.needs_yes
    assert way.reading.primitives[0].phrase == "down 5.0 cm"
    driver.desk.send(Confirm(False))
    assert "not confirmed" in driver.until(Asked).message
    driver.until_state("listening")
    assert len(driver.session.steps) == 2
    driver.desk.send(Undo())
    driver.until(Proposed)
    driver.desk.send(Confirm(True))
    assert driver.until(Undone).index == 1
    driver.until_state("listening")
    driver.desk.send(Redo())
    assert "up" in driver.until(Proposed).reading.primitives[0].phrase
    driver.desk.send(Confirm(True))
    assert driver.until(Stepped).step.index == 1
    assert finish(driver, success=False).success is False


def test_pictures_stay_live_while_it_rests(at_desk):
    driver = at_desk()
    driver.until_state("idle")
    driver.see_pictures(4)
    assert {frame.camera for _, frame in driver.frames} == {"scene", "wrist"}


def test_pictures_stay_live_at_every_question(at_desk):
    """Whoever asks: a sentence to be allowed, the way back of an undo, what stopped the arm."""
    driver = at_desk(trip_at=2)
    driver.begin()
    driver.desk.send(Configure(confirm=True))
    for request, made in ((Say("left 5 cm"), Stepped), (Undo(), Undone), (Redo(), Stepped)):
        driver.desk.send(request)
        driver.until(Proposed)
        driver.see_pictures(6)
        driver.desk.send(Confirm(True))
        driver.until(made)
    driver.until_state("stopped")
    driver.see_pictures(6)
    driver.desk.send(GoOn())
    driver.until_state("stopped")
    driver.desk.send(GoOn())
    driver.until_state("listening")
    finish(driver, success=False)


def test_a_link_that_is_lost_at_a_question_is_told_there(at_desk, tmp_path):
    cut = tmp_path / "cut"
    driver = at_desk(lost_while=str(cut))
    driver.begin()
    driver.desk.send(Configure(confirm=True))
    driver.desk.send(Say("left 5 cm"))
    driver.until(Proposed)
    cut.touch()
    assert "nobody answers at 192.0.2.1" in driver.until_state("stopped").reason
    cut.unlink()
    driver.desk.send(GoOn())
    driver.until_state("listening")
    assert driver.session.steps == ()
    finish(driver, success=False)


def test_it_cannot_be_reached_at_first(at_desk, tmp_path):
    cut = tmp_path / "cut"
    cut.touch()
    driver = at_desk(lost_while=str(cut))
    assert "nobody answers" in driver.until_state("faulted").reason
    cut.unlink()
    driver.desk.send(GoOn())
    assert driver.until(Became, Ready)
    driver.begin()
    assert not driver.say("up 1 cm").refused
    finish(driver)
