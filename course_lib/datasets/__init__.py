"""The small data files of the course; read them through `course_lib.data`."""
