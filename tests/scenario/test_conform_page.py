"""The page of `bridge conform --html` in a real browser: no overflow on a phone, links that lead."""

from __future__ import annotations

import json
import re
import shutil
import subprocess
import threading
from collections.abc import Iterator
from functools import partial
from html import unescape
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

import pytest

from bridge.cli.main import main
from tests.scenario.cli import FIXTURES

BROWSER = next(filter(None, map(shutil.which, ("chromium", "chromium-browser", "chrome"))), "")
# A window of a browser cannot be as narrow as a phone; a frame can.
FRAME = """<!DOCTYPE html><iframe src="report.html" width="{width}" height="800"></iframe>
<pre id="seen"></pre><script>
document.querySelector("iframe").addEventListener("load", function (event) {{
  var page = event.target.contentDocument, root = page.documentElement, form = page.forms[0];
  var links = Array.from(page.querySelectorAll("a"));
  var cut = Array.from(page.querySelectorAll("main *")).filter(function (each) {{
    return !each.closest(".scroll") && each.getBoundingClientRect().right > root.clientWidth + 1;
  }});
  var seen = {{
    width: root.clientWidth, needed: root.scrollWidth, cut: cut.length, links: links.length,
    lost: links.filter(function (each) {{
      var place = page.getElementById(decodeURIComponent(each.hash.slice(1)));
      return !place || place.getClientRects().length === 0;
    }}).length,
    articles: page.querySelectorAll("article.case").length,
    filter: form.hidden
  }};
  form.elements.text.value = "{text}";
  form.dispatchEvent(new page.defaultView.Event("input", {{bubbles: true}}));
  seen.left = page.querySelectorAll("article.case:not([hidden])").length;
  seen.output = form.querySelector("output").textContent;
  document.getElementById("seen").textContent = JSON.stringify(seen);
}});
</script>"""
QUIET = (
    "--headless", "--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run",
    "--disable-background-networking", "--disable-component-update", "--disable-sync",
)  # fmt: skip

pytestmark = pytest.mark.skipif(not BROWSER, reason="chromium is not installed")


class Quiet(SimpleHTTPRequestHandler):
    def log_message(self, *_: Any) -> None:
        return


@pytest.fixture(scope="module")
def site(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[Path, str]]:
    """A folder with a report on good, broken and torn messages, served to the browser."""
    folder = tmp_path_factory.mktemp("site")
    broken = folder / "a-rather-long-name-of-a-folder-with-messages" / "of-another-version"
    broken.mkdir(parents=True)
    text = (FIXTURES / "edm" / "1.2" / "request-full.xml").read_text("utf-8")
    (broken / "one-line.xml").write_text(
        re.sub(r">\s+<", "><", text).replace("1988-04-17", "x" * 300), "utf-8"
    )
    shutil.copy(FIXTURES / "hostile" / "truncated.xml", broken)
    paths = [folder, FIXTURES / "conformance", FIXTURES / "xnachweis" / "1.4"]
    assert main(["conform", *map(str, paths), "--html", str(folder / "report.html")]) == 3
    server = ThreadingHTTPServer(("127.0.0.1", 0), partial(Quiet, directory=str(folder)))
    thread = threading.Thread(target=server.serve_forever)
    thread.start()
    yield folder, f"http://127.0.0.1:{server.server_port}"
    server.shutdown()
    thread.join()
    server.server_close()


def seen(site: tuple[Path, str], profile: Path, width: int) -> dict[str, Any]:
    """What a browser of some width sees of the page."""
    folder, address = site
    (folder / "frame.html").write_text(FRAME.format(width=width, text="one-line"), "utf-8")
    browsed = subprocess.run(
        [BROWSER, *QUIET, f"--user-data-dir={profile}", "--window-size=1400,900",
         "--virtual-time-budget=20000", "--dump-dom", f"{address}/frame.html"],
        capture_output=True, text=True, check=True, timeout=120,
    )  # fmt: skip
    found = re.search(r'<pre id="seen">(.+?)</pre>', browsed.stdout)
    assert found, browsed.stdout[-2000:]
    told: dict[str, Any] = json.loads(unescape(found[1]))
    return told


@pytest.mark.parametrize("width", [360, 768, 1280])
def test_the_page_fits_and_every_link_leads_to_something_visible(
    site: tuple[Path, str], tmp_path: Path, width: int
) -> None:
    told = seen(site, tmp_path, width)
    assert told["needed"] <= told["width"] <= width
    assert told["cut"] == 0
    assert told["links"] > 100
    assert told["lost"] == 0


def test_the_filter_leaves_what_fits(site: tuple[Path, str], tmp_path: Path) -> None:
    told = seen(site, tmp_path, 1280)
    assert told["filter"] is False
    assert told["articles"] > 10
    assert (told["left"], told["output"]) == (1, "1 shown")
