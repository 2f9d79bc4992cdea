"""What runs a student's code, the same wherever that happens: NumPy and the standard library alone.

A notebook's own kernel (`check`), `course check` and the grader's workers all use these files. A
worker, in which there is no course, loads them from their paths.
"""
