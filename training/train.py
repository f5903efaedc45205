"""Make the shipped reader from the data, in one command.

usage: PYTHONPATH=src:.:training python training/train.py --work FOLDER [--policies training/policies]

Encoder, panel reader, ruling reader, support reader, export to ONNX in 8 bit, calibration, model card. Seeded; killed and started again with the
same --work, it goes on from its last checkpoint. About three hours on two idle cores; a GPU is used where there is one
for the encoder. Writes src/policybot/data/model, src/policybot/data/reader.json and docs/model-card.md.
"""

from __future__ import annotations

import argparse
import shutil
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
PACKAGE = ROOT / "src/policybot/data"
ENCODER = ("--epochs", "3", "--lr", "1e-4", "--frozen", "3", "--seed", "1")
PANEL = ("--epochs", "2", "--until", "960", "--lr", "8e-5", "--seed", "1")
VERDICTS = ("--epochs", "1", "--lr", "6e-5", "--seed", "2", "--verdict", "2", "--others", "0.3", "--most", "9")
"""The panel reader again, mostly on questions that ask for leave."""
RULINGS = ("--epochs", "2", "--until", "314", "--lr", "8e-5", "--seed", "1", "--unwritten")
WRITTEN = ("--epochs", "2", "--lr", "1e-4", "--seed", "1")
"""The ruling reader, from the panel reader: on the policies' questions, then on other rules too. The mean of both is shipped."""
SUPPORT = ("--epochs", "3", "--lr", "1e-4", "--seed", "1", "--apart", "1")
REHEARSED = ("--until", "9")
"""Of a rehearsal every run stops after so many steps."""


def step(module: str, *arguments: str) -> None:
    """Run one module of training/ with its own progress bar; SystemExit with its status when it fails."""
    done = subprocess.run([sys.executable, "-m", module, *arguments], cwd=ROOT, check=False)
    if done.returncode:
        raise SystemExit(f"{module} stopped with status {done.returncode}; start this again to go on where it was")


def main() -> None:
    """See the module's docstring."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--work", type=Path, required=True, help="checkpoints and logs")
    parser.add_argument("--policies", type=Path, default=ROOT / "training/policies")
    parser.add_argument("--threads", type=int, default=2)
    parser.add_argument("--rehearse", action="store_true", help="all steps, each cut short; the package stays as it is and WORK/package is written")
    o = parser.parse_args()
    data = ("--data", str(o.policies), "--threads", str(o.threads), *(REHEARSED if o.rehearse else ()))
    package, docs = (o.work / "package", o.work / "docs") if o.rehearse else (PACKAGE, ROOT / "docs")
    encoder, panel, verdicts, rulings, written, support, graphs = (
        o.work / name for name in ("encoder", "panel", "verdicts", "rulings", "written", "support", "model")
    )
    if not (graphs / "model.json").exists():
        best = str(encoder / "best")
        step("encoder.train", "--out", str(encoder), *ENCODER, *data)
        step("encoder.train_panel", "--encoder", best, "--out", str(panel), *PANEL, *data)
        start = ("--start", str(panel / "best.pt"))
        step("encoder.train_panel", "--encoder", best, *start, "--out", str(verdicts), *VERDICTS, *data)
        read = str(verdicts / "best.pt")
        step("encoder.train_ruling", "--encoder", best, "--start", read, "--out", str(rulings), *RULINGS, *data)
        both = (str(rulings / "best.pt"), str(written / "best.pt"))
        step("encoder.train_ruling", "--encoder", best, "--start", both[0], "--out", str(written), *WRITTEN, *data)
        step("encoder.train_support", "--encoder", best, "--panel", both[1], "--out", str(support), *SUPPORT, *data)
        weights = ("--panel", read, "--ruling", *both, "--support", str(support / "best.pt"))
        step("encoder.export", "--encoder", best, *weights, "--out", str(graphs))
    (package / "model").mkdir(parents=True, exist_ok=True)
    for file in graphs.iterdir():
        if file.is_file():
            shutil.copy2(file, package / "model" / file.name)
    step("fit_support", "--model", str(package / "model"), "--policies", str(o.policies), "--report", str(o.work / "support.json"))
    made = ("--policies", str(o.policies), "--model", str(package / "model"))
    step("calibrate", *made, "--out", str(package / "reader.json"), "--report", str(o.work / "report.json"))
    docs.mkdir(exist_ok=True)
    step("card", *made, "--work", str(o.work), "--out", str(docs))


if __name__ == "__main__":
    main()
