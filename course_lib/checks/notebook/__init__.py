"""What notebooks import: `check`, `example`, `panel` and `earlier`."""
