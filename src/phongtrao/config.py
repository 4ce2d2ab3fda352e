"""Typed settings of everything one can train; every default lives here and nowhere else.

A configuration is a YAML file whose ``recipe`` names one of the recipes below; ``key=value`` overrides (dots
reach inside: ``model.C=4``) are laid over it. Unknown keys are refused.
"""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Annotated, Any, Literal, Self

import yaml
from pydantic import (
    BaseModel,
    BeforeValidator,
    ConfigDict,
    Field,
    TypeAdapter,
    ValidationError,
    model_validator,
)

from phongtrao.errors import UsageError


class Settings(BaseModel):
    """Base of all settings: frozen, no unknown keys."""

    model_config = ConfigDict(extra="forbid", frozen=True)


class DataSettings(Settings):
    """Where labelled text comes from."""

    seeds: Path = Path("seeds")
    """Folder of the seed corpus; looked up in the working folder, then beside the package."""
    real: Path | None = Path("../shared/real/passages.jsonl")
    """Labelled press passages used beside the seed corpus; passed over where the file is absent."""
    extra: tuple[Path, ...] = ()
    """The user's own labelled articles (seed corpus schema), added to training."""
    learn_press: bool = True
    """Learn from press passages too; where not, they are measured on alone."""
    written: bool = True
    """Learn from the invented passages in the press's register, ``press/written.jsonl`` of the seeds."""
    labels: bool = True
    """Learn, beside press passages, from those that ``press/labels.jsonl`` of the seeds names."""
    collections: Path = Path("../shared/data")
    """Folder of the collections that ``labels`` names passages of; without it they are passed over."""
    fraction: float = Field(1.0, gt=0, le=1)
    """Part of each slice's training articles learned from, chosen by id; a larger part holds a smaller."""


class TrackingSettings(Settings):
    """Where a run is recorded."""

    experiment: str = "phongtrao"
    """MLflow experiment; the server is MLFLOW_TRACKING_URI, else ``sqlite:///mlflow.db``."""
    run_name: str | None = None
    enabled: bool = True
    tags: dict[str, str] = {}
    """Further tags of the run; an experiment finds its runs by them."""


class SourceWeights(Settings):
    """What a passage to learn from weighs, by where it comes from; one of the seed corpus weighs 1."""

    real_weight: float = Field(1.0, ge=0)
    """Of a labelled press passage."""
    labels_weight: float = Field(1.0, ge=0)
    """Of a further press passage (``DataSettings.labels``)."""
    written_weight: float = Field(1.0, ge=0)
    """Of an invented passage in the press's register (``DataSettings.written``)."""

    def weight(self, source: str) -> float:
        """Return what a passage of this source weighs."""
        return {
            "press": self.real_weight,
            "labels": self.labels_weight,
            "written": self.written_weight,
        }.get(source, 1.0)


class LinearSettings(SourceWeights):
    """TF-IDF over syllable n-grams and one logistic regression a topic."""

    kind: Literal["linear"] = "linear"
    segmenter: Literal["syllables", "pyvi", "underthesea"] = "syllables"
    """What a token is: written syllables, or words by a segmenter."""
    ngrams: int = Field(2, ge=1, le=5)
    """Longest n-gram, in tokens."""
    min_articles: int = Field(2, ge=1)
    """Rarer n-grams (counted in passages) are left out."""
    loss: Literal["logistic", "squared_hinge"] = "logistic"
    """Of each topic's classifier; ``squared_hinge`` (a linear SVM) is the faster one on many long texts."""
    C: float = Field(8.0, gt=0)
    """Inverse regularization strength."""
    dimensions: int | None = Field(None, ge=2)
    """Learn on static vectors instead: n-grams in so many latent dimensions (truncated SVD), summed."""
    pooling: Literal["passage", "sentence", "both"] = "both"
    """Score whole passages, the best of their sentences, or both, weighed by calibration."""
    title_weight: float = Field(0.0, ge=0)
    """Weight of the first line's tokens, counted apart beside the text; 0 counts them with the text alone."""
    sentence_weight: float = Field(0.3, ge=0)
    """Weight of a sentence with marked evidence against a passage in training; 0 trains on passages alone."""
    real_weight: float = Field(2.0, ge=0)


class EncoderSettings(SourceWeights):
    """A transformer encoder, fine-tuned on passages and on their sentences in context."""

    kind: Literal["encoder"] = "encoder"
    start: str = "vinai/phobert-base"
    """Name on the model hub, or a folder with weights and tokenizer."""
    layers: int | None = Field(None, ge=1)
    """Keep this many layers, evenly spread; None keeps all."""
    window_tokens: int = Field(256, ge=16, le=2048)
    """Passages are read in windows of whole sentences, each at most this long."""
    read_tokens: int | None = Field(None, ge=16)
    """Longest window once trained; None the same. In shorter ones fewer neighbours drown the only telling
    sentence of a long passage."""
    windows: int | None = Field(None, ge=1)
    """Read only the first so many windows of a text; None reads it all."""
    batch_tokens: int = Field(4096, ge=16)
    """Tokens in a training batch, padding included."""
    epochs: float = Field(5.0, gt=0)
    learning_rate: float = Field(1e-4, gt=0)
    """Of the heads and the last layer."""
    layer_decay: float = Field(0.9, gt=0, le=1)
    """Each layer below learns this much slower than the one above."""
    warmup: float = Field(0.1, ge=0, le=1)
    """Part of the steps in which the learning rate rises."""
    weight_decay: float = Field(0.01, ge=0)
    dropout: float = Field(0.1, ge=0, lt=1)
    sentence_loss: float = Field(0.5, ge=0)
    """Weight of the loss on single sentences whose evidence is marked."""
    positive_weight: float = Field(0.5, ge=0, le=1)
    """Exponent of (not carried / carried) by which a carried topic weighs more: 0 not, 1 in balance."""
    lengthened: int = Field(0, ge=0)
    """Learn also from so many long passages, made of marked ones and of sentences that carry nothing."""
    patience: int = Field(2, ge=1)
    """Stop after this many epochs without a better validation loss."""
    precision: Literal["float32", "bfloat16"] = "bfloat16"
    """Of training's matrix products."""


class EnsembleSettings(Settings):
    """Linear and encoder together; calibration learns how far to trust each."""

    kind: Literal["ensemble"] = "ensemble"
    linear: LinearSettings = LinearSettings()
    encoder: EncoderSettings = EncoderSettings()
    cascade_lost: float | None = Field(0.003, ge=0)
    """The encoder is asked only about passages where the linear model alone puts much at risk: how likely it
    decides otherwise than both, by what that moves macro-F1. On validation, leaving the others to the linear
    model loses at most so much macro-F1. None always asks both."""


def _linear_by_default(model: Any) -> Any:
    """Take settings that name no kind for the linear model's, so that ``model.C=8`` is enough."""
    return {"kind": "linear", **model} if isinstance(model, dict) else model


TopicModelSettings = Annotated[
    Annotated[LinearSettings | EncoderSettings | EnsembleSettings, Field(discriminator="kind")],
    BeforeValidator(_linear_by_default),
]


class TopicsRecipe(Settings):
    """Train, evaluate and record a topic model (``recipe: topics``)."""

    recipe: Literal["topics"] = "topics"
    name: str = "linear"
    """Name of the model, as rows and runs carry it."""
    seed: int = 0
    data: DataSettings = DataSettings()
    model: TopicModelSettings = LinearSettings()
    bootstrap: int = Field(1000, ge=0)
    """Resamples behind each 95 % interval."""
    out: Path | None = None
    """Also keep the model folder here."""
    tracking: TrackingSettings = TrackingSettings()


class OneTopicRecipe(Settings):
    """Train, evaluate and record a model for texts of exactly one topic each (``recipe: one_topic``)."""

    recipe: Literal["one_topic"] = "one_topic"
    name: str = "vntc-linear"
    seed: int = 0
    train: Path = Path("../shared/data/vntc/train.parquet")
    """Parquet file with columns ``id``, ``label`` and ``text``; its labels, sorted, are the topics."""
    test: Path | None = None
    """Such a file to measure on; None holds out a tenth of each topic of ``train``, chosen by id."""
    share: float = Field(1.0, gt=0, le=1)
    """Part of what is not held out to learn from, chosen by id."""
    model: TopicModelSettings = LinearSettings()
    bootstrap: int = Field(1000, ge=0)
    """Resamples behind each 95 % interval."""
    out: Path | None = None
    """Also keep the model folder here."""
    tracking: TrackingSettings = TrackingSettings()


class LeadSettings(Settings):
    """The first sentences of the article."""

    kind: Literal["lead"] = "lead"
    sentences: int = Field(2, ge=1)


class ExtractiveSettings(Settings):
    """Whole sentences of the article: a linear scorer weighs each, boosted trees weigh groups of the best.

    The values were tuned on the training and validation articles of the seed corpus and on VietNews training
    articles that were held out.
    """

    kind: Literal["extractive"] = "extractive"
    min_words: int = Field(35, ge=1)
    """A ``standard`` summary is at least this long where the article allows it (words are syllables)."""
    max_words: int = Field(90, ge=1)
    redundancy: float = Field(0.6, ge=0, le=1)
    """Sentences whose cosine with a chosen one is higher are left out."""
    length_pull: float = Field(18.0, gt=0)
    """Words of reference imagined when a sentence is weighed: more prefers longer ones."""
    topic_weight: float = Field(0.01, ge=0)
    """Added to the score of a sentence that carries a topic, twice where it is the primary one; and to that
    of a group, by the part of it that does. Seed validation, syllable ROUGE-1: 39.3 with 0, 40.2 with 0.01,
    38.5 with 0.05."""
    seed_weight: float = Field(4.0, ge=0)
    """Training weight of a seed article against a VietNews article, for the scorer of sentences."""
    alpha: float = Field(0.001, gt=0)
    """Strength of its ridge penalty on features."""
    terms: int = Field(1000, ge=0)
    """So many of the commonest syllables and pairs of syllables have a weight of their own in it."""
    term_alpha: float = Field(0.01, gt=0)
    """Strength of the penalty on those."""
    ranker_seed_weight: float = Field(8.0, ge=0)
    """Training weight of a seed article for the ranker of groups."""
    trees: int = Field(150, ge=0)
    """Of the ranker; 0 adds sentences one by one instead."""
    leaves: int = Field(15, ge=2)
    """Of each tree, at most."""

    @model_validator(mode="after")
    def _in_order(self) -> Self:
        if self.min_words > self.max_words:
            raise ValueError(f"min_words {self.min_words} is over max_words {self.max_words}")
        return self


class AbstractiveSettings(Settings):
    """A summary in the model's own words, by an encoder-decoder; what it says is held against the article.

    One of ``epochs``, ``steps`` and ``minutes`` says how long it learns from VietNews; the seed corpus comes
    after that.
    """

    kind: Literal["abstractive"] = "abstractive"
    start: str = "../shared/weights/multilingual-e5-small-vi"
    """Folder or hub name: an encoder (BERT, RoBERTa, PhoBERT), which gets a decoder made of its own layers,
    or a whole encoder-decoder (``vinai/bartpho-syllable``, ``VietAI/vit5-base``)."""
    start_card: str = ""
    """The published model and licence behind ``start``, named in the model card."""
    encoder_layers: int | None = Field(6, ge=1)
    """Keep this many layers of an encoder, evenly spread; None keeps all."""
    decoder_layers: int = Field(3, ge=1)
    """Layers of the decoder that an encoder gets."""
    input_tokens: int = Field(512, ge=32, le=4096)
    """Of a longer article: title, lead and the sentences that the extractive scorer thinks most of."""
    target_tokens: int = Field(128, ge=8)
    """References are cut here, and no summary gets longer."""
    min_words: int = Field(35, ge=1)
    """A ``standard`` summary has about so many at least where the article allows it (words are syllables)."""
    max_words: int = Field(90, ge=1)
    beams: int = Field(4, ge=1)
    length_penalty: float = 1.0
    """Exponent of the length by which a beam's score is divided: more makes summaries longer."""
    repeat_ban: int = Field(4, ge=0)
    """No so many tokens stand twice in a summary; 0 allows it."""
    rounds: int = Field(2, ge=0)
    """How often a summary is decoded again without what its article does not bear out."""
    epochs: float | None = Field(3.0, gt=0)
    steps: int | None = Field(None, ge=1)
    minutes: float | None = Field(None, gt=0)
    learning_rate: float = Field(3e-4, gt=0)
    seed_epochs: float = Field(6.0, ge=0)
    """Passes over the seed corpus after VietNews; as many VietNews articles are mixed in, so that news are
    not forgotten."""
    seed_learning_rate: float = Field(1e-4, gt=0)
    warmup: float = Field(0.05, ge=0, lt=1)
    """Part of the steps or the time in which the learning rate rises."""
    weight_decay: float = Field(0.01, ge=0)
    dropout: float = Field(0.1, ge=0, lt=1)
    label_smoothing: float = Field(0.1, ge=0, lt=1)
    batch_tokens: int = Field(8192, ge=16)
    """Tokens of articles in a training batch, padding included."""
    freeze_encoder: bool = False
    """Teach the decoder alone, embeddings neither: a third of the time, for a CPU."""
    precision: Literal["float32", "bfloat16"] = "bfloat16"
    """Of training's matrix products."""
    runtime: Literal["auto", "ctranslate2", "torch"] = "auto"
    """What the saved model runs on: int8 in CTranslate2, or float32 in torch; ``auto`` takes CTranslate2
    where it is installed."""

    @model_validator(mode="before")
    @classmethod
    def _one_length_given(cls, values: Any) -> Any:
        """Let ``steps=`` or ``minutes=`` take the place of the default ``epochs``."""
        if isinstance(values, dict) and (values.get("steps") or values.get("minutes")):
            return {"epochs": None, **values}
        return values

    @model_validator(mode="after")
    def _in_order(self) -> Self:
        if self.min_words > self.max_words:
            raise ValueError(f"min_words {self.min_words} is over max_words {self.max_words}")
        if [self.epochs, self.steps, self.minutes].count(None) != 2:
            raise ValueError("give one of epochs, steps and minutes (epochs=null takes one away)")
        return self


class SummaryRecipe(Settings):
    """Train, evaluate and record a summarizer (``recipe: summary``)."""

    recipe: Literal["summary"] = "summary"
    name: str = "extractive"
    seed: int = 0
    data: DataSettings = DataSettings()
    vietnews: Path | None = Path("../shared/data/vietnews")
    """Folder of the VietNews parquet files; passed over where it is absent."""
    train_articles: int = Field(6000, ge=0)
    """VietNews articles learned from; 0 learns from the seed corpus alone."""
    validation_articles: int = Field(2000, ge=1)
    """VietNews validation articles measured on, the same ids on every machine."""
    model: Annotated[LeadSettings | ExtractiveSettings | AbstractiveSettings, Field(discriminator="kind")] = (
        ExtractiveSettings()
    )
    bootstrap: int = Field(1000, ge=0)
    """Resamples behind each 95 % interval."""
    out: Path | None = None
    """Also keep the model folder here."""
    tracking: TrackingSettings = TrackingSettings()


class ReadingLimits(Settings):
    """What a page or a row may be at most; one that is more is refused with the reason.

    A long press page has 100 kB, 500 lines and 3,000 elements. Within these limits no page takes longer than
    5 s or more than 1 GB of memory, whatever is in it.
    """

    page_bytes: int = Field(8_000_000, ge=1)
    """Of a page, of a line of a table, and of all texts of a row; characters where it is text already."""
    lines: int = Field(20_000, ge=1)
    """Of a page that are not blank, and passages of a row."""
    elements: int = Field(50_000, ge=1)
    """Of an HTML page."""
    attributes: int = Field(1_000, ge=1)
    """Of one HTML element."""
    nesting: int = Field(50, ge=1)
    """Lists and objects inside each other in what a row says of its passages."""


class ReadingRecipe(Settings):
    """Train and evaluate the boilerplate classifier of ``phongtrao.reading`` (``recipe: reading``)."""

    recipe: Literal["reading"] = "reading"
    name: str = "boilerplate"
    seed: int = 0
    data: DataSettings = DataSettings()
    pages_each: int = Field(10, ge=1)
    """Varied pages made of each training article, beside its two plain ones."""
    C: float = Field(0.1, gt=0)
    """Inverse regularization strength."""
    out: Path | None = None
    tracking: TrackingSettings = TrackingSettings()


class PretrainRecipe(Settings):
    """Go on with masked language modelling on unlabelled news (``recipe: pretrain``).

    One of ``minutes`` and ``steps`` says how long: ``steps`` repeats exactly, ``minutes`` uses what there is.
    """

    recipe: Literal["pretrain"] = "pretrain"
    init: Literal["mini", "adapt"] = "mini"
    """``mini``: a RoBERTa over word-segmented BPE, started from the start weights' rows and layers;
    ``adapt``: the start weights themselves, with their own tokenizer."""
    name: str = ""
    """Empty: ``phongtrao-mini`` or ``phongtrao-adapted``."""
    seed: int = 0
    start: str = "../shared/weights/multilingual-e5-small-vi"
    """Folder or hub name of the encoder to start from."""
    start_card: str = "intfloat/multilingual-e5-small (MIT)"
    """The published model and licence behind ``start``, named in the model card."""
    layers: int | None = Field(None, ge=1)
    """Layers kept, spread evenly; None keeps 6 for ``mini`` and all for ``adapt``."""
    tokenizer: Path | None = None
    """Folder of a PhoBERT-format tokenizer for ``mini``; None trains one on the same texts and keeps it."""
    vocab_size: int = Field(16000, ge=300, le=65535)
    """Pieces of a tokenizer trained here."""
    tokenizer_texts: int = Field(10000, ge=1)
    """Texts that a tokenizer is trained on."""
    segmenter: Literal["pyvi", "underthesea"] = "pyvi"
    """Joins syllables to words for a tokenizer trained here; recorded with the model."""
    data_dir: Path = Path("../shared/data")
    """Folder of the unlabelled texts: ``vietnews``, ``vntc``, ``baomoi``."""
    sources: tuple[Literal["vietnews", "vntc", "baomoi"], ...] = ("vietnews", "vntc", "baomoi")
    matching: str | None = None
    """Learn only from texts in which this regular expression is found (case aside); None takes all."""
    cache: Path = Path("runs/pretrain/tokens")
    """Where token ids are kept, so that a text is segmented once."""
    minutes: float | None = Field(None, gt=0)
    """Wall-clock time of training, data included, measuring before and after not."""
    steps: int | None = Field(None, ge=1)
    block_tokens: int = Field(128, ge=8)
    """Texts are laid end to end and cut into blocks of so many tokens: no padding."""
    batch_blocks: int = Field(16, ge=1)
    """Blocks in one forward pass."""
    accumulate: int = Field(2, ge=1)
    """Forward passes in one step."""
    mask_share: float = Field(0.15, gt=0, lt=1)
    """Share of tokens to be guessed in training; perplexity is always measured at 0.15."""
    learning_rate: float = Field(5e-4, gt=0)
    decay: Literal["linear", "cosine"] = "linear"
    warmup: float = Field(0.06, ge=0, lt=1)
    """Part of the time or steps in which the learning rate rises."""
    weight_decay: float = Field(0.01, ge=0)
    dropout: float = Field(0.0, ge=0, lt=1)
    """While pretraining (less than one pass over the data overfits nothing); fine-tuning sets its own."""
    precision: Literal["bfloat16", "float32"] = "bfloat16"
    """Of the matrix products; weights and optimizer stay float32."""
    device: str = "auto"
    """``auto`` (a GPU where there is one), ``cpu`` or ``cuda``."""
    held_tokens: int = Field(65536, ge=1)
    """Held-out tokens that perplexity is measured on."""
    checkpoint_minutes: float = Field(10.0, gt=0)
    """A stopped run goes on from its last checkpoint when it is started again."""
    out: Path | None = None
    """Model folder; None: ``runs/pretrain/NAME``. The checkpoint lies beside it."""
    tracking: TrackingSettings = TrackingSettings()

    @model_validator(mode="before")
    @classmethod
    def _named(cls, values: Any) -> Any:
        if isinstance(values, dict) and not values.get("name"):
            return {
                **values,
                "name": "phongtrao-adapted" if values.get("init") == "adapt" else "phongtrao-mini",
            }
        return values

    @model_validator(mode="after")
    def _one_length(self) -> Self:
        if (self.minutes is None) == (self.steps is None):
            raise ValueError("give either minutes or steps (minutes=null or steps=null takes one away)")
        return self


Recipe = Annotated[
    TopicsRecipe | OneTopicRecipe | SummaryRecipe | ReadingRecipe | PretrainRecipe,
    Field(discriminator="recipe"),
]
_RECIPE: TypeAdapter[TopicsRecipe | OneTopicRecipe | SummaryRecipe | ReadingRecipe | PretrainRecipe] = (
    TypeAdapter(Recipe)
)


def shipped(relative: str | Path) -> Path:
    """Return where a repository file (``seeds``, ``configs/...``) is: working folder, checkout or wheel.

    Raises:
        UsageError: it is in none of them.
    """
    path = Path(relative)
    package = Path(__file__).parent
    for root in (Path(), package.parents[1], package / "_shipped"):
        if (root / path).exists():
            return root / path
    raise UsageError(f"{path} not found: looked in {Path.cwd()} and beside the package; give its full path")


def load_config(
    path: str | Path, overrides: Sequence[str] = ()
) -> TopicsRecipe | OneTopicRecipe | SummaryRecipe | ReadingRecipe | PretrainRecipe:
    """Read a configuration file and lay ``key=value`` overrides over it.

    Raises:
        UsageError: no such file, not YAML, an unknown key, or a value out of range; the key is named.
    """
    where = shipped(path)
    try:
        values = yaml.safe_load(where.read_text(encoding="utf-8")) or {}
    except (yaml.YAMLError, OSError, UnicodeDecodeError) as error:
        raise UsageError(f"{where} is not a readable YAML file: {error}") from error
    if not isinstance(values, dict):
        raise UsageError(f"{where}: expected keys and values at the top, found {type(values).__name__}")
    for override in overrides:
        _lay_over(values, override)
    try:
        return _RECIPE.validate_python(values)
    except ValidationError as error:
        problems = "; ".join(
            f"{'.'.join(str(part) for part in p['loc'][1:]) or 'recipe'}: {p['msg']}" for p in error.errors()
        )
        raise UsageError(f"{where}: {problems}") from error


def _lay_over(values: dict[str, Any], override: str) -> None:
    key, equals, text = override.partition("=")
    if not equals or not key:
        raise UsageError(f"expected key=value, found {override!r}")
    *parents, last = key.split(".")
    for parent in parents:
        values = values.setdefault(parent, {})
        if not isinstance(values, dict):
            raise UsageError(f"{override!r}: {parent} is a value, it has nothing inside")
    try:
        values[last] = yaml.safe_load(text)
    except yaml.YAMLError as error:
        raise UsageError(f"{override!r}: the value is not YAML") from error
