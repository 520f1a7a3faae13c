"""Takes the screenshots of the README: serves the sample corpus and photographs it in a real Chromium."""

import re
import sys
import tempfile
from pathlib import Path

from playwright.sync_api import sync_playwright

from searchsvc import Settings, open_service
from searchsvc.access import create_token

ROOT = Path(__file__).parents[1]
sys.path.insert(0, str(ROOT / "tests"))
from support_browser import ARGUMENTS, chromium, running_server  # noqa: E402

SHOTS = (("search-desktop", 1100, 760), ("search-phone", 360, 740))
#: A cluster of the sample corpus: two articles of one topic.
ARTICLE = "cms/a-jiebei-unpaid-parents-called.html"


def main() -> None:
    folder = Path(tempfile.mkdtemp())
    index, state = folder / "index", folder / "state"
    with open_service(index=index, state=state) as service:
        service.ingest([ROOT / "corpus"])
        cluster = service.editors.waiting([ARTICLE])
        token = create_token(Settings(index=index, state=state), "王编辑")
    if cluster is None:
        raise SystemExit(f"{ARTICLE} is in no cluster")
    with running_server(index, state) as base, sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=chromium(), args=ARGUMENTS)
        for name, width, height in SHOTS:
            page = browser.new_page(viewport={"width": width, "height": height})
            page.goto(f"{base}/?q=借呗逾期多久会联系家人")
            page.screenshot(path=ROOT / "docs/images" / f"{name}.png")
        page = browser.new_page(viewport={"width": 1100, "height": 900})
        page.goto(f"{base}/editors/login")
        page.fill('input[name="token"]', token)
        page.press('input[name="token"]', "Enter")
        page.wait_for_url(re.compile(r"/editors/(?!login)"))
        page.goto(f"{base}/editors/duplicates/{cluster.id}")
        page.screenshot(path=ROOT / "docs/images/editors-cluster.png")
        browser.close()


if __name__ == "__main__":
    main()
