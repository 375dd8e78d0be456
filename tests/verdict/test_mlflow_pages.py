"""MLflow's own pages on a study, in a real browser."""

from __future__ import annotations

import threading
from collections.abc import Iterator

import pytest
from werkzeug.serving import WSGIRequestHandler, make_server

from framework.verdict.links import run_page
from tests.browser import Browser
from tests.verdict.in_mlflow import InMlflow
from tests.verdict.in_mlflow import in_mlflow as in_mlflow

# MLflow's server imports it when the first runs are asked for.
pytestmark = pytest.mark.filterwarnings("ignore:starlette.middleware.wsgi is deprecated")

# What MLflow 3.17 says on its own, on any page.
NOISE = (
    "users/current",  # asks for a user where nobody logs in
    "mlflow/assistant/",  # its assistant, which is no part of the server as it is started here
    "ResizeObserver loop",  # a notice of browsers
)


@pytest.fixture(scope="module")
def host(in_mlflow: InMlflow) -> Iterator[str]:
    """MLflow's own server on the store, in a thread: one in a process of its own imports all of it again."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("_MLFLOW_SERVER_FILE_STORE", in_mlflow.uri)
        from mlflow.server import app

        server = make_server("127.0.0.1", 0, app, threaded=True, request_handler=Silent)
        threading.Thread(target=server.serve_forever, daemon=True).start()
        yield f"http://127.0.0.1:{server.port}"
        server.shutdown()
        server.server_close()


class Silent(WSGIRequestHandler):
    """Without a line for each request."""

    def log(self, type: str, message: str, *args: object) -> None:
        pass


def complaints(browser: Browser) -> list[str]:
    return [said for said in browser.errors() if not any(known in said for known in NOISE)]


def link(browser: Browser, words: str) -> str:
    """Where the link of these words leads, in full."""
    script = "return [...document.links].find(a => a.innerText === arguments[0])?.href"
    return str(browser.run(script, words))


def test_the_parents_page_shows_the_verdict_and_leads_to_the_comparison(
    host: str, in_mlflow: InMlflow, browser: Browser
) -> None:
    browser.open(f"{host}/{run_page('1', in_mlflow.id_of())}", 1400, 1200)
    browser.wait_for("loss=ce reaches val/accuracy 0.8 in 1 epoch")
    browser.wait("return document.querySelectorAll('.mlflow-notes-view, table').length > 0")
    browser.run(
        "[...document.querySelectorAll('button')].find(b => b.innerText === 'Show more')?.click()"
    )
    tables = browser.run("return [...document.querySelectorAll('table')].map(t => t.innerText)")
    assert any("loss=mse" in table and "0.9350" in table for table in tables)
    compare, table, curves = (
        link(browser, words) for words in ("compare the runs", "table of the runs", "curves")
    )
    assert compare.startswith(f"{host}/#/compare-runs?")
    assert complaints(browser) == []

    browser.open(compare)
    browser.wait_for("Comparing 2 Runs from 1 Experiment")
    browser.wait_for("test/accuracy.mean")
    arms = in_mlflow.client.search_runs(["1"], "tags.level = 'arm'")
    assert all(arm.info.run_id in browser.text() for arm in arms)
    assert complaints(browser) == []

    browser.open("about:blank")
    browser.open(table, 1400, 1200)
    browser.wait_for("Group: loss=mse")
    browser.wait_for("test/accuracy")
    assert "Group: loss=ce" in browser.text() and "share key" not in browser.text()
    assert complaints(browser) == []

    browser.open("about:blank")
    browser.open(curves, 1400, 1200)
    browser.wait_for("Verdict\n(2)")
    browser.wait("return document.querySelectorAll('.js-plotly-plot').length > 0")
    assert complaints(browser) == []
