"""Does the first command a person types either work or say in one sentence why not?"""

from __future__ import annotations

import ast
import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

import dev

ROOT = dev.ROOT
SOURCE = (ROOT / "dev.py").read_text()


def run(*arguments: str, cwd: Path = ROOT, **env: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, ROOT / "dev.py", *arguments],
        cwd=cwd,
        env={**os.environ, **env},
        capture_output=True,
        text=True,
    )


def test_an_old_python_can_read_it_far_enough_to_say_what_is_needed() -> None:
    ast.parse(SOURCE, feature_version=(3, 8))
    imported = {
        name.name for node in ast.walk(ast.parse(SOURCE)) if isinstance(node, ast.Import) for name in node.names
    }
    assert imported <= sys.stdlib_module_names


def test_without_a_command_it_says_what_there_is() -> None:
    done = run()
    assert done.returncode == 0
    assert all(f"dev.py {name}" in done.stdout for name in dev.COMMANDS)
    assert run("upp").returncode == 2


def test_a_data_folder_that_cannot_be_made_is_one_sentence(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    done = run("manage", "check", CRMSEG_DATA_DIR=str(tmp_path / "file" / "var"))
    assert done.returncode == 1
    assert done.stderr.splitlines()[-1].startswith("dev.py: The data folder cannot be made:")


def test_a_relative_data_folder_counts_from_where_the_person_stands(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("CRMSEG_DATA_DIR", "mine")
    assert dev.data_dir() == tmp_path / "mine"


@pytest.mark.parametrize(
    ("said", "sentence"),
    [
        ("Failed to establish a new connection: [Errno -3] Temporary failure in name resolution", "cannot be reached"),
        ("npm error code EAI_AGAIN", "cannot be reached"),
        ("first\nERROR: No space left on device\n\n", "failed: ERROR: No space left on device"),
    ],
)
def test_a_failed_installation_is_one_sentence(said: str, sentence: str) -> None:
    with pytest.raises(dev.CannotContinue, match=sentence) as caught:
        dev.call([sys.executable, "-c", f"import sys; print({said!r}); sys.exit(1)"], "Installing")
    assert "\n" not in str(caught.value)


def test_what_is_half_installed_does_not_look_installed(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / ".venv").mkdir()
    (tmp_path / "requirements.txt").write_text("nothing==1")
    monkeypatch.setattr(dev, "ROOT", tmp_path)
    monkeypatch.setattr(dev, "VENV", tmp_path / ".venv")
    monkeypatch.setattr(shutil, "which", lambda name: None)
    monkeypatch.setattr(dev, "pip", lambda: [sys.executable, "-c", "raise SystemExit(1)"])
    stamp = tmp_path / ".venv" / ".requirements.txt.stamp"
    stamp.write_text("an older lock")
    with pytest.raises(dev.CannotContinue):
        dev.install("requirements.txt", "the packages")
    assert not stamp.exists()
    monkeypatch.setattr(dev, "pip", lambda: [sys.executable, "-c", ""])
    dev.install("requirements.txt", "the packages")
    monkeypatch.setattr(dev, "pip", lambda: [sys.executable, "-c", "raise SystemExit(1)"])
    dev.install("requirements.txt", "the packages")


def test_an_environment_of_another_machine_is_not_used(tmp_path: Path) -> None:
    assert dev.works(Path(sys.executable))
    assert not dev.works(tmp_path / "python")
    (tmp_path / "python").symlink_to("/nowhere/python3")
    assert not dev.works(tmp_path / "python")


@pytest.mark.slow
@pytest.mark.skipif(os.geteuid() != 0 or not shutil.which("unshare"), reason="needs root to cut the network off")
def test_a_first_start_without_a_network_is_one_sentence(tmp_path: Path) -> None:
    for name in ("dev.py", "requirements.txt", "package.json", "package-lock.json"):
        shutil.copy(ROOT / name, tmp_path)
    done = subprocess.run(
        ["unshare", "-n", sys.executable, tmp_path / "dev.py", "up"], capture_output=True, text=True, cwd=tmp_path
    )
    assert done.returncode == 1
    assert done.stderr.startswith(
        "dev.py: Installing the Python packages failed: the package registry cannot be reached"
    )
    assert len(done.stderr.strip().splitlines()) == 1
    assert not list((tmp_path / ".venv").glob("*.stamp"))
