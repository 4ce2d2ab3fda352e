"""Makes the scripts of ``experiments`` importable, as they are when one of them is run."""

import sys

from tests.conftest import ROOT

sys.path[:0] = [str(ROOT / "experiments" / part) for part in ("bench", "", "gpu")]
