"""Family: too much of everything: memory, disk, output, replies, time, files."""

import pytest
from attacks.hostile import ANSWER, Attack, claims, each, proven

ENDED = frozenset({"crashed", "timeout", "graded", "memory"})
MEGABYTE = 1 << 20
BALLOON = 1400
"""Megabytes, a bit over the limit of the tests' run; a machine without isolation bears it."""

ATTACKS = [
    Attack(
        "flood-memory",
        f"fills {BALLOON} MB of memory in pieces",
        (
            f"""
            import numpy as np
            def dense_backward(delta, a, W):
                kept = [np.ones({MEGABYTE}, dtype=np.uint8) for _ in range({BALLOON})]
                return None
            """,
        ),
        statuses=ENDED,
    ),
    Attack(
        "flood-memory-at-import",
        f"fills {BALLOON} MB while the cells run, and keeps it",
        (
            f"import numpy as np\nkept = [np.ones({MEGABYTE}, np.uint8) for _ in range({BALLOON})]",
            ANSWER,
            "def dense_backward(delta, a, W):\n    return None",
        ),
        long=True,
        statuses=ENDED,
    ),
    Attack(
        "flood-memory-by-mmap",
        "maps shared memory, which a limit on the heap does not see",
        (
            f"""
            import mmap
            def dense_backward(delta, a, W):
                kept = []
                for _ in range({BALLOON // 100}):
                    piece = mmap.mmap(-1, 100 * {MEGABYTE})
                    piece.write(b'x' * (100 * {MEGABYTE}))
                    kept.append(piece)
            """,
        ),
        long=True,
        statuses=ENDED,
    ),
    Attack(
        "flood-memory-file",
        "writes to an anonymous file in memory (memfd), which no file limit sees",
        (
            f"""
            import os
            def dense_backward(delta, a, W):
                kept = []
                for _ in range({BALLOON // 100}):
                    fd = os.memfd_create('x')
                    for _ in range(100):
                        os.write(fd, b'x' * {MEGABYTE})
                    kept.append(fd)
            """,
        ),
        statuses=ENDED,
    ),
    Attack(
        "flood-memory-by-children",
        "four children that hold a share of the memory each",
        (
            f"""
            import os, time
            def dense_backward(delta, a, W):
                for _ in range(4):
                    try:
                        if os.fork() == 0:
                            kept = bytearray(b'x') * ({BALLOON // 4} * {MEGABYTE})
                            time.sleep(1)
                            os._exit(0)
                    except OSError:
                        pass
            """,
        ),
        shows="process",
        long=True,
        statuses=ENDED,
    ),
    Attack(
        "flood-shared-memory",
        "leaves segments of System V shared memory behind",
        proven(
            """
            import ctypes
            libc = ctypes.CDLL(None, use_errno=True)
            key = libc.shmget(0x77777, 4096, 0o1666)
            done = key >= 0 and libc.shmget(0x77777, 0, 0) >= 0 and key > 0
            """
        ),
    ),
    Attack(
        "flood-disk",
        "writes 600 MB into every folder that takes it",
        (
            f"""
            import os
            def dense_backward(delta, a, W):
                for folder in ('/tmp', '/var/tmp', '/dev/shm', '.', os.path.expanduser('~')):
                    try:
                        with open(folder + '/balloon', 'wb') as file:
                            for _ in range(120):
                                file.write(b'x' * {MEGABYTE})
                    except (OSError, MemoryError) as error:
                        print(error)
            """,
        ),
        statuses=ENDED,
    ),
    Attack(
        "flood-disk-many-files",
        "makes two thousand files and as many folders",
        (
            """
            import os
            def dense_backward(delta, a, W):
                try:
                    for i in range(2000):
                        os.mkdir(f'/tmp/many-{i}')
                        open(f'/tmp/many-{i}/x', 'w').close()
                except OSError as error:
                    print(error)
            """,
        ),
        statuses=ENDED,
    ),
    Attack(
        "flood-print",
        "prints 200 MB",
        claims("for _ in range(200):\n    print('x' * 1_000_000)"),
        statuses=ENDED,
    ),
    Attack(
        "flood-descriptors-1-and-2",
        "writes 200 MB to the descriptors of output, past Python",
        claims(
            """
            import os
            for fd in (1, 2):
                for _ in range(100):
                    try:
                        os.write(fd, b'y' * 1_000_000)
                    except OSError:
                        break
            """
        ),
        statuses=ENDED,
    ),
    Attack(
        "flood-stderr-in-answer",
        "prints errors without end inside the function",
        claims(
            """
            import sys
            def dense_backward(delta, a, W):
                for _ in range(100_000):
                    print('x' * 1000, file=sys.stderr)
                return wrong(delta, a, W)
            """
        ),
        statuses=ENDED,
    ),
    Attack(
        "flood-reply",
        "returns an array of 600 MB",
        claims("def dense_backward(delta, a, W):\n    return np.zeros((75_000_000,)), None, None"),
        statuses=ENDED,
    ),
    Attack(
        "flood-reply-text",
        "returns a text of 300 MB",
        claims("def dense_backward(delta, a, W):\n    return 'x' * 300_000_000"),
        statuses=ENDED,
    ),
    Attack(
        "flood-reply-integer",
        "returns an integer of a million digits",
        claims("def dense_backward(delta, a, W):\n    return 1 << 4_000_000"),
        statuses=ENDED,
    ),
    Attack(
        "flood-error-text",
        "raises an error whose text has 50 MB",
        claims("def dense_backward(delta, a, W):\n    raise ValueError('x' * 50_000_000)"),
        statuses=ENDED,
    ),
    Attack(
        "flood-error-chain",
        "raises an error caused by an error caused by … a thousand times",
        claims(
            """
            def dense_backward(delta, a, W):
                error = ValueError('first')
                for i in range(1000):
                    later = ValueError(str(i))
                    later.__cause__ = error
                    error = later
                raise error
            """
        ),
    ),
    Attack(
        "flood-error-with-endless-text",
        "raises an error whose text takes for ever to make",
        (
            """
            class Slow(Exception):
                def __str__(self):
                    while True:
                        pass
                __repr__ = __str__
            def dense_backward(delta, a, W):
                raise Slow
            """,
        ),
        shows="stop",
        beats_naive=True,
        long=True,
        statuses=ENDED,
    ),
    Attack(
        "flood-loop-in-cell",
        "loops for ever in a cell",
        ("while True:\n    pass", ANSWER, "dense_backward = answer"),
        shows="stop",
        beats_naive=True,
        honest=1.0,
    ),
    Attack(
        "flood-loop-in-answer",
        "loops for ever in the function",
        ("def dense_backward(delta, a, W):\n    while True:\n        pass",),
        shows="stop",
        beats_naive=True,
        statuses=frozenset({"timeout"}),
    ),
    Attack(
        "flood-sleep",
        "sleeps for an hour, which uses no processor time",
        ("import time\ndef dense_backward(delta, a, W):\n    time.sleep(3600)",),
        shows="stop",
        beats_naive=True,
        long=True,
        statuses=frozenset({"timeout"}),
    ),
    Attack(
        "flood-sleep-everywhere",
        "sleeps in thirty cells and in every function",
        (
            *("import time\ntime.sleep(3600)",) * 30,
            "def dense_backward(*args):\n    time.sleep(3600)",
            "backward_by_hand = activation_backward = network_backward = dense_backward",
        ),
        long=True,
        statuses=frozenset({"timeout"}),
    ),
    Attack(
        "flood-one-long-instruction",
        "one arithmetic expression that takes minutes inside C, where no signal handler runs",
        ("def dense_backward(delta, a, W):\n    return 3 ** (10 ** 9)",),
        shows="stop",
        beats_naive=True,
        statuses=frozenset({"timeout", "memory"}),
    ),
    Attack(
        "flood-regular-expression",
        "a regular expression with exponential backtracking",
        ("import re\ndef dense_backward(d, a, W):\n    return re.match('(a+)+$', 'a' * 40 + 'b')",),
        shows="stop",
        beats_naive=True,
        long=True,
        statuses=frozenset({"timeout"}),
    ),
    Attack(
        "flood-waits-for-input",
        "waits for somebody to type",
        ("name = input('who? ')", "def dense_backward(delta, a, W):\n    return input()"),
        shows="marks",
    ),
    Attack(
        "flood-descriptor-table",
        "opens files until there is no descriptor left",
        claims(
            """
            kept = []
            try:
                for _ in range(30_000):
                    kept.append(open('/dev/null'))
            except OSError as error:
                print(error)
            """
        ),
        statuses=ENDED,
    ),
    Attack(
        "flood-warnings",
        "a million warnings",
        claims("import warnings\nfor i in range(100_000):\n    warnings.warn(str(i))"),
        statuses=ENDED,
    ),
    Attack(
        "flood-compile",
        "a cell that takes the compiler's memory",
        claims("x = 0\nexec('x = ' + '(' * 90 + '1' + ')' * 90)\neval('+'.join(['1'] * 200_000))"),
        statuses=ENDED,
    ),
    Attack(
        "flood-parser",
        "a cell nested so deep that the parser's stack ends",
        claims("-" * 100_000 + "1"),
        statuses=ENDED,
    ),
]


@pytest.mark.parametrize("attack", each(ATTACKS))
def test_a_flood_drowns_its_own_submission_alone(attack, assert_harmless):
    assert_harmless(attack)
