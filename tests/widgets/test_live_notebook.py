"""A widget in a real JupyterLab: the same module, a kernel behind it, state in both directions."""

from __future__ import annotations

import importlib.util
import json
import os
import socket
import subprocess
import sys
from pathlib import Path
from typing import Any
from urllib.error import URLError
from urllib.request import urlopen

import pytest
from needs import absent
from widgets.shown import Shown

pytestmark = pytest.mark.long
SOURCES = [
    "from course_lib.widgets import Stepper\n"
    "stepper = Stepper(network='4-2-3', example=1)\nstepper",
    "print('loss', stepper.values.get('loss'), 'step', stepper.state['step'])",
    "stepper.state = {'network': '1-1-1', 'step': 3}",
]


def notebook() -> dict[str, Any]:
    """Return a notebook with the three cells."""
    cells = [
        {"cell_type": "code", "id": f"cell-{i}", "metadata": {}, "outputs": [],
         "execution_count": None, "source": source}
        for i, source in enumerate(SOURCES)
    ]  # fmt: skip
    kernel = {"name": "python3", "display_name": "Python 3", "language": "python"}
    return {"nbformat": 4, "nbformat_minor": 5, "metadata": {"kernelspec": kernel}, "cells": cells}


def until(page: Any, condition: str) -> None:
    """Wait for `condition`, saying yes to what JupyterLab asks meanwhile (which kernel)."""
    for _ in range(240):
        if page.evaluate(f"Boolean({condition})"):
            return
        asking = page.locator(".jp-Dialog button.jp-mod-accept")
        if asking.count():
            asking.first.click()
        page.wait_for_timeout(500)
    raise AssertionError(f"not within two minutes: {condition}")


def test_jupyterlab_shows_the_widget_and_python_reads_and_sets_it(
    browser: Any, tmp_path: Path
) -> None:
    if importlib.util.find_spec("jupyterlab") is None:
        absent("jupyterlab is missing", "pip install -e '.[student]' -c constraints.txt")
    (tmp_path / "live.ipynb").write_text(json.dumps(notebook()), encoding="utf-8")
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    command = [sys.executable, "-m", "jupyterlab", "--no-browser", "--ip=127.0.0.1"]
    command += [f"--port={port}", "--allow-root", "--expose-app-in-browser"]
    command += ["--IdentityProvider.token=", f"--ServerApp.root_dir={tmp_path}"]
    command += ["--LabApp.news_url=", "--LabApp.check_for_updates_class="
                "jupyterlab.NeverCheckForUpdate"]  # fmt: skip
    settings = {name: str(tmp_path / name.lower()) for name in
                ("JUPYTER_CONFIG_DIR", "JUPYTER_RUNTIME_DIR", "JUPYTERLAB_WORKSPACES_DIR",
                 "JUPYTERLAB_SETTINGS_DIR", "IPYTHONDIR")}  # fmt: skip
    with open(tmp_path / "server.log", "w", encoding="utf-8") as log:
        lab = subprocess.Popen(command, env=os.environ | settings, stdout=log, stderr=log)
    page = browser.new_page(viewport={"width": 1100, "height": 900})
    page.set_default_timeout(120_000)
    try:
        address = f"http://127.0.0.1:{port}"
        for _ in range(240):
            try:
                urlopen(f"{address}/api", timeout=5).close()
                break
            except (URLError, OSError):
                page.wait_for_timeout(500)
        page.goto(f"{address}/lab/tree/live.ipynb?reset")
        page.wait_for_selector(".jp-Notebook .jp-CodeCell")
        run = "window.jupyterapp.commands.execute('notebook:run-cell-and-select-next')"
        until(page, "window.jupyterapp.shell.currentWidget?.sessionContext?.session?.kernel")
        page.evaluate(f"void {run}")
        until(page, "document.querySelector('.jp-OutputArea .cw')")
        widget = Shown(page)
        assert widget.values()["x[1]"] == 1.4
        widget.press("step", 7)
        loss = widget.values()["loss"]
        assert page.locator("[data-do=copy]").count() == 0
        choose = "window.jupyterapp.shell.currentWidget.content.activeCellIndex = "
        for _ in range(30):  # JupyterLab sends one message at a time: a slow kernel lags behind
            page.evaluate(f"{choose} 1")
            page.evaluate(f"void {run}")
            page.wait_for_timeout(2000)
            if "step 7" in page.locator(".jp-CodeCell").nth(1).inner_text():
                break
        assert f"loss {loss}" in page.locator(".jp-CodeCell").nth(1).inner_text()
        page.evaluate(f"{choose} 2")
        page.evaluate(f"void {run}")
        until(page, "document.querySelector(\".cw [aria-label^='Network 1-1-1']\")")
        assert widget.values()["step"] == 3
    finally:
        page.close()
        lab.terminate()
        lab.wait(timeout=30)
