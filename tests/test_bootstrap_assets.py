"""Is what the browser loads here, named once, and free of what must not be served?"""

from __future__ import annotations

import re
import xml.etree.ElementTree as ElementTree
from pathlib import Path

import pytest
from django.conf import settings

from crmseg import assets
from crmseg.assets import AssetMissing

ROOT = Path(settings.BASE_DIR)
MODULES = ROOT / "node_modules"
needs_modules = pytest.mark.skipif(not MODULES.exists(), reason="npm's folder is not there")


@needs_modules
def test_every_listed_file_and_icon_is_copied(tmp_path: Path) -> None:
    assets.copy(MODULES, tmp_path / "vendor")
    copied = {str(p.relative_to(tmp_path / "vendor")) for p in (tmp_path / "vendor").rglob("*") if p.is_file()}
    assert copied >= set(assets.FILES) | {"icons.svg"}
    assert sum(name.endswith(".woff2") for name in copied) >= 6
    tree = ElementTree.parse(tmp_path / "vendor" / "icons.svg")
    assert [symbol.get("id") for symbol in tree.getroot()] == assets.ICONS


@needs_modules
def test_what_is_served_names_no_file_that_is_not(tmp_path: Path) -> None:
    assets.copy(MODULES, tmp_path / "vendor")
    for path in (tmp_path / "vendor").rglob("*.css"):
        text = path.read_text()
        assert "sourceMappingURL" not in text
        for name in re.findall(r"url\(['\"]?(?!data:)([^)'\"]+)", text):
            assert (path.parent / name).exists(), name


def test_a_missing_file_is_named_and_the_old_copy_stays(tmp_path: Path) -> None:
    old = tmp_path / "vendor" / "kept.txt"
    old.parent.mkdir()
    old.write_text("old")
    with pytest.raises(AssetMissing, match="is not in node_modules: run npm ci"):
        assets.copy(tmp_path / "nothing", tmp_path / "vendor")
    assert old.exists()


def test_pages_use_only_icons_that_are_in_the_sprite() -> None:
    used = set()
    for path in (ROOT / "templates").rglob("*.html"):
        used |= set(re.findall(r"""icons\.svg['"]\s*%}#([a-z0-9-]+)""", path.read_text()))
    assert used <= set(assets.ICONS), used - set(assets.ICONS)


def test_icons_are_listed_once_in_order() -> None:
    assert sorted(set(assets.ICONS)) == assets.ICONS


def test_locks_hold_hashes_and_no_addresses() -> None:
    for path in (*ROOT.glob("requirements*.txt"), ROOT / "package-lock.json", ROOT / ".npmrc"):
        assert "://" not in path.read_text(), path.name
    for path in ROOT.glob("requirements*.txt"):
        packages = re.findall(r"^[A-Za-z0-9]\S*==\S+.*?(?=^[A-Za-z0-9]|\Z)", path.read_text(), re.S | re.M)
        assert packages
        assert all("--hash=sha256:" in package for package in packages), path.name


def test_the_test_lock_agrees_with_the_core_lock() -> None:
    def versions(name: str) -> set[str]:
        return set(re.findall(r"^([a-z0-9][^ ;\\]*==[^ ;\\]+)", (ROOT / name).read_text(), re.M))

    assert versions("requirements.txt") <= versions("requirements-test.txt")
