"""From a solution's text to an exercise notebook, and from there to the student's desk.

`solutions/NN_name.md` is the single source of an exercise. See :mod:`course_lib.notebooks.release`.
"""
