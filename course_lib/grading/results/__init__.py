"""What a run writes: the journal, tables, pages, and comparisons with other notebooks."""
