from pathlib import Path

import pytest

from phongtrao.config import TopicsRecipe, load_config, shipped
from phongtrao.errors import UsageError

RECIPES = Path(__file__).parents[1] / "src" / "phongtrao" / "recipes"
CONFIGS = sorted((Path(__file__).parents[1] / "configs").rglob("*.yaml"))


@pytest.mark.parametrize("path", CONFIGS, ids=lambda p: p.name)
def test_every_shipped_configuration_loads(path):
    assert (RECIPES / f"train_{load_config(path).recipe}.py").is_file()


def test_overrides_reach_inside(tmp_path):
    path = tmp_path / "c.yaml"
    path.write_text("recipe: topics\nmodel:\n  C: 2\n")
    settings = load_config(path, ["model.ngrams=2", "seed=7", "data.real=null"])
    assert isinstance(settings, TopicsRecipe)
    assert (settings.model.C, settings.model.ngrams, settings.seed, settings.data.real) == (2, 2, 7, None)


@pytest.mark.parametrize(
    ("text", "overrides", "message"),
    [
        ("recipe: topics\nmodl: 1\n", [], "modl"),
        ("recipe: cooking\n", [], "recipe"),
        ("recipe: topics\n", ["model.C=-1"], "model.linear.C"),
        ("recipe: topics\n", ["model.C"], "expected key=value"),
        ("recipe: topics\n", ["seed.x=1", "seed.x.y=1"], "nothing inside"),
        ("- a\n- b\n", [], "expected keys and values"),
        ("a: [\n", [], "not a readable YAML"),
    ],
)
def test_mistakes_are_named(tmp_path, text, overrides, message):
    path = tmp_path / "c.yaml"
    path.write_text(text)
    with pytest.raises(UsageError, match=message.replace(".", r"\.")):
        load_config(path, overrides)


def test_a_missing_file_says_where_it_was_sought():
    with pytest.raises(UsageError, match=r"nowhere\.yaml not found"):
        load_config("configs/nowhere.yaml")


def test_shipped_files_are_found_from_any_folder(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    assert shipped("seeds/topics.yaml").is_file()
