"""The ledger works from the wheel as users install it: its migrations travel with the package."""

import subprocess
import sys
import zipfile
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
SCRIPT = """
import sys
from clusters import ledger
from clusters.settings import shipped_root
assert ledger.__file__.startswith(sys.argv[1]), ledger.__file__
assert str(shipped_root()).startswith(sys.argv[1])
book = ledger.open_ledger(sys.argv[2])
ledger.save_view(book, "home", page="map", payload={}, who="a")
print(len(ledger.saved_views(book)))
"""


@pytest.mark.slow
def test_an_installed_wheel_makes_a_ledger(tmp_path):
    build = [sys.executable, "-m", "hatchling", "build", "-t", "wheel", "-d", str(tmp_path)]
    subprocess.run(build, cwd=ROOT, check=True, capture_output=True)
    (wheel,) = tmp_path.glob("*.whl")
    installed = tmp_path / "installed"
    zipfile.ZipFile(wheel).extractall(installed)
    run = subprocess.run(
        [sys.executable, "-c", SCRIPT, str(installed), str(tmp_path / "workspace")],
        env={"PYTHONPATH": str(installed)},
        cwd=tmp_path,
        capture_output=True,
        text=True,
        check=False,
    )
    assert (run.returncode, run.stdout.strip()) == (0, "1"), run.stderr
