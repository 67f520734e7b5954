"""The browser files the pages load, copied by white-list from npm's folder into `static/vendor/`, which git ignores.

Pages name them as `{% static "vendor/tabler/tabler.min.css" %}`; icons as
`<use href="{% static 'vendor/icons.svg' %}#users">`. A file that a page needs is added to a list here, an icon to
`icons.txt`. What is not listed is not served: some packages carry whole libraries under other licences in `dist/`.
"""

from __future__ import annotations

import re
import shutil
from pathlib import Path

FILES = {
    "tabler/tabler.min.css": "@tabler/core/dist/css/tabler.min.css",
    "tabler/tabler.min.js": "@tabler/core/dist/js/tabler.min.js",
    "alpine/alpine-csp.min.js": "@alpinejs/csp/dist/cdn.min.js",
    "echarts/echarts.min.js": "echarts/dist/echarts.min.js",
    "grapesjs/grapes.min.css": "grapesjs/dist/css/grapes.min.css",
    "grapesjs/grapes.min.js": "grapesjs/dist/grapes.min.js",
    "grapesjs/grapesjs-mjml.js": "grapesjs-mjml/dist/index.js",
    "inter/inter.css": "@fontsource-variable/inter/index.css",
}
GLOBS = {"inter/files": "@fontsource-variable/inter/files/inter-*-wght-normal.woff2"}
ICONS = Path(__file__).with_name("icons.txt").read_text().split()

_SOURCE_MAP = re.compile(rb"\n?(/\*# sourceMappingURL=.*?\*/|//# sourceMappingURL=\S+)")
_DRAWING = re.compile(r'<path stroke="none" d="M0 0h24v24H0z" fill="none" />\s*(.*?)\s*</svg>', re.S)
_STROKE = 'fill="none" stroke="currentColor" stroke-width="2" stroke-linecap="round" stroke-linejoin="round"'


class AssetMissing(Exception):
    """A listed file is not in npm's folder."""


def sources(modules: Path) -> dict[str, Path]:
    """Every file to copy, by its place below `static/vendor/`."""
    found = {target: modules / source for target, source in FILES.items()}
    for folder, pattern in GLOBS.items():
        found |= {f"{folder}/{path.name}": path for path in sorted(modules.glob(pattern))}
    return found


def copy(modules: Path, vendor: Path) -> None:
    """Fill `vendor` anew, whole or not at all."""
    new = vendor.with_name(vendor.name + ".new")
    shutil.rmtree(new, ignore_errors=True)
    for target, source in sources(modules).items():
        path = new / target
        path.parent.mkdir(parents=True, exist_ok=True)
        try:
            # The maps are not served, and a manifest of hashed names refuses to name a file that is not there.
            path.write_bytes(_SOURCE_MAP.sub(b"", source.read_bytes()))
        except FileNotFoundError as error:
            raise AssetMissing(f"{source.relative_to(modules)} is not in node_modules: run npm ci.") from error
    (new / "icons.svg").write_text(sprite(modules))
    shutil.rmtree(vendor, ignore_errors=True)
    new.rename(vendor)


def sprite(modules: Path) -> str:
    """All the icons in one file, each a symbol with its name."""
    outline = modules / "@tabler/icons/icons/outline"
    symbols = []
    for name in ICONS:
        try:
            drawing = _DRAWING.search((outline / f"{name}.svg").read_text())
        except FileNotFoundError as error:
            raise AssetMissing(f"There is no icon named {name} in @tabler/icons.") from error
        if drawing is None:
            raise AssetMissing(f"The icon {name} is not drawn as expected.")
        symbols.append(f'<symbol id="{name}" viewBox="0 0 24 24" {_STROKE}>{drawing[1]}</symbol>')
    return '<svg xmlns="http://www.w3.org/2000/svg">\n' + "\n".join(symbols) + "\n</svg>\n"
