"""Takes the screenshots of the README: serves the sample corpus and photographs it in a real Chromium."""

import sys
import tempfile
from pathlib import Path

from playwright.sync_api import sync_playwright

from searchsvc import open_service

ROOT = Path(__file__).parents[1]
sys.path.insert(0, str(ROOT / "tests"))
from support_browser import ARGUMENTS, chromium, running_server  # noqa: E402

SHOTS = (("search-desktop", 1100, 760), ("search-phone", 360, 740))


def main() -> None:
    folder = Path(tempfile.mkdtemp())
    index, state = folder / "index", folder / "state"
    with open_service(index=index, state=state) as service:
        service.ingest([ROOT / "corpus"])
    with running_server(index, state) as base, sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=chromium(), args=ARGUMENTS)
        for name, width, height in SHOTS:
            page = browser.new_page(viewport={"width": width, "height": height})
            page.goto(f"{base}/?q=借呗逾期多久会联系家人")
            page.screenshot(path=ROOT / "docs/images" / f"{name}.png")
        browser.close()


if __name__ == "__main__":
    main()
