"""Every figure of RESULTS.md, made again: ``make results``, or ``python experiments/results.py [section ...]``.

Each section is a command anyone can run; its table is read off what the command returns. A section that needs
data which is not on this machine (press passages, VietNews) says so instead of its figures. Sections that are
not asked for keep what RESULTS.md says of them.
"""

from __future__ import annotations

import json
import os
import re
import subprocess
import sys
import tempfile
from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from functools import partial
from pathlib import Path
from typing import Any

os.environ.setdefault("OMP_NUM_THREADS", "1")

RESULTS = Path(__file__).parent / "RESULTS.md"
INTRODUCTION = """# Results

Written by `make results`; a section alone: `python experiments/results.py SECTION`. In brackets stand 95 % intervals
(bootstrap over articles). *Seed* is the synthetic seed corpus (test: 105 articles), *press* a collection of real press
passages that is not ours to publish (test: 436 passages; the two are never averaged). Settings are chosen on validation;
the test columns are there to be read, not to be chosen by. The sections *Experiment* are of 2026-11-21, before
`seeds/press` held evidence and written passages, and before the extractive summarizer weighed groups of sentences: each
comparison is fair within itself, its absolute figures are not today's.
"""


class NotMeasuredError(Exception):
    """A section needs runs of hours that have not been made here; what stands of it is kept."""


def reading() -> str:
    """Return what pages of held-out articles are read as."""
    from phongtrao.config import load_config
    from phongtrao.recipes.train_reading import run

    metrics = run(load_config("configs/reading.yaml", ["tracking.enabled=false"]))["metrics"]
    columns = ("passage_precision", "passage_recall", "title", "lead", "date", "author")
    rows = [
        [split.removeprefix("seed_"), pages, *(number(figures[c]) for c in columns)]
        for split in ("seed_validation", "seed_test")
        for pages, figures in metrics[split].items()
    ]
    return "`phongtrao train configs/reading.yaml`\n\n" + table(
        ["split", "pages", *(c.replace("_", " ") for c in columns)], rows
    )


VARIANTS: Mapping[str, Sequence[str]] = {
    "whole passages": ("model.pooling=passage", "model.sentence_weight=0"),
    "whole passages, marked sentences in training": ("model.pooling=passage",),
    "best sentence": ("model.pooling=sentence",),
    "both": (),
    "both, pyvi words": ("model.segmenter=pyvi",),
    "both, underthesea words": ("model.segmenter=underthesea",),
    "both, seed corpus alone": ("data.real=null",),
}


def variants() -> str:
    """Return the linear variants on validation and on test."""
    from phongtrao.config import DataSettings, load_config
    from phongtrao.corpus import load_dataset
    from phongtrao.topics.evaluation import evaluate_topics
    from phongtrao.topics.fitting import fit_topic_model

    everything = load_dataset(DataSettings())
    rows = []
    for name, overrides in VARIANTS.items():
        settings = load_config("configs/topics/linear.yaml", overrides)
        model = fit_topic_model(settings, load_dataset(settings.data))
        cells = []
        for split in ("validation", "test"):
            for articles in (everything.seed[split], everything.press[split]):
                figures = evaluate_topics(model, articles).metrics["passages"] if articles else None
                cells.append(figure(figures["macro_f1"]) if figures else "no data here")
        rows.append([name, *cells])
    return (
        "`phongtrao train configs/topics/linear.yaml [model.pooling=passage …]`: macro-F1 of passages, linear model, "
        "thresholds from cross-fitted training passages and validation. Pooling was chosen before the other settings and on fewer data; on these, no variant is ahead of *both* on either validation split by more than the intervals allow.\n\n"
        + table(["variant", "seed validation", "press validation", "seed test", "press test"], rows)
    )


def topics() -> str:
    """Return every figure of the shipped model on the test splits."""
    from phongtrao.analyser import SHIPPED_TOPICS
    from phongtrao.config import DataSettings
    from phongtrao.corpus import load_dataset
    from phongtrao.topics.evaluation import evaluate_topics
    from phongtrao.topics.model import TopicModel

    data, model = load_dataset(DataSettings()), TopicModel.load(SHIPPED_TOPICS)
    parts = [
        "The model that `load()` opens (`phongtrao train configs/topics/ensemble.yaml`), on the test splits: `python experiments/results.py topics`"
    ]
    for name, articles in (("seed test", data.seed["test"]), ("press test", data.press["test"])):
        if not articles:
            parts.append(f"**{name}**: no data here")
            continue
        result = evaluate_topics(model, articles)
        passages = result.metrics["passages"]
        rows = [["macro", figure(passages["macro_f1"]), "", "", figure(passages["calibration"]["ece"]), ""]]
        for topic, f in passages["topics"].items():
            cells = [figure(f[m]) for m in ("f1", "precision", "recall")]
            error = figure(passages["calibration"]["topics"][topic])
            rows.append([topic, *cells, error, str(f["carried"])])
        head = [name, "F1", "precision", "recall", "calibration error", "passages that carry it"]
        parts.append(table(head, rows))
        parts += _article_lines(result.metrics)
        slices = [[s["by"], s["slice"], str(s["passages"]), figure(s["macro_f1"])] for s in result.slices]
        parts.append(table(["slice by", "", "passages", "macro-F1"], slices))
    return "\n\n".join(parts)


def _article_lines(metrics: Mapping[str, Any]) -> list[str]:
    if "articles" not in metrics:
        return []
    a, evidence = metrics["articles"], metrics["evidence"]
    return [
        f"Articles: macro-F1 {figure(a['macro_f1'])}, primary topic right {figure(a['primary_accuracy'])}. "
        f"Marked uncertain: {figure(a['uncertain_share'])}; wrong in a topic: "
        f"{figure(a['error_where_uncertain'])} of those, {figure(a['error_elsewhere'])} of the others. Evidence sentences: F1 {figure(evidence['f1'])}, precision "
        f"{figure(evidence['precision'])}, recall {figure(evidence['recall'])}."
    ]


def cascade() -> str:
    """Return what the cascade of the shipped model loses and saves."""
    script = "experiments/bench/cascade.py"
    printed = subprocess.run([sys.executable, script], capture_output=True, text=True, check=True).stdout
    rows = []
    for line in printed.splitlines():
        told = json.loads(line)
        macro = (f"{told[name]:.3f}" for name in ("full", "cascade", "cheap_alone"))
        lost = "{value:.4f} [{low:.4f}, {high:.4f}]".format(**told["lost"])
        rows.append(
            [told["set"], *macro, lost, f"{told['changed']} of {told['passages']}", f"{told['asked']:.0%}"]
        )
    heads = [
        "set",
        "encoder always",
        "cascade",
        "linear scorer alone",
        "cascade loses",
        "passages told otherwise",
        "asked of the encoder",
    ]
    return (
        f"`python {script}`: the shipped model against itself, macro-F1 of passages. The cascade's limit was fitted on validation, so "
        "that at most 0.003 is lost there.\n\n" + table(heads, rows)
    )


def encoders(measured: Path = Path("runs/encoders")) -> str:
    """Return what pretraining brings to encoders fine-tuned as topic models, from figures that are there."""
    files = sorted(measured.glob("*.json"))
    if not files:
        raise NotMeasuredError(f"{measured} holds no figures: run experiments/encoders.py first, a few hours")
    runs = [json.loads(file.read_text("utf-8")) for file in files]
    splits = ("seed_validation", "press_validation", "seed_test", "press_test")
    rows = []
    for start in dict.fromkeys(run["start"] for run in runs):
        own = [run for run in runs if run["start"] == start]
        for kind in ("encoder", "ensemble"):
            cells = []
            for split in splits:
                f1 = [run["figures"][kind][split]["passages"]["macro_f1"]["value"] for run in own]
                cells.append(f"{sum(f1) / len(f1):.3f} ({min(f1):.3f}-{max(f1):.3f})")
            minutes = sum(run["seconds"] for run in own) / len(own) / 60
            name = Path(start).name
            rows.append([name, kind, ", ".join(str(run["seed"]) for run in own), *cells, f"{minutes:.0f}"])
    rows.append(["(none)", "linear alone", "0", *_linear_alone(splits), "1"])
    head = ["start", "model", "seeds", *(split.replace("_", " ") for split in splits), "minutes of training"]
    return (
        "`python experiments/encoders.py runs/encoders START ...` (settings: `configs/topics/ensemble.yaml`): macro-F1 of passages, int8 weights; "
        "mean over seeds, in brackets lowest and highest seed. *ensemble* is the encoder with the linear model. "
        "`phongtrao-mini` is `phongtrao train configs/pretrain.yaml`, `phongtrao-mini-start` the same network before its first step "
        "(`... minutes=null steps=1 learning_rate=1e-9 name=phongtrao-mini-start`).\n\n"
        + table(head, rows)
        + "\n\nThe model that ships is seed 0, named before any was trained; on press test it is the highest of the three, so expect the mean. "
        "Validation figures of encoders flatter: calibration and early stopping saw them. Minutes are of a busy machine, one run was paused for a while."
        + _int8(measured / "phongtrao-mini.0.onnx")
    )


def _linear_alone(splits: Sequence[str]) -> list[str]:
    from phongtrao.config import load_config
    from phongtrao.corpus import load_dataset
    from phongtrao.topics.evaluation import evaluate_topics
    from phongtrao.topics.fitting import fit_topic_model

    settings = load_config("configs/topics/linear.yaml", [])
    data = load_dataset(settings.data)
    model = fit_topic_model(settings, data)
    cells = []
    for split in splits:
        source, part = split.split("_")
        articles = getattr(data, source)[part]
        found = (
            evaluate_topics(model, articles, bootstrap=0).metrics["passages"]["macro_f1"]
            if articles
            else None
        )
        cells.append(f"{found['value']:.3f}" if found else "no data here")
    return cells


def _int8(full: Path) -> str:
    if not full.exists():
        return ""
    words = [
        "experiments/bench/int8.py",
        "configs/topics/ensemble.yaml",
        "--model",
        "src/phongtrao/weights/topics",
    ]
    ran = subprocess.run(
        [sys.executable, *words, "--full", str(full)], capture_output=True, text=True, check=True
    )
    rows = [json.loads(line) for line in ran.stdout.splitlines()]
    cells = [
        [
            r["set"],
            f"{r['float32']:.3f}",
            f"{r['int8']:.3f}",
            figure(r["lost"]),
            f"{r['changed']} of {r['passages']}",
        ]
        for r in rows
    ]
    return f"\n\nWhat int8 costs the model that ships: `python {' '.join(words)} --full {full}`\n\n" + table(
        ["on", "float32", "int8", "lost", "passages said otherwise"], cells
    )


def vntc() -> str:
    """Return the linear model of ten topics on a held-out tenth of VNTC's training file."""
    from phongtrao.config import load_config
    from phongtrao.recipes.train_one_topic import run

    if not Path("../shared/data/vntc/train.parquet").exists():
        return "VNTC is not on this machine."
    metrics = run(load_config("configs/topics/vntc-linear.yaml", ["tracking.enabled=false"]))["metrics"]
    names = {"held_test": "held-out tenth", "held_distinct_test": "without near-duplicates of training"}
    rows = [
        [
            names.get(name, name),
            str(m["passages"]["count"]),
            *(figure(m["passages"][k]) for k in ("accuracy", "macro_f1")),
        ]
        for name, m in metrics.items()
    ]
    return (
        "`phongtrao train configs/topics/vntc-linear.yaml`: VNTC's official training file, a tenth held out by id. The official "
        "test file is not at hand here; `phongtrao evaluate topics FILE.parquet --model FOLDER` measures it.\n\n"
        + table(["on", "articles", "accuracy", "macro-F1"], rows)
    )


def vntc_encoder(folder: Path = Path("runs/vntc-encoder")) -> str:
    """Return what the model card of the encoder of ten topics says; it is trained where there is none."""
    if not (folder / "README.md").exists():
        if not Path("../shared/data/vntc/train.parquet").exists():
            return "VNTC is not on this machine."
        command = ["train", "configs/topics/vntc-encoder.yaml", f"out={folder}"]
        subprocess.run([sys.executable, "-m", "phongtrao", *command], stdout=subprocess.DEVNULL, check=True)
    card = (folder / "README.md").read_text("utf-8")
    measured = card.partition("## Measured")[2].partition("##")[0].strip()
    return (
        f"`phongtrao train configs/topics/vntc-encoder.yaml out={folder}`: phongtrao-mini, fine-tuned on a tenth of the training part, "
        "the first 128 tokens of each article, 3 epochs, 8 minutes on one busy core; measured on the same held-out tenth as the linear model, "
        f"which learned from the whole. It is behind; with a GPU: `share=1 model.windows=4`, not tried yet.\n\n{measured}"
    )


def summaries() -> str:
    """Return both summarizers on every set."""
    from phongtrao.config import load_config
    from phongtrao.recipes.train_summary import run

    outcome = run(load_config("configs/summary/extractive.yaml", ["tracking.enabled=false"]))["metrics"]
    return (
        "`phongtrao train configs/summary/extractive.yaml`: ROUGE F1 in percent, on two scales that must never be mixed "
        "(*syllable*: Unicode syllables; *default*: rouge_score's own tokenizer, on which published figures live).\n\n"
        + rouge_table("extractive", outcome)
    )


def abstractive(folder: Path = Path("runs/abstractive-cpu")) -> str:
    """Return what a decoder taught on a CPU writes, measured as the extractive summarizer is."""
    from phongtrao.config import load_config
    from phongtrao.recipes.train_summary import gather
    from phongtrao.summary import load_summarizer
    from phongtrao.summary.evaluation import evaluate_articles, measure

    name = "configs/summary/abstractive-cpu.yaml"
    if not folder.is_dir():
        raise NotMeasuredError(f"{folder} is not there: phongtrao train {name} out={folder}, two hours")
    summarizer = load_summarizer(str(folder))
    settings = load_config(name, ["train_articles=0"])
    outcome, ways = {}, []
    for held, articles in gather(settings).sets.items():
        measured = measure(articles, summarizer)
        outcome[held] = evaluate_articles(
            articles, summarizer, bootstrap=settings.bootstrap, seed=settings.seed, measured=measured
        )
        counted = Counter(measured.ways).most_common()
        ways.append([held.replace("_", " "), ", ".join(f"{way} {count}" for way, count in counted)])
    return (
        f"`phongtrao train {name} out={folder}`, on one core: what the way to abstractive summaries gives where no GPU is at "
        "hand. It does not ship; the extractive summarizer, above, does.\n\n"
        + rouge_table("abstractive-cpu", outcome)
        + "\n\nHow summaries came about: *written* as the network wrote them; *rewritten* with what the article does "
        "not bear out forbidden; *mended*, a sentence replaced or left out; *extracted*, nothing of the network's left.\n\n"
        + table(["set", "summaries"], ways)
    )


def rouge_table(system: str, outcome: Mapping[str, Any]) -> str:
    """Return ROUGE on both scales of a summarizer and of lead-2, and what was invented."""
    scales = [f"rouge{n}_{scale}" for scale in ("syllable", "default") for n in ("1", "2", "L")]
    rows = []
    for name, measured in outcome.items():
        for which, metrics in ((system, measured["metrics"]), ("lead-2", measured["lead-2"])):
            cells = [figure(metrics[s], scale=100) for s in scales]
            rows.append([name.replace("_", " "), which, *cells, f"{metrics['words']['value']:.0f}"])
    heads = [s.replace("rouge", "R").replace("_", " ") for s in scales]
    missing = {name: measured["missing_numbers"] for name, measured in outcome.items()}
    return (
        table(["set", "system", *heads, "words"], rows)
        + f"\n\nNumbers in summaries that their article lacks: {missing}."
    )


def experiment(name: str) -> str:
    """Run what has not run yet of an experiment, and return its comparison, run ids and figures."""
    here = Path(__file__).parent
    file, figures = f"experiments/{name}.yaml", here / "figures" / name
    with tempfile.TemporaryDirectory() as folder:
        written = Path(folder) / "comparison.md"
        for command in (
            ["experiment", file],
            ["compare", file, "--out", str(written), "--plots", str(figures)],
        ):
            subprocess.run(
                [sys.executable, "-m", "phongtrao", *command], stdout=subprocess.DEVNULL, check=True
            )
        comparison = written.read_text(encoding="utf-8")
    lines = "".join(f"phongtrao {c} {file}\n" for c in ("experiment", "compare"))
    pictures = "\n".join(
        f"![{picture.stem.replace('_', ' ')}](figures/{name}/{picture.name})"
        for picture in sorted(figures.glob("*.png"))
    )
    note = "Seconds and articles/s depend on the machine's load."
    return f"```sh\n{lines}```\n\n{note}\n\n{comparison.strip()}\n\n{pictures}"


def throughput(measured: Path = Path("runs/bench/throughput.json")) -> str:
    """Return phongtrao's speed against what one would write oneself; measured now where it has not been."""
    script = "experiments/bench/throughput.py"
    if not measured.exists():
        subprocess.run([sys.executable, script, "--json", str(measured)], check=True)
    result = json.loads(measured.read_text("utf-8"))
    machine, settings = result["machine"], result["settings"]
    given = " ".join(f"--{name.replace('_', '-')} {settings[name]}" for name in ("rounds", "peer_articles"))
    busy = (
        f" Other work took {machine['load_before']} cores: read the ratios."
        if machine["load_before"] > 0.5
        else ""
    )
    versions = ", ".join(f"{name} {version}" for name, version in machine["versions"].items())
    return (
        f"`python {script} --sizes {' '.join(settings['sizes'])} {given}` on {machine['cores']} cores ({machine['processor']}); {versions}.{busy}\n\n"
        f"phongtrao: raw pages ({result['page_bytes'] / 1000:.1f} kB each) to topics with evidence, from the command's start to its end. "
        "Peers: the articles' text, taken out of its page beforehand, timed once everything is loaded and warm; their encoders have the size of PhoBERT-base "
        f"({settings['layers']} × {settings['width']}, random weights) and read the first 256 tokens; underthesea segments in a process a core. All favours the peers. "
        "× (a): articles/s against (a), round by round; in brackets lowest and highest round. core-h: processor time. First result: of one page or article, from a cold start. "
        "Peak MB: resident, shared pages counted once a process.\n\n"
        + table(result["table"]["head"], result["table"]["rows"])
        + "\n"
        + "".join(f"\n- {line}" for line in result["findings"])
    )


def growth(measured: Path = Path("runs/bench/growth.json")) -> str:
    """Return what a large collection costs against a small one; not articles a second, as the run is long."""
    command = (
        "python experiments/bench/throughput.py --sizes 1000 100000 --workers 2 --rounds 1 --peer-articles 4 "
        f"--limit-minutes 240 --json {measured}"
    )
    if not measured.exists():
        raise NotMeasuredError(f"{measured} is not there: {command}, half an hour")
    told = [m for m in json.loads(measured.read_text("utf-8"))["measurements"] if "phongtrao" in m["system"]]
    rows = [
        [
            f"{m['articles']:,}",
            f"{1000 * m['cpu_seconds'] / m['articles']:.1f}",
            f"{m['memory_megabytes']:.0f}",
        ]
        for m in told
    ]
    return (
        f"`{command}`, beside other work, which took most of the processor and made the run pause: processor time and memory "
        "are told, not articles a second.\n\n"
        + table(["articles", "processor ms an article, start-up included", "peak MB"], rows)
    )


def bench() -> str:
    """Return what the benchmarks print on this machine."""
    parts = [f"`make bench` on {os.cpu_count()} cores."]
    for script in ("reading.py", "commands.py", "summary.py"):
        ran = subprocess.run(
            [sys.executable, Path(__file__).parent / "bench" / script],
            capture_output=True,
            text=True,
            check=True,
        )
        parts.append(f"`python experiments/bench/{script}`\n\n```text\n{ran.stdout.strip()}\n```")
    return "\n\n".join(parts)


SECTIONS: Mapping[str, tuple[str, Callable[[], str]]] = {
    "reading": ("Reading", reading),
    "variants": ("Topics: how passages and sentences are put together", variants),
    "topics": ("Topics: the shipped model", topics),
    "cascade": ("Topics: what the cascade loses", cascade),
    "encoders": ("Topics: what pretraining brings", encoders),
    "vntc": ("One topic of ten: VNTC", vntc),
    "vntc-encoder": ("One topic of ten: VNTC with an encoder", vntc_encoder),
    "summaries": ("Summaries", summaries),
    "abstractive": ("Summaries: a decoder taught on a CPU", abstractive),
    "compare-topics": ("Experiment: topics", partial(experiment, "topics")),
    "compare-ablations": ("Experiment: ablations", partial(experiment, "ablations")),
    "compare-summary": ("Experiment: summaries", partial(experiment, "summary")),
    "throughput": ("Speed against what one would write oneself", throughput),
    "growth": ("Speed: 100,000 articles", growth),
    "bench": ("Speed and memory", bench),
}


def figure(value: Mapping[str, float], *, scale: int = 1) -> str:
    """Return ``0.903 [0.878, 0.925]``."""
    digits = 1 if scale > 1 else 3
    text = f"{value['value'] * scale:.{digits}f}"
    if "low" in value:
        text += f" [{value['low'] * scale:.{digits}f}, {value['high'] * scale:.{digits}f}]"
    return text


def number(value: Any) -> str:
    """Return a share, with the number of cases where it is given."""
    return figure(value) if isinstance(value, Mapping) else f"{value:.3f}"


def table(head: Sequence[str], rows: Sequence[Sequence[str]]) -> str:
    """Return a Markdown table."""
    lines = [head, ["---"] * len(head), *rows]
    return "\n".join(f"| {' | '.join(cells)} |" for cells in lines)


def main(wanted: Sequence[str]) -> None:
    """Write the sections named, all without a name."""
    unknown = set(wanted) - set(SECTIONS)
    if unknown:
        raise SystemExit(f"no section {', '.join(sorted(unknown))}; there are {', '.join(SECTIONS)}")
    kept = (
        dict(re.findall(r"^## (.+?)\n\n(.*?)(?=\n^## |\Z)", RESULTS.read_text("utf-8"), re.M | re.S))
        if (RESULTS.exists())
        else {}
    )
    for key, (title, measure) in SECTIONS.items():
        if not wanted or key in wanted:
            print(f"{key} ...", file=sys.stderr, flush=True)
            try:
                kept[title] = measure()
            except NotMeasuredError as error:
                print(f"{key} stays as it is: {error}", file=sys.stderr, flush=True)
    body = "\n\n".join(f"## {t}\n\n{kept[t].strip()}" for t, _ in SECTIONS.values() if t in kept)
    RESULTS.write_text(f"{INTRODUCTION}\n{body}\n", encoding="utf-8")


if __name__ == "__main__":
    main(sys.argv[1:])
