"""What went wrong: known mistakes first, then rules that read the arrays alone."""
