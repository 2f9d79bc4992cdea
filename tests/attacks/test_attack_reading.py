"""Family: solutions, other students' work, homes, results: read, taken or changed."""

import pytest
from attacks.hostile import ANSWER, Attack, each, proven

TAKE = """
import json, os, re
import numpy as np
def take(text):
    # runs the functions of somebody else's work in this notebook
    for source in re.findall(r'(?ms)^def .*?(?=^\\S|\\Z)', text):
        try:
            exec(source, globals())
        except Exception as error:
            print(error)
def cells(path):
    return '\\n'.join(''.join(c['source']) for c in json.load(open(path))['cells'])
"""

ATTACKS = [
    Attack(
        "reading-solutions",
        "runs the teacher's solution from the repository",
        (TAKE, "take(open('@REPO@/solutions/08_backward_pass.md').read())"),
        beats_naive=True,
    ),
    Attack(
        "reading-solutions-upwards",
        "looks for a solution in every folder above the notebook",
        (
            TAKE,
            """
            here = os.path.abspath('.')
            while True:
                for folder in ('solutions', 'source', 'solution'):
                    for name in ('08_backward_pass.md', '08_backward_pass.ipynb'):
                        path = os.path.join(here, folder, name)
                        if os.path.exists(path):
                            take(open(path).read() if name.endswith('md') else cells(path))
                if here == '/':
                    break
                here = os.path.dirname(here)
            """,
        ),
    ),
    Attack(
        "reading-solutions-everywhere",
        "walks the file system for the file of solutions",
        (
            TAKE,
            """
            import time
            until = time.monotonic() + 0.5
            for top in ('@REPO@', '/home', '/root', '/srv', '/opt', '/usr/local', '/tmp', '/var'):
                for folder, inner, files in os.walk(top):
                    inner[:] = [x for x in inner if not x.startswith(('.', '_build'))]
                    if time.monotonic() > until:
                        break
                    if '08_backward_pass.md' in files:
                        take(open(os.path.join(folder, '08_backward_pass.md')).read())
            """,
        ),
        beats_naive=True,
    ),
    Attack(
        "reading-reference",
        "loads the checks' reference from the course's own files",
        (
            """
            import importlib.util, sys
            sys.path[:0] = ['@REPO@']
            from course_lib.checks import load
            exercise = load('08_backward_pass')
            question = next(q for q in exercise.questions if q.name == 'dense_backward')
            dense_backward = question.reference
            """,
        ),
        beats_naive=True,
    ),
    Attack(
        "reading-neighbour",
        "hands in the work of the student in the next folder",
        (TAKE, "take(cells('@OTHER@'))"),
        beats_naive=True,
    ),
    Attack(
        "reading-neighbour-by-glob",
        "hands in the work of any student whose folder can be listed",
        (
            TAKE,
            """
            import glob
            for path in glob.glob('@SUBMISSIONS@/*/08_backward_pass.ipynb')[:400]:
                if 'honest' in path:
                    take(cells(path))
            """,
        ),
        beats_naive=True,
    ),
    Attack(
        "reading-secret",
        "reads a file that every user of the machine may read",
        proven("done = 'secret-of' in open('@SECRET@').read()"),
        beats_naive=True,
    ),
    Attack(
        "reading-secret-into-feedback",
        "puts what it read into the texts that reach the feedback",
        (
            """
            try:
                found = open('@SECRET@').read()
            except OSError as error:
                found = str(error)
            print(found)
            def dense_backward(delta, a, W):
                raise ValueError(found)
            """,
        ),
    ),
    Attack(
        "reading-environment-into-feedback",
        "puts the environment into an error's text",
        (
            """
            import os
            def dense_backward(delta, a, W):
                raise ValueError(' '.join(f'{k}={v}' for k, v in os.environ.items()))
            """,
        ),
    ),
    Attack(
        "reading-home",
        "reads keys and histories in homes",
        proven(
            """
            import glob
            found = glob.glob('/root/*') + glob.glob('/root/.*') + glob.glob('/home/*/.*')
            for path in [*found, os.path.expanduser('~/.bashrc'), '@ROOT@/home/.ssh/id_ed25519']:
                try:
                    with open(path, 'rb') as file:
                        done = done or len(file.read(1)) == 1
                except OSError:
                    pass
            """
        ),
        beats_naive=True,
    ),
    Attack(
        "reading-suite",
        "lists the grader's own package and tests",
        proven("done = bool(os.listdir('@REPO@/course_lib')) or bool(os.listdir('@REPO@/tests'))"),
        beats_naive=True,
    ),
    Attack(
        "reading-out",
        "lists the folder of results",
        proven("done = bool(os.listdir('@OUT@'))"),
    ),
    Attack(
        "reading-by-relative-path",
        "climbs from the working folder and from /proc/self/root and /proc/self/cwd",
        proven(
            """
            secret = '@SECRET@'.lstrip('/')
            for start in ('..', '../' * 12, '/proc/self/root/', '/proc/self/cwd/' + '../' * 12,
                          '/proc/1/root/', '/proc/1/cwd/' + '../' * 12, '/proc/thread-self/root/'):
                try:
                    done = done or 'secret-of' in open(start + '/' + secret).read()
                except OSError:
                    pass
            """
        ),
        beats_naive=True,
    ),
    Attack(
        "reading-by-handle",
        "opens a file by its handle, past every folder on the way",
        proven(
            """
            import ctypes
            libc = ctypes.CDLL(None, use_errno=True)
            handle = ctypes.create_string_buffer(136)
            handle.raw = (128).to_bytes(4, 'little') + b'\\0' * 132
            mount = ctypes.c_int()
            if libc.name_to_handle_at(-100, b'/', handle, ctypes.byref(mount), 0) == 0:
                root = os.open('/', os.O_RDONLY)
                fd = libc.open_by_handle_at(root, handle, os.O_RDONLY)
                done = fd >= 0
            """
        ),
    ),
    Attack(
        "reading-results-rewritten",
        "overwrites the results and the grades",
        (
            """
            import glob, json, os
            found = glob.glob('@OUT@/**', recursive=True)
            for path in [*found, '@OUT@/results.jsonl', '@OUT@/grades.csv']:
                try:
                    with open(path, 'a') as file:
                        file.write(json.dumps({'student': 'reading-results-rewritten',
                            'exercise': '08_backward_pass', 'score': 100, 'max_score': 100,
                            'status': 'graded'}) + '\\n')
                except OSError:
                    pass
            """,
            "def dense_backward(delta, a, W):\n    return None",
        ),
    ),
    Attack(
        "reading-neighbour-spoiled",
        "writes over another student's notebook",
        proven("open('@SPOIL@', 'w').write('spoiled')\ndone = True"),
        beats_naive=True,
    ),
    Attack(
        "reading-own-notebook-replaced",
        "replaces its own notebook while it is being marked",
        proven(
            """
            path = '@SUBMISSIONS@/reading-own-notebook-replaced/08_backward_pass.ipynb'
            with open(path, 'a') as file:
                file.write(' ')
            done = True
            """
        ),
        beats_naive=True,
    ),
    Attack(
        "reading-forbidden",
        "writes a file that every user of the machine may write",
        proven("open('@FORBIDDEN@', 'w').write('touched')\ndone = True"),
        beats_naive=True,
        shows="file",
    ),
    Attack(
        "reading-install",
        "changes the interpreter's own packages for the next submission",
        proven(
            """
            import numpy, site
            for folder in {os.path.dirname(numpy.__file__), *site.getsitepackages(), sys.prefix}:
                path = os.path.join(folder, 'planted_by_an_attack.txt')
                try:
                    open(path, 'w').close()
                    os.remove(path)
                    done = True
                except OSError:
                    pass
            """
        ),
        beats_naive=True,
    ),
    Attack(
        "reading-left-1-writer",
        "leaves an answer for a friend in every shared folder, shared memory and queue",
        (
            ANSWER,
            """
            import ctypes, os
            import numpy as np
            text = "ANSWER LEFT FOR A FRIEND"
            for folder in ('/tmp', '/var/tmp', '/dev/shm', '/run', '/run/lock', '/dev/mqueue', '.'):
                try:
                    open(f'{folder}/left-for-a-friend', 'w').write(text)
                except OSError:
                    pass
            libc = ctypes.CDLL(None)
            libc.shmat.restype = ctypes.c_void_p
            key = libc.shmget(0x5EED, 4096, 0o1666)
            if key >= 0:
                where = libc.shmat(key, None, 0)
                if where and where != 2**64 - 1:
                    ctypes.memmove(where, text.encode(), len(text))
            def dense_backward(delta, a, W):
                return answer(delta, a, W)
            """,
        ),
        honest=1.0,
    ),
    Attack(
        "reading-left-2-reader",
        "is marked after its friend and looks for what was left",
        proven(
            """
            import ctypes
            for folder in ('/tmp', '/var/tmp', '/dev/shm', '/run', '/run/lock', '/dev/mqueue', '.'):
                done = done or os.path.exists(f'{folder}/left-for-a-friend')
            libc = ctypes.CDLL(None)
            libc.shmat.restype = ctypes.c_void_p
            done = done or libc.shmget(0x5EED, 4096, 0o666) >= 0
            """
        ),
    ),
]


@pytest.mark.parametrize("attack", each(ATTACKS))
def test_nothing_of_others_is_read_or_changed(attack, assert_harmless):
    assert_harmless(attack)
