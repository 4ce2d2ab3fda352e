"""What is installed here -> what the release is made of: a CycloneDX bill of materials, pinned requirements.

``make sbom`` asks cyclonedx-py for everything in the environment; that holds the tools of development too.
Kept here is what phongtrao's own dependencies reach (with their extras, where those are installed), and
the model folders that ship are added with their hashes.
"""

from __future__ import annotations

import argparse
import json
import tomllib
from collections.abc import Iterable, Iterator, Mapping
from pathlib import Path
from typing import Any

from packaging.requirements import Requirement
from packaging.utils import canonicalize_name

ROOT = Path(__file__).parents[1]
WEIGHTS = ROOT / "src" / "phongtrao" / "weights"

Bill = dict[str, Any]


def of_release(environment: Bill, wanted: Iterable[str], weights: Path) -> Bill:
    """Return the bill of the release.

    Args:
        environment: what cyclonedx-py found, phongtrao as its main component.
        wanted: phongtrao's requirements, without extras.
        weights: the folder below which each folder with a manifest is a model that ships.
    """
    named = {canonicalize_name(Requirement(line).name) for line in wanted}
    components = {c["bom-ref"]: c for c in environment["components"]}
    after = {d["ref"]: d.get("dependsOn", []) for d in environment["dependencies"]}
    root = environment["metadata"]["component"]["bom-ref"]
    after[root] = [ref for ref in after[root] if canonicalize_name(components[ref]["name"]) in named]
    kept = reached(after, root)
    models = list(shipped_models(weights))
    after[root] = [*after[root], *(model["bom-ref"] for model in models)]
    return environment | {
        "components": [c for ref, c in components.items() if ref in kept] + models,
        "dependencies": [
            {"ref": ref, "dependsOn": sorted(after.get(ref, []))}
            for ref in sorted({root, *kept, *(model["bom-ref"] for model in models)})
        ],
    }


def reached(after: Mapping[str, Iterable[str]], root: str) -> set[str]:
    """Return what ``root`` depends on, directly or not."""
    found: set[str] = set()
    waiting = list(after.get(root, ()))
    while waiting:
        ref = waiting.pop()
        if ref not in found:
            found.add(ref)
            waiting.extend(after.get(ref, ()))
    return found


def shipped_models(weights: Path) -> Iterator[dict[str, Any]]:
    """Yield a component for each model folder; its hash is its manifest's, which has those of its files."""
    from phongtrao.integrity import MANIFEST, check_folder, fingerprint

    for manifest in sorted(weights.rglob(MANIFEST)):
        check_folder(manifest.parent)
        name = manifest.parent.relative_to(weights).as_posix()
        yield {
            "type": "machine-learning-model",
            "bom-ref": f"weights/{name}",
            "name": f"phongtrao/weights/{name}",
            "hashes": [{"alg": "SHA-256", "content": fingerprint(manifest.parent)}],
        }


def requirements(bill: Bill) -> str:
    """Return the packages of a bill as pinned requirements, one a line."""
    packages = [c for c in bill["components"] if c["type"] == "library"]
    # A local version such as +cpu is a build of the same release; advisories know the release.
    pins = (f"{c['name']}=={c['version'].partition('+')[0]}" for c in packages)
    return "".join(f"{pin}\n" for pin in sorted(pins, key=str.lower))


def main() -> None:
    """Write both files into the folder that the command line names."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("environment", type=Path, help="what cyclonedx-py wrote")
    parser.add_argument("out", type=Path)
    given = parser.parse_args()
    project = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]
    environment = json.loads(given.environment.read_text(encoding="utf-8"))
    bill = of_release(environment, project["dependencies"], WEIGHTS)
    given.out.mkdir(parents=True, exist_ok=True)
    text = json.dumps(bill, indent=2, ensure_ascii=False) + "\n"
    (given.out / "sbom.cdx.json").write_text(text, encoding="utf-8")
    (given.out / "requirements.txt").write_text(requirements(bill), encoding="utf-8")
    print(f"{given.out / 'sbom.cdx.json'}: {len(bill['components'])} components")


if __name__ == "__main__":
    main()
