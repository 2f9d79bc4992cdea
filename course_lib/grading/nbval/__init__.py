"""`--nbval`: a student's notebook beside the released one, compared as text, for no points."""
