"""Python on the page: the live files, the exercise pages, and what runs in the browser.

`files.py` gets third-party files and checks their hashes, `build.py` places everything into the
site, `pages.py` makes a page of an exercise. `session.py` is what the browser's Python runs.
"""
