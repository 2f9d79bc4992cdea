"""The site is built only with a cause, and served to this machine alone."""

import threading
import urllib.error
import urllib.request

import pytest

from course_lib import course_files, site


@pytest.fixture
def repository(tmp_path):
    """A small checkout: two pages and a library file."""
    (tmp_path / "book").mkdir()
    (tmp_path / "course_lib").mkdir()
    (tmp_path / "book" / "_config.yml").write_text("title: t\n")
    (tmp_path / "book" / "intro.md").write_text("# Start\n")
    (tmp_path / "course_lib" / "layers.py").write_text("x = 1\n")
    return tmp_path


@pytest.fixture
def builds(repository, monkeypatch):
    """Record each build's command; a build writes the start page."""
    seen = []

    class Done:
        returncode = 0
        stderr = ""

    def run(command, **how):
        seen.append(command)
        html = repository / "book" / "_build" / "html"
        html.mkdir(parents=True, exist_ok=True)
        (html / "index.html").write_text(f"build {len(seen)}")
        return Done()

    monkeypatch.setattr(site.subprocess, "run", run)
    return seen


def test_a_second_build_without_a_change_does_nothing(repository, builds):
    site.build(repository)
    site.build(repository)
    assert len(builds) == 1


@pytest.mark.parametrize("changed", ["book/intro.md", "course_lib/layers.py"])
def test_a_changed_source_is_built_again(repository, builds, changed):
    site.build(repository)
    (repository / changed).write_text("y = 2\n")
    site.build(repository)
    assert len(builds) == 2


def test_a_page_keeps_the_executed_cache_and_a_library_change_drops_it(repository, builds):
    site.build(repository)
    cache = repository / "book" / "_build" / ".jupyter_cache"
    cache.mkdir()
    (repository / "book" / "intro.md").write_text("# New\n")
    site.build(repository)
    assert cache.is_dir()
    (repository / "course_lib" / "layers.py").write_text("x = 2\n")
    site.build(repository)
    assert not cache.exists()


def test_new_measurements_run_the_pages_that_show_them_again(repository, builds):
    results = repository / "benchmarks" / "results"
    results.mkdir(parents=True)
    (results / "steps.csv").write_text("1")
    site.build(repository)
    cache = repository / "book" / "_build" / ".jupyter_cache"
    cache.mkdir()
    (results / "steps.csv").write_text("2")
    site.build(repository)
    assert not cache.exists()


def test_a_failed_build_is_tried_again(repository, builds, monkeypatch):
    class Failed:
        returncode = 1
        stderr = "a label is missing"

    with monkeypatch.context() as patch:
        patch.setattr(site.subprocess, "run", lambda command, **how: Failed())
        with pytest.raises(SystemExit, match="did not build"):
            site.build(repository)
    site.build(repository)
    assert len(builds) == 1


def test_a_page_that_did_not_run_is_tried_once_more(repository, builds, monkeypatch):
    class Silent:
        returncode = 2
        stderr = "myst_nb.core.execute.base.ExecutionError: intro.md"

    runs = iter([Silent(), site.subprocess.run])

    def first_silent(command, **how):
        step = next(runs)
        return step(command, **how) if callable(step) else step

    monkeypatch.setattr(site.subprocess, "run", first_silent)
    assert site.build(repository).is_dir()
    assert len(builds) == 1


def test_the_server_answers_on_the_loopback_address_alone(tmp_path):
    (tmp_path / "index.html").write_text("<p>hello")
    (tmp_path / "404.html").write_text("<p>lost")
    (tmp_path / "a.js").write_text("export default 1")
    with site.server(tmp_path, 0) as serving:
        thread = threading.Thread(target=serving.serve_forever, daemon=True)
        thread.start()
        address = f"http://127.0.0.1:{serving.server_port}/"
        assert serving.server_address[0] == "127.0.0.1"
        with urllib.request.urlopen(address) as page:
            assert page.read() == b"<p>hello"
        with urllib.request.urlopen(address + "a.js") as module:
            assert module.headers["Content-Type"] == "text/javascript"
        with pytest.raises(urllib.error.HTTPError) as missing:
            urllib.request.urlopen(address + "nowhere")
        with missing.value as answer:
            assert answer.code == 404
            assert answer.read() == b"<p>lost"
        serving.shutdown()
        thread.join()


def test_a_taken_port_gives_another_one(tmp_path):
    with site.server(tmp_path, 0) as first, site.server(tmp_path, first.server_port) as second:
        assert second.server_port != first.server_port


def test_outside_a_checkout_the_command_says_what_it_needs(monkeypatch, tmp_path):
    monkeypatch.setattr(course_files, "ROOT", tmp_path)
    with pytest.raises(SystemExit, match="needs the repository"):
        course_files.checkout()
