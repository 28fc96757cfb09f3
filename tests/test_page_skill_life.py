"""A skill of one's own lives as any other task: killed and gone on with, trained, tried, judged."""

from __future__ import annotations

import os
import signal

import pytest
from desk_driver import Driver
from page_training_samples import small_recipe
from test_page_training import train_to_the_end

from cliprt.errors import UsageError
from cliprt.page.attempts import to_page_recipe
from cliprt.page.episodes import count_taught, list_episodes
from cliprt.page.messages import Asked, Begin, Ended, Finish, Proposed, Say, Started
from cliprt.page.training import Trainer
from cliprt.page.training_process import augment_judged
from cliprt.page.tries import Tries, count_tries
from cliprt.page.views.training import count
from cliprt.stages.augment import augment
from cliprt.stages.collect import find_taught
from cliprt.stages.run_folder import RunFolder
from cliprt.stages.skills import save_skill, with_skills

LIFT = {
    "name": "skill",
    "as": "lift",
    "instruction": "Lift the hand",
    "scene": [{"thing": "mug", "at": [0.6, 0.1]}],
}
SAID = ("up 5 cm", "left 5 cm", "up 2 cm")


def teach(driver, begin):
    driver.desk.send(begin)
    driver.until(Started)
    for sentence in SAID:
        driver.say(sentence)
    driver.desk.send(Finish(True))
    return driver.until(Ended)


def test_a_desk_that_was_killed_goes_on_with_the_skill_that_was_brought_meanwhile(tmp_path):
    with Driver(to_page_recipe(small_recipe()), tmp_path) as driver:
        driver.until_state("idle")
        save_skill(driver.run, LIFT)
        driver.desk.send(Begin("lift"))
        started = driver.until(Started)
        made = driver.say(SAID[0])
        os.kill(driver.desk.pid, signal.SIGKILL)
        again = driver.until(Started)
        assert (again.episode, again.steps) == (started.episode, (made,))
        driver.until_state("listening")
        # Said meanwhile when it is done: what was taught keeps its name, and success is seen.
        save_skill(driver.run, {**LIFT, "goal": "the mug is moved"})
        driver.desk.send(Finish(True))
        assert driver.until(Ended).success
        driver.until_state("idle")
        driver.desk.send(Begin("lift"))
        assert driver.until(Started).seed == started.seed + 1
        driver.say(SAID[0])
        driver.desk.send(Finish(True))
        asked = driver.until(Asked)  # the goal knows better
        assert asked.message.startswith("I do not see that it is done")
        driver.desk.send(Say(asked.offers[0]))
        assert not driver.until(Ended).success
    recipe = with_skills(driver.recipe, driver.run)
    assert count_taught(recipe, list_episodes(driver.run.store()))["lift"] == 1


@pytest.mark.slow
def test_a_skill_that_a_person_judges_is_trained_tried_and_judged(tmp_path):
    recipe = to_page_recipe(small_recipe())
    run = RunFolder(tmp_path)
    save_skill(run, LIFT)
    with Driver(recipe, tmp_path) as driver:
        driver.until_state("idle")
        assert teach(driver, Begin("lift")).success
        trainer = Trainer(recipe, run)
        trainer.start("taught")
        done = train_to_the_end(trainer)
        assert (done.state, done.error, done.learnt.episodes) == ("finished", "", 1)
        driver.until_state("idle")
        learnt = done.learnt
        driver.desk.send(Begin("lift", checkpoint=learnt.checkpoint, policy=learnt.policy))
        assert driver.until(Started).policy == learnt.policy
        driver.until(Proposed)
        driver.desk.send(Finish(True))
        assert driver.until(Ended).success
    counted = count_tries(with_skills(recipe, run), run.store(), learnt.policy)
    assert counted["lift"] == Tries(tries=1, alone=1)


def test_what_only_a_person_can_judge_is_kept_measured_and_learned_from_as_it_is(tmp_path):
    with Driver(to_page_recipe(small_recipe()), tmp_path) as driver:
        driver.until_state("idle")
        save_skill(driver.run, LIFT)
        ended = teach(driver, Begin("lift"))
        run, episode = driver.run, driver.run.store().load(ended.episode)
    assert [step.supervision for step in episode.steps] == list(SAID)
    assert set(episode.meta["facts"]["end"]["things"]) == {"mug"}
    assert episode.meta["verdict"] is True
    recipe = with_skills(to_page_recipe(small_recipe("augmenters=[std]")), run)
    taught = find_taught(recipe, run)
    assert taught.all_ids == (episode.id,)
    with pytest.raises(UsageError, match="'lift' has no goal"):
        augment(recipe, run, taught)
    assert augment_judged(recipe, run, taught).tried == 0
    assert count(recipe, run, "").unjudged == ("Lift the hand",)  # which the page then says
