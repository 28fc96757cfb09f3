"""One whole episode of "Close the laptop", taught in each of several languages on a real arm."""

import pytest

from cliprt.recipe import build
from cliprt.recipe.load import load_recipe
from cliprt.registry import load
from cliprt.runtime.agents import SpokenAgent
from cliprt.runtime.loop import prepare_scene, run_episode
from cliprt.types import Attempt

SEED = 2
TAUGHT = {
    "en": """ten centimetres to the left, please / come down 10 cm / a little lower
        forward ten centimetres / again / same again / done""",
    "ko": """왼쪽으로 10센티 가 주세요 / 10cm 내려가 / 조금만 더 내려 주세요 / 앞으로 10센티미터
        한 번 더 / 한 번 더 / 끝났어요""",
    "de": """zehn Zentimeter nach links, bitte / geh 10 cm runter / noch ein bisschen tiefer
        10 cm nach vorne / nochmal / noch mal das Gleiche / fertig""",
    "es": """muévete 10 centímetros a la izquierda / baja diez centímetros / un poco más abajo
        avanza 10 cm / otra vez / otra vez / listo""",
    "fr": """décale-toi de 10 cm vers la gauche / descends de dix centimètres
        encore un peu plus bas / avance de 10 cm / encore une fois
        encore une fois / c'est fini""",
    "pt": """vai 10 centímetros para a esquerda / desce dez centímetros / um pouco mais para baixo
        avança 10 cm / de novo / mais uma vez / pronto""",
}


@pytest.fixture(scope="module")
def table():
    recipe = load_recipe("finetune_novel", ["tasks=[close_laptop]"])
    return recipe, build.build_vocabulary(recipe), build.build_robot(recipe)


@pytest.mark.parametrize("language", TAUGHT)
def test_a_laptop_is_closed_by_words_of_ones_own_language(table, language):
    recipe, vocabulary, robot = table
    said = [one.strip() for one in TAUGHT[language].replace("\n", "/").split("/")]
    spoken = load("teleoperator", "script")(said)
    task = build.build_task(recipe.tasks[0])
    agent = SpokenAgent(spoken, build.build_interpreter(recipe, vocabulary))
    attempt = Attempt(language, "close_laptop", task.instruction, SEED, "script", len(said))
    prepare_scene(task, robot, SEED)
    episode = run_episode(agent, robot, attempt, task=task)
    assert episode.success, (episode.meta, [step.supervision for step in episode.steps])
    assert [step.supervision for step in episode.steps] == said[: len(episode.steps)]
    assert [step.primitive.group for step in episode.steps] == ["y+", "z-", "z-", "x+", "x+", "x+"]
