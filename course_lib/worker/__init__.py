"""What runs a student's code, the same wherever that happens: NumPy and the standard library alone.

A notebook's own kernel (`check`), `course check` and the grader's workers all use these files. In a
worker there is no course: `__main__.py` finds this package under the name `worker`, so its modules
import each other by relative names.
"""
