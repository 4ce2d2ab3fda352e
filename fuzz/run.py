"""Fuzz one target for a while: ``python -m fuzz.run page --minutes 30``.

Coverage-guided (atheris, libFuzzer): the inputs that reach new code are kept in ``runs/fuzz/TARGET`` and
begun with the next time; what crashes, takes more than five seconds or a gigabyte is written beside them as
``finding-...`` and ends the run with another status than 0. Mend it, and make it a test in
``tests/fuzz/test_findings.py``.
"""

from __future__ import annotations

import argparse
import sys
from pathlib import Path

ROOT = Path(__file__).parents[1]
MEMORY_MB = 1024
HANG_SECONDS = 30
"""By the clock, where the five seconds of processor time are never returned from."""


def main() -> None:
    """Fuzz the target that the command line names."""
    import atheris

    given = _arguments()
    kept = ROOT / "runs" / "fuzz" / given.target
    kept.mkdir(parents=True, exist_ok=True)
    # Other packages are left as they are: their code is not ours to cover, and instrumenting it is slow.
    with atheris.instrument_imports(include=["phongtrao"]):
        from fuzz.seeds import seeds
        from fuzz.targets import TARGETS
    for name, data in seeds(given.target):
        (kept / name).write_bytes(data)
    options = [
        sys.argv[0],
        str(kept),
        f"-max_total_time={int(given.minutes * 60)}",
        f"-artifact_prefix={kept.parent}/finding-{given.target}-",
        f"-rss_limit_mb={MEMORY_MB}",
        f"-timeout={HANG_SECONDS}",
        f"-max_len={given.longest}",
        f"-dict={Path(__file__).with_name('words.dict')}",
        "-print_final_stats=1",
    ]
    atheris.Setup(options, TARGETS[given.target])
    atheris.Fuzz()


def _arguments() -> argparse.Namespace:
    from fuzz.seeds import NAMES

    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("target", choices=NAMES)
    parser.add_argument("--minutes", type=float, default=30.0)
    parser.add_argument("--longest", type=int, default=20_000, help="bytes of an input")
    return parser.parse_args()


if __name__ == "__main__":
    main()
